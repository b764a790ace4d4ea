/**
 * The directory of one region in memory: takes in what changes, entry by entry, and answers searches without reading
 * anything. It is compact columns, one row per active profile: sets of rows as bits for each code, lists of rows for each
 * word. Nothing of it depends on the order in which entries came.
 */

import { type AnswerTime, type Exclusion, exclusions, type Facets } from '../discovery/contract.ts'
import type { Money } from '../kernel/contract.ts'
import { type Ranking, type TagList, tagLists } from '../program/contract.ts'
import { wordsOf } from '../text/tokenizer.ts'
import { Bits, grown, Lists, Names, setIn } from './columns.ts'
import type { DirectoryEntry, HealthEntry, ListedProfile, ProfileEntry, ReputationEntry } from './entry.ts'
import type { Coordinates } from './geo.ts'
import { type Near, Places } from './places.ts'
import { Wishes } from './preference-filter.ts'
import {
  answerTimeOf,
  distancePart,
  fitFor,
  freeShare,
  hashOf,
  isExploring,
  isNewcomer,
  type LearnedPart,
  type Liking,
  type Means,
  type Observations,
  type RelevanceParts,
  type Scored,
  scoreOf,
  tagsPart,
  tieOf,
  unsaid,
  type VisibilityParts,
} from './ranking.ts'
import { Learned, noLiking } from './reputation-columns.ts'
import { type TextFound, Texts } from './text-score.ts'
import { Best, type Position, type Ranked } from './top-k.ts'
import { type Look, Visibilities } from './visibility-cache.ts'

type Codes = { readonly [L in TagList]?: readonly string[] | undefined }

/** What is looked for. What is not said excludes nobody. */
export interface Search {
  readonly codes: Codes
  /**
   * `all-lists`, as in a directory: each list that is asked must hold one of its codes, the words of `text` one must
   * have, and the language must be spoken. `any`, as for a need: one of all codes, if there are any; text and language
   * place, but leave nobody out.
   */
  readonly match: 'all-lists' | 'any'
  /** What the customer's business is, where it is not among the codes: who excludes it is left out. */
  readonly industries?: readonly string[] | undefined
  /**
   * So many open referrals are a full load, where a profile does not say: who has less to do comes first, and who has as
   * many is left out as full. Not said, load places nobody.
   */
  readonly capacity?: number | undefined
  readonly text?: string | undefined
  /** Who serves other sizes only is left out. */
  readonly size?: string | undefined
  /** A BCP 47 tag; its language alone counts. */
  readonly language?: string | undefined
  readonly near?: Coordinates | undefined
  /** Leaves out who has no place within, or none that is known to be. */
  readonly radiusKm?: number | undefined
  /** The customer's: a place there is next door, where coordinates do not say. */
  readonly city?: string | undefined
  readonly budget?: Money | undefined
  /** Partners that are passed over, such as those that were asked already. */
  readonly without?: ReadonlySet<string> | undefined
  readonly limit: number
  /** Goes on after this hit. */
  readonly after?: Position | undefined
  /** Whether facets are wanted. */
  readonly facets?: boolean | undefined
  /** Whether it is wanted who was left out and why. */
  readonly trace?: boolean | undefined
}

export interface Context extends Look {
  /** Orders equals and chooses newcomers: the same for each page of a search. */
  readonly seed: string
}

export interface Hit extends Scored, Position {
  readonly name: string
  readonly headline: string
  readonly languages: readonly string[]
  /** The place that is best for the customer: the nearest, or one in its city, or the first that can be reached. */
  readonly locationId: string
  readonly city: string
  /** Great circle; undefined where it is not known. */
  readonly distanceKm: number | undefined
  /** What was asked for and is had: codes, the customer's size, and its language where it is spoken. */
  readonly matched: readonly { readonly list: keyof Facets; readonly code: string }[]
  /** The words of a typed text that are found here, as they were meant. */
  readonly words: readonly string[]
  readonly answerTime: AnswerTime | null
  /** Referrals that are new or active, as far as is known; and how many it can have, null where it does not say. */
  readonly open: number
  readonly mostOpen: number | null
}

