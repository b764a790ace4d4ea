/** Problem documents (RFC 9457) of errors. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import {
  limits,
  type ProblemCode,
  type ProblemHeader,
  type ProblemType,
  problems,
  requestReasons,
} from '../../shared/api/contract.ts'
import type { DomainError, ErrorCode, ErrorData } from '../../shared/kernel/errors.ts'
import { type Message, messages } from '../../shared/kernel/messages.ts'
import { always } from './answer.ts'
import { versionTag } from './etag.ts'
import type { AddLinks } from './links.ts'

type RequestErrorCode = Exclude<ProblemCode, ErrorCode> | 'forbidden' | 'not-found' | 'precondition-required'

export const requestReason = messages(requestReasons)

/** A fault of a request over HTTP, found before any service is called. */
export class RequestError extends Error {
  readonly code: RequestErrorCode
  readonly reason: Message | undefined
  /** Headers that tell the client how to change its request. */
  readonly headers: Readonly<Record<string, string>>

  constructor(code: RequestErrorCode, reason?: Message, headers: Readonly<Record<string, string>> = {}) {
    super(reason?.detail ?? code)
    this.name = 'RequestError'
    this.code = code
    this.reason = reason
    this.headers = headers
  }
}

/** An error that the caller can see. */
export type Failure = DomainError | RequestError

/** The data of an error of any code. */
interface AnyData extends Partial<ErrorData['invalid-request']>, Partial<ErrorData['state-conflict']> {
  readonly current?: unknown
  readonly currentVersion?: number
  readonly existing?: string
  readonly retryAfterSeconds?: number
}

/** Headers of errors, except those that a RequestError brings. */
const headerValues: Readonly<Partial<Record<ProblemHeader, (data: AnyData) => string>>> = {
  'retry-after': ({ retryAfterSeconds = 1 }) => String(retryAfterSeconds),
  'www-authenticate': () => 'Bearer',
}

/** Reasons that only HTTP has words for; other errors bring their own. */
const reasonOf = (
  code: ProblemCode,
  { existing, errors = [], omitted = 0 }: AnyData,
): Message | undefined => {
  if (existing !== undefined) return requestReason('if-match-for-existing', { existing })
  if (code !== 'invalid-request') return undefined
  const count = errors.length + omitted
  const listed = Math.min(errors.length, limits.listedFaults)
  return count > listed
    ? requestReason('too-many-faults', { count, listed })
    : requestReason('faults', { count })
}

export const problemAnswer = (
  error: Failure,
  requestId: string,
  addLinks: AddLinks,
): APIGatewayProxyStructuredResultV2 => {
  const { code } = error
  const data: AnyData = 'data' in error ? error.data : {}
  const { current, currentStatus, actions, exclusions, errors } = addLinks(data)
  const { status, title, header }: ProblemType = problems[code]
  const reason = error.reason ?? reasonOf(code, data)
  const representation = addLinks(current)
  const own = header && headerValues[header]?.(data)
  return {
    statusCode: status,
    headers: {
      ...always,
      'content-type': 'application/problem+json',
      ...(header && own !== undefined && { [header]: own }),
      ...(data.currentVersion !== undefined && {
        etag: versionTag(data.currentVersion, representation),
      }),
      ...('headers' in error && error.headers),
    },
    body: JSON.stringify({
      type: `urn:referral-center:problem:${code}`,
      title,
      status,
      code,
      detail: reason?.detail,
      reason: reason?.code,
      params: reason?.params,
      errors: errors?.slice(0, limits.listedFaults),
      currentStatus,
      actions,
      exclusions,
      current: representation,
      requestId,
    }),
  }
}
