/** Which rows hold which word, and how a word that is looked for is found: as it is, as a beginning, or mistyped. */
import { DistanceTable } from '../text/edit-distance.ts'
import { longestWord } from '../text/tokenizer.ts'
import { Lists } from './columns.ts'

/** A known word that a sought one may mean, and how much that is worth, in [0, 1]. */
interface Meaning {
  readonly word: number
  readonly worth: number
}

/** A beginning of fewer letters says too little; a syllable of Hangul says as much as two letters. */
const leastBeginning = (word: string): number => (/^\p{sc=Hang}/u.test(word) ? 2 : 3)
/** From this length on two mistakes are forgiven, below it one. */
const longWord = 7
const mostMistakes = (word: string): number => (word.length >= longWord ? 2 : 1)
/** What a mistake leaves of a word's worth. */
const mistakenWorth = [1, 0.8, 0.6]

/** Numbers of rows are below 2^24, and worths 8 bits: both fit one number. */
const worthBits = 8
const mostWorth = 2 ** worthBits - 1
const shares = Float64Array.from({ length: mostWorth + 1 }, (_, worth) => worth / mostWorth)

/** So many corrections are remembered. */
const mostRemembered = 10_000

export class Vocabulary {
  readonly #numbers = new Map<string, number>()
  #words: string[] = []
  #free: number[] = []
  /** Per word its rows, each with the word's worth in it, sorted. */
  readonly #postings = new Lists(new Uint32Array(0))
  /** Per row its words. */
  readonly #contents = new Lists(new Uint32Array(0))
  /** The numbers of all words in the words' order, but for those that came since. */
  #sorted: number[] = []
  #fresh: number[] = []
  #unused = 0
  readonly #corrections = new Map<string, Meaning[]>()

  /** Says what a row holds, in place of what it held: words, and what each is worth in (0, 1]. */
  set(row: number, words: ReadonlyMap<string, number>): void {
    for (const word of this.#contents.of(row)) {
      this.#postings.removeFrom(word, row << worthBits)
      if (this.#postings.lengthOf(word) === 0) this.#unused++
    }
    const numbers: number[] = []
    for (const [word, worth] of words) {
      const number = this.#numberOf(word)
      if (this.#postings.lengthOf(number) === 0) this.#unused--
      this.#postings.insert(number, (row << worthBits) | Math.round(worth * mostWorth))
      numbers.push(number)
    }
    this.#contents.set(row, numbers)
    this.#corrections.clear()
  }

  #numberOf(word: string): number {
    const known = this.#numbers.get(word)
    if (known !== undefined) return known
    const number = this.#free.pop() ?? this.#words.length
    this.#words[number] = word
    this.#numbers.set(word, number)
    this.#fresh.push(number)
    this.#unused++
    return number
  }

  /** Calls with each row that holds what is looked for, and what that is worth, in (0, 1]; perhaps more than once. */
  find(sought: string, forgiving: boolean, take: (row: number, worth: number) => void): void {
    const found = this.#asBeginning(sought)
    const meanings = found.length > 0 || !forgiving ? found : this.#corrected(sought)
    const postings = this.#postings
    for (const { word, worth } of meanings) {
      const start = postings.startOf(word)
      const end = start + postings.lengthOf(word)
      const { pool } = postings
      for (let index = start; index < end; index++) {
        const posting = pool[index] as number
        take(posting >>> worthBits, (shares[posting & mostWorth] as number) * worth)
      }
    }
  }

  /** The word itself, and what begins with it, worth the less the longer it is. */
  #asBeginning(sought: string): Meaning[] {
    if (sought.length < leastBeginning(sought)) {
      const number = this.#numbers.get(sought)
      return number !== undefined && this.#isUsed(number) ? [{ word: number, worth: 1 }] : []
    }
    this.#sort()
    const meanings: Meaning[] = []
    for (let index = this.#firstFrom(sought); index < this.#sorted.length; index++) {
      const number = this.#sorted[index] as number
      const word = this.#words[number] as string
      if (!word.startsWith(sought)) break
      if (this.#isUsed(number)) meanings.push({ word: number, worth: sought.length / word.length })
    }
    return meanings
  }

  #isUsed(number: number): boolean {
    return this.#postings.lengthOf(number) > 0
  }

