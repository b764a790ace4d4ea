/** Reputations in the table: one item per partner and region, separate from the profile and its version. */

import type { Event } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { directoryAttributes, readEntry } from '../../partners/index.ts'
import { type Item, type Key, key, partition, UnreadableItem, type Write } from '../../persistence/index.ts'
import type { ReputationEntry } from '../../search/index.ts'
import { after } from '../../time/duration.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { type CountableEvent, emptyReputation } from './rules.ts'

export const reputationKey = (partnerId: PartnerId, region: string): Key => ({
  pk: partition('reputation', partnerId),
  sk: key('REPUTATION', region),
})

/** Reads a reputation. A partner without observations has no item. @throws UnreadableItem */
export const readReputation = (
  item: Item | undefined,
  partnerId: PartnerId,
  region: string,
): ReputationEntry => (item ? reputationIn(item) : emptyReputation(partnerId, region))

/** @throws UnreadableItem if the item's directory entry cannot be read or is not a reputation */
export const reputationIn = (item: Item): ReputationEntry => {
  const entry = readEntry(item)
  if (entry?.kind === 'reputation') return entry
  throw new UnreadableItem('reputation', item, [{ path: ['entry'], code: 'invalid_value' }])
}

/**
 * Returns the write of a reputation's next version, with the fields of the present item that only a newer version of the
 * program knows. The figures are stored once, in the directory entry that search reads.
 * @param before the present item
 * @param at instant of the change
 */
export const putReputation = (reputation: ReputationEntry, before: Item | undefined, at: Instant): Write => {
  const { partnerId, region, version } = reputation
  return {
    put: {
      ...before,
      ...reputationKey(partnerId, region),
      entity: 'reputation',
      version,
      ...directoryAttributes(reputation, at),
    },
    when: version === 1 ? { pk: 'absent' } : { version: version - 1 },
  }
}

/**
 * Lifetime of the mark of a counted event. It is longer than an event can be delivered again: the archive of the bus keeps
 * events for 30 days, and a dead-letter queue keeps messages for 14 more days.
 */
const markLifetime = 'P60D'

/** Tests for an event so old that its mark may be deleted: it is unknown whether the event was counted. */
export const isTooOld = ({ at }: Event, now: Date): boolean => after(at, markLifetime) <= instantOf(now)

/** Returns the key of the item that marks an event as counted. The stored names are older than the term *counted event*. */
export const countedMarkKey = ({ id, subject: { referral } }: CountableEvent): Key => ({
  pk: partition('reputation', referral.partnerId),
  sk: key('LESSON', id),
})

/** Returns the write that marks an event as counted. It fails if the event was counted already. */
export const putCountedMark = (event: CountableEvent): Write => ({
  put: {
    ...countedMarkKey(event),
    entity: 'lesson',
    ttl: Math.ceil(Date.parse(after(event.at, markLifetime)) / 1000),
  },
  when: { pk: 'absent' },
})
