/** Business profiles in the table: under their partner, and in the directory of their region while active. */

import type { Actor } from '../../events/contract.ts'
import type { Page } from '../../kernel/page.ts'
import {
  type Condition,
  type CursorScope,
  contentOf,
  type Item,
  type Key,
  key,
  query,
  queryPage,
  type Write,
} from '../../persistence/index.ts'
import type { ListedLocation, ListedProfile, ProfileEntry } from '../../search/index.ts'
import { listedDigest } from '../contact/store.ts'
import { directoryAttributes } from '../listing/store.ts'
import type { ProfileVersion } from './contract.ts'
import {
  type KeptLocation,
  noPreferences,
  type Profile,
  present,
  qualityOf,
  withoutContacts,
} from './rules.ts'

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
    name,
    headline,
    languages,
    industries,
    products,
    services,
    solutions,
    customerSizes,
    keywords,
    preferences,
    quality: qualityOf(profile),
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
    partnerId,
    region,
    version,
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

/** Reads a profile. Fields that are younger than the item get the value of a profile that says nothing about them. */
export const readProfile = (item: Item): Profile => {
  const kept = contentOf<StoredProfile>(item)
  const locations = kept.locations.map(location => ({ ...locationDefaults, ...location }))
  return { ...profileDefaults, contactsConfirmedAt: kept.updatedAt, ...kept, locations }
}

/** The first profiles were stored without `contactsConfirmedAt`. */
type StoredProfile = Omit<Profile, 'contactsConfirmedAt'> & Partial<Pick<Profile, 'contactsConfirmedAt'>>

const profileDefaults = { partnerName: '', keywords: [], preferences: noPreferences }
const locationDefaults = { located: null, removed: false }

/** Who changed a profile, and what. */
export interface Change {
  readonly by: Actor
  /** Names of fields. */
  readonly changed: readonly string[]
}

/** No profile's key begins so: `listProfiles` leaves versions out. */
const versionPrefix = (region: string): string => key('PROFILE-VERSION', region, '')

/** Zero-padded, so that sort keys sort as versions do. */
export const profileVersionKey = (partnerId: string, region: string, version: number): Key => ({
  pk: key('PARTNER', partnerId),
  sk: `${versionPrefix(region)}${String(version).padStart(8, '0')}`,
})

/** The writes of a profile and of its history; the profile is the first of them. */
export const putProfile = (profile: Profile, when: Condition, { by, changed }: Change): Write[] => {
  const { partnerId, region, version } = profile
  return [
    { put: toItem(profile), when },
    {
      put: {
        ...withoutContacts(profile),
        ...profileVersionKey(partnerId, region, version),
        entity: 'profile-version',
        by,
        changed,
      },
      when: { pk: 'absent' },
    },
  ]
}

/** A version as it was, but for its contacts. */
export const readProfileVersion = (item: Item): Profile => {
  const { by, changed, ...profile } = readProfile(item) as Profile & Change
  return profile
}

/** A page of a profile's versions, the newest first. */
export const listVersions = (
  partnerId: string,
  region: string,
  limit: number,
  scope: CursorScope,
): Promise<Page<ProfileVersion>> =>
  queryPage(
    {
      partition: key('PARTNER', partnerId),
      beginsWith: versionPrefix(region),
      descending: true,
      limit,
    },
    scope,
    item => {
      const { version, updatedAt: at, by, changed } = contentOf<Profile & Change>(item)
      return { version, at, by, changed: [...changed] }
    },
  )

/** All profiles of a partner; at most one per country, so the loop is bounded. */
export const listProfiles = async (partnerId: string): Promise<Profile[]> => {
  const found: Profile[] = []
  let after: Record<string, unknown> | undefined
  do {
    const wanted = { partition: key('PARTNER', partnerId), beginsWith: prefix, limit: 100, after }
    const page = await query({ ...wanted, isConsistent: true })
    found.push(...page.items.map(readProfile))
    after = page.next
  } while (after)
  return found
}
