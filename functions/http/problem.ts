/** Problem documents (RFC 9457) of errors. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import {
  type ProblemCode,
  type ProblemHeader,
  type ProblemType,
  problems,
} from '../../shared/api/contract.ts'
import type { DomainError, ErrorCode, ErrorData } from '../../shared/kernel/errors.ts'
import { always } from './answer.ts'
import { etagOf } from './etag.ts'
import type { AddLinks } from './links.ts'

type RequestErrorCode = Exclude<ProblemCode, ErrorCode> | 'forbidden' | 'precondition-required'

/** A fault of a request over HTTP, found before any service is called. */
export class RequestError extends Error {
  readonly code: RequestErrorCode
  readonly detail: string | undefined

  constructor(code: RequestErrorCode, detail?: string) {
    super(detail ?? code)
    this.name = 'RequestError'
    this.code = code
    this.detail = detail
  }
}

/** An error that its caller is told about. */
export type Failure = DomainError | RequestError

/** The data of an error of any code. */
interface AnyData extends Partial<ErrorData['invalid-request']>, Partial<ErrorData['state-conflict']> {
  readonly current?: unknown
  readonly currentVersion?: number
  readonly existing?: string
  readonly retryAfterSeconds?: number
}

const headerValues: Readonly<Record<ProblemHeader, (data: AnyData) => string>> = {
  etag: ({ currentVersion = 0 }) => etagOf(currentVersion),
  'retry-after': ({ retryAfterSeconds = 1 }) => String(retryAfterSeconds),
  'www-authenticate': () => 'Bearer',
}

/** Details that only HTTP has words for; other errors bring their own. */
const detailOf = ({ existing }: AnyData): string | undefined =>
  existing && `the ${existing} exists: send If-Match with its ETag`

export const problemAnswer = (
  error: Failure,
  requestId: string,
  addLinks: AddLinks,
): APIGatewayProxyStructuredResultV2 => {
  const { code, detail } = error
  const data: AnyData = 'data' in error ? error.data : {}
  const { current, currentStatus, actions, exclusions, errors } = addLinks(data)
  const { status, title, header }: ProblemType = problems[code]
  return {
    statusCode: status,
    headers: {
      ...always,
      'content-type': 'application/problem+json',
      ...(header && { [header]: headerValues[header](data) }),
    },
    body: JSON.stringify({
      current: addLinks(current),
      currentStatus,
      actions,
      exclusions,
      type: `urn:referral-center:problem:${code}`,
      title,
      status,
      code,
      detail: detail ?? detailOf(data),
      errors,
      requestId,
    }),
  }
}
