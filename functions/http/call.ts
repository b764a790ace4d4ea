/** A request as a handler gets it: parsed by its operation's schemas, with the caller already known. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import * as z from 'zod/mini'
import { memberOf } from '../../shared/identity/index.ts'
import type { FieldError } from '../../shared/kernel/errors.ts'
import { DomainError, invalid, notFound } from '../../shared/kernel/errors.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { Principal, Role } from '../../shared/kernel/principal.ts'
import { type Attempt, attempt } from '../../shared/persistence/index.ts'
import { readCapability } from '../../shared/referrals/index.ts'
import { versionIn } from './etag.ts'
import { RequestError } from './problem.ts'

export type ApiEvent = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { jwt?: { claims?: Record<string, unknown> } } }
}

type Parsed<S> = S extends z.ZodMiniType ? z.output<S> : undefined
/** The caller that the access of an operation admits; for members, the one of its audience. */
type PrincipalOf<O extends Operation> = O['access'] extends 'public' | 'link'
  ? Extract<Principal, { kind: 'anonymous' }>
  : O['access'] extends 'capability'
    ? Extract<Principal, { kind: 'customer' }>
    : Extract<Principal, { kind: O['audience']; role: Role }>

export interface Call<O extends Operation> {
  readonly principal: PrincipalOf<O>
  readonly params: Parsed<O['params']>
  readonly query: Parsed<O['query']>
  readonly body: Parsed<O['body']>
  /** The version that the caller read, from If-Match. */
  readonly version: O['ifMatch'] extends 'required' ? number : number | undefined
  readonly attempt: O['idempotent'] extends true ? Attempt : undefined
  /** Names the list that a cursor of this call belongs to. */
  readonly list: string
  /** What the caller's browser would like to read. */
  readonly locale: string
  readonly now: Date
}

/** @throws DomainError for whatever is wrong with the request */
export const readCall = <O extends Operation>(operation: O, event: ApiEvent, now: Date): Call<O> => {
  const principal = principalOf(operation, event, now)
  const params = parse(operation.params, event.pathParameters ?? {}, 'path')
  const query = parse(operation.query ?? nothing, event.queryStringParameters ?? {}, 'query')
  requireOwnRfi(principal, params)
  const version = readVersion(operation, event)
  const idempotencyKey = readIdempotencyKey(operation, event)
  const body = operation.page ? readForm(operation, event) : readBody(operation, event)
  return {
    principal,
    params,
    query,
    body,
    version,
    attempt: idempotencyKey && attempt(nameOf(principal), idempotencyKey, operation.id, body),
    list: listName(operation, principal, params, query),
    locale: localeOf(event),
    now,
  } as unknown as Call<O>
}

/** The language that a browser asks for first, BCP 47; English where it asks for none. */
export const localeOf = ({ headers }: Pick<ApiEvent, 'headers'>): string => {
  const [first = ''] = (headers['accept-language'] ?? '').split(/[,;]/)
  try {
    return Intl.getCanonicalLocales(first.trim())[0] ?? 'en'
  } catch {
    return 'en'
  }
}

const readBody = (operation: Operation, event: ApiEvent): unknown =>
  operation.body || event.body ? parse(operation.body ?? nothing, readJson(event), '') : undefined

/** What a page's form holds. What mail clients send for one click may be anything: its fields are passed over. */
const readForm = ({ body }: Operation, event: ApiEvent): unknown => {
  if (!body) return undefined
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(event.headers['content-type'] ?? '')
  return parse(body, Object.fromEntries(new URLSearchParams(isForm ? textOf(event) : '')), '')
}

/** What an operation takes that declares no query, or no body. */
const nothing = z.strictObject({})

const principalOf = (operation: Operation, event: ApiEvent, now: Date): Principal => {
  // What a link allows, its page finds out.
  if (operation.access === 'public' || operation.access === 'link') return { kind: 'anonymous' }
  if (operation.access === 'capability') return customerOf(event, now)
  const member = memberOf(event.requestContext.authorizer?.jwt?.claims ?? {}, operation.access)
  if (member) return member
  throw new RequestError(
    'forbidden',
    `the token must name exactly one role, one of ${operation.access.join(', ')}, and for partners a valid partner id`,
  )
}

