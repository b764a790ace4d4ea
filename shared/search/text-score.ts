/** What is said of rows in words, and how well that answers a text. */

import { wordsOf } from '../text/tokenizer.ts'
import { Bits, grown } from './columns.ts'
import type { ListedProfile } from './entry.ts'
import { Vocabulary } from './inverted-index.ts'
import { rarityOf } from './ranking.ts'

/** What a word is worth by where it stands; in two places, 1 − (1 − one) × (1 − other). */
const fieldWorth = { name: 1, keywords: 0.9, labels: 0.8, headline: 0.7 } as const

/** More words than these are prose: its words are not taken for mistyped ones. */
const mostTypedWords = 8
/** Of a longer text only so many different words are looked for. */
const mostWords = 250

/** A text's words as they are found in rows. */
export interface TextFound {
  /** Who has at least one. */
  readonly rows: Bits
  /** The words of a typed text that somebody has; of prose, none. */
  readonly typed: readonly { readonly word: string; readonly rows: Bits }[]
  /** The text part of a row of which something was found: the share of the words' rarity that it has. */
  readonly partOf: (row: number) => number
}

export class Texts {
  readonly #vocabulary = new Vocabulary()
  /** Of one search after the other: what a row has of the text, and of one word. */
  #sums = new Float64Array(0)
  #worths = new Float64Array(0)

  /** @param labels per code, the words of what it is called */
  set(
    row: number,
    { name, keywords, headline }: Pick<ListedProfile, 'name' | 'keywords' | 'headline'>,
    labels: readonly (readonly string[])[],
  ): void {
    const worths = new Map<string, number>()
    // A word that stands in several places says more than in one.
    const add = (words: readonly string[], worth: number) => {
      for (const word of new Set(words)) worths.set(word, 1 - (1 - (worths.get(word) ?? 0)) * (1 - worth))
    }
    add(wordsOf(name), fieldWorth.name)
    for (const keyword of keywords) add(wordsOf(keyword), fieldWorth.keywords)
    for (const words of labels) add(words, fieldWorth.labels)
    add(wordsOf(headline), fieldWorth.headline)
    this.#vocabulary.set(row, worths)
    this.#sums = grown(this.#sums, row + 1)
    this.#worths = grown(this.#worths, row + 1)
  }

  clear(row: number): void {
    this.#vocabulary.set(row, new Map())
  }

  /**
   * Sums per row the rarity of each word that it has, times what the word is worth there. The next search begins with
   * `forget`.
   * @param all how many rows there are
   * @returns undefined if the text has no words
   */
  find(text: string, all: number): TextFound | undefined {
    const words = [...new Set(wordsOf(text))].slice(0, mostWords)
    if (words.length === 0) return undefined
    const isTyped = words.length <= mostTypedWords
    const [sums, worths] = [this.#sums, this.#worths]
    const rows = new Bits(sums.length)
    const typed: { word: string; rows: Bits }[] = []
    let whole = 0
    for (const word of words) {
      const having = new Bits(sums.length)
      this.#vocabulary.find(word, isTyped, (row, worth) => {
        having.add(row)
        if (worth > (worths[row] as number)) worths[row] = worth
      })
      const count = having.count
      if (count === 0) continue
      const rarity = rarityOf(count, all)
      whole += rarity
      having.each(row => {
        sums[row] = (sums[row] as number) + rarity * (worths[row] as number)
        worths[row] = 0
      })
      rows.or(having)
      if (isTyped) typed.push({ word, rows: having })
    }
    return { rows, typed, partOf: row => (sums[row] as number) / whole }
  }

  /** Has the sums ready for the next text. */
  forget({ rows }: TextFound): void {
    const sums = this.#sums
    rows.each(row => {
      sums[row] = 0
    })
  }

  get bytes(): number {
    return this.#vocabulary.bytes + this.#sums.byteLength + this.#worths.byteLength
  }
}
