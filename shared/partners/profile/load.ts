/** Reads of a profile together with its partner, the health of its contacts and the policy. */
import { notFound } from '../../kernel/errors.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { getGroups, type Key, readConsistently } from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import type { Health } from '../contact/rules.ts'
import { healthKey, readHealth } from '../contact/store.ts'
import { administratorsKey, type Partner, partnerKey, readPartner } from '../partner/store.ts'
import type { Profile } from './rules.ts'
import { profileKey, profilePeopleKey, readProfile, type StoredProfile } from './store.ts'

/** Identifies a profile: a partner has at most one per region. */
export interface ProfileAddress {
  readonly partnerId: PartnerId
  readonly region: string
}

export interface LoadedProfile {
  readonly partner: Partner
  readonly profile: Profile
  readonly health: Health
  readonly policy: Policy
}

/**
 * Loads a partner, and its profile of a region if it has one, in one round trip.
 * @param also keys of further items to read; they are returned as `others`
 * @throws DomainError not-found for an unknown partner
 */
export const findProfile = ({ partnerId, region }: ProfileAddress, ...also: readonly Key[]) =>
  readConsistently(async () => {
    const items = await getGroups({
      partners: [partnerKey(partnerId), administratorsKey(partnerId)],
      profiles: [profileKey(partnerId, region), profilePeopleKey(partnerId, region)],
      healths: [healthKey(partnerId, region)],
      policies: [policyKey],
      others: also,
    })
    const [company, administrators] = items.partners
    const [profile, people] = items.profiles
    if (!company) throw notFound()
    return {
      partner: readPartner(company, administrators),
      profile: profile && readProfile(profile, people),
      health: readHealth(items.healths[0], partnerId, region),
      policy: readPolicy(items.policies[0]),
      others: items.others,
    }
  })

/** Loads a profile. @throws DomainError not-found for an unknown partner or profile */
export const loadProfile = async (
  address: ProfileAddress,
): Promise<LoadedProfile & { readonly profile: StoredProfile }> => {
  const { profile, others, ...context } = await findProfile(address)
  if (!profile) throw notFound()
  return { ...context, profile }
}
