/**
 * Creating at most once per Idempotency-Key: the record is written in the transaction that creates, so there is no
 * state in between, and a repeat finds the first answer.
 */

import { DomainError } from '../kernel/errors.ts'
import type { Attempt } from './attempt.ts'
import { ConditionFailed, type Item, type Write } from './item.ts'
import { transact } from './table.ts'

/** How long a repeat finds the first answer: a day, as Stripe keeps keys. */
const keptForSeconds = 86_400

/** TTL deletes late, so the write compares the expiry too. */
const remember = ({ key, fingerprint }: Attempt, answer: unknown, now: Date): Write => {
  const seconds = Math.floor(now.getTime() / 1000)
  return {
    put: { ...key, entity: 'idempotency', fingerprint, answer, ttl: seconds + keptForSeconds },
    when: { pk: 'absent' },
    orWhen: { ttl: { atOrBefore: seconds } },
  }
}

const recall = <T>({ fingerprint }: Attempt, record: Item | undefined, now: Date): T | undefined => {
  if (!record || Number(record.ttl) <= now.getTime() / 1000) return undefined
  if (record.fingerprint !== fingerprint)
    throw new DomainError('idempotency-key-reused', {}, 'use a new key for a new request')
  return record.answer as T
}

interface Creation<T> {
  readonly answer: T
  readonly writes: readonly Write[]
}

/**
 * Creates, or answers as the first attempt was answered.
 * @param record the item at the attempt's key, read together with whatever else the creation needs
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
