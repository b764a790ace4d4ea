/** Validation, limits, status and representation of RFIs. */
import type { Suggestion } from '../../discovery/contract.ts'
import {
  type CurrentLoad,
  type PreferenceExclusion,
  type RequestFacts,
  whyExcluded,
} from '../../discovery/rules.ts'
import type { Actor, choiceOutcomes, Event, EventType } from '../../events/contract.ts'
import type { Fault } from '../../kernel/errors.ts'
import { commonFaults, faults } from '../../kernel/faults.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import { type PartnerId, type ReferralId, type RfiId, referenceOf } from '../../kernel/ids.ts'
import { checkAll, checkEach, ifValid } from '../../kernel/partial-input.ts'
import { nameOf, type Person } from '../../kernel/person.ts'
import { ownerOf, type PublicProfile } from '../../partners/rules.ts'
import type {
  Customer,
  EmailStatus,
  Need,
  Policy,
  PreferredContact,
  Source,
  Taxonomy,
} from '../../program/contract.ts'
import { codeError, codeFaults } from '../../program/rules.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { effective, isWinInQuestion, stage } from '../referral/status.ts'
import { allows, type Revival, revivalOf } from '../referral/transitions.ts'
import {
  type CustomerOperation,
  type ListedRfiStatus,
  maxRecipientsInAll,
  type NewRfi,
  type Recipient,
  type RecipientOperation,
  type RfiReason,
  type RfiView,
  rfiFaults,
} from './contract.ts'

const fault = faults({ ...commonFaults, ...rfiFaults })

/** A recipient of an RFI with its referral. */
export interface Addressee extends Recipient {
  readonly partnerId: PartnerId
  readonly region: string
  readonly referralId: ReferralId
}

/** A stored RFI. The customer's personal data is a separate item. */
export interface Rfi {
  readonly id: RfiId
  readonly version: number
  readonly status: 'open' | 'withdrawn'
  readonly createdAt: Instant
  /** Expiry of the customer's tracking tokens. */
  readonly trackedUntil: Instant
  readonly directContact: boolean
  /** Wish of the customer; undefined if the request named none. */
  readonly preferredContact?: PreferredContact | undefined
  readonly source: Source
  readonly need: Need
  readonly recipients: readonly Addressee[]
  /** Coordinates of the customer's city, if they are known. */
  readonly place?: Coordinates | undefined
  /** Region in which the ranking chooses the partners, if the customer named none. */
  readonly region?: string | undefined
  /** Country of the customer. Missing in RFIs of an early version of the program. */
  readonly country?: string | undefined
  /** Deadline that replaces the policy's response time. Stored while the RFI has no recipients. */
  readonly respondBy?: Instant | undefined
  /** Choice of the customer. */
  readonly choice?: Choice | undefined
  /** Instant of the first choice, if the customer took the choice back. */
  readonly firstChosenAt?: Instant | undefined
}

/** The choice of a customer: a partner, somebody else, or nobody. */
export interface Choice {
  readonly outcome: (typeof choiceOutcomes)[number]
  /** Referral of the chosen partner; null for another outcome. */
  readonly referralId: ReferralId | null
  /** Instant of the first choice, from which the time for changes counts. */
  readonly firstAt: Instant
  readonly at: Instant
}

/** A request with its recipients, which were named or chosen. */
type Requested = Pick<
  NewRfi,
  'customer' | 'need' | 'respondBy' | 'region' | 'directContact' | 'preferredContact'
> & {
  readonly recipients?: readonly Recipient[] | undefined
}

/** Rejects a request that has both recipients and a region. */
export const placingFaults = ({ recipients, region }: Pick<Requested, 'recipients' | 'region'>): Fault[] =>
  recipients && region ? [fault('recipients-and-region', '/region')] : []

