/**
 * Creating at most once per Idempotency-Key: the record is written in the transaction that creates, so there is no
 * state in between, and a repeat gets the answer of the first attempt.
 */
import { createHash } from 'node:crypto'
import * as z from 'zod/mini'
import { DomainError } from '../kernel/errors.ts'
import { ConditionFailed, type Item, type Key, partition, type Write } from './item.ts'
import { readStored } from './stored.ts'
import { transact } from './table.ts'

/** One attempt to create something: the caller and its Idempotency-Key, and a fingerprint of the request. */
export interface Attempt {
  readonly key: Key
  readonly fingerprint: string
}

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url')

/**
 * @param caller separates callers: the same key of another caller is another attempt
 * @param request the parsed request, equal for equal requests
 */
export const attempt = (
  caller: string,
  idempotencyKey: string,
  operation: string,
  request: unknown,
): Attempt => ({
  key: { pk: partition('idempotency', hashOf(caller, idempotencyKey)), sk: 'IDEMPOTENCY' },
  fingerprint: hashOf(operation, JSON.stringify(request)),
})

/** A repeat gets the first answer for a day, as with Stripe's keys. */
const keptForSeconds = 86_400

/** DynamoDB's TTL deletes late, so the write compares the expiry too. */
const remember = ({ key, fingerprint }: Attempt, answer: unknown, now: Date): Write => {
  const seconds = Math.floor(now.getTime() / 1000)
  return {
    put: { ...key, entity: 'idempotency', fingerprint, answer, ttl: seconds + keptForSeconds },
    when: { pk: 'absent' },
    orWhen: { ttl: { atOrBefore: seconds } },
  }
}

/** The answer is returned as it was given, in the form of the version that gave it. */
const storedRecord = z.object({ fingerprint: z.string(), ttl: z.number(), answer: z.unknown() })

const recall = <T>({ fingerprint }: Attempt, item: Item | undefined, now: Date): T | undefined => {
  if (!item) return undefined
  const record = readStored(storedRecord, 'idempotency record', item, item)
  if (record.ttl <= now.getTime() / 1000) return undefined
  if (record.fingerprint !== fingerprint)
    throw new DomainError('idempotency-key-reused', {}, 'use a new key for a new request')
  return record.answer as T
}

interface Creation<T> {
  readonly answer: T
  readonly writes: readonly Write[]
}

/**
 * Creates, or returns the answer of the first attempt.
 * @param record the item at the attempt's key, read together with the other items that the creation needs
 * @throws DomainError idempotency-key-reused when the key was used for another request; whatever `create` throws
 */
export const createOnce = async <T>(
  attempt: Attempt,
  record: Item | undefined,
  now: Date,
  create: () => Creation<T>,
): Promise<T> => {
  const earlier = recall<T>(attempt, record, now)
  if (earlier) return earlier

  const { answer, writes } = create()
  try {
    await transact([remember(attempt, answer, now), ...writes])
    return answer
  } catch (error) {
    const taken = error instanceof ConditionFailed ? error.failed.find(({ index }) => index === 0) : undefined
    const winner = recall<T>(attempt, taken?.found, now)
    if (winner) return winner
    throw error
  }
}
