/** Optimistic concurrency: repeats a decision when another write came first. */
import { backOff } from '../kernel/back-off.ts'
import { DomainError } from '../kernel/errors.ts'
import { ConditionFailed } from './item.ts'

const defaultAttempts = 5

/**
 * Runs `work`, and runs it again while it fails with ConditionFailed. The second attempt follows without a pause, because
 * there is usually a single competing write; later ones pause for up to 20, 40, 80 and then 160 ms.
 * @param work must read the items on which it decides in every attempt
 * @throws DomainError busy when the last attempt failed too; other errors of `work`
 */
export const retryOnConflict = async <T>(work: () => Promise<T>, attempts = defaultAttempts): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error
      if (attempt >= attempts) throw new DomainError('busy', { retryAfterSeconds: 1 })
    }
    if (attempt > 1) await backOff(attempt - 1)
  }
}
