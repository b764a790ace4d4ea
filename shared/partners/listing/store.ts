/** The directory index of the table. It holds entries of profiles, contact health and reputations, in order of change. */
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
  // JSON text is read twice as fast as nested attributes, and a region has many entries.
  entry: JSON.stringify(storedEntryOf(entry)),
})

/** Reads the entry of an item. @returns undefined for an entry of an unknown kind or form, which is logged */
export const readEntry = (item: Item): DirectoryEntry | undefined => {
  const entry = parseEntry(jsonIn(item.entry))
  if (!entry) logger.warn('skipped an unreadable directory entry', { item: `${item.pk} ${item.sk}` })
  return entry
}

/** Parses JSON. @returns undefined for text that is no JSON */
const jsonIn = (text: unknown): unknown => {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}

/**
 * Reads the entries of a region, shards in parallel.
 * @param since reads only entries that changed at or after this instant; undefined reads all
 * @param take gets the entries page by page; those of one shard come in order of change
 */
export const readEntries = async (
  region: string,
  since: Instant | undefined,
  take: (entries: readonly DirectoryEntry[]) => void,
): Promise<void> => {
  await Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      const range = {
        index: 'directory',
        partition: partition(region, shard),
        ...(since !== undefined && { from: since }),
      } as const
      let after: Record<string, unknown> | undefined
      do {
        const { items, next } = await query({ ...range, limit: pageLimit, after })
        take(items.flatMap(item => readEntry(item) ?? []))
        after = next
      } while (after)
    }),
  )
}

/** More items than DynamoDB's page of 1 MB holds, so that the size limit ends a page and not this number. */
const pageLimit = 10_000
