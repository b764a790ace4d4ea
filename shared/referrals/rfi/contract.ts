import * as z from 'zod/mini'
import { suggestion } from '../../discovery/contract.ts'
import { countryCode } from '../../kernel/codes.ts'
import { partnerId, referralId, rfiId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageQuery } from '../../kernel/page.ts'
import { locationId, profileId } from '../../partners/contract.ts'
import { channels, customer, need, operatorSource, type Source, tags } from '../../program/contract.ts'
import { statuses } from '../referral/contract.ts'

const recipient = z.strictObject({ profileId, locationId })
export type Recipient = z.infer<typeof recipient>

/** How many partners one RFI may ever go to. The policy says how many may have it at a time. */
export const mostRecipientsInAll = 20

const recipients = z.array(recipient).check(z.minLength(1), z.maxLength(mostRecipientsInAll))

const consent = z.strictObject({
  contact: z.literal(true, 'the customer must agree to be contacted'),
  share: z.literal(true, 'the customer must agree that the request is shared with the partners'),
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
  /** Without them, the ranking chooses. */
  recipients: z.optional(recipients),
  /** Where partners are chosen from; without it, from the customer's country. */
  region: z.optional(countryCode),
  source: operatorSource,
  /** A deadline of this RFI's own, in place of the policy's response time. */
  respondBy: z.optional(instant),
})
export type NewRfi = Omit<z.infer<typeof newRfi>, 'recipients'> & {
  /** Without them, the ranking chooses: for the operator. */
  recipients?: Recipient[] | undefined
  region?: string | undefined
  source?: Source
  respondBy?: string | undefined
}

const moreRecipients = z.strictObject({ recipients })

/** An RFI and how far each of its referrals has come. */
export const rfi = z.strictObject({
  id: rfiId,
  /** `unrouted`: no partner fits, and the operator must find one. */
  status: z.enum(['open', 'closed', 'withdrawn', 'unrouted']),
  createdAt: instant,
  /** Until when a tracking token works that is mailed now; an earlier one keeps its own end. */
  trackedUntil: instant,
  directContact: z.boolean(),
  /** The agent or the campaign behind it stays the program's own business. */
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
   * Whom it could be sent on to, the best first, once a partner has declined it or let it expire. They are of the
   * moment: the ETag tells nothing of them.
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

/** An RFI that has nobody to go to. */
const unroutedRfi = z.strictObject({
  id: rfiId,
  createdAt: instant,
  channel: z.enum(channels),
  region: countryCode,
  /** Of what the customer needs: never who they are. */
  ...tags.shape,
})
export type UnroutedRfi = z.infer<typeof unroutedRfi>

const params = z.strictObject({ rfiId })

/** Calls of a capability's holder may carry it as a bearer token or in the query, as links do. */
const tokenQuery = z.strictObject({ token: z.optional(z.string().check(z.maxLength(1000))) })

export const rfiOperations = operations({
  createRfi: {
    summary: 'Send a request for information to one or several partners',
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
    summary: 'How far an RFI has come',
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
    summary: 'Send an RFI on to further partners; to ask again for those it went to already changes nothing',
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
    summary: 'Send an RFI for a customer of a sales agent or a campaign',
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
    summary: 'How far an RFI has come',
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
    summary:
      'The RFIs that fit no partner, the oldest first: send them on, route them again, or withdraw them',
    method: 'GET',
    path: '/v1/operator/unrouted-rfis',
    audience: 'operator',
    access: ['operator'],
    query: z.strictObject(pageQuery),
    status: 200,
    response: page(unroutedRfi),
  },
  routeRfi: {
    summary: 'Let the ranking choose partners for an RFI that has none',
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
    summary: 'Send an RFI on to further partners; to ask again for those it went to already changes nothing',
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
