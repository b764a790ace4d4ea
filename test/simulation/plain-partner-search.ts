/**
 * Partner search without an index, except for texts: each search checks each profile, as docs/ranking.md describes it.
 * With ExactTextIndex it is the oracle of the property tests. With another text index it shows that the engine can be
 * replaced.
 */

import type { Coordinates } from '../../shared/kernel/geo.ts'
import { asPartnerId } from '../../shared/kernel/ids.ts'
import { answerTimeOf } from '../../shared/search/answer-time.ts'
import { type Exclusion, exclusions, type Facets, learnedParts } from '../../shared/search/contract.ts'
import type {
  DirectoryEntry,
  HealthEntry,
  ListedLocation,
  ListedProfile,
  ProfileEntry,
  ReputationEntry,
} from '../../shared/search/entry.ts'
import { whyExcluded } from '../../shared/search/exclusion.ts'
import { coordinatesOf, kmOfSquaredChord, pointOf } from '../../shared/search/geo.ts'
import { hashOf } from '../../shared/search/hash.ts'
import {
  fitFor,
  isNewcomer,
  type Means,
  meansOf,
  type Observations,
  observationsIn,
} from '../../shared/search/observations.ts'
import type {
  Excluded,
  Hit,
  PartnerSearch,
  Position,
  RankingContext,
  SearchContext,
  SearchQuery,
  SearchResult,
  Standing,
} from '../../shared/search/partner-search.ts'
import {
  distancePart,
  freeShare,
  isExploring,
  type RelevanceParts,
  relevanceOf,
  scoreOf,
  tagsPart,
  tieBreaker,
  type VisibilityParts,
  visibilityOf,
  visibilityParts,
} from '../../shared/search/ranking.ts'
import { wordsOf } from '../../shared/text/tokenizer.ts'

export const lists = ['industries', 'products', 'services', 'solutions'] as const
type List = (typeof lists)[number]

/** Index of the texts of active profiles. */
export interface TextIndex {
  set(partnerId: string, profile: ListedProfile): void
  delete(partnerId: string): void
  /** Returns undefined if the text contains no words. */
  match(text: string): TextMatches | undefined
}

export interface TextMatches {
  /** Text score of each partner that matches a word, in (0, 1]. */
  readonly parts: ReadonlyMap<string, number>
  /** Words of the text that match the profile of a partner; empty for prose. */
  readonly wordsIn: (partnerId: string) => readonly string[]
}

/** Texts with more words are treated as prose. */
export const maxTypedWords = 8

interface Partner {
  readonly id: string
  readonly profile: ListedProfile
  readonly reputation: ReputationEntry | undefined
  readonly open: number
  readonly failing: readonly string[]
}

/** Returns the codes by which a profile is found. */
export const codesOf = (profile: ListedProfile, list: List): string[] => {
  const { excludedIndustries } = profile.preferences
  const codes = profile[list].filter(code => list !== 'industries' || !excludedIndustries.includes(code))
  return [...new Set(codes)]
}

const primaryLanguage = (tag: string): string => tag.split('-')[0]?.toLowerCase() ?? ''
const cityKey = (city: string): string => wordsOf(city).join(' ')
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

export class PlainPartnerSearch implements PartnerSearch {
  readonly #texts: TextIndex
  readonly #maxPartners: number
  readonly #known = new Set<string>()
  readonly #profiles = new Map<string, ProfileEntry>()
  readonly #reputations = new Map<string, ReputationEntry>()
  readonly #health = new Map<string, HealthEntry>()
  isFull = false

  constructor(texts: TextIndex, maxPartners = Number.POSITIVE_INFINITY) {
    this.#texts = texts
    this.#maxPartners = maxPartners
  }

  get size(): number {
    return this.#partners().length
  }

