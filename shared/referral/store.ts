/** Referrals in the table: under their partner, listed by stage, and in the due index while unanswered. */
import type { Event, TimelineItem } from '../event/contract.ts'
import { appendEvent, eventsOf, readTimelineItem } from '../event/store.ts'
import type { Page } from '../platform/contract.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { type Condition, contentOf, type Item, type Key, key, type Write } from '../platform/item.ts'
import { query, queryPage } from '../platform/table.ts'
import type { Stage, Status } from './contract.ts'
import { type Decision, type Referral, stage } from './lifecycle.ts'
import { type Overview, overviewOf } from './rules.ts'

/** Which referral, and whose. */
export interface Address {
  readonly partnerId: string
  readonly referralId: string
}

export const referralKey = (partnerId: string, referralId: string): Key => ({
  pk: key('PARTNER', partnerId),
  sk: key('REFERRAL', referralId),
})

/** Unanswered referrals are due in one of these many partitions per hour, so that no hour's writes meet in one. */
const dueShards = 4
const shardOf = (id: string): number =>
  [...id.slice(-6)].reduce((sum, character) => sum + character.charCodeAt(0), 0) % dueShards

/** The partition of the due index for the hour that an instant lies in. */
const duePartition = (instant: string, shard: number): string =>
  key('DUE', instant.slice(0, 13), String(shard))

/** The instant a stage's list is sorted by: received, answered, closed. */
const listedAt = ({ receivedAt, answeredAt, closedAt }: Referral): string =>
  closedAt ?? answeredAt ?? receivedAt

const listPartition = (partnerId: string, of: Stage): string => key('PARTNER', partnerId, 'STAGE', of)

const toItem = (referral: Referral): Item => ({
  ...referral,
  ...referralKey(referral.partnerId, referral.id),
  entity: 'referral',
  listPk: listPartition(referral.partnerId, stage(referral)),
  listSk: key(listedAt(referral), referral.id),
  overview: overviewOf(referral),
  ...(referral.status === 'new' && {
    duePk: duePartition(referral.respondBy, shardOf(referral.id)),
    dueSk: key(referral.respondBy, referral.partnerId, referral.id),
  }),
})

export const readReferral = (item: Item): Referral => contentOf(item)

const write = (referral: Referral, event: Event, when: Condition): Write[] => {
  const item = toItem(referral)
  return [{ put: item, when }, appendEvent(item.pk, item.sk, event)]
}

/** The writes of a referral that is received. */
export const insert = (referral: Referral, event: Event): Write[] => write(referral, event, { pk: 'absent' })

/** The writes of a decision, and the condition that it was made on; the referral is the first of them. */
export const commit = ({ next, event }: Decision, when: Condition): Write[] => write(next, event, when)

interface ListOptions {
  readonly stage: Stage
  readonly status?: Status | undefined
  readonly sort: 'newest' | 'oldest'
  readonly limit: number
}

/** A page of a partner's referrals of a stage, in one query. */
export const list = (partnerId: string, options: ListOptions, scope: CursorScope): Promise<Page<Overview>> =>
  queryPage(
    {
      index: 'list',
      partition: listPartition(partnerId, options.stage),
      descending: options.sort === 'newest',
      limit: options.limit,
      ...(options.status && { filter: { path: 'overview.status', equals: options.status } }),
    },
    scope,
    item => item.overview as Overview,
  )

/** A page of a referral's events, oldest first. */
export const timeline = (
  partnerId: string,
  referralId: string,
  limit: number,
  scope: CursorScope,
): Promise<Page<TimelineItem>> => {
  const { pk, sk } = referralKey(partnerId, referralId)
  return queryPage({ partition: pk, beginsWith: eventsOf(sk), limit }, scope, readTimelineItem)
}

/** The partitions of the due index for the hours from one instant to another, hour by hour, at most `limit` hours. */
export const duePartitions = (
  from: string,
  to: string,
  limit: number,
): { hour: string; partitions: string[] }[] => {
  const hourMs = 3_600_000
  const first = Math.floor(Date.parse(from) / hourMs)
  const last = Math.floor(Date.parse(to) / hourMs)
  const hours = Array.from({ length: Math.max(0, Math.min(last - first + 1, limit)) }, (_, index) =>
    new Date((first + index) * hourMs).toISOString(),
  )
  const shards = Array.from({ length: dueShards }, (_, shard) => shard)
  return hours.map(hour => ({ hour, partitions: shards.map(shard => duePartition(hour, shard)) }))
}

/** The unanswered referrals of a partition whose respond-by lies at or before `until`, page by page. */
export async function* listDue(partition: string, until: string): AsyncGenerator<Address[]> {
  // Keys go on behind the instant, so the bound is the first key that is later than any of that instant.
  const wanted = { index: 'due', partition, upTo: `${until}$`, limit: 100 } as const
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ ...wanted, after })
    yield items.map(({ dueSk }) => {
      const [, partnerId = '', referralId = ''] = String(dueSk).split('#')
      return { partnerId, referralId }
    })
    after = next
  } while (after)
}
