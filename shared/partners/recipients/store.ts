/** A desk is read from five items: the partner, its profile of the region, the people of both, and the contacts' health. */

import type { PartnerId } from '../../kernel/ids.ts'
import { getGroups, type Item, type Key, readConsistently } from '../../persistence/index.ts'
import { healthKey, readHealth } from '../contact/store.ts'
import { administratorsKey, partnerKey, readPartner } from '../partner/store.ts'
import { profileKey, profilePeopleKey, readProfile } from '../profile/store.ts'
import type { Desk } from './rules.ts'

const keysOf = (partnerId: PartnerId, region: string) => ({
  partners: [partnerKey(partnerId), administratorsKey(partnerId)],
  profiles: [profileKey(partnerId, region), profilePeopleKey(partnerId, region)],
  healths: [healthKey(partnerId, region)],
})
type Group = keyof ReturnType<typeof keysOf>
type Found<G extends string> = Record<G, (Item | undefined)[]>

/**
 * A partner's desk, and what else is read in the same trip.
 * @returns no desk where the partner has no profile there any more
 */
export const loadDesk = <G extends string = never>(
  partnerId: PartnerId,
  region: string,
  also = {} as Readonly<Record<G, readonly Key[]>>,
): Promise<{ desk: Desk | undefined; found: Found<G> }> =>
  readConsistently(async () => {
    const keys: Readonly<Record<Group | G, readonly Key[]>> = { ...also, ...keysOf(partnerId, region) }
    const found = await getGroups(keys)
    return { desk: read(found, partnerId, region), found }
  })

const read = (
  { partners, profiles, healths }: Found<Group>,
  partnerId: PartnerId,
  region: string,
): Desk | undefined => {
  const [company, administrators] = partners
  const [profile, people] = profiles
  if (!company || !profile) return undefined
  const { name: partnerName, admins } = readPartner(company, administrators)
  const { locations, defaultContacts } = readProfile(profile, people)
  return {
    partnerId,
    region,
    partnerName,
    contacts: { locations, defaultContacts, admins },
    health: readHealth(healths[0], partnerId, region),
  }
}
