/** Who of a region would rather not be sent what is asked: what `whyExcluded` says of one, for many at once. */
import type { Money } from '../kernel/contract.ts'
import { eachPhrase, phraseOf } from '../text/tokenizer.ts'
import { Bits, grown, Names, setIn } from './columns.ts'
import type { ListedProfile } from './entry.ts'

const unlimited = -1

export class Wishes {
  /** Who has as many referrals open as it can have. */
  readonly full = new Bits()
  /** Who says nothing of sizes serves each. */
  readonly ofEverySize = new Bits()
  readonly sizes = new Map<string, Bits>()
  readonly #pausing = new Bits()
  #pausedUntil = new Uint32Array(0)
  #mostOpen = new Int32Array(0)
  readonly #refusing = new Map<string, Bits>()
  readonly #choosy = new Bits()
  #leastAmount = new Float64Array(0)
  #leastCurrency = new Uint16Array(0)
  readonly #currencies = new Names()
  /** Phrases of excluded keywords: by row, and who has which. */
  readonly #phrases = new Map<number, readonly string[]>()
  readonly #withPhrase = new Map<string, Set<number>>()
  /** By first word: how many phrases there are of each length. */
  readonly #phraseStarts = new Map<string, Map<number, number>>()

  set(
    row: number,
    { customerSizes, preferences }: Pick<ListedProfile, 'customerSizes' | 'preferences'>,
  ): void {
    const { leastDealValue, excludedKeywords, excludedIndustries, mostOpenReferrals, pausedUntil } =
      preferences
    if (customerSizes.length === 0) this.ofEverySize.add(row)
    for (const size of customerSizes) setIn(this.sizes, size).add(row)
    for (const industry of excludedIndustries) setIn(this.#refusing, industry).add(row)
    this.#mostOpen = grown(this.#mostOpen, row + 1)
    this.#mostOpen[row] = mostOpenReferrals ?? unlimited
    this.#pausedUntil = grown(this.#pausedUntil, row + 1)
    this.#pausedUntil[row] = pausedUntil === null ? 0 : dayOf(pausedUntil)
    this.#pausing.put(row, pausedUntil !== null)
    this.#leastAmount = grown(this.#leastAmount, row + 1)
    this.#leastAmount[row] = leastDealValue?.amount ?? 0
    this.#leastCurrency = grown(this.#leastCurrency, row + 1)
    this.#leastCurrency[row] = leastDealValue ? this.#currencies.numberOf(leastDealValue.currency) : 0
    this.#choosy.put(row, leastDealValue !== null)
    const phrases = [...new Set(excludedKeywords.map(phraseOf))].filter(phrase => phrase.length > 0)
    if (phrases.length > 0) this.#phrases.set(row, phrases)
    for (const phrase of phrases) this.#keepPhrase(phrase, row)
  }

  clear(row: number): void {
    const sets = [this.full, this.ofEverySize, this.#pausing, this.#choosy]
    for (const set of [...sets, ...this.sizes.values(), ...this.#refusing.values()]) set.delete(row)
    for (const phrase of this.#phrases.get(row) ?? []) this.#forgetPhrase(phrase, row)
    this.#phrases.delete(row)
  }

  /** Judges who is full, by how many referrals are open. */
  judge(row: number, open: number): void {
    const most = this.mostOpenOf(row)
    this.full.put(row, most !== null && open >= most)
  }

  /** How many referrals it can have open at once; null: it does not say. */
  mostOpenOf(row: number): number | null {
    const most = this.#mostOpen[row] ?? unlimited
    return most === unlimited ? null : most
  }

  pausedOn(date: string): Bits {
    const day = dayOf(date)
    return this.#pausing.where(row => (this.#pausedUntil[row] ?? 0) > day)
  }

  /** Those of the rows that serve other sizes only. */
  ofOtherSizes(size: string, rows: Bits): Bits {
    return Bits.copyOf(rows)
      .without(this.ofEverySize)
      .without(this.sizes.get(size) ?? new Bits())
  }

  refusingAny(industries: readonly string[]): Bits {
    return Bits.union(industries.map(industry => this.#refusing.get(industry)))
  }

  refusingText(text: string): Bits {
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

  wantingMoreThan({ amount, currency }: Money): Bits {
    const number = this.#currencies.find(currency)
    return this.#choosy.where(
      row => this.#leastCurrency[row] === number && amount < (this.#leastAmount[row] ?? 0),
    )
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

  get bytes(): number {
    const arrays = [this.#pausedUntil, this.#mostOpen, this.#leastAmount, this.#leastCurrency]
    const sets = [...this.sizes.values(), ...this.#refusing.values(), this.full, this.ofEverySize]
    return (
      arrays.reduce((sum, { byteLength }) => sum + byteLength, 0) +
      sets.reduce((sum, { bytes }) => sum + bytes, 0)
    )
  }
}

/** YYYY-MM-DD as a number that sorts alike. */
const dayOf = (date: string): number => Number(date.slice(0, 10).replaceAll('-', ''))