const customerOf = (event: ApiEvent, now: Date): Principal => {
  const [, bearer] = /^Bearer (.+)$/i.exec(event.headers.authorization ?? '') ?? []
  const token = bearer ?? event.queryStringParameters?.token
  const rfiId = token && readCapability(token, now)
  if (!rfiId)
    throw new RequestError(
      'unauthenticated',
      'send the tracking token of the RFI as a bearer token; it may have expired',
    )
  return { kind: 'customer', rfiId }
}

/** A capability is good for one RFI; any other looks as if it did not exist. */
const requireOwnRfi = (principal: Principal, params: unknown): void => {
  const { rfiId } = (params ?? {}) as { rfiId?: string }
  if (principal.kind === 'customer' && principal.rfiId !== rfiId) throw notFound()
}

const nameOf = (principal: Principal): string => {
  if (principal.kind === 'anonymous') return 'customer'
  if (principal.kind === 'customer') return principal.rfiId
  return principal.kind === 'partner' ? principal.partnerId : principal.id
}

const readJson = (event: ApiEvent): unknown => {
  const type = event.headers['content-type'] ?? ''
  if (!/^application\/(merge-patch\+)?json\b/i.test(type))
    throw new RequestError('unsupported-media-type', 'send Content-Type: application/json')
  try {
    return JSON.parse(textOf(event), refusePrototype)
  } catch (error) {
    if (error instanceof DomainError) throw error
    throw new RequestError('malformed-json', String((error as Error).message))
  }
}

const textOf = ({ body = '', isBase64Encoded }: ApiEvent): string =>
  isBase64Encoded ? Buffer.from(body, 'base64').toString() : body

/** Schemas do not see this one key. */
const refusePrototype = (key: string, value: unknown): unknown => {
  if (key !== '__proto__') return value
  throw invalid({ pointer: '', code: 'unknown-field', detail: 'there is no field __proto__' })
}

const readVersion = ({ ifMatch }: Operation, event: ApiEvent): number | undefined => {
  const header = event.headers['if-match']
  if (!ifMatch) return undefined
  if (header === undefined) {
    if (ifMatch === 'if-exists') return undefined
    throw new RequestError('precondition-required', 'send If-Match with the ETag that you read')
  }
  const version = versionIn(header)
  if (version !== undefined) return version
  throw headerError('if-match', 'must be the ETag that you read, such as "3"')
}

const readIdempotencyKey = ({ idempotent }: Operation, event: ApiEvent): string | undefined => {
  if (!idempotent) return undefined
  const key = event.headers['idempotency-key']
  if (key && /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw headerError(
    'idempotency-key',
    'is required: 1 to 255 visible ASCII characters, unique per request, such as a UUID',
  )
}

const headerError = (name: string, detail: string): DomainError =>
  invalid({ pointer: `header/${name}`, code: 'header', detail })

/** What a cursor is bound to: all that makes the list what it is, but not where in it the page lies. */
const listName = (operation: Operation, principal: Principal, params: unknown, query: unknown): string => {
  const { cursor: _, limit: __, ...filters } = (query ?? {}) as Record<string, unknown>
  return JSON.stringify([operation.id, nameOf(principal), params ?? {}, filters])
}

const parse = (schema: z.ZodMiniType | undefined, value: unknown, where: '' | 'path' | 'query'): unknown => {
  if (!schema) return undefined
  const result = schema.safeParse(value)
  if (result.success) return result.data
  // An id of the wrong form names nothing.
  if (where === 'path') throw notFound()
  const errors = result.error.issues.flatMap(issue => fieldErrors(issue, where))
  // One fault may fail several checks of the same message.
  throw invalid(...new Map(errors.map(error => [JSON.stringify(error), error])).values())
}

const fieldErrors = (issue: z.core.$ZodIssue, where: string): FieldError[] => {
  const at = (...path: PropertyKey[]) =>
    `${where}${path.map(part => `/${escapePointer(String(part))}`).join('')}`
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({
      pointer: at(...issue.path, key),
      code: 'unknown-field',
      detail: 'there is no such field',
    }))
  // What is wrong with a key of a record is told by the key's own schema.
  if (issue.code === 'invalid_key')
    return issue.issues.flatMap(inner => fieldErrors({ ...inner, path: issue.path }, where))
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
