/**
 * Ranking formula: score = relevance × visibility, both in [0, 1]. Relevance measures how well a partner matches the search.
 * Visibility measures how well it has answered referrals so far. Search, insights for partners, and replays of routing
 * decisions with other weights use the same functions.
 */

import type { Ranking, RelevancePart, VisibilityPart } from './contract.ts'
import { mix } from './hash.ts'
import { eachLearned, type Means, type Observations, priorsOf, shrunk, speedPart } from './observations.ts'

export type VisibilityParts = Readonly<Record<VisibilityPart, number>>
/** Parts of the relevance. Parts for which the search has no criterion are undefined. */
export type RelevanceParts = { readonly [P in RelevancePart]?: number | undefined }

/**
 * Returns a function that computes the weighted mean of the parts for which the search has criteria. All other parts must
 * be 0; without any criterion the result is 1. The parts are separate numbers, because creating an object for each
 * candidate is slow.
 */
export const relevanceFormula = (
  hasCriterion: Readonly<Record<RelevancePart, boolean>>,
  { relevance: weights }: Ranking,
): ((tags: number, text: number, distance: number, size: number, language: number) => number) => {
  const weightOf = (part: RelevancePart) => (hasCriterion[part] ? weights[part] : 0)
  const wTags = weightOf('tags')
  const wText = weightOf('text')
  const wDistance = weightOf('distance')
  const wSize = weightOf('size')
  const wLanguage = weightOf('language')
  const total = wTags + wText + wDistance + wSize + wLanguage
  return (tags, text, distance, size, language) => {
    const sum = wTags * tags + wText * text + wDistance * distance + wSize * size + wLanguage * language
    return total > 0 ? sum / total : 1
  }
}

export const relevanceOf = (parts: RelevanceParts, ranking: Ranking): number => {
  const { tags, text, distance, size, language } = parts
  const hasCriterion = {
    tags: tags !== undefined,
    text: text !== undefined,
    distance: distance !== undefined,
    size: size !== undefined,
    language: language !== undefined,
  }
  return relevanceFormula(hasCriterion, ranking)(
    tags ?? 0,
    text ?? 0,
    distance ?? 0,
    size ?? 0,
    language ?? 0,
  )
}

/**
 * Weighted mean of the visibility parts, computed in two steps: search stores the sum of the parts without `fit` and
 * `quality`, because a search by codes replaces `fit`.
 */
export interface VisibilityFormula {
  readonly sumBeforeFit: (speed: number, answerRate: number, followThrough: number, outcome: number) => number
  readonly visibility: (sumBeforeFit: number, fit: number, quality: number) => number
}

export const visibilityFormula = ({ visibility: weights }: Ranking): VisibilityFormula => {
  const { speed, answerRate, followThrough, outcome, fit, quality } = weights
  const total = speed + answerRate + followThrough + outcome + fit + quality
  return {
    sumBeforeFit: (itsSpeed, itsAnswerRate, itsFollowThrough, itsOutcome) =>
      speed * itsSpeed + answerRate * itsAnswerRate + followThrough * itsFollowThrough + outcome * itsOutcome,
    visibility: (before, itsFit, itsQuality) =>
      total > 0 ? (before + fit * itsFit + quality * itsQuality) / total : 1,
  }
}

export const visibilityOf = (parts: VisibilityParts, ranking: Ranking): number => {
  const { sumBeforeFit, visibility } = visibilityFormula(ranking)
  const before = sumBeforeFit(parts.speed, parts.answerRate, parts.followThrough, parts.outcome)
  return visibility(before, parts.fit, parts.quality)
}

export const visibilityParts = (
  observations: Observations,
  means: Means,
  quality: number,
  { shrinkage }: Ranking,
): VisibilityParts => {
  const priors = priorsOf(means)
  const learned = eachLearned(part =>
    shrunk(observations[part].sum, observations[part].n, priors[part], shrinkage),
  )
  return { ...learned, speed: speedPart(learned.speed, learned.outcome), quality }
}

export const scoreOf = (relevance: number, visibility: number): number => relevance * visibility

/** Returns the free share of the capacity, in [0, 1]. */
export const freeShare = (open: number, capacity: number): number =>
  capacity > 0 ? Math.min(1, Math.max(0, 1 - open / capacity)) : 0

/** Parts of a score, as they are stored with a routing decision. */
export interface Scored {
  readonly parts: { readonly relevance: RelevanceParts; readonly visibility: VisibilityParts }
  /** Visibility that replaces the partner's own, for the newcomer that an exploring search shows. */
  readonly explored: { readonly visibility: number } | null
}

/** Returns the score of stored parts with the weights of a ranking, which can differ from those of the decision. */
export const scoreUnder = ({ parts, explored }: Scored, ranking: Ranking): number =>
  scoreOf(
    relevanceOf(parts.relevance, ranking),
    explored ? explored.visibility : visibilityOf(parts.visibility, ranking),
  )

/** Maximum reduction of the tags part, for profiles with many codes that were not requested. */
const focusWeight = 0.2

/**
 * Returns the share of the requested codes that a profile has, reduced by its other codes in the same lists:
 * matched / requested × (1 − 0.2 × (1 − matched / own)).
 * @param own number of the profile's codes in the lists that have requested codes
 */
export const tagsPart = (matched: number, requested: number, own: number): number =>
  matched === 0 ? 0 : (matched / requested) * (1 - focusWeight * (1 - matched / own))

/** Returns 1 for a distance of 0; `distanceHalfKm` more kilometres halve the result. */
export const distancePart = (km: number, { distanceHalfKm }: Ranking): number => 2 ** (-km / distanceHalfKm)

/** Size or language part of profiles that name no sizes or languages. */
export const neutralPart = 0.5

/** Returns the inverse document frequency (BM25) of a word that `count` of `total` profiles have. */
export const inverseDocumentFrequency = (count: number, total: number): number =>
  Math.log(1 + (total - count + 0.5) / (count + 0.5))

/** Returns a pseudo-random number that orders partners with equal scores. Both arguments are hashes. */
export const tieBreaker = (seed: number, partner: number): number => mix(seed ^ partner)

/**
 * Returns true for the configured share of searches. Such a search ranks one matching newcomer, the first by tie-breaker,
 * as if it had the highest visibility of the region. Only one, so that newcomers do not fill the page in a region that has
 * many of them.
 */
export const isExploring = (seed: number, { exploration }: Ranking): boolean =>
  mix(seed ^ 0x9e3779b9) < exploration.share * 2 ** 32
