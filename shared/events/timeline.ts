/**
 * Timelines: the events of an item, each followed by the mails about it. Mails are in a partition of another class. Their
 * sort keys begin with the sort key of their event, so that both lists are in the same order.
 */

import type { Page } from '../kernel/page.ts'
import {
  type CursorScope,
  type Item,
  type Key,
  partition,
  query,
  readCursor,
  writeCursor,
} from '../persistence/index.ts'
import type { TimelineItem } from './contract.ts'
import { eventPrefix, readTimelineItem } from './store.ts'

/** Returns the partition of mails about the events of a partner's referrals and contacts, or of an RFI. */
export const mailPartition = (partnerOrRfiId: string): string => partition('mail', partnerOrRfiId)

interface TimelineQuery {
  /** The item whose events are shown. */
  readonly of: Key
  /** The id of the partner or RFI that owns the partition of their mails. */
  readonly owner: string
  readonly limit: number
}

/** The sort key of the last row on the page before. */
interface Position {
  readonly sk: string
}

/**
 * Reads a page of a timeline, oldest first, with two parallel queries. Rows that cannot be read are logged and left out.
 * @returns undefined if the item does not exist, because every item has events
 */
export const readTimeline = async (
  { of: { pk, sk }, owner, limit }: TimelineQuery,
  scope: CursorScope,
): Promise<Page<TimelineItem> | undefined> => {
  const position = readCursor<Position>(scope)
  const [events, mails] = await Promise.all(
    [pk, mailPartition(owner)].map(partition =>
      query({
        partition,
        beginsWith: eventPrefix(sk),
        limit,
        after: position && { pk: partition, sk: position.sk },
      }),
    ),
  )
  if (!position && events?.items.length === 0) return undefined
  const pages = [events, mails].filter(page => page !== undefined)
  const { rows, isMore } = mergePages(pages, limit)
  return {
    items: rows.flatMap(item => readTimelineItem(item) ?? []),
    nextCursor: writeCursor(scope, isMore ? positionOf(rows) : undefined),
  }
}

type QueryPage = Awaited<ReturnType<typeof query>>

/**
 * Merges pages by sort key. If a page is not the last of its query, rows behind its end are left out, because the query's
 * next page may have rows before them.
 */
const mergePages = (pages: readonly QueryPage[], limit: number): { rows: Item[]; isMore: boolean } => {
  const ends = pages.flatMap(({ items, next }) => (next ? (items.at(-1)?.sk ?? '') : []))
  const items = pages.flatMap(page => page.items).toSorted((a, b) => (a.sk < b.sk ? -1 : 1))
  const rows = items.filter(({ sk }) => ends.every(end => sk <= end)).slice(0, limit)
  return { rows, isMore: ends.length > 0 || rows.length < items.length }
}

const positionOf = (rows: readonly Item[]): Position | undefined => {
  const last = rows.at(-1)
  return last && { sk: last.sk }
}
