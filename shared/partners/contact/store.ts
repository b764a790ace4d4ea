/**
 * Contact health in the table: one item per partner and region. It is separate from the profile, so that a bounced mail
 * does not change the profile's version.
 */

import { fingerprint } from '../../crypto/fingerprint.ts'
import type { Event } from '../../events/contract.ts'
import { appendEvent } from '../../events/index.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import {
  type CursorScope,
  type Item,
  type Key,
  key,
  partition,
  queryPage,
  readStored,
  type Write,
} from '../../persistence/index.ts'
import type { HealthEntry } from '../../search/index.ts'
import type { Instant } from '../../time/instant.ts'
import { directoryAttributes } from '../listing/store.ts'
import { addressOf, type Health, healthy, isFailing, isWarned } from './rules.ts'
import { storedHealth, storedHealthOverview } from './stored.ts'

const unhealthyPartition = 'UNHEALTHY'

/** Returns the fingerprint of an address, for places that must not hold the address. */
export const addressFingerprint = (address: string): string => fingerprint(address.toLowerCase())

/**
 * Returns the first 48 bits of an address's fingerprint, to save memory in the directory. It is compared only with the few
 * dozen addresses of the same profile, where the chance of a collision is about 1 in 10^11.
 */
export const listedFingerprint = (person: { readonly email: string }): string =>
  addressFingerprint(addressOf(person)).slice(0, listedLength)
const listedLength = 8

export const healthKey = (partnerId: PartnerId, region: string): Key => ({
  pk: partition('health', partnerId),
  sk: key('CONTACTS', region),
})

/** Reads contact health. The item does not exist before the first problem. @throws UnreadableItem */
export const readHealth = (item: Item | undefined, partnerId: PartnerId, region: string): Health =>
  item ? readStored(storedHealth, 'contact health', item) : healthy(partnerId, region)

/** Returns the directory entry: fingerprints of the addresses that mail does not reach. */
const entryOf = ({ partnerId, region, version, troubles }: Health): HealthEntry => ({
  kind: 'health',
  partnerId,
  region,
  version,
  failing: troubles.filter(isFailing).map(({ address }) => listedFingerprint({ email: address })),
})

/** Returns the write of a new version of contact health. @param at instant of the change */
export const putHealth = (health: Health, at: Instant): Write => {
  const { partnerId, region, version, troubles } = health
  return {
    put: {
      ...health,
      ...healthKey(partnerId, region),
      entity: 'contact-health',
      ...(troubles.some(isWarned) && {
        listPk: unhealthyPartition,
        listSk: key(partnerId, region),
        overview: { partnerId, region },
      }),
      ...directoryAttributes(entryOf(health), at),
    },
    when: version === 1 ? { pk: 'absent' } : { version: version - 1 },
  }
}

/** Returns the writes of a finding and of the event that reports it. */
export const putFinding = (health: Health, event: Event): Write[] => {
  const { pk, sk } = healthKey(health.partnerId, health.region)
  return [putHealth(health, event.at), appendEvent(pk, sk, event)]
}

/** Reads a page of the profiles whose contact health records a problem. */
export const listUnhealthy = (
  limit: number,
  scope: CursorScope,
): Promise<Page<Pick<Health, 'partnerId' | 'region'>>> =>
  queryPage({ index: 'list', partition: unhealthyPartition, limit }, scope, item =>
    readStored(storedHealthOverview, 'contact health', item, item.overview),
  )
