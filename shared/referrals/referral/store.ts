/** Referrals in the table: under their partner, listed by stage, and indexed while something falls due, or is hot. */
import type { Deadline, DeadlineKind, Event, TimelineItem } from '../../events/contract.ts'
import { appendEvent, readTimeline } from '../../events/index.ts'
import { asPartnerId, asReferralId, type PartnerId, type ReferralId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import {
  type Check,
  type Condition,
  type CursorScope,
  type Item,
  type Key,
  key,
  partition,
  query,
  queryPage,
  readCursor,
  readRows,
  readStored,
  shardOf,
  type Write,
  writeCursor,
} from '../../persistence/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import type { Stage, Status } from './contract.ts'
import { deadlines } from './deadlines.ts'
import type { Decision } from './effects.ts'
import type { Referral } from './referral.ts'
import { type ListedReferral, listedReferralOf } from './rules.ts'
import { stage } from './status.ts'
import {
  storedCondition,
  storedFieldsOf,
  storedListItem,
  storedListItemOf,
  storedReferral,
} from './stored.ts'

/** Which referral, and whose. */
export interface Address {
  readonly partnerId: PartnerId
  readonly referralId: ReferralId
}

export const referralKey = (partnerId: PartnerId, referralId: ReferralId): Key => ({
  pk: partition('referrals', partnerId),
  sk: key('REFERRAL', referralId),
})

/** The part of the table that holds a partner's referrals and their events. */
export const partnerItems = (partnerId: PartnerId) => ({
  partition: partition('referrals', partnerId),
  beginsWith: key('REFERRAL', ''),
})

/** Partitions per day of the due index, so that a day's writes are spread. */
const dueShards = 4

/** The partition of the due index for the day that an instant lies in. */
const duePartition = (instant: Instant, shard: number): string =>
  key('DUE', instant.slice(0, 10), String(shard))

/** The instant a stage's list is sorted by: received, answered, closed. */
const listedAt = ({ receivedAt, answeredAt, closedAt }: Referral): string =>
  closedAt ?? answeredAt ?? receivedAt

const listPartition = (partnerId: PartnerId, of: Stage): string =>
  partition('referrals', partnerId, 'STAGE', of)

const hotPartition = (partnerId: PartnerId): string => partition('referrals', partnerId, 'HOT')

const dueKeys = (referral: Referral): Partial<Item> => {
  const [next] = deadlines(referral)
  if (!next) return {}
  const { partnerId, id } = referral
  return {
    duePk: duePartition(next.dueAt, shardOf(id, dueShards)),
    dueSk: key(next.dueAt, next.kind, partnerId, id),
  }
}

const hotKeys = ({ partnerId, id, status, urgency, hotUntil }: Referral): Partial<Item> =>
  status === 'new' && urgency === 'hot' && hotUntil
    ? { hotPk: hotPartition(partnerId), hotSk: key(hotUntil, id) }
    : {}

const toItem = (referral: Referral): Item => ({
  ...storedFieldsOf(referral),
  ...referralKey(referral.partnerId, referral.id),
  entity: 'referral',
  listPk: listPartition(referral.partnerId, stage(referral)),
  listSk: key(listedAt(referral), referral.id),
  overview: storedListItemOf(listedReferralOf(referral)),
  ...dueKeys(referral),
  ...hotKeys(referral),
})

/** @throws UnreadableItem */
export const readReferral = (item: Item): Referral => {
  const {
    actedVersion,
    answerAdvisedBy,
    urgentUntil: hotUntil,
    contacts: colleagues,
    ...kept
  } = readStored(storedReferral, 'referral', item)
  return {
    ...kept,
    hotUntil,
    colleagues,
    // Links in mails of before then stay closed: nobody knows whether the partner has answered since.
    actedVersion: actedVersion ?? kept.version,
    recommendedAnswerBy: answerAdvisedBy ?? kept.respondBy,
  }
}

/** Reads the part of a referral that an index projects. @throws UnreadableItem */
const readListItem = (item: Item): ListedReferral => {
  const {
    urgentUntil: hotUntil,
    value,
    budget,
    ...kept
  } = readStored(storedListItem, 'referral', item, item.overview)
  const isAccepted = kept.dealName !== null
  return {
    ...kept,
    hotUntil,
    // Items that were written before `budget` was added have the budget of an accepted referral nowhere.
    budget: isAccepted ? budget : (budget ?? value),
    estimatedValue: isAccepted ? value : null,
  }
}

const write = (referral: Referral, events: readonly Event[], when: Condition): Write[] => {
  const item = toItem(referral)
  return [{ put: item, when }, ...events.map(event => appendEvent(item.pk, item.sk, event))]
}

/** The writes of a referral that is received. */
export const insert = (referral: Referral, event: Event): Write[] =>
  write(referral, [event], { pk: 'absent' })

/** The writes of a decision, and the condition that it was made on; the referral is the first of them. */
export const commit = ({ next, events }: Decision, when: Condition): Write[] =>
  write(next, events, storedCondition(when))

/** The check that a referral is still as it was read. */
export const checkReferral = ({ partnerId, id, version }: Referral): Check => ({
  check: referralKey(partnerId, id),
  when: { version },
})

export interface ListOptions {
  readonly stage: Stage
  readonly status?: Status | undefined
  readonly sort: 'newest' | 'oldest' | 'hot-first'
  readonly limit: number
}

/** A page of a partner's referrals of a stage, in one query. */
export const list = (
  partnerId: PartnerId,
  options: ListOptions,
  scope: CursorScope,
): Promise<Page<ListedReferral>> =>
  queryPage(
    {
      index: 'list',
      partition: listPartition(partnerId, options.stage),
      descending: options.sort !== 'oldest',
      limit: options.limit,
      ...(options.status && { filter: { path: 'overview.status', equals: options.status } }),
    },
    scope,
    readListItem,
  )

/**
 * A partner's open referrals, up to so many that are new and so many that are active.
 * @returns isAll: there are no others, neither beyond the limit nor such as cannot be read
 */
export const listOpen = async (
  partnerId: PartnerId,
  limit: number,
): Promise<{ items: ListedReferral[]; isAll: boolean }> => {
  const pages = await Promise.all(
    (['inbox', 'active'] as const).map(stage =>
      query({ index: 'list', partition: listPartition(partnerId, stage), limit }),
    ),
  )
  const found = pages.flatMap(({ items }) => items)
  const items = readRows(found, readListItem)
  return { items, isAll: items.length === found.length && pages.every(({ next }) => !next) }
}

/** A partner's referrals that expired at an instant or after it, among so many that were closed since, the newest first. */
export const listExpired = async (
  partnerId: PartnerId,
  since: Instant,
  limit: number,
): Promise<{ items: ListedReferral[]; isAll: boolean }> => {
  const { items: found, next } = await query({
    index: 'list',
    partition: listPartition(partnerId, 'archived'),
    from: since,
    descending: true,
    limit,
    filter: { path: 'overview.status', equals: 'expired' },
  })
  const items = readRows(found, readListItem)
  return { items, isAll: items.length === found.length && !next }
}

/**
 * A page of a referral's timeline, oldest first. Events that cannot be read are left out.
 * @returns undefined for a referral without events, which does not exist
 */
export const timeline = (
  partnerId: PartnerId,
  referralId: ReferralId,
  limit: number,
  scope: CursorScope,
): Promise<Page<TimelineItem> | undefined> =>
  readTimeline({ of: referralKey(partnerId, referralId), owner: partnerId, limit }, scope)

/** `$` follows `#` in ASCII, so `<instant>$` is greater than every key `<instant>#…`. */
const behind = (instant: Instant | ''): string => `${instant}$`

/** Reads referrals of a partner that are still hot at an instant, the most urgent first, in one query. */
export const listHot = async (
  partnerId: PartnerId,
  now: Instant,
  limit: number,
  after?: Record<string, unknown>,
): Promise<{ items: ListedReferral[]; next?: Record<string, unknown> }> => {
  const wanted = {
    index: 'hot',
    partition: hotPartition(partnerId),
    from: behind(now),
    limit,
    after,
  } as const
  const { items, ...rest } = await query(wanted)
  return { items: readRows(items, readListItem), ...rest }
}

/** The position of a cursor in a list that begins with hot referrals. */
interface CursorPosition {
  /** The walk's first instant: what was hot then comes first, and only there. */
  readonly since: Instant
  readonly part: 'hot' | 'rest'
  readonly after?: Record<string, unknown> | undefined
}

/** A page of a partner's inbox, with what is hot first and then the newest, in at most two queries. */
export const listHotFirst = async (
  partnerId: PartnerId,
  { limit }: Pick<ListOptions, 'limit'>,
  scope: CursorScope,
  now: Instant,
): Promise<Page<ListedReferral>> => {
  const position = readCursor<CursorPosition>(scope) ?? { since: now, part: 'hot' }
  const { since } = position
  const page = (items: ListedReferral[], next: CursorPosition | undefined) => ({
    items,
    nextCursor: writeCursor(scope, next),
  })

  const hot = position.part === 'hot' ? await listHot(partnerId, since, limit, position.after) : { items: [] }
  if (hot.next) return page(hot.items, { since, part: 'hot', after: hot.next })
  if (hot.items.length === limit) return page(hot.items, { since, part: 'rest' })

  const { items, next } = await query({
    index: 'list',
    partition: listPartition(partnerId, 'inbox'),
    descending: true,
    limit: limit - hot.items.length,
    after: position.part === 'rest' ? position.after : undefined,
  })
  const rest = readRows(items, readListItem).filter(({ hotUntil }) => !hotUntil || hotUntil <= since)
  return page([...hot.items, ...rest], next && { since, part: 'rest', after: next })
}

/** The partitions of the due index for the days from one instant to another, day by day. */
export const duePartitions = (from: Instant, to: Instant): { day: Instant; partitions: string[] }[] => {
  const dayMs = 86_400_000
  const first = Math.floor(Date.parse(from) / dayMs)
  const last = Math.floor(Date.parse(to) / dayMs)
  const days = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    instantOf(new Date((first + index) * dayMs)),
  )
  const shards = Array.from({ length: dueShards }, (_, shard) => shard)
  return days.map(day => ({ day, partitions: shards.map(shard => duePartition(day, shard)) }))
}

/** The next deadline of a referral. */
export interface Due extends Address, Deadline {}

const readDue = ({ dueSk }: Item): Due => {
  const [dueAt = '', kind, partnerId = '', referralId = ''] = String(dueSk).split('#')
  return {
    kind: kind as DeadlineKind,
    dueAt: dueAt as Instant,
    partnerId: asPartnerId(partnerId),
    referralId: asReferralId(referralId),
  }
}

/** Reads the deadlines of a partition after `from` and at or before `to`, page by page. */
export async function* listDue(
  partition: string,
  { from, to }: { readonly from?: Instant; readonly to: Instant },
): AsyncGenerator<Due[]> {
  // Keys go on behind the instant.
  const wanted = { index: 'due', partition, from: behind(from ?? ''), upTo: behind(to), limit: 100 } as const
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ ...wanted, after })
    yield items.map(readDue)
    after = next
  } while (after)
}
