/** Problems (RFC 9457): the status, title and headers of each error, as clients of the API see them. */
import * as z from 'zod/mini'
import type { ErrorCode } from '../../kernel/errors.ts'
import type { Operation } from '../../kernel/operation.ts'

/** Every code: the errors of the program, and those that only a request over HTTP can cause. */
export type ProblemCode =
  | ErrorCode
  | 'malformed-json'
  | 'unauthenticated'
  | 'unsupported-media-type'
  | 'internal-error'

export type ProblemHeader = 'etag' | 'retry-after' | 'www-authenticate'

export interface ProblemType {
  readonly status: number
  /** For people. */
  readonly title: string
  /** The header that every such answer has. */
  readonly header?: ProblemHeader
}

export const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  unauthenticated: { status: 401, title: 'A valid token is needed', header: 'www-authenticate' },
  forbidden: { status: 403, title: 'Your role may not do this' },
  'not-found': { status: 404, title: 'There is no such thing, or it is not yours' },
  'state-conflict': { status: 409, title: 'That cannot be done in the present state' },
  'profile-incomplete': { status: 409, title: 'The profile lacks what it needs to be active' },
  'stale-version': { status: 412, title: 'It changed since you read it', header: 'etag' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'idempotency-key-reused': { status: 422, title: 'This Idempotency-Key belongs to another request' },
  'precondition-required': { status: 428, title: 'If-Match is required' },
  'internal-error': { status: 500, title: 'Something went wrong on our side' },
  busy: { status: 503, title: 'Too many changes at once; try again', header: 'retry-after' },
} as const satisfies Readonly<Record<ProblemCode, ProblemType>>

const fieldError = z.strictObject({ pointer: z.string(), code: z.string(), detail: z.string() })

/** A problem document. `code` is stable, titles are for people. */
export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
  detail: z.optional(z.string()),
  errors: z.optional(z.array(fieldError)),
  requestId: z.string(),
})

/** The codes that follow from the declaration of an operation. */
const impliedCodes: readonly (readonly [(operation: Operation) => unknown, readonly ProblemCode[]])[] = [
  [({ method, page }) => method !== 'GET' && !page, ['malformed-json', 'unsupported-media-type', 'busy']],
  [({ method, page }) => method !== 'GET' && page, ['state-conflict', 'busy']],
  [({ access }) => access === 'link', ['not-found']],
  [({ access }) => access === 'capability', ['unauthenticated']],
  [({ access }) => Array.isArray(access), ['forbidden']],
  [({ params }) => params, ['not-found']],
  [({ ifMatch }) => ifMatch, ['precondition-required', 'stale-version']],
  [({ idempotent }) => idempotent, ['idempotency-key-reused']],
  [() => true, ['invalid-request', 'internal-error']],
]

/** Every problem that an operation may answer with. */
export const problemsOf = (operation: Operation): ProblemCode[] => {
  const implied = impliedCodes.flatMap(([applies, codes]) => (applies(operation) ? codes : []))
  return [...new Set([...implied, ...(operation.errors ?? [])])]
}
