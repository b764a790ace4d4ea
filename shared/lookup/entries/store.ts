/** Lookup entries in the table: one partition for each RFI or partner, which can be deleted as a whole. */
import { type Item, type Key, key, partition, put, query, remove } from '../../persistence/index.ts'
import type { Entry, Range } from './rules.ts'

const toItem = (ownerId: string, { partition: lookupPk, path, id, roots }: Entry): Item => ({
  pk: partition('lookup', ownerId),
  sk: key(lookupPk, path),
  entity: 'lookup-entry',
  lookupPk,
  lookupSk: key(path, id),
  roots,
})

/** An entry as the index projects it. */
export interface Row {
  readonly path: string
  readonly id: string
  readonly roots: string
  readonly position: Position
}

/** Position of a row in the index. */
export type Position = Readonly<Record<'pk' | 'sk' | 'lookupPk' | 'lookupSk', string>>

const readRow = ({ pk, sk, lookupPk, lookupSk, roots }: Item): Row => {
  const position = { pk, sk, lookupPk: String(lookupPk), lookupSk: String(lookupSk) }
  const [path = '', id = ''] = position.lookupSk.split('#')
  return { path, id, roots: String(roots), position }
}

/** Reads entries of a range in one query: whole words first, then by word; the latest first of each word. */
export const listRows = async (
  { partition: lookupPk, beginsWith }: Range,
  limit: number,
  after: Position | undefined,
): Promise<{ rows: Row[]; next?: Position }> => {
  const { items, next } = await query({
    index: 'lookup',
    partition: lookupPk,
    ...(beginsWith !== '' && { beginsWith }),
    descending: true,
    limit,
    after,
  })
  return { rows: items.map(readRow), ...(next && { next: next as Position }) }
}

/** A limit above the number of entries in a DynamoDB page of 1 MB, so that only the size limits a page. */
const pageLimit = 10_000

/** Reads all entries of an RFI or a partner, strongly consistent. */
export const listEntries = async (ownerId: string): Promise<Item[]> => {
  const range = { partition: partition('lookup', ownerId), isConsistent: true, limit: pageLimit }
  const found: Item[] = []
  let after: Record<string, unknown> | undefined
  do {
    const { items, next } = await query({ ...range, after })
    found.push(...items)
    after = next
  } while (after)
  return found
}

/** A write of an entry, or a deletion. */
export type EntryChange = () => Promise<void>

/** Returns the changes that replace the stored entries of an owner by the wanted ones. */
export const changesOf = (
  ownerId: string,
  stored: readonly Item[],
  wanted: readonly Entry[],
): EntryChange[] => {
  const storedByKey = new Map(stored.map(item => [item.sk, item]))
  const items = wanted.map(entry => toItem(ownerId, entry))
  const keys = new Set(items.map(({ sk }) => sk))
  const puts = items.flatMap(item => {
    const present = storedByKey.get(item.sk)
    if (present && present.roots === item.roots && present.lookupSk === item.lookupSk) return []
    const when = present ? { lookupSk: String(present.lookupSk), roots: String(present.roots) } : absent
    return [() => put({ put: item, when })]
  })
  const deletions = stored
    .filter(({ sk }) => !keys.has(sk))
    .map(
      ({ pk, sk }) =>
        () =>
          remove({ pk, sk } satisfies Key, { entity: 'lookup-entry' }),
    )
  return [...puts, ...deletions]
}

const absent = { pk: 'absent' } as const
