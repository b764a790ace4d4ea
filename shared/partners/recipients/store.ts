/** Reads the contacts of a profile from five items: partner, admins, profile, contacts, contact health. */

import type { PartnerId } from '../../kernel/ids.ts'
import { getGroups, type Item, type Key, readConsistently, readRows } from '../../persistence/index.ts'
import { healthKey, readHealth } from '../contact/store.ts'
import { administratorsKey, partnerKey, readPartner } from '../partner/store.ts'
import { profileKey, profilePeopleKey, readProfile } from '../profile/store.ts'
import type { ProfileContacts } from './rules.ts'

const keysOf = (partnerId: PartnerId, region: string) => ({
  partners: [partnerKey(partnerId), administratorsKey(partnerId)],
  profiles: [profileKey(partnerId, region), profilePeopleKey(partnerId, region)],
  healths: [healthKey(partnerId, region)],
})
type Group = keyof ReturnType<typeof keysOf>
type FoundItems<G extends string> = Record<G, (Item | undefined)[]>

/**
 * Loads the contacts of a profile in one round trip.
 * @param also keys of further items to read, in named groups; they are returned with the contacts
 * @returns no contacts if the partner has no profile in the region
 */
export const loadProfileContacts = <G extends string = never>(
  partnerId: PartnerId,
  region: string,
  also = {} as Readonly<Record<G, readonly Key[]>>,
): Promise<{ profileContacts: ProfileContacts | undefined; found: FoundItems<G> }> =>
  readConsistently(async () => {
    const keys: Readonly<Record<Group | G, readonly Key[]>> = { ...also, ...keysOf(partnerId, region) }
    const found = await getGroups(keys)
    return { profileContacts: profileContactsIn(found, partnerId, region), found }
  })

interface ProfileAddress {
  readonly partnerId: PartnerId
  readonly region: string
}

/** Loads the contacts of several profiles in one round trip per 20 profiles. Those that cannot be read are left out. */
export const loadContactsOfProfiles = (profiles: readonly ProfileAddress[]): Promise<ProfileContacts[]> =>
  readConsistently(async () => {
    const keys = profiles.map(({ partnerId, region }) => keysOf(partnerId, region))
    const { partners, ...found } = await getGroups({
      partners: keys.flatMap(of => of.partners),
      profiles: keys.flatMap(of => of.profiles),
      healths: keys.flatMap(of => of.healths),
    })
    const loaded = readRows(profiles, ({ partnerId, region }, index) => {
      const pair = [2 * index, 2 * index + 2] as const
      const items = {
        partners: partners.slice(...pair),
        profiles: found.profiles.slice(...pair),
        healths: [found.healths[index]],
      }
      return profileContactsIn(items, partnerId, region)
    })
    return loaded.filter(one => one !== undefined)
  })

const profileContactsIn = (
  { partners, profiles, healths }: FoundItems<Group>,
  partnerId: PartnerId,
  region: string,
): ProfileContacts | undefined => {
  const [company, administrators] = partners
  const [profile, people] = profiles
  if (!company || !profile) return undefined
  const partner = readPartner(company, administrators)
  const { name: partnerName, admins } = partner
  const { locations, defaultContacts, website = partner.website ?? undefined } = readProfile(profile, people)
  return {
    partnerId,
    region,
    partnerName,
    website,
    contacts: { locations, defaultContacts, admins },
    health: readHealth(healths[0], partnerId, region),
  }
}
