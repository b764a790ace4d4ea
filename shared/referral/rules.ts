/** What becomes of an RFI's address at a partner, and what callers are shown of it. */
import type { Actor, ActorKind, Event } from '../event/contract.ts'
import type { Policy } from '../policy/contract.ts'
import { planOf } from '../policy/rules.ts'
import type { Customer, DirectContactView, ReferralOverview, ReferralView } from './contract.ts'
import { actions, allows, effective, eventOf, type Referral, reopenUntil, stage } from './lifecycle.ts'

/** What a referral carries from the RFI for good. */
type Carried = Pick<
  Referral,
  'id' | 'rfiId' | 'partnerId' | 'profileId' | 'region' | 'locationId' | 'source' | 'need'
>

interface Receipt extends Carried {
  readonly customer: Customer
  readonly directContact: boolean
  /** In place of the policy's response time. */
  readonly respondBy?: string | undefined
}

/** The first of the life of a referral: `receive`. */
export const receive = (receipt: Receipt, policy: Policy, actor: Actor, now: string) => {
  const { customer, directContact, respondBy, ...kept } = receipt
  const { company, size, address } = customer
  const plan = planOf(policy, { receivedAt: now, region: kept.region, directContact, respondBy })
  const { reminders, ...planned } = plan
  const [remindAt = null, ...laterReminders] = reminders
  const referral: Referral = {
    ...kept,
    ...planned,
    customer: { company, size, city: address.city, country: address.country },
    version: 1,
    actedVersion: 1,
    status: 'new',
    receivedAt: now,
    remindAt,
    laterReminders,
    extensions: [],
    urgency: directContact ? 'hot' : null,
    nudgeAt: null,
    reopenUntil: reopenUntil(plan.respondBy, plan.terms),
    reopened: null,
    answeredAt: null,
    closedAt: null,
    updatedAt: now,
    deal: null,
    contacts: [],
    decline: null,
    outcome: null,
  }
  const { urgentUntil } = referral
  const data = { channel: receipt.source.channel, respondBy: referral.respondBy, urgentUntil }
  const event: Event = eventOf(referral, 'referral.received', actor, data, now)
  return { referral, event }
}

const messages = {
  hot: 'The customer asks to be contacted directly. Please call or write at once.',
  cooled:
    'The customer asked to be contacted directly and may still be waiting. Please contact them all the same.',
  over: 'The customer asked to be contacted directly.',
}

const directContact = ({ status, urgency, urgentUntil }: Urgency): DirectContactView | null => {
  if (!urgency || !urgentUntil) return null
  // Nobody is called about what is archived.
  if (stage({ status }) === 'archived') return { state: 'cooled', urgentUntil, message: messages.over }
  return { state: urgency, urgentUntil, message: messages[urgency] }
}

type Urgency = Pick<Referral, 'status' | 'urgency' | 'urgentUntil'>

/** The customer's need is cut to so many characters in lists. */
const summaryLength = 280

/** Cut between characters, and never within one that takes two code units. */
const beginningOf = (text: string): string => {
  const characters = [...text]
  return characters.length > summaryLength ? `${characters.slice(0, summaryLength - 1).join('')}…` : text
}

/** The part of a referral that the list index carries. */
export const overviewOf = (referral: Referral) => {
  const { id, rfiId, partnerId, status, region, locationId, source, customer, deal } = referral
  const { urgency, urgentUntil, receivedAt, respondBy, closedAt, updatedAt } = referral
  const { summary } = referral.need
  return {
    ...{ id, rfiId, partnerId, status, region, locationId, source, customer },
    ...{ urgency, urgentUntil, receivedAt, respondBy, closedAt, updatedAt },
    summary: beginningOf(summary),
    dealName: deal?.name ?? null,
  }
}
export type Overview = ReturnType<typeof overviewOf>

export const viewOverview = (overview: Overview, now: string): ReferralOverview => {
  const { urgency, urgentUntil, ...seen } = effective(overview, now)
  return {
    ...seen,
    stage: stage(seen),
    directContact: directContact({ status: seen.status, urgency, urgentUntil }),
  }
}

/** A referral as `viewer` sees it; the CRM id is for the partner alone. */
export const view = (
  referral: Referral,
  customer: Customer | null,
  viewer: ActorKind,
  now: string,
): ReferralView => {
  const seen = effective(referral, now)
  const deal = seen.deal && { ...seen.deal, crmId: viewer === 'partner' ? seen.deal.crmId : null }
  return {
    id: seen.id,
    rfiId: seen.rfiId,
    partnerId: seen.partnerId,
    status: seen.status,
    stage: stage(seen),
    receivedAt: seen.receivedAt,
    policyVersion: seen.policyVersion,
    answerAdvisedBy: seen.answerAdvisedBy,
    respondBy: seen.respondBy,
    extensions: [...seen.extensions],
    answeredAt: seen.answeredAt,
    closedAt: seen.closedAt,
    reopenUntil: allows('reopen', referral, now) ? seen.reopenUntil : null,
    reopened: seen.reopened,
    updatedAt: seen.updatedAt,
    directContact: directContact(seen),
    region: seen.region,
    profileId: seen.profileId,
    locationId: seen.locationId,
    source: seen.source,
    customer,
    need: seen.need,
    deal,
    contacts: [...seen.contacts],
    decline: seen.decline,
    outcome: seen.outcome,
    actions: actions(referral, viewer, now),
  }
}
