/**
 * In-memory directory of a function: for each requested region, a search index of its partners, with the policy
 * and the taxonomy of the same time. Searches are answered from it. If it is older than `staleness`, the entries that
 * changed since are read from the table first.
 */
import { logger } from '../../kernel/logger.ts'
import { readEntries } from '../../partners/index.ts'
import { getAll } from '../../persistence/index.ts'
import type { Policy, TagList, Taxonomy } from '../../program/contract.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { createPartnerSearch, type PartnerSearch } from '../../search/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'

export interface Snapshot {
  readonly index: PartnerSearch
  readonly policy: Policy
  readonly taxonomy: Taxonomy
}

/** Maximum age of a snapshot, in milliseconds. */
const staleness = 10_000

/**
 * Milliseconds before the last read that are read again. Entries can have an earlier instant than that of their write, and
 * the table's index is updated with a delay.
 */
const overlap = 60_000

/** Maximum number of partners in memory, over all regions. The least recently used regions are evicted first. */
const maxKept = 150_000

interface CachedSnapshot extends Snapshot {
  /** Instant of the last read, in milliseconds since 1970. */
  readonly readAt: number
}

/** Snapshots by region, least recently used first. */
const regions = new Map<string, CachedSnapshot>()

/** Empties the cache. Only for tests. */
export const forgetRegions = (): void => regions.clear()

/** Returns the directory of a region, at most `staleness` old. */
export const snapshotOf = async (region: string, now: Date): Promise<Snapshot> => {
  const nowMs = now.getTime()
  const cached = regions.get(region)
  const next = cached && isFresh(cached, nowMs) ? cached : await refresh(region, cached, nowMs)
  // Moves the region to the end of the map, which is ordered by use.
  regions.delete(region)
  regions.set(region, next)
  evictOthers(region)
  return next
}

/** Tests the age of a snapshot. A snapshot from the future is stale, because the clock was set back. */
const isFresh = ({ readAt }: CachedSnapshot, nowMs: number): boolean =>
  readAt <= nowMs && nowMs - readAt < staleness

/**
 * Reads the changes since the last read into the index, and the policy and taxonomy. A new taxonomy has other labels, which
 * are part of the index, so the index is then built again.
 */
const refresh = async (
  region: string,
  cached: CachedSnapshot | undefined,
  nowMs: number,
): Promise<CachedSnapshot> => {
  if (!cached || cached.readAt > nowMs) return load(region, nowMs)
  const since = instantOf(new Date(cached.readAt - overlap))
  const [program] = await Promise.all([readProgram(), readInto(cached.index, region, since)])
  if (program.taxonomy.version !== cached.taxonomy.version) return load(region, nowMs)
  return { ...program, index: cached.index, readAt: nowMs }
}

const load = async (region: string, nowMs: number): Promise<CachedSnapshot> => {
  const program = await readProgram()
  const index = createPartnerSearch({ labelsOf: labelsIn(program.taxonomy) })
  await readInto(index, region)
  if (index.isFull) logger.warn('a region has more partners than search can hold', { region })
  return { ...program, index, readAt: nowMs }
}

const readProgram = async (): Promise<Pick<Snapshot, 'policy' | 'taxonomy'>> => {
  const [policy, taxonomy] = await getAll([policyKey, taxonomyKey])
  return { policy: readPolicy(policy), taxonomy: readTaxonomy(taxonomy) }
}

const readInto = (index: PartnerSearch, region: string, since?: Instant): Promise<void> =>
  readEntries(region, since, entries => {
    for (const entry of entries) index.apply(entry)
  })

const labelsIn =
  (taxonomy: Taxonomy) =>
  (list: TagList, code: string): string[] => {
    const entry = taxonomy[list].find(candidate => candidate.code === code)
    return entry ? [entry.label, ...Object.values(entry.labels ?? {})] : []
  }

/** Evicts the least recently used regions until the maximum is met. The most recently used region is never evicted. */
const evictOthers = (latest: string): void => {
  let partners = 0
  for (const [region, { index }] of [...regions].toReversed()) {
    partners += index.size
    if (partners > maxKept && region !== latest) regions.delete(region)
  }
}
