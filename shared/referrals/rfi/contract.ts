import * as z from 'zod/mini'
import { suggestion } from '../../discovery/contract.ts'
import { choiceOutcomes } from '../../events/contract.ts'
import { countryCode, locale } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { maxLength, minLength, parameterList } from '../../kernel/fields.ts'
import { requiredValues } from '../../kernel/formats.ts'
import { partnerId, referralId, rfiId } from '../../kernel/ids.ts'
import { duration, instant, timeZone } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { money } from '../../kernel/money.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageParameters, pageQuery } from '../../kernel/page.ts'
import { email, phone, webAddress } from '../../kernel/person.ts'
import { locationId, profileId } from '../../partners/contract.ts'
import {
  channels,
  emailStatus,
  need,
  newCustomer,
  operatorSource,
  preferredContacts,
  type Source,
  tags,
} from '../../program/contract.ts'
import { statuses } from '../referral/contract.ts'

const recipient = z.strictObject({ profileId, locationId })
/* @__PURE__ */ describeSchema(recipient, {
  name: 'Recipient',
  description: 'A location of a partner that gets the RFI.',
  properties: {
    profileId: 'Id of the profile, from the directory.',
    locationId: 'Id of the location in the profile.',
  },
})
export type Recipient = z.infer<typeof recipient>

/** Maximum number of recipients of an RFI in total. The policy limits how many of them can have it open at the same time. */
export const maxRecipientsInAll = 20

const recipients = z.array(recipient).check(minLength(1), maxLength(maxRecipientsInAll))

const consent = z.strictObject({
  contact: z.literal(true, requiredValues['consent-to-contact']),
  share: z.literal(true, requiredValues['consent-to-sharing']),
})

/* @__PURE__ */ describeSchema(consent, {
  name: 'Consent',
  description: 'The consent of the customer. Both parts are required.',
  properties: {
    contact: 'The customer agrees to be contacted.',
    share: 'The customer agrees that the request is shared with the partners.',
  },
})
export type Consent = z.infer<typeof consent>

const newRfi = z.strictObject({
  customer: newCustomer,
  need,
  recipients,
  directContact: z._default(z.boolean(), false),
  preferredContact: z.optional(z.enum(preferredContacts)),
  consent,
})
/* @__PURE__ */ describeSchema(newRfi, {
  name: 'RfiRequest',
  description: 'A request for information to one or more partners.',
  properties: {
    customer: 'The company that asks, and the person to contact.',
    need: 'What the customer asks for.',
    recipients: 'The locations that get the RFI. The policy limits their number.',
    directContact:
      'True if the customer wishes to be contacted before the partners decide. Then a telephone number is required, unless `preferredContact` is `email`.',
    preferredContact: 'How the customer prefers to be contacted. By default by phone if there is a number.',
    consent: 'The consent of the customer.',
  },
})

const newRfiByOperator = z.strictObject({
  ...newRfi.shape,
  recipients: z.optional(recipients),
  region: z.optional(countryCode),
  source: operatorSource,
  respondBy: z.optional(instant),
})
/* @__PURE__ */ describeSchema(newRfiByOperator, {
  name: 'OperatorRfiRequest',
  description: 'A request for information that the operator enters for a customer.',
  like: [newRfi],
  properties: {
    recipients: 'The locations that get the RFI. If absent, the ranking chooses the partners.',
    region:
      'Region in which the ranking chooses partners. By default the country of the customer. Not together with `recipients`.',
    source: 'The channel through which the request came.',
    respondBy: 'Deadline for the answers. By default it follows from the response time of the policy.',
  },
})
export type NewRfi = Omit<z.infer<typeof newRfi>, 'recipients'> & {
  recipients?: Recipient[] | undefined
  region?: string | undefined
  source?: Source
  respondBy?: z.infer<typeof instant> | undefined
}

