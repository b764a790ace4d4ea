/**
 * Pages of lists that are spread over several partitions of an index. The partitions are read in parallel and merged by sort
 * key. Each sort key must end with the id of its item, so that an item has the same key in all partitions of a list.
 */
import { invalid } from '../kernel/errors.ts'
import { fault } from '../kernel/faults.ts'
import type { Page } from '../kernel/page.ts'
import { type CursorScope, readCursor, writeCursor } from './cursor.ts'
import type { Item } from './item.ts'
import { type IndexName, tableSchema } from './schema.ts'
import { readRows } from './stored.ts'
import { getAll, query } from './table.ts'

export interface MergedList {
  readonly index: IndexName
  /** At least one. */
  readonly partitions: readonly string[]
  /** Lowest and highest sort key, both included. */
  readonly from?: string | undefined
  readonly upTo?: string | undefined
  readonly descending?: boolean
  readonly limit: number
}

/**
 * The position of a cursor: the sort key of the last row that was returned. One position is enough for all partitions,
 * because all rows up to it were returned. An item that moves to another partition and keeps its sort key is therefore
 * neither missed nor repeated.
 */
interface Position {
  readonly after: string
}

/** One partition while a page is merged: the rows that were read and not taken yet. */
interface Source {
  readonly partition: string
  rows: readonly Item[]
  next: Record<string, unknown> | undefined
  isRead: boolean
  /** Number of rows of the next query. */
  size: number
}

/** Reads a page of index entries, in the order of their sort keys. */
const mergedEntries = async (wanted: MergedList, after: string | undefined) => {
  const { index, descending = false, limit } = wanted
  const sortKeyOf = (item: Item): string => String(item[tableSchema.indexes[index].sortKey])
  const comesFirst = (a: Item, b: Item): boolean =>
    descending ? sortKeyOf(a) > sortKeyOf(b) : sortKeyOf(a) < sortKeyOf(b)
  const sources = sourcesOf(wanted, after)
  const page: Item[] = []
  let last = after
  while (page.length < limit) {
    await Promise.all(sources.filter(isEmpty).map(source => fill(source, wanted, after)))
    if (sources.some(isEmpty)) continue
    const first = firstOf(sources, comesFirst)
    if (!first) break
    const [row, ...rest] = first.rows as [Item, ...Item[]]
    first.rows = rest
    // While an index is updated, an item can be in its old and in its new partition.
    if (sortKeyOf(row) === last) continue
    last = sortKeyOf(row)
    page.push(row)
  }
  const isMore = sources.some(({ rows, next }) => rows.length > 0 || next)
  return { page, position: isMore && last !== undefined ? { after: last } : undefined }
}

/** The first query of each partition reads its share of the page, and one row more if the last page ended with it. */
const sourcesOf = ({ partitions, limit, from, upTo }: MergedList, after: string | undefined): Source[] => {
  // DynamoDB refuses a range whose lower bound is above the upper one.
  if (from !== undefined && upTo !== undefined && from > upTo) return []
  const size = Math.ceil(limit / partitions.length) + (after === undefined ? 0 : 1)
  return partitions.map(partition => ({ partition, rows: [], next: undefined, isRead: false, size }))
}

const isEmpty = ({ rows, isRead, next }: Source): boolean =>
  rows.length === 0 && (!isRead || next !== undefined)

/** Reads the next rows of a partition. Each query reads twice as many as the one before. */
const fill = async (source: Source, wanted: MergedList, after: string | undefined): Promise<void> => {
  const { index, descending = false, limit } = wanted
  const from = descending ? wanted.from : (after ?? wanted.from)
  const upTo = descending ? (after ?? wanted.upTo) : wanted.upTo
  const { items, next } = await query({
    index,
    partition: source.partition,
    ...(from !== undefined && { from }),
    ...(upTo !== undefined && { upTo }),
    descending,
    limit: source.size,
    after: source.next,
  })
  source.rows = items
  source.next = next
  source.isRead = true
  source.size = Math.min(2 * source.size, limit)
}

const firstOf = (
  sources: readonly Source[],
  comesFirst: (a: Item, b: Item) => boolean,
): Source | undefined => {
  const filled = sources.filter(({ rows }) => rows.length > 0)
  return filled.reduce<Source | undefined>(
    (first, source) => (first && !comesFirst(source.rows[0] as Item, first.rows[0] as Item) ? first : source),
    undefined,
  )
}

/** Returns the position of a cursor. @throws DomainError invalid-request for a cursor of another version of the program */
const positionOf = (scope: CursorScope): string | undefined => {
  const position = readCursor<Partial<Position>>(scope)
  if (position === undefined || typeof position.after === 'string') return position?.after
  throw invalid(fault('wrong-cursor', 'query/cursor'))
}

/** Reads a page of a list whose index projects its rows. Items that cannot be read are logged and left out. */
export const mergedPage = async <T>(
  wanted: MergedList,
  scope: CursorScope,
  view: (item: Item) => T,
): Promise<Page<T>> => {
  const { page, position } = await mergedEntries(wanted, positionOf(scope))
  return { items: readRows(page, view), nextCursor: writeCursor(scope, position) }
}

/** Reads a page of a list whose index projects keys only: the index first, then the items, strongly consistent. */
export const mergedItems = async <T>(
  wanted: MergedList,
  scope: CursorScope,
  view: (item: Item) => T,
): Promise<Page<T>> => {
  const { page, position } = await mergedEntries(wanted, positionOf(scope))
  const items = await getAll(page)
  const existing = items.filter(item => item !== undefined)
  return { items: readRows(existing, view), nextCursor: writeCursor(scope, position) }
}
