/** Validation, limits, status and representation of RFIs. */
import type { Suggestion } from '../../discovery/contract.ts'
import {
  type CurrentLoad,
  type PreferenceExclusion,
  type RequestFacts,
  whyExcluded,
} from '../../discovery/rules.ts'
import type { Actor, Event, EventType } from '../../events/contract.ts'
import type { FieldError } from '../../kernel/errors.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import { asPartnerId, type PartnerId, type ProfileId, type ReferralId, type RfiId } from '../../kernel/ids.ts'
import { ownerOf, type PublicProfile } from '../../partners/rules.ts'
import type { Customer, Need, Policy, Source, Taxonomy } from '../../program/contract.ts'
import { codeError, codeErrors, tagsIn } from '../../program/rules.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { effective, stage } from '../referral/status.ts'
import { allows } from '../referral/transitions.ts'
import { maxRecipientsInAll, type NewRfi, type Recipient, type RfiView } from './contract.ts'

/** A recipient of an RFI with its referral. */
export interface Addressee extends Recipient {
  readonly partnerId: PartnerId
  readonly region: string
  readonly referralId: ReferralId
}

/** An RFI as it is stored. The customer's personal data is a separate item. */
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
type Requested = Pick<NewRfi, 'customer' | 'need' | 'respondBy'> & {
  readonly recipients: readonly Recipient[]
}

/** Refuses a request that has both recipients and a region to choose them from. */
export const placingErrors = ({ recipients, region }: Pick<NewRfi, 'recipients' | 'region'>): FieldError[] =>
  recipients && region
    ? [
        {
          pointer: '/region',
          code: 'contradictory',
          detail: 'name recipients, or a region to choose them from',
        },
      ]
    : []

/** Checks a new request against the policy and the taxonomy. */
export const requestErrors = (
  asked: Requested,
  policy: Policy,
  taxonomy: Taxonomy,
  now: Instant,
): FieldError[] => [
  ...codeError(taxonomy, 'customerSizes', asked.customer.size, '/customer/size'),
  ...codeErrors(taxonomy, tagsIn(asked.need), '/need'),
  ...tooManyErrors(asked.recipients, policy),
  ...repeatErrors(asked.recipients),
  ...deadlineErrors(asked.respondBy, policy, now),
]

const tooManyErrors = ({ length }: readonly Recipient[], { maxRecipients }: Policy): FieldError[] =>
  length <= maxRecipients
    ? []
    : [
        {
          pointer: '/recipients',
          code: 'too-many',
          detail: `an RFI goes to at most ${maxRecipients} partners`,
        },
      ]

/** A partner has at most one referral of an RFI, in one of its regions. */
const repeatErrors = (recipients: readonly Recipient[], earlier: readonly Addressee[] = []): FieldError[] => {
  const before = earlier.map(({ partnerId }) => partnerId)
  const partners = [...before, ...recipients.map(({ profileId }) => ownerOf(profileId).partnerId)]
  return recipients.flatMap((_, index) =>
    partners.indexOf(partners[before.length + index] ?? asPartnerId('')) === before.length + index
      ? []
      : [{ pointer: `/recipients/${index}`, code: 'repeated', detail: 'this partner is addressed already' }],
  )
}

const deadlineErrors = (
  respondBy: Instant | undefined,
  { maxResponseTime }: Policy,
  now: Instant,
): FieldError[] => {
  const error = (code: string, detail: string) => [{ pointer: '/respondBy', code, detail }]
  if (respondBy === undefined) return []
  if (Date.parse(respondBy) <= Date.parse(now)) return error('in-the-past', `${respondBy} is in the past`)
  const latest = after(now, maxResponseTime)
  return Date.parse(respondBy) > Date.parse(latest) ? error('too-late', `must not be after ${latest}`) : []
}

/** Tests if an RFI has all these recipients already. */
export const wentTo = ({ recipients }: Rfi, asked: readonly Recipient[]): boolean =>
  asked.every(({ profileId, locationId }) =>
    recipients.some(other => other.profileId === profileId && other.locationId === locationId),
  )

/** Checks further recipients against the RFI and the policy. */
export const sendOnErrors = (
  asked: readonly Recipient[],
  { recipients }: Rfi,
  referrals: readonly Referral[],
  policy: Policy,
  now: Instant,
): FieldError[] => [
  ...limits(referrals, policy, now).flatMap(({ max, taken, detail }) =>
    taken + asked.length > max ? [{ pointer: '/recipients', code: 'too-many', detail }] : [],
  ),
  ...repeatErrors(asked, recipients),
]

/** The limits of partners, at the same time and in total, each with the number that is used. */
const limits = (referrals: readonly Referral[], { maxRecipients }: Policy, now: Instant) => {
  const open = referrals.filter(referral => isOpen(referral, now)).length
  const all = referrals.length
  return [
    {
      max: maxRecipients,
      taken: open,
      detail: `at most ${maxRecipients} partners have an RFI at a time, and ${open} have it: name fewer, or wait for an answer`,
    },
    {
      max: maxRecipientsInAll,
      taken: all,
      detail: `an RFI goes to at most ${maxRecipientsInAll} partners in all, and it went to ${all}: name fewer, or send a new one`,
    },
  ]
}

const isOpen = (referral: Referral, now: Instant): boolean => stage(effective(referral, now)) !== 'archived'

