/** Composes an RFI and a referral for each of its recipients. */
import type { Actor, Event } from '../../events/contract.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import type { RfiId } from '../../kernel/ids.ts'
import { newReferralId } from '../../kernel/new-id.ts'
import { ownerOf } from '../../partners/rules.ts'
import type { Write } from '../../persistence/index.ts'
import type { Customer, Policy } from '../../program/contract.ts'
import { after } from '../../time/duration.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { receive } from '../referral/rules.ts'
import { putNewReferral } from '../referral/store.ts'
import type { NewRfi, Recipient } from './contract.ts'
import { type Addressee, type Rfi, rfiEvent } from './rules.ts'
import { putCustomer, putRfi } from './store.ts'

/** Actor, time and policy of the creation of referrals. */
export interface ReferralCreationContext {
  readonly policy: Policy
  readonly actor: Actor
  readonly now: Instant
}

/** Gives each recipient the id of its referral. */
export const addresseesOf = (rfiId: RfiId, recipients: readonly Recipient[]): Addressee[] =>
  recipients.map(({ profileId, locationId }) => ({
    ...ownerOf(profileId),
    profileId,
    locationId,
    referralId: newReferralId(rfiId),
  }))

interface Received {
  readonly referral: Referral
  readonly event: Event
}

/**
 * Creates referrals for recipients of an RFI.
 * @param respondBy deadline that replaces the policy's response time
 */
export const createReferrals = (
  recipients: readonly Addressee[],
  rfi: Rfi,
  customer: Customer,
  respondBy: Instant | undefined,
  { policy, actor, now }: ReferralCreationContext,
): Received[] => {
  const { id: rfiId, source, need, directContact, preferredContact = null } = rfi
  return recipients.map(({ referralId: id, ...recipient }) =>
    receive(
      { id, rfiId, ...recipient, source, customer, need, directContact, preferredContact, respondBy },
      policy,
      actor,
      now,
    ),
  )
}

export const putReferrals = (received: readonly Received[]): Write[] =>
  received.flatMap(({ referral, event }) => putNewReferral(referral, event))

interface RfiRequest extends Omit<NewRfi, 'customer' | 'recipients' | 'region'> {
  readonly id: RfiId
  readonly customer: Customer
  readonly recipients: readonly Recipient[]
  /** Coordinates of the customer's city, if known. */
  readonly place: Coordinates | undefined
  /** The region in which routing chose the recipients; undefined if the request named them. */
  readonly region?: string | undefined
}

/** Composes a new RFI with its referrals, and the writes that store them. */
export const compose = (request: RfiRequest, context: ReferralCreationContext) => {
  const { id, customer, need, directContact, source = { channel: 'search' }, place, region } = request
  const { preferredContact } = request
  const { policy, actor, now } = context
  const respondBy = request.respondBy && instantOf(new Date(request.respondBy))
  const rfi: Rfi = {
    id,
    version: 1,
    status: 'open',
    createdAt: now,
    trackedUntil: after(now, policy.trackingTime),
    directContact,
    ...(preferredContact && { preferredContact }),
    source,
    need,
    recipients: addresseesOf(id, request.recipients),
    ...(place && { place }),
    ...(region && { region }),
    country: customer.address.country,
    // An RFI without recipients stores the requested deadline until it gets its first recipients.
    ...(request.recipients.length === 0 && respondBy && { respondBy }),
  }
  const received = createReferrals(rfi.recipients, rfi, customer, respondBy, context)
  return {
    rfi,
    referrals: received.map(({ referral }) => referral),
    writes: [
      ...putRfi(rfi, rfiEvent(rfi, 'rfi.received', actor, now), { pk: 'absent' }),
      putCustomer(id, { customer, consent: { ...request.consent, at: now } }),
      ...putReferrals(received),
    ],
  }
}