export interface Excluded {
  /** Of those that match otherwise; each counts once, for the first reason. */
  readonly counts: Readonly<Record<Exclusion, number>>
  /** Those that would stand highest, 20 at most. */
  readonly named: readonly { readonly partnerId: string; readonly why: Exclusion }[]
}

export interface Found {
  /** How many there are in all, on whatever page. */
  readonly total: number
  readonly hits: readonly Hit[]
  /**
   * How many profiles each value has or would leave: those of a list are counted among what matches everything but what
   * was asked of that list. Most first. Null unless wanted.
   */
  readonly facets: Facets | null
  readonly excluded: Excluded | null
  /** Where to go on, if there is more. */
  readonly next: Position | undefined
}

/** What is known of a partner's place in its region. */
export interface Standing {
  readonly visibility: number
  readonly parts: VisibilityParts
  /** What the learned parts are made of, decayed. */
  readonly observations: Observations
  /** What is believed of a partner of whom nothing was observed: the region's mean of each part. */
  readonly means: Means
  /** How many partners the means are of. */
  readonly contributors: Readonly<Record<LearnedPart, number>>
  readonly isNewcomer: boolean
  readonly answerTime: AnswerTime | null
  /** Referrals that are new or active, as far as is known. */
  readonly open: number
  /** How many it can have open at once; null: it does not say. */
  readonly mostOpen: number | null
  /** Whether somebody there can be mailed. */
  readonly isDeliverable: boolean
}

const mostNamed = 20

/** Languages understand each other by what stands first: Austrian German is German. */
const languageOf = (tag: string): string => tag.replace(/-.*/, '').toLowerCase()

const unseen = -1

export class RegionIndex {
  readonly #labelsOf: (list: TagList, code: string) => readonly string[]
  readonly #most: number
  #isFull = false

  // Partners: of whom anything is known.
  readonly #partners = new Names()
  #versions = { profile: new Int32Array(0), reputation: new Int32Array(0), health: new Int32Array(0) }
  #rowOf = new Int32Array(0)
  readonly #failing = new Map<number, ReadonlySet<number>>()

  // Rows: active profiles. Those of profiles that are active no more are used again.
  readonly #listed = new Bits()
  #rows = 0
  #count = 0
  readonly #freeRows: number[] = []
  #partnerOf = new Uint32Array(0)
  #hashes = new Uint32Array(0)
  readonly #names: string[] = []
  readonly #headlines: string[] = []
  readonly #languages: (readonly string[])[] = []
  readonly #languageRows = new Map<string, Bits>()
  readonly #ofNoLanguage = new Bits()

  // By list and code, such as `products/crm`.
  readonly #codes = new Names()
  readonly #codeRows: (Bits | undefined)[] = []
  readonly #codesOf = new Lists(new Uint16Array(0))
  /** Per row how many codes it has of each list. */
  #own = new Uint8Array(0)
  readonly #labels = new Map<number, readonly string[]>()

  readonly #texts = new Texts()
  readonly #places = new Places()
  readonly #wishes = new Wishes()
  readonly #learned = new Learned(this.#codes)
  readonly #visibilities = new Visibilities(this.#learned, row => this.#partnerOf[row] as number)

  /**
   * @param labelsOf what a code is called, in any language; another taxonomy needs another index
   * @param most so many partners are taken in, active or not; the bench finds 1.5 KB each, so 200,000 in 300 MB
   */
  constructor({
    labelsOf,
    most = 200_000,
  }: {
    readonly labelsOf: (list: TagList, code: string) => readonly string[]
    readonly most?: number
  }) {
    this.#labelsOf = labelsOf
    this.#most = most
  }

  /** How many profiles are active. */
  get size(): number {
    return this.#count
  }

