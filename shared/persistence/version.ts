/** Optimistic locking: a write names the version that it was made on. */
import { DomainError } from '../kernel/errors.ts'
import type { Versioned } from '../kernel/versioned.ts'
import { ConditionFailed, type Item } from './item.ts'

/** The caller's version is not the present one: the error carries the present representation. */
export const staleVersion = ({ body, version }: Versioned<unknown>): DomainError<'stale-version'> =>
  new DomainError(
    'stale-version',
    { current: body, currentVersion: version },
    `the present version is ${version}`,
  )

/** @throws DomainError stale-version */
export const requireVersion = (present: Versioned<unknown>, version: number): void => {
  if (present.version !== version) throw staleVersion(present)
}

/** Error of a write that was conditional on a version: stale-version if another version was found, else `error` itself. */
export const staleOr = (error: unknown, show: (item: Item) => Versioned<unknown>): unknown => {
  const found = error instanceof ConditionFailed ? error.failed[0]?.found : undefined
  return found ? staleVersion(show(found)) : error
}
