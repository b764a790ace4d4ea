/** Inverted index of words, with prefix matching and correction of typos. */
import { DistanceTable } from '../text/edit-distance.ts'
import { maxWordLength } from '../text/tokenizer.ts'
import { PackedLists } from './packed-lists.ts'

/** An indexed word that matches a searched word, with the quality of the match in [0, 1]. */
interface WordMatch {
  readonly word: number
  readonly worth: number
}

/** Minimum length of a prefix: 3 letters, or 2 syllables of Hangul. */
const minPrefixLength = (word: string): number => (/^\p{sc=Hang}/u.test(word) ? 2 : 3)
/** Minimum length of a word in which two typos are corrected. In shorter words, one is corrected. */
const longWord = 7
const maxMistakes = (word: string): number => (word.length >= longWord ? 2 : 1)
/** Weight of a match by its number of typos. */
const worthByMistakes = [1, 0.8, 0.6]

/** A posting is one 32-bit number: a row (24 bits) and a weight (8 bits). */
const worthBits = 8
const maxWorth = 2 ** worthBits - 1
const decodedWorths = /* @__PURE__ */ Float64Array.from(
  { length: maxWorth + 1 },
  (_, worth) => worth / maxWorth,
)

/** Maximum number of cached corrections. */
const maxCorrections = 10_000

export class InvertedIndex {
  readonly #numbers = new Map<string, number>()
  #words: string[] = []
  #freeNumbers: number[] = []
  /** Postings by word, sorted by row. */
  readonly #postings = new PackedLists(new Uint32Array(0))
  /** Words by row. */
  readonly #rowWords = new PackedLists(new Uint32Array(0))
  /** Numbers of all words in alphabetical order, except those in `#unsorted`. */
  #sorted: number[] = []
  #unsorted: number[] = []
  /** Number of words without a posting. */
  #unused = 0
  /** Corrections of searched words. Each change of the index clears them. */
  readonly #corrections = new Map<string, WordMatch[]>()

  /** Replaces the words of a row. Weights are in (0, 1]. */
  set(row: number, words: ReadonlyMap<string, number>): void {
    for (const word of this.#rowWords.of(row)) {
      this.#postings.removeLowerBound(word, row << worthBits)
      if (this.#postings.lengthOf(word) === 0) this.#unused++
    }
    const numbers: number[] = []
    for (const [word, worth] of words) {
      const number = this.#numberOf(word)
      if (this.#postings.lengthOf(number) === 0) this.#unused--
      this.#postings.insertSorted(number, (row << worthBits) | Math.round(worth * maxWorth))
      numbers.push(number)
    }
    this.#rowWords.set(row, numbers)
    this.#corrections.clear()
  }

  #numberOf(word: string): number {
    const known = this.#numbers.get(word)
    if (known !== undefined) return known
    const number = this.#freeNumbers.pop() ?? this.#words.length
    this.#words[number] = word
    this.#numbers.set(word, number)
    this.#unsorted.push(number)
    this.#unused++
    return number
  }

  /**
   * Calls `visit` with each row that has the word, and with the word's weight in this row, in (0, 1]. A row that has several
   * matching words is visited several times.
   * @param corrects allows typos if no word matches exactly or as a prefix
   */
  find(sought: string, corrects: boolean, visit: (row: number, worth: number) => void): void {
    const prefixMatches = this.#prefixMatches(sought)
    const matches = prefixMatches.length > 0 || !corrects ? prefixMatches : this.#corrected(sought)
    const postings = this.#postings
    for (const { word, worth } of matches) {
      const start = postings.startOf(word)
      const end = start + postings.lengthOf(word)
      const { pool } = postings
      for (let index = start; index < end; index++) {
        const posting = pool[index] as number
        visit(posting >>> worthBits, (decodedWorths[posting & maxWorth] as number) * worth)
      }
    }
  }

  /** Returns the word and longer words that start with it. The weight of a match is the typed share of the word. */
  #prefixMatches(sought: string): WordMatch[] {
    if (sought.length < minPrefixLength(sought)) {
      const number = this.#numbers.get(sought)
      return number !== undefined && this.#isUsed(number) ? [{ word: number, worth: 1 }] : []
    }
    this.#sort()
    const matches: WordMatch[] = []
    for (let index = this.#lowerBound(sought); index < this.#sorted.length; index++) {
      const number = this.#sorted[index] as number
      const word = this.#words[number] as string
      if (!word.startsWith(sought)) break
      if (this.#isUsed(number)) matches.push({ word: number, worth: sought.length / word.length })
    }
    return matches
  }

  #isUsed(number: number): boolean {
    return this.#postings.lengthOf(number) > 0
  }

