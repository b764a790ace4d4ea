/** Validation, limits, status and representation of RFIs. */
import type { Suggestion } from '../../discovery/contract.ts'
import {
  type CurrentLoad,
  type PreferenceExclusion,
  type RequestFacts,
  whyExcluded,
} from '../../discovery/rules.ts'
import type { Actor, Event, EventType } from '../../events/contract.ts'
import type { Fault } from '../../kernel/errors.ts'
import { commonFaults, faults } from '../../kernel/faults.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import type { PartnerId, ReferralId, RfiId } from '../../kernel/ids.ts'
import { checkAll, checkEach, ifValid } from '../../kernel/partial-input.ts'
import { ownerOf, type PublicProfile } from '../../partners/rules.ts'
import type { Customer, Need, Policy, Source, Taxonomy } from '../../program/contract.ts'
import { codeError, codeFaults } from '../../program/rules.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { effective, stage } from '../referral/status.ts'
import { allows } from '../referral/transitions.ts'
import {
  maxRecipientsInAll,
  type NewRfi,
  type Recipient,
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
  readonly source: Source
  readonly need: Need
  readonly recipients: readonly Addressee[]
  /** Coordinates of the customer's city, if they are known. */
  readonly place?: Coordinates | undefined
  /** Region in which the ranking chooses the partners, if the customer named none. */
  readonly region?: string | undefined
  /** Deadline that replaces the policy's response time. Stored while the RFI has no recipients. */
  readonly respondBy?: Instant | undefined
}

/** A request with its recipients, which were named or chosen. */
type Requested = Pick<NewRfi, 'customer' | 'need' | 'respondBy' | 'region'> & {
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
    () => tooManyFaults(asked.recipients ?? [], policy),
    () => repeatFaults(asked.recipients ?? []),
    () => deadlineFaults(asked.respondBy, policy, now),
  )

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
  open: { maximum: maxRecipients, taken: referrals.filter(referral => isOpen(referral, now)).length },
  total: { maximum: maxRecipientsInAll, taken: referrals.length },
})

const isOpen = (referral: Referral, now: Instant): boolean => stage(effective(referral, now)) !== 'archived'

/** Returns the referrals that have expired and can still be reopened. */
export const reopenableIn = (referrals: readonly Referral[], now: Instant): Referral[] =>
  referrals.filter(referral => allows('reopen', referral, now))

/** Returns the number of further partners to which the policy allows to send the RFI now. */
export const remainingRecipients = (referrals: readonly Referral[], policy: Policy, now: Instant): number => {
  const { open, total } = limits(referrals, policy, now)
  return Math.max(0, Math.min(open.maximum - open.taken, total.maximum - total.taken))
}

/**
 * Returns the region for suggestions of further partners: the region of the last referral that was declined or expired.
 * Undefined if no referral was, or if the RFI was withdrawn or won.
 */
export const regionForSuggestions = (
  { status }: Rfi,
  referrals: readonly Referral[],
  now: Instant,
): string | undefined => {
  if (status === 'withdrawn' || referrals.some(referral => referral.status === 'won')) return undefined
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

const dataOf: {
  readonly [T in RfiEventType]: (rfi: Rfi, added: readonly Addressee[]) => Event<T>['data']
} = {
  'rfi.received': ({ recipients }) => ({ recipients: recipients.length }),
  'rfi.recipients-added': (_, added) => ({ partnerIds: added.map(({ partnerId }) => partnerId) }),
  'rfi.withdrawn': () => ({}),
}

/** @param added further recipients if the RFI was sent on */
export const rfiEvent = (
  rfi: Rfi,
  type: RfiEventType,
  actor: Actor,
  now: Instant,
  added: readonly Addressee[] = [],
): Event =>
  ({
    id: `${rfi.id}.${rfi.version}`,
    type,
    at: now,
    actor,
    subject: { rfiId: rfi.id },
    version: rfi.version,
    data: dataOf[type](rfi, added),
  }) as Event

/**
 * Returns the version that the customer sees. Each change of the RFI and of its referrals increases it, so that a
 * customer cannot withdraw a state that the customer has not seen.
 */
export const versionOf = (rfi: Rfi, referrals: readonly Pick<Referral, 'version'>[]): number =>
  referrals.reduce((sum, { version }) => sum + version, rfi.version)

/**
 * Returns the reason why an expired referral cannot be reopened: the customer has withdrawn, another partner has won, or the
 * RFI was sent on after the expiry. It is not a reason that another partner, which got the RFI at the same time, works on
 * it.
 */
export const whyGone = (
  expired: Referral,
  status: Rfi['status'],
  referrals: readonly Referral[],
): Extract<RfiReason, 'rfi-withdrawn' | 'customer-decided'> | undefined => {
  if (status === 'withdrawn') return 'rfi-withdrawn'
  const isChosen = (other: Referral) =>
    other.id !== expired.id && (other.status === 'won' || other.receivedAt >= expired.respondBy)
  return referrals.some(isChosen) ? 'customer-decided' : undefined
}

/** Returns the effective status of an RFI. A referral that could not be read and is missing here counts as open. */
export const statusOf = (rfi: Rfi, referrals: readonly Referral[], now: Instant): RfiView['status'] => {
  if (isUnrouted(rfi)) return 'unrouted'
  const isAnyOpen =
    referrals.length < rfi.recipients.length || referrals.some(referral => isOpen(referral, now))
  return rfi.status === 'open' && !isAnyOpen ? 'closed' : rfi.status
}

/** Tests for an RFI without recipients, which the operator must route. */
export const isUnrouted = ({ status, recipients }: Rfi): boolean =>
  status === 'open' && recipients.length === 0

/**
 * Returns the representation for the customer.
 * @param names names of the partners, in the order of the recipients, like `referrals`
 */
export const viewRfi = (
  rfi: Rfi,
  referrals: readonly Referral[],
  names: readonly string[],
  now: Instant,
  suggestions: Suggestion[] = [],
): RfiView => {
  const recipients = referrals.map((referral, index) => {
    const { id: referralId, partnerId, profileId, locationId, respondBy } = referral
    const { status } = effective(referral, now)
    return { partnerId, name: names[index] ?? '', profileId, locationId, referralId, status, respondBy }
  })
  return {
    id: rfi.id,
    status: statusOf(rfi, referrals, now),
    createdAt: rfi.createdAt,
    trackedUntil: rfi.trackedUntil,
    directContact: rfi.directContact,
    channel: rfi.source.channel,
    need: rfi.need,
    recipients,
    suggestions,
  }
}
