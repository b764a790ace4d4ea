/** Loads referrals with their customers and RFIs. */
import type { ActorKind } from '../../events/contract.ts'
import { notFound } from '../../kernel/errors.ts'
import { type ReferralId, rfiIdOf } from '../../kernel/ids.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { get, getAll, type Item, type Key } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Rfi } from '../rfi/rules.ts'
import { customerKey, readCustomerRecord, readRfi, rfiKey } from '../rfi/store.ts'
import type { ReferralCustomer, ReferralView } from './contract.ts'
import type { Referral } from './referral.ts'
import { viewReferral } from './rules.ts'
import { type Address, readReferral, referralKey } from './store.ts'

export interface LoadedReferral {
  readonly referral: Referral
  /** Null if the customer's personal data was erased. */
  readonly customer: ReferralCustomer | null
}

/**
 * Loads a referral and its customer in one round trip.
 * @param also keys of further items to read
 * @throws DomainError not-found for an unknown referral and for a referral of another partner
 */
export const loadReferral = async ({ partnerId, referralId }: Address, ...also: readonly Key[]) => {
  const keys = [referralKey(partnerId, referralId), customerKey(rfiIdOf(referralId)), ...also]
  const [referral, customer, ...others] = await getAll(keys)
  if (!referral) throw notFound()
  const loaded: LoadedReferral = { referral: readReferral(referral), customer: customerIn(customer) }
  return { ...loaded, others }
}

const customerIn = (item: Item | undefined): ReferralCustomer | null => {
  const record = readCustomerRecord(item)
  return record && { ...record.customer, emailStatus: record.emailStatus }
}

/** Loads the RFI of a referral. @throws DomainError not-found */
export const loadRfiOf = async (referralId: ReferralId): Promise<Rfi> => {
  const item = await get(rfiKey(rfiIdOf(referralId)))
  if (!item) throw notFound()
  return readRfi(item)
}

/** Finds the partner of a referral through its RFI, which lists its recipients. @throws DomainError not-found */
export const findReferralAddress = async (referralId: ReferralId): Promise<Address> => {
  const { recipients } = await loadRfiOf(referralId)
  const recipient = recipients.find(candidate => candidate.referralId === referralId)
  if (!recipient) throw notFound()
  return { partnerId: recipient.partnerId, referralId }
}

/** Returns the representation for a viewer, with its version. */
export const represent = (
  { referral, customer }: LoadedReferral,
  viewer: ActorKind,
  now: Date,
): Versioned<ReferralView> => ({
  body: viewReferral(referral, customer, viewer, instantOf(now)),
  version: referral.version,
})
