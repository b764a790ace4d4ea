/** Business profiles in the table: under their partner, and in the directory of their region while active. */
import { listedDigest } from '../contact/store.ts'
import type { ListedLocation, ListedProfile, ProfileEntry } from '../directory/entry.ts'
import { directoryAttributes } from '../directory/store.ts'
import { type Condition, contentOf, type Item, type Key, key, type Write } from '../platform/item.ts'
import { get, query } from '../platform/table.ts'
import { type KeptLocation, type Profile, present, qualityOf } from './rules.ts'

const prefix = 'PROFILE#'
export const profileKey = (partnerId: string, region: string): Key => ({
  pk: key('PARTNER', partnerId),
  sk: `${prefix}${region}`,
})

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
