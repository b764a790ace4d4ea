/** What was learned of a region's partners, in few bytes, and what it amounts to today. */

import type { Ranking } from '../program/contract.ts'
import { grown, Lists, type Names } from './columns.ts'
import type { Month, ReputationEntry } from './entry.ts'
import { decodeMonths, encodeMonths } from './month-codec.ts'
import {
  type LearnedPart,
  type Liking,
  learnedParts,
  likingOf,
  type Means,
  meansOf,
  type Observations,
  type Observed,
  observer,
  shrunk,
} from './ranking.ts'

/** n and sum of each learned part. */
const width = learnedParts.length * 2

export const noLiking: Liking = { good: 0, bad: 0 }

export class Learned {
  /** By list and code, such as `products/crm`. */
  readonly #codes: Names
  #partners = 0
  #open = new Int32Array(0)
  readonly #months = new Lists(new Uint8Array(0))
  /** Code, good, bad; code, good, bad… */
  readonly #likings = new Lists(new Uint32Array(0))
  /** As of a day. */
  #observed = new Float64Array(0)
  readonly #totals = new Float64Array(width)
  #observedAs = ''
  #observe: ReturnType<typeof observer> | undefined

  constructor(codes: Names) {
    this.#codes = codes
  }

  set(partner: number, { open, months, affinity }: ReputationEntry): void {
    this.#partners = Math.max(this.#partners, partner + 1)
    this.#open = grown(this.#open, partner + 1)
    this.#open[partner] = open
    this.#months.set(partner, encodeMonths(months))
    this.#likings.set(
      partner,
      Object.entries(affinity).flatMap(([key, counts]) => {
        const { good, bad } = likingOf(counts)
        return [this.#codes.numberOf(key), good, bad]
      }),
    )
    if (this.#observe) this.#observePartner(partner, this.#observe)
  }

  /** Brings observations up to the day, and the half-lives of the ranking. @returns whether they were others before */
  look(now: string, ranking: Ranking): boolean {
    const as = [now.slice(0, 10), ranking.halfLife, ranking.answerHalfTime].join()
    if (as === this.#observedAs) return false
    this.#observedAs = as
    this.#observe = observer(now, ranking)
    for (let partner = 0; partner < this.#partners; partner++)
      if (this.#months.lengthOf(partner) > 0) this.#observePartner(partner, this.#observe)
    return true
  }

  #observePartner(partner: number, observe: ReturnType<typeof observer>): void {
    this.#observed = grown(this.#observed, (partner + 1) * width)
    const observations = observe(decodeMonths(this.#months.of(partner)))
    learnedParts.forEach((part, index) => {
      const { n, sum } = observations[part]
      const at = partner * width + index * 2
      // Exact: both are multiples of the same fraction of 1.
      this.#addToTotal(index * 2, n - (this.#observed[at] ?? 0))
      this.#addToTotal(index * 2 + 1, sum - (this.#observed[at + 1] ?? 0))
      this.#observed[at] = n
      this.#observed[at + 1] = sum
    })
  }

  #addToTotal(at: number, more: number): void {
    this.#totals[at] = (this.#totals[at] ?? 0) + more
  }

  /** Referrals that are new or active. */
  openOf(partner: number): number {
    return this.#open[partner] ?? 0
  }

  meansUnder(ranking: Ranking): Means {
    return meansOf(observationsAt(this.#totals, 0), ranking)
  }

  observationsOf(partner: number): Observations {
    return observationsAt(this.#observed, partner * width)
  }

  /** How much of a part was observed, by its place among the learned parts. */
  countOf(partner: number, part: number): number {
    return this.#observed[partner * width + part * 2] ?? 0
  }

  /** A part as `visibilityParts` has it, by its place among the learned parts. */
  shareOf(partner: number, part: number, believed: number, shrinkage: number): number {
    const at = partner * width + part * 2
    return shrunk(this.#observed[at + 1] ?? 0, this.#observed[at] ?? 0, believed, shrinkage)
  }

  /** Of how many partners anything was observed, part by part. */
  contributors(): Readonly<Record<LearnedPart, number>> {
    const counts = learnedParts.map((part, index) => {
      let count = 0
      for (let partner = 0; partner < this.#partners; partner++)
        count += Number(this.countOf(partner, index) > 0)
      return [part, count]
    })
    return Object.fromEntries(counts)
  }

  /** What a partner made of referrals that asked for one of the codes. */
  likingFor(partner: number, isAsked: Uint8Array): Liking {
    const { pool } = this.#likings
    const start = this.#likings.startOf(partner)
    const end = start + this.#likings.lengthOf(partner)
    let [good, bad] = [0, 0]
    for (let index = start; index < end; index += 3) {
      if (isAsked[pool[index] as number] !== 1) continue
      good += pool[index + 1] as number
      bad += pool[index + 2] as number
    }
    return good + bad === 0 ? noLiking : { good, bad }
  }

  monthsOf(partner: number): Month[] {
    const months: Month[] = []
    for (const month of decodeMonths(this.#months.of(partner)))
      months.push({ ...month, answers: [...month.answers] })
    return months
  }

  get bytes(): number {
    return this.#open.byteLength + this.#observed.byteLength + this.#months.bytes + this.#likings.bytes
  }
}

const observationsAt = (numbers: Float64Array, at: number): Observations =>
  Object.fromEntries(
    learnedParts.map((part, index): [string, Observed] => [
      part,
      { n: numbers[at + index * 2] ?? 0, sum: numbers[at + index * 2 + 1] ?? 0 },
    ]),
  ) as unknown as Observations
