import * as z from 'zod/mini'
import { suggestion } from '../../discovery/contract.ts'
import { countryCode } from '../../kernel/codes.ts'
import { partnerId, referralId, rfiId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageQuery } from '../../kernel/page.ts'
import { locationId, profileId } from '../../partners/contract.ts'
import { channels, customer, need, operatorSource, type Source, tags } from '../../program/contract.ts'
import { statuses } from '../referral/contract.ts'

const recipient = z.strictObject({ profileId, locationId })
export type Recipient = z.infer<typeof recipient>

/** Partners that an RFI may go to in total. The policy limits the partners that have it open at the same time. */
export const maxRecipientsInAll = 20

const recipients = z.array(recipient).check(z.minLength(1), z.maxLength(maxRecipientsInAll))

const consent = z.strictObject({
  contact: z.literal(true, 'true: the customer agrees to be contacted'),
  share: z.literal(true, 'true: the customer agrees that the request is shared with the partners'),
})

export type Consent = z.infer<typeof consent>

const newRfi = z.strictObject({
  customer,
  need,
  recipients,
  directContact: z._default(z.boolean(), false),
  consent,
})

const newRfiByOperator = z.strictObject({
  ...newRfi.shape,
  /** Without recipients, the ranking chooses partners. */
  recipients: z.optional(recipients),
  /** Region of the partners that the ranking chooses; by default the customer's country. */
  region: z.optional(countryCode),
  source: operatorSource,
  /** A deadline in place of the policy's response time. */
  respondBy: z.optional(instant),
})
export type NewRfi = Omit<z.infer<typeof newRfi>, 'recipients'> & {
  /** Without recipients, the ranking chooses partners. Only the operator may omit them. */
  recipients?: Recipient[] | undefined
  region?: string | undefined
  source?: Source
  respondBy?: z.infer<typeof instant> | undefined
}

const moreRecipients = z.strictObject({ recipients })

/** An RFI with the status of its referrals. */
export const rfi = z.strictObject({
  id: rfiId,
  /** `unrouted`: no partner fits, so that the operator must find one. */
  status: z.enum(['open', 'closed', 'withdrawn', 'unrouted']),
  createdAt: instant,
  /** Expiry of a tracking token that is issued now; an earlier token keeps its expiry. */
  trackedUntil: instant,
  directContact: z.boolean(),
  /** Without the name of the agent or campaign, which is internal. */
  channel: z.enum(channels),
  need,
  recipients: z.array(
    z.strictObject({
      partnerId,
      name: z.string(),
      profileId,
      locationId,
      referralId,
      status: z.enum(statuses),
      respondBy: instant,
    }),
  ),
  /**
   * Partners that the RFI could be sent on to, best first, once a partner has declined it or let it expire. They may change
   * at any time, and the ETag does not cover them.
   */
  suggestions: z.array(suggestion),
})
export type RfiView = z.infer<typeof rfi>

const createdRfi = z.strictObject({
  ...rfi.shape,
  /** Lets its holder follow and withdraw this RFI, and nothing else. */
  trackingToken: z.string(),
})
export type CreatedRfi = z.infer<typeof createdRfi>

/** An RFI that fits no partner. */
const unroutedRfi = z.strictObject({
  id: rfiId,
  createdAt: instant,
  channel: z.enum(channels),
  region: countryCode,
  /** Codes of the need. An unrouted RFI shows no personal data. */
  ...tags.shape,
})
export type UnroutedRfi = z.infer<typeof unroutedRfi>

const params = z.strictObject({ rfiId })

/** A tracking token may be sent as a bearer token, or in the query as links do. */
const tokenQuery = z.strictObject({ token: z.optional(z.string().check(z.maxLength(1000))) })

export const rfiFaults = {
  'recipients-and-region': 'Both recipients and region are given. Expected only one of them.',
  'too-many-open':
    'Too many recipients: {actual}. The RFI is open at {open} partners, and can be open at {maximum} at the same time.',
  'too-many-in-total':
    'Too many recipients: {actual}. The RFI went to {total} partners, and can go to {maximum} in total.',
  'repeated-partner': 'The RFI is already addressed to the partner {partnerId}. Expected each partner once.',
  'not-available':
    'The profile {profileId} does not accept referrals. Expected an active profile of the directory.',
  paused: 'The profile {profileId} is paused. Expected a profile that accepts referrals now.',
  full: 'The profile {profileId} has reached its limit of open referrals. Expected a profile that accepts referrals now.',
  'not-admitted':
    'The preferences of the profile {profileId} exclude this RFI (preference: {preference}). Expected another profile.',
  'unknown-location':
    'The profile {profileId} has no location "{locationId}". Expected the id of one of its locations.',
} as const satisfies Catalog

/** Reasons why an RFI cannot be sent on or withdrawn, or a referral of it reopened. */
export const rfiReasons = {
  'rfi-withdrawn': 'The customer has withdrawn the RFI.',
  'customer-decided': 'The customer has chosen another partner.',
  'customer-erased':
    'The personal data of the customer was erased, so no partner could contact the customer.',
  'deadline-passed': 'The deadline of the RFI has passed: {respondBy}. Expected a new RFI.',
  'no-room':
    'The RFI is at as many partners as the policy allows. Expected a partner that declines or does not answer first.',
  'no-partner-fits': 'No partner fits the RFI now. The exclusions count the partners by reason.',
  'nothing-to-withdraw': 'No partner has the RFI any more, so there is nothing to withdraw.',
} as const satisfies Catalog
export type RfiReason = keyof typeof rfiReasons

export const rfiOperations = operations({
  createRfi: {
    summary: 'Send a request for information (RFI) to one or more partners',
    method: 'POST',
    path: '/v1/rfis',
    audience: 'customer',
    access: 'public',
    body: newRfi,
    status: 201,
    response: createdRfi,
    versioned: true,
    idempotent: true,
  },
  getRfi: {
    summary: 'Get an RFI with the status of its referrals',
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
    summary: 'Send an RFI on to further partners; recipients that have it already are no error',
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
    summary: 'Withdraw an RFI from all partners',
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
  createRfiByOperator: {
    summary: 'Send an RFI on behalf of a customer of a sales agent or a campaign',
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
  getRfiByOperator: {
    summary: 'Get an RFI with the status of its referrals',
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
    summary: 'List RFIs that fit no partner, oldest first',
    method: 'GET',
    path: '/v1/operator/unrouted-rfis',
    audience: 'operator',
    access: ['operator'],
    query: z.strictObject(pageQuery),
    status: 200,
    response: page(unroutedRfi),
  },
  routeRfi: {
    summary: 'Route an RFI to partners that the ranking chooses',
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
    summary: 'Send an RFI on to further partners; recipients that have it already are no error',
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
    summary: 'Withdraw an RFI from all partners',
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