/** Checks a new request against the policy and the taxonomy. Invalid parts can be holes. */
export const requestFaults = (asked: Requested, policy: Policy, taxonomy: Taxonomy, now: Instant): Fault[] =>
  checkAll(
    () => codeError(taxonomy, 'customerSizes', asked.customer.size, '/customer/size'),
    () => codeFaults(taxonomy, asked.need, '/need'),
    () => phoneFaults(asked),
    () => tooManyFaults(asked.recipients ?? [], policy),
    () => repeatFaults(asked.recipients ?? []),
    () => deadlineFaults(asked.respondBy, policy, now),
  )

/** Rejects a request for direct contact without a telephone number, unless email is preferred. */
const phoneFaults = ({ directContact, preferredContact, customer: { contact } }: Requested): Fault[] =>
  directContact && preferredContact !== 'email' && contact.phone === undefined
    ? [fault('phone-required', '/customer/contact/phone')]
    : []

const tooManyFaults = ({ length }: readonly Recipient[], { maxRecipients }: Policy): Fault[] =>
  length <= maxRecipients
    ? []
    : [fault('too-many', '/recipients', { actual: length, maximum: maxRecipients })]

/** Rejects several recipients of the same partner: a partner has at most one referral of an RFI. */
export const repeatFaults = (
  recipients: readonly Recipient[],
  earlier: readonly Addressee[] = [],
): Fault[] => {
  const seen = new Set(earlier.map(({ partnerId }) => partnerId))
  return checkEach(recipients, ({ profileId }, index) => {
    const { partnerId } = ownerOf(profileId)
    if (seen.has(partnerId)) return [fault('repeated-partner', `/recipients/${index}`, { partnerId })]
    seen.add(partnerId)
    return []
  })
}

const deadlineFaults = (
  respondBy: Instant | undefined,
  { maxResponseTime }: Policy,
  now: Instant,
): Fault[] => {
  if (respondBy === undefined) return []
  if (Date.parse(respondBy) <= Date.parse(now))
    return [fault('in-the-past', '/respondBy', { actual: respondBy, earliest: now })]
  const latest = after(now, maxResponseTime)
  return Date.parse(respondBy) > Date.parse(latest)
    ? [fault('too-late', '/respondBy', { actual: respondBy, latest })]
    : []
}

/** Tests if an RFI already has all these recipients. */
export const wentTo = ({ recipients }: Rfi, asked: readonly Recipient[]): boolean =>
  asked.every(({ profileId, locationId }) =>
    recipients.some(other => other.profileId === profileId && other.locationId === locationId),
  )

/** Checks further recipients against the RFI and the policy. Invalid parts can be holes. */
export const sendOnFaults = (
  asked: readonly Recipient[],
  { recipients }: Rfi,
  referrals: readonly Referral[],
  policy: Policy,
  now: Instant,
): Fault[] => [
  ...limitFaults(asked.length, limits(referrals, policy, now)),
  ...repeatFaults(asked, recipients),
]

const limitFaults = (actual: number, { open, total }: Limits): Fault[] => [
  ...(open.taken + actual > open.maximum
    ? [fault('too-many-open', '/recipients', { actual, open: open.taken, maximum: open.maximum })]
    : []),
  ...(total.taken + actual > total.maximum
    ? [fault('too-many-in-total', '/recipients', { actual, total: total.taken, maximum: total.maximum })]
    : []),
]

type Limits = ReturnType<typeof limits>

/** Maximum and current number of partners, at the same time and in total. */
const limits = (referrals: readonly Referral[], { maxRecipients }: Policy, now: Instant) => ({
  open: { maximum: maxRecipients, taken: openReferrals(referrals, now).length },
  total: { maximum: maxRecipientsInAll, taken: referrals.length },
})

/** Returns the referrals that are new or active. */
const openReferrals = (referrals: readonly Referral[], now: Instant): Referral[] =>
  referrals.filter(referral => isOpen(referral, now))

/**
 * Returns the open referrals with their versions. Timelines show a mail about an event of the RFI after the event of that
 * version.
 */
