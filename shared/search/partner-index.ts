/**
 * In-memory search engine for the partners of one region. It has compact columns with a row for each active profile, sets of
 * rows for each code, and an inverted index of words. Results do not depend on the order in which entries arrive.
 */

import type { Coordinates } from '../kernel/geo.ts'
import type { PartnerId } from '../kernel/ids.ts'
import { answerTimeOf } from './answer-time.ts'
import { Bitset } from './bitset.ts'
import { type Columns, createColumns } from './columns.ts'
import { codeLists, type Exclusion, exclusions } from './contract.ts'
import type { DirectoryEntry, HealthEntry, ProfileEntry, ReputationEntry } from './entry.ts'
import { countFacets } from './facets.ts'
import { type ExcludedRows, excludedRows, matchRows, withoutExcluded } from './filters.ts'
import { withCapacity } from './growable.ts'
import { hashOf } from './hash.ts'
import { isNewcomer } from './observations.ts'
import type {
  Excluded,
  Hit,
  PartnerSearch,
  PartnerSearchOptions,
  Position,
  RankingContext,
  SearchContext,
  SearchQuery,
  SearchResult,
  Standing,
} from './partner-search.ts'
import { isExploring, tieBreaker } from './ranking.ts'
import { type ResolvedRequest, resolveRequest } from './request.ts'
import { Scorer } from './scorer.ts'
import type { TextMatch } from './text-scorer.ts'
import { type RankedRow, TopK } from './top-k.ts'

export const createPartnerSearch = (options: PartnerSearchOptions): PartnerSearch => new PartnerIndex(options)

/** Maximum number of excluded partners in a result. */
const maxNamed = 20

const noVersion = -1

