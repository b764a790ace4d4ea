/** Visibility of all rows, computed once for each day and each set of ranking weights. */
import { Bitset } from './bitset.ts'
import { learnedParts, type Ranking } from './contract.ts'
import { withCapacity } from './growable.ts'
import { fitFor, isNewcomer, type Means, priorsOf, speedPart } from './observations.ts'
import type { RankingContext } from './partner-search.ts'
import {
  type VisibilityFormula,
  type VisibilityParts,
  visibilityFormula,
  visibilityParts,
} from './ranking.ts'
import type { ReputationColumns } from './reputation-columns.ts'

const speedIndex = learnedParts.indexOf('speed')
const answerRateIndex = learnedParts.indexOf('answerRate')
const followThroughIndex = learnedParts.indexOf('followThrough')
const outcomeIndex = learnedParts.indexOf('outcome')
const fitIndex = learnedParts.indexOf('fit')

/** `refresh` computes the visibility of all rows; the other methods, except `set` and `invalidate`, read the results. */
export class VisibilityCache {
  readonly newcomers = new Bitset()
  readonly #reputation: ReputationColumns
  readonly #partnerOf: (row: number) => number
  /** Ranking of the last computation, as JSON; empty if the cache is stale. */
  #computedFor = ''
  #means: Means | undefined
  #formula: VisibilityFormula | undefined
  #highest = 0
  #sorted: Float64Array | undefined
  #qualities = new Float64Array(0)
  #visibility = new Float64Array(0)
  /** Weighted sum without fit and quality, stored separately because a search by codes replaces fit. */
  #sumBeforeFit = new Float64Array(0)
  #fit = new Float64Array(0)
  /** Visibility with a fit of 1, by row. */
  #upperBound = new Float64Array(0)

  constructor(reputation: ReputationColumns, partnerOf: (row: number) => number) {
    this.#reputation = reputation
    this.#partnerOf = partnerOf
  }

  set(row: number, quality: number): void {
    this.#qualities = withCapacity(this.#qualities, row + 1)
    this.#visibility = withCapacity(this.#visibility, row + 1)
    this.#sumBeforeFit = withCapacity(this.#sumBeforeFit, row + 1)
    this.#fit = withCapacity(this.#fit, row + 1)
    this.#upperBound = withCapacity(this.#upperBound, row + 1)
    this.#qualities[row] = quality
  }

  /** Marks the cache as stale: the next `refresh` recomputes all rows. */
  invalidate(): void {
    this.#computedFor = ''
  }

  /** Recomputes all rows if the cache is stale or was computed for another day or ranking. */
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
    const { speed, answerRate, followThrough, outcome: outcomePrior, fit: fitPrior } = priorsOf(means)
    const reputation = this.#reputation
    // Local variables, because reading private fields in a loop over all rows is slower.
    const [sums, fits, visibilities] = [this.#sumBeforeFit, this.#fit, this.#visibility]
    const [bounds, qualities, newcomers] = [this.#upperBound, this.#qualities, this.newcomers]
    const partnerOf = this.#partnerOf
    return row => {
      const partner = partnerOf(row)
      const outcome = reputation.shareOf(partner, outcomeIndex, outcomePrior, shrinkage)
      const before = sumBeforeFit(
        speedPart(reputation.shareOf(partner, speedIndex, speed, shrinkage), outcome),
        reputation.shareOf(partner, answerRateIndex, answerRate, shrinkage),
        reputation.shareOf(partner, followThroughIndex, followThrough, shrinkage),
        outcome,
      )
      const fit = reputation.shareOf(partner, fitIndex, fitPrior, shrinkage)
      const quality = qualities[row] as number
      const visibility = visibilityWith(before, fit, quality)
      sums[row] = before
      fits[row] = fit
      visibilities[row] = visibility
      bounds[row] = visibilityWith(before, 1, quality)
      newcomers.put(row, isNewcomer(reputation.countOf(partner, answerRateIndex), ranking))
      if (visibility > this.#highest) this.#highest = visibility
    }
  }

  visibilityOf(row: number): number {
    return this.#visibility[row] as number
  }

  /** Returns an upper bound of the visibility of a row in any search. */
  upperBoundOf(row: number): number {
    return this.#upperBound[row] as number
  }

  /** Returns the visibility of a row with the fit for the codes of a search. @param wins won referrals with these codes */
  withWins(row: number, wins: number): number {
    const fit = fitFor(this.#fit[row] as number, wins)
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

  /** Average of each part over the partners of the region. */
  get means(): Means {
    return this.#means as Means
  }

  partsOf(row: number, ranking: Ranking): VisibilityParts {
    const observations = this.#reputation.observationsOf(this.#partnerOf(row))
    return visibilityParts(observations, this.means, this.#qualities[row] ?? 0, ranking)
  }

  /** Returns the visibilities of all rows in ascending order. */
  sorted(rows: Bitset): Float64Array {
    this.#sorted ??= Float64Array.from(rows, row => this.visibilityOf(row)).sort()
    return this.#sorted
  }
}
