/** Errors of the program: a stable code, and the data that belongs to it. The edge turns them into answers. */

import type { Message } from './messages.ts'
import type { OfferedAction } from './offered-action.ts'

/** One fault of an input. `pointer` is a JSON pointer into the body, or `query/x`, `header/x`. */
export interface FieldError extends Message {
  readonly pointer: string
}

type NoData = Readonly<Record<string, never>>

/** The error codes, each with its data. */
export interface ErrorData {
  'invalid-request': { readonly errors: readonly FieldError[] }
  forbidden: NoData
  /** Unknown, or not the caller's: callers cannot tell the two apart. */
  'not-found': NoData
  /** The present status, and what the caller can do in it; for routing, how many partners each reason excluded. */
  'state-conflict': {
    readonly currentStatus: string
    readonly actions?: readonly OfferedAction[]
    readonly exclusions?: Readonly<Record<string, number>>
  }
  'profile-incomplete': { readonly errors: readonly FieldError[] }
  /** The present representation, and its version. */
  'stale-version': { readonly current: unknown; readonly currentVersion: number }
  'idempotency-key-reused': NoData
  /** A change of an existing thing that does not name the version that it was made on. */
  'precondition-required': { readonly existing: string }
  /** Other writes kept getting in the way. */
  busy: { readonly retryAfterSeconds: number }
}
export type ErrorCode = keyof ErrorData

export class DomainError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code
  readonly data: ErrorData[Code]
  /** Explanation for people, with a code of its own. */
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

export const invalid = (...errors: readonly FieldError[]): DomainError<'invalid-request'> =>
  new DomainError('invalid-request', { errors })

/** @throws DomainError invalid-request with these field errors, unless there are none */
export const requireNoErrors = (errors: readonly FieldError[]): void => {
  if (errors.length > 0) throw invalid(...errors)
}

export const notFound = (): DomainError<'not-found'> => new DomainError('not-found', {})