class PartnerIndex implements PartnerSearch {
  readonly #columns: Columns
  #isFull = false
  /** Version of the last entry of each kind, by partner. */
  readonly #versions = {
    profile: new Int32Array(0),
    reputation: new Int32Array(0),
    health: new Int32Array(0),
  }
  /** Hashes of contacts to whom mail cannot be delivered, by partner. */
  readonly #failing = new Map<number, ReadonlySet<number>>()

  constructor(options: PartnerSearchOptions) {
    this.#columns = createColumns(options)
  }

  get size(): number {
    return this.#columns.rows.count
  }

  get isFull(): boolean {
    return this.#isFull
  }

  apply(entry: DirectoryEntry): void {
    const partner = this.#columns.rows.addPartner(entry.partnerId)
    if (partner === undefined) {
      this.#isFull = true
      return
    }
    if (!this.#isNewVersion(partner, entry)) return
    if (entry.kind === 'profile') this.#applyProfile(partner, entry)
    else if (entry.kind === 'reputation') this.#applyReputation(partner, entry)
    else this.#applyHealth(partner, entry)
  }

  /** Stores the version if it is higher than the known one. */
  #isNewVersion(partner: number, { kind, version }: DirectoryEntry): boolean {
    const before = this.#versions[kind]
    const versions = withCapacity(before, partner + 1)
    if (versions !== before) versions.fill(noVersion, before.length)
    this.#versions[kind] = versions
    if ((versions[partner] as number) >= version) return false
    versions[partner] = version
    return true
  }

  #applyProfile(partner: number, { profile }: ProfileEntry): void {
    const { rows, codes, languages, texts, locations, preferences, visibility } = this.#columns
    visibility.invalidate()
    const known = rows.rowOf(partner)
    if (known !== undefined)
      for (const columns of [codes, languages, texts, locations, preferences]) columns.delete(known)
    if (!profile) {
      rows.delete(partner)
      return
    }
    const row = rows.set(partner, profile)
    languages.set(row, profile.languages)
    texts.set(row, profile, codes.set(row, profile))
    locations.set(row, profile)
    preferences.set(row, profile)
    visibility.set(row, profile.quality)
    this.#updateRow(partner)
  }

  #applyReputation(partner: number, reputation: ReputationEntry): void {
    this.#columns.visibility.invalidate()
    this.#columns.reputation.set(partner, reputation)
    this.#updateRow(partner)
  }

  #applyHealth(partner: number, { failing }: HealthEntry): void {
    if (failing.length > 0) this.#failing.set(partner, new Set(failing.map(hashOf)))
    else this.#failing.delete(partner)
    this.#updateRow(partner)
  }

  /** Updates the columns of a row that depend on entries of several kinds. */
  #updateRow(partner: number): void {
    const { rows, preferences, locations, reputation } = this.#columns
    const row = rows.rowOf(partner)
    if (row === undefined) return
    preferences.setOpen(row, reputation.openOf(partner))
    locations.setFailing(row, this.#failing.get(partner))
  }

  whereIs(city: string): Coordinates | undefined {
    return this.#columns.locations.whereIs(city, this.#columns.rows.listed)
  }

  standingOf(partnerId: PartnerId, { now, ranking }: RankingContext): Standing | undefined {
    const { rows, locations, preferences, reputation, visibility } = this.#columns
    visibility.refresh(rows.listed, { now, ranking })
    const row = rows.find(partnerId)
    if (row === undefined) return undefined
    const partner = rows.partnerOf(row)
    const observations = reputation.observationsOf(partner)
    return {
      visibility: visibility.visibilityOf(row),
      parts: visibility.partsOf(row, ranking),
      observations,
      means: visibility.means,
      contributors: reputation.contributors(),
      isNewcomer: isNewcomer(observations.answerRate.n, ranking),
      answerTime: answerTimeOf(reputation.monthsOf(partner), now, ranking),
      open: reputation.openOf(partner),
      maxOpen: preferences.maxOpenOf(row),
      isDeliverable: locations.deliverable.has(row),
    }
  }

  quantileOf(visibility: number, context: RankingContext): number {
    const { rows, visibility: cache } = this.#columns
    cache.refresh(rows.listed, context)
    const sorted = cache.sorted(rows.listed)
    if (sorted.length === 0) return 0
    const lower = firstIndex(sorted, value => value >= visibility)
    const notHigher = firstIndex(sorted, value => value > visibility)
    return (lower + notHigher) / 2 / sorted.length
  }

  search(query: SearchQuery, context: SearchContext): SearchResult {
    const { rows, texts, visibility } = this.#columns
    visibility.refresh(rows.listed, context)
    return texts.withMatch(query.text, rows.count, match => this.#searchWith(query, context, match))
  }

  #searchWith(query: SearchQuery, context: SearchContext, match: TextMatch | undefined): SearchResult {
    const columns = this.#columns
    const request = resolveRequest(columns, query, context, match)
    const matched = matchRows(columns, request)
    const excluded = excludedRows(columns, request)
    const admitted = withoutExcluded(Bitset.copyOf(matched.rows), excluded)
    const scorer = new Scorer(columns, request, this.#exploredRow(admitted, request))
    const { hits, next } = this.#page(admitted, scorer, request)
    return {
      total: admitted.count,
      hits,
      facets: query.facets ? countFacets(columns, matched, admitted, excluded) : null,
      excluded: query.trace ? this.#trace(matched.rows, excluded, scorer, request) : null,
      next,
    }
  }

  /** Returns the newcomer that an exploring search shows with the highest visibility: the first by tie-breaker. */
  #exploredRow(admitted: Bitset, { seed, context }: ResolvedRequest): number | undefined {
    if (!isExploring(seed, context.ranking)) return undefined
    const { rows, visibility } = this.#columns
    const first = this.#topK(1)
    Bitset.copyOf(admitted)
      .and(visibility.newcomers)
      .each(row => first.offer(row, 0, tieBreaker(seed, rows.hashOf(row))))
    return first.ranked[0]?.row
  }

  #page(admitted: Bitset, scorer: Scorer, request: ResolvedRequest): Pick<SearchResult, 'hits' | 'next'> {
    const { limit, after } = request.query
    // One hit more than the page has, to find out if there is a next page.
    const top = this.#topK(limit + 1, after)
    this.#offerAll(admitted, scorer, top, request)
    const hits = top.ranked.slice(0, limit).map(ranked => this.#hitOf(ranked, scorer, request))
    const last = top.ranked.length > limit ? hits.at(-1) : undefined
    return { hits, next: last && { score: last.score, tie: last.tie, partnerId: last.partnerId } }
  }

  #topK(capacity: number, after?: Position): TopK {
    const { rows } = this.#columns
    return new TopK(capacity, after, row => rows.partnerIdOf(row))
  }

  #offerAll(rows: Bitset, scorer: Scorer, top: TopK, { seed }: ResolvedRequest): void {
    const { rows: profiles } = this.#columns
    rows.each(row => {
      const score = scorer.score(row, top.minScore)
      if (score >= top.minScore) top.offer(row, score, tieBreaker(seed, profiles.hashOf(row)))
    })
  }

  #hitOf({ row, tie, score }: RankedRow, scorer: Scorer, request: ResolvedRequest): Hit {
    const { context, text, origin } = request
    const { rows, locations, preferences, reputation } = this.#columns
    const partner = rows.partnerOf(row)
    return {
      partnerId: rows.partnerIdOf(row),
      score,
      tie,
      ...scorer.partsOf(row),
      name: rows.nameOf(row),
      headline: rows.headlineOf(row),
      languages: rows.languagesOf(row),
      ...locations.shownFor(row, origin),
      matched: this.#matchedOf(row, request),
      words: (text?.typed ?? []).filter(({ rows: having }) => having.has(row)).map(({ word }) => word),
      answerTime: answerTimeOf(reputation.monthsOf(partner), context.now, context.ranking),
      open: reputation.openOf(partner),
      maxOpen: preferences.maxOpenOf(row),
    }
  }

  #matchedOf(row: number, { query, sizes, languages: requested }: ResolvedRequest): Hit['matched'] {
    const { codes, preferences, languages } = this.#columns
    const matched: Hit['matched'][number][] = codeLists.flatMap(list =>
      [...new Set(query.codes[list] ?? [])]
        .filter(code => codes.has(row, list, code))
        .map(code => ({ list, code })),
    )
    for (const code of sizes?.values ?? [])
      if (preferences.serves(row, code)) matched.push({ list: 'customerSizes', code })
    for (const code of requested?.values ?? [])
      if (languages.speaks(row, code)) matched.push({ list: 'languages', code })
    return matched
  }

  /** Counts matching rows by the first reason that excludes them, and lists those with the highest scores. */
  #trace(
    matched: Bitset,
    excluded: readonly ExcludedRows[],
    scorer: Scorer,
    request: ResolvedRequest,
  ): Excluded {
    const { rows: profiles } = this.#columns
    const remaining = Bitset.copyOf(matched)
    const top = this.#topK(maxNamed)
    const counts = Object.fromEntries(exclusions.map(why => [why, 0])) as Record<Exclusion, number>
    for (const { why, rows } of excluded) {
      const here = Bitset.copyOf(remaining).and(rows)
      counts[why] = here.count
      remaining.andNot(rows)
      this.#offerAll(here, scorer, top, request)
    }
    const whyOf = (row: number) => excluded.find(({ rows }) => rows.has(row))?.why as Exclusion
    const named = top.ranked.map(({ row }) => ({ partnerId: profiles.partnerIdOf(row), why: whyOf(row) }))
    return { counts, named }
  }
}

/** Returns the index of the first element for which `isReached` is true. It must be true for all further elements. */
const firstIndex = (ascending: Float64Array, isReached: (value: number) => boolean): number => {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isReached(ascending[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}
