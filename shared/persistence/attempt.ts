/** An attempt to create something, as its Idempotency-Key names it. */
import { createHash } from 'node:crypto'
import type { Key } from './item.ts'

/** Names one attempt to create: who, by which key, and a digest of what. */
export interface Attempt {
  readonly key: Key
  readonly fingerprint: string
}

const digest = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url')

/**
 * @param caller what tells callers apart: keys of different callers never meet
 * @param request the parsed request, equal for equal requests
 */
export const attempt = (
  caller: string,
  idempotencyKey: string,
  operation: string,
  request: unknown,
): Attempt => ({
  key: { pk: `IDEMPOTENCY#${digest(caller, idempotencyKey)}`, sk: 'IDEMPOTENCY' },
  fingerprint: digest(operation, JSON.stringify(request)),
})
