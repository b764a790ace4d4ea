/** Reads of one profile, of its earlier versions and of its review. */
import { notFound } from '../../kernel/errors.ts'
import type { Page } from '../../kernel/page.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { type CursorScope, get } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { ProfileVersion, ProfileView, Review } from './contract.ts'
import { loadProfile, type ProfileAddress } from './load.ts'
import { confirmationOf, reviewOf } from './rules.ts'
import { listVersions, profileVersionKey, readProfileVersion } from './store.ts'
import { contactsOf, represent, statedFields } from './view.ts'

/**
 * Returns a profile, or an earlier version of it. Earlier versions name no contacts.
 * @param version undefined for the present version
 * @throws DomainError not-found
 */
export const getProfile = async (
  address: ProfileAddress,
  version: number | undefined,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const loaded = await loadProfile(address)
  if (version === undefined || version === loaded.profile.version) return represent(loaded, now)
  const item = await get(profileVersionKey(address.partnerId, address.region, version))
  if (!item) throw notFound()
  const earlier = readProfileVersion(item)
  const { contactsConfirmedUntil } = confirmationOf(
    earlier,
    loaded.policy.contactConfirmationInterval,
    instantOf(now),
  )
  const body = {
    ...statedFields(earlier),
    status: earlier.status,
    contactsConfirmedUntil,
    contactConfirmationDue: false,
    warnings: [],
  }
  return { body, version }
}

/** Returns a page of a profile's versions, newest first. @throws DomainError not-found */
export const listProfileVersions = async (
  address: ProfileAddress,
  limit: number,
  scope: CursorScope,
): Promise<Page<ProfileVersion>> => {
  const { partnerId, region } = address
  await loadProfile(address)
  return listVersions(partnerId, region, limit, scope)
}

/** Returns the quality checks of a profile and who gets its mail. @throws DomainError not-found */
export const reviewProfile = async (address: ProfileAddress): Promise<Review> => {
  const { profile, partner, health, policy } = await loadProfile(address)
  const { contactConfirmationInterval: confirmedEvery } = policy
  return reviewOf({ profile, contacts: contactsOf(profile, partner), health, confirmedEvery })
}
