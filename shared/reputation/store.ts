/** What was learned of a partner in a region, in the table: an item of its own, so that learning changes no profile. */
import type { ReputationEntry } from '../directory/entry.ts'
import { directoryAttributes } from '../directory/store.ts'
import { type Item, type Key, key, type Write } from '../platform/item.ts'
import { unknown } from './rules.ts'

export const reputationKey = (partnerId: string, region: string): Key => ({
  pk: key('PARTNER', partnerId),
  sk: key('REPUTATION', region),
})

/** Of a partner of whom nothing was learned yet, there is no item. */
export const readReputation = (item: Item | undefined, partnerId: string, region: string): ReputationEntry =>
  item ? (item.entry as ReputationEntry) : unknown(partnerId, region)

/** The write of what is known by now, made on the version before. It stands in the item once: as search reads it. */
export const putReputation = (reputation: ReputationEntry, at: string): Write => {
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
