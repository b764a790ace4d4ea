/** A desk is read from three items: the partner, its profile of the region, and its contacts' health there. */

import { getGroups, type Item, type Key } from '../../persistence/index.ts'
import { healthKey, readHealth } from '../contact/store.ts'
import { partnerKey, readPartner } from '../partner/store.ts'
import { profileKey, readProfile } from '../profile/store.ts'
import type { Desk } from './rules.ts'

const keysOf = (partnerId: string, region: string) => ({
  partners: [partnerKey(partnerId)],
  profiles: [profileKey(partnerId, region)],
  healths: [healthKey(partnerId, region)],
})
type Group = keyof ReturnType<typeof keysOf>
type Found<G extends string> = Record<G, (Item | undefined)[]>

/**
 * A partner's desk, and what else is read in the same trip.
 * @returns no desk where the partner has no profile there any more
 */
export const loadDesk = async <G extends string = never>(
  partnerId: string,
  region: string,
  also = {} as Readonly<Record<G, readonly Key[]>>,
): Promise<{ desk: Desk | undefined; found: Found<G> }> => {
  const keys: Readonly<Record<Group | G, readonly Key[]>> = { ...also, ...keysOf(partnerId, region) }
  const found = await getGroups(keys)
  return { desk: read(found, partnerId, region), found }
}

const read = (
  { partners, profiles, healths }: Found<Group>,
  partnerId: string,
  region: string,
): Desk | undefined => {
  if (!partners[0] || !profiles[0]) return undefined
  const { name: partnerName, admins } = readPartner(partners[0])
  const { locations, defaultContacts } = readProfile(profiles[0])
  return {
    partnerId,
    region,
    partnerName,
    contacts: { locations, defaultContacts, admins },
    health: readHealth(healths[0], partnerId, region),
  }
}
