/** Parsing of parameters and bodies, with one field error for each fault. */
import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import { type FieldError, invalid, notFound } from '../../shared/kernel/errors.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { ApiEvent } from './call.ts'
import { RequestError } from './problem.ts'

// Without a locale the only message of zod/mini is "Invalid input".
z.config(en())

/** The schema of a query or a body that an operation does not declare. */
const nothing = z.strictObject({})

/** @throws DomainError not-found for an id of the wrong form, which cannot name anything; invalid-request for a query */
export const parseParameters = (
  operation: Operation,
  event: ApiEvent,
): { params: unknown; query: unknown } => {
  const params = operation.params?.safeParse(event.pathParameters ?? {})
  if (params && !params.success) throw notFound()
  return {
    params: params?.data,
    query: parse(operation.query ?? nothing, event.queryStringParameters ?? {}, 'query'),
  }
}

/** @throws RequestError for a body that is no JSON; DomainError invalid-request for JSON of another shape */
export const parseBody = (operation: Operation, event: ApiEvent): unknown => {
  if (operation.page) return parseForm(operation, event)
  return operation.body || event.body ? parse(operation.body ?? nothing, readJson(event), '') : undefined
}

/** The fields of a page's form. Mail clients may send any content for one click (RFC 8058): other types count as no fields. */
const parseForm = ({ body }: Operation, event: ApiEvent): unknown => {
  if (!body) return undefined
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(event.headers['content-type'] ?? '')
  return parse(body, Object.fromEntries(new URLSearchParams(isForm ? textOf(event) : '')), '')
}

const readJson = (event: ApiEvent): unknown => {
  const type = event.headers['content-type'] ?? ''
  if (!/^application\/(merge-patch\+)?json\b/i.test(type))
    throw new RequestError('unsupported-media-type', 'send Content-Type: application/json')
  try {
    return JSON.parse(textOf(event), refusePrototype)
  } catch (error) {
    if (error instanceof SyntaxError) throw new RequestError('malformed-json', error.message)
    throw error
  }
}

const textOf = ({ body = '', isBase64Encoded }: ApiEvent): string =>
  isBase64Encoded ? Buffer.from(body, 'base64').toString() : body

/** Schemas do not see a key `__proto__`. */
const refusePrototype = (key: string, value: unknown): unknown => {
  if (key !== '__proto__') return value
  throw invalid({ pointer: '', code: 'unknown-field', detail: 'there is no field __proto__' })
}

const parse = (schema: z.ZodMiniType, value: unknown, place: '' | 'query'): unknown => {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap(issue => fieldErrors(issue, place))
  // One fault may fail several checks with the same message.
  throw invalid(...new Map(errors.map(error => [JSON.stringify(error), error])).values())
}

const fieldErrors = (issue: z.core.$ZodIssue, place: string): FieldError[] => {
  const at = (...path: PropertyKey[]) =>
    `${place}${path.map(part => `/${escapePointer(String(part))}`).join('')}`
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({
      pointer: at(...issue.path, key),
      code: 'unknown-field',
      detail: 'there is no such field',
    }))
  // The faults of a record's key are issues of the key's own schema.
  if (issue.code === 'invalid_key')
    return issue.issues.flatMap(inner => fieldErrors({ ...inner, path: issue.path }, place))
  const code =
    issue.code === 'custom' ? String(issue.params?.code ?? 'invalid') : issue.code.replaceAll('_', '-')
  return [{ pointer: at(...issue.path), code, detail: detailOf(issue) }]
}

const detailOf = ({ message }: z.core.$ZodIssue): string => {
  if (message.endsWith('received undefined')) return 'is required'
  return message.endsWith('received NaN') ? 'must be a number' : message
}

/** RFC 6901. */
const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1')
