/** Answers that hold a representation. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { ApiEvent } from './call.ts'
import { contentTag, namesTag, versionTag } from './etag.ts'

type Result = APIGatewayProxyStructuredResultV2

/** Headers of every answer. */
export const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

interface Representation {
  readonly body: unknown
  readonly version: number | undefined
}

/** Reads have an entity tag; so have writes, if the representation has a version. */
const tagOf = ({ method }: Operation, version: number | undefined, body: unknown): string | undefined => {
  if (body === undefined) return undefined
  if (version !== undefined) return versionTag(version, body)
  return method === 'GET' ? contentTag(body) : undefined
}

/** Creates the answer to a successful request: 304 if the client has the representation already. */
export const answer = (
  operation: Operation,
  { body, version }: Representation,
  { headers }: Pick<ApiEvent, 'headers'>,
): Result => {
  const { method, status, idempotent, path } = operation
  const etag = tagOf(operation, version, body)
  const ifNoneMatch = headers['if-none-match']
  if (method === 'GET' && etag !== undefined && ifNoneMatch !== undefined && namesTag(ifNoneMatch, etag))
    // API Gateway would add its default content type, which caches would then store.
    return { statusCode: 304, headers: { ...always, 'content-type': 'application/json', etag } }
  return {
    statusCode: status,
    headers: {
      ...always,
      'content-type': 'application/json',
      ...(etag !== undefined && { etag }),
      // The path of a created resource is that of its collection and its id.
      ...(idempotent && { location: `${path}/${(body as { id: string }).id}` }),
    },
    body: JSON.stringify(body),
  }
}
