/** A region's directory in memory, and what it is made of. */

import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type {
  DirectoryEntry,
  HealthEntry,
  ListedLocation,
  ListedProfile,
  Month,
  Preferences,
  ReputationEntry,
} from '../../shared/search/entry.ts'
import { type Context, RegionIndex, type Search } from '../../shared/search/region-index.ts'

export const now = '2026-03-15T09:00:00.000Z'
/** The usual one, but for newcomers' turns. */
export const ranking = { ...defaultPolicy.ranking, exploration: { share: 0, below: 5 } }
export const context: Context = { now, ranking, seed: 'seed' }

const preferences: Preferences = {
  leastDealValue: null,
  excludedKeywords: [],
  excludedIndustries: [],
  mostOpenReferrals: null,
  pausedUntil: null,
}

export const place = (id: string, more: Partial<ListedLocation> = {}): ListedLocation => ({
  id,
  city: 'Berlin',
  coordinates: null,
  contacts: ['somebody'],
  ...more,
})

interface Said extends Partial<Omit<ListedProfile, 'preferences'>> {
  readonly preferences?: Partial<Preferences>
}

export const listed = ({ preferences: preferring, ...said }: Said = {}): ListedProfile => ({
  name: 'Contoso',
  headline: '',
  languages: [],
  industries: [],
  products: [],
  services: [],
  solutions: [],
  customerSizes: [],
  keywords: [],
  quality: 0.5,
  locations: [place('main')],
  defaultContacts: [],
  ...said,
  preferences: { ...preferences, ...preferring },
})

export const profileEntry = (
  partnerId: string,
  profile: ListedProfile | null,
  version = 1,
): DirectoryEntry => ({
  kind: 'profile',
  region: 'DE',
  partnerId,
  version,
  profile,
})

export const month = (more: Partial<Month> = {}): Month => ({
  month: '2026-03',
  answers: [],
  silences: 0,
  fits: 0,
  misfits: 0,
  followed: 0,
  unfollowed: 0,
  won: 0,
  lost: 0,
  ...more,
})

export const reputationEntry = (
  partnerId: string,
  more: Partial<Pick<ReputationEntry, 'open' | 'months' | 'affinity' | 'version'>>,
): ReputationEntry => ({
  kind: 'reputation',
  region: 'DE',
  partnerId,
  version: 1,
  open: 0,
  months: [],
  affinity: {},
  ...more,
})

export const healthEntry = (partnerId: string, failing: string[], version = 1): HealthEntry => ({
  kind: 'health',
  region: 'DE',
  partnerId,
  version,
  failing,
})

export const labelsOf = (_: string, code: string): string[] => [code]

export const indexOf = (...entries: DirectoryEntry[]): RegionIndex => {
  const index = new RegionIndex({ labelsOf })
  for (const entry of entries) index.apply(entry)
  return index
}

const asking = (more: Partial<Search> = {}): Search => ({
  codes: {},
  match: 'all-lists',
  limit: 10,
  ...more,
})

export const found = (index: RegionIndex, search: Partial<Search> = {}, as: Partial<Context> = {}) =>
  index.search(asking(search), { ...context, ...as })

export const names = (
  index: RegionIndex,
  search: Partial<Search> = {},
  as: Partial<Context> = {},
): string[] => found(index, search, as).hits.map(({ partnerId }) => partnerId)
