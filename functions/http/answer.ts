/** What goes back: a representation with its ETag, or a problem (RFC 9457). */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { type Operation, problems, type Versioned } from '../../shared/kernel/contract.ts'
import type { Problem } from '../../shared/kernel/problem.ts'
import { etagOf } from '../../shared/persistence/index.ts'

type Result = APIGatewayProxyStructuredResultV2

/** Of every answer. */
export const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export const answer = (
  { status, idempotent, path }: Operation,
  { body, version }: Partial<Versioned<unknown>>,
): Result => ({
  statusCode: status,
  headers: {
    ...always,
    'content-type': 'application/json',
    ...(version !== undefined && { etag: etagOf(version) }),
    // What was created in a collection stands in it under its id.
    ...(idempotent && { location: `${path}/${(body as { id: string }).id}` }),
  },
  body: JSON.stringify(body),
})

export const problemAnswer = ({ code, details }: Problem, requestId: string): Result => {
  const { status, title } = problems[code]
  const { detail, errors, extra, headers } = details
  const type = `urn:referral-center:problem:${code}`
  return {
    statusCode: status,
    headers: { ...always, 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({ ...extra, type, title, status, code, detail, errors, requestId }),
  }
}
