/** Business profiles in the table: under their partner, and in the directory of their region while active. */
import { listedDigest } from '../contact/store.ts'
import type { ListedLocation, ListedProfile, ProfileEntry } from '../directory/entry.ts'
import { directoryAttributes } from '../directory/store.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { readCursor, writeCursor } from '../platform/cursor.ts'
import { type Condition, contentOf, type Item, type Key, key, type Write } from '../platform/item.ts'
import { get, query } from '../platform/table.ts'
import { type KeptLocation, type Profile, present, qualityOf } from './rules.ts'

const prefix = 'PROFILE#'
export const profileKey = (partnerId: string, region: string): Key => ({
  pk: key('PARTNER', partnerId),
  sk: `${prefix}${region}`,
})

const directoryPartition = (region: string): string => key('DIRECTORY', region)

/** What the directory shows of a profile, and finds it by: never its contacts. */
const overviewOf = (profile: Profile) => {
  const { id, partnerId, region, headline = '', languages, locations } = profile
  const { industries, products, services, solutions, customerSizes } = profile
  return {
    ...{ id, partnerId, region, headline, languages },
    ...{ industries, products, services, solutions, customerSizes },
    locations: present(locations).map(({ id, address }) => ({ id, city: address.city })),
  }
}
type ProfileOverview = ReturnType<typeof overviewOf>

const listedLocation = ({ id, address, located, contacts }: KeptLocation): ListedLocation => ({
  id,
  city: address.city,
  coordinates: located && { latitude: located.latitude, longitude: located.longitude },
  contacts: contacts.map(listedDigest),
})

/** A profile as search knows it: of who is mailed, digests alone. */
const listed = (profile: Profile): ListedProfile => {
  const { partnerName: name, headline = '', languages, keywords, preferences } = profile
  const { industries, products, services, solutions, customerSizes } = profile
  return {
    ...{ name, headline, languages, industries, products, services, solutions, customerSizes },
    ...{ keywords, preferences, quality: qualityOf(profile) },
    locations: present(profile.locations).map(listedLocation),
    defaultContacts: profile.defaultContacts.map(listedDigest),
  }
}

/** What never was active, the directory has not heard of. */
const entryOf = (profile: Profile): ProfileEntry | undefined => {
  const { partnerId, region, version, status } = profile
  if (status === 'draft') return undefined
  return {
    kind: 'profile',
    ...{ partnerId, region, version },
    profile: status === 'active' ? listed(profile) : null,
  }
}

const directoryKeys = (profile: Profile): Partial<Item> => {
  const entry = entryOf(profile)
  return entry ? directoryAttributes(entry, profile.updatedAt) : {}
}

const toItem = (profile: Profile): Item => ({
  ...profile,
  ...profileKey(profile.partnerId, profile.region),
  entity: 'profile',
  ...(profile.status === 'active' && {
    listPk: directoryPartition(profile.region),
    listSk: profile.partnerId,
    overview: overviewOf(profile),
  }),
  ...directoryKeys(profile),
})

const noPreferences: Profile['preferences'] = {
  leastDealValue: null,
  excludedKeywords: [],
  excludedIndustries: [],
  mostOpenReferrals: null,
  pausedUntil: null,
}

/** The profile that an item keeps. What profiles did not yet say when the item was put is as for one that says nothing. */
export const readProfile = (item: Item): Profile => {
  const kept = contentOf<Profile>(item)
  const locations = kept.locations.map(location => ({ ...notLocated, ...location }))
  return {
    ...{ partnerName: '', keywords: [], preferences: noPreferences, contactsConfirmedAt: kept.updatedAt },
    ...kept,
    locations,
  }
}

const notLocated = { located: null, removed: false }

export const getProfile = async (partnerId: string, region: string): Promise<Profile | undefined> => {
  const item = await get(profileKey(partnerId, region))
  return item && readProfile(item)
}

export const putProfile = (profile: Profile, when: Condition): Write => ({ put: toItem(profile), when })

/** All profiles of a partner; at most one per country, so the loop is bounded. */
export const listProfiles = async (partnerId: string): Promise<Profile[]> => {
  const found: Profile[] = []
  let after: Record<string, unknown> | undefined
  do {
    const page = await query({ partition: key('PARTNER', partnerId), beginsWith: prefix, limit: 100, after })
    found.push(...page.items.map(readProfile))
    after = page.next
  } while (after)
  return found
}

/** What overviews did not say yet when the directory showed names and places alone. */
const noCodes = { industries: [], products: [], services: [], solutions: [], customerSizes: [] }

/** So many of a region's active profiles, in one query. */
export const listActive = async (region: string, limit: number): Promise<ProfileOverview[]> => {
  const { items } = await query({ index: 'list', partition: directoryPartition(region), limit })
  return items.map(item => ({ ...noCodes, ...(item.overview as ProfileOverview) }))
}

interface Position {
  /** The region's last partner that was shown in full. */
  readonly after: string | null
  /** The one after it, if it was begun: which, and how many of its locations were shown. */
  readonly begun?: { readonly partnerId: string; readonly shown: number } | undefined
}

interface Place {
  readonly profile: ProfileOverview
  readonly location: ProfileOverview['locations'][number]
}

/** A page of the places where active profiles of a region do business, in one query. */
export const listPlaces = async (
  region: string,
  limit: number,
  scope: CursorScope,
): Promise<{ items: Place[]; nextCursor: string | null }> => {
  const position = readCursor<Position>(scope) ?? { after: null }
  const { after, begun } = position
  const { items, next } = await query({
    index: 'list',
    partition: directoryPartition(region),
    // Each active profile has a place, so so many profiles fill the page, also after one that was begun.
    limit: limit + 1,
    after: after === null ? undefined : startAfter(region, after),
  })
  const places = items
    .map(item => item.overview as ProfileOverview)
    .flatMap(profile =>
      profile.locations
        .slice(profile.partnerId === begun?.partnerId ? begun.shown : 0)
        .map(location => ({ profile, location })),
    )
  const isEnd = places.length <= limit && !next
  const nextCursor = isEnd ? null : writeCursor(scope, positionAfter(position, places, limit))
  return { items: places.slice(0, limit), nextCursor }
}

const positionAfter = ({ after, begun }: Position, places: readonly Place[], count: number): Position => {
  const shown = places.slice(0, count).map(({ profile }) => profile.partnerId)
  const following = places[count]?.profile.partnerId
  const complete = shown.findLast(partnerId => partnerId !== following) ?? after
  const now = shown.filter(partnerId => partnerId === following).length
  const before = begun?.partnerId === following ? (begun?.shown ?? 0) : 0
  return {
    after: complete,
    begun: following && now > 0 ? { partnerId: following, shown: before + now } : undefined,
  }
}

const startAfter = (region: string, partnerId: string) => ({
  ...profileKey(partnerId, region),
  listPk: directoryPartition(region),
  listSk: partnerId,
})
