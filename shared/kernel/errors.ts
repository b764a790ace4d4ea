/** Errors of the program: a stable code with its data. functions/http converts them to responses. */

import type { Message } from './messages.ts'
import type { OfferedAction } from './offered-action.ts'

/** One wrong field of a request. `pointer` is a JSON pointer into the body, or `query/x`, `header/x`. */
export interface Fault extends Message {
  readonly pointer: string
}

type NoData = Readonly<Record<string, never>>

/** The error codes, each with its data. */
export interface ErrorData {
  /** `omitted` is the number of further faults that were found, but not described. */
  'invalid-request': { readonly errors: readonly Fault[]; readonly omitted?: number }
  forbidden: NoData
  /** Unknown, or of another partner: the response is the same for both. */
  'not-found': NoData
  /** Current status with the actions that it allows; for routing, the number of excluded partners by reason. */
  'state-conflict': {
    readonly currentStatus: string
    readonly actions?: readonly OfferedAction[]
    readonly exclusions?: Readonly<Record<string, number>>
  }
  'profile-incomplete': { readonly errors: readonly Fault[] }
  /** Current representation with its version. */
  'stale-version': { readonly current: unknown; readonly currentVersion: number }
  'idempotency-key-reused': NoData
  /** A change of an existing resource without If-Match. */
  'precondition-required': { readonly existing: string }
  /** All attempts failed because of throttling or concurrent writes. */
  busy: { readonly retryAfterSeconds: number }
}
export type ErrorCode = keyof ErrorData

export class DomainError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code
  readonly data: ErrorData[Code]
  /** Explanation to be displayed, with its own code. */
  readonly reason: Message | undefined

  constructor(code: Code, data: ErrorData[Code], reason?: Message) {
    super(reason?.detail ?? code)
    this.name = 'DomainError'
    this.code = code
    this.data = data
    this.reason = reason
  }
}

/** Tests for a domain error of this code, and narrows its data. */
export const isDomainError = <Code extends ErrorCode>(
  error: unknown,
  code: Code,
): error is DomainError<Code> => error instanceof DomainError && error.code === code

export const invalid = (...errors: readonly Fault[]): DomainError<'invalid-request'> =>
  new DomainError('invalid-request', { errors })

/** @throws DomainError invalid-request with these faults, unless there are none */
export const requireNoFaults = (errors: readonly Fault[]): void => {
  if (errors.length > 0) throw new DomainError('invalid-request', { errors })
}

export const notFound = (): DomainError<'not-found'> => new DomainError('not-found', {})