  /** Whether there were more partners than are taken in: those that came last are missing. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Takes in an entry, unless one as late of that kind and partner was taken in before. */
  apply(entry: DirectoryEntry): void {
    const partner = this.#partnerNumber(entry.partnerId)
    if (partner === undefined || (this.#versions[entry.kind][partner] ?? unseen) >= entry.version) return
    this.#versions[entry.kind][partner] = entry.version
    if (entry.kind === 'profile') this.#applyProfile(partner, entry)
    else if (entry.kind === 'reputation') this.#applyReputation(partner, entry)
    else this.#applyHealth(partner, entry)
  }

  #partnerNumber(partnerId: string): number | undefined {
    const known = this.#partners.find(partnerId)
    if (known !== undefined) return known
    if (this.#partners.size >= this.#most) {
      this.#isFull = true
      return undefined
    }
    const partner = this.#partners.numberOf(partnerId)
    const { profile, reputation, health } = this.#versions
    const needed = partner + 1
    this.#versions = {
      profile: grown(profile, needed),
      reputation: grown(reputation, needed),
      health: grown(health, needed),
    }
    for (const versions of Object.values(this.#versions)) versions[partner] = unseen
    this.#rowOf = grown(this.#rowOf, needed)
    this.#rowOf[partner] = unseen
    return partner
  }

  #applyProfile(partner: number, { profile }: ProfileEntry): void {
    this.#visibilities.forget()
    const known = this.#rowOf[partner] ?? unseen
    if (known !== unseen) this.#clear(known)
    if (!profile) {
      if (known !== unseen) this.#freeRows.push(known)
      this.#rowOf[partner] = unseen
      return
    }
    const row = known !== unseen ? known : this.#newRow(partner)
    this.#fill(row, profile)
  }

  #newRow(partner: number): number {
    const row = this.#freeRows.pop() ?? this.#rows++
    this.#partnerOf = grown(this.#partnerOf, row + 1)
    this.#hashes = grown(this.#hashes, row + 1)
    this.#own = grown(this.#own, (row + 1) * tagLists.length)
    this.#partnerOf[row] = partner
    this.#rowOf[partner] = row
    this.#hashes[row] = hashOf(this.#partners.nameOf(partner))
    return row
  }

