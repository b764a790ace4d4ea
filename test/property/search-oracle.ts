/** The directory told plainly: every entry an object, every search a look at each of them. Search must say the same. */

import { answerTimeOf } from '../../shared/search/answer-time.ts'
import { exclusions, learnedParts } from '../../shared/search/contract.ts'
import type {
  DirectoryEntry,
  HealthEntry,
  ListedLocation,
  ListedProfile,
  ProfileEntry,
  ReputationEntry,
} from '../../shared/search/entry.ts'
import { whyExcluded } from '../../shared/search/exclusion.ts'
import { kmOfSquaredChord, pointOf } from '../../shared/search/geo.ts'
import { hashOf } from '../../shared/search/hash.ts'
import {
  evidenceIn,
  fitFor,
  isNewcomer,
  type Means,
  meansOf,
  type Observations,
  observationsIn,
} from '../../shared/search/observations.ts'
import type {
  Hit,
  Position,
  SearchContext,
  SearchQuery,
  SearchResult,
} from '../../shared/search/partner-search.ts'
import {
  distancePart,
  freeShare,
  inverseDocumentFrequency,
  isExploring,
  relevanceOf,
  scoreOf,
  tagsPart,
  tieOf,
  visibilityOf,
  visibilityParts,
} from '../../shared/search/ranking.ts'
import { wordsOf } from '../../shared/text/tokenizer.ts'
import { labelsOf } from '../fixtures/search.ts'

const lists = ['industries', 'products', 'services', 'solutions'] as const
type List = (typeof lists)[number]
type Why = (typeof exclusions)[number]

interface Partner {
  readonly id: string
  readonly profile: ListedProfile
  readonly open: number
  readonly observations: Observations
  readonly reputation: ReputationEntry | undefined
  readonly failing: readonly string[]
}

/** The latest entry of each kind and partner. */
const latest = <E extends DirectoryEntry>(
  entries: readonly DirectoryEntry[],
  kind: E['kind'],
): Map<string, E> => {
  const known = new Map<string, E>()
  for (const entry of entries) {
    if (entry.kind !== kind) continue
    const before = known.get(entry.partnerId)
    if (!before || entry.version > before.version) known.set(entry.partnerId, entry as E)
  }
  return known
}

/** Edits, and letters that changed places with the next. */
const distance = (a: string, b: string): number => {
  const table: number[][] = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  )
  const at = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      const options = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)]
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) options.push(at(i - 2, j - 2) + 1)
      ;(table[i] as number[])[j] = Math.min(...options)
    }
  return at(a.length, b.length)
}

const industriesOf = ({ industries, preferences }: ListedProfile): string[] =>
  industries.filter(code => !preferences.excludedIndustries.includes(code))
const codesOf = (profile: ListedProfile, list: List): string[] => [
  ...new Set(list === 'industries' ? industriesOf(profile) : profile[list]),
]

const worths = (profile: ListedProfile): Map<string, number> => {
  const fields: [string[], number][] = [
    [[profile.name], 1],
    ...profile.keywords.map((keyword): [string[], number] => [[keyword], 0.9]),
    ...lists.flatMap(list =>
      codesOf(profile, list).map((code): [string[], number] => [[code, ...labelsOf(list, code)], 0.8]),
    ),
    [[profile.headline], 0.7],
  ]
  const lacking = new Map<string, number>()
  for (const [texts, worth] of fields)
    for (const word of new Set(texts.flatMap(wordsOf)))
      lacking.set(word, (lacking.get(word) ?? 1) * (1 - worth))
  // As exact as it is kept.
  return new Map([...lacking].map(([word, rest]) => [word, Math.round((1 - rest) * 255) / 255]))
}

const languageOf = (tag: string) => tag.split('-')[0]?.toLowerCase()
const cityOf = (city: string) => wordsOf(city).join(' ')

export class Oracle {
  readonly #partners: Partner[]
  readonly #means: Means
  readonly #context: SearchContext
  readonly #words: { partner: Partner; words: Map<string, number> }[]

