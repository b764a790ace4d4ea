/**
 * Ranking formula: score = relevance × visibility, both in [0, 1]. Relevance says how well a partner fits the search,
 * visibility how it has answered. The same functions serve search, insights for partners, and replays with other weights.
 */

import type { Ranking, RelevancePart, VisibilityPart } from './contract.ts'
import { mix } from './hash.ts'
import { eachLearned, type Means, type Observations, shrunk } from './observations.ts'

export type VisibilityParts = Readonly<Record<VisibilityPart, number>>
/** Only the parts that a search asks for. */
export type RelevanceParts = { readonly [P in RelevancePart]?: number | undefined }

/**
 * Returns the weighted mean of the parts that a search asks for. It takes parts as numbers and not as an object, because
 * search calls it for each candidate. A part that is not asked for must be 0; without any part, everything is relevant.
 */
export const relevanceFormula = (
  isAsked: Readonly<Record<RelevancePart, boolean>>,
  { relevance: weights }: Ranking,
): ((tags: number, text: number, distance: number, size: number, language: number) => number) => {
  const weightOf = (part: RelevancePart) => (isAsked[part] ? weights[part] : 0)
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
  const isAsked = {
    tags: tags !== undefined,
    text: text !== undefined,
    distance: distance !== undefined,
    size: size !== undefined,
    language: language !== undefined,
  }
  return relevanceFormula(isAsked, ranking)(tags ?? 0, text ?? 0, distance ?? 0, size ?? 0, language ?? 0)
}

/**
 * Visibility as a weighted mean that is computed in two steps: search keeps the sum of the parts before `fit`, because a
 * search by codes replaces fit.
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
): VisibilityParts => ({
  ...eachLearned(part => shrunk(observations[part].sum, observations[part].n, means[part], shrinkage)),
  quality,
})

export const scoreOf = (relevance: number, visibility: number): number => relevance * visibility

/** Free share of a load, in [0, 1]. */
export const freeShare = (open: number, capacity: number): number =>
  capacity > 0 ? Math.min(1, Math.max(0, 1 - open / capacity)) : 0

/** Parts of a score, as they are stored with a decision. */
export interface Scored {
  readonly parts: { readonly relevance: RelevanceParts; readonly visibility: VisibilityParts }
  /** Set for the newcomer of an exploring search, which gets this visibility in place of its own. */
  readonly explored: { readonly visibility: number } | null
}

/** Returns the score of stored parts under a ranking, which can differ from the one of the decision. */
export const scoreUnder = ({ parts, explored }: Scored, ranking: Ranking): number =>
  scoreOf(
    relevanceOf(parts.relevance, ranking),
    explored ? explored.visibility : visibilityOf(parts.visibility, ranking),
  )

/** Share of the tags part that is lost by a profile with very many other codes. */
const focusWeight = 0.2

/**
 * Share of the requested codes that a profile has, reduced by its other codes in the requested lists:
 * matched / asked × (1 − 0.2 × (1 − matched / own)).
 * @param own number of the profile's codes in the lists that are asked for
 */
export const tagsPart = (matched: number, asked: number, own: number): number =>
  matched === 0 ? 0 : (matched / asked) * (1 - focusWeight * (1 - matched / own))

/** 1 at distance 0, half as much for each further distanceHalfKm. */
export const distancePart = (km: number, { distanceHalfKm }: Ranking): number => 2 ** (-km / distanceHalfKm)

/** Size or language part of a profile that names no sizes or languages. */
export const unstated = 0.5

/** Inverse document frequency (BM25) of a word that `count` of `total` profiles have. */
export const inverseDocumentFrequency = (count: number, total: number): number =>
  Math.log(1 + (total - count + 0.5) / (count + 0.5))

/** Orders equal scores: differently for each seed, and always the same for one seed. Both arguments are hashes. */
export const tieOf = (seed: number, partner: number): number => mix(seed ^ partner)

/**
 * True for the share of seeds that the policy sets. Such a search shows one matching newcomer, the first by its tie, with
 * the highest visibility of the region. It is one only, because a region with many newcomers would fill the page with them.
 */
export const isExploring = (seed: number, { exploration }: Ranking): boolean =>
  mix(seed ^ 0x9e3779b9) < exploration.share * 2 ** 32
