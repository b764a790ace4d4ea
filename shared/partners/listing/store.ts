/** The directory index: entries of items of several features, read in the order of their changes. */
import { logger } from '../../kernel/logger.ts'
import { type Item, key, query, shardOf } from '../../persistence/index.ts'
import type { DirectoryEntry } from '../../search/index.ts'
import type { Instant } from '../../time/instant.ts'
import { parseEntry, storedEntryOf } from './stored.ts'

/** Partitions per region, so that entries can be read in parallel and a region's writes are spread. */
const shards = 4

const partition = (region: string, shard: number): string => key('DIRECTORY', region, String(shard))

/** Returns the attributes that put an item into the directory index. @param at instant of the change */
export const directoryAttributes = (entry: DirectoryEntry, at: Instant): Partial<Item> => ({
  directoryPk: partition(entry.region, shardOf(entry.partnerId, shards)),
  directorySk: key(at, entry.partnerId, entry.kind),
  // As text, which is read twice as fast as attributes are: a region has many.
  entry: JSON.stringify(storedEntryOf(entry)),
})

/** Reads the entry of an item. @returns undefined for one of an unknown kind, or that cannot be read: it is logged */
export const readEntry = (item: Item): DirectoryEntry | undefined => {
  const entry = parseEntry(jsonIn(item.entry))
  if (!entry) logger.warn('a directory entry is left out', { item: `${item.pk} ${item.sk}` })
  return entry
}

const jsonIn = (text: unknown): unknown => {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}

/** The entries of a region that changed since an instant, or all; shard by shard at once, each in the order of change. */
export const readEntries = async (
  region: string,
  since: Instant | undefined,
  take: (entries: readonly DirectoryEntry[]) => void,
): Promise<void> => {
  await Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      const wanted = {
        index: 'directory',
        partition: partition(region, shard),
        ...(since !== undefined && { from: since }),
      } as const
      let after: Record<string, unknown> | undefined
      do {
        const { items, next } = await query({ ...wanted, limit: pageLimit, after })
        take(items.flatMap(item => readEntry(item) ?? []))
        after = next
      } while (after)
    }),
  )
}

/** More than DynamoDB's page of 1 MB holds, so that the size ends a page. */
const pageLimit = 10_000
