/** Reputations in the table: an item per partner and region, so that learning changes no profile. */

import type { Event } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { directoryAttributes, readEntry } from '../../partners/index.ts'
import { type Item, type Key, key, partition, type Write } from '../../persistence/index.ts'
import type { ReputationEntry } from '../../search/index.ts'
import { after } from '../../time/duration.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { type Teacher, untried } from './rules.ts'

export const reputationKey = (partnerId: PartnerId, region: string): Key => ({
  pk: partition('reputation', partnerId),
  sk: key('REPUTATION', region),
})

/** Reads a reputation; a partner without events has no item. @throws when the item cannot be read */
export const readReputation = (
  item: Item | undefined,
  partnerId: PartnerId,
  region: string,
): ReputationEntry => (item ? reputationIn(item) : untried(partnerId, region))

/** @throws when the item holds no reputation */
export const reputationIn = (item: Item): ReputationEntry => {
  const entry = readEntry(item)
  if (entry?.kind === 'reputation') return entry
  throw new Error(`the reputation at ${item.pk} ${item.sk} cannot be read`)
}

/** The write of what is known by now, made on the version before. It stands in the item once: as search reads it. */
export const putReputation = (reputation: ReputationEntry, at: Instant): Write => {
  const { partnerId, region, version } = reputation
  return {
    put: {
      ...reputationKey(partnerId, region),
      entity: 'reputation',
      version,
      ...directoryAttributes(reputation, at),
    },
    when: version === 1 ? { pk: 'absent' } : { version: version - 1 },
  }
}

/**
 * For so long a lesson is known to have been learned. It is longer than an event can come again: from the bus's archive
 * for 30 days, and from there by way of a queue's dead letters for 14 more.
 */
const remembered = 'P60D'

/** Tests for an event that is so old that its lesson is forgotten: nothing tells whether it was learned from. */
export const isPast = ({ at }: Event, now: Date): boolean => after(at, remembered) <= instantOf(now)

/** Returns the key of the mark of an event that was learned from. */
export const lessonKey = ({ id, subject: { referral } }: Teacher): Key => ({
  pk: partition('reputation', referral.partnerId),
  sk: key('LESSON', id),
})

/** The write that lets an event be learned from once. */
export const putLesson = (event: Teacher): Write => ({
  put: {
    ...lessonKey(event),
    entity: 'lesson',
    ttl: Math.ceil(Date.parse(after(event.at, remembered)) / 1000),
  },
  when: { pk: 'absent' },
})
