/** Writes the lookup entries of an RFI or a partner. */
import { backOff } from '../../kernel/back-off.ts'
import { DomainError } from '../../kernel/errors.ts'
import { ConditionFailed } from '../../persistence/index.ts'
import type { Entry } from './rules.ts'
import { changesOf, type EntryChange, listEntries } from './store.ts'

/** The entries that an owner should have. */
export interface WantedEntries {
  readonly entries: readonly Entry[]
  /** Identifies the state from which the entries were made. */
  readonly state: string
}

/** Writes at the same time. An RFI to 20 partners has up to 550 entries. */
const parallel = 25
const attempts = 8

/**
 * Replaces the entries of an owner by those that its present state requires. It can be repeated, and several workers can do it
 * at the same time: each reads the state again after its writes, and starts over if the state has changed or another worker has
 * changed an entry. So the entries of the last state remain, and an address that was corrected leaves none.
 * @param load reads the state, strongly consistent
 * @returns number of entries that were written or deleted
 * @throws DomainError busy if concurrent changes made every attempt fail
 */
export const replaceEntries = async (
  ownerId: string,
  load: () => Promise<WantedEntries>,
): Promise<number> => {
  let wanted = await load()
  let written = 0
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const changes = changesOf(ownerId, await listEntries(ownerId), wanted.entries)
    if (changes.length === 0) return written
    const areMade = await makeChanges(changes)
    written += changes.length
    const present = await load()
    if (areMade && present.state === wanted.state) return written
    wanted = present
    if (attempt > 1) await backOff(attempt)
  }
  throw new DomainError('busy', { retryAfterSeconds: 1 })
}

/** @returns false if another worker has changed an entry meanwhile */
const makeChanges = async (changes: readonly EntryChange[]): Promise<boolean> => {
  let areMade = true
  for (let start = 0; start < changes.length; start += parallel) {
    const results = await Promise.all(changes.slice(start, start + parallel).map(makeChange))
    areMade &&= results.every(isMade => isMade)
  }
  return areMade
}

const makeChange = async (change: EntryChange): Promise<boolean> => {
  try {
    await change()
    return true
  } catch (error) {
    if (error instanceof ConditionFailed) return false
    throw error
  }
}
