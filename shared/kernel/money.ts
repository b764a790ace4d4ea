/** Amounts of money. */
import * as z from 'zod/mini'
import { describeSchema } from './documentation.ts'
import { folded, rule, storable } from './fields.ts'
import { currencies, decimalsOf, successors } from './iso.ts'
import { round } from './round.ts'

/** A code of today, in upper or lower case. */
const currencyCode = folded().check(
  z.toUpperCase(),
  rule(
    code => !successors.has(code),
    'withdrawn-currency',
    code => ({ successor: successors.get(code) ?? '' }),
  ),
  rule(code => currencies.has(code) || successors.has(code), 'unknown-currency'),
)

/** Maximum amount. With three decimals it has 15 significant digits, which a double-precision number holds exactly. */
export const maxAmount = 1e12

/** Tests for an amount with at most these decimals, so that 0.1 + 0.2 does not count as 0.3. */
const hasDecimals = (amount: number, decimals: number): boolean => round(amount, decimals) === amount

/** An amount in the currency's major unit, with no more decimals than ISO 4217 gives the currency. */
export const money = z
  .strictObject({
    amount: z.number().check(z.nonnegative(), z.lte(maxAmount), storable),
    currency: currencyCode,
  })
  .check(
    z.refine(({ amount, currency }) => hasDecimals(amount, decimalsOf(currency)), {
      path: ['amount'],
      params: {
        code: 'too-precise',
        paramsOf: ({ currency }: { readonly currency: string }) => ({
          maximum: decimalsOf(currency),
          currency,
        }),
      },
      when: ({ issues }) => issues.length === 0,
    }),
  )
/* @__PURE__ */ describeSchema(money, {
  name: 'Money',
  description: 'An amount of money.',
  properties: {
    amount:
      "Amount in the currency's major unit, such as euros, with no more decimals than the currency has.",
    currency: 'ISO 4217 code of the currency.',
  },
  example: { amount: 165_000, currency: 'EUR' },
})
export type Money = z.infer<typeof money>

/** Rounds an amount to the decimals of its currency. */
export const roundMoney = ({ amount, currency }: Money): Money => ({
  amount: round(amount, decimalsOf(currency)),
  currency,
})