const moreRecipients = z.strictObject({ recipients })
/* @__PURE__ */ describeSchema(moreRecipients, {
  name: 'RecipientsRequest',
  description: 'Further recipients of an RFI.',
  properties: { recipients: 'Further locations that get the RFI.' },
})

const office = z.strictObject({
  name: z.string(),
  city: z.string(),
  country: countryCode,
  timeZone: z.nullable(timeZone),
})
/* @__PURE__ */ describeSchema(office, {
  name: 'Office',
  description: 'An office of a partner.',
  properties: {
    name: 'Name of the office.',
    city: 'City of the office.',
    country: 'Country of the office.',
    timeZone: 'Time zone of the office. Null if the profile names none, and the country has several.',
  },
  example: { name: 'Spreewerk Systeme Berlin', city: 'Berlin' },
})

const rfiContact = z.strictObject({ name: z.string(), phone: z.nullable(phone), email })
/* @__PURE__ */ describeSchema(rfiContact, {
  name: 'RfiContact',
  description: 'A person of the partner who takes care of the request.',
  properties: {
    name: 'Name of the person.',
    phone: 'Telephone number. Null if the partner gave none.',
    email: 'Email address.',
  },
  example: { name: 'Sales Berlin', phone: '+49 30 1234567', email: 'sales.berlin@spreewerk.example' },
})

/** Operations that the customer can call for one recipient. */
const recipientOperations = ['chooseOutcome', 'denyWin', 'dismissPartner', 'reopenRfi'] as const
export type RecipientOperation = (typeof recipientOperations)[number]

const rfiRecipient = z.strictObject({
  partnerId,
  name: z.string(),
  website: z.nullable(webAddress),
  profileId,
  locationId,
  office: z.nullable(office),
  languages: z.array(locale),
  referralId,
  status: z.enum(statuses),
  respondBy: instant,
  winDeniedAt: z.nullable(instant),
  contacts: z.array(rfiContact),
  operations: z.array(z.enum(recipientOperations)),
})
/* @__PURE__ */ describeSchema(rfiRecipient, {
  name: 'RfiRecipient',
  description: 'A recipient of an RFI, with the status of its referral.',
  properties: {
    partnerId: 'Id of the partner.',
    name: 'Name of the partner.',
    website: 'Website of the partner. Null if it has stated none.',
    profileId: 'Id of the profile.',
    locationId: 'Id of the location.',
    office:
      'The office that got the request. Null if it was removed from the profile. Like `website`, `languages` and `contacts`, it can change without a new version.',
    languages: 'Languages that the partner speaks.',
    referralId: 'Id of the referral.',
    status: 'Status of the referral.',
    respondBy: 'Deadline for the answer.',
    winDeniedAt: 'Time at which the customer denied the win that the partner reported. Null otherwise.',
    contacts:
      'Who takes care of the request, while the referral is active or won: the colleagues on the deal, otherwise the person who accepted, otherwise the contacts of the office. Empty before the acceptance.',
    operations:
      'Operations of the customer that are possible for this recipient now. They can change with time, without a new version.',
  },
  example: {
    name: 'Spreewerk Systeme',
    website: 'https://spreewerk.example/',
    languages: ['de', 'en'],
    status: 'active',
    operations: ['chooseOutcome', 'dismissPartner'],
    winDeniedAt: null,
    respondBy: '2026-03-29T09:00:00.000Z',
  },
})

const choice = z.strictObject({
  outcome: z.enum(choiceOutcomes),
  referralId: z.nullable(referralId),
  at: instant,
  firstAt: instant,
  changeableUntil: instant,
})
/* @__PURE__ */ describeSchema(choice, {
  name: 'Choice',
  description: 'The choice of the customer.',
  properties: {
    outcome:
      '`partner`: the customer has chosen a partner of this RFI. `elsewhere`: somebody else. `none`: the customer no longer needs anybody.',
    referralId: 'Referral of the chosen partner. Null for another outcome.',
    at: 'Time of the present choice.',
    firstAt:
      'Time of the first choice. The customer can change it for the time that the policy sets. Changes do not renew that time, but a choice after its end starts it again.',
    changeableUntil: 'Time until which the customer can change the choice.',
  },
  example: { outcome: 'partner' },
})

