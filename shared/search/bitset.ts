/** Set of row numbers, one bit each. */

import { withCapacity } from './growable.ts'

/** Returns the number of bits that are set in a 32-bit word. */
const popCount = (word: number): number => {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** `and`, `or` and `andNot` change the set itself. Sets of different lengths can be combined: missing words are empty. */
export class Bitset {
  #words: Uint32Array

  /** @param rows number of rows for which memory is reserved */
  constructor(rows = 0) {
    this.#words = new Uint32Array((rows + 31) >>> 5)
  }

  static copyOf(other: Bitset): Bitset {
    const copy = new Bitset()
    copy.#words = other.#words.slice()
    return copy
  }

  static union(sets: Iterable<Bitset | undefined>): Bitset {
    const union = new Bitset()
    for (const set of sets) if (set) union.or(set)
    return union
  }

  has(row: number): boolean {
    return (((this.#words[row >>> 5] ?? 0) >>> (row & 31)) & 1) === 1
  }

  add(row: number): void {
    const word = row >>> 5
    if (word >= this.#words.length) this.#words = withCapacity(this.#words, word + 1)
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (row & 31))
  }

  delete(row: number): void {
    const word = row >>> 5
    if (word < this.#words.length) this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (row & 31))
  }

  put(row: number, isMember: boolean): void {
    if (isMember) this.add(row)
    else this.delete(row)
  }

  and(other: Bitset): this {
    const [words, others] = [this.#words, other.#words]
    const both = Math.min(words.length, others.length)
    for (let index = 0; index < both; index++)
      words[index] = (words[index] as number) & (others[index] as number)
    words.fill(0, both)
    return this
  }

  or(other: Bitset): this {
    this.#words = withCapacity(this.#words, other.#words.length)
    const [words, others] = [this.#words, other.#words]
    for (let index = 0; index < others.length; index++)
      words[index] = (words[index] as number) | (others[index] as number)
    return this
  }

  andNot(other: Bitset): this {
    const [words, others] = [this.#words, other.#words]
    const both = Math.min(words.length, others.length)
    for (let index = 0; index < both; index++)
      words[index] = (words[index] as number) & ~(others[index] as number)
    return this
  }

  get count(): number {
    let count = 0
    for (const word of this.#words) count += popCount(word)
    return count
  }

  /** Returns the number of rows that are in both sets. */
  countWith(other: Bitset): number {
    const [words, others] = [this.#words, other.#words]
    const both = Math.min(words.length, others.length)
    let count = 0
    for (let index = 0; index < both; index++)
      count += popCount((words[index] as number) & (others[index] as number))
    return count
  }

  /** Calls `visit` with each row in ascending order. `visit` may delete rows from the set, but must not add any. */
  each(visit: (row: number) => void): void {
    const words = this.#words
    for (let index = 0; index < words.length; index++) {
      let word = words[index] as number
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word)
        visit(index * 32 + bit)
        word &= word - 1
      }
    }
  }

  filter(isKept: (row: number) => boolean): Bitset {
    const kept = new Bitset()
    this.each(row => {
      if (isKept(row)) kept.add(row)
    })
    return kept
  }

  /** Iterates in ascending order; slower than `each`. */
  *[Symbol.iterator](): Generator<number> {
    const rows: number[] = []
    this.each(row => rows.push(row))
    yield* rows
  }
}

/** Returns the rows of all keys. The caller must not change the result: for one key it is the set in the map. */
export const rowsOfAny = <K>(sets: ReadonlyMap<K, Bitset>, keys: readonly K[]): Bitset => {
  const only = keys.length === 1 ? sets.get(keys[0] as K) : undefined
  return only ?? Bitset.union(keys.map(key => sets.get(key)))
}

/** Returns the set of a key. Adds an empty one if the map has none. */
export const getOrCreateSet = <K>(sets: Map<K, Bitset>, key: K): Bitset => {
  const set = sets.get(key) ?? new Bitset()
  sets.set(key, set)
  return set
}
