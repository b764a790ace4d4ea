/** Visibility of all rows, cached for a day and a ranking. */
import { Bitset } from './bitset.ts'
import { learnedParts, type Ranking } from './contract.ts'
import { grown } from './growable.ts'
import { type FitEvidence, fitFor, isNewcomer, type Means } from './observations.ts'
import type { RankingContext } from './partner-search.ts'
import {
  type VisibilityFormula,
  type VisibilityParts,
  visibilityFormula,
  visibilityParts,
} from './ranking.ts'
import type { ReputationColumns } from './reputation-columns.ts'

const speedAt = learnedParts.indexOf('speed')
const answerRateAt = learnedParts.indexOf('answerRate')
const followThroughAt = learnedParts.indexOf('followThrough')
const outcomeAt = learnedParts.indexOf('outcome')
const fitAt = learnedParts.indexOf('fit')

/** Everything but `set` and `invalidate` reads what the last `refresh` computed. */
export class VisibilityCache {
  readonly newcomers = new Bitset()
  readonly #reputation: ReputationColumns
  readonly #partnerOf: (row: number) => number
  /** Ranking that the cache was computed for; empty if the cache is stale. */
  #computedFor = ''
  #means: Means | undefined
  #formula: VisibilityFormula | undefined
  #highest = 0
  #sorted: Float64Array | undefined
  #qualities = new Float64Array(0)
  #visibility = new Float64Array(0)
  /** Parts of the weighted sum, kept apart because a search by codes replaces fit. */
  #sumBeforeFit = new Float64Array(0)
  #fit = new Float64Array(0)
  /** Upper bound: visibility with a fit of 1. */
  #upperBound = new Float64Array(0)

  constructor(reputation: ReputationColumns, partnerOf: (row: number) => number) {
    this.#reputation = reputation
    this.#partnerOf = partnerOf
  }

  set(row: number, quality: number): void {
    this.#qualities = grown(this.#qualities, row + 1)
    this.#visibility = grown(this.#visibility, row + 1)
    this.#sumBeforeFit = grown(this.#sumBeforeFit, row + 1)
    this.#fit = grown(this.#fit, row + 1)
    this.#upperBound = grown(this.#upperBound, row + 1)
    this.#qualities[row] = quality
  }

  /** Marks the cache stale; the next `refresh` recomputes all rows. */
  invalidate(): void {
    this.#computedFor = ''
  }

  /** Recomputes all rows if the cache is stale, or was computed for another day or ranking. */
  refresh(rows: Bitset, { now, ranking }: RankingContext): void {
    const isChanged = this.#reputation.refresh(now, ranking)
    const rankingKey = JSON.stringify(ranking)
    if (!isChanged && rankingKey === this.#computedFor) return
    this.invalidate()
    this.#sorted = undefined
    this.#means = this.#reputation.meansUnder(ranking)
    this.#formula = visibilityFormula(ranking)
    this.#highest = 0
    rows.each(this.#computeRow(ranking, this.#means, this.#formula))
    this.#computedFor = rankingKey
  }

  #computeRow(ranking: Ranking, means: Means, formula: VisibilityFormula): (row: number) => void {
    const { shrinkage } = ranking
    const { sumBeforeFit, visibility: visibilityWith } = formula
    const { speed, answerRate, followThrough, outcome, fit: fitMean } = means
    const reputation = this.#reputation
    // Locals, because private fields take longer to read in a loop over all rows.
    const [sums, fits, visibilities] = [this.#sumBeforeFit, this.#fit, this.#visibility]
    const [bounds, qualities, newcomers] = [this.#upperBound, this.#qualities, this.newcomers]
    const partnerOf = this.#partnerOf
    return row => {
      const partner = partnerOf(row)
      const before = sumBeforeFit(
        reputation.shareOf(partner, speedAt, speed, shrinkage),
        reputation.shareOf(partner, answerRateAt, answerRate, shrinkage),
        reputation.shareOf(partner, followThroughAt, followThrough, shrinkage),
        reputation.shareOf(partner, outcomeAt, outcome, shrinkage),
      )
      const fit = reputation.shareOf(partner, fitAt, fitMean, shrinkage)
      const quality = qualities[row] as number
      const visibility = visibilityWith(before, fit, quality)
      sums[row] = before
      fits[row] = fit
      visibilities[row] = visibility
      bounds[row] = visibilityWith(before, 1, quality)
      newcomers.put(row, isNewcomer(reputation.countOf(partner, answerRateAt), ranking))
      if (visibility > this.#highest) this.#highest = visibility
    }
  }

  of(row: number): number {
    return this.#visibility[row] as number
  }

  /** Upper bound for any search. */
  upperBoundOf(row: number): number {
    return this.#upperBound[row] as number
  }

  /** Visibility with the fit for the codes of a search. */
  withEvidence(row: number, evidence: FitEvidence, ranking: Ranking): number {
    const fit = fitFor(this.#fit[row] as number, evidence, ranking)
    return (this.#formula as VisibilityFormula).visibility(
      this.#sumBeforeFit[row] as number,
      fit,
      this.#qualities[row] as number,
    )
  }

  /** Highest visibility of all rows. */
  get highest(): number {
    return this.#highest
  }

  /** Means of the region. */
  get means(): Means {
    return this.#means as Means
  }

  partsOf(row: number, ranking: Ranking): VisibilityParts {
    const observations = this.#reputation.observationsOf(this.#partnerOf(row))
    return visibilityParts(observations, this.means, this.#qualities[row] ?? 0, ranking)
  }

  /** Visibilities of all rows in ascending order. */
  sorted(rows: Bitset): Float64Array {
    this.#sorted ??= Float64Array.from(rows, row => this.of(row)).sort()
    return this.#sorted
  }
}