const chosenPartner = z.strictObject({ referralId })
const otherOutcome = z.strictObject({ outcome: z.enum(['elsewhere', 'none']) })
const chooseRequest = z.union([chosenPartner, otherOutcome])
/* @__PURE__ */ describeSchema(chosenPartner, {
  description: 'The customer has chosen a partner of this RFI.',
  properties: { referralId: 'Referral of the chosen partner. It must be active or won.' },
})
/* @__PURE__ */ describeSchema(otherOutcome, {
  description: 'The customer has chosen none of the partners.',
  properties: { outcome: '`elsewhere`: somebody else. `none`: nobody.' },
  example: { outcome: 'elsewhere' },
})
/* @__PURE__ */ describeSchema(chooseRequest, {
  name: 'ChooseRequest',
  description: 'The choice of the customer: a referral, or another outcome.',
  example: { referralId: 'ref_01KB0A1B2C3D4E5F6G7H8J9K0M_8K3M2N' },
})
export type ChooseRequest = z.infer<typeof chooseRequest>

const oneReferral = z.strictObject({ referralId })
/* @__PURE__ */ describeSchema(oneReferral, {
  name: 'ReferralChoice',
  description: 'One referral of the RFI.',
  properties: { referralId: 'Id of the referral.' },
})

const reopenRequest = z.strictObject({
  referralIds: z.array(referralId).check(minLength(1), maxLength(maxRecipientsInAll)),
})
/* @__PURE__ */ describeSchema(reopenRequest, {
  name: 'ReopenRequest',
  description: 'Superseded referrals that become new again.',
  properties: { referralIds: 'Ids of superseded referrals of the RFI.' },
})

const rfiCustomer = z.strictObject({
  company: z.string(),
  city: z.string(),
  country: countryCode,
  emailStatus,
})
/* @__PURE__ */ describeSchema(rfiCustomer, {
  name: 'RfiCustomer',
  description: 'The company that asks, without personal data.',
  properties: {
    company: 'Name of the company.',
    city: 'City of the company.',
    country: 'Country of the company.',
    emailStatus:
      'Whether emails reach the customer. It can change from `unknown` to `reachable` without a new version.',
  },
  example: { company: 'Havelland Getriebe', city: 'Potsdam' },
})

/** Operations that the customer can call for the whole RFI. */
const customerOperations = ['chooseOutcome', 'withdrawRfi', 'correctAddress'] as const
export type CustomerOperation = (typeof customerOperations)[number]

