/** Reputations in the table: one item per partner and region, separate from the profile and its version. */

import type { Event } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { directoryAttributes, readEntry } from '../../partners/index.ts'
import { type Item, type Key, key, partition, UnreadableItem, type Write } from '../../persistence/index.ts'
import type { ReputationEntry } from '../../search/index.ts'
import { after } from '../../time/duration.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { emptyReputation, type LearnableEvent } from './rules.ts'

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

/** @throws UnreadableItem when the item's directory entry cannot be read, or is no reputation */
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
 * Time for which the mark of a counted event is kept. It is longer than an event can be delivered again: the bus's archive
 * keeps events for 30 days, and a dead-letter queue messages for 14 more.
 */
const markLifetime = 'P60D'

/** Tests for an event whose mark may be deleted already, so that nothing shows whether it was counted. */
export const isTooOld = ({ at }: Event, now: Date): boolean => after(at, markLifetime) <= instantOf(now)

/** Returns the key of the item that marks an event as counted. */
export const learnedMarkKey = ({ id, subject: { referral } }: LearnableEvent): Key => ({
  pk: partition('reputation', referral.partnerId),
  sk: key('LESSON', id),
})

/** Returns the write that marks an event as counted. It fails if the event was counted already. */
export const putLearnedMark = (event: LearnableEvent): Write => ({
  put: {
    ...learnedMarkKey(event),
    entity: 'lesson',
    ttl: Math.ceil(Date.parse(after(event.at, markLifetime)) / 1000),
  },
  when: { pk: 'absent' },
})
