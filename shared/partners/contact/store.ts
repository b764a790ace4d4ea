/** The health of a partner's contacts in a region: an item of its own, so that mail that fails changes no profile. */

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
import { addressOf, type Health, healthy, isFailing } from './rules.ts'
import { storedHealth, storedHealthOverview } from './stored.ts'

const unhealthyPartition = 'UNHEALTHY'

/** Names an address where the address itself must not stand. */
export const addressFingerprint = (address: string): string => fingerprint(address.toLowerCase())

/**
 * Names an address in the directory's memory, where each character counts: 48 bits. It is compared with the few dozen
 * addresses of one profile alone, of which two meet by chance once in some 10^11.
 */
export const listedFingerprint = (person: { readonly email: string }): string =>
  addressFingerprint(addressOf(person)).slice(0, listedLength)
const listedLength = 8

export const healthKey = (partnerId: PartnerId, region: string): Key => ({
  pk: partition('health', partnerId),
  sk: key('CONTACTS', region),
})

/** Reads the health of contacts; there is no item as long as nothing was wrong. @throws UnreadableItem */
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

/** The write of what is known by now, made on the version before; `at`: when it changed. */
export const putHealth = (health: Health, at: Instant): Write => {
  const { partnerId, region, version, troubles } = health
  return {
    put: {
      ...health,
      ...healthKey(partnerId, region),
      entity: 'contact-health',
      ...(troubles.length > 0 && {
        listPk: unhealthyPartition,
        listSk: key(partnerId, region),
        overview: { partnerId, region },
      }),
      ...directoryAttributes(entryOf(health), at),
    },
    when: version === 1 ? { pk: 'absent' } : { version: version - 1 },
  }
}

/** The writes of a finding, and the event that tells of it. */
export const putFinding = (health: Health, event: Event): Write[] => {
  const { pk, sk } = healthKey(health.partnerId, health.region)
  return [putHealth(health, event.at), appendEvent(pk, sk, event)]
}

/** A page of the regions in which something is wrong with a partner's contacts. */
export const listUnhealthy = (
  limit: number,
  scope: CursorScope,
): Promise<Page<Pick<Health, 'partnerId' | 'region'>>> =>
  queryPage({ index: 'list', partition: unhealthyPartition, limit }, scope, item =>
    readStored(storedHealthOverview, 'contact health', item, item.overview),
  )
