/** Scores rows for one request with the formula of ranking.ts. */

import type { Columns } from './columns.ts'
import { freeShareOf } from './columns.ts'
import { fitFor } from './observations.ts'
import {
  distancePart,
  type RelevanceParts,
  relevanceFormula,
  type Scored,
  scoreOf,
  type VisibilityParts,
} from './ranking.ts'
import type { ResolvedRequest } from './request.ts'
import type { VisibilityCache } from './visibility-cache.ts'

/** A value below every score. */
const belowAll = -1

export class Scorer {
  readonly #columns: Columns
  readonly #visibility: VisibilityCache
  readonly #request: ResolvedRequest
  /** Row of the newcomer that is shown with the highest visibility; -1 if there is none. */
  readonly #explored: number
  readonly #relevance: ReturnType<typeof relevanceFormula>

  constructor(columns: Columns, request: ResolvedRequest, explored: number | undefined) {
    this.#columns = columns
    this.#visibility = columns.visibility
    this.#request = request
    this.#explored = explored ?? -1
    const { context, codes, text, origin, sizes, languages } = request
    const isAsked = {
      tags: codes.count > 0,
      text: text !== undefined,
      distance: origin !== undefined,
      size: sizes !== undefined,
      language: languages !== undefined,
    }
    this.#relevance = relevanceFormula(isAsked, context.ranking)
  }

  /**
   * Branch and bound: returns the exact score, or any value below `minScore` once an upper bound proves that the row cannot
   * reach `minScore`.
   */
  score(row: number, minScore: number): number {
    const { capacity } = this.#request.query
    const score = this.#scoreWithoutLoad(row, minScore)
    // The free share is at most 1, so a value below the minimum stays below it.
    return capacity === undefined ? score : score * freeShareOf(this.#columns, row, capacity)
  }

  #scoreWithoutLoad(row: number, minScore: number): number {
    const maxVisibility = row === this.#explored ? 1 : this.#visibility.upperBoundOf(row)
    if (maxVisibility < minScore) return belowAll
    const { origin, context } = this.#request
    const tags = this.#tagsPart(row)
    const text = this.#textPart(row)
    const size = this.#sizePart(row)
    const language = this.#languagePart(row)
    const maxRelevance = this.#relevance(tags, text, 1, size, language)
    if (scoreOf(maxRelevance, maxVisibility) < minScore) return belowAll
    const visibility = this.#shownVisibility(row)
    const maxScore = scoreOf(maxRelevance, visibility)
    if (!origin || maxScore < minScore) return maxScore
    const distance = distancePart(this.#columns.locations.kmTo(row, origin), context.ranking)
    return scoreOf(this.#relevance(tags, text, distance, size, language), visibility)
  }

  // Parts without a criterion are 0, as `relevanceFormula` requires.

  #tagsPart(row: number): number {
    const { codes } = this.#request
    return codes.count > 0 ? this.#columns.codes.tagsPartOf(row, codes) : 0
  }

  #textPart(row: number): number {
    const { text } = this.#request
    return text ? text.partOf(row) : 0
  }

  #sizePart(row: number): number {
    const { sizes } = this.#request
    return sizes ? this.#columns.preferences.sizePartOf(row, sizes.rows) : 0
  }

  #languagePart(row: number): number {
    const { languages } = this.#request
    return languages ? this.#columns.languages.partOf(row, languages.rows) : 0
  }

  /** The explored newcomer gets the highest visibility of the region. */
  #shownVisibility(row: number): number {
    const own = this.#ownVisibility(row)
    return row === this.#explored ? Math.max(own, this.#visibility.highest) : own
  }

  #ownVisibility(row: number): number {
    const wins = this.#winsOf(row)
    return wins === 0 ? this.#visibility.visibilityOf(row) : this.#visibility.withWins(row, wins)
  }

  /** Returns the number of the partner's wins with the requested codes. */
  #winsOf(row: number): number {
    const { rows, reputation } = this.#columns
    const { numbers, isAsked } = this.#request.codes
    return numbers.length > 0 ? reputation.winsFor(rows.partnerOf(row), isAsked) : 0
  }

  /** Returns the parts of a row's score, for a hit. */
  partsOf(row: number): Scored {
    const { highest } = this.#visibility
    const isRaised = row === this.#explored && this.#ownVisibility(row) < highest
    return {
      parts: { relevance: this.#relevanceParts(row), visibility: this.#visibilityParts(row) },
      explored: isRaised ? { visibility: highest } : null,
    }
  }

  #relevanceParts(row: number): RelevanceParts {
    const { context, codes, text, origin, sizes, languages } = this.#request
    const { locations } = this.#columns
    return {
      ...(codes.count > 0 && { tags: this.#tagsPart(row) }),
      ...(text && { text: this.#textPart(row) }),
      ...(origin && { distance: distancePart(locations.kmTo(row, origin), context.ranking) }),
      ...(sizes && { size: this.#sizePart(row) }),
      ...(languages && { language: this.#languagePart(row) }),
    }
  }

  #visibilityParts(row: number): VisibilityParts {
    const { ranking } = this.#request.context
    const parts = this.#visibility.partsOf(row, ranking)
    const wins = this.#winsOf(row)
    return wins === 0 ? parts : { ...parts, fit: fitFor(parts.fit, wins) }
  }
}
