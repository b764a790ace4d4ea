import * as z from 'zod/mini'
import type { EventType } from '../../events/contract.ts'
import { countryCode } from '../../kernel/codes.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { partnerId, referralId, rfiId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import type { Catalog } from '../../kernel/messages.ts'
import { operations } from '../../kernel/operation.ts'
import { pageParameters, pageQuery } from '../../kernel/page.ts'
import { lookupText } from '../../lookup/contract.ts'
import { channels } from '../../program/contract.ts'
import { statuses } from '../referral/contract.ts'
import { rfi } from '../rfi/contract.ts'

const foundCustomer = z.strictObject({
  company: z.string(),
  city: z.string(),
  country: countryCode,
  name: z.string(),
  email: z.string(),
})
/* @__PURE__ */ describeSchema(foundCustomer, {
  name: 'FoundCustomer',
  description: 'The customer of an RFI that a lookup has found.',
  properties: {
    company: 'Name of the company.',
    city: 'City of the company.',
    country: 'Country of the company.',
    name: 'Name of the person who asks.',
    email: 'Email address of the person.',
  },
  example: {
    company: 'Havelland Getriebe',
    city: 'Potsdam',
    name: 'Erika Muster',
    email: 'erika.muster@havelland-getriebe.example',
  },
})

const foundReferral = z.strictObject({
  id: referralId,
  partnerId,
  partnerName: z.string(),
  region: countryCode,
  status: z.enum(statuses),
  respondBy: instant,
  updatedAt: instant,
})
/* @__PURE__ */ describeSchema(foundReferral, {
  name: 'FoundReferral',
  description: 'A referral of an RFI that a lookup has found.',
  properties: {
    id: 'Id of the referral.',
    partnerId: 'Id of the partner.',
    partnerName: 'Name of the partner.',
    region: 'Region of the profile that received the referral.',
    status: 'Status of the referral.',
    respondBy: 'Deadline for the answer.',
    updatedAt: 'Time of the last change.',
  },
  example: { partnerName: 'Spreewerk Systeme', status: 'active', respondBy: '2026-03-29T09:00:00.000Z' },
})

const foundRfi = z.strictObject({
  id: rfiId,
  requestNumber: z.string(),
  status: rfi.shape.status,
  createdAt: instant,
  channel: z.enum(channels),
  customer: z.nullable(foundCustomer),
  referrals: z.array(foundReferral),
})
/* @__PURE__ */ describeSchema(foundRfi, {
  name: 'FoundRfi',
  description: 'An RFI that a lookup has found, with the status of its referrals.',
  properties: {
    id: 'Id of the RFI.',
    requestNumber: 'Short form of the id for people.',
    status: 'Status of the RFI, as in `Rfi`.',
    createdAt: 'Time of the request.',
    channel: 'Channel through which the RFI came.',
    customer: 'The customer. Null after the personal data was deleted.',
    referrals: 'The referrals, in the order in which their partners were added.',
  },
  example: { requestNumber: '7ZK4-M2QP', status: 'open', channel: 'search' },
})
export type FoundRfi = z.infer<typeof foundRfi>

const foundPartner = z.strictObject({ id: partnerId, name: z.string(), website: z.nullable(z.string()) })
/* @__PURE__ */ describeSchema(foundPartner, {
  name: 'FoundPartner',
  description: 'A partner that a lookup has found.',
  properties: {
    id: 'Id of the partner.',
    name: 'Name of the company.',
    website: 'Web address of the company. Null if there is none.',
  },
  example: { name: 'Spreewerk Systeme', website: 'https://spreewerk.example/' },
})

const lookupResult = z.strictObject({
  rfis: z.array(foundRfi),
  partners: z.array(foundPartner),
  nextCursor: z.nullable(z.string()),
})
/* @__PURE__ */ describeSchema(lookupResult, {
  name: 'LookupResult',
  description: 'The RFIs and partners that a lookup has found.',
  properties: {
    rfis: 'RFIs: whole words before words that begin with the query, and the latest first for each word.',
    partners: 'Partners, in the same order.',
    nextCursor: 'The `cursor` of the next page, or null on the last page.',
  },
  example: { nextCursor: null },
})
export type LookupResult = z.infer<typeof lookupResult>

const lookupQuery = z.strictObject({ ...pageQuery, q: lookupText })
/* @__PURE__ */ describeSchema(lookupQuery, {
  like: [pageParameters],
  properties: {
    q: 'The query: the email address of a customer; a request number; the id of an RFI, a referral or a partner; or words of the name of a person, a company or a partner. Case and accents do not matter. A word finds each name with a word that begins with it. It needs 3 letters, or 1 in Chinese, Japanese and Korean; shorter words find only the same word, and complete a query with a longer one.',
    limit: 'Maximum number of RFIs, and of partners, on the page.',
  },
  example: { q: 'Muster Havelland', limit: 25 },
})

/** Types of the events after which lookup entries are written. */
export const indexedEvents = [
  'rfi.received',
  'rfi.recipients-added',
  'rfi.address-corrected',
  'partner.created',
  'partner.renamed',
] as const satisfies EventType[]

export const lookupFaults = {
  'query-alone': 'The parameter q cannot be combined with {parameters}. Send it with limit and cursor only.',
} as const satisfies Catalog

export const lookupOperations = operations({
  lookUp: {
    summary: 'Look up a customer, a request or a partner',
    method: 'GET',
    path: '/v1/operator/lookup',
    audience: 'operator',
    access: ['operator'],
    query: lookupQuery,
    status: 200,
    response: lookupResult,
  },
})

/* @__PURE__ */ describeOperations(lookupOperations, {
  lookUp: {
    description:
      'Finds what a caller asks about: the requests of a customer by email address, name, company or request number, with the status of their referrals, and partners by name. New requests and changed names are found after a few seconds. A page can be empty although `nextCursor` is set, if few of the names that have one word of the query have the others as well.',
    returns: 'The RFIs and partners that match.',
  },
})
