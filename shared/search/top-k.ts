/** The best of many, found without sorting all. */

/** Where a hit stands: the order is by score, falling, then by tie and partner. */
export interface Position {
  readonly score: number
  readonly tie: number
  readonly partnerId: string
}

export interface Ranked {
  readonly row: number
  readonly score: number
  readonly tie: number
}

/** The first so many in the order of hits, of those after a position. */
export class Best {
  readonly ranked: Ranked[] = []
  /** What cannot be among them any more has a lower score. */
  least = 0
  readonly #most: number
  readonly #after: Position | undefined
  readonly #partnerIdOf: (row: number) => string

  constructor(most: number, after: Position | undefined, partnerIdOf: (row: number) => string) {
    this.#most = most
    this.#after = after
    this.#partnerIdOf = partnerIdOf
  }

  offer(row: number, score: number, tie: number): void {
    if (this.#after && !this.#comesAfter(row, score, tie, this.#after)) return
    const { ranked } = this
    let at = ranked.length
    while (at > 0 && this.#comesBefore(row, score, tie, ranked[at - 1] as Ranked)) at--
    if (at >= this.#most) return
    ranked.splice(at, 0, { row, score, tie })
    if (ranked.length > this.#most) ranked.pop()
    if (ranked.length === this.#most) this.least = ranked.at(-1)?.score ?? 0
  }

  #comesBefore(row: number, score: number, tie: number, other: Ranked): boolean {
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