export const openVersions = (referrals: readonly Referral[], now: Instant) =>
  openReferrals(referrals, now).map(({ id: referralId, version }) => ({ referralId, version }))

const isOpen = (referral: Referral, now: Instant): boolean => stage(effective(referral, now)) !== 'archived'

/** Returns the referrals that have expired and can still be reopened. */
const reopenableIn = (referrals: readonly Referral[], now: Instant): Referral[] =>
  referrals.filter(referral => allows('reopen', referral, now))

/** Returns the archived referrals that their partners can make open again. */
export const revivableIn = (referrals: readonly Referral[], now: Instant): Referral[] =>
  referrals.filter(referral => revivalOf(referral, now) !== undefined)

/** Returns the referrals that can change without a change of the RFI: those that are open, won or revivable. */
export const unsettledIn = (referrals: readonly Referral[], now: Instant): Referral[] => {
  const revivable = new Set(revivableIn(referrals, now))
  return referrals.filter(
    referral => isOpen(referral, now) || referral.status === 'won' || revivable.has(referral),
  )
}

/** Returns the number of further partners to which the policy allows to send the RFI now. */
export const remainingRecipients = (referrals: readonly Referral[], policy: Policy, now: Instant): number => {
  const { open, total } = limits(referrals, policy, now)
  return Math.max(0, Math.min(open.maximum - open.taken, total.maximum - total.taken))
}

/**
 * Returns the region for suggestions of further partners: the region of the last referral that was declined or expired.
 * Undefined if no referral was, if the RFI was withdrawn, or if the customer has chosen or may have bought.
 */
export const regionForSuggestions = (
  { status, choice }: Rfi,
  referrals: readonly Referral[],
  now: Instant,
): string | undefined => {
  const isWon = referrals.some(referral => referral.status === 'won' && referral.winDeniedAt === null)
  if (status === 'withdrawn' || choice || isWon) return undefined
  const unanswered = referrals
    .map(referral => effective(referral, now))
    .filter(({ status }) => status === 'declined' || status === 'expired')
  return unanswered.toSorted((a, b) => ((a.closedAt ?? '') < (b.closedAt ?? '') ? -1 : 1)).at(-1)?.region
}

/** Returns the data of an RFI with which the preferences of partners are compared. */
export const askedBy = ({ size }: Customer, { industries, summary: text, budget }: Need): RequestFacts => ({
  sizes: [size],
  industries,
  text,
  budget,
})

/** Like `askedBy`, without data from parts of the request that are holes. */
export const validFactsOf = (asked: Pick<NewRfi, 'customer' | 'need'>): RequestFacts => ({
  sizes: ifValid(() => [asked.customer.size]),
  industries: ifValid(() => [...asked.need.industries]) ?? [],
  text: ifValid(() => asked.need.summary),
  budget: ifValid(() => {
    const { budget } = asked.need
    return budget && { amount: budget.amount, currency: budget.currency }
  }),
})

/** Returns the kind of preference that excludes an RFI. The value of the preference is confidential. */
const exclusionFault = (why: PreferenceExclusion, profileId: string, pointer: string): Fault =>
  why === 'paused' || why === 'full'
    ? fault(why, pointer, { profileId })
    : fault('not-admitted', pointer, { profileId, preference: why })

/** Checks a recipient against its profile and the request. */
export const recipientFaults = (
  recipient: Recipient,
  profile: PublicProfile | undefined,
  asked: RequestFacts,
  present: CurrentLoad,
  index: number,
): Fault[] => {
  const { profileId } = recipient
  const pointer = `/recipients/${index}/profileId`
  if (profile?.status !== 'active') return [fault('not-available', pointer, { profileId })]
  const why = whyExcluded(profile, asked, present)
  if (why) return [exclusionFault(why, profileId, pointer)]
  const { locationId } = recipient
  return profile.locations.some(({ id, removed }) => id === locationId && !removed)
    ? []
    : [fault('unknown-location', `/recipients/${index}/locationId`, { profileId, locationId })]
}