/** Returns the referrals that have expired and can still be reopened. */
export const reopenableIn = (referrals: readonly Referral[], now: Instant): Referral[] =>
  referrals.filter(referral => allows('reopen', referral, now))

/** Returns the number of further partners that the policy allows now. */
export const roomIn = (referrals: readonly Referral[], policy: Policy, now: Instant): number =>
  Math.max(0, Math.min(...limits(referrals, policy, now).map(({ max, taken }) => max - taken)))

/**
 * Returns the region in which an RFI needs another partner: that of the last partner who declined it or let it expire.
 * Undefined if there is none, and once the RFI was withdrawn or won.
 */
export const regionInNeed = (
  { status }: Rfi,
  referrals: readonly Referral[],
  now: Instant,
): string | undefined => {
  if (status === 'withdrawn' || referrals.some(referral => referral.status === 'won')) return undefined
  const lost = referrals
    .map(referral => effective(referral, now))
    .filter(({ status }) => status === 'declined' || status === 'expired')
  return lost.toSorted((a, b) => ((a.closedAt ?? '') < (b.closedAt ?? '') ? -1 : 1)).at(-1)?.region
}

/** The facts of an RFI that partners' preferences are checked against. */
export const askedBy = ({ size }: Customer, { industries, summary: text, budget }: Need): RequestFacts => ({
  size,
  industries,
  text,
  budget,
})

/** Errors by exclusion. They name the kind of preference, and never its value, which is confidential. */
const notAdmitted: Readonly<
  Record<PreferenceExclusion, (profileId: ProfileId) => Omit<FieldError, 'pointer'>>
> = {
  paused: id => ({ code: 'paused', detail: `${id} takes no referrals for the time being` }),
  full: id => ({ code: 'full', detail: `${id} has as many referrals open as it can take` }),
  size: id => ({ code: 'not-admitted', detail: `${id} does not serve customers of this size` }),
  industry: id => ({ code: 'not-admitted', detail: `${id} does not serve this industry` }),
  keyword: id => ({ code: 'not-admitted', detail: `${id} takes no requests for this` }),
  'deal-value': id => ({ code: 'not-admitted', detail: `${id} takes no requests of so small a budget` }),
}

/** Checks a recipient against its profile and the request. */
export const recipientErrors = (
  { profileId, locationId }: Recipient,
  profile: PublicProfile | undefined,
  asked: RequestFacts,
  present: CurrentLoad,
  index: number,
): FieldError[] => {
  const pointer = `/recipients/${index}/profileId`
  if (profile?.status !== 'active')
    return [
      {
        pointer,
        code: 'not-available',
        detail: `${profileId} takes no referrals; choose from the directory`,
      },
    ]
  const why = whyExcluded(profile, asked, present)
  if (why) return [{ pointer, ...notAdmitted[why](profileId) }]
  if (profile.locations.some(({ id, removed }) => id === locationId && !removed)) return []
  return [
    {
      pointer: `/recipients/${index}/locationId`,
      code: 'unknown-location',
      detail: `${profileId} has no location ${locationId}`,
    },
  ]
}

type RfiEventType = EventType & `rfi.${string}`

const dataOf: {
  readonly [T in RfiEventType]: (rfi: Rfi, added: readonly Addressee[]) => Event<T>['data']
} = {
  'rfi.received': ({ recipients }) => ({ recipients: recipients.length }),
  'rfi.recipients-added': (_, added) => ({ partnerIds: added.map(({ partnerId }) => partnerId) }),
  'rfi.withdrawn': () => ({}),
}

/** @param added the further recipients, if the RFI was sent on */
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
 * Returns the version that the customer sees. Each change of the RFI and of its referrals raises it, so that nobody
 * withdraws a state that they have not seen.
 */
export const versionOf = (rfi: Rfi, referrals: readonly Pick<Referral, 'version'>[]): number =>
  referrals.reduce((sum, { version }) => sum + version, rfi.version)

/**
 * Returns the reason why an expired referral cannot be reopened: the customer has withdrawn, another partner has won, or
 * the RFI was sent on after the expiry. A partner that got the RFI at the same time and works on it is no reason.
 */
export const whyGone = (
  expired: Referral,
  status: Rfi['status'],
  referrals: readonly Referral[],
): string | undefined => {
  if (status === 'withdrawn') return 'the customer has withdrawn the request'
  const isChosen = (other: Referral) =>
    other.id !== expired.id && (other.status === 'won' || other.receivedAt >= expired.respondBy)
  return referrals.some(isChosen) ? 'the customer has chosen another partner' : undefined
}

/** Returns the effective status of an RFI. A referral that could not be read and is missing here counts as open. */
export const statusOf = (rfi: Rfi, referrals: readonly Referral[], now: Instant): RfiView['status'] => {
  if (isUnrouted(rfi)) return 'unrouted'
  const isAnyOpen =
    referrals.length < rfi.recipients.length || referrals.some(referral => isOpen(referral, now))
  return rfi.status === 'open' && !isAnyOpen ? 'closed' : rfi.status
}

/** An RFI without recipients: it waits for the operator. */
export const isUnrouted = ({ status, recipients }: Rfi): boolean =>
  status === 'open' && recipients.length === 0

/**
 * Returns the representation for the customer.
 * @param names of the partners; like `referrals` in the order of the recipients
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
