/**
 * Interface of the search engine for the partners of one region. Implementations accept entries
 * in any order. `createPartnerSearch` creates the in-memory engine; a search service can replace it.
 */

import type { Coordinates } from '../kernel/geo.ts'
import type { PartnerId } from '../kernel/ids.ts'
import type { Money } from '../kernel/money.ts'
import type { AnswerTime, CodeList, Exclusion, FacetName, Facets, LearnedPart, Ranking } from './contract.ts'
import type { DirectoryEntry } from './entry.ts'
import type { Means, Observations } from './observations.ts'
import type { Scored, VisibilityParts } from './ranking.ts'

export interface PartnerSearch {
  /** Number of active profiles. */
  readonly size: number
  /** True if an entry was dropped because the engine had its maximum number of partners. */
  readonly isFull: boolean

  /** Stores an entry, unless one of the same kind and partner with the same or a higher version was stored before. */
  apply(entry: DirectoryEntry): void

  search(query: SearchQuery, context: SearchContext): SearchResult

  /** Returns the visibility of an active profile with its parts; undefined if the profile is not active. */
  standingOf(partnerId: PartnerId, context: RankingContext): Standing | undefined

  /**
   * Returns the share of active profiles with a lower visibility, in [0, 1]; half of those with an equal one count as lower.
   */
  quantileOf(visibility: number, context: RankingContext): number

  /** Returns the mean position of the locations in a city that have coordinates; undefined if there are none. */
  whereIs(city: string): Coordinates | undefined
}

export type Codes = { readonly [L in CodeList]?: readonly string[] | undefined }

/** Criteria of a search. A missing criterion excludes no partner and does not affect the order. */
export interface SearchQuery {
  readonly codes: Codes
  /**
   * `all-lists` is for customers who browse: a profile needs one code of each list with requested codes, one of the words of
   * `text`, and one of the languages. `any` is for a described need: a profile needs one of all codes, if there are any;
   * text and languages affect the order alone.
   */
  readonly match: 'all-lists' | 'any'
  /** Industries of the customer, if they differ from `codes.industries`: excludes partners that exclude one of them. */
  readonly industries?: readonly string[] | undefined
  /**
   * Capacity in open referrals of profiles that set no limit. Multiplies scores by the free share
   * of the capacity and excludes partners without free capacity. If it is missing, the load does not affect the result.
   */
  readonly capacity?: number | undefined
  readonly text?: string | undefined
  /** Excludes partners that serve only other customer sizes. An empty list has no effect. */
  readonly sizes?: readonly string[] | undefined
  /** BCP 47 tags. Only their primary languages count. An empty list has no effect. */
  readonly languages?: readonly string[] | undefined
  readonly near?: Coordinates | undefined
  /** Requires a location within this distance of `near`, or in `city` if its coordinates are unknown. */
  readonly radiusKm?: number | undefined
  /** City of the customer: a location there has distance 0 if its coordinates are unknown. */
  readonly city?: string | undefined
  readonly budget?: Money | undefined
  /** Partners to leave out, for example earlier recipients of the RFI. */
  readonly without?: ReadonlySet<PartnerId> | undefined
  readonly limit: number
  /** Position of the last hit of the previous page. */
  readonly after?: Position | undefined
  /** Adds facets to the result. */
  readonly facets?: boolean | undefined
  /** Adds excluded partners and reasons to the result. */
  readonly trace?: boolean | undefined
}

/** Date and weights of the visibility. Ages are counted in days (UTC), so visibility changes once a day. */
export interface RankingContext {
  /** Instant in UTC, ISO 8601. */
  readonly now: string
  readonly ranking: Ranking
}

export interface SearchContext extends RankingContext {
  /** Orders hits with equal scores and chooses newcomers. Pages of one search need the same seed. */
  readonly seed: string
}

/** Position of a hit in the order of results: by score (descending), then tie, then partner id. */
export interface Position {
  readonly score: number
  readonly tie: number
  readonly partnerId: PartnerId
}

export interface Hit extends Scored, Position {
  readonly name: string
  readonly headline: string
  readonly languages: readonly string[]
  /** Best location for the customer: the nearest, or one in its city, or the first. Reachable ones come first. */
  readonly locationId: string
  readonly city: string
  /** Great-circle distance; undefined if unknown. */
  readonly distanceKm: number | undefined
  /** Criteria of the query that the profile meets: codes, customer sizes, languages. */
  readonly matched: readonly { readonly list: FacetName; readonly code: string }[]
  /** Words of a typed text that were found in the profile, as they were typed. */
  readonly words: readonly string[]
  readonly answerTime: AnswerTime | null
  /** Number of open referrals. */
  readonly open: number
  /** Number of open referrals that the partner accepts at the same time; null if it has no limit. */
  readonly maxOpen: number | null
}

export interface Excluded {
  /** Number of matching partners by the first reason that excludes them. */
  readonly counts: Readonly<Record<Exclusion, number>>
  /** Up to 20 of them, highest score first. */
  readonly named: readonly { readonly partnerId: PartnerId; readonly why: Exclusion }[]
}

export interface SearchResult {
  /** Number of hits on all pages. */
  readonly total: number
  readonly hits: readonly Hit[]
  /**
   * Number of profiles per value, highest first. Each list is counted without the query's own criterion for that list.
   * Null if the query does not request facets.
   */
  readonly facets: Facets | null
  /** Null if the query does not request it. */
  readonly excluded: Excluded | null
  /** Position after which the next page starts; undefined on the last page. */
  readonly next: Position | undefined
}

/** A partner's visibility in its region. */
export interface Standing {
  readonly visibility: number
  readonly parts: VisibilityParts
  /** Decayed observations from which the learned parts are computed. */
  readonly observations: Observations
  /** Averages of the region. With few observations, a part is close to the average. */
  readonly means: Means
  /** Number of partners with observations, by part. */
  readonly contributors: Readonly<Record<LearnedPart, number>>
  readonly isNewcomer: boolean
  readonly answerTime: AnswerTime | null
  /** Number of open referrals. */
  readonly open: number
  /** Number of open referrals that the partner accepts at the same time; null if it has no limit. */
  readonly maxOpen: number | null
  /** True if mail can be delivered to a contact of at least one location. */
  readonly isDeliverable: boolean
}

export interface PartnerSearchOptions {
  /**
   * Returns the names of a code in all languages, for matching texts. After a change of the taxonomy, create a new engine.
   */
  readonly labelsOf: (list: CodeList, code: string) => readonly string[]
  /** Maximum number of partners, active or not. A partner takes about 1.5 KB (bench), so 200,000 partners take 300 MB. */
  readonly maxPartners?: number
}
