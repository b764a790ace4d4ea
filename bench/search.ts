/**
 * Measures the in-memory directory of one region: time to build and to change it, memory, search times and relevance,
 * compared with other search libraries with the same filters.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defaultPolicy } from '../shared/program/policy/rules.ts'
import type { PartnerSearch } from '../shared/search/index.ts'
import {
  documentsOf,
  miniSearchOf,
  oramaOf,
  ours,
  oursOf,
  type Peer,
} from '../test/simulation/search-peers.ts'
import {
  type Customer,
  customers,
  edited,
  gradeOf,
  type Kind,
  kinds,
  ndcg,
  now,
  Random,
  region,
} from '../test/simulation/search-region.ts'
import type { Report } from './progress.ts'
import { decimals, quantile, type Table, verdict } from './report.ts'

interface Times {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

interface EngineFigures {
  readonly engine: string
  readonly buildMs: number
  readonly megabytes: number
  /** Milliseconds by kind of search. */
  readonly searches: Readonly<Record<Kind, Times>>
}

export interface SearchFigures {
  readonly profiles: number
  readonly engines: readonly EngineFigures[]
  /** Time to apply a changed profile. */
  readonly changeMs: Times
  /** Time of the first search of a day. */
  readonly firstMs: number
  /** Time of the first search after a reputation has changed. */
  readonly firstAfterChangeMs: number
}

export interface RelevanceFigures {
  readonly engine: string
  readonly ndcg: Readonly<Record<Kind | 'all', number>>
}

const sizes = [1_000, 10_000, 100_000]
const searchesEach = 300
/** Time limit for the searches of one kind in one library. Slow libraries are measured with fewer searches. */
const maxMs = 3_000
const minSearches = 3
const warmUpSearches = 100
const changes = 1_000

const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

