/**
 * The directory of one region in memory: takes in what changes, entry by entry, and answers searches without reading
 * anything. It is compact columns, one row per active profile: sets of rows as bits for each code, lists of rows for each
 * word. Nothing of it depends on the order in which entries came.
 */
import type { Money } from '../platform/contract.ts'
import type { Ranking } from '../policy/contract.ts'
import { type TagList, tagLists } from '../taxonomy/contract.ts'
import { Best, type Position, type Ranked } from './best.ts'
import { Bits, grown, Lists, Names } from './columns.ts'
import { type AnswerTime, type Exclusion, exclusions, type Facets } from './contract.ts'
import type {
  DirectoryEntry,
  HealthEntry,
  ListedLocation,
  ListedProfile,
  Month,
  ProfileEntry,
  ReputationEntry,
} from './entry.ts'
import { decodeMonths, encodeMonths } from './months.ts'
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
  learnedParts,
  likingOf,
  type Means,
  meansOf,
  type Observations,
  type Observed,
  observer,
  type RelevanceParts,
  rarityOf,
  type Scored,
  scoreOf,
  shrunk,
  tagsPart,
  tieOf,
  unsaid,
  type VisibilityParts,
  visibilityParts,
} from './ranking.ts'
import {
  type Coordinates,
  coordinatesOf,
  kmOf,
  type Point,
  pointOf,
  squareBetween,
  squareOf,
} from './sphere.ts'
import { Vocabulary } from './vocabulary.ts'
import { eachPhrase, phraseOf, wordsOf } from './words.ts'

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

export interface Context {
  /** An instant. Days are counted in UTC, and nothing changes by itself within one. */
  readonly now: string
  readonly ranking: Ranking
  /** Orders equals and chooses newcomers: the same for each page of a search. */
  readonly seed: string
}

export type { Position }

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
  /** Those that would stand highest, 50 at most. */
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

/** What a word is worth by where it stands; in two places, 1 − (1 − one) × (1 − other). */
const fieldWorth = { name: 1, keywords: 0.9, labels: 0.8, headline: 0.7 } as const

const mostNamed = 50
/** More words than these are prose: its words are not taken for mistyped ones. */
const mostTypedWords = 8
/** Of a longer text only so many different words are looked for. */
const mostWords = 250

const observedWidth = learnedParts.length * 2

/** Languages understand each other by what stands first: Austrian German is German. */
const languageOf = (tag: string): string => tag.replace(/-.*/, '').toLowerCase()
const cityKey = (city: string): string => wordsOf(city).join(' ')
/** YYYY-MM-DD as a number that sorts alike. */
const dayOf = (date: string): number => Number(date.slice(0, 10).replaceAll('-', ''))

const unseen = -1

export class RegionIndex {
  readonly #labelsOf: (list: TagList, code: string) => readonly string[]
  readonly #most: number
  #isFull = false

  // Partners: of whom anything is known.
  readonly #partners = new Names()
  #versions = { profile: new Int32Array(0), reputation: new Int32Array(0), health: new Int32Array(0) }
  #rowOf = new Int32Array(0)
  #open = new Int32Array(0)
  readonly #months = new Lists(new Uint8Array(0))
  /** Code, good, bad; code, good, bad… */
  readonly #likings = new Lists(new Uint32Array(0))
  readonly #failing = new Map<number, ReadonlySet<number>>()
  /** Per partner n and sum of each learned part, as of a day. */
  #observed = new Float64Array(0)
  #observedAs = ''
  #observe: ReturnType<typeof observer> | undefined
  #totals = new Float64Array(observedWidth)

  // Rows: active profiles. Those of profiles that are active no more are used again.
  readonly #listed = new Bits()
  #rows = 0
  #count = 0
  readonly #freeRows: number[] = []
  readonly #names: string[] = []
  readonly #headlines: string[] = []
  readonly #languages: (readonly string[])[] = []
  #partnerOf = new Uint32Array(0)
  #hashes = new Uint32Array(0)
  #qualities = new Float64Array(0)
  #mostOpen = new Int32Array(0)
  #pausedUntil = new Uint32Array(0)
  #leastAmount = new Float64Array(0)
  #leastCurrency = new Uint16Array(0)
  /** How many codes it has of each list. */
  #own = new Uint8Array(0)
  readonly #codesOf = new Lists(new Uint16Array(0))
  readonly #points = new Lists(new Float32Array(0))
  /** Per location its id, its city, and by what that is known; the next location's… */
  readonly #places = new Lists(new Uint32Array(0))
  /** Per location how many contacts it has and who they are, and after the last who is mailed in their place. */
  readonly #contacts = new Lists(new Uint32Array(0))
  /** A bit per location: whether somebody there, or in their place, can be mailed. */
  #reachable = new Uint32Array(0)
  readonly #phrases = new Map<number, readonly string[]>()

