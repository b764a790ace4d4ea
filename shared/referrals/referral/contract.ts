import * as z from 'zod/mini'
import { timelineItem } from '../../events/contract.ts'
import { countryCode, taxonomyCode } from '../../kernel/codes.ts'
import { changesSomething, personName, prose, text } from '../../kernel/fields.ts'
import { partnerId, referralId, rfiId } from '../../kernel/ids.ts'
import { date, instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { money } from '../../kernel/money.ts'
import type { OfferedAction } from '../../kernel/offered-action.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageQuery } from '../../kernel/page.ts'
import { email, phone } from '../../kernel/person.ts'
import { locationId, profileId } from '../../partners/contract.ts'
import { customer, need, source, tags } from '../../program/contract.ts'

export const statuses = ['new', 'active', 'won', 'lost', 'declined', 'expired', 'withdrawn'] as const
export type Status = (typeof statuses)[number]

const stages = ['inbox', 'active', 'archived'] as const
export type Stage = (typeof stages)[number]

/** The partner's sales opportunity. */
const deal = z.strictObject({
  name: text(200),
  estimatedValue: money,
  estimatedCloseDate: date,
  notes: z.nullable(z.string()),
  /** The partner's own reference; only the partner reads it. */
  crmId: z.nullable(z.string()),
})
export type Deal = z.infer<typeof deal>

/** A person of the partner's company in the team of a deal. */
const newColleague = z.strictObject({ firstName: personName, lastName: personName, email, phone })
export type NewColleague = z.infer<typeof newColleague>

const colleagueId = z
  .string()
  .check(z.regex(/^con_[0-9A-HJKMNP-TV-Z]{26}$/, 'a colleague id, such as con_01HZX3V8N4Q5R6S7T8V9W0X1Y2'))
const colleague = z.strictObject({ id: colleagueId, ...newColleague.shape })
export type Colleague = z.infer<typeof colleague>

const acceptRequest = z.strictObject({
  name: text(200),
  estimatedValue: money,
  estimatedCloseDate: date,
  notes: z.optional(prose(10_000)),
  crmId: z.optional(text(100)),
  colleagues: z._default(z.array(newColleague).check(z.maxLength(20)), []),
})
export type AcceptRequest = z.infer<typeof acceptRequest>

const declineRequest = z.strictObject({ reason: taxonomyCode, notes: z.optional(prose(10_000)) })
export type DeclineRequest = z.infer<typeof declineRequest>

const extendRequest = z.strictObject({
  /** Reason why the partner needs more time. The customer reads it. */
  reason: prose(1000),
})
export type ExtendRequest = z.infer<typeof extendRequest>

/** A JSON merge patch on the deal: null removes. */
const dealPatch = z
  .strictObject({
    name: z.optional(text(200)),
    estimatedValue: z.optional(money),
    estimatedCloseDate: z.optional(date),
    notes: z.optional(z.nullable(prose(10_000))),
    crmId: z.optional(z.nullable(text(100))),
  })
  .check(changesSomething)
export type DealPatch = z.infer<typeof dealPatch>

const closeRequest = z.discriminatedUnion('result', [
  z.strictObject({
    result: z.literal('won'),
    notes: z.optional(prose(10_000)),
    value: z.optional(money),
    closedOn: z.optional(date),
  }),
  z.strictObject({
    result: z.literal('lost'),
    reason: taxonomyCode,
    notes: z.optional(prose(10_000)),
    value: z.optional(money),
    closedOn: z.optional(date),
  }),
])
export type CloseRequest = z.infer<typeof closeRequest>

const directContact = z.strictObject({
  state: z.enum(['hot', 'cooled']),
  hotUntil: instant,
  message: z.string(),
})
export type DirectContactView = z.infer<typeof directContact>

/** An action that the caller may take now. `href` is a URI template (RFC 6570) if the action needs an id. */
const action = z.strictObject({
  name: z.string(),
  method: z.string(),
  href: z.string(),
  requires: z.array(z.string()),
})

const decline = z.strictObject({ reason: taxonomyCode, notes: z.nullable(z.string()) })
const outcome = z.strictObject({
  result: z.enum(['won', 'lost']),
  reason: z.nullable(taxonomyCode),
  notes: z.nullable(z.string()),
  value: z.nullable(money),
  closedOn: date,
})

/** An extension of the time to answer. */
const extension = z.strictObject({ at: instant, reason: z.string(), respondBy: instant })

/** The expiry and the reopening of a referral. */
const reopening = z.strictObject({ expiredAt: instant, at: instant })

/** A referral in a list: enough to judge interest. */
const referralListItem = z.strictObject({
  id: referralId,
  rfiId,
  partnerId,
  status: z.enum(statuses),
  stage: z.enum(stages),
  region: countryCode,
  locationId,
  source,
  customer: z.strictObject({
    company: z.string(),
    size: taxonomyCode,
    city: z.string(),
    country: countryCode,
  }),
  /** The beginning of the customer's need, and its codes. */
  summary: z.string(),
  ...tags.shape,
  dealName: z.nullable(z.string()),
  /** The customer's budget; null if unknown. */
  budget: z.nullable(money),
  /** The partner's estimate of the deal's value; null before acceptance. */
  estimatedValue: z.nullable(money),
  directContact: z.nullable(directContact),
  receivedAt: instant,
  respondBy: instant,
  closedAt: z.nullable(instant),
  updatedAt: instant,
})
export type ReferralListItem = z.infer<typeof referralListItem>

/** An RFI at one of its partners, with the state of the partner's work on it. */
export const referral = z.strictObject({
  id: referralId,
  rfiId,
  partnerId,
  status: z.enum(statuses),
  stage: z.enum(stages),
  receivedAt: instant,
  /** Version of the policy at receipt, which applies to the referral for good. */
  policyVersion: z.int(),
  /** Advised time of the answer: partners that answer quickly are shown to more customers. */
  recommendedAnswerBy: instant,
  respondBy: instant,
  extensions: z.array(extension),
  answeredAt: z.nullable(instant),
  closedAt: z.nullable(instant),
  /** End of the time in which an expired referral can be reopened; null if it cannot. */
  reopenUntil: z.nullable(instant),
  reopened: z.nullable(reopening),
  updatedAt: instant,
  directContact: z.nullable(directContact),
  region: countryCode,
  profileId,
  locationId,
  source,
  /** Null once the customer's personal data was erased. */
  customer: z.nullable(customer),
  need,
  deal: z.nullable(deal),
  colleagues: z.array(colleague),
  decline: z.nullable(decline),
  outcome: z.nullable(outcome),
  actions: z.array(action),
})
/** A referral as services return it: the edge turns its actions into links. */
export type ReferralView = Omit<z.infer<typeof referral>, 'actions'> & {
  readonly actions: readonly OfferedAction[]
}

/** A deal of the partner that resembles a referral, with its outcome. */
const similarDeal = z.strictObject({
  referralId,
  /** From 0 to 1; 1 for an identical request. */
  similarity: z.number(),
  /** The codes of both needs. */
  shared: tags,
  status: z.enum(statuses),
  customer: referralListItem.shape.customer,
  deal: z.nullable(z.pick(deal, { name: true, estimatedValue: true, estimatedCloseDate: true })),
  outcome: z.nullable(outcome),
  answeredAt: z.nullable(instant),
  closedAt: z.nullable(instant),
})
export type SimilarDeal = z.infer<typeof similarDeal>

const params = z.strictObject({ referralId })
const members = ['partner-admin', 'partner-user'] as const
const listQuery = {
  stage: z._default(z.enum(stages), 'inbox'),
  status: z.optional(z.enum(statuses)),
  /** `hot-first`: hot requests for direct contact, the most urgent first, and then the newest referrals. */
  sort: z._default(z.enum(['newest', 'oldest', 'hot-first']), 'newest'),
  ...pageQuery,
}

/** Customers who wait for a call of the partner. */
export const alert = z.strictObject({
  count: z.int(),
  /** True if there are more than `count`. */
  hasMore: z.boolean(),
  /** The most urgent first. */
  items: z.array(referralListItem),
})
export type Alert = z.infer<typeof alert>

/** Reasons why a command on a referral is refused. */
export const referralReasons = {
  'wrong-status': 'The status of the referral is {status}. Expected {expected}.',
  'no-extension-left':
    'The status of the referral is {status}, and its time to answer cannot be extended again.',
  'not-reopenable': 'The status of the referral is {status}, and it cannot be reopened any more.',
  'not-your-command': 'The command {command} is not for the actor {actor}. Expected {expected}.',
} as const satisfies Catalog

export const referralOperations = operations({
  listReferrals: {
    summary: "List the partner's referrals of a stage; a page may be empty although it has a nextCursor",
    method: 'GET',
    path: '/v1/referrals',
    audience: 'partner',
    access: members,
    query: z.strictObject(listQuery),
    status: 200,
    response: page(referralListItem),
  },
  getAlert: {
    summary: "Get the partner's hot requests for direct contact",
    method: 'GET',
    path: '/v1/alert',
    audience: 'partner',
    access: members,
    status: 200,
    response: alert,
  },
  getReferral: {
    summary: 'Get a referral',
    method: 'GET',
    path: '/v1/referrals/{referralId}',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    response: referral,
    versioned: true,
  },
  getTimeline: {
    summary: 'List the events and mails of a referral, oldest first',
    method: 'GET',
    path: '/v1/referrals/{referralId}/timeline',
    audience: 'partner',
    access: members,
    params,
    query: z.strictObject(pageQuery),
    status: 200,
    response: page(timelineItem),
  },
  getSimilar: {
    summary: 'List the partner’s deals that resemble a referral most, with their outcomes',
    method: 'GET',
    path: '/v1/referrals/{referralId}/similar',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    // Without pages: few deals are returned.
    response: z.strictObject({ items: z.array(similarDeal) }),
  },
  acceptReferral: {
    summary: 'Accept a referral; it becomes active',
    method: 'POST',
    path: '/v1/referrals/{referralId}/accept',
    audience: 'partner',
    access: members,
    params,
    body: acceptRequest,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  declineReferral: {
    summary: 'Decline a referral; the customer is informed',
    method: 'POST',
    path: '/v1/referrals/{referralId}/decline',
    audience: 'partner',
    access: members,
    params,
    body: declineRequest,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  extendReferral: {
    summary: 'Extend the time to answer; the customer is informed',
    method: 'POST',
    path: '/v1/referrals/{referralId}/extend',
    audience: 'partner',
    access: members,
    params,
    body: extendRequest,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  reopenReferral: {
    summary: 'Reopen an expired referral for a limited time; the customer is informed',
    method: 'POST',
    path: '/v1/referrals/{referralId}/reopen',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  editDeal: {
    summary: 'Edit the deal of a referral (JSON merge patch)',
    method: 'PATCH',
    path: '/v1/referrals/{referralId}',
    audience: 'partner',
    access: members,
    params,
    body: dealPatch,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  addColleague: {
    summary: 'Add a colleague to the deal',
    method: 'POST',
    path: '/v1/referrals/{referralId}/colleagues',
    audience: 'partner',
    access: members,
    params,
    body: newColleague,
    status: 201,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  removeColleague: {
    summary: 'Remove a colleague from the deal',
    method: 'DELETE',
    path: '/v1/referrals/{referralId}/colleagues/{colleagueId}',
    audience: 'partner',
    access: members,
    params: z.strictObject({ referralId, colleagueId }),
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  closeReferral: {
    summary: 'Close an active referral as won or lost',
    method: 'POST',
    path: '/v1/referrals/{referralId}/close',
    audience: 'partner',
    access: members,
    params,
    body: closeRequest,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  listReferralsByOperator: {
    summary: "List a partner's referrals of a stage",
    method: 'GET',
    path: '/v1/operator/referrals',
    audience: 'operator',
    access: ['operator'],
    query: z.strictObject({ partnerId, ...listQuery }),
    status: 200,
    response: page(referralListItem),
  },
  getReferralByOperator: {
    summary: 'Get a referral',
    method: 'GET',
    path: '/v1/operator/referrals/{referralId}',
    audience: 'operator',
    access: ['operator'],
    params,
    status: 200,
    response: referral,
    versioned: true,
  },
  getTimelineByOperator: {
    summary: 'List the events and mails of a referral, oldest first',
    method: 'GET',
    path: '/v1/operator/referrals/{referralId}/timeline',
    audience: 'operator',
    access: ['operator'],
    params,
    query: z.strictObject(pageQuery),
    status: 200,
    response: page(timelineItem),
  },
  withdrawReferral: {
    summary: 'Withdraw a referral from its partner',
    method: 'POST',
    path: '/v1/operator/referrals/{referralId}/withdraw',
    audience: 'operator',
    access: ['operator'],
    params,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
})
