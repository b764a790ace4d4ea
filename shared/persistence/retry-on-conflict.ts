/** Optimistic concurrency: a write that met another one is decided again, on what the other left. */
import { backOff } from '../kernel/back-off.ts'
import { DomainError } from '../kernel/errors.ts'
import { ConditionFailed } from './item.ts'

/** Attempts at most, if the caller does not say otherwise. */
const usualAttempts = 5
/** The pauses stop growing there, at up to 160 ms. */
const maxBackOff = 4

/**
 * Reads, decides and writes, and starts again as long as a condition of the write does not hold. The second attempt follows
 * at once, since one competing write is the usual case; later ones wait.
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
    if (attempt > 1) await backOff(Math.min(attempt - 1, maxBackOff))
  }
}
