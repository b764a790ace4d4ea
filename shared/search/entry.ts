/**
 * What search knows of a region's partners: one entry per thing that bears on a partner's place. Each stands on the item
 * that it tells of, and is projected by the directory index.
 */
import type { Money } from '../kernel/contract.ts'

interface Entry {
  readonly partnerId: string
  readonly region: string
  /** Of the item that it stands on: of two entries of a kind, the higher is the later. */
  readonly version: number
}

/** An active profile, as search knows it; of one that is active no more, only that. */
export interface ProfileEntry extends Entry {
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
  /** None: customers of every size. */
  readonly customerSizes: readonly string[]
  readonly keywords: readonly string[]
  readonly preferences: Preferences
  /** How much of what helps customers choose the profile says, in [0, 1]. */
  readonly quality: number
  readonly locations: readonly ListedLocation[]
  /** Digests of the addresses of those who are mailed when nobody at the location can be. */
  readonly defaultContacts: readonly string[]
}

export interface ListedLocation {
  readonly id: string
  readonly city: string
  /** Degrees north and east, where they are known. */
  readonly coordinates: { readonly latitude: number; readonly longitude: number } | null
  /** Digests of the addresses of who is mailed about its referrals. */
  readonly contacts: readonly string[]
}

/** What a partner would rather not be sent. */
export interface Preferences {
  readonly leastDealValue: Money | null
  readonly excludedKeywords: readonly string[]
  readonly excludedIndustries: readonly string[]
  /** How many referrals it can have open at once. */
  readonly mostOpenReferrals: number | null
  /** The day on which it is back (UTC). */
  readonly pausedUntil: string | null
}

/** Returns whether a partner is away on a day (UTC, YYYY-MM-DD). It is back on `pausedUntil` itself. */
export const isPaused = ({ pausedUntil }: Preferences, today: string): boolean =>
  pausedUntil !== null && today < pausedUntil

/** What was learned of a partner by how it answers. */
export interface ReputationEntry extends Entry {
  readonly kind: 'reputation'
  /** Referrals that are new or active. */
  readonly open: number
  readonly months: readonly Month[]
  /** By list and code, such as `products/crm`. */
  readonly affinity: Readonly<Record<string, Affinity>>
}

/** What was observed in a month: whole numbers alone, so that the order of observations changes nothing. */
export interface Month {
  /** In UTC, such as 2026-11. */
  readonly month: string
  /** Answers by how long they took: the first band ends at a quarter of an hour, each next at twice the one before. */
  readonly answers: readonly number[]
  /** Referrals left to expire. */
  readonly silences: number
  /** Referrals accepted, and those turned down, or lost, because they did not fit. */
  readonly fits: number
  readonly misfits: number
  /** Accepted referrals whose end was reported, and reminders that it was not. */
  readonly followed: number
  readonly unfollowed: number
  readonly won: number
  readonly lost: number
}

/** What a partner made of referrals that asked for something. */
export interface Affinity {
  readonly accepted: number
  readonly declined: number
  readonly won: number
  readonly lost: number
}

/** Whom mail does not reach, by the digests of their addresses. */
export interface HealthEntry extends Entry {
  readonly kind: 'health'
  readonly failing: readonly string[]
}

export type DirectoryEntry = ProfileEntry | ReputationEntry | HealthEntry