/** An RFI with the status of its referrals. */
export const rfi = z.strictObject({
  id: rfiId,
  requestNumber: z.string(),
  status: z.enum(['open', 'closed', 'decided', 'withdrawn', 'unrouted']),
  createdAt: instant,
  trackedUntil: instant,
  directContact: z.boolean(),
  channel: z.enum(channels),
  customer: z.nullable(rfiCustomer),
  need,
  choice: z.nullable(choice),
  choiceChangeableFor: duration,
  newChoiceFirstAt: z.nullable(instant),
  operations: z.array(z.enum(customerOperations)),
  recipients: z.array(rfiRecipient),
  suggestions: z.array(suggestion),
})
/* @__PURE__ */ describeSchema(rfi, {
  name: 'Rfi',
  description: 'A request for information, with the status of its referrals.',
  properties: {
    id: 'Id of the RFI.',
    requestNumber: 'Short form of the id for people. It is the same for the customer and all partners.',
    status:
      '`open`: at least one referral is new or active. `closed`: all referrals have ended. `decided`: the customer has chosen. `withdrawn`: withdrawn by the customer or the operator. `unrouted`: no partner matches, and the operator looks for one.',
    createdAt: 'Time of the request.',
    trackedUntil: 'Expiry of a tracking token that is issued now. Earlier tokens keep their expiry.',
    directContact: 'True if the customer wishes to be contacted before the partners decide.',
    channel: 'Channel through which the RFI came.',
    customer: 'The company that asks. Null after the personal data of the customer was deleted.',
    need: 'What the customer asks for.',
    choice: 'The choice of the customer. Null if the customer has not chosen.',
    choiceChangeableFor: 'Time during which a choice can be changed.',
    newChoiceFirstAt:
      'Time of an earlier choice that was taken back, while the time for changes still counts from it. Null otherwise: then it counts from the next choice.',
    operations:
      'Operations of the customer that are possible for the whole RFI now: `chooseOutcome` for somebody else or nobody, `withdrawRfi`, and `correctAddress` after emails to the customer have bounced. They can change with time, without a new version.',
    recipients: 'The recipients, in the order in which they were added.',
    suggestions:
      'Partners to which the RFI could be sent on, best first, after a partner declined or did not answer. They can change at any time without a new version.',
  },
  example: {
    requestNumber: '7ZK4-M2QP',
    choiceChangeableFor: 'P7D',
    newChoiceFirstAt: null,
    operations: ['chooseOutcome', 'withdrawRfi'],
    trackedUntil: '2027-04-19T09:00:00.000Z',
    channel: 'search',
    choice: null,
    suggestions: [],
  },
})
export type RfiView = z.infer<typeof rfi>

const createdRfi = z.strictObject({
  ...rfi.shape,
  trackingToken: z.string(),
})
/* @__PURE__ */ describeSchema(createdRfi, {
  name: 'CreatedRfi',
  description: 'A new RFI with its tracking token.',
  like: [rfi],
  properties: {
    trackingToken:
      'Token to follow, send on and withdraw this RFI. It gives no other rights. Keep it secret.',
  },
  example: { trackingToken: 'cmZpXzAxS0IwQTFCMkMzRDRFNUY2RzdIOEo5SzBN.signature' },
})
export type CreatedRfi = z.infer<typeof createdRfi>

const addressCorrection = z.strictObject({ email })
/* @__PURE__ */ describeSchema(addressCorrection, {
  name: 'AddressCorrection',
  description: 'The email address that replaces one that emails do not reach.',
  properties: { email: 'Email address of the customer.' },
})
export type AddressCorrection = z.infer<typeof addressCorrection>

/** An RFI that matches no partner. */
const unroutedRfi = z.strictObject({
  id: rfiId,
  createdAt: instant,
  channel: z.enum(channels),
  region: countryCode,
  ...tags.shape,
})
/* @__PURE__ */ describeSchema(unroutedRfi, {
  name: 'UnroutedRfi',
  description: 'An RFI that matches no partner. It contains no personal data.',
  like: [tags],
  properties: {
    id: 'Id of the RFI.',
    createdAt: 'Time of the request.',
    channel: 'Channel through which the RFI came.',
    region: 'Region in which partners were searched.',
  },
  example: { channel: 'sales-agent' },
})
export type UnroutedRfi = z.infer<typeof unroutedRfi>

/** Statuses by which RFIs are listed: see `listedStatusOf`. */
export const listedRfiStatuses = ['unrouted', 'open', 'decided', 'withdrawn'] as const
export type ListedRfiStatus = (typeof listedRfiStatuses)[number]

const listedRecipient = z.strictObject({ partnerId, referralId })
/* @__PURE__ */ describeSchema(listedRecipient, {
  name: 'ListedRecipient',
  description: 'A recipient of a listed RFI.',
  properties: { partnerId: 'Id of the partner.', referralId: 'Id of the referral.' },
})

