/** Lists of numbers, one for each row, stored in one typed array. */

import { roomFor, withCapacity } from './growable.ts'

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Float32Array

/**
 * A list that needs more space moves to the end of the array and leaves a gap. When the array is full and gaps are more
 * than a quarter of it, the lists are compacted before the array grows.
 */
export class PackedLists<A extends NumberArray> {
  #pool: A
  #used = 0
  #wasted = 0
  #starts = new Uint32Array(0)
  #lengths = new Uint32Array(0)
  #rooms = new Uint32Array(0)

  constructor(empty: A) {
    this.#pool = empty
  }

  /** Array with all lists. Do not keep a reference: each change can replace the array. */
  get pool(): A {
    return this.#pool
  }

  startOf(row: number): number {
    return this.#starts[row] ?? 0
  }

  lengthOf(row: number): number {
    return this.#lengths[row] ?? 0
  }

  /** Returns a view of the list of a row, valid until the next change. */
  of(row: number): A {
    const start = this.startOf(row)
    return this.#pool.subarray(start, start + this.lengthOf(row)) as A
  }

  set(row: number, values: ArrayLike<number>): void {
    this.#reserve(row, values.length, values.length)
    this.#pool.set(values, this.startOf(row))
    this.#lengths[row] = values.length
  }

  /** Inserts into a sorted list and keeps it sorted. */
  insertSorted(row: number, value: number): void {
    const length = this.lengthOf(row)
    this.#reserve(row, length + 1, length < 4 ? length + 1 : length + (length >>> 1))
    const start = this.startOf(row)
    const isLast = length === 0 || (this.#pool[start + length - 1] as number) < value
    const at = isLast ? length : this.#lowerBound(row, value)
    this.#pool.copyWithin(start + at + 1, start + at, start + length)
    this.#pool[start + at] = value
    this.#lengths[row] = length + 1
  }

  /** Removes the first element that is not less than `value` from a sorted list, which must have such an element. */
  removeLowerBound(row: number, value: number): void {
    const [start, length, at] = [this.startOf(row), this.lengthOf(row), this.#lowerBound(row, value)]
    this.#pool.copyWithin(start + at, start + at + 1, start + length)
    this.#lengths[row] = length - 1
  }

  /** Returns the index of the first element of a sorted list that is not less than `value`. */
  #lowerBound(row: number, value: number): number {
    const start = this.startOf(row)
    let [low, high] = [0, this.lengthOf(row)]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#pool[start + middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  /** @param wanted capacity to reserve if the list must move */
  #reserve(row: number, needed: number, wanted: number): void {
    this.#starts = withCapacity(this.#starts, row + 1)
    this.#lengths = withCapacity(this.#lengths, row + 1)
    this.#rooms = withCapacity(this.#rooms, row + 1)
    const room = this.#rooms[row] ?? 0
    if (needed <= room) return
    const isWasteful = this.#used + wanted > this.#pool.length && this.#wasted > this.#used / 4
    if (isWasteful) this.#compact(wanted)
    this.#pool = withCapacity(this.#pool, this.#used + wanted)
    const start = this.startOf(row)
    this.#pool.copyWithin(this.#used, start, start + this.lengthOf(row))
    this.#starts[row] = this.#used
    this.#rooms[row] = wanted
    this.#used += wanted
    this.#wasted += room
  }

  /** Removes the gaps between lists, and reserves space for `more` elements. */
  #compact(more: number): void {
    const length = roomFor(this.#used - this.#wasted + more)
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
