/** Optimistic locking, as HTTP speaks of it: a version is an ETag, and a write names the one it was made on. */
import type { Versioned } from '../kernel/contract.ts'
import { Problem } from '../kernel/problem.ts'
import { ConditionFailed, type Item } from './item.ts'

export const etagOf = (version: number): string => `"${version}"`

/** The caller's version is not the present one: the answer carries the present representation. */
export const staleVersion = ({ body, version }: Versioned<unknown>): Problem =>
  new Problem('stale-version', {
    detail: `the present version is ${version}`,
    extra: { current: body },
    headers: { etag: etagOf(version) },
  })

/** @throws Problem stale-version */
export const requireVersion = (present: Versioned<unknown>, version: number): void => {
  if (present.version !== version) throw staleVersion(present)
}

/** What to throw when a write conditional on a version fails: stale-version with what `show` makes of the item, else `error`. */
export const lostRace = (error: unknown, show: (item: Item) => Versioned<unknown>): unknown => {
  const found = error instanceof ConditionFailed ? error.failed[0]?.found : undefined
  return found ? staleVersion(show(found)) : error
}