type RfiEventType = EventType & `rfi.${string}`
/** Types of events whose data is not in the RFI. */
type RfiEventWithData = 'rfi.customer-unreachable' | 'rfi.address-corrected'

const dataOf: {
  readonly [T in Exclude<RfiEventType, RfiEventWithData>]: (
    rfi: Rfi,
    added: readonly Addressee[],
  ) => Event<T>['data']
} = {
  'rfi.received': ({ recipients }) => ({ recipients: recipients.length }),
  'rfi.recipients-added': (_, added) => ({ partnerIds: added.map(({ partnerId }) => partnerId) }),
  'rfi.withdrawn': () => ({}),
  'rfi.chosen': ({ choice }) => ({
    outcome: choice?.outcome ?? 'none',
    referralId: choice?.referralId ?? null,
  }),
  'rfi.reopened': (_, added) => ({ referralIds: added.map(({ referralId }) => referralId) }),
}

/** @param added recipients that the event concerns: further recipients, or those whose referrals are reinstated */
export const rfiEvent = (
  rfi: Rfi,
  type: Exclude<RfiEventType, RfiEventWithData>,
  actor: Actor,
  now: Instant,
  added: readonly Addressee[] = [],
): Event => rfiEventWith(rfi, type, dataOf[type](rfi, added), actor, now)

export const rfiEventWith = <T extends RfiEventType>(
  rfi: Rfi,
  type: T,
  data: Event<T>['data'],
  actor: Actor,
  now: Instant,
): Event =>
  ({
    id: `${rfi.id}.${rfi.version}`,
    type,
    at: now,
    actor,
    subject: { rfiId: rfi.id },
    version: rfi.version,
    data,
  }) as Event

/**
 * Returns the version that the customer sees. Each change of the RFI and of its referrals increases it, so that a
 * customer cannot withdraw a state that the customer has not seen.
 */
export const versionOf = (rfi: Rfi, referrals: readonly Pick<Referral, 'version'>[]): number =>
  referrals.reduce((sum, { version }) => sum + version, rfi.version)

/**
 * Returns the reason why a referral that has ended cannot become new again: the customer has withdrawn or chosen, or the RFI
 * was sent on after the end. It is not a reason that another partner works on it or reports a win, which can be false.
 * @param endedAt instant of the expiry or the decline
 */
const whyGone = (
  { receivedAt }: Pick<Referral, 'receivedAt'>,
  { status, choice }: Pick<Rfi, 'status' | 'choice'>,
  referrals: readonly Pick<Referral, 'receivedAt'>[],
  endedAt: Instant,
): Extract<RfiReason, 'rfi-withdrawn' | 'customer-decided'> | undefined => {
  if (status === 'withdrawn') return 'rfi-withdrawn'
  const isSentOn = referrals.some(other => other.receivedAt > receivedAt && other.receivedAt >= endedAt)
  return choice || isSentOn ? 'customer-decided' : undefined
}

/** Returns the reason why a partner cannot make its archived referral open again, although the table allows the command. */
export const whyNotRevived = (
  name: Revival,
  referral: Pick<Referral, 'receivedAt' | 'respondBy' | 'closedAt'>,
  rfi: Pick<Rfi, 'status' | 'choice'>,
  referrals: readonly Pick<Referral, 'receivedAt'>[],
): Extract<RfiReason, 'rfi-withdrawn' | 'customer-decided'> | undefined => {
  const { respondBy, closedAt } = referral
  if (name === 'reopen') return whyGone(referral, rfi, referrals, respondBy)
  if (name === 'undo-decline') return whyGone(referral, rfi, referrals, closedAt ?? respondBy)
  // The partner worked on the request before its report, so the customer's choice does not matter.
  return rfi.status === 'withdrawn' ? 'rfi-withdrawn' : undefined
}

