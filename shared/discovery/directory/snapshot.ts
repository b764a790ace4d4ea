/**
 * The directory in this function's memory: of each region that was asked for, an index of its partners as they were at
 * the last look, with the policy and the taxonomy of the time. The table is the truth; what changed since is read before
 * an answer that would be older than `staleness`, so that a search costs no read of the table in between.
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

/** Milliseconds that an answer may lag behind the table. */
const staleness = 10_000

/** Milliseconds that are read again: what is written now may bear an earlier instant, or reach the index later. */
const overlap = 60_000

/** Partners of all regions together that one function keeps; what it was asked for least lately goes first. */
const maxKept = 150_000

interface Kept extends Snapshot {
  /** When what it holds was read. */
  readonly readAt: number
}

const regions = new Map<string, Kept>()

/** Begins anew with nothing, as a function that has just started does. */
export const forgetRegions = (): void => regions.clear()

/** The region as it was at most `staleness` ago. */
export const snapshotOf = async (region: string, now: Date): Promise<Snapshot> => {
  const at = now.getTime()
  const kept = regions.get(region)
  const next = kept && isFresh(kept, at) ? kept : await refreshed(region, kept, at)
  // Put back last: the order of the map is the order of use.
  regions.delete(region)
  regions.set(region, next)
  forgetOthers(region)
  return next
}

/** A clock that was set back makes nothing fresh. */
const isFresh = ({ readAt }: Kept, at: number): boolean => readAt <= at && at - readAt < staleness

/** What changed is read beside the policy and the taxonomy; another taxonomy has other labels, and needs all anew. */
const refreshed = async (region: string, kept: Kept | undefined, at: number): Promise<Kept> => {
  if (!kept || kept.readAt > at) return load(region, at)
  const since = instantOf(new Date(kept.readAt - overlap))
  const [program] = await Promise.all([readProgram(), readInto(kept.index, region, since)])
  if (program.taxonomy.version !== kept.taxonomy.version) return load(region, at)
  return { ...program, index: kept.index, readAt: at }
}

const load = async (region: string, at: number): Promise<Kept> => {
  const program = await readProgram()
  const index = createPartnerSearch({ labelsOf: labelsIn(program.taxonomy) })
  await readInto(index, region)
  if (index.isFull) logger.warn('a region has more partners than search can hold', { region })
  return { ...program, index, readAt: at }
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

/** Makes room for a region at the cost of those that were asked for least lately. */
const forgetOthers = (latest: string): void => {
  let partners = 0
  for (const [region, { index }] of [...regions].toReversed()) {
    partners += index.size
    if (partners > maxKept && region !== latest) regions.delete(region)
  }
}
