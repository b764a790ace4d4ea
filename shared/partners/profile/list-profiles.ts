/** Lists of a partner's profiles, for the partner and for the operator. */
import { notFound } from '../../kernel/errors.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { readConsistently, readRows } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { healthKey, readHealth } from '../contact/store.ts'
import { administratorsKey, isPartner, partnerKey, readPartner } from '../partner/store.ts'
import type { ProfileView } from './contract.ts'
import * as store from './store.ts'
import { represent } from './view.ts'

/** Returns all profiles of a partner; none for an unknown partner. Profiles that cannot be read are logged and left out. */
export const listProfiles = (partnerId: PartnerId, now: Date): Promise<{ items: ProfileView[] }> =>
  readConsistently(async () => {
    const { profiles, found } = await store.listProfiles(partnerId, regions => ({
      partners: [partnerKey(partnerId), administratorsKey(partnerId)],
      policies: [policyKey],
      healths: regions.map(region => healthKey(partnerId, region)),
    }))
    const [company, administrators] = found.partners
    if (!company) return { items: [] }
    const partner = readPartner(company, administrators)
    const policy = readPolicy(found.policies[0])
    const items = readRows(profiles, ({ item, people }, index) => {
      const profile = store.readProfile(item, people)
      const health = readHealth(found.healths[index], partnerId, profile.region)
      return represent({ partner, profile, health, policy }, now).body
    })
    return { items }
  })

/** @throws DomainError not-found for an unknown partner */
export const listProfilesByOperator = async (
  partnerId: PartnerId,
  now: Date,
): Promise<{ items: ProfileView[] }> => {
  if (!(await isPartner(partnerId))) throw notFound()
  return listProfiles(partnerId, now)
}
