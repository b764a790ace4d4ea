/**
 * Creates at most once per Idempotency-Key. The record of the key is written in the transaction that creates, so neither
 * exists without the other. A repeated request gets the answer of the first one.
 */
import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { DomainError } from '../kernel/errors.ts'
import { commonReason } from '../kernel/faults.ts'
import { ConditionFailed, type Item, type Key, partition, type Write } from './item.ts'
import { readStored } from './stored.ts'
import { transact } from './table.ts'

/** One attempt to create something. */
export interface Attempt {
  /** Key of the record, made from the caller and its Idempotency-Key. */
  readonly key: Key
  /**
   * Key under which an earlier version of the program would have written the record. It is read for the time for which
   * records are kept, so that a repeat after a deployment creates nothing twice.
   */
  readonly earlierKey?: Key
  /** Fingerprint of the operation and the request. */
  readonly fingerprint: string
}

/** Returns the keys at which the record of an attempt can be. */
export const recordKeys = ({ key, earlierKey }: Attempt): Key[] => (earlierKey ? [key, earlierKey] : [key])

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url')

const recordKey = (...parts: readonly string[]): Key => ({
  pk: partition('idempotency', hashOf(...parts)),
  sk: 'IDEMPOTENCY',
})

/**
 * @param caller separates callers: the same key of another caller is another attempt
 * @param request the parsed request, equal for equal requests
 * @param scope separates callers who share the name `caller`, such as anonymous customers, by their address
 */
export const attempt = (
  caller: string,
  idempotencyKey: string,
  operation: string,
  request: unknown,
  scope?: string,
): Attempt => {
  const fingerprint = hashOf(operation, JSON.stringify(request))
  const unscoped = recordKey(caller, idempotencyKey)
  if (scope === undefined) return { key: unscoped, fingerprint }
  return { key: recordKey(caller, scope, idempotencyKey), earlierKey: unscoped, fingerprint }
}

/** Time in seconds for which the answer to a key is kept: 24 hours, as with Stripe. */
const keptForSeconds = 86_400

/** Returns the write of a record. It may replace an expired one, because DynamoDB's TTL deletes late. */
const putRecord = ({ key, fingerprint }: Attempt, answer: unknown, now: Date): Write => {
  const seconds = Math.floor(now.getTime() / 1000)
  return {
    put: { ...key, entity: 'idempotency', fingerprint, answer, ttl: seconds + keptForSeconds },
    when: { pk: 'absent' },
    orWhen: { ttl: { atOrBefore: seconds } },
  }
}

/** The answer is returned unchanged, in the form of the program version that stored it. */
const storedRecord = z.object({ fingerprint: z.string(), ttl: z.number(), answer: z.unknown() })

/**
 * Returns the stored answer, or undefined if there is none or it has expired. A record at the earlier key counts only for the
 * same request: all callers shared these keys.
 */
const storedAnswer = <T>(
  { fingerprint, earlierKey }: Attempt,
  item: Item | undefined,
  now: Date,
): T | undefined => {
  if (!item) return undefined
  const record = readStored(storedRecord, 'idempotency record', item, item)
  if (record.ttl <= now.getTime() / 1000) return undefined
  if (record.fingerprint !== fingerprint && item.pk === earlierKey?.pk) return undefined
  if (record.fingerprint !== fingerprint)
    throw new DomainError('idempotency-key-reused', {}, commonReason('key-reused'))
  return record.answer as T
}

interface Creation<T> {
  readonly answer: T
  readonly writes: readonly Write[]
}

/**
 * Creates, or returns the answer of the first attempt.
 * @param records the items at `recordKeys(attempt)`, which the caller reads together with the other items that it needs
 * @throws DomainError idempotency-key-reused when the key was used for another request; the errors of `create`
 */
export const createOnce = async <T>(
  attempt: Attempt,
  records: readonly (Item | undefined)[],
  now: Date,
  create: () => Creation<T>,
): Promise<T> => {
  for (const record of records) {
    const earlier = storedAnswer<T>(attempt, record, now)
    if (earlier) return earlier
  }

  const { answer, writes } = create()
  try {
    await transact([putRecord(attempt, answer, now), ...writes])
    return answer
  } catch (error) {
    // The record is the first write. If its condition failed, a concurrent attempt came first.
    const taken = error instanceof ConditionFailed ? error.failed.find(({ index }) => index === 0) : undefined
    const winner = storedAnswer<T>(attempt, taken?.found, now)
    if (winner) return winner
    throw error
  }
}
