/** Parsing of parameters and bodies. All faults are collected, and the valid parts of invalid input can be read. */
import * as z from 'zod/mini'
import { limits } from '../../shared/api/contract.ts'
import { type Fault, notFound } from '../../shared/kernel/errors.ts'
import { fault } from '../../shared/kernel/faults.ts'
import type { Message } from '../../shared/kernel/messages.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { withHoles } from '../../shared/kernel/partial-input.ts'
import type { ApiEvent } from './call.ts'
import { withoutEmptyFields, withoutEmptyFieldsInLists, withoutEmptyParameters } from './empty-fields.ts'
import { faultsOf, type Place, parseOptions } from './faults-of-issues.ts'
import { isUtf8, type MediaType, readMediaType } from './media-type.ts'
import { RequestError, requestReason } from './problem.ts'

/** The schema of a query that an operation does not declare. */
const noFields = z.strictObject({})

/** Parsed input. If it has faults, its invalid parts are holes; `data` is undefined if nothing is valid. */
export interface Parsed {
  readonly data: unknown
  readonly faults: readonly Fault[]
  /** Number of further faults, which are not described. */
  readonly omitted: number
}

/** @throws DomainError not-found for an id of the wrong form, because such a resource cannot exist */
export const parsePath = ({ params }: Operation, { pathParameters = {} }: ApiEvent): unknown => {
  const result = params?.safeParse(pathParameters)
  if (result && !result.success) throw notFound()
  return result?.data
}

/** An empty token of a page is a wrong one, as any other text. */
export const parseQuery = (
  { query = noFields, page }: Operation,
  { queryStringParameters = {} }: ApiEvent,
): Parsed => {
  const parameters = page ? queryStringParameters : withoutEmptyParameters(query, queryStringParameters)
  return parse(query, parameters, 'query')
}

/**
 * Checks the sizes of the query and the body. A read has no body: it is not parsed, whatever its size.
 * @throws RequestError query-too-long, body-too-large
 */
export const requireSizes = ({ method }: Operation, event: ApiEvent): void => {
  const queryBytes = Buffer.byteLength(event.rawQueryString ?? '')
  if (queryBytes > limits.queryBytes)
    throw new RequestError(
      'query-too-long',
      requestReason('query-bytes', { actual: queryBytes, maximum: limits.queryBytes }),
    )
  const bytes = method === 'GET' ? 0 : bodyBytes(event)
  if (bytes > limits.bodyBytes)
    throw new RequestError(
      'body-too-large',
      requestReason('body-bytes', { actual: bytes, maximum: limits.bodyBytes }),
    )
}

const bodyBytes = ({ body = '', isBase64Encoded }: ApiEvent): number =>
  Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8')

/**
 * Parses the body. An operation without a body ignores `{}`, which many clients send with each POST, and refuses other
 * content: the caller expects an effect that it would not have.
 * @throws RequestError for another media type, or a body that is not JSON
 */
export const parseBody = (operation: Operation, event: ApiEvent): Parsed => {
  if (operation.page) return parseForm(operation, event)
  if (!operation.body) return hasContent(event) ? unexpectedBody : nothing
  const { value, hasPrototype } = readJson(operation, event)
  // In a merge patch, null removes a field.
  const withoutEmpty = operation.method === 'PATCH' ? withoutEmptyFieldsInLists : withoutEmptyFields
  const { data, faults, omitted } = parse(operation.body, withoutEmpty(operation.body, value), '')
  return { data, faults: [...(hasPrototype ? [prototypeFault] : []), ...faults], omitted }
}

const nothing: Parsed = { data: undefined, faults: [], omitted: 0 }
const unexpectedBody: Parsed = { ...nothing, faults: [fault('unexpected-body', '')] }

/** Longest text, in characters, that can be an empty JSON object, also in base64. */
const emptyObjectLength = 20

const hasContent = (event: ApiEvent): boolean => {
  const { body = '' } = event
  if (body === '') return false
  return body.length > emptyObjectLength || !/^\s*(?:\{\s*\})?\s*$/.test(textOf(event))
}

const formType = 'application/x-www-form-urlencoded'

/**
 * The fields of a page's form. Mail clients may send any content for one click (RFC 8058): other types count as no fields.
 * @throws RequestError for another charset, or too many fields
 */
const parseForm = ({ body }: Operation, event: ApiEvent): Parsed => {
  if (!body) return nothing
  const type = readMediaType(event.headers['content-type'] ?? '')
  if (type?.type !== formType) return parse(body, {}, '')
  requireNoEncoding(event)
  const text = textOf(event)
  if (!isUtf8(type) && !isAsciiForm(text)) throw unsupportedCharset(type, [formType])
  if (text.split('&', limits.formFields + 1).length > limits.formFields)
    throw new RequestError('body-too-large', requestReason('form-fields', { maximum: limits.formFields }))
  return parse(body, Object.fromEntries(new URLSearchParams(text)), '')
}

/** ASCII is the same in every charset that browsers and mail clients send. */
const isAsciiForm = (text: string): boolean => /^[\0-\x7f]*$/.test(text) && !/%[89a-f]/i.test(text)

const jsonType = 'application/json'
const patchType = 'application/merge-patch+json'

