/** Creation, representation and similarity of referrals. */
import type { Actor, ActorKind, Event } from '../../events/contract.ts'
import { messages } from '../../kernel/messages.ts'
import type { Money } from '../../kernel/money.ts'
import { type Customer, type Policy, type TagList, type Tags, tagLists } from '../../program/contract.ts'
import { planOf, regionTime, tagsIn } from '../../program/rules.ts'
import { wordsOf } from '../../text/tokenizer.ts'
import type { Instant } from '../../time/instant.ts'
import {
  type DirectContactView,
  directContactMessages,
  type ReferralCustomer,
  type ReferralListItem,
  type ReferralView,
} from './contract.ts'
import { reopenUntil } from './deadlines.ts'
import { referralEvent } from './effects.ts'
import type { Referral } from './referral.ts'
import { effective, isContactVisible, stage } from './status.ts'
import { actions, allows } from './transitions.ts'

/** Properties of a referral that never change. */
type Unchanging = Pick<
  Referral,
  'id' | 'rfiId' | 'partnerId' | 'profileId' | 'region' | 'locationId' | 'source' | 'need'
>

interface ReceivedReferral extends Unchanging {
  readonly customer: Customer
  readonly directContact: boolean
  readonly preferredContact?: Referral['preferredContact']
  /** Deadline that replaces the policy's response time. */
  readonly respondBy?: Instant | undefined
}

/** Creates a referral and its first event. */
export const receive = (received: ReceivedReferral, policy: Policy, actor: Actor, now: Instant) => {
  const { customer, directContact, preferredContact = null, respondBy, ...kept } = received
  const { company, size, address } = customer
  const plan = planOf(policy, { receivedAt: now, region: kept.region, directContact, respondBy })
  const { reminders, ...planned } = plan
  const [remindAt = null, ...laterReminders] = reminders
  const referral: Referral = {
    ...kept,
    ...planned,
    preferredContact,
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
    reopenUntil: reopenUntil(plan.respondBy, plan.terms, regionTime(policy, kept.region)),
    reopened: null,
    answeredAt: null,
    closedAt: null,
    updatedAt: now,
    remindersSent: 0,
    nudgesSent: 0,
    contactShownAt: null,
    undoUntil: null,
    actedBefore: null,
    isExpiryNeutral: false,
    winDeniedAt: null,
    isWinTakenBack: false,
    customerChoice: null,
    acceptedBy: null,
    deal: null,
    colleagues: [],
    decline: null,
    outcome: null,
  }
  const { respondBy: dueBy, hotUntil: urgentUntil } = referral
  const data = { channel: received.source.channel, respondBy: dueBy, urgentUntil }
  const event: Event = referralEvent(referral, 'referral.received', actor, data, now)
  return { referral, event }
}

const message = messages(directContactMessages)

/** Returns a message as the contract has it. */
const directContactMessage = (code: keyof typeof directContactMessages): DirectContactView['message'] => ({
  ...message(code),
  code,
  params: {},
})

const directContact = ({ status, urgency, hotUntil }: Urgency): DirectContactView | null => {
  if (!urgency || !hotUntil) return null
  // An archived referral is never hot.
  if (stage({ status }) === 'archived')
    return { state: 'cooled', hotUntil, message: directContactMessage('contact-asked') }
  const code = urgency === 'hot' ? 'contact-now' : 'contact-overdue'
  return { state: urgency, hotUntil, message: directContactMessage(code) }
}

type Urgency = Pick<Referral, 'status' | 'urgency' | 'hotUntil'>

/** Maximum length of the summary in lists, in characters. */
const summaryLength = 280

/** Returns the beginning of a summary as lists show it, without splitting a surrogate pair. */
export const beginningOf = (text: string): string => {
  const characters = [...text]
  return characters.length > summaryLength ? `${characters.slice(0, summaryLength - 1).join('')}…` : text
}

