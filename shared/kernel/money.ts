/** Amounts of money. */
import * as z from 'zod/mini'
import { describeSchema } from './documentation.ts'
import { listed, storable } from './fields.ts'
import { currencies } from './iso.ts'

const currencyCode = listed(currencies, 'unknown-currency')

/** An amount in the currency's major unit, with no more decimals than the currency has. */
export const money = z
  .strictObject({
    amount: z.number().check(z.nonnegative(), z.lte(1e12), storable),
    currency: currencyCode,
  })
  .check(
    z.refine(
      ({ amount, currency }) => {
        const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
          .maximumFractionDigits
        return Number(amount.toFixed(digits)) === amount
      },
      {
        path: ['amount'],
        params: { code: 'too-precise' },
        when: ({ issues }) => issues.length === 0,
      },
    ),
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
