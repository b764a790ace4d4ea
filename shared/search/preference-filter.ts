/** Preferences of all profiles, by reason: which rows exclude a request. `whyExcluded` in exclusion.ts decides for one. */
import type { Money } from '../kernel/money.ts'
import { eachPhrase, phraseOf } from '../text/tokenizer.ts'
import { Bitset, rowsOfAny, setOf } from './bitset.ts'
import type { ListedProfile } from './entry.ts'
import { dayNumber, isAtLimit, isBelowMinimum, isPausedOn } from './exclusion.ts'
import { grown } from './growable.ts'
import { Interner } from './interner.ts'
import { unstated } from './ranking.ts'

const noLimit = -1

export class PreferenceFilter {
  /** Rows that have as many open referrals as they accept. */
  readonly full = new Bitset()
  /** Rows that name no sizes, and so serve all of them. */
  readonly #anySize = new Bitset()
  readonly #sizes = new Map<string, Bitset>()
  readonly #pausing = new Bitset()
  /** By row: a day number. */
  #pausedUntil = new Uint32Array(0)
  #maxOpen = new Int32Array(0)
  /** By excluded industry. */
  readonly #industries = new Map<string, Bitset>()
  readonly #withMinimum = new Bitset()
  #minimumAmount = new Float64Array(0)
  #minimumCurrency = new Uint16Array(0)
  readonly #currencies = new Interner()
  /** Excluded keywords as phrases, by row, and rows by phrase. */
  readonly #phrases = new Map<number, readonly string[]>()
  readonly #rowsByPhrase = new Map<string, Set<number>>()
  /** By the first word of phrases: the number of phrases of each length. */
  readonly #phraseLengths = new Map<string, Map<number, number>>()

  set(
    row: number,
    { customerSizes, preferences }: Pick<ListedProfile, 'customerSizes' | 'preferences'>,
  ): void {
    const { minDealValue, excludedKeywords, excludedIndustries, maxOpenReferrals, pausedUntil } = preferences
    if (customerSizes.length === 0) this.#anySize.add(row)
    for (const size of customerSizes) setOf(this.#sizes, size).add(row)
    for (const industry of excludedIndustries) setOf(this.#industries, industry).add(row)
    this.#maxOpen = grown(this.#maxOpen, row + 1)
    this.#maxOpen[row] = maxOpenReferrals ?? noLimit
    this.#pausedUntil = grown(this.#pausedUntil, row + 1)
    this.#pausedUntil[row] = pausedUntil === null ? 0 : dayNumber(pausedUntil)
    this.#pausing.put(row, pausedUntil !== null)
    this.#minimumAmount = grown(this.#minimumAmount, row + 1)
    this.#minimumAmount[row] = minDealValue?.amount ?? 0
    this.#minimumCurrency = grown(this.#minimumCurrency, row + 1)
    this.#minimumCurrency[row] = minDealValue ? this.#currencies.numberOf(minDealValue.currency) : 0
    this.#withMinimum.put(row, minDealValue !== null)
    const phrases = [...new Set(excludedKeywords.map(phraseOf))].filter(phrase => phrase.length > 0)
    if (phrases.length > 0) this.#phrases.set(row, phrases)
    for (const phrase of phrases) this.#addPhrase(phrase, row)
  }

  delete(row: number): void {
    const sets = [this.full, this.#anySize, this.#pausing, this.#withMinimum]
    for (const set of [...sets, ...this.#sizes.values(), ...this.#industries.values()]) set.delete(row)
    for (const phrase of this.#phrases.get(row) ?? []) this.#deletePhrase(phrase, row)
    this.#phrases.delete(row)
  }

  /** Updates whether a row is full. */
  setOpen(row: number, open: number): void {
    const maxOpen = this.maxOpenOf(row)
    this.full.put(row, maxOpen !== null && isAtLimit(open, maxOpen))
  }

  /** Number of referrals that a row accepts at once; null if it sets no limit. */
  maxOpenOf(row: number): number | null {
    const maxOpen = this.#maxOpen[row] ?? noLimit
    return maxOpen === noLimit ? null : maxOpen
  }

  pausedOn(date: string): Bitset {
    const today = dayNumber(date)
    return this.#pausing.filter(row => isPausedOn(this.#pausedUntil[row] ?? 0, today))
  }

  serves(row: number, size: string): boolean {
    return this.#sizes.get(size)?.has(row) ?? false
  }

  /** Rows that name one of the sizes. The caller must not change the set. */
  serving(sizes: readonly string[]): Bitset {
    return rowsOfAny(this.#sizes, sizes)
  }

  /** Size part of a row. @param serving rows that name one of the customer's sizes */
  sizePartOf(row: number, serving: Bitset): number {
    if (this.#anySize.has(row)) return unstated
    return serving.has(row) ? 1 : 0
  }

  /** Those of `rows` that serve other sizes only. @param serving rows that name one of the customer's sizes */
  servingOthers(serving: Bitset, rows: Bitset): Bitset {
    return Bitset.copyOf(rows).andNot(this.#anySize).andNot(serving)
  }

  /** Number of rows that serve each size. Rows that name no sizes count for each size that others name. */
  countSizes(rows: Bitset): [size: string, count: number][] {
    const any = this.#anySize.countWith(rows)
    const named = [...this.#sizes].filter(([, having]) => having.count > 0)
    return named.map(([size, having]) => [size, having.countWith(rows) + any])
  }

  excludingIndustries(industries: readonly string[]): Bitset {
    return Bitset.union(industries.map(industry => this.#industries.get(industry)))
  }

  /** Rows that exclude a phrase of the text. Only word sequences of an indexed phrase's first word and length are looked up. */
  excludingText(text: string): Bitset {
    const rows = new Bitset()
    eachPhrase(
      text,
      word => this.#phraseLengths.get(word)?.keys() ?? [],
      phrase => {
        for (const row of this.#rowsByPhrase.get(phrase) ?? []) rows.add(row)
      },
    )
    return rows
  }

  excludingBudget({ amount, currency }: Money): Bitset {
    const number = this.#currencies.find(currency)
    return this.#withMinimum.filter(row =>
      isBelowMinimum(amount, number, this.#minimumAmount[row] ?? 0, this.#minimumCurrency[row]),
    )
  }

  #addPhrase(phrase: string, row: number): void {
    const rows = this.#rowsByPhrase.get(phrase)
    if (rows) {
      rows.add(row)
      return
    }
    this.#rowsByPhrase.set(phrase, new Set([row]))
    this.#countPhrase(phrase, 1)
  }

  #deletePhrase(phrase: string, row: number): void {
    const rows = this.#rowsByPhrase.get(phrase)
    rows?.delete(row)
    if (rows?.size !== 0) return
    this.#rowsByPhrase.delete(phrase)
    this.#countPhrase(phrase, -1)
  }

  #countPhrase(phrase: string, change: 1 | -1): void {
    const words = phrase.split(' ')
    const [first = ''] = words
    const counts = this.#phraseLengths.get(first) ?? new Map<number, number>()
    this.#phraseLengths.set(first, counts)
    const count = (counts.get(words.length) ?? 0) + change
    if (count > 0) counts.set(words.length, count)
    else counts.delete(words.length)
    if (counts.size === 0) this.#phraseLengths.delete(first)
  }
}
