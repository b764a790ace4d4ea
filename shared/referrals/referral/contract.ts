import * as z from 'zod/mini'
import { timelineItem } from '../../events/contract.ts'
import { countryCode, taxonomyCode } from '../../kernel/codes.ts'
import { changesSomething, personName, prose, text } from '../../kernel/fields.ts'
import { partnerId, referralId, rfiId } from '../../kernel/ids.ts'
import { date, instant } from '../../kernel/instants.ts'
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

/** What the partner makes of the referral. */
const deal = z.strictObject({
  name: text(200),
  estimatedValue: money,
  estimatedCloseDate: date,
  notes: z.nullable(z.string()),
  /** The partner's own reference; nobody else reads it. */
  crmId: z.nullable(z.string()),
})
export type Deal = z.infer<typeof deal>

/** A person of the partner's company on a deal. */
const newColleague = z.strictObject({ firstName: personName, lastName: personName, email, phone })
export type NewColleague = z.infer<typeof newColleague>

const colleagueId = z.string().check(z.regex(/^con_[0-9A-HJKMNP-TV-Z]{26}$/, 'must be a contact id'))
const colleague = z.strictObject({ id: colleagueId, ...newColleague.shape })
export type Colleague = z.infer<typeof colleague>

const acceptance = z.strictObject({
  name: text(200),
  estimatedValue: money,
  estimatedCloseDate: date,
  notes: z.optional(prose(10_000)),
  crmId: z.optional(text(100)),
  contacts: z._default(z.array(newColleague).check(z.maxLength(20)), []),
})
export type Acceptance = z.infer<typeof acceptance>

const refusal = z.strictObject({ reason: taxonomyCode, notes: z.optional(prose(10_000)) })
export type Refusal = z.infer<typeof refusal>

const extensionRequest = z.strictObject({
  /** Why more time is needed. The customer reads it. */
  reason: prose(1000),
})
export type ExtensionRequest = z.infer<typeof extensionRequest>

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

