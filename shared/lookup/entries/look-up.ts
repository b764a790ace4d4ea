/** Looks up names by a query. */
import type { Sought } from '../words/rules.ts'
import { type Hash, hasRoots, isFound, rangeOf, reportedPath, type Scope, type Subject } from './rules.ts'
import { listRows, type Position, type Row } from './store.ts'

/**
 * Entries that one request reads at most. If the other words of a query leave fewer results than a page has, the next page goes
 * on.
 */
const maxRows = 200

/**
 * Pages of items that one request loads at most, until one of them has a result. More than one is loaded only if a query has
 * several words whose first letters occur together more often than the words.
 */
const maxLoads = 4

/** An item that was loaded for an entry, with the names by which it can be found. */
export interface Found<T> {
  readonly item: T
  /** Names of which the entries were made. */
  readonly indexed: Subject
  /** Names that the caller may see. A query finds by these. */
  readonly visible: Subject
}

export interface LookupPage {
  readonly limit: number
  /** Position of the page before. */
  readonly after?: Position | undefined
}

/**
 * Looks up a query in a scope with one query of the index, and compares the names of the loaded items with it: entries are
 * written later than items, and their hashes are short. Whole words come before words that only begin with the query, and the
 * latest first.
 * @param load loads items by id, in the order of the ids; undefined for one that does not exist
 * @returns `next` if there may be more
 */
export const lookUp = async <T>(
  scope: Scope,
  sought: Sought,
  { limit, after }: LookupPage,
  hash: Hash,
  load: (ids: readonly string[]) => Promise<readonly (Found<T> | undefined)[]>,
): Promise<{ items: T[]; next?: Position | undefined }> => {
  const range = rangeOf(scope, sought, hash)
  if (!range) return { items: [] }
  const { rows, next } = await listRows(range, maxRows, after)
  const candidates = firstOfEach(rows.filter(({ roots }) => hasRoots(roots, range.roots)))
  let items: T[] = []
  let end = 0
  for (let loads = 0; loads < maxLoads && items.length === 0 && end < candidates.length; loads++) {
    const page = candidates.slice(end, end + limit)
    end += page.length
    const found = await load(page.map(({ id }) => id))
    items = page.flatMap(({ path }, index) => {
      const one = found[index]
      if (!one || !isFound(sought, one.visible)) return []
      return path === reportedPath(scope, range, one.indexed, hash) ? [one.item] : []
    })
  }
  return { items, next: end < candidates.length ? candidates[end - 1]?.position : next }
}

const firstOfEach = (rows: readonly Row[]): Row[] =>
  rows.filter((row, index) => rows.findIndex(({ id }) => id === row.id) === index)
