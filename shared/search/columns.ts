/** Compact columns that grow: sets of rows as bits, and lists of numbers that lie in one array. */

/** As many bits of a word are set. */
const ones = (word: number): number => {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Room for more than is needed now, so that growing costs little in all. */
const roomier = (needed: number): number => Math.ceil(needed * 1.25) + 16

/** The same array, or one with room for more. */
export const grown = <
  A extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array,
>(
  array: A,
  needed: number,
): A => {
  if (needed <= array.length) return array
  const larger = new (array.constructor as new (length: number) => A)(roomier(needed))
  larger.set(array)
  return larger
}

/** A set of rows. Sets of different lengths go together: what lies beyond the shorter is not in it. */
export class Bits {
  #words: Uint32Array

  /** @param rows room for so many, so that it need not grow */
  constructor(rows = 0) {
    this.#words = new Uint32Array((rows + 31) >>> 5)
  }

  static copyOf(other: Bits): Bits {
    const bits = new Bits()
    bits.#words = other.#words.slice()
    return bits
  }

  /** All of many sets' rows. */
  static union(sets: Iterable<Bits | undefined>): Bits {
    const bits = new Bits()
    for (const set of sets) if (set) bits.or(set)
    return bits
  }

  has(row: number): boolean {
    return (((this.#words[row >>> 5] ?? 0) >>> (row & 31)) & 1) === 1
  }

  add(row: number): void {
    const word = row >>> 5
    if (word >= this.#words.length) this.#words = grown(this.#words, word + 1)
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (row & 31))
  }

  delete(row: number): void {
    const word = row >>> 5
    if (word < this.#words.length) this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (row & 31))
  }

  put(row: number, isIn: boolean): void {
    if (isIn) this.add(row)
    else this.delete(row)
  }

  and(other: Bits): this {
    const [words, others] = [this.#words, other.#words]
    const both = Math.min(words.length, others.length)
    for (let index = 0; index < both; index++)
      words[index] = (words[index] as number) & (others[index] as number)
    words.fill(0, both)
    return this
  }

  or(other: Bits): this {
    this.#words = grown(this.#words, other.#words.length)
    const [words, others] = [this.#words, other.#words]
    for (let index = 0; index < others.length; index++)
      words[index] = (words[index] as number) | (others[index] as number)
    return this
  }

  without(other: Bits): this {
    const [words, others] = [this.#words, other.#words]
    const both = Math.min(words.length, others.length)
    for (let index = 0; index < both; index++)
      words[index] = (words[index] as number) & ~(others[index] as number)
    return this
  }

  get count(): number {
    let count = 0
    for (const word of this.#words) count += ones(word)
    return count
  }

  /** How many rows both have. */
  countWith(other: Bits): number {
    const [words, others] = [this.#words, other.#words]
    const both = Math.min(words.length, others.length)
    let count = 0
    for (let index = 0; index < both; index++)
      count += ones((words[index] as number) & (others[index] as number))
    return count
  }

  /** Calls with each row, in order; the set may lose rows meanwhile. */
  each(take: (row: number) => void): void {
    const words = this.#words
    for (let index = 0; index < words.length; index++) {
      let word = words[index] as number
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word)
        take(index * 32 + bit)
        word &= word - 1
      }
    }
  }

  /** Those of which something is so. */
  where(isSo: (row: number) => boolean): Bits {
    const those = new Bits()
    this.each(row => {
      if (isSo(row)) those.add(row)
    })
    return those
  }

  /** In order. */
  *[Symbol.iterator](): Generator<number> {
    const rows: number[] = []
    this.each(row => rows.push(row))
    yield* rows
  }

  get bytes(): number {
    return this.#words.byteLength
  }
}

/** The set of a key, which is empty at first. */
export const setIn = <K>(sets: Map<K, Bits>, key: K): Bits => {
  const set = sets.get(key) ?? new Bits()
  sets.set(key, set)
  return set
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array

/**
 * A list of numbers per row, all in one array: what a list leaves behind when it grows is reclaimed before the array
 * itself has to grow.
 */
export class Lists<A extends Numbers> {
  #pool: A
  #used = 0
  #wasted = 0
  #starts = new Uint32Array(0)
  #lengths = new Uint32Array(0)
  #rooms = new Uint32Array(0)

  constructor(empty: A) {
    this.#pool = empty
  }

  /** Where all lists lie; another array after each change. */
  get pool(): A {
    return this.#pool
  }

  startOf(row: number): number {
    return this.#starts[row] ?? 0
  }

  lengthOf(row: number): number {
    return this.#lengths[row] ?? 0
  }

  of(row: number): A {
    const start = this.startOf(row)
    return this.#pool.subarray(start, start + this.lengthOf(row)) as A
  }

  set(row: number, values: ArrayLike<number>): void {
    this.#makeRoom(row, values.length, values.length)
    this.#pool.set(values, this.startOf(row))
    this.#lengths[row] = values.length
  }

  /** Keeps a sorted list sorted. */
  insert(row: number, value: number): void {
    const length = this.lengthOf(row)
    this.#makeRoom(row, length + 1, length < 4 ? length + 1 : length + (length >>> 1))
    const start = this.startOf(row)
    const at =
      length === 0 || (this.#pool[start + length - 1] as number) < value ? length : this.#find(row, value)
    this.#pool.copyWithin(start + at + 1, start + at, start + length)
    this.#pool[start + at] = value
    this.#lengths[row] = length + 1
  }

  /** Takes the first value out of a sorted list that is not below this one. */
  removeFrom(row: number, value: number): void {
    const [start, length, at] = [this.startOf(row), this.lengthOf(row), this.#find(row, value)]
    this.#pool.copyWithin(start + at, start + at + 1, start + length)
    this.#lengths[row] = length - 1
  }

  /** Where in a sorted list the first value stands that is not below this one. */
  #find(row: number, value: number): number {
    const start = this.startOf(row)
    let [low, high] = [0, this.lengthOf(row)]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#pool[start + middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  #makeRoom(row: number, needed: number, wanted: number): void {
    this.#starts = grown(this.#starts, row + 1)
    this.#lengths = grown(this.#lengths, row + 1)
    this.#rooms = grown(this.#rooms, row + 1)
    const room = this.#rooms[row] ?? 0
    if (needed <= room) return
    const isWasteful = this.#used + wanted > this.#pool.length && this.#wasted > this.#used / 4
    if (isWasteful) this.#reclaim(wanted)
    this.#pool = grown(this.#pool, this.#used + wanted)
    const start = this.startOf(row)
    this.#pool.copyWithin(this.#used, start, start + this.lengthOf(row))
    this.#starts[row] = this.#used
    this.#rooms[row] = wanted
    this.#used += wanted
    this.#wasted += room
  }

  /** Moves all lists together. */
  #reclaim(more: number): void {
    const length = roomier(this.#used - this.#wasted + more)
    const pool = new (this.#pool.constructor as new (length: number) => A)(length)
    let used = 0
    for (let row = 0; row < this.#starts.length; row++) {
      const room = this.#rooms[row] ?? 0
      if (room === 0) continue
      pool.set(this.of(row), used)
      this.#starts[row] = used
      used += room
    }
    this.#pool = pool
    this.#used = used
    this.#wasted = 0
  }

  get bytes(): number {
    return [this.#pool, this.#starts, this.#lengths, this.#rooms].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    )
  }
}

/** Numbers for strings, each kept once. */
export class Names {
  readonly #numbers = new Map<string, number>()
  readonly #names: string[] = []

  numberOf(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.#names.length)
    return this.#names.push(name) - 1
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name)
  }

  nameOf(number: number): string {
    return this.#names[number] ?? ''
  }

  get size(): number {
    return this.#names.length
  }
}