  // What rows are found by.
  readonly #codes = new Names()
  readonly #codeRows: (Bits | undefined)[] = []
  readonly #refusing = new Map<number, Bits>()
  readonly #sizeRows = new Map<string, Bits>()
  readonly #ofEverySize = new Bits()
  readonly #languageRows = new Map<string, Bits>()
  readonly #ofNoLanguage = new Bits()
  /** By squares of one degree, who has a place there; and who has one of which it is not known where it is. */
  readonly #cellRows = new Map<string, Bits>()
  readonly #unplaced = new Bits()
  readonly #withPhrase = new Map<string, Set<number>>()
  /** By first word: how many phrases there are of each length. */
  readonly #phraseStarts = new Map<string, Map<number, number>>()
  readonly #pausing = new Bits()
  readonly #choosy = new Bits()
  readonly #full = new Bits()
  readonly #deliverable = new Bits()
  readonly #currencies = new Names()
  readonly #locationIds = new Names()
  readonly #cities = new Names()
  readonly #cityKeys = new Names()
  readonly #vocabulary = new Vocabulary()
  readonly #labels = new Map<number, readonly string[]>()

  // Visibility, as of a day and a ranking.
  #visibilityAs = ''
  #means: Means | undefined
  #visibility = new Float64Array(0)
  /** Of the sum that visibility is a share of, what comes before fit; and fit, which a search may replace. */
  #beforeFit = new Float64Array(0)
  #fit = new Float64Array(0)
  /** With the best fit there could be. */
  #mostVisible = new Float64Array(0)
  readonly #newcomers = new Bits()
  #highest = 1
  #weight = 1
  #sorted: Float64Array | undefined

