/** Index of preferences: for each kind of preference, the rows that exclude a request. For one profile see exclusion.ts. */
import type { Money } from '../kernel/money.ts'
import { forEachPhrase, phraseOf } from '../text/tokenizer.ts'
import { Bitset, getOrCreateSet, rowsOfAny } from './bitset.ts'
import type { ListedProfile } from './entry.ts'
import { dayNumber, isAtLimit, isBelowMinimum, isPausedOn } from './exclusion.ts'
import { withCapacity } from './growable.ts'
import { Interner } from './interner.ts'
import { neutralPart } from './ranking.ts'

const noLimit = -1

export class PreferenceFilter {
  /** Rows that have as many open referrals as they accept at the same time. */
  readonly full = new Bitset()
  /** Rows that name no sizes: they serve all sizes. */
  readonly #anySize = new Bitset()
  readonly #sizes = new Map<string, Bitset>()
  readonly #pausing = new Bitset()
  /** First day after the pause by row, as a day number; 0 without a pause. */
  #pausedUntil = new Uint32Array(0)
  #maxOpen = new Int32Array(0)
  /** Rows by excluded industry. */
  readonly #industries = new Map<string, Bitset>()
  readonly #withMinimum = new Bitset()
  #minimumAmount = new Float64Array(0)
  #minimumCurrency = new Uint16Array(0)
  readonly #currencies = new Interner()
  /** Excluded keywords by row, as phrases. */
  readonly #phrases = new Map<number, readonly string[]>()
  readonly #rowsByPhrase = new Map<string, Set<number>>()
  /** Number of phrases by their first word and their length in words. */
  readonly #phraseLengths = new Map<string, Map<number, number>>()

  set(
    row: number,
    { customerSizes, preferences }: Pick<ListedProfile, 'customerSizes' | 'preferences'>,
  ): void {
    const { minDealValue, excludedKeywords, excludedIndustries, maxOpenReferrals, pausedUntil } = preferences
    if (customerSizes.length === 0) this.#anySize.add(row)
    for (const size of customerSizes) getOrCreateSet(this.#sizes, size).add(row)
    for (const industry of excludedIndustries) getOrCreateSet(this.#industries, industry).add(row)
    this.#maxOpen = withCapacity(this.#maxOpen, row + 1)
    this.#maxOpen[row] = maxOpenReferrals ?? noLimit
    this.#pausedUntil = withCapacity(this.#pausedUntil, row + 1)
    this.#pausedUntil[row] = pausedUntil === null ? 0 : dayNumber(pausedUntil)
    this.#pausing.put(row, pausedUntil !== null)
    this.#minimumAmount = withCapacity(this.#minimumAmount, row + 1)
    this.#minimumAmount[row] = minDealValue?.amount ?? 0
    this.#minimumCurrency = withCapacity(this.#minimumCurrency, row + 1)
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

  /** Sets the number of open referrals of a row. */
  setOpen(row: number, open: number): void {
    const maxOpen = this.maxOpenOf(row)
    this.full.put(row, maxOpen !== null && isAtLimit(open, maxOpen))
  }

  /** Returns the number of open referrals that a row accepts at the same time; null if it has no limit. */
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

  /** Returns the rows that name one of the sizes. The caller must not change the set. */
  serving(sizes: readonly string[]): Bitset {
    return rowsOfAny(this.#sizes, sizes)
  }

  /**
   * Returns the relevance part `size`: 1 if the row serves a size, 0 if not, 0.5 if it names no sizes.
   * @param serving rows that name one of the customer's sizes
   */
  sizePartOf(row: number, serving: Bitset): number {
    if (this.#anySize.has(row)) return neutralPart
    return serving.has(row) ? 1 : 0
  }

  /** Returns those of `rows` that serve only other sizes. @param serving rows that name one of the customer's sizes */
  servingOthers(serving: Bitset, rows: Bitset): Bitset {
    return Bitset.copyOf(rows).andNot(this.#anySize).andNot(serving)
  }

  /** Returns the number of rows that serve each size. Rows that name no sizes count for each size that others name. */
  countSizes(rows: Bitset): [size: string, count: number][] {
    const any = this.#anySize.countWith(rows)
    const named = [...this.#sizes].filter(([, having]) => having.count > 0)
    return named.map(([size, having]) => [size, having.countWith(rows) + any])
  }

  excludingIndustries(industries: readonly string[]): Bitset {
    return Bitset.union(industries.map(industry => this.#industries.get(industry)))
  }

  /**
   * Returns the rows that exclude a phrase of the text. For speed, it looks up only sequences of words with the first word
   * and the length of an indexed phrase.
   */
  excludingText(text: string): Bitset {
    const rows = new Bitset()
    forEachPhrase(
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