  /** Takes a row out of everything that it is found by. */
  #clear(row: number): void {
    this.#count--
    for (const code of this.#codesOf.of(row)) this.#codeRows[code]?.delete(row)
    for (const set of [this.#listed, this.#ofNoLanguage, ...this.#languageRows.values()]) set.delete(row)
    for (const columns of [this.#texts, this.#places, this.#wishes]) columns.clear(row)
    this.#codesOf.set(row, [])
    this.#names[row] = ''
    this.#headlines[row] = ''
    this.#languages[row] = []
  }

  #fill(row: number, profile: ListedProfile): void {
    this.#count++
    this.#listed.add(row)
    this.#names[row] = profile.name
    this.#headlines[row] = profile.headline
    this.#languages[row] = profile.languages
    this.#ofNoLanguage.put(row, profile.languages.length === 0)
    for (const language of profile.languages) setIn(this.#languageRows, languageOf(language)).add(row)
    const codes = this.#fillCodes(row, profile)
    this.#texts.set(
      row,
      profile,
      codes.map(code => this.#labelWords(code)),
    )
    this.#places.set(row, profile)
    this.#wishes.set(row, profile)
    this.#visibilities.set(row, profile.quality)
    this.#judge(row)
  }

  /** Judges what other entries than the profile's bear on. */
  #judge(row: number): void {
    const partner = this.#partnerOf[row] as number
    this.#wishes.judge(row, this.#learned.openOf(partner))
    this.#places.judge(row, this.#failing.get(partner))
  }

  #codeNumber(list: string, code: string): number {
    return this.#codes.numberOf(`${list}/${code}`)
  }

  #fillCodes(row: number, profile: ListedProfile): number[] {
    const codes = tagLists.flatMap((list, index) => {
      const own = [...new Set(listedCodes(profile, list))].map(code => this.#codeNumber(list, code))
      this.#own[row * tagLists.length + index] = Math.min(own.length, 255)
      return own
    })
    this.#codesOf.set(row, codes)
    for (const code of codes) {
      const rows = this.#codeRows[code] ?? new Bits()
      this.#codeRows[code] = rows
      rows.add(row)
    }
    return codes
  }

  /** The words of a code are those of what it is called, and its own. */
  #labelWords(number: number): readonly string[] {
    const known = this.#labels.get(number)
    if (known) return known
    const [list = '', code = ''] = this.#codes.nameOf(number).split('/')
    const words = [...new Set([code, ...this.#labelsOf(list as TagList, code)].flatMap(wordsOf))]
    this.#labels.set(number, words)
    return words
  }

  #applyReputation(partner: number, reputation: ReputationEntry): void {
    this.#visibilities.forget()
    this.#learned.set(partner, reputation)
    this.#judgePartner(partner)
  }

  #applyHealth(partner: number, { failing }: HealthEntry): void {
    if (failing.length > 0) this.#failing.set(partner, new Set(failing.map(hashOf)))
    else this.#failing.delete(partner)
    this.#judgePartner(partner)
  }

  #judgePartner(partner: number): void {
    const row = this.#rowOf[partner] ?? unseen
    if (row !== unseen) this.#judge(row)
  }

  /** The middle of the places that profiles have in a city, where one has coordinates. */
  whereIs(city: string): Coordinates | undefined {
    return this.#places.whereIs(city, this.#listed)
  }

  /** What is known of an active profile's place; undefined for one that is not active. */
  standingOf(partnerId: string, { now, ranking }: Look): Standing | undefined {
    this.#visibilities.look(this.#listed, { now, ranking })
    const row = this.#findRow(partnerId)
    if (row === undefined) return undefined
    const partner = this.#partnerOf[row] ?? 0
    const observations = this.#learned.observationsOf(partner)
    return {
      visibility: this.#visibilities.of(row),
      parts: this.#visibilities.partsOf(row, ranking),
      observations,
      means: this.#visibilities.means,
      contributors: this.#learned.contributors(),
      isNewcomer: isNewcomer(observations, ranking),
      answerTime: answerTimeOf(this.#learned.monthsOf(partner), now, ranking),
      open: this.#learned.openOf(partner),
      mostOpen: this.#wishes.mostOpenOf(row),
      isDeliverable: this.#places.deliverable.has(row),
    }
  }

  /** The visibility of each active profile, rising. */
  visibilities(look: Look): Float64Array {
    this.#visibilities.look(this.#listed, look)
    return this.#visibilities.sorted(this.#listed)
  }

  /** In which share of active profiles visibility is lower, in [0, 1]; of equals, half count as lower. */
  quantileOf(visibility: number, look: Look): number {
    const sorted = this.visibilities(look)
    if (sorted.length === 0) return 0
    const lower = firstWhere(sorted, value => value >= visibility)
    const notHigher = firstWhere(sorted, value => value > visibility)
    return (lower + notHigher) / 2 / sorted.length
  }

  search(search: Search, context: Context): Found {
    this.#visibilities.look(this.#listed, context)
    const asked = this.#ask(search)
    const words = search.text === undefined ? undefined : this.#texts.find(search.text, this.#count)
    // Words that nobody has place nobody; in a directory they find nobody.
    const text = words && (words.rows.count > 0 || search.match === 'all-lists') ? words : undefined
    const near = this.#places.near(search.near, search.city)
    const matched = this.#match(search, asked, text, near)
    const barred = this.#barred(search, context)
    const admitted = Bits.copyOf(matched.rows)
    for (const { rows } of barred) admitted.without(rows)
    const seed = hashOf(context.seed)
    const explored = isExploring(seed, context.ranking) ? this.#firstNewcomer(admitted, seed) : unseen
    const request: Request = { search, context, asked, text, near, seed, explored }
    const score = this.#spread(this.#scorer(request), search)
    const { hits, next } = this.#rank(admitted, score, request)
    const excluded = search.trace ? this.#exclude(matched.rows, barred, score, request) : null
    const facets = search.facets ? this.#countFacets(matched, admitted, barred) : null
    if (words) this.#texts.forget(words)
    return { total: admitted.count, hits, facets, excluded, next }
  }

  #rank(rows: Bits, score: Scorer, request: Request): Pick<Found, 'hits' | 'next'> {
    const { limit, after } = request.search
    const best = this.#best(limit + 1, after)
    this.#offer(rows, score, best, request)
    const hits = best.ranked.slice(0, limit).map(one => this.#describe(one, request))
    const last = best.ranked.length > limit ? hits.at(-1) : undefined
    return { hits, next: last && { score: last.score, tie: last.tie, partnerId: last.partnerId } }
  }

  #best(most: number, after: Position | undefined): Best {
    return new Best(most, after, row => this.#partnerIdOf(row))
  }

  #offer(rows: Bits, score: Scorer, best: Best, { seed }: Request): void {
    rows.each(row => {
      const value = score(row, best.least)
      if (value >= best.least) best.offer(row, value, tieOf(seed, this.#hashes[row] as number))
    })
  }

  #partnerIdOf(row: number): string {
    return this.#partners.nameOf(this.#partnerOf[row] ?? 0)
  }

  #ask({ codes }: Search): Asked {
    const lists = tagLists.map(list => {
      const wanted = [...new Set(codes[list] ?? [])]
      const numbers = wanted.flatMap(code => this.#codes.find(`${list}/${code}`) ?? [])
      return { list, count: wanted.length, numbers }
    })
    const numbers = lists.flatMap(({ numbers }) => numbers)
    const isAsked = new Uint8Array(this.#codes.size)
    for (const number of numbers) isAsked[number] = 1
    return { lists, numbers, isAsked, count: lists.reduce((sum, { count }) => sum + count, 0) }
  }

  /** What matches, and what matches all but one of the filters, which facets are counted in. */
  #match(search: Search, asked: Asked, text: TextFound | undefined, near: Near | undefined): Matched {
    const rows = Bits.copyOf(this.#listed)
    for (const partnerId of search.without ?? []) {
      const row = this.#findRow(partnerId)
      if (row !== undefined) rows.delete(row)
    }
    if (text && search.match === 'all-lists') rows.and(text.rows)
    if (search.match === 'any' && asked.count > 0) rows.and(this.#withCodes(asked.numbers))
    const filters = search.match === 'any' ? [] : this.#filters(search, asked)
    const nearly = Bits.copyOf(rows)
    for (const filter of filters) {
      nearly.and(filter.rows).or(rows)
      rows.and(filter.rows)
    }
    if (!near || search.radiusKm === undefined) return { rows, nearly, filters }
    const within = this.#places.within(search.facets ? nearly : rows, near, search.radiusKm)
    return { rows: rows.and(within), nearly: nearly.and(within), filters }
  }

  #findRow(partnerId: string): number | undefined {
    const partner = this.#partners.find(partnerId)
    const row = partner === undefined ? unseen : (this.#rowOf[partner] ?? unseen)
    return row === unseen ? undefined : row
  }

  #withCodes(codes: readonly number[]): Bits {
    return Bits.union(codes.map(code => this.#codeRows[code]))
  }

  #filters({ language }: Search, { lists }: Asked): Filter[] {
    const filters: Filter[] = lists
      .filter(({ count }) => count > 0)
      .map(({ list, numbers }) => ({ facet: list, rows: this.#withCodes(numbers) }))
    if (language === undefined) return filters
    return [
      ...filters,
      { facet: 'languages', rows: this.#languageRows.get(languageOf(language)) ?? new Bits() },
    ]
  }

  /** Who would rather not be sent what is asked, or cannot be: reason by reason, in the order in which they are told. */
  #barred({ codes, industries = codes.industries, capacity, ...asked }: Search, { now }: Context): Barred[] {
    const { size, text, budget } = asked
    const wishes = this.#wishes
    const rows: Readonly<Record<Exclusion, () => Bits | undefined>> = {
      paused: () => wishes.pausedOn(now),
      full: () => (capacity === undefined ? wishes.full : this.#laden(capacity)),
      undeliverable: () => Bits.copyOf(this.#listed).without(this.#places.deliverable),
      size: () => (size === undefined ? undefined : wishes.ofOtherSizes(size, this.#listed)),
      industry: () => wishes.refusingAny(industries ?? []),
      keyword: () => (text === undefined ? undefined : wishes.refusingText(text)),
      'deal-value': () => budget && wishes.wantingMoreThan(budget),
    }
    return exclusions.flatMap(why => {
      const barred = rows[why]()
      return barred ? [{ why, rows: barred }] : []
    })
  }

  #laden(capacity: number): Bits {
    return this.#listed.where(row => this.#freeShare(row, capacity) <= 0)
  }

  #freeShare(row: number, capacity: number): number {
    const open = this.#learned.openOf(this.#partnerOf[row] as number)
    return freeShare(open, this.#wishes.mostOpenOf(row) ?? capacity)
  }

  /**
   * Gives a row's score; where it is certain to be below `least`, perhaps only something below. It adds up in the very
   * order of ranking.ts.
   */
  #scorer(request: Request): Scorer {
    const { search, asked, text, near } = request
    const { ranking } = request.context
    const { tags, text: words, distance, size, language } = ranking.relevance
    const [hasTags, hasSize] = [asked.count > 0, search.size !== undefined]
    const speaking =
      search.language === undefined ? undefined : this.#languageRows.get(languageOf(search.language))
    const hasLanguage = search.language !== undefined
    let weight = 0
    if (hasTags) weight += tags
    if (text) weight += words
    if (near) weight += distance
    if (hasSize) weight += size
    if (hasLanguage) weight += language
    const visibilities = this.#visibilities
    return (row, least) => {
      const mostVisible = row === request.explored ? 1 : visibilities.mostOf(row)
      if (mostVisible < least) return below
      const tagsPart = hasTags ? this.#tagsOf(row, asked) : 0
      const textPart = text ? text.partOf(row) : 0
      const sizePart = hasSize ? this.#sizeOf(row, search.size as string) : 0
      const languagePart = hasLanguage ? this.#languageOf(row, speaking) : 0
      const relevance = (distancePart: number): number => {
        if (weight === 0) return 1
        // The part that a search does not bring up is 0 here, and adding 0 changes no sum.
        const sum = tags * tagsPart + words * textPart + (near ? distance * distancePart : 0)
        return (sum + size * sizePart + language * languagePart) / weight
      }
      // What takes longer is only worked out for who could still be among the best.
      const mostRelevant = relevance(1)
      if (scoreOf(mostRelevant, mostVisible) < least) return below
      const visibility = this.#shownVisibility(row, request)
      if (!near) return scoreOf(mostRelevant, visibility)
      if (scoreOf(mostRelevant, visibility) < least) return below
      return scoreOf(relevance(distancePart(this.#places.kmTo(row, near), ranking)), visibility)
    }
  }

  /** Who has less to do comes first, where that is asked for. */
  #spread(score: Scorer, { capacity }: Search): Scorer {
    if (capacity === undefined) return score
    return (row, least) => score(row, least) * this.#freeShare(row, capacity)
  }

  #tagsOf(row: number, { isAsked, count, lists }: Asked): number {
    const { pool } = this.#codesOf
    const start = this.#codesOf.startOf(row)
    const end = start + this.#codesOf.lengthOf(row)
    let matched = 0
    for (let index = start; index < end; index++) matched += isAsked[pool[index] as number] as number
    let own = 0
    for (let list = 0; list < tagLists.length; list++)
      if ((lists[list] as AskedList).count > 0) own += this.#own[row * tagLists.length + list] as number
    return tagsPart(matched, count, own)
  }

  #sizeOf(row: number, size: string): number {
    if (this.#wishes.ofEverySize.has(row)) return unsaid
    return this.#wishes.sizes.get(size)?.has(row) ? 1 : 0
  }

  #languageOf(row: number, speaking: Bits | undefined): number {
    if (speaking?.has(row)) return 1
    return this.#ofNoLanguage.has(row) ? unsaid : 0
  }

  /** The newcomer whose turn it is. */
  #firstNewcomer(rows: Bits, seed: number): number {
    const first = new Best(1, undefined, row => this.#partnerIdOf(row))
    Bits.copyOf(rows)
      .and(this.#visibilities.newcomers)
      .each(row => first.offer(row, 0, tieOf(seed, this.#hashes[row] as number)))
    return first.ranked[0]?.row ?? unseen
  }

  /** With its fit for what is asked; and of a newcomer, in its turn, at least that of the best. */
  #shownVisibility(row: number, { asked, context, explored }: Request): number {
    const own = this.#ownVisibility(row, asked, context.ranking)
    return row === explored ? Math.max(own, this.#visibilities.highest) : own
  }

  #ownVisibility(row: number, asked: Asked, ranking: Ranking): number {
    const liking = this.#likingFor(row, asked)
    if (liking === noLiking) return this.#visibilities.of(row)
    return this.#visibilities.withLiking(row, liking, ranking)
  }

  #likingFor(row: number, { numbers, isAsked }: Asked): Liking {
    return numbers.length > 0 ? this.#learned.likingFor(this.#partnerOf[row] as number, isAsked) : noLiking
  }

  #describe({ row, tie, score }: Ranked, request: Request): Hit {
    const { search, context, asked, text, near, explored } = request
    const { now, ranking } = context
    const partner = this.#partnerOf[row] ?? 0
    const { highest } = this.#visibilities
    const isBoosted = row === explored && this.#ownVisibility(row, asked, ranking) < highest
    return {
      partnerId: this.#partnerIdOf(row),
      score,
      tie,
      parts: {
        relevance: this.#relevanceParts(row, request),
        visibility: this.#partsFor(row, asked, ranking),
      },
      explored: isBoosted ? { visibility: highest } : null,
      name: this.#names[row] ?? '',
      headline: this.#headlines[row] ?? '',
      languages: this.#languages[row] ?? [],
      ...this.#places.placeFor(row, near),
      matched: this.#matchedOf(row, search),
      words: (text?.typed ?? []).filter(({ rows }) => rows.has(row)).map(({ word }) => word),
      answerTime: answerTimeOf(this.#learned.monthsOf(partner), now, ranking),
      open: this.#learned.openOf(partner),
      mostOpen: this.#wishes.mostOpenOf(row),
    }
  }

  #relevanceParts(row: number, { search, context, asked, text, near }: Request): RelevanceParts {
    const { size, language } = search
    const speaking = language === undefined ? undefined : this.#languageRows.get(languageOf(language))
    return {
      ...(asked.count > 0 && { tags: this.#tagsOf(row, asked) }),
      ...(text && { text: text.partOf(row) }),
      ...(near && { distance: distancePart(this.#places.kmTo(row, near), context.ranking) }),
      ...(size !== undefined && { size: this.#sizeOf(row, size) }),
      ...(language !== undefined && { language: this.#languageOf(row, speaking) }),
    }
  }

  #partsFor(row: number, asked: Asked, ranking: Ranking): VisibilityParts {
    const parts = this.#visibilities.partsOf(row, ranking)
    const liking = this.#likingFor(row, asked)
    return liking === noLiking ? parts : { ...parts, fit: fitFor(parts.fit, liking, ranking) }
  }

  #matchedOf(row: number, { codes, size, language }: Search): Hit['matched'] {
    const spoken = language && languageOf(language)
    return [
      ...tagLists.flatMap(list =>
        [...new Set(codes[list] ?? [])]
          .filter(code => this.#codeRows[this.#codes.find(`${list}/${code}`) ?? unseen]?.has(row))
          .map(code => ({ list, code })),
      ),
      ...(size && this.#wishes.sizes.get(size)?.has(row)
        ? [{ list: 'customerSizes' as const, code: size }]
        : []),
      ...(spoken && this.#languageRows.get(spoken)?.has(row)
        ? [{ list: 'languages' as const, code: spoken }]
        : []),
    ]
  }

  #exclude(rows: Bits, barred: readonly Barred[], score: Scorer, request: Request): Excluded {
    const left = Bits.copyOf(rows)
    const best = this.#best(mostNamed, undefined)
    const counts = Object.fromEntries(exclusions.map(why => [why, 0])) as Record<Exclusion, number>
    for (const { why, rows: those } of barred) {
      const here = Bits.copyOf(left).and(those)
      counts[why] = here.count
      left.without(those)
      this.#offer(here, score, best, request)
    }
    const whyOf = (row: number) => barred.find(({ rows: those }) => those.has(row))?.why as Exclusion
    const named = best.ranked.map(({ row }) => ({ partnerId: this.#partnerIdOf(row), why: whyOf(row) }))
    return { counts, named }
  }

  #countFacets({ rows, nearly, filters }: Matched, admitted: Bits, barred: readonly Barred[]): Facets {
    const among = (facet: keyof Facets): Bits => {
      if (facet === 'customerSizes')
        return leftOf(
          Bits.copyOf(rows),
          barred.filter(({ why }) => why !== 'size'),
        )
      if (!filters.some(filter => filter.facet === facet)) return admitted
      const others = Bits.copyOf(nearly)
      for (const filter of filters) if (filter.facet !== facet) others.and(filter.rows)
      return leftOf(others, barred)
    }
    const ofCodes = (list: TagList) => facetOf(this.#countCodes(list, among(list)))
    return {
      industries: ofCodes('industries'),
      products: ofCodes('products'),
      services: ofCodes('services'),
      solutions: ofCodes('solutions'),
      customerSizes: this.#countSizes(among('customerSizes')),
      languages: this.#countLanguages(among('languages')),
    }
  }

  #countCodes(list: TagList, rows: Bits): [code: string, count: number][] {
    return this.#codeRows.flatMap((those, number): [string, number][] => {
      const [of = '', code = ''] = this.#codes.nameOf(number).split('/')
      return those && of === list ? [[code, those.countWith(rows)]] : []
    })
  }

  #countLanguages(rows: Bits): Facets['languages'] {
    return facetOf([...this.#languageRows].map(([code, those]) => [code, those.countWith(rows)]))
  }

  /** Who serves every size serves each that is spoken of. */
  #countSizes(rows: Bits): Facets['customerSizes'] {
    const every = this.#wishes.ofEverySize.countWith(rows)
    const spokenOf = [...this.#wishes.sizes].filter(([, those]) => those.count > 0)
    return facetOf(spokenOf.map(([code, those]) => [code, those.countWith(rows) + every]))
  }

  /** What it takes, for the most part: its arrays, and strings of usual lengths. */
  get bytes(): number {
    const arrays = [...Object.values(this.#versions), this.#rowOf, this.#partnerOf, this.#hashes, this.#own]
    const sets = this.#codeRows.flatMap(set => set ?? [])
    const columns = [
      this.#texts,
      this.#places,
      this.#wishes,
      this.#learned,
      this.#visibilities,
      this.#codesOf,
    ]
    const strings = [...this.#names, ...this.#headlines].reduce((sum, { length }) => sum + length, 0)
    return (
      arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) +
      [...columns, ...sets].reduce((sum, { bytes }) => sum + bytes, 0) +
      strings +
      this.#partners.size * bytesOfPartner
    )
  }
}

/** An id of 30 letters in a map and a list, and a row's references to strings. */
const bytesOfPartner = 150

/** Less than any score. */
const below = -1

interface AskedList {
  readonly list: TagList
  /** How many codes are asked for, and the numbers of those that somebody has. */
  readonly count: number
  readonly numbers: readonly number[]
}

interface Asked {
  readonly lists: readonly AskedList[]
  readonly numbers: readonly number[]
  readonly isAsked: Uint8Array
  readonly count: number
}

interface Filter {
  readonly facet: keyof Facets
  readonly rows: Bits
}

interface Matched {
  readonly rows: Bits
  readonly nearly: Bits
  readonly filters: readonly Filter[]
}

interface Barred {
  readonly why: Exclusion
  readonly rows: Bits
}

interface Request {
  readonly search: Search
  readonly context: Context
  readonly asked: Asked
  readonly text: TextFound | undefined
  readonly near: Near | undefined
  readonly seed: number
  /** The newcomer that is shown as the best are. */
  readonly explored: number
}

type Scorer = (row: number, least: number) => number

/** Where values that rise begin to be so. */
const firstWhere = (rising: Float64Array, isSo: (value: number) => boolean): number => {
  let [low, high] = [0, rising.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isSo(rising[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}

const leftOf = (rows: Bits, barred: readonly Barred[]): Bits => {
  for (const { rows: those } of barred) rows.without(those)
  return rows
}

/** Who excludes an industry does not serve it, even if it lists it. */
const listedCodes = ({ preferences, ...profile }: ListedProfile, list: TagList): readonly string[] =>
  list === 'industries'
    ? profile.industries.filter(code => !preferences.excludedIndustries.includes(code))
    : profile[list]

const facetOf = (counts: readonly (readonly [code: string, count: number])[]): Facets['languages'] =>
  counts
    .filter(([, count]) => count > 0)
    .map(([code, count]) => ({ code, count }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