  // Of one search after the other.
  #textSums = new Float64Array(0)
  #wordWorths = new Float64Array(0)

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
    this.#open = grown(this.#open, needed)
    this.#observed = grown(this.#observed, needed * observedWidth)
    return partner
  }

  #applyProfile(partner: number, { profile }: ProfileEntry): void {
    this.#visibilityAs = ''
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
    const needed = row + 1
    this.#partnerOf = grown(this.#partnerOf, needed)
    this.#hashes = grown(this.#hashes, needed)
    this.#qualities = grown(this.#qualities, needed)
    this.#mostOpen = grown(this.#mostOpen, needed)
    this.#pausedUntil = grown(this.#pausedUntil, needed)
    this.#leastAmount = grown(this.#leastAmount, needed)
    this.#leastCurrency = grown(this.#leastCurrency, needed)
    this.#own = grown(this.#own, needed * tagLists.length)
    this.#reachable = grown(this.#reachable, needed)
    this.#visibility = grown(this.#visibility, needed)
    this.#beforeFit = grown(this.#beforeFit, needed)
    this.#fit = grown(this.#fit, needed)
    this.#mostVisible = grown(this.#mostVisible, needed)
    this.#textSums = grown(this.#textSums, needed)
    this.#wordWorths = grown(this.#wordWorths, needed)
    this.#partnerOf[row] = partner
    this.#rowOf[partner] = row
    this.#hashes[row] = hashOf(this.#partners.nameOf(partner))
    return row
  }

  /** Takes a row out of everything that it is found by. */
  #clear(row: number): void {
    this.#count--
    for (const code of this.#codesOf.of(row)) this.#codeRows[code]?.delete(row)
    const sets = [this.#listed, this.#pausing, this.#choosy, this.#full, this.#deliverable]
    for (const set of [...sets, this.#ofEverySize, this.#ofNoLanguage, this.#unplaced]) set.delete(row)
    for (const sets of [this.#refusing, this.#sizeRows, this.#languageRows, this.#cellRows])
      for (const set of sets.values()) set.delete(row)
    for (const phrase of this.#phrases.get(row) ?? []) this.#forgetPhrase(phrase, row)
    this.#phrases.delete(row)
    this.#codesOf.set(row, [])
    this.#points.set(row, [])
    this.#places.set(row, [])
    this.#contacts.set(row, [])
    this.#vocabulary.set(row, new Map())
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
    this.#qualities[row] = profile.quality
    const codes = this.#fillCodes(row, profile)
    this.#fillPreferences(row, profile)
    if (profile.customerSizes.length === 0) this.#ofEverySize.add(row)
    if (profile.languages.length === 0) this.#ofNoLanguage.add(row)
    for (const size of profile.customerSizes) setIn(this.#sizeRows, size).add(row)
    for (const language of profile.languages) setIn(this.#languageRows, languageOf(language)).add(row)
    this.#fillLocations(row, profile)
    this.#vocabulary.set(row, this.#wordsOf(profile, codes))
    this.#judgeLoad(row)
    this.#judgeReach(row)
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

  #fillPreferences(row: number, { preferences }: ListedProfile): void {
    const { leastDealValue, excludedKeywords, excludedIndustries, mostOpenReferrals, pausedUntil } =
      preferences
    for (const industry of excludedIndustries)
      setIn(this.#refusing, this.#codeNumber('industries', industry)).add(row)
    this.#mostOpen[row] = mostOpenReferrals ?? unseen
    this.#pausedUntil[row] = pausedUntil === null ? 0 : dayOf(pausedUntil)
    if (pausedUntil !== null) this.#pausing.add(row)
    this.#leastAmount[row] = leastDealValue?.amount ?? 0
    this.#leastCurrency[row] = leastDealValue ? this.#currencies.numberOf(leastDealValue.currency) : 0
    if (leastDealValue) this.#choosy.add(row)
    const phrases = [...new Set(excludedKeywords.map(phraseOf))].filter(phrase => phrase.length > 0)
    if (phrases.length > 0) this.#phrases.set(row, phrases)
    for (const phrase of phrases) this.#keepPhrase(phrase, row)
  }

  #keepPhrase(phrase: string, row: number): void {
    const rows = this.#withPhrase.get(phrase)
    if (rows) {
      rows.add(row)
      return
    }
    this.#withPhrase.set(phrase, new Set([row]))
    this.#countPhrase(phrase, 1)
  }

  #forgetPhrase(phrase: string, row: number): void {
    const rows = this.#withPhrase.get(phrase)
    rows?.delete(row)
    if (rows?.size !== 0) return
    this.#withPhrase.delete(phrase)
    this.#countPhrase(phrase, -1)
  }

  #countPhrase(phrase: string, more: number): void {
    const words = phrase.split(' ')
    const [first = ''] = words
    const counts = this.#phraseStarts.get(first) ?? new Map<number, number>()
    this.#phraseStarts.set(first, counts)
    const count = (counts.get(words.length) ?? 0) + more
    if (count > 0) counts.set(words.length, count)
    else counts.delete(words.length)
    if (counts.size === 0) this.#phraseStarts.delete(first)
  }

  #fillLocations(row: number, { locations, defaultContacts }: ListedProfile): void {
    const shown = locations.slice(0, mostLocations)
    this.#points.set(row, shown.flatMap(pointOfLocation))
    for (const { coordinates } of shown)
      (coordinates ? setIn(this.#cellRows, cellOf(coordinates)) : this.#unplaced).add(row)
    this.#places.set(
      row,
      shown.flatMap(({ id, city }) => [
        this.#locationIds.numberOf(id),
        this.#cities.numberOf(city),
        this.#cityKeys.numberOf(cityKey(city)),
      ]),
    )
    this.#contacts.set(row, [
      ...shown.flatMap(({ contacts }) => [contacts.length, ...contacts.map(hashOf)]),
      ...defaultContacts.map(hashOf),
    ])
  }

  #wordsOf(profile: ListedProfile, codes: readonly number[]): Map<string, number> {
    const worths = new Map<string, number>()
    // A word that stands in several places says more than in one.
    const add = (words: readonly string[], worth: number) => {
      for (const word of new Set(words)) worths.set(word, 1 - (1 - (worths.get(word) ?? 0)) * (1 - worth))
    }
    add(wordsOf(profile.name), fieldWorth.name)
    for (const keyword of profile.keywords) add(wordsOf(keyword), fieldWorth.keywords)
    for (const code of codes) add(this.#labelWords(code), fieldWorth.labels)
    add(wordsOf(profile.headline), fieldWorth.headline)
    return worths
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

  #applyReputation(partner: number, { open, months, affinity }: ReputationEntry): void {
    this.#open[partner] = open
    this.#months.set(partner, encodeMonths(months))
    this.#likings.set(
      partner,
      Object.entries(affinity).flatMap(([key, counts]) => {
        const { good, bad } = likingOf(counts)
        return [this.#codes.numberOf(key), good, bad]
      }),
    )
    this.#visibilityAs = ''
    if (this.#observe) this.#observePartner(partner, this.#observe)
    const row = this.#rowOf[partner] ?? unseen
    if (row !== unseen) this.#judgeLoad(row)
  }

  #observePartner(partner: number, observe: ReturnType<typeof observer>): void {
    const observations = observe(decodeMonths(this.#months.of(partner)))
    learnedParts.forEach((part, index) => {
      const { n, sum } = observations[part]
      const at = partner * observedWidth + index * 2
      // Exact: both are multiples of the same fraction of 1.
      this.#addToTotal(index * 2, n - (this.#observed[at] ?? 0))
      this.#addToTotal(index * 2 + 1, sum - (this.#observed[at + 1] ?? 0))
      this.#observed[at] = n
      this.#observed[at + 1] = sum
    })
  }

  #addToTotal(at: number, more: number): void {
    this.#totals[at] = (this.#totals[at] ?? 0) + more
  }

  #applyHealth(partner: number, { failing }: HealthEntry): void {
    if (failing.length > 0) this.#failing.set(partner, new Set(failing.map(hashOf)))
    else this.#failing.delete(partner)
    const row = this.#rowOf[partner] ?? unseen
    if (row !== unseen) this.#judgeReach(row)
  }

  #judgeLoad(row: number): void {
    const most = this.#mostOpen[row] ?? unseen
    this.#full.put(row, most !== unseen && (this.#open[this.#partnerOf[row] ?? 0] ?? 0) >= most)
  }

  #judgeReach(row: number): void {
    const failing = this.#failing.get(this.#partnerOf[row] ?? 0)
    const contacts = this.#contacts.of(row)
    const isWell = (contact: number) => !failing?.has(contact)
    const locations = this.#places.lengthOf(row) / placeWidth
    let [reachable, at] = [0, 0]
    for (let location = 0; location < locations; location++) {
      const end = at + 1 + (contacts[at] ?? 0)
      if (contacts.subarray(at + 1, end).some(isWell)) reachable |= 1 << location
      at = end
    }
    if (contacts.subarray(at).some(isWell))
      reachable = locations > 0 ? everyLocation >>> (mostLocations - locations) : 0
    this.#reachable[row] = reachable
    this.#deliverable.put(row, (this.#reachable[row] ?? 0) !== 0)
  }

  /** The middle of the places that profiles have in a city, where one has coordinates. */
  whereIs(city: string): Coordinates | undefined {
    const key = this.#cityKeys.find(cityKey(city))
    const sum: [number, number, number] = [0, 0, 0]
    let isKnown = false
    this.#listed.each(row => {
      for (let location = 0; location < this.#places.lengthOf(row) / placeWidth; location++) {
        if (this.#placeIn(row, location, 2) !== key || !this.#hasPoint(row, location)) continue
        isKnown = true
        const start = this.#points.startOf(row) + location * 3
        for (const axis of [0, 1, 2] as const) sum[axis] += this.#points.pool[start + axis] ?? 0
      }
    })
    return isKnown ? coordinatesOf(sum) : undefined
  }

  #placeIn(row: number, location: number, which: 0 | 1 | 2): number {
    return this.#places.pool[this.#places.startOf(row) + location * placeWidth + which] ?? 0
  }

  #hasPoint(row: number, location: number): boolean {
    return !Number.isNaN(this.#points.pool[this.#points.startOf(row) + location * 3])
  }

  /** Brings visibilities up to the day and the ranking. */
  #look({ now, ranking }: Pick<Context, 'now' | 'ranking'>): void {
    const day = now.slice(0, 10)
    const observedAs = [day, ranking.halfLife, ranking.answerHalfTime].join()
    if (observedAs !== this.#observedAs) {
      const observe = observer(now, ranking)
      for (let partner = 0; partner < this.#partners.size; partner++)
        if (this.#months.lengthOf(partner) > 0) this.#observePartner(partner, observe)
      this.#observe = observe
      this.#observedAs = observedAs
      this.#visibilityAs = ''
    }
    const visibilityAs = JSON.stringify(ranking)
    if (visibilityAs === this.#visibilityAs) return
    this.#visibilityAs = visibilityAs
    this.#sorted = undefined
    this.#means = meansOf(observationsAt(this.#totals, 0), ranking)
    this.#weight = weightOf(ranking)
    this.#highest = 0
    this.#listed.each(this.#lookAt(ranking, this.#means))
  }

  /** What visibilityOf the parts is, in the same order of sums, for many rows in little time. */
  #lookAt({ visibility: weights, shrinkage, exploration }: Ranking, means: Means): (row: number) => void {
    const believed = learnedParts.map(part => means[part])
    const weightsOf = learnedParts.map(part => weights[part])
    const fitAt = learnedParts.indexOf('fit')
    const answerRateAt = learnedParts.indexOf('answerRate')
    const share = (sum: number) => (this.#weight > 0 ? sum / this.#weight : 1)
    return row => {
      const start = (this.#partnerOf[row] as number) * observedWidth
      const part = (index: number): number => {
        const n = this.#observed[start + index * 2] as number
        return shrunk(
          this.#observed[start + index * 2 + 1] as number,
          n,
          believed[index] as number,
          shrinkage,
        )
      }
      let before = 0
      for (let index = 0; index < fitAt; index++) before += (weightsOf[index] as number) * part(index)
      const fit = part(fitAt)
      const quality = weights.quality * (this.#qualities[row] as number)
      const visibility = share(before + weights.fit * fit + quality)
      this.#beforeFit[row] = before
      this.#fit[row] = fit
      this.#visibility[row] = visibility
      this.#mostVisible[row] = share(before + weights.fit + quality)
      this.#newcomers.put(row, (this.#observed[start + answerRateAt * 2] as number) < exploration.below)
      if (visibility > this.#highest) this.#highest = visibility
    }
  }

  #observationsOf(partner: number): Observations {
    return observationsAt(this.#observed, partner * observedWidth)
  }

  #visibilityParts(row: number, observations: Observations, ranking: Ranking): VisibilityParts {
    return visibilityParts(observations, this.#means as Means, this.#qualities[row] ?? 0, ranking)
  }

  /** What is known of an active profile's place; undefined for one that is not active. */
  standingOf(partnerId: string, { now, ranking }: Pick<Context, 'now' | 'ranking'>): Standing | undefined {
    this.#look({ now, ranking })
    const row = this.#findRow(partnerId)
    if (row === undefined) return undefined
    const partner = this.#partnerOf[row] ?? 0
    const observations = this.#observationsOf(partner)
    return {
      visibility: this.#visibility[row] ?? 0,
      parts: this.#visibilityParts(row, observations, ranking),
      observations,
      means: this.#means as Means,
      contributors: this.#contributors(),
      isNewcomer: isNewcomer(observations, ranking),
      answerTime: answerTimeOf(this.#monthsOf(partner), now, ranking),
      open: this.#open[partner] ?? 0,
      mostOpen: this.#mostOpenOf(row),
      isDeliverable: this.#deliverable.has(row),
    }
  }

  #contributors(): Standing['contributors'] {
    const counts = learnedParts.map((part, index) => {
      let count = 0
      for (let partner = 0; partner < this.#partners.size; partner++)
        count += Number((this.#observed[partner * observedWidth + index * 2] ?? 0) > 0)
      return [part, count]
    })
    return Object.fromEntries(counts)
  }

  /** The visibility of each active profile, rising. */
  visibilities(as: Pick<Context, 'now' | 'ranking'>): Float64Array {
    this.#look(as)
    this.#sorted ??= this.#sortedVisibilities()
    return this.#sorted
  }

  #sortedVisibilities(): Float64Array {
    const sorted = new Float64Array(this.#count)
    let next = 0
    this.#listed.each(row => {
      sorted[next++] = this.#visibility[row] ?? 0
    })
    return sorted.sort()
  }

  /** In which share of active profiles visibility is lower, in [0, 1]; of equals, half count as lower. */
  quantileOf(visibility: number, as: Pick<Context, 'now' | 'ranking'>): number {
    const sorted = this.visibilities(as)
    if (sorted.length === 0) return 0
    const lower = firstWhere(sorted, value => value >= visibility)
    const notHigher = firstWhere(sorted, value => value > visibility)
    return (lower + notHigher) / 2 / sorted.length
  }

  #monthsOf(partner: number): Month[] {
    const months: Month[] = []
    for (const month of decodeMonths(this.#months.of(partner)))
      months.push({ ...month, answers: [...month.answers] })
    return months
  }

  search(search: Search, context: Context): Found {
    this.#look(context)
    const asked = this.#ask(search)
    const text = this.#searchText(search)
    const near = this.#nearOf(search)
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
    if (text) this.#forgetText(text)
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

  /** Sums per row the rarity of each word that it has, times what the word is worth there. */
  #searchText({ text, match }: Search): TextFound | undefined {
    const words = [...new Set(wordsOf(text ?? ''))].slice(0, mostWords)
    const isForgiving = words.length <= mostTypedWords
    const [sums, worths] = [this.#textSums, this.#wordWorths]
    const rows = new Bits(this.#rows)
    const typed: Word[] = []
    let whole = 0
    for (const word of words) {
      const having = new Bits(this.#rows)
      this.#vocabulary.find(word, isForgiving, (row, worth) => {
        having.add(row)
        if (worth > (worths[row] as number)) worths[row] = worth
      })
      const count = having.count
      if (count === 0) continue
      const rarity = rarityOf(count, this.#count)
      whole += rarity
      having.each(row => {
        sums[row] = (sums[row] as number) + rarity * (worths[row] as number)
        worths[row] = 0
      })
      rows.or(having)
      if (isForgiving) typed.push({ word, rows: having })
    }
    // Words that nobody has place nobody; in a directory they find nobody.
    const isFilter = match === 'all-lists' && words.length > 0
    return whole > 0 || isFilter ? { rows, typed, whole, isFilter } : undefined
  }

  #forgetText({ rows }: TextFound): void {
    const sums = this.#textSums
    rows.each(row => {
      sums[row] = 0
    })
  }

  #nearOf({ near, city, radiusKm }: Search): Near | undefined {
    const point = near && pointOf(near)
    const key = city === undefined ? undefined : (this.#cityKeys.find(cityKey(city)) ?? unseen)
    return point || key !== undefined ? { point, key, radiusKm } : undefined
  }

  /** What matches, and what matches all but one of the filters, which facets are counted in. */
  #match(search: Search, asked: Asked, text: TextFound | undefined, near: Near | undefined): Matched {
    const rows = Bits.copyOf(this.#listed)
    for (const partnerId of search.without ?? []) {
      const row = this.#findRow(partnerId)
      if (row !== undefined) rows.delete(row)
    }
    if (text?.isFilter) rows.and(text.rows)
    if (search.match === 'any' && asked.count > 0) rows.and(this.#withCodes(asked.numbers))
    const filters = search.match === 'any' ? [] : this.#filters(search, asked)
    const nearly = Bits.copyOf(rows)
    for (const filter of filters) {
      nearly.and(filter.rows).or(rows)
      rows.and(filter.rows)
    }
    if (near?.radiusKm === undefined) return { rows, nearly, filters }
    const within = this.#within(search.facets ? nearly : rows, near, near.radiusKm)
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

  #within(rows: Bits, near: Near, radiusKm: number): Bits {
    const within = new Bits(this.#rows)
    const most = squareOf(radiusKm)
    this.#around(near, radiusKm)
      .and(rows)
      .each(row => {
        if (this.#nearest(row, near) <= most) within.add(row)
      })
    return within
  }

  /** Who may have a place within, by the squares of one degree that are not farther away. */
  #around({ point }: Near, radiusKm: number): Bits {
    const most = squareOf(radiusKm + cellKm)
    const cells = [...this.#cellRows].filter(
      ([cell]) => !point || squareBetween(middleOf(cell), point) <= most,
    )
    return Bits.union([this.#unplaced, ...cells.map(([, those]) => those)])
  }

  /** The square to the row's nearest place; infinite where none is known. */
  #nearest(row: number, near: Near): number {
    let least = Number.POSITIVE_INFINITY
    const reachable = this.#reachable[row] || everyLocation
    const locations = this.#places.lengthOf(row) / placeWidth
    for (let location = 0; location < locations; location++) {
      if (((reachable >>> location) & 1) === 0) continue
      const square = this.#squareTo(row, location, near)
      if (square < least) least = square
    }
    return least
  }

  /** A place in the customer's city is next door, unless coordinates say more. */
  #squareTo(row: number, location: number, { point, key }: Near): number {
    if (point) {
      const { pool } = this.#points
      const start = this.#points.startOf(row) + location * 3
      const x = pool[start] as number
      if (!Number.isNaN(x))
        return (
          (x - point[0]) ** 2 +
          ((pool[start + 1] as number) - point[1]) ** 2 +
          ((pool[start + 2] as number) - point[2]) ** 2
        )
    }
    return key !== undefined && this.#placeIn(row, location, 2) === key ? 0 : Number.POSITIVE_INFINITY
  }

  /** Who would rather not be sent what is asked, or cannot be: reason by reason, in the order in which they are told. */
  #barred({ codes, industries = codes.industries, capacity, ...asked }: Search, { now }: Context): Barred[] {
    const { size, text, budget } = asked
    const today = dayOf(now)
    const rows: Readonly<Record<Exclusion, () => Bits | undefined>> = {
      paused: () => this.#where(this.#pausing, row => (this.#pausedUntil[row] ?? 0) > today),
      full: () => (capacity === undefined ? this.#full : this.#laden(capacity)),
      undeliverable: () => Bits.copyOf(this.#listed).without(this.#deliverable),
      size: () => (size === undefined ? undefined : this.#ofOtherSizes(size)),
      industry: () => this.#refusingAny(industries ?? []),
      keyword: () => (text === undefined ? undefined : this.#withPhrases(text)),
      'deal-value': () => budget && this.#wantingMore(budget),
    }
    return exclusions.flatMap(why => {
      const barred = rows[why]()
      return barred ? [{ why, rows: barred }] : []
    })
  }

  #laden(capacity: number): Bits {
    return this.#where(this.#listed, row => this.#freeShare(row, capacity) <= 0)
  }

  #freeShare(row: number, capacity: number): number {
    const most = this.#mostOpen[row] as number
    const open = this.#open[this.#partnerOf[row] as number] as number
    return freeShare(open, most === unseen ? capacity : most)
  }

  #where(rows: Bits, isSo: (row: number) => boolean): Bits {
    const those = new Bits()
    rows.each(row => {
      if (isSo(row)) those.add(row)
    })
    return those
  }

  #ofOtherSizes(size: string): Bits {
    return Bits.copyOf(this.#listed)
      .without(this.#ofEverySize)
      .without(this.#sizeRows.get(size) ?? new Bits())
  }

  #refusingAny(industries: readonly string[]): Bits | undefined {
    const numbers = industries.map(code => this.#codes.find(`industries/${code}`) ?? unseen)
    return Bits.union(numbers.map(number => this.#refusing.get(number)))
  }

  #withPhrases(text: string): Bits {
    const those = new Bits()
    eachPhrase(
      text,
      word => this.#phraseStarts.get(word)?.keys() ?? [],
      phrase => {
        for (const row of this.#withPhrase.get(phrase) ?? []) those.add(row)
      },
    )
    return those
  }

  #wantingMore({ amount, currency }: Money): Bits {
    const number = this.#currencies.find(currency)
    return this.#where(
      this.#choosy,
      row => this.#leastCurrency[row] === number && amount < (this.#leastAmount[row] ?? 0),
    )
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
    const sums = this.#textSums
    return (row, least) => {
      const mostVisible = row === request.explored ? 1 : (this.#mostVisible[row] as number)
      if (mostVisible < least) return below
      const tagsPart = hasTags ? this.#tagsOf(row, asked) : 0
      const textPart = text ? (sums[row] as number) / text.whole : 0
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
      return scoreOf(relevance(distancePart(kmOf(this.#nearest(row, near)), ranking)), visibility)
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
    if (this.#ofEverySize.has(row)) return unsaid
    return this.#sizeRows.get(size)?.has(row) ? 1 : 0
  }

  #languageOf(row: number, speaking: Bits | undefined): number {
    if (speaking?.has(row)) return 1
    return this.#ofNoLanguage.has(row) ? unsaid : 0
  }

  /** The newcomer whose turn it is. */
  #firstNewcomer(rows: Bits, seed: number): number {
    const first = new Best(1, undefined, row => this.#partnerIdOf(row))
    Bits.copyOf(rows)
      .and(this.#newcomers)
      .each(row => first.offer(row, 0, tieOf(seed, this.#hashes[row] as number)))
    return first.ranked[0]?.row ?? unseen
  }

  /** With its fit for what is asked; and of a newcomer, in its turn, at least that of the best. */
  #shownVisibility(row: number, { asked, context, explored }: Request): number {
    const own = this.#ownVisibility(row, asked, context.ranking)
    return row === explored ? Math.max(own, this.#highest) : own
  }

  #ownVisibility(row: number, asked: Asked, ranking: Ranking): number {
    const liking = asked.numbers.length > 0 ? this.#likingOf(row, asked) : noLiking
    if (liking.good + liking.bad === 0) return this.#visibility[row] as number
    const { fit, quality } = ranking.visibility
    const fitHere = fitFor(this.#fit[row] as number, liking, ranking)
    const sum = (this.#beforeFit[row] as number) + fit * fitHere + quality * (this.#qualities[row] as number)
    return this.#weight > 0 ? sum / this.#weight : 1
  }

  /** What the partner made of referrals that asked for one of the codes. */
  #likingOf(row: number, { isAsked }: Asked): Liking {
    const partner = this.#partnerOf[row] as number
    const { pool } = this.#likings
    const start = this.#likings.startOf(partner)
    const end = start + this.#likings.lengthOf(partner)
    let [good, bad] = [0, 0]
    for (let index = start; index < end; index += 3) {
      if (isAsked[pool[index] as number] !== 1) continue
      good += pool[index + 1] as number
      bad += pool[index + 2] as number
    }
    return good + bad === 0 ? noLiking : { good, bad }
  }

  #describe({ row, tie, score }: Ranked, request: Request): Hit {
    const { search, context, asked, text, near, explored } = request
    const { now, ranking } = context
    const partner = this.#partnerOf[row] ?? 0
    const location = this.#locationFor(row, near)
    const square =
      near?.point && this.#hasPoint(row, location) ? this.#squareTo(row, location, near) : undefined
    const own = this.#ownVisibility(row, asked, ranking)
    const isBoosted = row === explored && own < this.#highest
    return {
      ...{ partnerId: this.#partnerIdOf(row), score, tie },
      parts: {
        relevance: this.#relevanceParts(row, request),
        visibility: this.#partsFor(row, asked, ranking),
      },
      explored: isBoosted ? { visibility: this.#highest } : null,
      name: this.#names[row] ?? '',
      headline: this.#headlines[row] ?? '',
      languages: this.#languages[row] ?? [],
      locationId: this.#locationIds.nameOf(this.#placeIn(row, location, 0)),
      city: this.#cities.nameOf(this.#placeIn(row, location, 1)),
      distanceKm: square === undefined ? undefined : kmOf(square),
      matched: this.#matchedOf(row, search),
      words: (text?.typed ?? []).filter(({ rows }) => rows.has(row)).map(({ word }) => word),
      answerTime: answerTimeOf(this.#monthsOf(partner), now, ranking),
      open: this.#open[partner] ?? 0,
      mostOpen: this.#mostOpenOf(row),
    }
  }

  /** The nearest that can be reached, or else the first. */
  #locationFor(row: number, near: Near | undefined): number {
    const reachable = this.#reachable[row] || everyLocation
    let [best, least] = [unseen, Number.POSITIVE_INFINITY]
    for (let location = 0; location < this.#places.lengthOf(row) / placeWidth; location++) {
      if (((reachable >>> location) & 1) === 0) continue
      const square = near ? this.#squareTo(row, location, near) : 0
      if (best !== unseen && square >= least) continue
      best = location
      least = square
    }
    return Math.max(0, best)
  }

  #relevanceParts(row: number, { search, context, asked, text, near }: Request): RelevanceParts {
    const { size, language } = search
    const speaking = language === undefined ? undefined : this.#languageRows.get(languageOf(language))
    return {
      ...(asked.count > 0 && { tags: this.#tagsOf(row, asked) }),
      ...(text && { text: (this.#textSums[row] ?? 0) / text.whole }),
      ...(near && { distance: distancePart(kmOf(this.#nearest(row, near)), context.ranking) }),
      ...(size !== undefined && { size: this.#sizeOf(row, size) }),
      ...(language !== undefined && { language: this.#languageOf(row, speaking) }),
    }
  }

  #partsFor(row: number, asked: Asked, ranking: Ranking): VisibilityParts {
    const parts = this.#visibilityParts(row, this.#observationsOf(this.#partnerOf[row] ?? 0), ranking)
    const liking = this.#likingOf(row, asked)
    return liking === noLiking ? parts : { ...parts, fit: fitFor(parts.fit, liking, ranking) }
  }

  #mostOpenOf(row: number): number | null {
    const most = this.#mostOpen[row] ?? unseen
    return most === unseen ? null : most
  }

  #matchedOf(row: number, { codes, size, language }: Search): Hit['matched'] {
    const spoken = language && languageOf(language)
    return [
      ...tagLists.flatMap(list =>
        [...new Set(codes[list] ?? [])]
          .filter(code => this.#codeRows[this.#codes.find(`${list}/${code}`) ?? unseen]?.has(row))
          .map(code => ({ list, code })),
      ),
      ...(size && this.#sizeRows.get(size)?.has(row) ? [{ list: 'customerSizes' as const, code: size }] : []),
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
      ...{ industries: ofCodes('industries'), products: ofCodes('products') },
      ...{ services: ofCodes('services'), solutions: ofCodes('solutions') },
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
    const every = this.#ofEverySize.countWith(rows)
    const spokenOf = [...this.#sizeRows].filter(([, those]) => those.count > 0)
    return facetOf(spokenOf.map(([code, those]) => [code, those.countWith(rows) + every]))
  }

  /** What it takes, for the most part: its arrays, and strings of usual lengths. */
  get bytes(): number {
    const perRow = [this.#partnerOf, this.#hashes, this.#qualities, this.#mostOpen, this.#pausedUntil]
    const more = [this.#leastAmount, this.#leastCurrency, this.#own, this.#reachable, this.#visibility]
    const scratch = [
      this.#beforeFit,
      this.#fit,
      this.#textSums,
      this.#wordWorths,
      this.#observed,
      this.#rowOf,
    ]
    const arrays = [...perRow, ...more, ...scratch, this.#open, ...Object.values(this.#versions)]
    const sets = [...this.#codeRows, ...this.#refusing.values(), ...this.#sizeRows.values()]
    const lists = [this.#months, this.#likings, this.#codesOf, this.#points, this.#places, this.#contacts]
    const strings = this.#names.reduce(
      (sum, name, row) => sum + name.length + (this.#headlines[row]?.length ?? 0),
      0,
    )
    return (
      arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) +
      sets.reduce((sum, set) => sum + (set?.bytes ?? 0), 0) +
      lists.reduce((sum, { bytes }) => sum + bytes, 0) +
      this.#vocabulary.bytes +
      strings +
      this.#partners.size * bytesOfPartner
    )
  }
}

/** An id of 30 letters in a map and a list, and a row's references to strings. */
const bytesOfPartner = 150

const placeWidth = 3
/** Of a location there is a bit. */
const mostLocations = 32
const everyLocation = 0xffffffff
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

interface Word {
  readonly word: string
  readonly rows: Bits
}

interface TextFound {
  readonly rows: Bits
  /** The words of a typed text that somebody has; of prose, none. */
  readonly typed: readonly Word[]
  /** What the sum of a row is a share of. */
  readonly whole: number
  readonly isFilter: boolean
}

interface Near {
  readonly point: Point | undefined
  /** By what the customer's city is known. */
  readonly key: number | undefined
  readonly radiusKm: number | undefined
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

/** From the middle of a square of one degree to its corner, at the equator, where it is largest: half of √2 × 111.2 km. */
const cellKm = 79
const cellOf = ({ latitude, longitude }: Coordinates): string =>
  `${Math.floor(latitude)} ${Math.floor(longitude)}`
const middleOf = (cell: string): Point => {
  const [latitude = 0, longitude = 0] = cell.split(' ').map(degrees => Number(degrees) + 0.5)
  return pointOf({ latitude, longitude })
}

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

const noLiking: Liking = { good: 0, bad: 0 }

const setIn = <K>(sets: Map<K, Bits>, key: K): Bits => {
  const set = sets.get(key) ?? new Bits()
  sets.set(key, set)
  return set
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

const pointOfLocation = ({ coordinates }: ListedLocation): Point =>
  coordinates ? pointOf(coordinates) : [Number.NaN, Number.NaN, Number.NaN]

const facetOf = (counts: readonly (readonly [code: string, count: number])[]): Facets['languages'] =>
  counts
    .filter(([, count]) => count > 0)
    .map(([code, count]) => ({ code, count }))
    .toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))

const weightOf = ({ visibility: weights }: Ranking): number => {
  let sum = 0
  for (const part of learnedParts) sum += weights[part]
  return sum + weights.quality
}

const observationsAt = (numbers: Float64Array, at: number): Observations =>
  Object.fromEntries(
    learnedParts.map((part, index): [string, Observed] => [
      part,
      { n: numbers[at + index * 2] ?? 0, sum: numbers[at + index * 2 + 1] ?? 0 },
    ]),
  ) as unknown as Observations
