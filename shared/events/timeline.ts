/**
 * Timelines: the events of an item, and behind each event the mails that told of it. Mails stand in a partition of their own
 * class, under sort keys that begin with their event's, so that both are in the same order.
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
import { eventsOf, readTimelineItem } from './store.ts'

/** The partition of mails about the events of a partner's referrals and contacts, or of an RFI. */
export const mailPartition = (partnerOrRfiId: string): string => partition('mail', partnerOrRfiId)

interface Wanted {
  /** The item whose events are shown. */
  readonly of: Key
  /** The id of the partner or RFI that owns the partition of their mails. */
  readonly owner: string
  readonly limit: number
}

/** The last sort key that was shown. */
interface Position {
  readonly sk: string
}

/**
 * A page of a timeline, oldest first, in two queries side by side. Events that cannot be read are left out.
 * @returns undefined for an item without events, which does not exist
 */
export const readTimeline = async (
  { of: { pk, sk }, owner, limit }: Wanted,
  scope: CursorScope,
): Promise<Page<TimelineItem> | undefined> => {
  const position = readCursor<Position>(scope)
  const [events, mails] = await Promise.all(
    [pk, mailPartition(owner)].map(partition =>
      query({
        partition,
        beginsWith: eventsOf(sk),
        limit,
        after: position && { pk: partition, sk: position.sk },
      }),
    ),
  )
  if (!position && events?.items.length === 0) return undefined
  const found = [events, mails].filter(page => page !== undefined)
  const { shown, isMore } = merged(found, limit)
  return {
    items: shown.flatMap(item => readTimelineItem(item) ?? []),
    nextCursor: writeCursor(scope, isMore ? positionOf(shown) : undefined),
  }
}

type QueryPage = Awaited<ReturnType<typeof query>>

/** Merges pages by sort key. Nothing is shown beyond the end of a page that goes on. */
const merged = (pages: readonly QueryPage[], limit: number): { shown: Item[]; isMore: boolean } => {
  const ends = pages.flatMap(({ items, next }) => (next ? (items.at(-1)?.sk ?? '') : []))
  const items = pages.flatMap(page => page.items).toSorted((a, b) => (a.sk < b.sk ? -1 : 1))
  const shown = items.filter(({ sk }) => ends.every(end => sk <= end)).slice(0, limit)
  return { shown, isMore: ends.length > 0 || shown.length < items.length }
}

const positionOf = (shown: readonly Item[]): Position | undefined => {
  const last = shown.at(-1)
  return last && { sk: last.sk }
}
