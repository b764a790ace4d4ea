/** The operator's list of profiles with contacts that mail does not reach. */
import type { Page } from '../../kernel/page.ts'
import { type CursorScope, getGroups, readConsistently, readRows } from '../../persistence/index.ts'
import { warningsOf } from '../contact/rules.ts'
import { healthKey, listUnhealthy, readHealth } from '../contact/store.ts'
import { administratorsKey, partnerKey, readPartner } from '../partner/store.ts'
import type { UnhealthyProfile } from './contract.ts'
import type { ProfileAddress } from './load.ts'
import { statusOn } from './rules.ts'
import { profileKey, profilePeopleKey, readProfile } from './store.ts'
import { contactsOf, utcDateOf } from './view.ts'

/**
 * Returns a page of the profiles with warnings. The index can still list a profile whose contacts were confirmed in the
 * meantime; such a profile is left out, so a page can be empty and not the last.
 */
export const listUnhealthyProfiles = async (
  limit: number,
  scope: CursorScope,
  now: Date,
): Promise<Page<UnhealthyProfile>> => {
  const { items, nextCursor } = await listUnhealthy(limit, scope)
  return { items: await readConsistently(() => loadUnhealthy(items, now)), nextCursor }
}

const loadUnhealthy = async (
  addresses: readonly ProfileAddress[],
  now: Date,
): Promise<UnhealthyProfile[]> => {
  const items = await getGroups({
    companies: addresses.map(({ partnerId }) => partnerKey(partnerId)),
    administrators: addresses.map(({ partnerId }) => administratorsKey(partnerId)),
    profiles: addresses.map(({ partnerId, region }) => profileKey(partnerId, region)),
    people: addresses.map(({ partnerId, region }) => profilePeopleKey(partnerId, region)),
    healths: addresses.map(({ partnerId, region }) => healthKey(partnerId, region)),
  })
  const rows = readRows(addresses, ({ partnerId, region }, index) => {
    const [company, profileItem] = [items.companies[index], items.profiles[index]]
    if (!company || !profileItem) return undefined
    const partner = readPartner(company, items.administrators[index])
    const profile = readProfile(profileItem, items.people[index])
    const health = readHealth(items.healths[index], partnerId, region)
    const warnings = warningsOf(contactsOf(profile, partner), health)
    const status = statusOn(profile, utcDateOf(now))
    return { profileId: profile.id, partnerId, name: partner.name, region, status, warnings }
  })
  return rows.filter(row => row !== undefined).filter(({ warnings }) => warnings.length > 0)
}