  /** The known word with the fewest mistakes; of those, the one that most rows hold, and then the first. */
  #corrected(sought: string): Meaning[] {
    const known = this.#corrections.get(sought)
    if (known) return known
    const correction = sought.length < leastBeginning(sought) ? [] : this.#closest(sought)
    if (this.#corrections.size < mostRemembered) this.#corrections.set(sought, correction)
    return correction
  }

  /**
   * Goes through the sorted words, keeps the table of edit distances of the beginning that a word shares with the one
   * before, and leaps over all words with a beginning that is too far off already.
   */
  #closest(sought: string): Meaning[] {
    this.#sort()
    let most = mostMistakes(sought)
    let best: number | undefined
    const table = new DistanceTable(sought, longestWord)
    let before = ''
    for (let index = 0; index < this.#sorted.length; ) {
      const number = this.#sorted[index] as number
      const word = this.#words[number] as string
      const depth = table.go(word, sharedLength(before, word), most)
      before = word.slice(0, depth)
      if (depth < word.length) {
        index = this.#firstAfter(before, index)
        continue
      }
      index++
      const distance = table.distance(depth)
      if (distance > most || !this.#isUsed(number)) continue
      if (best === undefined || distance < most || this.#countOf(number) > this.#countOf(best)) best = number
      most = distance
    }
    return best === undefined ? [] : [{ word: best, worth: mistakenWorth[most] ?? 0 }]
  }

  #countOf(word: number): number {
    return this.#postings.lengthOf(word)
  }

  /** Where in the words' order the first stands that is not before this one. */
  #firstFrom(sought: string): number {
    return this.#first(0, word => word >= sought)
  }

  #firstAfter(beginning: string, from: number): number {
    return this.#first(from, word => word > beginning && !word.startsWith(beginning))
  }

  #first(from: number, isReached: (word: string) => boolean): number {
    let [low, high] = [from, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isReached(this.#words[this.#sorted[middle] as number] as string)) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Takes in the words that came, and forgets those that no row holds once they are many. */
  #sort(): void {
    const isWasteful = this.#unused > 1000 && this.#unused > this.#words.length / 4
    if (isWasteful) this.#forget()
    if (this.#fresh.length === 0) return
    const fresh = this.#fresh.sort((a, b) =>
      (this.#words[a] as string) < (this.#words[b] as string) ? -1 : 1,
    )
    const merged: number[] = []
    let next = 0
    for (const number of this.#sorted) {
      const word = this.#words[number] as string
      while (next < fresh.length && (this.#words[fresh[next] as number] as string) < word)
        merged.push(fresh[next++] as number)
      merged.push(number)
    }
    while (next < fresh.length) merged.push(fresh[next++] as number)
    this.#sorted = merged
    this.#fresh = []
  }

  #forget(): void {
    const isKept = (number: number) => {
      if (this.#isUsed(number)) return true
      this.#numbers.delete(this.#words[number] as string)
      this.#words[number] = ''
      this.#free.push(number)
      return false
    }
    this.#sorted = this.#sorted.filter(isKept)
    this.#fresh = this.#fresh.filter(isKept)
    this.#unused = 0
  }

  /** What its arrays take; a word is taken to be of ten letters. */
  get bytes(): number {
    return this.#postings.bytes + this.#contents.bytes + this.#words.length * bytesOfWord
  }
}

/** A string of ten letters, its place in the map, and two numbers in lists. */
const bytesOfWord = 32 + 40 + 16

const sharedLength = (one: string, other: string): number => {
  const most = Math.min(one.length, other.length)
  let length = 0
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length++
  return length
}