/** Tests if the customer was being asked about the win of another partner at an instant, so that silence counts for nobody. */
export const isWinAskedAt = (
  { id }: Pick<Referral, 'id'>,
  { choice }: Pick<Rfi, 'choice'>,
  referrals: readonly Referral[],
  { winQuestionTime }: Policy['choice'],
  at: Instant,
): boolean =>
  !(choice && choice.firstAt < at) &&
  referrals.some(other => other.id !== id && isWinInQuestion(other, winQuestionTime, at))

/** Returns the instant until which the customer can change the choice; undefined if there is none or it cannot be changed. */
export const choiceChangeableUntil = (
  { choice }: Pick<Rfi, 'choice'>,
  { changeableFor }: Policy['choice'],
): Instant | undefined => choice && after(choice.firstAt, changeableFor)

/** Tests if the customer may choose a partner: it works on the request, or has won and the customer did not deny it. */
export const isChoosable = (referral: Referral): boolean =>
  referral.status === 'active' || referral.status === 'won'

/**
 * Tests if the customer can change or take back the choice: there is time left, or the chosen partner no longer works on the
 * request, because it has lost the deal or was dismissed.
 */
export const isChoiceChangeable = (
  { choice }: Pick<Rfi, 'choice'>,
  referrals: readonly Pick<Referral, 'id' | 'status'>[],
  choicePolicy: Policy['choice'],
  now: Instant,
): boolean => {
  const until = choiceChangeableUntil({ choice }, choicePolicy)
  if (!choice || !until) return false
  const chosen = referrals.find(({ id }) => id === choice.referralId)
  return now < until || chosen?.status === 'lost' || chosen?.status === 'withdrawn'
}

/** Tests if the customer can have superseded partners reopened: there is no choice, or it can be taken back. */
export const isReopenable = (
  rfi: Rfi,
  referrals: readonly Referral[],
  choicePolicy: Policy['choice'],
  now: Instant,
): boolean =>
  rfi.status !== 'withdrawn' && (!rfi.choice || isChoiceChangeable(rfi, referrals, choicePolicy, now))

/** Returns the RFI without its choice. The instant of the first choice stays, so that the time for changes goes on. */
export const withoutChoice = ({ choice, ...rfi }: Rfi): Rfi =>
  choice ? { ...rfi, firstChosenAt: choice.firstAt } : rfi

/**
 * Returns the instant from which the time for changes counts for a choice that is made now. That time is not renewed by taking
 * a choice back. A choice after its end, such as after a lost deal, is a new decision and can be changed for the whole time
 * again.
 */
export const firstChoiceAt = (
  rfi: Pick<Rfi, 'choice' | 'firstChosenAt'>,
  { changeableFor }: Policy['choice'],
  now: Instant,
): Instant => {
  const first = rfi.choice?.firstAt ?? rfi.firstChosenAt
  return first !== undefined && now < after(first, changeableFor) ? first : now
}

/** Tests if as many partners can have the RFI open in addition to those that have it open now. */
export const hasRoomFor = (
  count: number,
  referrals: readonly Referral[],
  policy: Policy,
  now: Instant,
): boolean => {
  const { open } = limits(referrals, policy, now)
  return open.taken + count <= open.maximum
}

/** Returns the effective status of an RFI. A referral that could not be read and is missing here counts as open. */
export const statusOf = (rfi: Rfi, referrals: readonly Referral[], now: Instant): RfiView['status'] => {
  if (isUnrouted(rfi)) return 'unrouted'
  const isAnyOpen =
    referrals.length < rfi.recipients.length || referrals.some(referral => isOpen(referral, now))
  if (rfi.choice && rfi.status === 'open') return 'decided'
  return rfi.status === 'open' && !isAnyOpen ? 'closed' : rfi.status
}

