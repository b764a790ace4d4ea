/** Optimistic concurrency: a write that met another one is decided again, on what the other left. */
import { DomainError } from '../kernel/errors.ts'
import { ConditionFailed } from './item.ts'

/** Attempts at most, if the caller does not say otherwise. */
const usualAttempts = 5
const firstPauseMs = 20
const longestPauseMs = 200

/** A random pause below a limit that doubles with each attempt, so that writers that met once do not meet again. */
const pause = (attempt: number): Promise<void> => {
  const limit = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1))
  return new Promise(resolve => setTimeout(resolve, limit * Math.random()))
}

/**
 * Reads, decides and writes, and starts again as long as a condition of the write does not hold.
 * @param work reads what it decides on in every attempt
 * @throws DomainError busy when other writes got in the way of the last attempt too; whatever else `work` throws
 */
export const retryOnConflict = async <T>(work: () => Promise<T>, attempts = usualAttempts): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      if (attempt >= attempts) throw new DomainError('busy', { retryAfterSeconds: 1 })
    }
    await pause(attempt)
  }
}
