/** RFIs in the table. The customer's personal data is a separate item. */
import type { Event } from '../../events/contract.ts'
import { appendEvent } from '../../events/index.ts'
import { asRfiId, type RfiId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import {
  type Check,
  type Condition,
  type CursorScope,
  type Item,
  type Key,
  key,
  mergedItems,
  partition,
  query,
  queryPage,
  readStored,
  shardOf,
  type Write,
} from '../../persistence/index.ts'
import type { Customer, EmailStatus } from '../../program/contract.ts'
import { defaultPolicy, tagsIn } from '../../program/rules.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import { type Consent, type ListedRfiStatus, listedRfiStatuses, type UnroutedRfi } from './contract.ts'
import { isUnrouted, listedRegionOf, listedStatusOf, type Rfi } from './rules.ts'
import { storedCustomerRecord, storedRfi, storedUnrouted } from './stored.ts'

export const rfiKey = (rfiId: RfiId): Key => ({ pk: partition('rfi', rfiId), sk: 'RFI' })
export const customerKey = (rfiId: RfiId): Key => ({ pk: partition('rfi', rfiId), sk: 'CUSTOMER' })

/** @throws UnreadableItem */
export const readRfi = (item: Item): Rfi => {
  const { trackedUntil, ...kept } = readStored(storedRfi, 'RFI', item)
  return { ...kept, trackedUntil: trackedUntil ?? after(kept.createdAt, defaultPolicy.trackingTime) }
}

/** A customer with its consent, and whether mail reaches it. */
export interface CustomerRecord {
  readonly customer: Customer
  /** Missing if an early version of the program stored the customer. */
  readonly consent?: (Consent & { readonly at: Instant }) | undefined
  /** Status of the present address. */
  readonly emailStatus: EmailStatus
  /** Missing until the first change. */
  readonly version?: number | undefined
}

/** Reads the customer of an RFI with its consent; null if it was erased. @throws UnreadableItem */
export const readCustomerRecord = (item: Item | undefined): CustomerRecord | null =>
  item ? readStored(storedCustomerRecord, 'customer', item) : null

/** Reads the customer of an RFI; null if it was erased. @throws UnreadableItem */
export const readCustomer = (item: Item | undefined): Customer | null =>
  readCustomerRecord(item)?.customer ?? null

const unroutedPartition = 'UNROUTED'

/** Returns the part of an RFI that the operator's list of unrouted RFIs shows. */
const unroutedOf = ({ id, createdAt, source, need, region = '' }: Rfi): UnroutedRfi => {
  return { id, createdAt, channel: source.channel, region, ...tagsIn(need) }
}

/** Partitions per status, as for referrals. */
const programShards = 2

const programPartition = (status: ListedRfiStatus, shard: number): string =>
  key('RFIS', status, String(shard))

const regionPartition = (region: string, status: ListedRfiStatus): string => key('RFIS', region, status)

const indexKeys = (rfi: Rfi): Partial<Item> => {
  const { id, createdAt } = rfi
  const [status, region] = [listedStatusOf(rfi), listedRegionOf(rfi)]
  return {
    programPk: programPartition(status, shardOf(id, programShards)),
    createdSk: key(createdAt, id),
    ...(region && { regionPk: regionPartition(region, status) }),
    ...(isUnrouted(rfi) && {
      listPk: unroutedPartition,
      listSk: key(createdAt, id),
      overview: unroutedOf(rfi),
    }),
  }
}

const toItem = (rfi: Rfi): Item => ({ ...rfi, ...rfiKey(rfi.id), entity: 'rfi', ...indexKeys(rfi) })

/** Returns the item as the present version stores it, with its keys in all indexes. @throws UnreadableItem */
export const reindexedRfi = (item: Item): Item => toItem(readRfi(item))

/** Returns the writes of a change of an RFI and of its event, the RFI first. */
export const putRfi = (rfi: Rfi, event: Event, when: Condition): Write[] => {
  const item = toItem(rfi)
  return [{ put: item, when }, appendEvent(item.pk, item.sk, event)]
}

export interface RfiListOptions {
  readonly status?: readonly ListedRfiStatus[] | undefined
  readonly region?: string | undefined
  readonly createdSince?: Instant | undefined
  readonly createdBefore?: Instant | undefined
  readonly sort: 'newest' | 'oldest'
  readonly limit: number
}

/** Reads a page of RFIs by time of creation. */
export const listByStatus = (
  { status, region, createdSince, createdBefore, sort, limit }: RfiListOptions,
  scope: CursorScope,
): Promise<Page<Rfi>> => {
  const statuses = [...new Set(status ?? listedRfiStatuses)]
  const shards = Array.from({ length: programShards }, (_, shard) => shard)
  const range = { from: createdSince, upTo: createdBefore, descending: sort === 'newest', limit }
  const place = region
    ? ({ index: 'region', partitions: statuses.map(one => regionPartition(region, one)) } as const)
    : ({
        index: 'program',
        partitions: statuses.flatMap(one => shards.map(shard => programPartition(one, shard))),
      } as const)
  return mergedItems({ ...place, ...range }, scope, readRfi)
}

/** Reads a page of the RFIs without recipients, oldest first. */
export const listUnrouted = (limit: number, scope: CursorScope): Promise<Page<UnroutedRfi>> =>
  queryPage({ index: 'list', partition: unroutedPartition, limit }, scope, item =>
    readStored(storedUnrouted, 'RFI', item, item.overview),
  )

/** Yields the ids of the RFIs without recipients, page by page. */
export async function* unroutedIds(): AsyncGenerator<RfiId[]> {
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ index: 'list', partition: unroutedPartition, limit: 100, after })
    yield items.map(({ pk }) => asRfiId(pk.slice(partition('rfi', '').length)))
    after = next
  } while (after)
}

/** Returns the check that an RFI has not changed since it was read: it was neither withdrawn nor sent on. */
export const checkRfi = ({ id, version }: Rfi): Check => ({ check: rfiKey(id), when: { version } })

/** Returns the check that the customer of an RFI has not chosen, for a change that gives a partner a chance. */
export const checkNotChosen = (rfiId: RfiId): Check => ({ check: rfiKey(rfiId), when: { choice: 'absent' } })

export const putCustomer = (rfiId: RfiId, record: Pick<CustomerRecord, 'customer' | 'consent'>): Write => ({
  put: { ...customerKey(rfiId), entity: 'customer', ...record },
  when: { pk: 'absent' },
})

/** Returns the write of a changed customer. It fails if the customer was erased or changed since it was read. */
export const putChangedCustomer = (
  rfiId: RfiId,
  { version }: CustomerRecord,
  next: CustomerRecord,
): Write => ({
  put: { ...customerKey(rfiId), entity: 'customer', ...next, version: (version ?? 0) + 1 },
  when: { entity: 'customer', version: version ?? 'absent' },
})
