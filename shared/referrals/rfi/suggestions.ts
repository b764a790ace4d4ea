/** Suggests further partners for an RFI after a partner declined it or did not answer. */
import type { Suggestion } from '../../discovery/contract.ts'
import { suggest } from '../../discovery/index.ts'
import { getAll, readRows } from '../../persistence/index.ts'
import type { Customer, Policy } from '../../program/contract.ts'
import { instantOf } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { readReferral, referralKey } from '../referral/store.ts'
import { type Rfi, regionForSuggestions, remainingRecipients } from './rules.ts'

interface RfiWithReferrals {
  readonly rfi: Rfi
  readonly referrals: readonly Referral[]
}

/**
 * Suggests further partners, if the RFI may go to at least one more. There are no suggestions if the customer was erased.
 */
export const findSuggestions = async (
  { rfi, referrals }: RfiWithReferrals,
  customer: Customer | null,
  policy: Policy,
  now: Date,
): Promise<Suggestion[]> => {
  const nowInstant = instantOf(now)
  const { maxSuggestions: limit } = policy
  const region = regionForSuggestions(rfi, referrals, nowInstant)
  if (!region || !customer || limit === 0 || remainingRecipients(referrals, policy, nowInstant) === 0)
    return []
  const asked = rfi.recipients.map(({ partnerId }) => partnerId)
  return suggest(region, { need: rfi.need, customer, place: rfi.place, asked, limit }, rfi.id, now)
}

/**
 * Suggests further partners for an RFI whose referrals are not loaded yet, in at most three round trips. If one of its
 * referrals cannot be read, this is logged and there are no suggestions.
 */
export const suggestionsFor = async (
  rfi: Rfi,
  customer: Customer,
  policy: Policy,
  now: Date,
): Promise<Suggestion[]> => {
  const keys = rfi.recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId))
  const items = (await getAll(keys)).filter(item => item !== undefined)
  const referrals = readRows(items, readReferral)
  return referrals.length < items.length ? [] : findSuggestions({ rfi, referrals }, customer, policy, now)
}