/**
 * Returns the status by which RFIs are listed. It follows from the RFI alone, so that an answer of a partner does not write
 * the RFI: an RFI whose referrals have all ended is still listed as open.
 */
export const listedStatusOf = (rfi: Rfi): ListedRfiStatus => {
  if (isUnrouted(rfi)) return 'unrouted'
  return rfi.choice && rfi.status === 'open' ? 'decided' : rfi.status
}

/** Returns the region by which RFIs are listed. */
export const listedRegionOf = ({ country, region, recipients }: Rfi): string | undefined =>
  country ?? region ?? recipients[0]?.region

/** Tests for an RFI without recipients, which the operator must route. */
export const isUnrouted = ({ status, recipients, choice }: Rfi): boolean =>
  status === 'open' && recipients.length === 0 && !choice

/** Tests if the customer can make a choice now, or change the present one. */
const isChoiceOpen = ({ rfi, referrals, policy }: RfiContext, now: Instant): boolean =>
  rfi.status === 'open' && (!rfi.choice || isChoiceChangeable(rfi, referrals, policy.choice, now))

/** Returns the operations that the customer can call for a recipient now. */
const recipientOperations = (referral: Referral, context: RfiContext, now: Instant): RecipientOperation[] => {
  const { rfi, referrals, policy } = context
  const isChosen = rfi.choice?.referralId === referral.id
  const isPossible: Readonly<Record<RecipientOperation, boolean>> = {
    chooseOutcome: !isChosen && isChoosable(referral) && isChoiceOpen(context, now),
    denyWin:
      allows('deny-win', referral, now) &&
      (!isChosen || isChoiceChangeable(rfi, referrals, policy.choice, now)),
    dismissPartner: allows('withdraw', referral, now),
    reopenRfi:
      referral.status === 'superseded' &&
      isReopenable(rfi, referrals, policy.choice, now) &&
      hasRoomFor(1, referrals, policy, now),
  }
  return possibleIn(isPossible)
}

/** Returns the operations that the customer can call for the whole RFI now. */
const customerOperations = (shown: ShownRfi, now: Instant): CustomerOperation[] =>
  possibleIn({
    chooseOutcome: !isUnrouted(shown.rfi) && isChoiceOpen(shown, now),
    withdrawRfi: isWithdrawable(shown.rfi, shown.referrals, now),
    correctAddress: isCorrectable(shown),
  })

/** Tests if the customer can give another address: mail does not reach the present one. */
export const isCorrectable = ({ rfi, customer }: Pick<ShownRfi, 'rfi' | 'customer'>): boolean =>
  rfi.status !== 'withdrawn' && customer?.emailStatus === 'unreachable'

const possibleIn = <Name extends string>(isPossible: Readonly<Record<Name, boolean>>): Name[] =>
  (Object.keys(isPossible) as Name[]).filter(name => isPossible[name])

/** Tests if withdrawing an RFI changes anything: it is unrouted, or a referral is open or can be reopened. */
export const isWithdrawable = (rfi: Rfi, referrals: readonly Referral[], now: Instant): boolean =>
  rfi.status === 'open' &&
  (isUnrouted(rfi) ||
    referrals.some(referral => allows('withdraw', referral, now)) ||
    reopenableIn(referrals, now).length > 0)

/** Statuses in which the partner takes care of the request. */
const isTakenCareOf = ({ status }: Pick<Referral, 'status'>): boolean =>
  status === 'active' || status === 'won'

/** Tests if the people who take care of a request are the contacts of the office, because the referral names nobody. */
export const isOfficeInCharge = (referral: Referral): boolean =>
  isTakenCareOf(referral) && referral.colleagues.length === 0 && referral.acceptedBy === null

type Named = Pick<Person, 'firstName' | 'lastName' | 'email' | 'phone'>

/**
 * Returns the people who take care of a request: the colleagues on the deal, else the person who accepted, else the contacts
 * of the office.
 */
