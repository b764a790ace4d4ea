/** Reads of an RFI with its referrals, and its representation. */
import type { Suggestion } from '../../discovery/contract.ts'
import { notFound } from '../../kernel/errors.ts'
import type { RfiId } from '../../kernel/ids.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { partnerKey } from '../../partners/index.ts'
import { get, getGroups } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { readReferral, referralKey } from '../referral/store.ts'
import type { RfiView } from './contract.ts'
import { nameOf } from './recipients.ts'
import { type Rfi, regionInNeed, versionOf, viewRfi } from './rules.ts'
import { customerKey, readCustomer, readRfi, rfiKey } from './store.ts'
import { findSuggestions } from './suggestions.ts'

export interface LoadedRfi {
  readonly rfi: Rfi
  /** In the order of the RFI's recipients. */
  readonly referrals: readonly Referral[]
  /** Names of the partners, in the same order. */
  readonly names: readonly string[]
}

/** @throws DomainError not-found */
export const loadRfi = async (rfiId: RfiId): Promise<LoadedRfi> => {
  const item = await get(rfiKey(rfiId))
  if (!item) throw notFound()
  const rfi = readRfi(item)
  const found = await getGroups({
    referrals: rfi.recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId)),
    partners: rfi.recipients.map(({ partnerId }) => partnerKey(partnerId)),
  })
  const referrals = found.referrals.flatMap(referral => (referral ? [readReferral(referral)] : []))
  if (referrals.length !== rfi.recipients.length) throw new Error(`${rfiId} lacks a referral that it lists`)
  return { rfi, referrals, names: found.partners.map(nameOf) }
}

export const representWith = (
  { rfi, referrals, names }: LoadedRfi,
  suggestions: Suggestion[],
  now: Date,
): Versioned<RfiView> => ({
  body: viewRfi(rfi, referrals, names, instantOf(now), suggestions),
  version: versionOf(rfi, referrals),
})

/** Returns the representation. Customer and policy are read only if the RFI needs another partner. */
export const represent = async (loaded: LoadedRfi, now: Date): Promise<Versioned<RfiView>> => {
  const { rfi, referrals } = loaded
  if (!regionInNeed(rfi, referrals, instantOf(now))) return representWith(loaded, [], now)
  const found = await getGroups({ customers: [customerKey(rfi.id)], policies: [policyKey] })
  const customer = readCustomer(found.customers[0])
  return representWith(
    loaded,
    await findSuggestions(loaded, customer, readPolicy(found.policies[0]), now),
    now,
  )
}

/** @throws DomainError not-found */
export const getRfi = async (rfiId: RfiId, now: Date): Promise<Versioned<RfiView>> =>
  represent(await loadRfi(rfiId), now)
