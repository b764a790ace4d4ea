/**
 * Business profiles in the table: under their partner, and in the directory of their region while active. A profile is two
 * items: the public part, and its people, which are personal data.
 */

import { isDeepStrictEqual } from 'node:util'
import type { Actor } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import {
  type CursorScope,
  contentOf,
  getGroups,
  type Item,
  type Key,
  key,
  partition,
  query,
  queryPage,
  readStored,
  TornRead,
  unknownFields,
  type Write,
} from '../../persistence/index.ts'
import type { ListedLocation, ListedProfile, ProfileEntry } from '../../search/index.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Contact } from '../contact/contract.ts'
import { listedFingerprint } from '../contact/store.ts'
import { directoryAttributes } from '../listing/store.ts'
import type { ProfileVersion } from './contract.ts'
import {
  type KeptLocation,
  type Profile,
  type PublicProfile,
  qualityOf,
  withoutPeople,
  withoutRemoved,
} from './rules.ts'
import {
  storedLearning,
  storedPeople,
  storedProfile,
  storedProfileOf,
  storedProfileVersion,
} from './stored.ts'

const prefix = 'PROFILE#'
export const profileKey = (partnerId: PartnerId, region: string): Key => ({
  pk: partition('listing', partnerId),
  sk: `${prefix}${region}`,
})
export const profilePeopleKey = (partnerId: PartnerId, region: string): Key => ({
  pk: partition('people', partnerId),
  sk: `${prefix}${region}`,
})

const listedLocation = ({ id, address, resolvedCoordinates, contacts }: KeptLocation): ListedLocation => ({
  id,
  city: address.city,
  coordinates: resolvedCoordinates && {
    latitude: resolvedCoordinates.latitude,
    longitude: resolvedCoordinates.longitude,
  },
  contacts: contacts.map(listedFingerprint),
})

/** Returns the content of a directory entry, with fingerprints in place of people. */
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
    locations: withoutRemoved(profile.locations).map(listedLocation),
    defaultContacts: profile.defaultContacts.map(listedFingerprint),
  }
}

/** Returns the directory entry; undefined for a profile that was never active. */
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

/** Reads a profile without its people. @throws UnreadableItem */
export const readPublicProfile = (item: Item): StoredPublicProfile =>
  completed(readStored(storedProfile, 'profile', item))

/** The length of the first days in profiles that were activated before the policy had it. */
const earlierLearningGrace = 'P30D'

/** A time before every event. */
const beginningOfTime: Instant = '1970-01-01T00:00:00.000Z'

/**
 * Reads the end of the first days of a profile, in which nothing negative counts for its partner. It never changes, so that
 * a recount gives the same figures. Without a profile, everything counts.
 * @throws UnreadableItem
 */
export const readLearningFrom = (item: Item | undefined): Instant => {
  if (!item) return beginningOfTime
  const { createdAt, learningFrom } = readStored(storedLearning, 'profile', item)
  return learningFrom ?? after(createdAt, earlierLearningGrace)
}

/** Adds the instant of the last confirmation, which profiles of an early version of the program lack. */
const completed = <
  P extends { readonly updatedAt: Instant; readonly contactsConfirmedAt?: Instant | undefined },
>(
  profile: P,
): P & { readonly contactsConfirmedAt: Instant } => ({
  ...profile,
  contactsConfirmedAt: profile.contactsConfirmedAt ?? profile.updatedAt,
})

/**
 * @param people the item of the profile's people
 * @throws TornRead when the items are of different versions; UnreadableItem
 */
export const readProfile = (item: Item, people: Item | undefined): StoredProfile => {
  const profile = readPublicProfile(item)
  const { version, defaultContacts, locations } = people
    ? readStored(storedPeople, 'profile', people)
    : nobody
  const { peopleVersion = version } = profile
  if (version !== peopleVersion) throw new TornRead()
  const contactsAt = new Map(locations.map(({ id, contacts }) => [id, contacts]))
  return {
    ...profile,
    peopleVersion,
    unknownPeople: unknownFields(storedPeople, people && contentOf(people)),
    defaultContacts: [...defaultContacts],
    locations: profile.locations.map(location => ({
      ...location,
      contacts: [...(contactsAt.get(location.id) ?? [])],
    })),
  }
}

interface Versions {
  /** Version of the item of people that belongs to this version of the profile; 0 while there is none. */
  readonly peopleVersion: number
  /** Fields of the item of people that only a newer version of the program uses. */
  readonly unknownPeople: Readonly<Record<string, unknown>>
}
/** Profiles of an early version of the program lack `peopleVersion`: `readProfile` then takes any people. */
type StoredPublicProfile = PublicProfile & { readonly peopleVersion?: number | undefined }
export type StoredProfile = Profile & Versions

/** The people of a profile, as they are stored. */
interface People {
  readonly version: number
  readonly defaultContacts: readonly Contact[]
  /** Locations with contacts. */
  readonly locations: readonly { readonly id: string; readonly contacts: readonly Contact[] }[]
}
const nobody: People = { version: 0, defaultContacts: [], locations: [] }

const peopleOf = ({ defaultContacts, locations }: Profile): Omit<People, 'version'> => ({
  defaultContacts,
  locations: locations
    .filter(({ contacts }) => contacts.length > 0)
    .map(({ id, contacts }) => ({ id, contacts })),
})