  apply(entry: DirectoryEntry): void {
    if (!this.#known.has(entry.partnerId) && this.#known.size >= this.#maxPartners) {
      this.isFull = true
      return
    }
    this.#known.add(entry.partnerId)
    if (entry.kind === 'reputation') storeLater(this.#reputations, entry)
    else if (entry.kind === 'health') storeLater(this.#health, entry)
    else if (storeLater(this.#profiles, entry)) {
      if (entry.profile) this.#texts.set(entry.partnerId, entry.profile)
      else this.#texts.delete(entry.partnerId)
    }
  }

  #partners(): Partner[] {
    return [...this.#profiles.values()].flatMap(({ partnerId: id, profile }) => {
      const reputation = this.#reputations.get(id)
      const failing = this.#health.get(id)?.failing ?? []
      return profile ? [{ id, profile, reputation, open: reputation?.open ?? 0, failing }] : []
    })
  }

  search(query: SearchQuery, context: SearchContext): SearchResult {
    return new PlainRun(this.#partners(), this.#meansUnder(context), query, context, this.#texts).result()
  }

  /** Returns the means of all partners with observations, including inactive ones. */
  #meansUnder(context: RankingContext): Means {
    const all = this.#observations(context)
    const totals = learnedParts.map(part => [
      part,
      {
        n: sum(all.map(observations => observations[part].n)),
        sum: sum(all.map(observations => observations[part].sum)),
      },
    ])
    return meansOf(Object.fromEntries(totals) as Observations, context.ranking)
  }

  #observations({ now, ranking }: RankingContext): Observations[] {
    return [...this.#reputations.values()].map(({ months }) => observationsIn(months, now, ranking))
  }

  standingOf(partnerId: string, context: RankingContext): Standing | undefined {
    const partner = this.#partners().find(({ id }) => id === partnerId)
    if (!partner) return undefined
    const { now, ranking } = context
    const months = partner.reputation?.months ?? []
    const observations = observationsIn(months, now, ranking)
    const means = this.#meansUnder(context)
    const parts = visibilityParts(observations, means, partner.profile.quality, ranking)
    const all = this.#observations(context)
    const contributors = learnedParts.map(part => [part, all.filter(one => one[part].n > 0).length])
    return {
      visibility: visibilityOf(parts, ranking),
      parts,
      observations,
      means,
      contributors: Object.fromEntries(contributors),
      isNewcomer: isNewcomer(observations.answerRate.n, ranking),
      answerTime: answerTimeOf(months, now, ranking),
      open: partner.open,
      maxOpen: partner.profile.preferences.maxOpenReferrals,
      isDeliverable: isDeliverable(partner),
    }
  }

  quantileOf(visibility: number, context: RankingContext): number {
    const partners = this.#partners()
    const all = partners.map(({ id }) => this.standingOf(id, context)?.visibility ?? 0)
    const lower = all.filter(other => other < visibility).length
    const equal = all.filter(other => other === visibility).length
    return all.length === 0 ? 0 : (lower + equal / 2) / all.length
  }

  whereIs(city: string): Coordinates | undefined {
    const points = this.#partners()
      .flatMap(({ profile }) => profile.locations)
      .filter(location => cityKey(location.city) === cityKey(city))
      .flatMap(({ coordinates }) => (coordinates ? [pointOf(coordinates)] : []))
    const total = (axis: 0 | 1 | 2) => sum(points.map(point => point[axis]))
    return points.length > 0 ? coordinatesOf([total(0), total(1), total(2)]) : undefined
  }
}

/** Stores an entry if it is newer than the stored one. @returns true if it was stored */
const storeLater = <E extends DirectoryEntry>(entries: Map<string, E>, entry: E): boolean => {
  const known = entries.get(entry.partnerId)
  if (known && known.version >= entry.version) return false
  entries.set(entry.partnerId, entry)
  return true
}

const isReachable = ({ profile, failing }: Partner, { contacts }: ListedLocation): boolean =>
  [...contacts, ...profile.defaultContacts].some(contact => !failing.includes(contact))

const isDeliverable = (partner: Partner): boolean =>
  partner.profile.locations.some(location => isReachable(partner, location))

/** Returns the locations that count for the distance: reachable ones, or all if none is reachable. */
const countedLocations = (partner: Partner): readonly ListedLocation[] => {
  const reachable = partner.profile.locations.filter(location => isReachable(partner, location))
  return reachable.length > 0 ? reachable : partner.profile.locations
}

const kmTo = ({ coordinates, city }: ListedLocation, { near, city: asked }: SearchQuery): number => {
  if (coordinates && near) {
    const [one, other] = [pointOf(coordinates), pointOf(near)]
    return kmOfSquaredChord(sum(([0, 1, 2] as const).map(axis => (one[axis] - other[axis]) ** 2)))
  }
  return asked !== undefined && cityKey(city) === cityKey(asked) ? 0 : Number.POSITIVE_INFINITY
}

/** Filters that are also facets. */
const filters: readonly ((profile: ListedProfile, query: SearchQuery) => boolean)[] = [
  (profile, { codes, match }) => {
    const has = (list: List) => codes[list]?.some(code => codesOf(profile, list).includes(code))
    const asked = lists.filter(list => (codes[list]?.length ?? 0) > 0)
    return match === 'any' ? asked.length === 0 || asked.some(has) : asked.every(has)
  },
  ({ languages }, { languages: requested = [], match }) =>
    match === 'any' ||
    requested.length === 0 ||
    languages.some(spoken => requested.map(primaryLanguage).includes(primaryLanguage(spoken))),
]

/** One search. */
class PlainRun {
  readonly #partners: readonly Partner[]
  readonly #means: Means
  readonly #query: SearchQuery
  readonly #context: SearchContext
  readonly #texts: TextMatches | undefined
  /** Highest visibility in the region. */
  readonly #highest: number