const rfiListItem = z.strictObject({
  id: rfiId,
  requestNumber: z.string(),
  status: z.enum(listedRfiStatuses),
  createdAt: instant,
  region: z.nullable(countryCode),
  channel: z.enum(channels),
  directContact: z.boolean(),
  customer: z.nullable(rfiCustomer),
  summary: z.string(),
  ...tags.shape,
  budget: z.nullable(money),
  recipients: z.array(listedRecipient),
})
/* @__PURE__ */ describeSchema(rfiListItem, {
  name: 'RfiListItem',
  description: 'An RFI in a list, with the main facts.',
  like: [rfi, tags],
  properties: {
    status:
      '`unrouted`: no partner matches, and the operator looks for one. `open`: sent to partners; their referrals can all have ended. `decided`: the customer has chosen. `withdrawn`: withdrawn by the customer or the operator.',
    region:
      'Country of the customer. In RFIs of an early version of the program, the region of the partners. Null if neither is known.',
    summary: 'Beginning of the summary of the request, at most 280 characters.',
    budget: 'Budget of the customer. Null if it is not known.',
    recipients: 'The partners that got the RFI, in the order in which they were added.',
  },
  example: {
    requestNumber: '7ZK4-M2QP',
    status: 'open',
    channel: 'search',
    directContact: false,
    summary: 'We look for an ERP for two plants with 300 people; today each has its own.',
    budget: { amount: 180_000, currency: 'EUR' },
  },
})
export type RfiListItem = z.infer<typeof rfiListItem>

const rfiQuery = z.strictObject({
  status: parameterList(
    z.enum(listedRfiStatuses) as z.ZodMiniType<ListedRfiStatus, string>,
    listedRfiStatuses.length,
  ),
  region: z.optional(countryCode),
  createdSince: z.optional(instant),
  createdBefore: z.optional(instant),
  sort: z._default(z.enum(['newest', 'oldest']), 'newest'),
  ...pageQuery,
})
/* @__PURE__ */ describeSchema(rfiQuery, {
  like: [pageParameters],
  properties: {
    status: 'One or more statuses, separated by commas. By default all.',
    region: 'Only RFIs of customers in this country.',
    createdSince: 'Only RFIs created at this time or later.',
    createdBefore: 'Only RFIs created before this time.',
    sort: 'Order by time of creation.',
  },
  example: {
    status: 'open',
    region: 'DE',
    sort: 'newest',
    createdSince: '2026-03-01T00:00:00Z',
    createdBefore: '2026-04-01T00:00:00Z',
  },
})

const params = z.strictObject({ rfiId })
/* @__PURE__ */ describeSchema(params, { properties: { rfiId: 'Id of the RFI.' } })

/** The tracking token in the query, as in links. It can be sent as a bearer token instead. */
const tokenQuery = z.strictObject({ token: z.optional(z.string().check(maxLength(1000))) })
/* @__PURE__ */ describeSchema(tokenQuery, {
  properties: { token: 'The tracking token, if it is not sent as a bearer token.' },
  example: { token: 'cmZpXzAxS0IwQTFCMkMzRDRFNUY2RzdIOEo5SzBN.signature' },
})

export const rfiFaults = {
  'phone-required':
    'A telephone number is required for direct contact. Give one, or set preferredContact to email.',
  'unknown-referral': 'The RFI has no referral {referralId}. Use the id of one of its referrals.',
  'recipients-and-region': 'Both recipients and region are given. Give only one of them.',
  'too-many-open':
    'Too many recipients: {actual}. {open} partners have the RFI open, and at most {maximum} can have it open at the same time.',
  'too-many-in-total':
    'Too many recipients: {actual}. The RFI already went to {total} partners, and may go to {maximum} in total.',
  'repeated-partner':
    'The RFI has more than one recipient of the partner {partnerId}. Choose one location of each partner.',
  'not-available':
    'The profile {profileId} does not accept referrals. Choose an active profile of the directory.',
  paused: 'The profile {profileId} is paused. Choose a profile that accepts referrals.',
  full: 'The profile {profileId} has reached its limit of open referrals. Choose a profile that accepts referrals.',
  'not-admitted':
    'The preferences of the profile {profileId} exclude this RFI (preference: {preference}). Choose another profile.',
  'unknown-location':
    'The profile {profileId} has no location "{locationId}". Use the id of one of its locations.',
} as const satisfies Catalog

