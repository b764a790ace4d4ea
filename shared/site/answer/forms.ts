/** Parses the forms of the answer page into the bodies of the operations that they call. */
import type { Fault } from '../../kernel/errors.ts'
import {
  type AcceptRequest,
  type DeclineRequest,
  type ExtendRequest,
  referralOperations,
} from '../../referrals/contract.ts'

const { acceptReferral, declineReferral, extendReferral } = referralOperations

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

/** The form fields as a browser sends them. */
export type FormInput = Readonly<Partial<Record<FieldName, string | undefined>>>

/** The body of the operation, or the names of the fields that are wrong. */
export type ReadForm<T> = { readonly value: T } | { readonly wrong: readonly FieldName[] }

/** Form fields by the parts of an error's path. The last part of a path that is listed here names the field. */
const fieldByPart: Readonly<Record<string, FieldName>> = {
  name: 'name',
  estimatedValue: 'amount',
  amount: 'amount',
  currency: 'currency',
  estimatedCloseDate: 'estimatedCloseDate',
  notes: 'notes',
  crmId: 'crmId',
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

/**
 * Parses an amount with a point or a comma before one or two decimals, and spaces or apostrophes between thousands. A point
 * or comma before three digits is ambiguous, so the result is NaN.
 */
const amountOf = (text = ''): number => {
  const bare = text.replace(/[\s'’\u00a0\u202f]/g, '')
  return /^\d+([.,]\d{1,2})?$/.test(bare) ? Number(bare.replace(',', '.')) : Number.NaN
}

export const readAcceptance = (input: FormInput): ReadForm<AcceptRequest> =>
  read(acceptReferral.body, {
    name: filled(input, 'name'),
    estimatedValue: { amount: amountOf(input.amount), currency: filled(input, 'currency') },
    estimatedCloseDate: filled(input, 'estimatedCloseDate'),
    notes: filled(input, 'notes'),
    crmId: filled(input, 'crmId'),
  })

export const readRefusal = (input: FormInput): ReadForm<DeclineRequest> =>
  read(declineReferral.body, { reason: filled(input, 'reason'), notes: filled(input, 'notes') })

export const readExtension = (input: FormInput): ReadForm<ExtendRequest> =>
  read(extendReferral.body, { reason: filled(input, 'why') }, 'why')
