/** Computes how well the words of profiles match a text. */

import { wordsOf } from '../text/tokenizer.ts'
import { Bitset } from './bitset.ts'
import type { ListedProfile } from './entry.ts'
import { withCapacity } from './growable.ts'
import { InvertedIndex } from './inverted-index.ts'
import { inverseDocumentFrequency } from './ranking.ts'

/** Weight of a word by field. The weight of a word in two fields is 1 − (1 − first) × (1 − second). */
const fieldWorth = { name: 1, keywords: 0.9, labels: 0.8, headline: 0.7 } as const

/** Texts with more words are treated as prose: their typos are not corrected, and their words are not reported as found. */
const maxTypedWords = 8
/** Maximum number of distinct words of a text that are searched for. */
const maxWords = 250

/** Rows that match a text. Valid only during the call of `withMatch`; callers must not change its sets. */
export interface TextMatch {
  /** Rows with at least one of the words. */
  readonly rows: Bitset
  /** Words of the text that were found, with their rows; empty for prose. */
  readonly typed: readonly { readonly word: string; readonly rows: Bitset }[]
  /**
   * Returns the relevance part `text` of a row: its share of the inverse document frequency of all words; 0 without a match.
   */
  readonly partOf: (row: number) => number
}

export class TextScorer {
  readonly #index = new InvertedIndex()
  /**
   * Buffers with an element for each row. All searches share them, because allocating them takes longer than a search. They
   * are 0 between two calls of `withMatch`. `#sums` has the sum over all words, `#worths` the weight of the current word.
   */
  #sums = new Float64Array(0)
  #worths = new Float64Array(0)

  /** @param labels words in the names of the profile's codes */
  set(
    row: number,
    { name, keywords, headline }: Pick<ListedProfile, 'name' | 'keywords' | 'headline'>,
    labels: readonly (readonly string[])[],
  ): void {
    const worths = new Map<string, number>()
    const add = (words: readonly string[], worth: number) => {
      for (const word of new Set(words)) worths.set(word, 1 - (1 - (worths.get(word) ?? 0)) * (1 - worth))
    }
    add(wordsOf(name), fieldWorth.name)
    for (const keyword of keywords) add(wordsOf(keyword), fieldWorth.keywords)
    for (const words of labels) add(words, fieldWorth.labels)
    add(wordsOf(headline), fieldWorth.headline)
    this.#index.set(row, worths)
    this.#sums = withCapacity(this.#sums, row + 1)
    this.#worths = withCapacity(this.#worths, row + 1)
  }

  delete(row: number): void {
    this.#index.set(row, new Map())
  }

  /**
   * Matches a text, passes the match to `use`, and clears the buffers afterwards, even if an error is thrown. The match is
   * undefined if there is no text or if it has no words.
   * @param total number of profiles
   */
  withMatch<T>(text: string | undefined, total: number, use: (match: TextMatch | undefined) => T): T {
    const words = text === undefined ? [] : [...new Set(wordsOf(text))].slice(0, maxWords)
    if (words.length === 0) return use(undefined)
    const touched: Touched = { rows: new Bitset(this.#sums.length), pending: undefined }
    try {
      return use(this.#match(words, total, touched))
    } finally {
      this.#clear(touched)
    }
  }

  /**
   * Adds the inverse document frequency of each word, multiplied by the word's weight in the row, to the sum of each row.
   */
  #match(words: readonly string[], total: number, touched: Touched): TextMatch {
    const isTyped = words.length <= maxTypedWords
    const [sums, worths, { rows }] = [this.#sums, this.#worths, touched]
    const typed: { word: string; rows: Bitset }[] = []
    let whole = 0
    for (const word of words) {
      const having = new Bitset(sums.length)
      touched.pending = having
      this.#index.find(word, isTyped, (row, worth) => {
        having.add(row)
        if (worth > (worths[row] as number)) worths[row] = worth
      })
      const { count } = having
      if (count === 0) continue
      const frequency = inverseDocumentFrequency(count, total)
      whole += frequency
      having.each(row => {
        sums[row] = (sums[row] as number) + frequency * (worths[row] as number)
        worths[row] = 0
      })
      rows.or(having)
      if (isTyped) typed.push({ word, rows: having })
    }
    touched.pending = undefined
    return { rows, typed, partOf: row => (sums[row] as number) / whole }
  }

  #clear({ rows, pending }: Touched): void {
    const [sums, worths] = [this.#sums, this.#worths]
    if (pending) rows.or(pending)
    rows.each(row => {
      sums[row] = 0
    })
    pending?.each(row => {
      worths[row] = 0
    })
  }
}

/** Rows whose elements in the buffers are not 0; `pending` has the rows of the current word. */
interface Touched {
  readonly rows: Bitset
  pending: Bitset | undefined
}