/** Reasons why an RFI cannot be sent on or withdrawn, or why one of its referrals cannot be reopened. */
export const rfiReasons = {
  'rfi-withdrawn': 'The customer has withdrawn the RFI.',
  'customer-decided':
    'The customer has decided, or the RFI was sent to another partner after this referral had ended.',
  'not-choosable':
    'The referral is {status}. Expected active or won, because only a partner that works on the request can be chosen.',
  'choice-final': 'The choice could be changed until {until}. It is final now.',
  'not-superseded': 'The referral {referralId} is {status}. Expected superseded.',
  'not-reopenable-yet':
    'The choice is final. Expected a choice that can still be changed, or a chosen partner that has lost the deal or was dismissed.',
  'win-not-reported': 'The referral is {status}. Expected won, because only a reported win can be denied.',
  'already-confirmed': 'The customer has confirmed this win, and the choice can no longer be changed.',
  'partner-done': 'The referral is {status}. Expected new or active.',
  'customer-erased':
    'The personal data of the customer was deleted, so the RFI cannot be sent to further partners, and its address cannot be corrected.',
  'address-not-unreachable':
    'No email to the present address of the customer has bounced, so it cannot be corrected. Send a new RFI if the address is wrong.',
  'deadline-passed': 'The deadline of the RFI has passed: {respondBy}. Send a new RFI.',
  'no-room':
    'The maximum number of partners has the RFI open. Wait until one of them declines, or until a referral expires.',
  'no-partner-fits':
    'No partner matches the RFI now. The field exclusions has the number of excluded partners for each reason.',
  'nothing-to-withdraw': 'All referrals of the RFI have ended, so there is nothing to withdraw.',
} as const satisfies Catalog
export type RfiReason = keyof typeof rfiReasons

