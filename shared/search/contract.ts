/**
 * Public vocabulary of search, without code: other contracts may import it. The weights are set by the program's policy, and
 * codes by its taxonomy. Their types fit these structurally, so that search depends on neither.
 */

/** Lists of codes that profiles and requests are described with. */
export const codeLists = ['industries', 'products', 'services', 'solutions'] as const
export type CodeList = (typeof codeLists)[number]

/** Lists that facets are counted for. */
export type FacetName = CodeList | 'customerSizes' | 'languages'

/** A value, and how many profiles have it. */
export interface FacetCount {
  readonly code: string
  readonly count: number
}

export type Facets = Readonly<Record<FacetName, readonly FacetCount[]>>

/** Reasons why an active profile is not shown or not sent something, in order: the first that holds is reported. */
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

/** Classes of a partner's median answer time, as customers are shown them. */
export const answerTimes = [
  'within-hours',
  'within-a-day',
  'within-three-days',
  'within-two-weeks',
  'later',
] as const
export type AnswerTime = (typeof answerTimes)[number]

/** Parts of visibility that are learned from referrals. */
export const learnedParts = ['speed', 'answerRate', 'followThrough', 'outcome', 'fit'] as const
export type LearnedPart = (typeof learnedParts)[number]
export type VisibilityPart = LearnedPart | 'quality'

/** Parts of relevance; a search has only those that it asks for. */
export type RelevancePart = 'tags' | 'text' | 'distance' | 'size' | 'language'

/** Numbers that order partners. docs/ranking.md has the formula. */
export interface Ranking {
  /** Weight of each part, in [0, 1]. */
  readonly relevance: Readonly<Record<RelevancePart, number>>
  readonly visibility: Readonly<Record<VisibilityPart, number>>
  /** Number of observations of a partner that weigh as much as the region's mean. */
  readonly shrinkage: number
  /** ISO 8601 duration after which an observation weighs half. */
  readonly halfLife: string
  /** ISO 8601 duration after which an answer is worth half of an immediate one. */
  readonly answerHalfTime: string
  /** Distance at which a location is worth half of one next door. */
  readonly distanceHalfKm: number
  readonly exploration: {
    /** Share of searches that show a newcomer with the highest visibility, in [0, 1]. */
    readonly share: number
    /** Partners with fewer observations of answers than this are newcomers. */
    readonly below: number
  }
}
