/**
 * Public types and lists of search, for other contracts. The policy sets the weights and the taxonomy sets the codes; their
 * types match these structurally, so that search depends on neither.
 */

/** Lists of codes that describe profiles and requests. */
export const codeLists = ['industries', 'products', 'services', 'solutions'] as const
export type CodeList = (typeof codeLists)[number]

/** Lists for which facets are counted. */
export type FacetName = CodeList | 'customerSizes' | 'languages'

/** A value, and the number of profiles that have it. */
export interface FacetCount {
  readonly code: string
  readonly count: number
}

export type Facets = Readonly<Record<FacetName, readonly FacetCount[]>>

/** Reasons why an active profile is excluded, in order: the first one that applies is reported. */
export const exclusions = [
  'paused',
  'full',
  'undeliverable',
  'size',
  'industry',
  'keyword',
  'deal-value',
] as const
export type Exclusion = (typeof exclusions)[number]

/** Classes of the median answer time of a partner, as shown to customers. */
export const answerTimes = [
  'within-hours',
  'within-a-day',
  'within-three-days',
  'within-two-weeks',
  'later',
] as const
export type AnswerTime = (typeof answerTimes)[number]

/** Parts of visibility that are computed from events of referrals. */
export const learnedParts = ['speed', 'answerRate', 'followThrough', 'outcome', 'fit'] as const
export type LearnedPart = (typeof learnedParts)[number]
export type VisibilityPart = LearnedPart | 'quality'

/** Parts of relevance. A search has only the parts that it asks for. */
export type RelevancePart = 'tags' | 'text' | 'distance' | 'size' | 'language'

/** Numbers that order partners. docs/ranking.md has the formula. */
export interface Ranking {
  /** Weight of each part, in [0, 1]. */
  readonly relevance: Readonly<Record<RelevancePart, number>>
  readonly visibility: Readonly<Record<VisibilityPart, number>>
  /** Number of observations of a partner that have the same weight as the mean of the region. */
  readonly shrinkage: number
  /** ISO 8601 duration after which the weight of an observation is halved. */
  readonly halfLife: string
  /** ISO 8601 duration after which an answer counts half as much as an immediate one. */
  readonly answerHalfTime: string
  /** Distance in kilometres at which a location counts half as much as one at the customer. */
  readonly distanceHalfKm: number
  readonly exploration: {
    /** Share of searches that rank a newcomer with the highest visibility, in [0, 1]. */
    readonly share: number
    /** Partners with fewer observations of answers than this are newcomers. */
    readonly below: number
  }
}
