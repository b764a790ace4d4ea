/** Compact columns with the reputation of all partners, and their observations on a day. */

import { type LearnedPart, learnedParts, type Ranking } from './contract.ts'
import type { Month, ReputationEntry } from './entry.ts'
import { withCapacity } from './growable.ts'
import type { Interner } from './interner.ts'
import { decodeMonths, encodeMonths } from './month-codec.ts'
import {
  createObserver,
  type Means,
  meansOf,
  type Observations,
  type Observed,
  shrunk,
} from './observations.ts'
import { PackedLists } from './packed-lists.ts'

/** Elements for each partner: n and sum of each learned part. */
const width = learnedParts.length * 2

export class ReputationColumns {
  /** Internal numbers of codes by list and code, such as `products/crm`. */
  readonly #codes: Interner
  #partners = 0
  #open = new Int32Array(0)
  readonly #months = new PackedLists(new Uint8Array(0))
  /** Results with codes: pairs of the code's number and the number of wins. */
  readonly #wins = new PackedLists(new Uint32Array(0))
  /** Observations of all partners, and their totals, for the day and half-lives in `#observedAs`. */
  #observed = new Float64Array(0)
  readonly #totals = new Float64Array(width)
  /** Number of partners with observations, by part. */
  readonly #contributors = new Int32Array(learnedParts.length)
  /** Date and half-lives; empty before the first refresh. */
  #observedAs = ''
  #observe: ReturnType<typeof createObserver> | undefined

  constructor(codes: Interner) {
    this.#codes = codes
  }

  set(partner: number, { open, months, affinity }: ReputationEntry): void {
    this.#partners = Math.max(this.#partners, partner + 1)
    this.#open = withCapacity(this.#open, partner + 1)
    this.#open[partner] = open
    this.#months.set(partner, encodeMonths(months))
    this.#wins.set(
      partner,
      Object.entries(affinity).flatMap(([key, { won }]) => (won > 0 ? [this.#codes.numberOf(key), won] : [])),
    )
    if (this.#observe) this.#updateObservations(partner, this.#observe)
  }

  /**
   * Recomputes observations if the day or the half-lives changed.
   * @returns true if they did
   */
  refresh(now: string, ranking: Ranking): boolean {
    const as = [now.slice(0, 10), ranking.halfLife, ranking.answerHalfTime].join()
    if (as === this.#observedAs) return false
    this.#observedAs = as
    this.#observe = createObserver(now, ranking)
    for (let partner = 0; partner < this.#partners; partner++)
      if (this.#months.lengthOf(partner) > 0) this.#updateObservations(partner, this.#observe)
    return true
  }

  #updateObservations(partner: number, observe: ReturnType<typeof createObserver>): void {
    this.#observed = withCapacity(this.#observed, (partner + 1) * width)
    const observations = observe(decodeMonths(this.#months.of(partner)))
    learnedParts.forEach((part, index) => {
      const { n, sum } = observations[part]
      const at = partner * width + index * 2
      this.#contributors[index] =
        (this.#contributors[index] ?? 0) + Number(n > 0) - Number(this.countOf(partner, index) > 0)
      // Adding differences keeps totals exact, because all weights are multiples of the same number (decay.ts).
      this.#addToTotal(index * 2, n - (this.#observed[at] ?? 0))
      this.#addToTotal(index * 2 + 1, sum - (this.#observed[at + 1] ?? 0))
      this.#observed[at] = n
      this.#observed[at + 1] = sum
    })
  }

  #addToTotal(at: number, difference: number): void {
    this.#totals[at] = (this.#totals[at] ?? 0) + difference
  }

  /** Number of open referrals. */
  openOf(partner: number): number {
    return this.#open[partner] ?? 0
  }

  meansUnder(ranking: Ranking): Means {
    return meansOf(observationsAt(this.#totals, 0), ranking)
  }

  observationsOf(partner: number): Observations {
    return observationsAt(this.#observed, partner * width)
  }

  /** Returns the decayed number of observations. @param part index in `learnedParts` */
  countOf(partner: number, part: number): number {
    return this.#observed[partner * width + part * 2] ?? 0
  }

  /** Returns a learned part as in `visibilityParts`. @param part index in `learnedParts` */
  shareOf(partner: number, part: number, prior: number, shrinkage: number): number {
    const at = partner * width + part * 2
    return shrunk(this.#observed[at + 1] ?? 0, this.#observed[at] ?? 0, prior, shrinkage)
  }

  /** Number of partners with observations, by part. */
  contributors(): Readonly<Record<LearnedPart, number>> {
    const counts = learnedParts.map((part, index) => [part, this.#contributors[index] ?? 0])
    return Object.fromEntries(counts)
  }

  /**
   * Returns the number of wins of a partner with the requested codes. A win with two of them counts twice.
   * @param isAsked 1 for each requested code, by its internal number
   */
  winsFor(partner: number, isAsked: Uint8Array): number {
    const { pool } = this.#wins
    const start = this.#wins.startOf(partner)
    const end = start + this.#wins.lengthOf(partner)
    let wins = 0
    for (let index = start; index < end; index += 2)
      if (isAsked[pool[index] as number] === 1) wins += pool[index + 1] as number
    return wins
  }

  monthsOf(partner: number): Month[] {
    const months: Month[] = []
    for (const month of decodeMonths(this.#months.of(partner)))
      months.push({ ...month, answers: [...month.answers] })
    return months
  }
}

const observationsAt = (numbers: Float64Array, at: number): Observations =>
  Object.fromEntries(
    learnedParts.map((part, index): [string, Observed] => [
      part,
      { n: numbers[at + index * 2] ?? 0, sum: numbers[at + index * 2 + 1] ?? 0 },
    ]),
  ) as unknown as Observations