  constructor(
    partners: readonly Partner[],
    means: Means,
    query: SearchQuery,
    context: SearchContext,
    texts: TextIndex,
  ) {
    this.#partners = partners
    this.#means = means
    this.#query = query
    this.#context = context
    const matches = query.text === undefined ? undefined : texts.match(query.text)
    const counts = query.match === 'all-lists' || (matches?.parts.size ?? 0) > 0
    this.#texts = counts ? matches : undefined
    this.#highest = Math.max(
      ...partners.map(partner => visibilityOf(this.#generalVisibility(partner), context.ranking)),
    )
  }

  result(): SearchResult {
    const { query: search } = { query: this.#query }
    const others = this.#partners
      .filter(({ id }) => !search.without?.has(asPartnerId(id)))
      .filter(({ id }) => search.match === 'any' || !this.#texts || this.#texts.parts.has(id))
      .filter(partner => this.#isWithin(partner))
    const matching = others.filter(({ profile }) => filters.every(passes => passes(profile, search)))
    const admitted = matching.filter(partner => !this.#why(partner, search))
    const ranked = this.#ranked(admitted, this.#explored(admitted))
    const remaining = ranked.filter(hit => !search.after || inOrder(search.after, hit) < 0)
    const hits = remaining.slice(0, search.limit)
    const last = remaining.length > search.limit ? hits.at(-1) : undefined
    return {
      total: admitted.length,
      hits,
      facets: search.facets ? this.#facets(others) : null,
      excluded: search.trace ? this.#excluded(matching) : null,
      next: last && { score: last.score, tie: last.tie, partnerId: last.partnerId },
    }
  }

  #isWithin(partner: Partner): boolean {
    const { near, city, radiusKm } = this.#query
    if (radiusKm === undefined || (!near && city === undefined)) return true
    return countedLocations(partner).some(location => kmTo(location, this.#query) <= radiusKm)
  }

  #why(partner: Partner, query: SearchQuery): Exclusion | undefined {
    const { sizes, codes, industries, capacity, text, budget } = query
    const { profile, open } = partner
    const { maxOpenReferrals } = profile.preferences
    const preferences = { ...profile.preferences, maxOpenReferrals: maxOpenReferrals ?? capacity ?? null }
    const why = whyExcluded(
      { customerSizes: profile.customerSizes, preferences },
      { sizes, industries: industries ?? codes.industries ?? [], text, budget },
      { open, today: this.#context.now.slice(0, 10) },
    )
    if (why === 'paused' || why === 'full') return why
    return isDeliverable(partner) ? why : 'undeliverable'
  }

  #observations({ reputation }: Partner): Observations {
    return observationsIn(reputation?.months ?? [], this.#context.now, this.#context.ranking)
  }

  #explored(admitted: readonly Partner[]): string | undefined {
    const { seed, ranking } = this.#context
    if (!isExploring(hashOf(seed), ranking)) return undefined
    const turnOf = ({ id }: Partner) => tieBreaker(hashOf(seed), hashOf(id))
    return admitted
      .filter(partner => isNewcomer(this.#observations(partner).answerRate.n, ranking))
      .toSorted((a, b) => turnOf(a) - turnOf(b))[0]?.id
  }

  #generalVisibility(partner: Partner): VisibilityParts {
    const { ranking } = this.#context
    return visibilityParts(this.#observations(partner), this.#means, partner.profile.quality, ranking)
  }

  #requestedCodes(): { list: List; code: string }[] {
    const { codes } = this.#query
    return lists.flatMap(list => [...new Set(codes[list] ?? [])].map(code => ({ list, code })))
  }

  /** Returns the visibility with the fit for the requested codes. */
  #visibility(partner: Partner): VisibilityParts {
    const { affinity = {} } = partner.reputation ?? {}
    const counts = this.#requestedCodes().flatMap(({ list, code }) => affinity[`${list}/${code}`] ?? [])
    const wins = sum(counts.map(({ won }) => Math.max(0, won)))
    const general = this.#generalVisibility(partner)
    return { ...general, fit: fitFor(general.fit, wins) }
  }

  #relevance({ id, profile }: Partner, km: number): RelevanceParts {
    const { codes, near, city, sizes = [], languages = [] } = this.#query
    const asked = this.#requestedCodes()
    const matched = asked.filter(({ list, code }) => codesOf(profile, list).includes(code))
    const own = lists.filter(list => codes[list]?.length).flatMap(list => codesOf(profile, list))
    const spoken = profile.languages.map(primaryLanguage)
    return {
      ...(asked.length > 0 && { tags: tagsPart(matched.length, asked.length, own.length) }),
      ...(this.#texts && { text: this.#texts.parts.get(id) ?? 0 }),
      ...((near || city !== undefined) && { distance: distancePart(km, this.#context.ranking) }),
      ...(sizes.length > 0 && { size: shareOf(profile.customerSizes, sizes) }),
      ...(languages.length > 0 && { language: shareOf(spoken, languages.map(primaryLanguage)) }),
    }
  }

  #ranked(partners: readonly Partner[], explored?: string): Hit[] {
    return partners.map(partner => this.#hit(partner, explored)).toSorted(inOrder)
  }

  #hit(partner: Partner, newcomer: string | undefined): Hit {
    const { now, ranking, seed } = this.#context
    const { id, profile, reputation, open } = partner
    const { near, capacity } = this.#query
    const byDistance = countedLocations(partner).toSorted((a, b) =>
      compare(kmTo(a, this.#query), kmTo(b, this.#query)),
    )
    const nearest = byDistance[0] ?? profile.locations[0]
    const km = nearest ? kmTo(nearest, this.#query) : Number.POSITIVE_INFINITY
    const relevance = this.#relevance(partner, km)
    const visibility = this.#visibility(partner)
    const own = visibilityOf(visibility, ranking)
    const isRaised = id === newcomer && own < this.#highest
    const score = scoreOf(relevanceOf(relevance, ranking), isRaised ? this.#highest : own)
    const { maxOpenReferrals } = profile.preferences
    return {
      partnerId: asPartnerId(id),
      tie: tieBreaker(hashOf(seed), hashOf(id)),
      score: capacity === undefined ? score : score * freeShare(open, maxOpenReferrals ?? capacity),
      parts: { relevance, visibility },
      explored: isRaised ? { visibility: this.#highest } : null,
      name: profile.name,
      headline: profile.headline,
      languages: profile.languages,
      locationId: nearest?.id ?? '',
      city: nearest?.city ?? '',
      distanceKm: near && nearest?.coordinates ? km : undefined,
      matched: this.#matched(profile),
      words: this.#texts?.wordsIn(id) ?? [],
      answerTime: answerTimeOf(reputation?.months ?? [], now, ranking),
      open,
      maxOpen: maxOpenReferrals,
    }
  }

  #matched(profile: ListedProfile): Hit['matched'] {
    const { sizes = [], languages = [] } = this.#query
    const spoken = profile.languages.map(primaryLanguage)
    return [
      ...this.#requestedCodes().filter(({ list, code }) => codesOf(profile, list).includes(code)),
      ...[...new Set(sizes)]
        .filter(code => profile.customerSizes.includes(code))
        .map(code => ({ list: 'customerSizes' as const, code })),
      ...[...new Set(languages.map(primaryLanguage))]
        .filter(code => spoken.includes(code))
        .map(code => ({ list: 'languages' as const, code })),
    ]
  }

  #excluded(matching: readonly Partner[]): Excluded {
    const whys = new Map(matching.map(partner => [partner.id, this.#why(partner, this.#query)]))
    const ranked = this.#ranked(matching.filter(({ id }) => whys.get(id)))
    const counts = exclusions.map(why => [why, [...whys.values()].filter(one => one === why).length])
    return {
      counts: Object.fromEntries(counts) as Excluded['counts'],
      named: ranked
        .slice(0, 20)
        .map(({ partnerId }) => ({ partnerId, why: whys.get(partnerId) as Exclusion })),
    }
  }

  #facets(others: readonly Partner[]): Facets {
    const search = this.#query
    /** Returns the profiles that the search would find with some criteria changed. */
    const found = (changes: Partial<SearchQuery>): ListedProfile[] => {
      const changed = { ...search, ...changes }
      return others
        .filter(({ profile }) => filters.every(passes => passes(profile, changed)))
        .filter(partner => {
          const sizes = 'sizes' in changes ? undefined : search.sizes
          return !this.#why(partner, { ...search, sizes })
        })
        .map(({ profile }) => profile)
    }
    const ofCodes = (list: List) => {
      const changes = search.match === 'any' ? {} : { codes: { ...search.codes, [list]: [] } }
      return counted(found(changes).flatMap(profile => codesOf(profile, list)))
    }
    const sizes = [...new Set(this.#partners.flatMap(({ profile }) => profile.customerSizes))]
    return {
      industries: ofCodes('industries'),
      products: ofCodes('products'),
      services: ofCodes('services'),
      solutions: ofCodes('solutions'),
      customerSizes: counted(
        found({ sizes: undefined }).flatMap(({ customerSizes }) =>
          customerSizes.length > 0 ? [...new Set(customerSizes)] : sizes,
        ),
      ),
      languages: counted(
        found({ languages: undefined }).flatMap(({ languages }) => [
          ...new Set(languages.map(primaryLanguage)),
        ]),
      ),
    }
  }
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

/** Returns 1 if the profile states a requested value, else 0, and 0.5 if it states nothing. */
const shareOf = <T>(stated: readonly T[], requested: readonly T[]): number => {
  if (stated.length === 0) return 0.5
  return requested.some(value => stated.includes(value)) ? 1 : 0
}

const inOrder = (a: Position, b: Position): number =>
  compare(b.score, a.score) || compare(a.tie, b.tie) || (a.partnerId < b.partnerId ? -1 : 1)

const counted = (codes: readonly string[]): { code: string; count: number }[] =>
  [...Map.groupBy(codes, code => code)]
    .map(([code, { length: count }]) => ({ code, count }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