/** Returns the part of a referral that the list index projects. */
export const listedReferralOf = (referral: Referral) => {
  const { id, rfiId, partnerId, status, region, locationId, source, customer, deal } = referral
  const { version, urgency, hotUntil, receivedAt, respondBy, answeredAt, closedAt, updatedAt } = referral
  const { need, outcome } = referral
  return {
    id,
    version,
    rfiId,
    partnerId,
    status,
    region,
    locationId,
    source,
    customer,
    urgency,
    hotUntil,
    receivedAt,
    respondBy,
    answeredAt,
    closedAt,
    updatedAt,
    summary: beginningOf(need.summary),
    ...tagsIn(need),
    dealName: deal?.name ?? null,
    crmId: deal?.crmId ?? null,
    estimatedCloseDate: deal?.estimatedCloseDate ?? null,
    outcomeValue: outcome?.value ?? null,
    budget: need.budget ?? null,
    estimatedValue: deal?.estimatedValue ?? null,
    ...dealSizeOf(referral),
  }
}

const dayMs = 86_400_000

/**
 * Returns the value and the duration of a deal, by which referrals are compared: the actual ones of a deal that has ended,
 * otherwise the partner's estimates. The estimates are left out if nobody changed the value that the acceptance form suggested.
 */
const dealSizeOf = ({ deal, outcome, receivedAt }: Referral) => {
  const estimates = deal?.estimated === 'default' ? null : deal
  const closesOn = outcome?.closedOn ?? estimates?.estimatedCloseDate
  const days = closesOn && (Date.parse(closesOn) - Date.parse(receivedAt.slice(0, 10))) / dayMs
  return {
    dealValue: outcome?.value ?? estimates?.estimatedValue ?? null,
    /** Days from the receipt to the close. */
    dealDays: typeof days === 'number' ? Math.max(0, Math.round(days)) : null,
  }
}

export type ListedReferral = ReturnType<typeof listedReferralOf>

/** Returns the row of a list for a viewer. Only the partner sees the CRM id. */
export const viewListItem = (listed: ListedReferral, viewer: ActorKind, now: Instant): ReferralListItem => {
  const { urgency, hotUntil, dealValue: _, dealDays: __, ...current } = effective(listed, now)
  return {
    ...current,
    crmId: viewer === 'partner' ? current.crmId : null,
    stage: stage(current),
    directContact: directContact({ status: current.status, urgency, hotUntil }),
  }
}

/** Returns the representation for a viewer. Only the partner sees the CRM id. */
export const viewReferral = (
  referral: Referral,
  customer: ReferralCustomer | null,
  viewer: ActorKind,
  now: Instant,
): ReferralView => {
  const current = effective(referral, now)
  const canSeeContact = viewer !== 'partner' || isContactVisible(current)
  const canUndo = allows('undo-decline', referral, now) || allows('undo-close', referral, now)
  const deal = current.deal && { ...current.deal, crmId: viewer === 'partner' ? current.deal.crmId : null }
  return {
    id: current.id,
    rfiId: current.rfiId,
    partnerId: current.partnerId,
    status: current.status,
    stage: stage(current),
    receivedAt: current.receivedAt,
    policyVersion: current.policyVersion,
    recommendedAnswerBy: current.recommendedAnswerBy,
    respondBy: current.respondBy,
    extensions: [...current.extensions],
    answeredAt: current.answeredAt,
    closedAt: current.closedAt,
    reopenUntil: allows('reopen', referral, now) ? current.reopenUntil : null,
    reopened: current.reopened,
    updatedAt: current.updatedAt,
    directContact: directContact(current),
    region: current.region,
    profileId: current.profileId,
    locationId: current.locationId,
    source: current.source,
    customer: customer && { ...customer, contact: canSeeContact ? customer.contact : null },
    contactShownAt: current.contactShownAt,
    customerChoice: current.customerChoice,
    winDeniedAt: current.winDeniedAt,
    undoUntil: canUndo ? current.undoUntil : null,
    need: current.need,
    preferredContact: current.preferredContact,
    deal,
    colleagues: [...current.colleagues],
    decline: current.decline && { reason: current.decline.reason, notes: current.decline.notes },
    outcome: current.outcome,
    actions: actions(referral, viewer, now),
  }
}