export const rfiOperations = operations({
  createRfi: {
    summary: 'Send a request for information (RFI)',
    method: 'POST',
    path: '/v1/rfis',
    audience: 'customer',
    access: 'public',
    body: newRfi,
    status: 201,
    response: createdRfi,
    versioned: true,
    idempotent: true,
    callerIn: ({ customer }: NewRfi) => customer.contact.email.normalize('NFKC').toLowerCase(),
  },
  getRfi: {
    summary: 'Get an RFI',
    method: 'GET',
    path: '/v1/rfis/{rfiId}',
    audience: 'customer',
    access: 'capability',
    params,
    query: tokenQuery,
    status: 200,
    response: rfi,
    versioned: true,
  },
  addRecipients: {
    summary: 'Send an RFI on to further partners',
    method: 'POST',
    path: '/v1/rfis/{rfiId}/recipients',
    audience: 'customer',
    access: 'capability',
    params,
    query: tokenQuery,
    body: moreRecipients,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  withdrawRfi: {
    summary: 'Withdraw an RFI',
    method: 'POST',
    path: '/v1/rfis/{rfiId}/withdraw',
    audience: 'customer',
    access: 'capability',
    params,
    query: tokenQuery,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  chooseOutcome: {
    summary: 'Say which partner was chosen',
    method: 'POST',
    path: '/v1/rfis/{rfiId}/choose',
    audience: 'customer',
    access: 'capability',
    params,
    query: tokenQuery,
    body: chooseRequest,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  denyWin: {
    summary: 'Deny a win that a partner reported',
    method: 'POST',
    path: '/v1/rfis/{rfiId}/deny-win',
    audience: 'customer',
    access: 'capability',
    params,
    query: tokenQuery,
    body: oneReferral,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  dismissPartner: {
    summary: 'Tell one partner “no, thank you”',
    method: 'POST',
    path: '/v1/rfis/{rfiId}/dismiss',
    audience: 'customer',
    access: 'capability',
    params,
    query: tokenQuery,
    body: oneReferral,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  reopenRfi: {
    summary: 'Ask superseded partners again',
    method: 'POST',
    path: '/v1/rfis/{rfiId}/reopen',
    audience: 'customer',
    access: 'capability',
    params,
    query: tokenQuery,
    body: reopenRequest,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  correctAddress: {
    summary: 'Correct the email address of the customer',
    method: 'POST',
    path: '/v1/rfis/{rfiId}/correct-address',
    audience: 'customer',
    access: 'capability',
    params,
    query: tokenQuery,
    body: addressCorrection,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  createRfiByOperator: {
    summary: 'Enter an RFI for a customer',
    method: 'POST',
    path: '/v1/operator/rfis',
    audience: 'operator',
    access: ['operator'],
    body: newRfiByOperator,
    status: 201,
    response: createdRfi,
    versioned: true,
    idempotent: true,
  },
  listRfis: {
    summary: 'List the RFIs of all partners',
    method: 'GET',
    path: '/v1/operator/rfis',
    audience: 'operator',
    access: ['operator'],
    query: rfiQuery,
    status: 200,
    response: page(rfiListItem),
  },
  getRfiByOperator: {
    summary: 'Get an RFI',
    method: 'GET',
    path: '/v1/operator/rfis/{rfiId}',
    audience: 'operator',
    access: ['operator'],
    params,
    status: 200,
    response: rfi,
    versioned: true,
  },
  listUnroutedRfis: {
    summary: 'List unrouted RFIs',
    method: 'GET',
    path: '/v1/operator/unrouted-rfis',
    audience: 'operator',
    access: ['operator'],
    query: pageParameters,
    status: 200,
    response: page(unroutedRfi),
  },
  routeRfi: {
    summary: 'Route an RFI',
    method: 'POST',
    path: '/v1/operator/rfis/{rfiId}/route',
    audience: 'operator',
    access: ['operator'],
    params,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  addRecipientsByOperator: {
    summary: 'Send an RFI on to further partners',
    method: 'POST',
    path: '/v1/operator/rfis/{rfiId}/recipients',
    audience: 'operator',
    access: ['operator'],
    params,
    body: moreRecipients,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
  withdrawRfiByOperator: {
    summary: 'Withdraw an RFI',
    method: 'POST',
    path: '/v1/operator/rfis/{rfiId}/withdraw',
    audience: 'operator',
    access: ['operator'],
    params,
    status: 200,
    response: rfi,
    versioned: true,
    ifMatch: 'required',
    errors: ['state-conflict'],
  },
})

/* @__PURE__ */ describeOperations(rfiOperations, {
  createRfi: {
    description:
      'Sends a request to the chosen locations. Each location gets a referral, and its contacts get an email. The customer gets a receipt with a link to follow the request. If one of the recipients accepts no referrals now, no RFI is created: the response is 400, and `errors` has the reason. Events: `rfi.received`, and `referral.received` for each recipient.',
    returns: 'The new RFI with its tracking token.',
  },
  getRfi: {
    description:
      'Returns an RFI with the status of its referrals, and with suggestions of further partners after a partner declined or did not answer.',
    returns: 'The RFI.',
  },
  addRecipients: {
    description:
      'Sends an RFI on to further partners. If all recipients already have it, it is returned unchanged. Returns 409 if the RFI was withdrawn or its deadline has passed. Events: `rfi.recipients-added`, and `referral.received` for each new recipient.',
    returns: 'The RFI with its recipients.',
  },
  withdrawRfi: {
    description:
      'Withdraws an RFI from all partners that have it open. Their contacts get an email. A repeated request returns the withdrawn RFI. Returns 409 if no partner has it open. Events: `rfi.withdrawn`, and `referral.withdrawn` for each open referral.',
    returns: 'The withdrawn RFI.',
    example: { status: 'withdrawn' },
  },
  chooseOutcome: {
    description:
      'Records the choice of the customer: a partner that works on the request or reports a win, somebody else, or nobody. New referrals of other partners end as `superseded`; active ones stay, and their partners are told. The choice can be changed for the time that the policy sets. A repeated request returns the RFI unchanged. Returns 409 if the referral is neither active nor won, or if the choice is final. Events: `rfi.chosen`, `referral.superseded` and `referral.choice-noted`.',
    returns: 'The RFI with the choice.',
    example: { status: 'decided' },
  },
  denyWin: {
    description:
      'Records that a win that a partner reported is false. The partner and the operator are told, and the win counts as a false report. If the customer has chosen this partner and can still change the choice, the choice is taken back. A repeated request returns the RFI unchanged. Returns 409 if the referral is not won, or if the customer has confirmed the win and can no longer change the choice. Events: `referral.win-denied`, and `rfi.reopened` without referrals if the choice was taken back.',
    returns: 'The RFI.',
  },
  dismissPartner: {
    description:
      'Withdraws the request from one partner, whose contacts get an email. The other referrals do not change, and nothing counts against the partner. Returns 409 if the referral is neither new nor active. Event: `referral.withdrawn`.',
    returns: 'The RFI.',
  },
  reopenRfi: {
    description:
      'Makes superseded referrals new again, with a new deadline, and takes the choice back if there is one. This is possible while the customer has no choice, while the choice can be changed, and after the chosen partner has lost the deal or was dismissed. Returns 409 otherwise, and if too many partners would have the RFI open. Events: `rfi.reopened` and `referral.reinstated`.',
    returns: 'The RFI with the reopened referrals.',
  },
  correctAddress: {
    description:
      'Replaces the email address of the customer after emails to it have bounced (`customer.emailStatus` is `unreachable`). The receipt with the link to the RFI is sent to the new address, and the contacts of open referrals get an email. If the customer already has the address, the RFI is returned unchanged. Returns 409 if no email has bounced, or if the RFI was withdrawn. Event: `rfi.address-corrected`.',
    returns: 'The RFI.',
    example: {
      customer: { company: 'Havelland Getriebe', city: 'Potsdam', country: 'DE', emailStatus: 'unknown' },
    },
  },
  createRfiByOperator: {
    description:
      'Enters an RFI for a customer who asked a sales agent or responded to a campaign. Without `recipients`, the ranking chooses the partners of the region; an RFI that matches no partner gets the status `unrouted`. Events: as for `createRfi`.',
    returns: 'The new RFI with its tracking token.',
    example: { channel: 'sales-agent' },
  },
  listRfis: {
    description:
      'Lists RFIs by status, country of the customer, and time of creation, in any combination. Each RFI is returned once, even if its status changes between two pages.',
    returns: 'A page of RFIs.',
  },
  getRfiByOperator: {
    description: 'Returns an RFI with the status of its referrals.',
    returns: 'The RFI.',
  },
  listUnroutedRfis: {
    description: 'Lists the RFIs that match no partner, oldest first.',
    returns: 'A page of RFIs.',
  },
  routeRfi: {
    description:
      'Lets the ranking choose partners for an unrouted RFI, or further partners after some declined or did not answer. Returns 409 if the maximum number of partners has the RFI open, or if no partner matches; then `exclusions` has the number of excluded partners for each reason.',
    returns: 'The RFI with its new recipients.',
  },
  addRecipientsByOperator: {
    description:
      'Sends an RFI to further partners. This is also possible while the RFI is unrouted. Events: as for `addRecipients`. Returns 409 if the RFI was withdrawn or its deadline has passed.',
    returns: 'The RFI with its recipients.',
  },
  withdrawRfiByOperator: {
    description:
      'Withdraws an RFI from all partners that have it open. Their contacts get an email. Events: as for `withdrawRfi`.',
    returns: 'The withdrawn RFI.',
    example: { status: 'withdrawn' },
  },
})
