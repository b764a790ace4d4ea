/** Parsing of parameters and bodies. All faults are collected, and the valid parts of invalid input can be read. */
import * as z from 'zod/mini'
import { type Fault, notFound } from '../../shared/kernel/errors.ts'
import { fault } from '../../shared/kernel/faults.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { withHoles } from '../../shared/kernel/partial-input.ts'
import type { ApiEvent } from './call.ts'
import { faultsOf, type Place, parseOptions } from './faults-of-issues.ts'
import { RequestError, requestReason } from './problem.ts'

/** The schema of a query or a body that an operation does not declare. */
const noFields = z.strictObject({})

/** Parsed input. If it has faults, its invalid parts are holes; `data` is undefined if nothing is valid. */
export interface Parsed {
  readonly data: unknown
  readonly faults: readonly Fault[]
}

/** @throws DomainError not-found for an id of the wrong form, because such a resource cannot exist */
export const parsePath = ({ params }: Operation, { pathParameters = {} }: ApiEvent): unknown => {
  const result = params?.safeParse(pathParameters)
  if (result && !result.success) throw notFound()
  return result?.data
}

export const parseQuery = (
  { query = noFields }: Operation,
  { queryStringParameters = {} }: ApiEvent,
): Parsed => parse(query, queryStringParameters, 'query')

/** @throws RequestError for another media type, or a body that is not JSON */
export const parseBody = (operation: Operation, event: ApiEvent): Parsed => {
  if (operation.page) return parseForm(operation, event)
  if (!operation.body && !event.body) return { data: undefined, faults: [] }
  const { value, hasPrototype } = readJson(event)
  const { data, faults } = parse(operation.body ?? noFields, value, '')
  return { data, faults: [...(hasPrototype ? [prototypeFault] : []), ...faults] }
}

/**
 * The fields of a page's form. Mail clients may send any content for one click (RFC 8058): other types count as no fields.
 */
const parseForm = ({ body }: Operation, event: ApiEvent): Parsed => {
  if (!body) return { data: undefined, faults: [] }
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(event.headers['content-type'] ?? '')
  return parse(body, Object.fromEntries(new URLSearchParams(isForm ? textOf(event) : '')), '')
}

const readJson = (event: ApiEvent): { readonly value: unknown; readonly hasPrototype: boolean } => {
  const type = event.headers['content-type'] ?? ''
  if (!/^application\/(merge-patch\+)?json\b/i.test(type))
    throw new RequestError('unsupported-media-type', requestReason('content-type'))
  const text = textOf(event)
  if (isTooDeep(text))
    throw new RequestError('malformed-json', requestReason('json-depth', { maximum: maxDepth }))
  let hasPrototype = false
  try {
    const value = JSON.parse(text, (key, part) => {
      if (key !== '__proto__') return part
      hasPrototype = true
      return undefined
    })
    return { value, hasPrototype }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const [, position] = /at position (\d+)/.exec(error.message) ?? []
    throw new RequestError(
      'malformed-json',
      requestReason('json-syntax', { position: position === undefined ? undefined : Number(position) }),
    )
  }
}

/** Maximum nesting of objects and lists in a body. Deeper input would exceed the call stack of `JSON.parse`. */
const maxDepth = 100

/** Reads the text once, because its length is the caller's choice. Brackets inside of strings do not count. */
const isTooDeep = (text: string): boolean => {
  let depth = 0
  let isInString = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (isInString && character === '\\') index++
    else if (character === '"') isInString = !isInString
    else if (!isInString && (character === '[' || character === '{') && ++depth > maxDepth) return true
    else if (!isInString && (character === ']' || character === '}')) depth--
  }
  return false
}

/** Schemas do not see a key `__proto__`. */
const prototypeFault = fault('unknown-field', '', { field: '__proto__' })

const textOf = ({ body = '', isBase64Encoded }: ApiEvent): string =>
  isBase64Encoded ? Buffer.from(body, 'base64').toString() : body

const parse = (schema: z.ZodMiniType, value: unknown, place: Place): Parsed => {
  const result = schema.safeParse(value, parseOptions)
  if (result.success) return { data: result.data, faults: [] }
  const { issues } = result.error
  const faults = issues.filter(issue => !isImplied(issue, issues)).flatMap(issue => faultsOf(issue, place))
  return {
    data: withHoles(parsedParts(schema, value), issues.flatMap(invalidPath)),
    // One fault may fail several checks with the same message.
    faults: [...new Map(faults.map(one => [JSON.stringify(one), one])).values()],
  }
}

/** Tests for the limit that zod sets on every integer, on a number that also exceeds the limit of its field. */
const isImplied = (issue: z.core.$ZodIssue, issues: readonly z.core.$ZodIssue[]): boolean =>
  issue.code === 'too_big' &&
  issue.maximum === Number.MAX_SAFE_INTEGER &&
  issues.some(other => other !== issue && other.code === 'too_big' && `${other.path}` === `${issue.path}`)

/** The output of a schema, also of input that does not match it: the parts without an issue are as in a valid output. */
const parsedParts = (schema: z.ZodMiniType, value: unknown): unknown => {
  const payload = schema._zod.run({ value, issues: [] }, { async: false })
  return payload instanceof Promise ? undefined : payload.value
}

/** The part of the input that an issue makes invalid. An unknown field makes no other one invalid. */
const invalidPath = (issue: z.core.$ZodIssue): PropertyKey[][] => {
  if (issue.code === 'unrecognized_keys') return []
  // Without its discriminator, nothing of an object has a schema.
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) return [issue.path.slice(0, -1)]
  return [issue.path]
}