const megabytesInUse = (): number => {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

const since = (start: number): number => performance.now() - start

const timesOf = (ms: readonly number[]): Times => ({
  p50: quantile(ms, 0.5),
  p95: quantile(ms, 0.95),
  p99: quantile(ms, 0.99),
})

export const measureSearches = async (
  report: Report,
): Promise<{
  times: SearchFigures[]
  relevance: RelevanceFigures[]
}> => ({
  times: await measureTimes(report),
  relevance: await measureRelevance(report),
})

const measureTimes = async (report: Report): Promise<SearchFigures[]> => {
  const figures: SearchFigures[] = []
  for (const profiles of sizes) figures.push(await measureRegion(profiles, report))
  return figures
}

const measureRegion = async (profiles: number, report: Report): Promise<SearchFigures> => {
  const reported = (engine: EngineFigures): EngineFigures => {
    const slowest = Math.max(...Object.values(engine.searches).map(({ p95 }) => p95))
    report(
      `${profiles.toLocaleString('en')} partners, ${engine.engine}: built in ${decimals(engine.buildMs / 1000, 1)} s, p95 at most ${decimals(slowest, 1)} ms`,
    )
    return engine
  }
  const generation = timeToGenerate(profiles)
  const own = await built(async () => oursOf(region(profiles)))
  const index = own.value
  const firstMs = timeSearch(index)
  const firstAfterChangeMs = timeAfterReputationChange(index)
  const changeMs = timeChanges(index, profiles)
  const engines = [reported(await measured(ours(index), { ...own, buildMs: own.buildMs - generation }))]
  for (const build of [miniSearchOf, oramaOf]) {
    // The time of generating the documents is not counted for the library.
    const documents = [...documentsOf(region(profiles), index)]
    const peer = await built(async () => build(documents))
    engines.push(reported(await measured(peer.value, peer)))
  }
  return { profiles, engines, changeMs, firstMs, firstAfterChangeMs }
}

const timeToGenerate = (profiles: number): number => {
  const start = performance.now()
  let entries = 0
  for (const partner of region(profiles)) entries += partner.entries.length
  return entries > 0 ? since(start) : 0
}

const built = async <T>(
  build: () => Promise<T>,
): Promise<{ value: T; buildMs: number; megabytes: number }> => {
  const before = megabytesInUse()
  const start = performance.now()
  const value = await build()
  const buildMs = since(start)
  return { value, buildMs, megabytes: megabytesInUse() - before }
}

const anySearch = { codes: {}, match: 'all-lists', limit: 10 } as const
const { ranking } = defaultPolicy

const timeSearch = (index: PartnerSearch): number => {
  const start = performance.now()
  index.search(anySearch, { now, ranking, seed: '' })
  return since(start)
}

const timeAfterReputationChange = (index: PartnerSearch): number => {
  const times = Array.from({ length: 20 }, (_, version) => {
    const [partner] = region(1)
    const reputation = partner?.entries.find(({ kind }) => kind === 'reputation')
    if (reputation) index.apply({ ...reputation, version: version + 2 })
    return timeSearch(index)
  })
  return quantile(times, 0.5)
}

const timeChanges = (index: PartnerSearch, profiles: number): Times => {
  const random = new Random(3)
  const times: number[] = []
  for (const partner of region(Math.min(profiles, changes))) {
    const entry = edited(random, partner, 2)
    const start = performance.now()
    index.apply(entry)
    times.push(since(start))
  }
  return timesOf(times)
}

const measured = async (
  peer: Peer,
  { buildMs, megabytes }: Pick<EngineFigures, 'buildMs' | 'megabytes'>,
): Promise<EngineFigures> => {
  const searches: [Kind, Times][] = []
  for (const kind of kinds)
    searches.push([kind, await timeSearches(peer, customers(searchesEach, 5, [kind]))])
  return {
    engine: peer.name,
    buildMs,
    megabytes,
    searches: Object.fromEntries(searches) as Record<Kind, Times>,
  }
}

const timeSearches = async (peer: Peer, searchKinds: readonly Customer[]): Promise<Times> => {
  const begin = performance.now()
  const times: number[] = []
  for (const [number, { search }] of searchKinds.entries()) {
    const start = performance.now()
    await peer.search(search)
    times.push(since(start))
    if (number >= minSearches && since(begin) > maxMs) break
  }
  return timesOf(times.length > warmUpSearches * 2 ? times.slice(warmUpSearches) : times)
}

/** Numbers of partners and of searches. */
const relevanceSample = { partners: 10_000, customers: 250 }

const measureRelevance = async (report: Report): Promise<RelevanceFigures[]> => {
  report(
    `relevance: ${relevanceSample.customers} searches among ${relevanceSample.partners.toLocaleString('en')} partners`,
  )
  const partners = [...region(relevanceSample.partners)]
  const index = oursOf(partners)
  const peers = [
    ours(index),
    miniSearchOf(documentsOf(partners, index)),
    await oramaOf(documentsOf(partners, index)),
  ]
  const scores = peers.map(() => [] as { kind: Kind; ndcg: number }[])
  for (const customer of customers(relevanceSample.customers)) {
    const grades = new Map(partners.map(partner => [partner.id, gradeOf(partner, customer)]))
    for (const [number, peer] of peers.entries()) {
      const found = await peer.search(customer.search)
      const score = ndcg(
        found.map(id => grades.get(id) ?? 0),
        [...grades.values()],
      )
      scores[number]?.push({ kind: customer.kind, ndcg: score })
    }
  }
  const meanOf = (of: readonly { ndcg: number }[]) => of.reduce((sum, { ndcg }) => sum + ndcg, 0) / of.length
  return peers.map(({ name: engine }, number) => {
    const all = scores[number] ?? []
    const byKind = kinds.map(kind => [kind, meanOf(all.filter(one => one.kind === kind))] as const)
    return { engine, ndcg: { ...Object.fromEntries(byKind), all: meanOf(all) } as RelevanceFigures['ndcg'] }
  })
}

/** Returns the smallest speed-up over all kinds of searches, at p95, compared with the fastest other library. */
const speedUpOf = ({ engines: [own, ...others] }: SearchFigures): number =>
  Math.min(
    ...kinds.map(
      kind => Math.min(...others.map(({ searches }) => searches[kind].p95)) / (own?.searches[kind].p95 ?? 0),
    ),
  )

/** Returns the figures of the largest region for the summary. */
export const searchText = (figures: readonly SearchFigures[]): string => {
  const largest = figures.at(-1)
  const searches = Object.values(largest?.engines[0]?.searches ?? {})
  const maxOf = (time: keyof Times) => decimals(Math.max(...searches.map(times => times[time])), 1)
  const speedUp = largest ? decimals(speedUpOf(largest), 0) : ''
  return `p50 ${maxOf('p50')} ms, p95 ${maxOf('p95')} ms at most; p95 at least ${speedUp} times faster than MiniSearch and Orama`
}

export const relevanceText = (figures: readonly RelevanceFigures[]): string =>
  figures.map(({ engine, ndcg }) => `${engine} ${decimals(ndcg.all, 2)}`).join(', ')

/** Target for the speed-up in a large region, compared with the fastest other library. */
export const minSpeedUp = 5

export const isMostRelevant = ([own, ...others]: readonly RelevanceFigures[]): boolean =>
  others.every(({ ndcg }) => (own?.ndcg.all ?? 0) >= ndcg.all)

const searchKinds: Readonly<Record<Kind, string>> = {
  text: 'words',
  facets: 'codes',
  near: 'codes within a radius',
  combined: 'words, codes, radius, size, language',
  need: 'a described need with codes',
}

export const searchTable = (figures: readonly SearchFigures[]): Table => ({
  title: 'Directory: searches in one region, ms',
  columns: ['active profiles', 'search', 'library', 'p50', 'p95', 'p99'],
  rows: figures.flatMap(({ profiles, engines }) =>
    kinds.flatMap(kind =>
      engines.map(({ engine, searches }) => [
        profiles.toLocaleString('en'),
        searchKinds[kind],
        engine,
        ...[searches[kind].p50, searches[kind].p95, searches[kind].p99].map(ms => decimals(ms, 2)),
      ]),
    ),
  ),
  notes: figures
    .slice(-1)
    .map(
      figure =>
        `With ${figure.profiles.toLocaleString('en')}, p95 is at least ${decimals(speedUpOf(figure), 1)} times faster than that of the fastest other library ` +
        `${verdict(speedUpOf(figure) >= minSpeedUp)}.`,
    ),
})

export const indexTable = (figures: readonly SearchFigures[]): Table => ({
  title: 'Directory: building the index of one region',
  columns: ['active profiles', 'library', 'built in s', 'MB'],
  rows: figures.flatMap(({ profiles, engines }) =>
    engines.map(({ engine, buildMs, megabytes }) => [
      profiles.toLocaleString('en'),
      engine,
      decimals(buildMs / 1000, 2),
      decimals(megabytes, 0),
    ]),
  ),
  notes: figures.map(
    ({ profiles, changeMs, firstMs, firstAfterChangeMs }) =>
      `With ${profiles.toLocaleString('en')}, a changed profile takes ${decimals(changeMs.p50, 2)} ms (p95 ${decimals(changeMs.p95, 2)}); the first search of a day takes ` +
      `${decimals(firstMs, 0)} ms, and the first search after a reputation changed ${decimals(firstAfterChangeMs, 1)} ms.`,
  ),
})

export const relevanceTable = (figures: readonly RelevanceFigures[]): Table => ({
  title: `Directory: relevance, nDCG@10 on ${relevanceSample.partners.toLocaleString('en')} partners`,
  columns: ['library', ...kinds.map(kind => searchKinds[kind]), 'all'],
  rows: figures.map(({ engine, ndcg }) => [
    engine,
    ...kinds.map(kind => decimals(ndcg[kind], 3)),
    decimals(ndcg.all, 3),
  ]),
  notes: [
    'Relevance is judged by the generated true skills of partners; profiles contain only some of them. The other libraries get ' +
      'the same filters and the visibility of each partner.',
  ],
})
