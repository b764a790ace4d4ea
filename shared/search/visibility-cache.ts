/** The visibility of many rows, as of a day and a ranking: what `visibilityOf` the parts is, in little time. */
import type { Ranking } from '../program/contract.ts'
import { Bits, grown } from './columns.ts'
import {
  fitFor,
  type Liking,
  learnedParts,
  type Means,
  type VisibilityParts,
  visibilityParts,
} from './ranking.ts'
import type { Learned } from './reputation-columns.ts'

/** When visibility is looked at, and by which ranking. Days are counted in UTC, and nothing changes within one. */
export interface Look {
  /** An instant. */
  readonly now: string
  readonly ranking: Ranking
}

const fitAt = learnedParts.indexOf('fit')
const answerRateAt = learnedParts.indexOf('answerRate')

export class Visibilities {
  readonly newcomers = new Bits()
  readonly #learned: Learned
  readonly #partnerOf: (row: number) => number
  #lookedAt = ''
  #means: Means | undefined
  #weight = 1
  #highest = 0
  #sorted: Float64Array | undefined
  #qualities = new Float64Array(0)
  #visibility = new Float64Array(0)
  /** Of the sum that visibility is a share of, what comes before fit; and fit, which a search may replace. */
  #beforeFit = new Float64Array(0)
  #fit = new Float64Array(0)
  /** With the best fit there could be. */
  #most = new Float64Array(0)

  constructor(learned: Learned, partnerOf: (row: number) => number) {
    this.#learned = learned
    this.#partnerOf = partnerOf
  }

  set(row: number, quality: number): void {
    this.#qualities = grown(this.#qualities, row + 1)
    this.#visibility = grown(this.#visibility, row + 1)
    this.#beforeFit = grown(this.#beforeFit, row + 1)
    this.#fit = grown(this.#fit, row + 1)
    this.#most = grown(this.#most, row + 1)
    this.#qualities[row] = quality
  }

  /** Has the next look see what is there then. */
  forget(): void {
    this.#lookedAt = ''
  }

  /** Brings all rows up to the day and the ranking. */
  look(rows: Bits, { now, ranking }: Look): void {
    const isAnotherDay = this.#learned.look(now, ranking)
    const as = JSON.stringify(ranking)
    if (!isAnotherDay && as === this.#lookedAt) return
    this.#lookedAt = as
    this.#sorted = undefined
    this.#means = this.#learned.meansUnder(ranking)
    this.#weight = weightOf(ranking)
    this.#highest = 0
    rows.each(this.#lookAt(ranking, this.#means))
  }

  /** Adds up in the very order of ranking.ts. */
  #lookAt({ visibility: weights, shrinkage, exploration }: Ranking, means: Means): (row: number) => void {
    const believed = learnedParts.map(part => means[part])
    const weightsOf = learnedParts.map(part => weights[part])
    return row => {
      const partner = this.#partnerOf(row)
      const part = (index: number) =>
        this.#learned.shareOf(partner, index, believed[index] as number, shrinkage)
      let before = 0
      for (let index = 0; index < fitAt; index++) before += (weightsOf[index] as number) * part(index)
      const fit = part(fitAt)
      const quality = weights.quality * (this.#qualities[row] as number)
      const visibility = this.#share(before + weights.fit * fit + quality)
      this.#beforeFit[row] = before
      this.#fit[row] = fit
      this.#visibility[row] = visibility
      this.#most[row] = this.#share(before + weights.fit + quality)
      this.newcomers.put(row, this.#learned.countOf(partner, answerRateAt) < exploration.below)
      if (visibility > this.#highest) this.#highest = visibility
    }
  }

  #share(sum: number): number {
    return this.#weight > 0 ? sum / this.#weight : 1
  }

  of(row: number): number {
    return this.#visibility[row] as number
  }

  /** What it can be at most, whatever is asked. */
  mostOf(row: number): number {
    return this.#most[row] as number
  }

  /** With the fit for what is asked. */
  withLiking(row: number, liking: Liking, ranking: Ranking): number {
    const { fit, quality } = ranking.visibility
    const here = fitFor(this.#fit[row] as number, liking, ranking)
    return this.#share(
      (this.#beforeFit[row] as number) + fit * here + quality * (this.#qualities[row] as number),
    )
  }

  /** That of the best of all rows. */
  get highest(): number {
    return this.#highest
  }

  /** What is believed of who was never observed. */
  get means(): Means {
    return this.#means as Means
  }

  partsOf(row: number, ranking: Ranking): VisibilityParts {
    const observations = this.#learned.observationsOf(this.#partnerOf(row))
    return visibilityParts(observations, this.means, this.#qualities[row] ?? 0, ranking)
  }

  /** Those of the rows, rising. */
  sorted(rows: Bits): Float64Array {
    this.#sorted ??= Float64Array.from(rows, row => this.of(row)).sort()
    return this.#sorted
  }

  get bytes(): number {
    return [this.#qualities, this.#visibility, this.#beforeFit, this.#fit, this.#most].reduce(
      (sum, { byteLength }) => sum + byteLength,
      this.newcomers.bytes,
    )
  }
}

const weightOf = ({ visibility: weights }: Ranking): number => {
  let sum = 0
  for (const part of learnedParts) sum += weights[part]
  return sum + weights.quality
}
