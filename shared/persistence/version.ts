/** Optimistic locking: a write states the version on which it is based. */
import { DomainError } from '../kernel/errors.ts'
import { commonReason } from '../kernel/faults.ts'
import type { Versioned } from '../kernel/versioned.ts'
import { ConditionFailed, type Item } from './item.ts'

/** Creates the error for an outdated version. It carries the present representation. */
export const staleVersion = ({ body, version }: Versioned<unknown>): DomainError<'stale-version'> =>
  new DomainError(
    'stale-version',
    { current: body, currentVersion: version },
    commonReason('version-changed', { currentVersion: version }),
  )

/** @throws DomainError stale-version */
export const requireVersion = (present: Versioned<unknown>, version: number): void => {
  if (present.version !== version) throw staleVersion(present)
}

/**
 * Translates the error of a write with a condition on the version.
 * @param show makes the representation of the stored item
 * @returns stale-version if the stored item has another version, otherwise `error`
 */
export const staleOr = (error: unknown, show: (item: Item) => Versioned<unknown>): unknown => {
  const found = error instanceof ConditionFailed ? error.failed[0]?.found : undefined
  return found ? staleVersion(show(found)) : error
}