const closing = z.discriminatedUnion('result', [
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
export type Closing = z.infer<typeof closing>

const directContact = z.strictObject({
  state: z.enum(['hot', 'cooled']),
  urgentUntil: instant,
  message: z.string(),
})
export type DirectContactView = z.infer<typeof directContact>

/** What the caller may do with it now; `href` is a URI template (RFC 6570) where it takes one of several things. */
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

/** More time that was asked for and given. */
const extension = z.strictObject({ at: instant, reason: z.string(), respondBy: instant })

/** That a referral had expired, and was taken up again. */
const reopening = z.strictObject({ expiredAt: instant, at: instant })

/** What a list shows of a referral: enough to judge interest. */
const overview = z.strictObject({
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
  /** The beginning of what the customer needs, and the codes that it is described with. */
  summary: z.string(),
  ...tags.shape,
  dealName: z.nullable(z.string()),
  /** What the partner expects of the deal, before that the customer's budget, as far as either is known. */
  value: z.nullable(money),
  directContact: z.nullable(directContact),
  receivedAt: instant,
  respondBy: instant,
  closedAt: z.nullable(instant),
  updatedAt: instant,
})
export type ReferralOverview = z.infer<typeof overview>

/** One partner's copy of an RFI, and what has become of it. */
export const referral = z.strictObject({
  id: referralId,
  rfiId,
  partnerId,
  status: z.enum(statuses),
  stage: z.enum(stages),
  receivedAt: instant,
  /** Of the policy that it was born with, and keeps. */
  policyVersion: z.int(),
  /** By when partners are advised to answer: who answers quickly is seen more often. */
  answerAdvisedBy: instant,
  respondBy: instant,
  extensions: z.array(extension),
  answeredAt: z.nullable(instant),
  closedAt: z.nullable(instant),
  /** Until when it can be reopened, where it has expired and still can. */
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
  contacts: z.array(colleague),
  decline: z.nullable(decline),
  outcome: z.nullable(outcome),
  actions: z.array(action),
})
/** A referral as services return it: the edge turns its actions into links. */
export type ReferralView = Omit<z.infer<typeof referral>, 'actions'> & {
  readonly actions: readonly OfferedAction[]
}

/** A deal of the partner's that resembles a referral, and how it ended. */
const similarDeal = z.strictObject({
  referralId,
  /** In [0, 1]; 1 for a referral that asks for the same. */
  similarity: z.number(),
  /** The codes that both ask for. */
  shared: tags,
  status: z.enum(statuses),
  customer: overview.shape.customer,
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
  /** `hot-first`: requests for direct contact that are hot, the most urgent first; then the newest. */
  sort: z._default(z.enum(['newest', 'oldest', 'hot-first']), 'newest'),
  ...pageQuery,
}

/** The top of a partner's page: customers who wait for a call. */
export const alert = z.strictObject({
  count: z.int(),
  /** There are more than are counted. */
  more: z.boolean(),
  /** The most urgent first. */
  items: z.array(overview),
})
export type Alert = z.infer<typeof alert>

export const referralOperations = operations({
  listReferrals: {
    summary: "The partner's referrals of a stage; an empty page with a nextCursor is not the end",
    method: 'GET',
    path: '/v1/referrals',
    audience: 'partner',
    access: members,
    query: z.strictObject(listQuery),
    status: 200,
    response: page(overview),
  },
  getAlert: {
    summary: "The partner's hot requests for direct contact",
    method: 'GET',
    path: '/v1/alert',
    audience: 'partner',
    access: members,
    status: 200,
    response: alert,
  },
  getReferral: {
    summary: 'A referral with all its details',
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
    summary: 'What happened to a referral, oldest first',
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
    summary: 'The deals of the partner that resemble a referral most, and how they ended',
    method: 'GET',
    path: '/v1/referrals/{referralId}/similar',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    // Of what was accepted latest, the few that resemble it most.
    response: z.strictObject({ items: z.array(similarDeal) }),
  },
  acceptReferral: {
    summary: 'Take the referral on; it becomes active',
    method: 'POST',
    path: '/v1/referrals/{referralId}/accept',
    audience: 'partner',
    access: members,
    params,
    body: acceptance,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  declineReferral: {
    summary: 'Turn the referral down; the customer is told',
    method: 'POST',
    path: '/v1/referrals/{referralId}/decline',
    audience: 'partner',
    access: members,
    params,
    body: refusal,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  extendReferral: {
    summary: 'Ask for more time to answer; the customer is told',
    method: 'POST',
    path: '/v1/referrals/{referralId}/extend',
    audience: 'partner',
    access: members,
    params,
    body: extensionRequest,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  reopenReferral: {
    summary: 'Take an expired referral up again, for a time; the customer is told',
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
    summary: 'Change the deal (JSON merge patch)',
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
  addContact: {
    summary: "Put a colleague of the partner's on the referral",
    method: 'POST',
    path: '/v1/referrals/{referralId}/contacts',
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
  removeContact: {
    summary: 'Take a colleague off the referral',
    method: 'DELETE',
    path: '/v1/referrals/{referralId}/contacts/{contactId}',
    audience: 'partner',
    access: members,
    params: z.strictObject({ referralId, contactId: colleagueId }),
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  closeReferral: {
    summary: 'End an active referral as won or lost',
    method: 'POST',
    path: '/v1/referrals/{referralId}/close',
    audience: 'partner',
    access: members,
    params,
    body: closing,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  listReferralsByOperator: {
    summary: "A partner's referrals of a stage",
    method: 'GET',
    path: '/v1/operator/referrals',
    audience: 'operator',
    access: ['operator'],
    query: z.strictObject({ partnerId, ...listQuery }),
    status: 200,
    response: page(overview),
  },
  getReferralByOperator: {
    summary: 'A referral with all its details',
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
    summary: 'What happened to a referral, oldest first',
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
    summary: 'Take the referral back from the partner',
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
