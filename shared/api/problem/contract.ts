/** Problems (RFC 9457): the status, title and headers of each error, as clients of the API see them. */
import * as z from 'zod/mini'
import { describeSchema } from '../../kernel/documentation.ts'
import type { ErrorCode } from '../../kernel/errors.ts'
import { fieldError, parameters } from '../../kernel/field-error.ts'
import type { Catalog } from '../../kernel/messages.ts'
import type { Operation } from '../../kernel/operation.ts'
import { action } from '../../referrals/contract.ts'

/** All codes: the errors of the program, and the errors that only a request over HTTP can cause. */
export type ProblemCode =
  | ErrorCode
  | 'malformed-json'
  | 'unauthenticated'
  | 'method-not-allowed'
  | 'body-too-large'
  | 'query-too-long'
  | 'unsupported-media-type'
  | 'internal-error'

export type ProblemHeader = 'etag' | 'retry-after' | 'www-authenticate' | 'allow' | 'accept'

export interface ProblemType {
  readonly status: number
  /** For people. */
  readonly title: string
  /** The header that every response with this problem has. */
  readonly header?: ProblemHeader
}

export const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not valid JSON' },
  unauthenticated: { status: 401, title: 'A valid token is required', header: 'www-authenticate' },
  forbidden: { status: 403, title: 'Your role does not allow this operation' },
  'not-found': { status: 404, title: 'The resource does not exist, or you have no access to it' },
  'method-not-allowed': { status: 405, title: 'The resource does not have this method', header: 'allow' },
  'state-conflict': { status: 409, title: 'The current status does not allow this operation' },
  'profile-incomplete': { status: 409, title: 'The profile lacks information that an active profile needs' },
  'stale-version': { status: 412, title: 'The resource has changed since you read it', header: 'etag' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'query-too-long': { status: 414, title: 'The query is too long' },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type of the body is not supported',
    header: 'accept',
  },
  'idempotency-key-reused': { status: 422, title: 'The Idempotency-Key was used for a different request' },
  'precondition-required': { status: 428, title: 'The If-Match header is required' },
  'internal-error': { status: 500, title: 'An internal error occurred' },
  busy: { status: 503, title: 'Too many simultaneous changes; try again', header: 'retry-after' },
} as const satisfies Readonly<Record<ProblemCode, ProblemType>>

/** Reasons that only a request over HTTP can have. */
export const requestReasons = {
  faults: 'Number of faults: {count}. They are listed in errors.',
  'too-many-faults': 'Number of faults: {count}. The first {listed} are listed in errors.',
  'unknown-path': 'Unknown path.[ Did you mean {suggestion}?]',
  'unknown-method': 'Unknown method {method}. Expected {allowed}.',
  'content-type': 'Unsupported Content-Type[ "{actual}"]. Expected {expected}.',
  charset: 'Unsupported charset "{actual}". Expected utf-8.',
  'content-encoding': 'Unsupported Content-Encoding "{actual}". Expected a body that is not compressed.',
  'body-bytes': 'Too many bytes in the body: {actual}. Expected at most {maximum}.',
  'body-values': 'Too many values in the body. Expected at most {maximum}.',
  'form-fields': 'Too many fields in the form. Expected at most {maximum}.',
  'query-bytes': 'Too many bytes in the query: {actual}. Expected at most {maximum}.',
  'body-not-utf-8': 'The body is not valid UTF-8. Expected JSON in UTF-8.',
  'json-depth': 'The JSON text is nested too deeply. Expected at most {maximum} levels.',
  'json-syntax': 'Syntax error in the JSON text[ at position {position}]. Expected JSON as in RFC 8259.',
  'role-required':
    'Missing role. This operation requires the role {roles}.[ The token must name exactly one role, and a valid partner id in the claim {partnerClaim}.]',
  'tracking-token-required':
    'Missing, invalid or expired token. Send the tracking token of the RFI as a bearer token or in the query parameter token.',
  'if-match-missing': 'The If-Match header is missing. Send it with the ETag of the version that you read.',
  'if-match-for-existing':
    'The {existing} exists already. To change it, send If-Match with the ETag of its current version.',
} as const satisfies Catalog

/** A problem document. Codes are stable; titles and details are for people. */
export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
  detail: z.optional(z.string()),
  reason: z.optional(z.string()),
  params: z.optional(parameters),
  errors: z.optional(z.array(fieldError)),
  currentStatus: z.optional(z.string()),
  actions: z.optional(z.array(action)),
  exclusions: z.optional(z.record(z.string(), z.int())),
  current: z.optional(z.any()),
  requestId: z.string(),
})
/* @__PURE__ */ describeSchema(problem, {
  name: 'Problem',
  description: 'A problem document (RFC 9457).',
  properties: {
    type: 'URN of the kind of problem.',
    title: 'Title of the kind of problem, in English.',
    status: 'HTTP status.',
    code: 'Stable code of the kind of problem.',
    detail: 'Explanation in English: what is wrong, then what to do.',
    reason: 'Stable code of the message in `detail`.',
    params: 'Parameters of `detail`.',
    errors:
      'The faults of the request, at most 100. With `profile-incomplete`, the missing parts of the profile.',
    currentStatus: 'With `state-conflict`: the current status.',
    actions: 'With `state-conflict`: the operations that the caller can call in the current status.',
    exclusions: 'With `state-conflict` of `routeRfi`: the number of excluded partners for each reason.',
    current: 'With `stale-version`: the current representation. The ETag is that of this representation.',
    requestId: 'Id of the request in the logs of the program.',
  },
  example: {
    type: 'urn:referral-center:problem:invalid-request',
    title: 'The request is not valid',
    status: 400,
    requestId: 'Jq3fZjvYIAMEPxw=',
  },
})

/** Codes that an operation can return because of its declaration, without naming them in `errors`. */
const impliedCodes: readonly (readonly [(operation: Operation) => unknown, readonly ProblemCode[]])[] = [
  [({ method }) => method !== 'GET', ['body-too-large', 'busy']],
  [({ body, page }) => body && !page, ['malformed-json']],
  [({ body }) => body, ['unsupported-media-type']],
  [({ method, page }) => method !== 'GET' && page, ['state-conflict']],
  [({ access }) => access === 'link', ['not-found']],
  [({ access }) => access === 'capability', ['unauthenticated']],
  [({ access }) => Array.isArray(access), ['forbidden']],
  [({ params }) => params, ['not-found']],
  [({ ifMatch }) => ifMatch, ['precondition-required', 'stale-version']],
  [({ idempotent }) => idempotent, ['idempotency-key-reused']],
  [() => true, ['invalid-request', 'query-too-long', 'internal-error']],
]

/** Returns the problems that an operation can return. */
export const problemsOf = (operation: Operation): ProblemCode[] => {
  const implied = impliedCodes.flatMap(([applies, codes]) => (applies(operation) ? codes : []))
  return [...new Set([...implied, ...(operation.errors ?? [])])]
}