  /** Returns the word with the fewest typos; if several have as few, the one in most rows, then the alphabetically first. */
  #corrected(sought: string): WordMatch[] {
    const known = this.#corrections.get(sought)
    if (known) return known
    const correction = sought.length < minPrefixLength(sought) ? [] : this.#closest(sought)
    if (this.#corrections.size < maxCorrections) this.#corrections.set(sought, correction)
    return correction
  }

  /**
   * Walks the sorted words with a table of edit distances, in which only the letters that differ from the previous word are
   * computed again. It skips all words whose prefix already has too many typos.
   */
  #closest(sought: string): WordMatch[] {
    this.#sort()
    let allowed = maxMistakes(sought)
    let best: number | undefined
    const table = new DistanceTable(sought, maxWordLength)
    let computed = ''
    for (let index = 0; index < this.#sorted.length; ) {
      const number = this.#sorted[index] as number
      const word = this.#words[number] as string
      const depth = table.compute(word, commonPrefixLength(computed, word), allowed)
      computed = word.slice(0, depth)
      if (depth < word.length) {
        index = this.#indexAfterPrefix(computed, index)
        continue
      }
      index++
      const distance = table.distance(depth)
      if (distance > allowed || !this.#isUsed(number)) continue
      const isBetter =
        best === undefined ||
        distance < allowed ||
        this.#postings.lengthOf(number) > this.#postings.lengthOf(best)
      if (isBetter) best = number
      allowed = distance
    }
    return best === undefined ? [] : [{ word: best, worth: worthByMistakes[allowed] ?? 0 }]
  }

  /** Returns the index of the first sorted word that is not less than `sought`. */
  #lowerBound(sought: string): number {
    return this.#firstIndex(0, word => word >= sought)
  }

  #indexAfterPrefix(prefix: string, from: number): number {
    return this.#firstIndex(from, word => word > prefix && !word.startsWith(prefix))
  }

  /** Finds the first index for which `isReached` is true, by binary search. It must be true for all further words. */
  #firstIndex(from: number, isReached: (word: string) => boolean): number {
    let [low, high] = [from, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isReached(this.#words[this.#sorted[middle] as number] as string)) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Merges new words into the sorted words, and removes unused words if there are many. */
  #sort(): void {
    const isWasteful = this.#unused > 1000 && this.#unused > this.#words.length / 4
    if (isWasteful) this.#dropUnusedWords()
    if (this.#unsorted.length === 0) return
    const added = this.#unsorted.sort((a, b) =>
      (this.#words[a] as string) < (this.#words[b] as string) ? -1 : 1,
    )
    const merged: number[] = []
    let next = 0
    for (const number of this.#sorted) {
      const word = this.#words[number] as string
      while (next < added.length && (this.#words[added[next] as number] as string) < word)
        merged.push(added[next++] as number)
      merged.push(number)
    }
    while (next < added.length) merged.push(added[next++] as number)
    this.#sorted = merged
    this.#unsorted = []
  }

  #dropUnusedWords(): void {
    const isKept = (number: number) => {
      if (this.#isUsed(number)) return true
      this.#numbers.delete(this.#words[number] as string)
      this.#words[number] = ''
      this.#freeNumbers.push(number)
      return false
    }
    this.#sorted = this.#sorted.filter(isKept)
    this.#unsorted = this.#unsorted.filter(isKept)
    this.#unused = 0
  }

  /** Estimated memory in bytes, for words of ten letters. */
  get bytes(): number {
    return this.#postings.bytes + this.#rowWords.bytes + this.#words.length * bytesPerWord
  }
}

/** Estimated bytes of a word: a string of ten letters, its entry in the map, and two numbers in lists. */
const bytesPerWord = 32 + 40 + 16

const commonPrefixLength = (one: string, other: string): number => {
  const maxLength = Math.min(one.length, other.length)
  let length = 0
  while (length < maxLength && one.charCodeAt(length) === other.charCodeAt(length)) length++
  return length
}