const contactsOf = (
  referral: Referral,
  office: readonly Named[],
): RfiView['recipients'][number]['contacts'] => {
  if (!isTakenCareOf(referral)) return []
  const { colleagues, acceptedBy } = referral
  const named: readonly Named[] = acceptedBy ? [acceptedBy] : office
  const inCharge: readonly Named[] = colleagues.length > 0 ? colleagues : named
  return inCharge.map(person => ({ name: nameOf(person), phone: person.phone ?? null, email: person.email }))
}

/** The public part of a recipient that its partner and profile state. */
export type RecipientDetails = Pick<
  RfiView['recipients'][number],
  'name' | 'website' | 'office' | 'languages'
>

/** An RFI with the data on which its representation depends. */
interface RfiContext {
  readonly rfi: Rfi
  /** In the order of the recipients. */
  readonly referrals: readonly Referral[]
  readonly policy: Policy
}

interface ShownRfi extends RfiContext {
  /** In the order of `referrals`. */
  readonly details: readonly RecipientDetails[]
  /** Null if the customer was erased. */
  readonly customer: { readonly customer: Customer; readonly emailStatus: EmailStatus } | null
}

interface MoreOfRfi {
  readonly suggestions?: Suggestion[]
  /** The contacts of offices that are in charge, by referral. */
  readonly officeContacts?: ReadonlyMap<ReferralId, readonly Person[]>
}

const noDetails: RecipientDetails = { name: '', website: null, office: null, languages: [] }

export const viewRfiCustomer = ({ customer, emailStatus }: NonNullable<ShownRfi['customer']>) => {
  const { company, address } = customer
  return { company, city: address.city, country: address.country, emailStatus }
}

/** Returns the representation for the customer. */
export const viewRfi = (
  shown: ShownRfi,
  now: Instant,
  { suggestions = [], officeContacts = new Map() }: MoreOfRfi = {},
): RfiView => {
  const { rfi, referrals, details, customer, policy } = shown
  const recipients = referrals.map((referral, index) => {
    const { id: referralId, partnerId, profileId, locationId, respondBy } = referral
    const { name, website, office, languages } = details[index] ?? noDetails
    const { status, winDeniedAt } = effective(referral, now)
    return {
      partnerId,
      name,
      website,
      profileId,
      locationId,
      office,
      languages: [...languages],
      referralId,
      status,
      respondBy,
      winDeniedAt,
      contacts: contactsOf(referral, officeContacts.get(referralId) ?? []),
      operations: recipientOperations(referral, shown, now),
    }
  })
  return {
    id: rfi.id,
    requestNumber: referenceOf(rfi.id),
    status: statusOf(rfi, referrals, now),
    createdAt: rfi.createdAt,
    trackedUntil: rfi.trackedUntil,
    directContact: rfi.directContact,
    channel: rfi.source.channel,
    customer: customer && viewRfiCustomer(customer),
    need: rfi.need,
    choice: rfi.choice ? viewChoice(rfi.choice, policy.choice) : null,
    choiceChangeableFor: policy.choice.changeableFor,
    newChoiceFirstAt: rfi.choice ? null : runningSince(rfi, policy.choice, now),
    operations: customerOperations(shown, now),
    recipients,
    suggestions,
  }
}

/** Returns the instant of an earlier choice from which the time for changes still counts; null if there is none. */
const runningSince = (rfi: Rfi, choicePolicy: Policy['choice'], now: Instant): Instant | null => {
  const first = firstChoiceAt(rfi, choicePolicy, now)
  return first === rfi.firstChosenAt ? first : null
}

const viewChoice = (choice: Choice, choicePolicy: Policy['choice']): NonNullable<RfiView['choice']> => {
  const { outcome, referralId, at, firstAt } = choice
  return { outcome, referralId, at, firstAt, changeableUntil: after(firstAt, choicePolicy.changeableFor) }
}
