/** Parses the forms of the answer page into the bodies of the operations that they call, and writes suggested values. */

import { type AmountFault, parseAmount, writeAmount } from '../../kernel/amount.ts'
import type { Fault } from '../../kernel/errors.ts'
import { currencies } from '../../kernel/iso.ts'
import type { Money } from '../../kernel/money.ts'
import {
  type AcceptRequest,
  type CloseRequest,
  type DealPatch,
  type DeclineRequest,
  type ExtendRequest,
  referralOperations,
} from '../../referrals/contract.ts'
import type { Referral } from '../../referrals/rules.ts'
import type { SuggestedDeal } from './rules.ts'

const { acceptReferral, declineReferral, extendReferral, closeReferral, editDeal } = referralOperations

/** The fields of the forms. */
export type FieldName =
  | 'name'
  | 'amount'
  | 'currency'
  | 'estimatedCloseDate'
  | 'crmId'
  | 'notes'
  | 'reason'
  | 'why'
  | 'closedOn'

/** Hidden fields: the form that was sent, if it does not answer, and the suggested value and date. */
type HiddenName = 'do' | 'suggested'

/** The form fields as a browser sends them. */
export type FormInput = Readonly<Partial<Record<FieldName | HiddenName, string | undefined>>>

/** Returns what a form asks for. A form without `do` gives the answer of the link. */
export const purposeOf = ({ do: purpose }: FormInput): 'answer' | 'show-contact' | 'undo' =>
  purpose === 'show-contact' || purpose === 'undo' ? purpose : 'answer'

/** The body of the operation, or the names of the fields that are wrong. */
export type ReadForm<T> = { readonly value: T } | { readonly wrong: readonly FieldName[] }

/** Form fields by the parts of an error's path. The last part of a path that is listed here names the field. */
const fieldByPart: Readonly<Record<string, FieldName>> = {
  name: 'name',
  estimatedValue: 'amount',
  value: 'amount',
  amount: 'amount',
  currency: 'currency',
  estimatedCloseDate: 'estimatedCloseDate',
  notes: 'notes',
  crmId: 'crmId',
  closedOn: 'closedOn',
}

const fieldsOf = (paths: readonly (readonly PropertyKey[])[], reason: FieldName): FieldName[] => {
  const names = paths.map(path => {
    const known = path.map(part => (part === 'reason' ? reason : fieldByPart[String(part)]))
    return known.findLast(name => name !== undefined)
  })
  return [...new Set(names.filter(name => name !== undefined))]
}

/** The part of a zod schema that this module uses. */
interface Schema<T> {
  safeParse(
    body: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } }
}

interface Issue {
  readonly path: readonly PropertyKey[]
}

const read = <T>(schema: Schema<T>, body: object, reason: FieldName = 'reason'): ReadForm<T> => {
  const result = schema.safeParse(body)
  if (result.success) return { value: result.data }
  return {
    wrong: fieldsOf(
      result.error.issues.map(({ path }) => path),
      reason,
    ),
  }
}

/** Returns the form fields that the errors of an operation point to. */
export const wrongFields = (errors: readonly Fault[]): FieldName[] =>
  fieldsOf(
    errors.map(({ pointer }) => pointer.split('/')),
    'reason',
  )

/** Returns the trimmed value of a field; undefined if it is empty. */
const filled = (input: FormInput, name: FieldName): string | undefined => input[name]?.trim() || undefined

/** Returns the amount that a field holds; NaN if it is not one. */
const amountOf = (text: string | undefined, currency: string | undefined, locale: string): number => {
  const parsed = parseAmount(text ?? '', locale, currency)
  return 'amount' in parsed ? parsed.amount : Number.NaN
}

/** Returns a known currency of a form; undefined for anything else. */
export const currencyIn = (input: FormInput): string | undefined => {
  const code = filled(input, 'currency')
  return code !== undefined && currencies.has(code) ? code : undefined
}

const moneyIn = (input: FormInput, locale: string) => ({
  amount: amountOf(input.amount, currencyIn(input), locale),
  currency: filled(input, 'currency'),
})

/** Returns the reason why the amount of a form is wrong; undefined if it is right or missing. */
export const amountFault = (input: FormInput, locale: string): AmountFault | undefined => {
  const amount = filled(input, 'amount')
  const parsed = amount === undefined ? undefined : parseAmount(amount, locale, currencyIn(input))
  return parsed && 'fault' in parsed ? parsed.fault : undefined
}

/** @param locale the locale in whose notation the reader writes amounts */
export const readAcceptance = (input: FormInput, locale: string): ReadForm<AcceptRequest> => {
  const form = read(acceptReferral.body, {
    name: filled(input, 'name'),
    estimatedValue: moneyIn(input, locale),
    estimatedCloseDate: filled(input, 'estimatedCloseDate'),
    notes: filled(input, 'notes'),
    crmId: filled(input, 'crmId'),
  })
  if ('wrong' in form) return form
  const isSuggested = input.suggested === suggestionMark(form.value.estimatedValue)
  return { value: { ...form.value, estimated: isSuggested ? 'default' : 'given' } }
}

/** Identifies a suggested value, so that the form knows later if it was changed. */
const suggestionMark = ({ amount, currency }: Money): string => `${amount} ${currency}`

/** Returns the form fields of a suggested deal. */
export const suggestedInput = ({ name, value, closeDate }: SuggestedDeal, locale: string): FormInput => ({
  name,
  ...moneyInput(value, locale),
  estimatedCloseDate: closeDate,
  suggested: suggestionMark(value),
})

/**
 * Returns the partner's estimate as order value, or only the currency of a suggestion that nobody changed. A withdrawn
 * currency cannot be chosen, so its amount is left out.
 */
export const orderValueInput = (deal: Referral['deal'], locale: string): FormInput => {
  if (!deal) return {}
  const { estimatedValue, estimated } = deal
  if (!currencies.has(estimatedValue.currency)) return {}
  return estimated === 'given' ? moneyInput(estimatedValue, locale) : { currency: estimatedValue.currency }
}

/** Returns the form fields of an amount of money. */
export const moneyInput = ({ amount, currency }: Money, locale: string): FormInput => ({
  amount: writeAmount(amount, locale, currency),
  currency,
})

export const readRefusal = (input: FormInput): ReadForm<DeclineRequest> =>
  read(declineReferral.body, { reason: filled(input, 'reason'), notes: filled(input, 'notes') })

export const readExtension = (input: FormInput): ReadForm<ExtendRequest> =>
  read(extendReferral.body, { reason: filled(input, 'why') }, 'why')

/** Reads the form for a won deal. The value is optional. */
export const readWin = (input: FormInput, locale: string): ReadForm<CloseRequest> =>
  read(closeReferral.body, {
    result: 'won',
    value: filled(input, 'amount') && moneyIn(input, locale),
    closedOn: filled(input, 'closedOn'),
  })

export const readLoss = (input: FormInput): ReadForm<CloseRequest> =>
  read(closeReferral.body, {
    result: 'lost',
    reason: filled(input, 'reason'),
    notes: filled(input, 'notes'),
  })

export const readNewCloseDate = (input: FormInput): ReadForm<DealPatch> => {
  const estimatedCloseDate = filled(input, 'estimatedCloseDate')
  if (estimatedCloseDate === undefined) return { wrong: ['estimatedCloseDate'] }
  return read(editDeal.body, { estimatedCloseDate })
}
