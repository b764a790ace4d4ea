/** Answers that hold a representation. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { Operation } from '../../shared/kernel/operation.ts'
import { etagOf } from './etag.ts'

type Result = APIGatewayProxyStructuredResultV2

/** Headers of every answer. */
export const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export const answer = (
  { status, idempotent, path }: Operation,
  { body, version }: { readonly body: unknown; readonly version: number | undefined },
): Result => ({
  statusCode: status,
  headers: {
    ...always,
    'content-type': 'application/json',
    ...(version !== undefined && { etag: etagOf(version) }),
    // The path of a created resource is that of its collection and its id.
    ...(idempotent && { location: `${path}/${(body as { id: string }).id}` }),
  },
  body: JSON.stringify(body),
})
