import * as z from 'zod/mini'
import { customerChoices, estimateOrigins, timelineItem } from '../../events/contract.ts'
import { countryCode, taxonomyCode } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { messageFields, messageOf } from '../../kernel/field-error.ts'
import { changesSomething, maxLength, parameterList, prose, share, text } from '../../kernel/fields.ts'
import { partnerId, referralId, rfiId } from '../../kernel/ids.ts'
import { date, instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { money } from '../../kernel/money.ts'
import type { OfferedAction } from '../../kernel/offered-action.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageParameters, pageQuery } from '../../kernel/page.ts'
import { email, hasName, names, phone } from '../../kernel/person.ts'
import { lookupText } from '../../lookup/contract.ts'
import { locationId, profileId } from '../../partners/contract.ts'
import { customer, emailStatus, need, preferredContacts, source, tags } from '../../program/contract.ts'

export const statuses = [
  'new',
  'active',
  'won',
  'lost',
  'declined',
  'expired',
  'withdrawn',
  'superseded',
] as const
export type Status = (typeof statuses)[number]

const stages = ['inbox', 'active', 'archived'] as const
export type Stage = (typeof stages)[number]

/** A stage, or all of them, in a request for a list. */
const listedStages = [...stages, 'all'] as const
export type ListedStage = (typeof listedStages)[number]

const listSorts = ['newest', 'oldest', 'hot-first', 'due', 'updated'] as const
export type ListSort = (typeof listSorts)[number]

/** The partner's sales opportunity. */
const deal = z.strictObject({
  name: text(200),
  estimatedValue: money,
  estimatedCloseDate: date,
  estimated: z.enum(estimateOrigins),
  notes: z.nullable(z.string()),
  crmId: z.nullable(z.string()),
})
/* @__PURE__ */ describeSchema(deal, {
  name: 'Deal',
  description: 'The sales opportunity of the partner.',
  properties: {
    name: 'Name of the deal.',
    estimatedValue: 'Value that the partner expects.',
    estimatedCloseDate: 'Date on which the partner expects to close the deal.',
    estimated:
      'Origin of the value. `default`: suggested by the acceptance form and not changed, so the estimates are not compared with those of other deals. `given`: entered by the partner. Another close date alone does not change it.',
    notes: 'Notes of the partner. Null if there are none.',
    crmId: 'Reference in the CRM of the partner. Only the partner sees it. Null if there is none.',
  },
  example: {
    name: 'ERP for two plants',
    estimated: 'given',
    notes: 'They look for a start in spring.',
    crmId: 'CRM-17',
  },
})
export type Deal = z.infer<typeof deal>

/** A person of the partner's company in the team of a deal. */
const newColleague = z.strictObject({ ...names, email, phone }).check(hasName)
/* @__PURE__ */ describeSchema(newColleague, {
  name: 'ColleagueInput',
  description: 'A person of the partner who works on the deal. One of the two names is enough.',
  properties: {
    firstName: 'Given name, or the only name.',
    lastName: 'Family name.',
    email: 'Email address.',
    phone: 'Telephone number.',
  },
  example: {
    firstName: 'Key',
    lastName: 'Account',
    email: 'key.account@spreewerk.example',
    phone: '+49 30 000000',
  },
})
export type NewColleague = z.infer<typeof newColleague>

const colleagueId = z
  .string()
  .check(z.regex(/^con_[0-9A-HJKMNP-TV-Z]{26}$/, 'a colleague id, such as con_01HZX3V8N4Q5R6S7T8V9W0X1Y2'))
const colleague = z.strictObject({ id: colleagueId, ...newColleague.shape })
/* @__PURE__ */ describeSchema(colleagueId, {
  name: 'ColleagueId',
  description: 'Id of a colleague on a deal: `con_` and a ULID.',
  example: 'con_01KB1N2P3Q4R5S6T7V8W9X0Y1Z',
})
/* @__PURE__ */ describeSchema(colleague, {
  name: 'Colleague',
  description: 'A person of the partner who works on the deal.',
  like: [newColleague],
  properties: { id: 'Id of the colleague on this deal.' },
})
export type Colleague = z.infer<typeof colleague>

const acceptRequest = z.strictObject({
  name: text(200),
  estimatedValue: money,
  estimatedCloseDate: date,
  estimated: z.optional(z.enum(estimateOrigins)),
  notes: z.optional(prose(10_000)),
  crmId: z.optional(text(100)),
  colleagues: z._default(z.array(newColleague).check(maxLength(20)), []),
})
/* @__PURE__ */ describeSchema(acceptRequest, {
  name: 'AcceptRequest',
  description: 'The deal, as the partner expects it.',
  properties: {
    name: 'Name of the deal.',
    estimatedValue: 'Value that the partner expects.',
    estimatedCloseDate: 'Date on which the partner expects to close the deal: today or later.',
    estimated: '`default` if the value is the suggestion of a form that nobody changed. By default `given`.',
    notes: 'Notes of the partner. The customer does not see them.',
    crmId: 'Reference in the CRM of the partner.',
    colleagues: 'People of the partner who work on the deal.',
  },
  example: {
    name: 'ERP for two plants',
    estimated: 'given',
    notes: 'They look for a start in spring.',
    crmId: 'CRM-17',
    colleagues: [
      {
        firstName: 'Key',
        lastName: 'Account',
        email: 'key.account@spreewerk.example',
        phone: '+49 30 000000',
      },
    ],
  },
})
export type AcceptRequest = z.infer<typeof acceptRequest>

const declineRequest = z.strictObject({ reason: taxonomyCode, notes: z.optional(prose(10_000)) })
/* @__PURE__ */ describeSchema(declineRequest, {
  name: 'DeclineRequest',
  description: 'The reason for a decline.',
  properties: {
    reason: 'A code of `declineReasons`.',
    notes: 'Notes of the partner. Some reasons require them. The customer does not see them.',
  },
  example: { reason: 'no-capacity', notes: 'Booked until summer.' },
})
export type DeclineRequest = z.infer<typeof declineRequest>

const extendRequest = z.strictObject({
  reason: prose(1000),
})
/* @__PURE__ */ describeSchema(extendRequest, {
  name: 'ExtendRequest',
  description: 'A request for more time.',
  properties: { reason: 'Reason why the partner needs more time. The customer can read it.' },
  example: { reason: 'Our ERP architect is back from leave next week.' },
})
export type ExtendRequest = z.infer<typeof extendRequest>

/** A JSON merge patch for the deal: null removes a field. */
const dealPatch = z
  .strictObject({
    name: z.optional(text(200)),
    estimatedValue: z.optional(money),
    estimatedCloseDate: z.optional(date),
    notes: z.optional(z.nullable(prose(10_000))),
    crmId: z.optional(z.nullable(text(100))),
  })
  .check(changesSomething)
/* @__PURE__ */ describeSchema(dealPatch, {
  name: 'DealPatch',
  description: 'A JSON merge patch for the deal. At least one field is required.',
  properties: {
    name: 'Name of the deal.',
    estimatedValue: 'Value that the partner expects.',
    estimatedCloseDate: 'Date on which the partner expects to close the deal.',
    notes: 'Notes of the partner. Null removes them.',
    crmId: 'Reference in the CRM of the partner. Null removes it.',
  },
  example: { estimatedValue: { amount: 172_500, currency: 'EUR' }, notes: null },
})
export type DealPatch = z.infer<typeof dealPatch>

const closing = { notes: z.optional(prose(10_000)), value: z.optional(money), closedOn: z.optional(date) }
const wonRequest = z.strictObject({ result: z.literal('won'), ...closing })
/* @__PURE__ */ describeSchema(wonRequest, {
  name: 'WonRequest',
  description: 'The customer bought from the partner.',
  properties: {
    result: 'Always `won`.',
    notes: 'Notes of the partner. The customer does not see them.',
    value: 'Value of the order.',
    closedOn: 'Date on which the deal was closed. By default today.',
  },
})
const lostRequest = z.strictObject({ result: z.literal('lost'), reason: taxonomyCode, ...closing })
/* @__PURE__ */ describeSchema(lostRequest, {
  name: 'LostRequest',
  description: 'The deal was lost.',
  like: [wonRequest],
  properties: { result: 'Always `lost`.', reason: 'A code of `lossReasons`.' },
  example: { reason: 'competitor' },
})
const closeRequest = z.discriminatedUnion('result', [wonRequest, lostRequest])
/* @__PURE__ */ describeSchema(closeRequest, {
  name: 'CloseRequest',
  description: 'The result of a deal.',
  example: { result: 'won', value: { amount: 172_500, currency: 'EUR' }, notes: 'Signed for both plants.' },
})
export type CloseRequest = z.infer<typeof closeRequest>

/** Messages about the wish of a customer for direct contact. */
export const directContactMessages = {
  'contact-now': 'The customer asks for direct contact. Please call or write to them now.',
  'contact-overdue': 'The customer asked for direct contact and may still be waiting. Please contact them.',
  'contact-asked': 'The customer asked for direct contact.',
} as const satisfies Catalog

const directContactMessage = messageOf(directContactMessages)
/* @__PURE__ */ describeSchema(directContactMessage, {
  name: 'DirectContactMessage',
  description:
    'A message to be displayed. `contact-now`: the referral is hot. `contact-overdue`: the hot time has ended. `contact-asked`: the referral is archived.',
  properties: messageFields,
  example: {
    code: 'contact-now',
    params: {},
    detail: 'The customer asks for direct contact. Please call or write to them now.',
  },
})

const directContact = z.strictObject({
  state: z.enum(['hot', 'cooled']),
  hotUntil: instant,
  message: directContactMessage,
})
/* @__PURE__ */ describeSchema(directContact, {
  name: 'DirectContact',
  description: 'The wish of the customer to be contacted before the partner decides.',
  properties: {
    state: '`hot`: contact the customer at once. `cooled`: the hot time has ended.',
    hotUntil: 'End of the hot time.',
    message: 'Explanation of `state`.',
  },
  example: {
    state: 'hot',
    hotUntil: '2026-03-18T09:00:00.000Z',
  },
})
export type DirectContactView = z.infer<typeof directContact>

/** An action that the caller may take now. `href` is a URI template (RFC 6570) if the action needs an id. */
export const action = z.strictObject({
  name: z.string(),
  method: z.string(),
  href: z.string(),
  requires: z.array(z.string()),
})
/* @__PURE__ */ describeSchema(action, {
  name: 'Action',
  description: 'An operation that the caller can call now.',
  properties: {
    name: 'Name of the action.',
    method: 'HTTP method.',
    href: 'Path of the operation. It is a URI template (RFC 6570) if the action needs an id, such as `{colleagueId}`.',
    requires: 'Fields that the body must have.',
  },
  example: {
    name: 'accept',
    method: 'POST',
    href: '/v1/referrals/ref_01KB0A1B2C3D4E5F6G7H8J9K0M_8K3M2N/accept',
    requires: ['name', 'estimatedValue', 'estimatedCloseDate'],
  },
})

const decline = z.strictObject({ reason: taxonomyCode, notes: z.nullable(z.string()) })
/* @__PURE__ */ describeSchema(decline, {
  name: 'Decline',
  description: 'The reason for a decline.',
  properties: {
    reason: 'A code of `declineReasons`.',
    notes: 'Notes of the partner. Null if there are none.',
  },
  example: { reason: 'no-capacity', notes: 'Booked until summer.' },
})
const outcome = z.strictObject({
  result: z.enum(['won', 'lost']),
  reason: z.nullable(taxonomyCode),
  notes: z.nullable(z.string()),
  value: z.nullable(money),
  closedOn: date,
})
/* @__PURE__ */ describeSchema(outcome, {
  name: 'Outcome',
  description: 'The result of an active referral.',
  properties: {
    result: '`won` or `lost`.',
    reason: 'A code of `lossReasons`. Null if the deal was won.',
    notes: 'Notes of the partner. Null if there are none.',
    value: 'Value of the order. Null if it is not known.',
    closedOn: 'Date on which the deal was closed.',
  },
  example: {
    result: 'won',
    reason: null,
    notes: 'Signed for both plants.',
    value: { amount: 172_500, currency: 'EUR' },
    closedOn: '2026-05-04',
  },
})

/** An extension of the time to answer. */
const extension = z.strictObject({ at: instant, reason: z.string(), respondBy: instant })
/* @__PURE__ */ describeSchema(extension, {
  name: 'Extension',
  description: 'An extension of the time to answer.',
  properties: {
    at: 'Time of the extension.',
    reason: 'Reason that the partner gave.',
    respondBy: 'The new deadline.',
  },
  example: {
    reason: 'Our ERP architect is back from leave next week.',
    respondBy: '2026-04-05T09:00:00.000Z',
  },
})

/** The expiry and the reopening of a referral. */
const reopening = z.strictObject({ expiredAt: instant, at: instant })
/* @__PURE__ */ describeSchema(reopening, {
  name: 'Reopening',
  description: 'The reopening of an expired referral.',
  properties: { expiredAt: 'Time of the expiry.', at: 'Time of the reopening.' },
})

const listedCustomer = z.strictObject({
  company: z.string(),
  size: taxonomyCode,
  city: z.string(),
  country: countryCode,
})
/* @__PURE__ */ describeSchema(listedCustomer, {
  name: 'ListedCustomer',
  description: 'The customer without personal data.',
  properties: {
    company: 'Name of the company.',
    size: 'Size of the company: a code of `customerSizes`.',
    city: 'City of the company.',
    country: 'Country of the company.',
  },
  example: { company: 'Havelland Getriebe', size: '251-1000', city: 'Potsdam' },
})

/** A referral in a list, with the main facts. */
const referralListItem = z.strictObject({
  id: referralId,
  version: z.int(),
  rfiId,
  partnerId,
  status: z.enum(statuses),
  stage: z.enum(stages),
  region: countryCode,
  locationId,
  source,
  customer: listedCustomer,
  summary: z.string(),
  ...tags.shape,
  dealName: z.nullable(z.string()),
  crmId: z.nullable(z.string()),
  budget: z.nullable(money),
  estimatedValue: z.nullable(money),
  estimatedCloseDate: z.nullable(date),
  outcomeValue: z.nullable(money),
  directContact: z.nullable(directContact),
  receivedAt: instant,
  respondBy: instant,
  answeredAt: z.nullable(instant),
  closedAt: z.nullable(instant),
  updatedAt: instant,
})
/* @__PURE__ */ describeSchema(referralListItem, {
  name: 'ReferralListItem',
  description: 'A referral in a list, with the main facts.',
  like: [tags],
  properties: {
    id: 'Id of the referral.',
    version:
      'Version of the referral. In double quotes it is the ETag, which `If-Match` of a change requires.',
    rfiId: 'Id of the RFI.',
    partnerId: 'Id of the partner.',
    status:
      '`new`: not answered yet. `active`: accepted. `won` and `lost`: closed. `declined`, `expired`, `withdrawn` and `superseded` (the customer chose another partner): ended without a deal.',
    stage: 'The list that has the referral: `inbox` (new), `active`, or `archived` (all others).',
    region: 'Region of the profile that received the referral.',
    locationId: 'Id of the location that received the referral.',
    source: 'Channel through which the RFI came.',
    customer: 'The customer without personal data.',
    summary: 'Beginning of the summary of the request, at most 280 characters.',
    dealName: 'Name of the deal. Null before acceptance.',
    crmId: 'Reference in the CRM of the partner. Null if there is none, and for the operator.',
    budget: 'Budget of the customer. Null if it is not known.',
    estimatedValue: 'Value that the partner expects. Null before acceptance.',
    estimatedCloseDate: 'Date on which the partner expects to close the deal. Null before acceptance.',
    outcomeValue:
      'Value of the order that the partner reported. Null while the deal is open, or if it is not known.',
    directContact: 'Set if the customer wishes to be contacted before the partner decides. Null otherwise.',
    receivedAt: 'Time of receipt.',
    respondBy: 'Deadline for the answer.',
    answeredAt: 'Time of the answer. Null without an answer.',
    closedAt: 'Time at which the referral ended. Null while it is new or active.',
    updatedAt: 'Time of the last change.',
  },
  example: {
    version: 1,
    source: { channel: 'search' },
    summary: 'We look for an ERP for two plants with 300 people; today each has its own.',
    dealName: null,
    crmId: null,
    budget: { amount: 180_000, currency: 'EUR' },
    estimatedValue: null,
    estimatedCloseDate: null,
    outcomeValue: null,
    answeredAt: null,
    respondBy: '2026-03-29T09:00:00.000Z',
    closedAt: null,
  },
})
export type ReferralListItem = z.infer<typeof referralListItem>

/** The customer as a partner sees it. */
const referralCustomer = z.strictObject({
  ...customer.shape,
  contact: z.nullable(customer.shape.contact),
  emailStatus,
})
/* @__PURE__ */ describeSchema(referralCustomer, {
  name: 'ReferralCustomer',
  description: 'The customer of a referral.',
  like: [customer],
  properties: {
    contact:
      'The person to contact. Null before acceptance, unless the customer asks for direct contact or somebody has called `show-contact`; the policy sets this in `contactDetails`.',
    emailStatus:
      'Whether emails reach the customer. It can change without a new version. If it is `unreachable`, a decline with the reason `customer-unreachable` does not count for the ranking.',
  },
})
export type ReferralCustomer = z.infer<typeof referralCustomer>

/** The part of an RFI that one partner works on, with its status. */
const referral = z.strictObject({
  id: referralId,
  rfiId,
  partnerId,
  status: z.enum(statuses),
  stage: z.enum(stages),
  receivedAt: instant,
  policyVersion: z.int(),
  recommendedAnswerBy: instant,
  respondBy: instant,
  extensions: z.array(extension),
  answeredAt: z.nullable(instant),
  closedAt: z.nullable(instant),
  reopenUntil: z.nullable(instant),
  reopened: z.nullable(reopening),
  updatedAt: instant,
  directContact: z.nullable(directContact),
  region: countryCode,
  profileId,
  locationId,
  source,
  customer: z.nullable(referralCustomer),
  contactShownAt: z.nullable(instant),
  customerChoice: z.nullable(z.enum(customerChoices)),
  winDeniedAt: z.nullable(instant),
  undoUntil: z.nullable(instant),
  need,
  preferredContact: z.nullable(z.enum(preferredContacts)),
  deal: z.nullable(deal),
  colleagues: z.array(colleague),
  decline: z.nullable(decline),
  outcome: z.nullable(outcome),
  actions: z.array(action),
})
/* @__PURE__ */ describeSchema(referral, {
  name: 'Referral',
  description: 'The part of an RFI that one partner works on, with its status.',
  like: [referralListItem],
  properties: {
    policyVersion: 'Version of the policy at the time of receipt. It does not change afterwards.',
    recommendedAnswerBy:
      'Time by which the partner is advised to answer. Quick answers raise its visibility.',
    respondBy: 'Deadline for the answer. A referral that is not answered expires at this time.',
    extensions: 'Extensions of the time to answer.',
    answeredAt: 'Time of the answer. Null without an answer.',
    reopenUntil: 'Time until which the expired referral can be reopened. Null if it cannot be reopened.',
    preferredContact: 'How the customer prefers to be contacted. Null if the customer named no preference.',
    contactShownAt:
      'Time at which somebody of the partner asked to see the contact details. Null if nobody did.',
    customerChoice:
      'The choice of the customer. `this`: this partner. `other`: another partner, somebody else or nobody. `open`: the customer took the choice back. Null if the customer has not chosen.',
    winDeniedAt: 'Time at which the customer denied the reported win. Null otherwise.',
    undoUntil: 'Time until which the last decline or end can be undone. Null if it cannot be undone.',
    reopened: 'The reopening. Null if there was none.',
    profileId: 'Id of the profile that received the referral.',
    customer: 'The customer. Null after the personal data was deleted.',
    need: 'What the customer asks for.',
    deal: 'The deal of the partner. Null before acceptance.',
    colleagues: 'People of the partner who work on the deal.',
    decline: 'Reason for the decline. Null if the partner did not decline.',
    outcome: 'Result of the deal. Null while the deal is open, or if there is none.',
    actions: 'Operations that the caller can call now.',
  },
  example: {
    policyVersion: 3,
    recommendedAnswerBy: '2026-03-16T09:00:00.000Z',
    respondBy: '2026-03-29T09:00:00.000Z',
    extensions: [],
    answeredAt: null,
    closedAt: null,
    reopenUntil: null,
    reopened: null,
    directContact: null,
    deal: null,
    colleagues: [],
    decline: null,
    outcome: null,
  },
})
/** A referral as services return it: the edge turns its actions into links. */
export type ReferralView = Omit<z.infer<typeof referral>, 'actions'> & {
  readonly actions: readonly OfferedAction[]
}

const dealSummary = z.pick(deal, { name: true, estimatedValue: true, estimatedCloseDate: true })
/* @__PURE__ */ describeSchema(dealSummary, {
  name: 'DealSummary',
  description: 'The main fields of a deal.',
  like: [deal],
  properties: {},
})

/** A deal of the partner that resembles a referral, with its outcome. */
const similarDeal = z.strictObject({
  referralId,
  similarity: share,
  shared: tags,
  status: z.enum(statuses),
  customer: listedCustomer,
  deal: z.nullable(dealSummary),
  outcome: z.nullable(outcome),
  answeredAt: z.nullable(instant),
  closedAt: z.nullable(instant),
})
/* @__PURE__ */ describeSchema(similarDeal, {
  name: 'SimilarDeal',
  description: 'A deal of the partner that resembles a referral.',
  properties: {
    referralId: 'Id of the referral of the deal.',
    similarity: 'Similarity of the requests. 1 for identical requests.',
    shared: 'Codes that both requests contain.',
    status: 'Status of the deal.',
    customer: 'The customer without personal data.',
    deal: 'The deal. Null if it was not accepted.',
    outcome: 'Result of the deal. Null while the deal is open, or if there is none.',
    answeredAt: 'Time of the answer. Null without an answer.',
    closedAt: 'Time at which the deal was closed. Null while it is open.',
  },
  example: {
    similarity: 0.74,
    status: 'won',
    answeredAt: '2026-02-02T10:30:00.000Z',
    closedAt: '2026-05-04T15:00:00.000Z',
  },
})
export type SimilarDeal = z.infer<typeof similarDeal>

const params = z.strictObject({ referralId })
/* @__PURE__ */ describeSchema(params, { properties: { referralId: 'Id of the referral.' } })
const colleagueParams = z.strictObject({ referralId, colleagueId })
/* @__PURE__ */ describeSchema(colleagueParams, {
  like: [params],
  properties: { colleagueId: 'Id of the colleague on this deal.' },
})
const members = ['partner-admin', 'partner-user'] as const
/** Filters that partners and the operator have. */
const listQuery = {
  stage: z.optional(z.enum(listedStages)),
  sort: z.optional(z.enum(listSorts)),
  status: parameterList(z.enum(statuses) as z.ZodMiniType<Status, string>, statuses.length),
  locationId: z.optional(locationId),
  hot: z.optional(z.enum(['true'])),
  dueBefore: z.optional(instant),
  updatedSince: z.optional(instant),
}

const referralQuery = z.strictObject({
  ...listQuery,
  crmId: z.optional(text(100)),
  q: z.optional(lookupText),
  ...pageQuery,
})
/* @__PURE__ */ describeSchema(referralQuery, {
  like: [pageParameters],
  properties: {
    stage:
      'The list: `inbox`, `active`, `archived`, or `all`. By default `inbox`; the stage of `status`; `all` with `sort=due`, `sort=updated` and their filters.',
    sort: '`newest` or `oldest`: by time of receipt, in `active` by time of the answer, in `archived` by time of the end. `hot-first`: in the inbox, hot referrals in the order of `hotUntil`, then the newest. `due`: open referrals by `respondBy` or, if active, `estimatedCloseDate`. `updated`: by `updatedAt`, oldest change first. By default `newest`, or the only order that the filters allow.',
    status: 'One or more statuses of the stage, separated by commas.',
    locationId: 'Only referrals of this location, in one stage.',
    hot: 'Only hot referrals, in the order of `hotUntil`.',
    dueBefore:
      'Only open referrals that are due before this time: `respondBy` of new ones, the end of the day `estimatedCloseDate` (UTC) of active ones.',
    updatedSince: 'Only referrals that changed at this time or later.',
    crmId: 'Only referrals with exactly this reference in your CRM.',
    q: 'Finds referrals in all stages, without other filters: a request number, the id of a referral, or words of the name of the customer’s company or, once you see the contact details, of the person. Case and accents do not matter. A word finds each name with a word that begins with it. It needs 3 letters, or 1 in Chinese, Japanese and Korean. Whole words come first, and the latest referrals first for each word.',
  },
  // One value for each parameter: not all of them can be combined.
  example: {
    stage: 'inbox',
    status: 'new',
    sort: 'newest',
    locationId: 'berlin',
    hot: 'true',
    dueBefore: '2026-03-29T00:00:00Z',
    updatedSince: '2026-03-15T08:59:00Z',
    crmId: 'CRM-17',
    q: 'Havelland',
  },
})
const operatorQuery = z.strictObject({
  partnerId: z.optional(partnerId),
  ...listQuery,
  region: z.optional(countryCode),
  receivedSince: z.optional(instant),
  receivedBefore: z.optional(instant),
  ...pageQuery,
})
/* @__PURE__ */ describeSchema(operatorQuery, {
  like: [referralQuery],
  properties: {
    partnerId: 'Only referrals of this partner, with the stages, filters and orders of its own lists.',
    sort: 'As in the lists of a partner. Without `partnerId`: `newest` or `oldest` by time of receipt in all stages, or `updated`.',
    region: 'Only referrals of profiles of this region. Not together with `partnerId`.',
    receivedSince: 'Only referrals received at this time or later. Not together with `partnerId`.',
    receivedBefore: 'Only referrals received before this time. Not together with `partnerId`.',
  },
  example: {
    partnerId: 'ptr_01K9Z5V4T3Q2P1N0M9J8H7G6F5',
    stage: 'inbox',
    region: 'DE',
    receivedSince: '2026-03-01T00:00:00Z',
    receivedBefore: '2026-04-01T00:00:00Z',
  },
})

const similarDeals = z.strictObject({ items: z.array(similarDeal) })
/* @__PURE__ */ describeSchema(similarDeals, {
  name: 'SimilarDealList',
  description: 'Similar deals, at most 10.',
  properties: { items: 'The deals, most similar first.' },
})

/** The hot referrals of a partner: their customers wait for a call. */
const alert = z.strictObject({
  count: z.int(),
  hasMore: z.boolean(),
  items: z.array(referralListItem),
})
/* @__PURE__ */ describeSchema(alert, {
  name: 'Alert',
  description: 'The hot referrals of a partner, for display at the top of its pages.',
  properties: {
    count: 'Number of hot referrals in `items`, at most 100.',
    hasMore: 'True if there are more hot referrals.',
    items: 'The hot referrals, in the order of `hotUntil`.',
  },
  example: { count: 1, hasMore: false },
})
export type Alert = z.infer<typeof alert>

export const referralFaults = {
  'unknown-combination':
    'This combination of stage, sort and filters is not available. Expected {combinations}. Parts in brackets are optional.',
} as const satisfies Catalog

/** Reasons why a command on a referral is refused. */
export const referralReasons = {
  'wrong-status': 'The status of the referral is {status}. Expected {expected}.',
  'no-extension-left':
    'The status of the referral is {status}, and its time to answer cannot be extended again.',
  'not-reopenable': 'The status of the referral is {status}, and it cannot be reopened any more.',
  'not-undoable': 'The status of the referral is {status}, and the answer cannot be undone any more.',
  'contact-not-shown':
    'The status of the referral is {status}, and the policy of the program does not show contact details before an answer.',
  'win-already-denied': 'The customer has already denied the win.',
  'win-not-denied': 'The customer has not denied the win.',
  'not-your-command':
    'The command {command} is not allowed for the actor {actor}. Only {expected} can do this.',
} as const satisfies Catalog

export const referralOperations = operations({
  listReferrals: {
    summary: 'List your referrals',
    method: 'GET',
    path: '/v1/referrals',
    audience: 'partner',
    access: members,
    query: referralQuery,
    status: 200,
    response: page(referralListItem),
  },
  getAlert: {
    summary: 'Get the hot referrals',
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
    summary: 'List the events and emails of a referral',
    method: 'GET',
    path: '/v1/referrals/{referralId}/timeline',
    audience: 'partner',
    access: members,
    params,
    query: pageParameters,
    status: 200,
    response: page(timelineItem),
  },
  getSimilar: {
    summary: 'List similar deals',
    method: 'GET',
    path: '/v1/referrals/{referralId}/similar',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    // Not paginated: at most 10 deals are returned.
    response: similarDeals,
  },
  acceptReferral: {
    summary: 'Accept a referral',
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
    summary: 'Decline a referral',
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
    summary: 'Extend the time to answer',
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
  showContact: {
    summary: 'Show the contact details of the customer',
    method: 'POST',
    path: '/v1/referrals/{referralId}/show-contact',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  undoAnswer: {
    summary: 'Undo a decline or the end of a deal',
    method: 'POST',
    path: '/v1/referrals/{referralId}/undo',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  resumeReferral: {
    summary: 'Resume a deal whose win was denied',
    method: 'POST',
    path: '/v1/referrals/{referralId}/resume',
    audience: 'partner',
    access: members,
    params,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  reopenReferral: {
    summary: 'Reopen an expired referral',
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
    summary: 'Edit the deal of a referral',
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
    summary: 'Add a colleague to a deal',
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
    summary: 'Remove a colleague from a deal',
    method: 'DELETE',
    path: '/v1/referrals/{referralId}/colleagues/{colleagueId}',
    audience: 'partner',
    access: members,
    params: colleagueParams,
    status: 200,
    response: referral,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  closeReferral: {
    summary: 'Close a referral as won or lost',
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
    summary: 'List referrals of all partners, or of one',
    method: 'GET',
    path: '/v1/operator/referrals',
    audience: 'operator',
    access: ['operator'],
    query: operatorQuery,
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
    summary: 'List the events and emails of a referral',
    method: 'GET',
    path: '/v1/operator/referrals/{referralId}/timeline',
    audience: 'operator',
    access: ['operator'],
    params,
    query: pageParameters,
    status: 200,
    response: page(timelineItem),
  },
  withdrawReferral: {
    summary: 'Withdraw a referral',
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

const acceptedExample = {
  status: 'active',
  stage: 'active',
  answeredAt: '2026-03-15T20:30:00.000Z',
  updatedAt: '2026-03-15T20:30:00.000Z',
  deal: {
    name: 'ERP for two plants',
    estimatedValue: { amount: 165_000, currency: 'EUR' },
    estimatedCloseDate: '2035-03-31',
    estimated: 'given' as const,
    notes: 'They look for a start in spring.',
    crmId: 'CRM-17',
  },
  colleagues: [
    {
      id: 'con_01KB1N2P3Q4R5S6T7V8W9X0Y1Z',
      firstName: 'Key',
      lastName: 'Account',
      email: 'key.account@spreewerk.example',
      phone: '+49 30 000000',
    },
  ],
  actions: [
    {
      name: 'close',
      method: 'POST',
      href: '/v1/referrals/ref_01KB0A1B2C3D4E5F6G7H8J9K0M_8K3M2N/close',
      requires: ['result'],
    },
  ],
}

/* @__PURE__ */ describeOperations(referralOperations, {
  listReferrals: {
    description:
      'Lists referrals by stage, status, location, due date, time of the last change, or CRM id, or finds referrals of any stage by a request number or a name (`q`). Combinations that no index serves return 400 with those that exist. A page can be empty although `nextCursor` is set, because referrals whose deadline has just passed are left out of the inbox after the page is read.\n\nTo keep a CRM up to date, read `sort=updated` with `updatedSince` until `nextCursor` is null. A referral that changes meanwhile is listed again, and none is missed. Start the next time one minute before the start of this time, because changes of the last seconds can appear late, and skip items whose `id` and `version` you have.',
    returns: 'A page of referrals.',
  },
  getAlert: {
    description:
      'Returns the hot referrals in one cheap call, for display at the top of the pages of a partner application.',
    returns: 'The hot referrals.',
  },
  getReferral: {
    description: 'Returns a referral with the customer and the actions that are possible now.',
    returns: 'The referral.',
  },
  getTimeline: {
    description:
      'Lists what happened to the referral, oldest first: its events, and the emails about each event.',
    returns: 'A page of events and emails.',
  },
  getSimilar: {
    description:
      'Lists up to 10 deals of your company whose requests resemble this one, with their outcomes. The latest 100 active and the latest 100 archived deals are compared.',
    returns: 'The similar deals.',
  },
  acceptReferral: {
    description:
      'Accepts a new referral before its deadline. It becomes active with a deal, and the customer gets an email that names the people at the partner who will contact the customer. If the referral was already accepted with the same content, it is returned unchanged. Returns 409 if the referral is not new.',
    returns: 'The active referral.',
    example: acceptedExample,
  },
  declineReferral: {
    description:
      'Declines a new referral before its deadline. The customer gets an email that suggests other partners. It does not contain the reason or the notes. Returns 409 if the referral is not new.',
    returns: 'The declined referral.',
    example: {
      status: 'declined',
      stage: 'archived',
      answeredAt: '2026-03-15T20:30:00.000Z',
      closedAt: '2026-03-15T20:30:00.000Z',
      updatedAt: '2026-03-15T20:30:00.000Z',
      decline: { reason: 'no-capacity', notes: 'Booked until summer.' },
      actions: [],
    },
  },
  extendReferral: {
    description:
      'Moves the deadline of a new referral by the time that the policy sets. The customer gets an email with the reason. Returns 409 if the referral is not new, or no extension is left.',
    returns: 'The referral with its new deadline.',
    example: {
      respondBy: '2026-04-05T09:00:00.000Z',
      extensions: [
        {
          at: '2026-03-20T08:00:00.000Z',
          reason: 'Our ERP architect is back from leave next week.',
          respondBy: '2026-04-05T09:00:00.000Z',
        },
      ],
      updatedAt: '2026-03-20T08:00:00.000Z',
    },
  },
  showContact: {
    description:
      'Shows the contact details of the customer before the partner decides. The timeline records the first request; a repeated request returns the referral unchanged. Returns 409 if the policy does not show them, or if the referral is archived.',
    returns: 'The referral with the contact details.',
    example: { contactShownAt: '2026-03-15T10:00:00.000Z', updatedAt: '2026-03-15T10:00:00.000Z' },
  },
  undoAnswer: {
    description:
      'Takes a decline back, so that the referral is new again, or a reported win or loss, so that it is active again. This is possible until `undoUntil`, before the customer gets an email. Returns 409 afterwards, and if the customer has chosen another partner.',
    returns: 'The referral without the answer.',
    example: { undoUntil: null },
  },
  resumeReferral: {
    description:
      'Makes a won referral active again after the customer has denied the win, so that the partner can work on the deal and close it again. The denied win still counts as a false report. If the partner reports another win, the customer is asked again. Returns 409 if the customer has not denied the win, or has withdrawn the request.',
    returns: 'The active referral without its outcome.',
    example: { winDeniedAt: null, closedAt: null, outcome: null },
  },
  reopenReferral: {
    description:
      'Makes an expired referral new again. This is possible once, until `reopenUntil`. The customer gets an email. Returns 409 if the referral cannot be reopened.',
    returns: 'The reopened referral with its new deadline.',
    example: {
      respondBy: '2026-04-01T09:30:00.000Z',
      reopened: { expiredAt: '2026-03-29T09:00:00.000Z', at: '2026-03-30T09:30:00.000Z' },
      updatedAt: '2026-03-30T09:30:00.000Z',
    },
  },
  editDeal: {
    description: 'Changes the deal of an active referral. Returns 409 if the referral is not active.',
    returns: 'The referral with the changed deal.',
    example: acceptedExample,
  },
  addColleague: {
    description:
      'Adds a colleague to a new or active referral. A referral has at most 50 colleagues. The same person again changes nothing; another person with the same email address is refused. Returns 409 if the referral is archived.',
    returns: 'The referral with the new colleague.',
    example: acceptedExample,
  },
  removeColleague: {
    description:
      'Removes a colleague from a new or active referral. A repeated request returns the referral unchanged. Returns 409 if the referral is archived.',
    returns: 'The referral without the colleague.',
  },
  closeReferral: {
    description:
      'Closes an active referral as won or lost. The result affects the visibility of the partner. Returns 409 if the referral is not active.',
    returns: 'The closed referral.',
    example: {
      status: 'won',
      stage: 'archived',
      answeredAt: '2026-03-15T20:30:00.000Z',
      closedAt: '2026-05-04T15:00:00.000Z',
      updatedAt: '2026-05-04T15:00:00.000Z',
      outcome: {
        result: 'won',
        reason: null,
        notes: 'Signed for both plants.',
        value: { amount: 172_500, currency: 'EUR' },
        closedOn: '2026-05-04',
      },
      actions: [],
    },
  },
  listReferralsByOperator: {
    description:
      'Lists the referrals of all partners by stage, status, region, time of receipt, or time of the last change. With `partnerId` it lists those of one partner, as the partner sees them, but `crmId` is always null. Combinations that no index serves return 400 with those that exist.',
    returns: 'A page of referrals.',
  },
  getReferralByOperator: {
    description: 'Returns a referral of any partner. `crmId` is always null: only the partner sees it.',
    returns: 'The referral.',
  },
  getTimelineByOperator: {
    description: 'Lists the events and emails of a referral of any partner, oldest first.',
    returns: 'A page of events and emails.',
  },
  withdrawReferral: {
    description:
      'Withdraws a new or active referral from its partner, whose contacts get an email. The other referrals of the RFI are not changed. Returns 409 if the referral is archived.',
    returns: 'The withdrawn referral.',
    example: {
      status: 'withdrawn',
      stage: 'archived',
      closedAt: '2026-03-16T12:00:00.000Z',
      updatedAt: '2026-03-16T12:00:00.000Z',
      actions: [],
    },
  },
})
