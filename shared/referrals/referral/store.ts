/** Referrals in the table: under their partner, in lists of the partner and of the program, and in indexes by deadline. */
import type { Deadline, DeadlineKind, Event, TimelineItem } from '../../events/contract.ts'
import { appendEvent, readTimeline } from '../../events/index.ts'
import { asPartnerId, asReferralId, type PartnerId, type ReferralId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import type { IndexName } from '../../persistence/contract.ts'
import {
  type Check,
  type Condition,
  type CursorScope,
  type Item,
  type Key,
  key,
  type MergedList,
  mergedItems,
  mergedPage,
  partition,
  query,
  readCursor,
  readRows,
  readStored,
  shardOf,
  type Write,
  writeCursor,
} from '../../persistence/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import type { Status } from './contract.ts'
import { deadlines } from './deadlines.ts'
import type { Decision } from './effects.ts'
import type { ChosenList, ListOptions, partnerLists, programLists } from './lists.ts'
import type { Referral } from './referral.ts'
import { type ListedReferral, listedReferralOf } from './rules.ts'
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

/** Returns the instant by which the list of a status is sorted: receipt, answer or closing. */
const listedAt = ({ receivedAt, answeredAt, closedAt }: Referral): string =>
  closedAt ?? answeredAt ?? receivedAt

const statusPartition = (partnerId: PartnerId, status: Status): string =>
  partition('referrals', partnerId, 'STATUS', status)

const officePartition = (partnerId: PartnerId, locationId: string, status: Status): string =>
  partition('referrals', partnerId, 'OFFICE', locationId, status)

const hotPartition = (partnerId: PartnerId): string => partition('referrals', partnerId, 'HOT')

/** A CRM id can contain `#`. It is the last part, so that partitions stay distinct. */
const crmPartition = (partnerId: PartnerId, crmId: string): string =>
  partition('referrals', partnerId, 'CRM', crmId)

const datesPartition = (partnerId: PartnerId, status: Status): string =>
  partition('referrals', partnerId, 'DATES', status)

/**
 * Partitions per status in the lists of the program, so that writes are spread. At ten million open referrals, eight are
 * received a second (docs/scale.md), and one partition takes 1,000 writes a second.
 */
const programShards = 2

const programPartition = (status: Status, shard: number): string => key('REFERRALS', status, String(shard))

const regionPartition = (region: string, status: Status): string => key('REFERRALS', region, status)

const changesPartition = (shard: number): string => key('REFERRALS', String(shard))

const dueKeys = (referral: Referral): Partial<Item> => {
  const [next] = deadlines(referral)
  if (!next) return {}
  const { partnerId, id } = referral
  return {
    duePk: duePartition(next.dueAt, shardOf(id, dueShards)),
    dueSk: key(next.dueAt, next.kind, partnerId, id),
  }
}

/** Returns the keys of the `hot` index: a new referral by the end of its hot time, an accepted one by its CRM id. */
const hotKeys = ({ partnerId, id, status, urgency, hotUntil, deal, receivedAt }: Referral): Partial<Item> => {
  if (status === 'new' && urgency === 'hot' && hotUntil)
    return { hotPk: hotPartition(partnerId), hotSk: key(hotUntil, id) }
  return deal?.crmId ? { hotPk: crmPartition(partnerId, deal.crmId), hotSk: key(receivedAt, id) } : {}
}

/** Returns the instant at which something is due: the answer, or the end of the day on which the deal should be closed. */
const dueDate = ({ status, respondBy, deal }: Referral): string | undefined => {
  if (status === 'new') return respondBy
  return status === 'active' && deal ? `${deal.estimatedCloseDate}T23:59:59.999Z` : undefined
}

const dateKeys = (referral: Referral): Partial<Item> => {
  const { partnerId, id, status } = referral
  const dueAt = dueDate(referral)
  return dueAt ? { datesPk: datesPartition(partnerId, status), datesSk: key(dueAt, id) } : {}
}

/** Returns the keys of the lists of a partner and of the program. Each sort key ends with the id: see `mergedPage`. */
const listKeys = (referral: Referral): Partial<Item> => {
  const { partnerId, id, status, locationId, region, receivedAt, updatedAt } = referral
  const shard = shardOf(id, programShards)
  return {
    listPk: statusPartition(partnerId, status),
    officePk: officePartition(partnerId, locationId, status),
    programPk: programPartition(status, shard),
    regionPk: regionPartition(region, status),
    changesPk: changesPartition(shard),
    listSk: key(listedAt(referral), id),
    createdSk: key(receivedAt, id),
    updatedSk: key(updatedAt, id),
    ...dateKeys(referral),
  }
}

const toItem = (referral: Referral): Item => ({
  ...storedFieldsOf(referral),
  ...referralKey(referral.partnerId, referral.id),
  entity: 'referral',
  ...listKeys(referral),
  overview: storedListItemOf(listedReferralOf(referral)),
  ...dueKeys(referral),
  ...hotKeys(referral),
})

/** Returns the item as the present version stores it, with its keys in all indexes. @throws UnreadableItem */
export const reindexedReferral = (item: Item): Item => toItem(readReferral(item))

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

export interface StatusList {
  readonly statuses: readonly Status[]
  readonly sort: 'newest' | 'oldest'
  readonly limit: number
}

/** Reads a page of a partner's referrals of some statuses. */
export const listByStatus = (
  partnerId: PartnerId,
  { statuses: wanted, sort, limit }: StatusList,
  scope: CursorScope,
): Promise<Page<ListedReferral>> => {
  const partitions = wanted.map(status => statusPartition(partnerId, status))
  return mergedPage({ index: 'list', partitions, descending: sort !== 'oldest', limit }, scope, readListItem)
}

type Range = Omit<MergedList, 'limit' | 'descending'>

/** Returns the partitions and the range of each list of a partner, except `hot-first`, which has two parts. */
const partnerRanges = (
  partnerId: PartnerId,
  { statuses: wanted }: ChosenList,
  options: ListOptions,
  now: Instant,
): Readonly<Record<Exclude<keyof typeof partnerLists, 'hot-first'>, () => Range>> => {
  const all = [partnerItems(partnerId).partition]
  const each = (partitionOf: (status: Status) => string) => wanted.map(partitionOf)
  const { locationId = '', crmId = '' } = options
  return {
    stage: () => ({ index: 'list', partitions: each(status => statusPartition(partnerId, status)) }),
    office: () => ({
      index: 'office',
      partitions: each(status => officePartition(partnerId, locationId, status)),
    }),
    all: () => ({ index: 'received', partitions: all }),
    updated: () => ({ index: 'updated', partitions: all, from: options.updatedSince }),
    due: () => ({
      index: 'dates',
      partitions: each(status => datesPartition(partnerId, status)),
      upTo: options.dueBefore,
    }),
    crm: () => ({ index: 'hot', partitions: [crmPartition(partnerId, crmId)] }),
    hot: () => ({ index: 'hot', partitions: [hotPartition(partnerId)], from: behind(now) }),
  }
}

/** Reads a page of one of the lists of a partner. */
export const listOfPartner = (
  partnerId: PartnerId,
  list: ChosenList<keyof typeof partnerLists>,
  options: ListOptions & { readonly limit: number },
  scope: CursorScope,
  now: Instant,
): Promise<Page<ListedReferral>> =>
  list.name === 'hot-first'
    ? listHotFirst(partnerId, options, scope, now)
    : readRange(partnerRanges(partnerId, list, options, now)[list.name](), list, options, scope)

const shards = Array.from({ length: programShards }, (_, shard) => shard)

/** Returns the partitions and the range of each list of the program. */
const programRanges = (
  { statuses: wanted }: ChosenList,
  options: ListOptions,
): Readonly<Record<keyof typeof programLists, () => Range>> => {
  const { region = '', receivedSince: from, receivedBefore: upTo } = options
  return {
    status: () => ({
      index: 'program',
      partitions: wanted.flatMap(status => shards.map(shard => programPartition(status, shard))),
      from,
      upTo,
    }),
    region: () => ({
      index: 'region',
      partitions: wanted.map(status => regionPartition(region, status)),
      from,
      upTo,
    }),
    changes: () => ({
      index: 'changes',
      partitions: shards.map(changesPartition),
      from: options.updatedSince,
    }),
  }
}

/** Reads a page of one of the lists of all partners. */
export const listOfProgram = (
  list: ChosenList<keyof typeof programLists>,
  options: ListOptions & { readonly limit: number },
  scope: CursorScope,
): Promise<Page<ListedReferral>> => readRange(programRanges(list, options)[list.name](), list, options, scope)

/** Reads a page of a list. Rows that the index does not project are read with their items. */
const readRange = (
  range: Range,
  { sort }: ChosenList,
  { limit }: { readonly limit: number },
  scope: CursorScope,
): Promise<Page<ListedReferral>> => {
  const wanted = { ...range, descending: sort === 'newest', limit }
  return isProjected(range.index)
    ? mergedPage(wanted, scope, readListItem)
    : mergedItems(wanted, scope, item => listedReferralOf(readReferral(item)))
}

const isProjected = (index: IndexName): boolean => index === 'list' || index === 'office' || index === 'hot'

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
    (['new', 'active'] as const).map(status =>
      query({ index: 'list', partition: statusPartition(partnerId, status), limit }),
    ),
  )
  const rows = pages.flatMap(({ items }) => items)
  const items = readRows(rows, readListItem)
  return { items, isAll: items.length === rows.length && pages.every(({ next }) => !next) }
}

/**
 * Reads a partner's referrals that expired at or after an instant, newest first.
 * @param limit maximum number of referrals
 * @returns `isAll` is false if there are more referrals, beyond the limit or unreadable
 */
export const listExpired = async (
  partnerId: PartnerId,
  since: Instant,
  limit: number,
): Promise<{ items: ListedReferral[]; isAll: boolean }> => {
  const { items: rows, next } = await query({
    index: 'list',
    partition: statusPartition(partnerId, 'expired'),
    from: since,
    descending: true,
    limit,
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
const listHotFirst = async (
  partnerId: PartnerId,
  { limit }: { readonly limit: number },
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
    partition: statusPartition(partnerId, 'new'),
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
