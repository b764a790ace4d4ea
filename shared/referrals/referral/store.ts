/** Referrals in the table: under their partner, in lists by stage, and in indexes while they have a deadline or are hot. */
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

/** Identifies a referral in the table. */
export interface Address {
  readonly partnerId: PartnerId
  readonly referralId: ReferralId
}

export const referralKey = (partnerId: PartnerId, referralId: ReferralId): Key => ({
  pk: partition('referrals', partnerId),
  sk: key('REFERRAL', referralId),
})

/** Returns the range of keys of a partner's referrals and their events. */
export const partnerItems = (partnerId: PartnerId) => ({
  partition: partition('referrals', partnerId),
  beginsWith: key('REFERRAL', ''),
})

/** Partitions per day of the due index, so that a day's writes are spread. */
const dueShards = 4

/** Returns the partition of the due index for the day of an instant. */
const duePartition = (instant: Instant, shard: number): string =>
  key('DUE', instant.slice(0, 10), String(shard))

/** Returns the instant by which the list of a stage is sorted: receipt, answer or closing. */
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
    // The item does not contain the version of the last answer, so the links in all earlier mails are treated as used.
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
    dealValue,
    ...kept
  } = readStored(storedListItem, 'referral', item, item.overview)
  const isAccepted = kept.dealName !== null
  return {
    ...kept,
    hotUntil,
    // Older items do not store the budget of an accepted referral.
    budget: isAccepted ? budget : (budget ?? value),
    estimatedValue: isAccepted ? value : null,
    // Before the form suggested values, all estimates were entered by the partner.
    dealValue: dealValue === undefined && isAccepted ? value : (dealValue ?? null),
  }
}

const writesOf = (referral: Referral, events: readonly Event[], when: Condition): Write[] => {
  const item = toItem(referral)
  return [{ put: item, when }, ...events.map(event => appendEvent(item.pk, item.sk, event))]
}

/** Returns the writes of a new referral and its event. */
export const putNewReferral = (referral: Referral, event: Event): Write[] =>
  writesOf(referral, [event], { pk: 'absent' })

/** Returns the writes of a decision, the referral first. @param when condition under which the decision is valid */
export const putDecision = ({ next, events }: Decision, when: Condition): Write[] =>
  writesOf(next, events, storedCondition(when))

/** Returns the check that a referral has not changed since it was read. */
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

/** Reads a page of a partner's referrals of a stage, in one query. */
export const listByStage = (
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
 * Reads a partner's open referrals.
 * @param limit maximum number of new referrals, and of active referrals
 * @returns `isAll` is false if there are more referrals, beyond the limit or unreadable
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
  const rows = pages.flatMap(({ items }) => items)
  const items = readRows(rows, readListItem)
  return { items, isAll: items.length === rows.length && pages.every(({ next }) => !next) }
}

/**
 * Reads a partner's referrals that expired at or after an instant, newest first.
 * @param limit maximum number of archived referrals to search
 * @returns `isAll` is false if there are more referrals, beyond the limit or unreadable
 */
export const listExpired = async (
  partnerId: PartnerId,
  since: Instant,
  limit: number,
): Promise<{ items: ListedReferral[]; isAll: boolean }> => {
  const { items: rows, next } = await query({
    index: 'list',
    partition: listPartition(partnerId, 'archived'),
    from: since,
    descending: true,
    limit,
    filter: { path: 'overview.status', equals: 'expired' },
  })
  const items = readRows(rows, readListItem)
  return { items, isAll: items.length === rows.length && !next }
}

/**
 * Reads a page of a referral's timeline, oldest first. Events that cannot be read are logged and left out.
 * @returns undefined if the referral does not exist
 */
export const timeline = (
  partnerId: PartnerId,
  referralId: ReferralId,
  limit: number,
  scope: CursorScope,
): Promise<Page<TimelineItem> | undefined> =>
  readTimeline({ of: referralKey(partnerId, referralId), owner: partnerId, limit }, scope)

/** Returns a key that sorts after all keys `<instant>#…`: `$` follows `#` in ASCII. */
const behind = (instant: Instant | ''): string => `${instant}$`

/** Reads referrals of a partner that are still hot at an instant, in one query. Sorted by the end of the hot time. */
export const listHot = async (
  partnerId: PartnerId,
  now: Instant,
  limit: number,
  after?: Record<string, unknown>,
): Promise<{ items: ListedReferral[]; next?: Record<string, unknown> }> => {
  const range = {
    index: 'hot',
    partition: hotPartition(partnerId),
    from: behind(now),
    limit,
    after,
  } as const
  const { items, ...rest } = await query(range)
  return { items: readRows(items, readListItem), ...rest }
}

/** The position of a cursor in a list that begins with hot referrals. */
interface CursorPosition {
  /** Instant of the first page. Referrals that were hot at this instant are only in the first part. */
  readonly since: Instant
  readonly part: 'hot' | 'rest'
  readonly after?: Record<string, unknown> | undefined
}

/** Reads a page of a partner's inbox, hot referrals first and then the newest, in at most two queries. */
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

/** Returns the partitions of the due index for the days from one instant to another, by day. */
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
  // Keys have further parts after the instant.
  const range = { index: 'due', partition, from: behind(from ?? ''), upTo: behind(to), limit: 100 } as const
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ ...range, after })
    yield items.map(readDue)
    after = next
  } while (after)
}
