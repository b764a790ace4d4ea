/** Selects the first k candidates in the order of results without sorting all candidates. */

import type { Position } from './partner-search.ts'

export interface RankedRow {
  readonly row: number
  readonly score: number
  readonly tie: number
}

/** Contains the first `capacity` rows after a position, in order. Insertion is linear in `capacity`, which is small. */
export class TopK {
  readonly ranked: RankedRow[] = []
  /** Lower bound of the scores: when the list is full, rows with a lower score cannot enter it. */
  minScore = 0
  readonly #capacity: number
  readonly #after: Position | undefined
  readonly #partnerIdOf: (row: number) => string

  constructor(capacity: number, after: Position | undefined, partnerIdOf: (row: number) => string) {
    this.#capacity = capacity
    this.#after = after
    this.#partnerIdOf = partnerIdOf
  }

  offer(row: number, score: number, tie: number): void {
    if (this.#after && !this.#comesAfter(row, score, tie, this.#after)) return
    const { ranked } = this
    let at = ranked.length
    while (at > 0 && this.#comesBefore(row, score, tie, ranked[at - 1] as RankedRow)) at--
    if (at >= this.#capacity) return
    ranked.splice(at, 0, { row, score, tie })
    if (ranked.length > this.#capacity) ranked.pop()
    if (ranked.length === this.#capacity) this.minScore = ranked.at(-1)?.score ?? 0
  }

  #comesBefore(row: number, score: number, tie: number, other: RankedRow): boolean {
    if (score !== other.score) return score > other.score
    if (tie !== other.tie) return tie < other.tie
    return this.#partnerIdOf(row) < this.#partnerIdOf(other.row)
  }

  #comesAfter(row: number, score: number, tie: number, position: Position): boolean {
    if (score !== position.score) return score < position.score
    if (tie !== position.tie) return tie > position.tie
    return this.#partnerIdOf(row) > position.partnerId
  }
}