  constructor(entries: readonly DirectoryEntry[], context: SearchContext) {
    this.#context = context
    const { now, ranking } = context
    const profiles = latest<ProfileEntry>(entries, 'profile')
    const reputations = latest<ReputationEntry>(entries, 'reputation')
    const health = latest<HealthEntry>(entries, 'health')
    this.#partners = [...profiles.values()].flatMap(({ partnerId: id, profile }) => {
      const reputation = reputations.get(id)
      const observations = observationsIn(reputation?.months ?? [], now, ranking)
      const failing = health.get(id)?.failing ?? []
      return profile ? [{ id, profile, open: reputation?.open ?? 0, observations, reputation, failing }] : []
    })
    const all = [...reputations.values()].map(({ months }) => observationsIn(months, now, ranking))
    this.#means = meansOf(
      Object.fromEntries(
        learnedParts.map(part => [
          part,
          {
            n: all.reduce((sum, observations) => sum + observations[part].n, 0),
            sum: all.reduce((sum, observations) => sum + observations[part].sum, 0),
          },
        ]),
      ) as unknown as Observations,
      ranking,
    )
    this.#words = this.#partners.map(partner => ({ partner, words: worths(partner.profile) }))
  }

  search(search: SearchQuery): SearchResult {
    const texts = this.#texts(search)
    const isFilter = search.match === 'all-lists' && wordsOf(search.text ?? '').length > 0
    const others = this.#partners
      .filter(({ id }) => !search.without?.has(id))
      .filter(({ id }) => !isFilter || (texts?.get(id) ?? 0) > 0)
      .filter(partner => this.#isWithin(partner, search))
    const matching = others.filter(partner => filters.every(fits => fits(partner, search)))
    const admitted = matching.filter(partner => !this.#why(partner, search))
    const ranked = this.#ranked(admitted, search, texts, this.#explored(admitted))
    const left = ranked.filter(hit => !search.after || inOrder(search.after, hit) < 0)
    const hits = left.slice(0, search.limit)
    const last = left.length > search.limit ? hits.at(-1) : undefined
    return {
      total: admitted.length,
      hits,
      facets: search.facets ? this.#facets(others, search) : null,
      excluded: search.trace ? this.#excluded(matching, search, texts) : null,
      next: last && { score: last.score, tie: last.tie, partnerId: last.partnerId },
    }
  }

  #places({ profile, failing }: Partner): readonly ListedLocation[] {
    const isWell = (contact: string) => !failing.includes(contact)
    const reachable = profile.locations.filter(
      ({ contacts }) => contacts.some(isWell) || profile.defaultContacts.some(isWell),
    )
    return reachable.length > 0 ? reachable : profile.locations
  }

  #isDeliverable({ profile, failing }: Partner): boolean {
    return profile.locations.some(({ contacts }) =>
      [...contacts, ...profile.defaultContacts].some(contact => !failing.includes(contact)),
    )
  }

  #km({ coordinates, city }: ListedLocation, { near, city: asked }: SearchQuery): number {
    if (coordinates && near) {
      const [one, other] = [pointOf(coordinates), pointOf(near)]
      return kmOfSquaredChord(
        [0, 1, 2].reduce((sum, axis) => sum + ((one[axis] ?? 0) - (other[axis] ?? 0)) ** 2, 0),
      )
    }
    return asked !== undefined && cityOf(city) === cityOf(asked) ? 0 : Number.POSITIVE_INFINITY
  }

  #isWithin(partner: Partner, search: SearchQuery): boolean {
    const { near, city, radiusKm } = search
    if (radiusKm === undefined || (!near && city === undefined)) return true
    return this.#places(partner).some(place => this.#km(place, search) <= radiusKm)
  }

  #why(partner: Partner, { size, codes, industries, capacity, text, budget }: SearchQuery): Why | undefined {
    const { profile, open } = partner
    const present = { open, today: this.#context.now.slice(0, 10) }
    const { mostOpenReferrals } = profile.preferences
    const preferences = { ...profile.preferences, mostOpenReferrals: mostOpenReferrals ?? capacity ?? null }
    const bare = { customerSizes: profile.customerSizes, preferences }
    const asked = { size, industries: industries ?? codes.industries ?? [], text, budget }
    const why = whyExcluded(bare, asked, present)
    if (why === 'paused' || why === 'full') return why
    return this.#isDeliverable(partner) ? why : 'undeliverable'
  }

  /** Per partner the text part; undefined if the text brings nothing up. */
  #texts({ text, match }: SearchQuery): Map<string, number> | undefined {
    const words = [...new Set(wordsOf(text ?? ''))].slice(0, 250)
    const vocabulary = new Map<string, number>()
    for (const { words } of this.#words)
      for (const word of words.keys()) vocabulary.set(word, (vocabulary.get(word) ?? 0) + 1)
    const sums = new Map<string, number>()
    let whole = 0
    for (const word of words) {
      const meanings = meaningsOf(word, vocabulary, words.length <= 8)
      const worth = ({ words }: { words: Map<string, number> }) =>
        Math.max(0, ...[...meanings].map(([meant, factor]) => (words.get(meant) ?? 0) * factor))
      const having = this.#words.filter(one => worth(one) > 0)
      if (having.length === 0) continue
      const rarity = inverseDocumentFrequency(having.length, this.#partners.length)
      whole += rarity
      for (const one of having)
        sums.set(one.partner.id, (sums.get(one.partner.id) ?? 0) + rarity * worth(one))
    }
    if (whole === 0 && (match === 'any' || words.length === 0)) return undefined
    return new Map([...sums].map(([id, sum]) => [id, sum / whole]))
  }

  /** The words of a typed text that the partner has. */
  #wordsOf(partner: Partner, { text }: SearchQuery): string[] {
    const words = [...new Set(wordsOf(text ?? ''))]
    if (words.length > 8) return []
    const vocabulary = new Map<string, number>()
    for (const one of this.#words)
      for (const word of one.words.keys()) vocabulary.set(word, (vocabulary.get(word) ?? 0) + 1)
    const own = this.#words.find(one => one.partner === partner)?.words
    return words.filter(word =>
      [...meaningsOf(word, vocabulary, true).keys()].some(meant => (own?.get(meant) ?? 0) > 0),
    )
  }

  #ranked(
    partners: readonly Partner[],
    search: SearchQuery,
    texts: Map<string, number> | undefined,
    explored?: string,
  ): Hit[] {
    return partners.map(partner => this.#hit(partner, search, texts, explored)).toSorted(inOrder)
  }

  #explored(admitted: readonly Partner[]): string | undefined {
    const { seed, ranking } = this.#context
    if (!isExploring(hashOf(seed), ranking)) return undefined
    const turnOf = ({ id }: Partner) => tieOf(hashOf(seed), hashOf(id))
    return admitted
      .filter(({ observations }) => isNewcomer(observations.answerRate.n, ranking))
      .toSorted((a, b) => turnOf(a) - turnOf(b))[0]?.id
  }

  #visibility({ observations, profile }: Partner) {
    const { ranking } = this.#context
    return visibilityParts(observations, this.#means, profile.quality, ranking)
  }

  #hit(
    partner: Partner,
    search: SearchQuery,
    texts: Map<string, number> | undefined,
    newcomer?: string,
  ): Hit {
    const { now, ranking, seed } = this.#context
    const { id, profile, reputation, open } = partner
    const { codes, size, language, near, city } = search
    const asked = lists.flatMap(list => [...new Set(codes[list] ?? [])].map(code => ({ list, code })))
    const matched = asked.filter(({ list, code }) => codesOf(profile, list).includes(code))
    const own = lists.filter(list => codes[list]?.length).flatMap(list => codesOf(profile, list))
    const places = this.#places(partner)
    const nearest =
      places.toSorted((a, b) => compare(this.#km(a, search), this.#km(b, search)))[0] ?? places[0]
    const km = nearest ? this.#km(nearest, search) : Number.POSITIVE_INFINITY
    const relevance = {
      ...(asked.length > 0 && { tags: tagsPart(matched.length, asked.length, own.length) }),
      ...(texts && { text: texts.get(id) ?? 0 }),
      ...((near || city !== undefined) && { distance: distancePart(km, ranking) }),
      ...(size !== undefined && { size: isOrUnsaid(profile.customerSizes, size) }),
      ...(language !== undefined && {
        language: isOrUnsaid(profile.languages.map(languageOf), languageOf(language)),
      }),
    }
    const likings = asked
      .flatMap(({ list, code }) => reputation?.affinity[`${list}/${code}`] ?? [])
      .map(evidenceIn)
    const liking = {
      good: likings.reduce((sum, { good }) => sum + good, 0),
      bad: likings.reduce((sum, { bad }) => sum + bad, 0),
    }
    const general = this.#visibility(partner)
    const visibility =
      liking.good + liking.bad > 0 ? { ...general, fit: fitFor(general.fit, liking, ranking) } : general
    const highest = Math.max(...this.#partners.map(other => visibilityOf(this.#visibility(other), ranking)))
    const tie = tieOf(hashOf(seed), hashOf(id))
    const value = visibilityOf(visibility, ranking)
    const explored = id === newcomer && value < highest
    return {
      partnerId: id,
      tie,
      score:
        scoreOf(relevanceOf(relevance, ranking), explored ? highest : value) *
        (search.capacity === undefined
          ? 1
          : freeShare(open, profile.preferences.mostOpenReferrals ?? search.capacity)),
      parts: { relevance, visibility },
      explored: explored ? { visibility: highest } : null,
      name: profile.name,
      headline: profile.headline,
      languages: profile.languages,
      locationId: nearest?.id ?? '',
      city: nearest?.city ?? '',
      distanceKm: near && nearest?.coordinates ? km : undefined,
      matched: [
        ...matched,
        ...(size !== undefined && profile.customerSizes.includes(size)
          ? [{ list: 'customerSizes' as const, code: size }]
          : []),
        ...(language !== undefined && profile.languages.map(languageOf).includes(languageOf(language))
          ? [{ list: 'languages' as const, code: languageOf(language) ?? '' }]
          : []),
      ],
      words: texts ? this.#wordsOf(partner, search) : [],
      answerTime: answerTimeOf(reputation?.months ?? [], now, ranking),
      open,
      mostOpen: profile.preferences.mostOpenReferrals,
    }
  }

  #excluded(
    matching: readonly Partner[],
    search: SearchQuery,
    texts: Map<string, number> | undefined,
  ): SearchResult['excluded'] {
    const whys = new Map(matching.map(partner => [partner.id, this.#why(partner, search)]))
    const ranked = this.#ranked(
      matching.filter(({ id }) => whys.get(id)),
      search,
      texts,
    )
    const counts = Object.fromEntries(
      exclusions.map(why => [why, [...whys.values()].filter(one => one === why).length]),
    ) as Record<Why, number>
    const named = ranked.slice(0, 20).map(({ partnerId }) => ({ partnerId, why: whys.get(partnerId) as Why }))
    return { counts, named }
  }

  #facets(others: readonly Partner[], search: SearchQuery): SearchResult['facets'] {
    const without = (more: Partial<SearchQuery>, codes: Partial<SearchQuery['codes']> = {}) => {
      const wider = { ...search, ...more, codes: { ...search.codes, ...codes } }
      return others
        .filter(partner => filters.every(fits => fits(partner, wider)))
        .filter(partner => {
          const why = this.#why(partner, { ...search, size: 'size' in more ? undefined : search.size })
          return !why
        })
    }
    const ofList = (list: List) =>
      counted(
        without(search.match === 'any' ? {} : {}, search.match === 'any' ? {} : { [list]: [] }).flatMap(
          ({ profile }) => codesOf(profile, list),
        ),
      )
    const sizes = [...new Set(this.#partners.flatMap(({ profile }) => profile.customerSizes))]
    return {
      industries: ofList('industries'),
      products: ofList('products'),
      services: ofList('services'),
      solutions: ofList('solutions'),
      customerSizes: counted(
        without({ size: undefined }).flatMap(({ profile: { customerSizes } }) =>
          customerSizes.length > 0 ? [...new Set(customerSizes)] : sizes,
        ),
      ),
      languages: counted(
        without({ language: undefined }).flatMap(({ profile }) => [
          ...new Set(profile.languages.map(tag => languageOf(tag) ?? '')),
        ]),
      ),
    }
  }
}

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)

const isOrUnsaid = <T>(values: readonly T[], value: T): number => {
  if (values.length === 0) return 0.5
  return values.includes(value) ? 1 : 0
}

const meaningsOf = (
  sought: string,
  vocabulary: Map<string, number>,
  isForgiving: boolean,
): Map<string, number> => {
  const least = /^\p{sc=Hang}/u.test(sought) ? 2 : 3
  const words = [...vocabulary.keys()]
  const begun = words.filter(word => word === sought || (sought.length >= least && word.startsWith(sought)))
  if (begun.length > 0) return new Map(begun.map(word => [word, sought.length / word.length]))
  if (!isForgiving || sought.length < least) return new Map()
  const [closest] = words
    .map(word => ({ word, mistakes: distance(sought, word) }))
    .filter(({ mistakes }) => mistakes <= (sought.length >= 7 ? 2 : 1))
    .toSorted(
      (a, b) =>
        a.mistakes - b.mistakes ||
        (vocabulary.get(b.word) ?? 0) - (vocabulary.get(a.word) ?? 0) ||
        (a.word < b.word ? -1 : 1),
    )
  return new Map(closest ? [[closest.word, [1, 0.8, 0.6][closest.mistakes] ?? 0]] : [])
}

/** What leaves partners out, apart from their own wishes. */
const filters: readonly ((partner: Partner, search: SearchQuery) => boolean)[] = [
  ({ profile }, { codes, match }) => {
    const has = (list: List) => codes[list]?.some(code => codesOf(profile, list).includes(code))
    const asked = lists.filter(list => (codes[list]?.length ?? 0) > 0)
    return match === 'any' ? asked.length === 0 || asked.some(has) : asked.every(has)
  },
  ({ profile }, { language, match }) =>
    language === undefined ||
    match === 'any' ||
    profile.languages.some(spoken => languageOf(spoken) === languageOf(language)),
]

const inOrder = (a: Position, b: Position): number =>
  compare(b.score, a.score) || compare(a.tie, b.tie) || (a.partnerId < b.partnerId ? -1 : 1)

const counted = (codes: readonly string[]): { code: string; count: number }[] =>
  [...Map.groupBy(codes, code => code)]
    .map(([code, { length: count }]) => ({ code, count }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