/** PATCH bodies are merge patches (RFC 7396). They may also have the type of JSON, which most clients send by default. */
const acceptedTypes = ({ method }: Operation): readonly string[] =>
  method === 'PATCH' ? [jsonType, patchType] : [jsonType]

/** Answers 415. `Accept` in a response names the types that requests may have (RFC 9110, sections 12.5.1 and 15.5.16). */
const unsupported = (reason: Message, accepted: readonly string[]): RequestError =>
  new RequestError('unsupported-media-type', reason, { accept: accepted.join(', ') })

const unsupportedCharset = ({ parameters }: MediaType, accepted: readonly string[]): RequestError =>
  unsupported(requestReason('charset', { actual: parameters.get('charset') ?? '' }), accepted)

/** @throws RequestError for a compressed body: API Gateway decompresses no requests of an HTTP API */
const requireNoEncoding = ({ headers }: ApiEvent): void => {
  const actual = headers['content-encoding']?.trim() || 'identity'
  if (actual.toLowerCase() === 'identity') return
  throw new RequestError('unsupported-media-type', requestReason('content-encoding', { actual }), {
    'accept-encoding': 'identity',
  })
}

/** @throws RequestError for a body that is not JSON in UTF-8. A body without Content-Type is not JSON either. */
const requireJsonType = (operation: Operation, event: ApiEvent): void => {
  requireNoEncoding(event)
  const accepted = acceptedTypes(operation)
  const actual = event.headers['content-type']
  const type = readMediaType(actual ?? '')
  if (!type || !accepted.includes(type.type))
    throw unsupported(requestReason('content-type', { actual, expected: accepted }), accepted)
  if (!isUtf8(type)) throw unsupportedCharset(type, accepted)
}

const readJson = (
  operation: Operation,
  event: ApiEvent,
): { readonly value: unknown; readonly hasPrototype: boolean } => {
  requireJsonType(operation, event)
  const text = textOf(event, { isStrict: true })
  requireShape(text)
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

/**
 * Limits the nesting and the number of values of a JSON text, before it is parsed. Reads the text once. Brackets and commas
 * inside of strings do not count.
 * @throws RequestError malformed-json, body-too-large
 */
const requireShape = (text: string): void => {
  let depth = 0
  let values = 1
  let isInString = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (isInString && character === '\\') index++
    else if (character === '"') isInString = !isInString
    else if (isInString) continue
    else if (character === '[' || character === '{') {
      values++
      if (++depth > limits.bodyDepth) throw tooDeep()
    } else if (character === ',') values++
    else if (character === ']' || character === '}') depth--
    if (values > limits.bodyValues) throw tooManyValues()
  }
}

const tooDeep = (): RequestError =>
  new RequestError('malformed-json', requestReason('json-depth', { maximum: limits.bodyDepth }))

const tooManyValues = (): RequestError =>
  new RequestError('body-too-large', requestReason('body-values', { maximum: limits.bodyValues }))

/** Schemas do not see a key `__proto__`. */
const prototypeFault = fault('unknown-field', '', { field: '__proto__' })

/**
 * Returns the body as text, without the byte order mark that some clients write (RFC 8259, section 8.1). API Gateway passes
 * on a body of a type that it knows to be text as text: bytes that are not UTF-8 have become U+FFFD by then.
 * @throws RequestError malformed-json if `isStrict` and a body that is passed on as bytes is not UTF-8
 */
const textOf = ({ body = '', isBase64Encoded }: ApiEvent, { isStrict = false } = {}): string => {
  if (!isBase64Encoded) return body.replace(/^\ufeff/, '')
  try {
    return new TextDecoder('utf-8', { fatal: isStrict }).decode(Buffer.from(body, 'base64'))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new RequestError('malformed-json', requestReason('body-not-utf-8'))
  }
}

/** Issues that become faults: more than one response lists, because some issues say the same. */
const maxDescribed = 2 * limits.listedFaults

const parse = (schema: z.ZodMiniType, value: unknown, place: Place): Parsed => {
  const result = schema.safeParse(value, parseOptions)
  if (result.success) return { data: result.data, faults: [], omitted: 0 }
  const { issues } = result.error
  const described = issues.slice(0, maxDescribed)
  const faults = described
    .filter(issue => !isImplied(issue, described))
    .flatMap(issue => faultsOf(issue, place))
  return {
    data: withHoles(parsedParts(schema, value), issues.flatMap(invalidPath)),
    // One fault may fail several checks with the same message.
    faults: [...new Map(faults.map(one => [JSON.stringify(one), one])).values()],
    omitted: issues.length - described.length,
  }
}

/**
 * Tests for an issue that says nothing new: the limit that zod sets on every integer, on a number that also exceeds the limit of
 * its field; and the length of a list or text where the other one is expected.
 */
const isImplied = (issue: z.core.$ZodIssue, issues: readonly z.core.$ZodIssue[]): boolean => {
  if (issue.code !== 'too_big' && issue.code !== 'too_small') return false
  const others = issues.filter(other => other !== issue && `${other.path}` === `${issue.path}`)
  if (others.some(({ code }) => code === 'invalid_type')) return true
  return (
    issue.code === 'too_big' &&
    issue.maximum === Number.MAX_SAFE_INTEGER &&
    others.some(({ code }) => code === 'too_big')
  )
}

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
