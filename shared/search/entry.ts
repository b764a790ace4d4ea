/**
 * Entries: the facts about a partner in a region that search uses. Each stored item that affects a partner's rank has one
 * entry, which the directory index projects. Entries are stored, so changes must follow the rules for stored schemas.
 */

import type { Coordinates } from '../kernel/geo.ts'
import type { PartnerId } from '../kernel/ids.ts'
import type { Money } from '../kernel/money.ts'

interface EntryIdentity {
  readonly partnerId: PartnerId
  readonly region: string
  /**
   * Version of the stored item. If there are two entries of the same kind and partner, the one with the higher version is
   * newer.
   */
  readonly version: number
}

/** An active profile; null if the profile is no longer active. */
export interface ProfileEntry extends EntryIdentity {
  readonly kind: 'profile'
  readonly profile: ListedProfile | null
}

export interface ListedProfile {
  readonly name: string
  readonly headline: string
  readonly languages: readonly string[]
  readonly industries: readonly string[]
  readonly products: readonly string[]
  readonly services: readonly string[]
  readonly solutions: readonly string[]
  /** Customer sizes that the partner serves; empty for all sizes. */
  readonly customerSizes: readonly string[]
  readonly keywords: readonly string[]
  readonly preferences: Preferences
  /** Completeness of the profile, in [0, 1]. */
  readonly quality: number
  readonly locations: readonly ListedLocation[]
  /** Fingerprints of the addresses that get mail for locations without a reachable contact. */
  readonly defaultContacts: readonly string[]
}

export interface ListedLocation {
  readonly id: string
  readonly city: string
  readonly coordinates: Coordinates | null
  /** Fingerprints of the addresses that get mail about referrals to the location. */
  readonly contacts: readonly string[]
}

/** Limits of a partner for the requests that it gets. */
export interface Preferences {
  readonly minDealValue: Money | null
  readonly excludedKeywords: readonly string[]
  readonly excludedIndustries: readonly string[]
  /** Maximum number of open referrals. */
  readonly maxOpenReferrals: number | null
  /** First day (UTC, YYYY-MM-DD) on which the partner takes referrals again. */
  readonly pausedUntil: string | null
}

/** Figures about a partner's answers to its referrals. */
export interface ReputationEntry extends EntryIdentity {
  readonly kind: 'reputation'
  /** Number of referrals that are new or active. */
  readonly open: number
  readonly months: readonly Month[]
  /** Results by list and code, such as `products/crm`. */
  readonly affinity: Readonly<Record<string, Affinity>>
}

/** Counts of a month. They are whole numbers, so that the order in which they are added does not matter. */
export interface Month {
  /** Month in UTC, such as 2026-11. */
  readonly month: string
  /** Number of answers by band of answer times, see answer-time.ts. */
  readonly answers: readonly number[]
  /** Answers to referrals that the partner received in its first days. Their answer times do not count. */
  readonly earlyAnswers: number
  /** Referrals that expired without an answer. */
  readonly silences: number
  /** Accepted referrals. Each counts as not won until the partner reports that it was won. */
  readonly accepted: number
  readonly won: number
  /** Wins that the customer denied. They are not in `won`. */
  readonly deniedWins: number
  /** Lost referrals, for advice. They do not affect the visibility, because `accepted` includes them. */
  readonly lost: number
  /** Nudges about accepted referrals without a reported result. */
  readonly unfollowed: number
}

/** Results of a partner's referrals whose need has a code. Wins that the customer denied do not count. */
export type Affinity = Pick<Month, 'won'>

/** Fingerprints of a partner's addresses to which mail cannot be delivered. */
export interface HealthEntry extends EntryIdentity {
  readonly kind: 'health'
  readonly failing: readonly string[]
}

export type DirectoryEntry = ProfileEntry | ReputationEntry | HealthEntry
