/** Referrals in the table: under their partner, listed by stage, and in the due index while unanswered. */
import type { Event, TimelineItem } from '../event/contract.ts'
import { appendEvent, eventsOf, readTimelineItem } from '../event/store.ts'
import type { Page } from '../platform/contract.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { type Condition, type Item, type Key, key, query, queryPage, type Write } from '../platform/table.ts'
import type { Stage, Status } from './contract.ts'
import { type Decision, type Referral, stage } from './lifecycle.ts'
import { type Overview, overviewOf } from './rules.ts'

export const referralKey = (partnerId: string, referralId: string): Key => ({
  pk: key('PARTNER', partnerId),
  sk: key('REFERRAL', referralId),
})

/** Unanswered referrals are due in one of these many partitions per hour, so that no hour's writes meet in one. */
export const dueShards = 4
const shardOf = (id: string): number =>
  [...id.slice(-6)].reduce((sum, character) => sum + character.charCodeAt(0), 0) % dueShards

/** The partition of the due index for the hour that an instant lies in. */
export const duePartition = (instant: string, shard: number): string =>
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

export const readReferral = (item: Item): Referral => {
  const { pk, sk, entity, listPk, listSk, overview, duePk, dueSk, ...referral } = item
  return referral as unknown as Referral
}

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

export interface DueReferral {
  readonly partnerId: string
  readonly referralId: string
}

/** Up to `limit` unanswered referrals of an hour's partition whose respond-by lies at or before `until`. */
export const listDue = async (partition: string, until: string, limit: number): Promise<DueReferral[]> => {
  // Keys go on behind the instant, so the bound is the first key that is later than any of that instant.
  const { items } = await query({ index: 'due', partition, upTo: `${until}$`, limit })
  return items.map(({ dueSk }) => {
    const [, partnerId = '', referralId = ''] = String(dueSk).split('#')
    return { partnerId, referralId }
  })
}
