/** Headers that a write needs: If-Match and Idempotency-Key. */
import { type DomainError, invalid } from '../../shared/kernel/errors.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { ApiEvent } from './call.ts'
import { versionIn } from './etag.ts'
import { RequestError } from './problem.ts'

/** The version that the caller read. @throws RequestError precondition-required; DomainError invalid-request */
export const readVersion = ({ ifMatch }: Operation, { headers }: ApiEvent): number | undefined => {
  const header = headers['if-match']
  if (!ifMatch) return undefined
  if (header === undefined) {
    if (ifMatch === 'if-exists') return undefined
    throw new RequestError('precondition-required', 'send If-Match with the ETag that you read')
  }
  const version = versionIn(header)
  if (version !== undefined) return version
  throw headerError('if-match', 'must be the ETag that you read, such as "3"')
}

/** @throws DomainError invalid-request if the operation needs a key, and none or no valid one was sent */
export const readIdempotencyKey = ({ idempotent }: Operation, { headers }: ApiEvent): string | undefined => {
  if (!idempotent) return undefined
  const key = headers['idempotency-key']
  if (key && /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw headerError(
    'idempotency-key',
    'is required: 1 to 255 visible ASCII characters, unique per request, such as a UUID',
  )
}

const headerError = (name: string, detail: string): DomainError =>
  invalid({ pointer: `header/${name}`, code: 'header', detail })