/** The properties by which referrals are compared. */
type Compared = Pick<ListedReferral, keyof Tags | 'id' | 'summary' | 'budget' | 'dealValue' | 'dealDays'> & {
  readonly customer: Pick<ListedReferral['customer'], 'size' | 'city' | 'country'>
}

/** Weights of the parts of the similarity; their sum is 1. */
const weights = { tags: 0.45, words: 0.2, value: 0.1, duration: 0.1, size: 0.1, place: 0.05 }

/**
 * Returns the similarity of two referrals from 0 to 1. It is symmetric, and 1 for identical requests. The value is that of the
 * deal, or without a known one the customer's budget. The duration is the time from the receipt to the close of the deal.
 */
export const similarity = (a: Compared, b: Compared): number => {
  const tags = (of: Compared) => tagLists.flatMap(list => of[list].map(code => `${list}/${code}`))
  return (
    weights.tags * overlap(tags(a), tags(b)) +
    weights.words * overlap(wordsOf(a.summary), wordsOf(b.summary)) +
    weights.value * closeness(knownValueOf(a), knownValueOf(b)) +
    weights.duration * closenessOfDays(a.dealDays, b.dealDays) +
    weights.size * Number(a.customer.size === b.customer.size) +
    weights.place * nearness(a.customer, b.customer)
  )
}

/** Returns the value of the deal, or without a known one the customer's budget. */
const knownValueOf = ({ budget, dealValue }: Compared): Money | null => dealValue ?? budget

/** Closeness of two values or durations that cannot be compared, because one is unknown or the currencies differ. */
const unknownCloseness = 0.5

/** Returns the smaller number divided by the larger one. */
const ratio = (a: number, b: number): number => {
  const larger = Math.max(a, b)
  return larger === 0 ? 1 : Math.min(a, b) / larger
}

const closeness = (a: Money | null, b: Money | null): number => {
  if (!a && !b) return 1
  return a && b && a.currency === b.currency ? ratio(a.amount, b.amount) : unknownCloseness
}

const closenessOfDays = (a: number | null, b: number | null): number => {
  if (a === null && b === null) return 1
  return a === null || b === null ? unknownCloseness : ratio(a, b)
}

/** Returns the Jaccard index of two sets; 1 for two empty ones. */
const overlap = (a: readonly string[], b: readonly string[]): number => {
  const [union, setB] = [new Set([...a, ...b]), new Set(b)]
  return union.size === 0 ? 1 : [...new Set(a)].filter(element => setB.has(element)).length / union.size
}

const nearness = (a: Compared['customer'], b: Compared['customer']): number => {
  if (a.country !== b.country) return 0
  return a.city.toLowerCase() === b.city.toLowerCase() ? 1 : 0.5
}

/** Returns the codes that are in both needs. */
export const sharedTags = (a: Tags, b: Tags): Tags => {
  const shared = (list: TagList) => a[list].filter(code => b[list].includes(code))
  return {
    industries: shared('industries'),
    products: shared('products'),
    services: shared('services'),
    solutions: shared('solutions'),
  }
}

/** Minimum similarity of results. Unrelated requests from customers of the same size and city have about this similarity. */
const minSimilarity = 0.25

/** Returns the accepted referrals that are most similar to one, best first. */
export const mostSimilar = (
  referral: Compared,
  others: readonly ListedReferral[],
  limit: number,
): { listed: ListedReferral; similarity: number }[] =>
  others
    .filter(({ id, dealName }) => id !== referral.id && dealName !== null)
    .map(listed => ({ listed, similarity: similarity(referral, listed) }))
    .filter(({ similarity: value }) => value >= minSimilarity)
    .toSorted((a, b) => b.similarity - a.similarity || (a.listed.id < b.listed.id ? 1 : -1))
    .slice(0, limit)