/** The author of a version, and the fields that it changed. */
export interface VersionChange {
  readonly by: Actor
  /** Names of fields. */
  readonly changed: readonly string[]
}

/** Differs from the prefix of profiles, so that `listProfiles` does not read versions. */
const versionPrefix = (region: string): string => key('PROFILE-VERSION', region, '')

/** The version is padded with zeros, so that sort keys are in order of versions. */
export const profileVersionKey = (partnerId: PartnerId, region: string, version: number): Key => ({
  pk: partition('listing', partnerId),
  sk: `${versionPrefix(region)}${String(version).padStart(8, '0')}`,
})

/**
 * Returns the writes of a profile and of its version history, the profile first. People are written only if they changed;
 * the history does not name them.
 * @param before the profile that is replaced, undefined for a new one
 */
export const putProfile = (
  profile: Profile,
  before: StoredProfile | undefined,
  { by, changed }: VersionChange,
): Write[] => {
  const { partnerId, region, version } = profile
  const people = peopleOf(profile)
  const isSame = isDeepStrictEqual(people, before ? peopleOf(before) : withoutVersion(nobody))
  const peopleVersion = (before?.peopleVersion ?? 0) + (isSame ? 0 : 1)
  // A profile that was read has the version of the people that were read with it; the new version replaces it.
  const {
    peopleVersion: _,
    unknownPeople: __,
    ...kept
  }: PublicProfile & Partial<Versions> = withoutPeople(profile)
  return [
    {
      put: {
        ...unknownFields(storedProfile, before && publicFieldsOf(before)),
        ...storedProfileOf(kept),
        ...profileKey(partnerId, region),
        entity: 'profile',
        peopleVersion,
        ...directoryKeys(profile),
      },
      when: before ? { version: before.version } : { pk: 'absent' },
    },
    {
      put: {
        ...storedProfileOf(kept),
        ...profileVersionKey(partnerId, region, version),
        entity: 'profile-version',
        by,
        changed,
      },
      when: { pk: 'absent' },
    },
    ...(isSame ? [] : [putPeople(profile, { ...before?.unknownPeople, ...people, version: peopleVersion })]),
  ]
}

/** Returns the fields of the item of a profile, without those of its people. */
const publicFieldsOf = ({ unknownPeople: _, ...profile }: StoredProfile): PublicProfile =>
  withoutPeople(profile)

const withoutVersion = ({ version: _, ...people }: People): Omit<People, 'version'> => people

const putPeople = ({ partnerId, region }: Profile, people: People): Write => ({
  put: {
    ...profilePeopleKey(partnerId, region),
    entity: 'profile-people',
    partnerId,
    region,
    ...people,
  },
  when: people.version === 1 ? { pk: 'absent' } : { version: people.version - 1 },
})

/** Reads a version of a profile, which names no people. @throws UnreadableItem */
export const readProfileVersion = (item: Item): Profile => {
  const { by: _by, changed: _changed, ...profile } = readStored(storedProfileVersion, 'profile version', item)
  const locations = profile.locations.map(location => ({ ...location, contacts: [] }))
  return { ...completed(profile), locations, defaultContacts: [] }
}

/** Reads a page of a profile's versions, newest first. */
export const listVersions = (
  partnerId: PartnerId,
  region: string,
  limit: number,
  scope: CursorScope,
): Promise<Page<ProfileVersion>> =>
  queryPage(
    {
      partition: partition('listing', partnerId),
      beginsWith: versionPrefix(region),
      descending: true,
      limit,
    },
    scope,
    item => {
      const {
        version,
        updatedAt: at,
        by,
        changed,
      } = readStored(storedProfileVersion, 'profile version', item)
      return { version, at, by, changed }
    },
  )

/** The items of a profile and of its people, as `readProfile` reads them. */
interface ProfileItems {
  readonly item: Item
  readonly people: Item | undefined
}

/**
 * Loads the items of all profiles of a partner, and further items in the same round trip as the profiles' people.
 * @param also returns the keys of the further items, in named groups; they are returned as `found`
 */
export const listProfiles = async <G extends string = never>(
  partnerId: PartnerId,
  also: (regions: readonly string[]) => Readonly<Record<G, readonly Key[]>>,
): Promise<{ profiles: ProfileItems[]; found: Record<G, (Item | undefined)[]> }> => {
  const items = await profileItems(partnerId)
  const regions = items.map(({ region }) => String(region))
  const keys: Readonly<Record<G | 'people', readonly Key[]>> = {
    ...also(regions),
    people: regions.map(region => profilePeopleKey(partnerId, region)),
  }
  const found = await getGroups(keys)
  return { profiles: items.map((item, index) => ({ item, people: found.people[index] })), found }
}

/** Queries the profile items of a partner. It has at most one per country, which bounds the loop. */
const profileItems = async (partnerId: PartnerId): Promise<Item[]> => {
  const items: Item[] = []
  let after: Record<string, unknown> | undefined
  do {
    const page = await query({
      partition: partition('listing', partnerId),
      beginsWith: prefix,
      isConsistent: true,
      limit: 100,
      after,
    })
    items.push(...page.items)
    after = page.next
  } while (after)
  return items
}
