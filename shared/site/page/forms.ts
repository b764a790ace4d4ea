/** What the forms of the answer page say, as the bodies of the operations that they stand for. */
import type * as z from 'zod/mini'
import type { FieldError } from '../../kernel/errors.ts'
import {
  type Acceptance,
  type ExtensionRequest,
  type Refusal,
  referralOperations,
} from '../../referrals/contract.ts'
import type { FieldName, Given } from './answer-page.ts'

const { acceptReferral, declineReferral, extendReferral } = referralOperations

/** What a form says, or which of its fields are wrong. */
export type Read<T> = { readonly value: T } | { readonly wrong: readonly FieldName[] }

/** Where the fields of a form go; the last part of an error's place that stands here names the field. */
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

const read = <T>(schema: z.ZodMiniType<T>, body: object, reason: FieldName = 'reason'): Read<T> => {
  const result = schema.safeParse(body)
  if (result.success) return { value: result.data }
  return {
    wrong: fieldsOf(
      result.error.issues.map(({ path }) => path),
      reason,
    ),
  }
}

/** The fields that a problem of the API names. */
export const wrongFields = (errors: readonly FieldError[]): FieldName[] =>
  fieldsOf(
    errors.map(({ pointer }) => pointer.split('/')),
    'reason',
  )

/** An empty field is one that was left out. */
const filled = (given: Given, name: FieldName): string | undefined => given[name]?.trim() || undefined

/**
 * As people write amounts: with a point or a comma before one or two decimals, and spaces or apostrophes between
 * thousands. A point or comma before three digits may be either, so that it is not understood.
 */
const amountOf = (text = ''): number => {
  const bare = text.replace(/[\s'’\u00a0\u202f]/g, '')
  return /^\d+([.,]\d{1,2})?$/.test(bare) ? Number(bare.replace(',', '.')) : Number.NaN
}

export const readAcceptance = (given: Given): Read<Acceptance> =>
  read(acceptReferral.body, {
    name: filled(given, 'name'),
    estimatedValue: { amount: amountOf(given.amount), currency: filled(given, 'currency') },
    estimatedCloseDate: filled(given, 'estimatedCloseDate'),
    notes: filled(given, 'notes'),
    crmId: filled(given, 'crmId'),
  })

export const readRefusal = (given: Given): Read<Refusal> =>
  read(declineReferral.body, { reason: filled(given, 'reason'), notes: filled(given, 'notes') })

export const readExtension = (given: Given): Read<ExtensionRequest> =>
  read(extendReferral.body, { reason: filled(given, 'why') }, 'why')
