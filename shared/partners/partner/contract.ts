import * as z from 'zod/mini'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { changesSomething, maxLength, text } from '../../kernel/fields.ts'
import { partnerId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageParameters, pageQuery } from '../../kernel/page.ts'
import { person, webAddress } from '../../kernel/person.ts'
import { lookupText } from '../../lookup/contract.ts'

/** Partners have no country, so that the default is English. */
const admin = z.strictObject({ ...person.shape, locale: z._default(person.shape.locale, 'en') })
/* @__PURE__ */ describeSchema(admin, {
  name: 'AdminInput',
  description: 'A person who gets email about the partner itself.',
  like: [person],
  properties: { locale: 'Locale of the emails, by default English.' },
  example: { firstName: 'Administrator', lastName: 'Spreewerk', email: 'admin@spreewerk.example' },
})
const admins = z.array(admin).check(maxLength(10))

const newPartner = z.strictObject({
  name: text(200),
  website: z.optional(webAddress),
  admins: z._default(admins, []),
})
/* @__PURE__ */ describeSchema(newPartner, {
  name: 'PartnerInput',
  description: 'A new partner.',
  properties: {
    name: 'Name of the company.',
    website: 'Web address of the company.',
    admins:
      'People who get email about the partner itself, and about referrals if no contact can be reached. They need no role.',
  },
  example: {
    name: 'Spreewerk Systeme',
    website: 'https://spreewerk.example',
    admins: [
      { firstName: 'Administrator', lastName: 'Spreewerk', email: 'admin@spreewerk.example', locale: 'de' },
    ],
  },
})
export type NewPartner = z.infer<typeof newPartner>

/** The fields of a partner that its members with the role `partner-admin` may change. */
const ownPatch = { website: z.optional(z.nullable(webAddress)), admins: z.optional(admins) }
const ownPartnerPatch = z.strictObject(ownPatch).check(changesSomething)
/* @__PURE__ */ describeSchema(ownPartnerPatch, {
  name: 'OwnPartnerPatch',
  description: 'A JSON merge patch for your company. At least one field is required.',
  properties: {
    website: 'Web address of the company. Null removes it.',
    admins: 'People who get email about the partner itself. The list is replaced as a whole.',
  },
  example: { website: 'https://www.spreewerk.example/' },
})
const partnerPatch = z.strictObject({ name: z.optional(text(200)), ...ownPatch }).check(changesSomething)
/* @__PURE__ */ describeSchema(partnerPatch, {
  name: 'PartnerPatch',
  description: 'A JSON merge patch for a partner. At least one field is required.',
  like: [ownPartnerPatch],
  properties: { name: 'Name of the company.' },
  example: { name: 'Spreewerk Systeme', website: 'https://spreewerk.example' },
})
export type PartnerPatch = z.infer<typeof partnerPatch>

/** A partner company. */
export const partner = z.strictObject({
  id: partnerId,
  name: z.string(),
  website: z.nullable(z.string()),
  admins: z.array(person),
  createdAt: instant,
  updatedAt: instant,
})
/* @__PURE__ */ describeSchema(partner, {
  name: 'Partner',
  description: 'A company in the program that answers referrals.',
  properties: {
    id: 'Id of the partner.',
    name: 'Name of the company.',
    website: 'Web address of the company. Null if there is none.',
    admins:
      'People who get email about the partner itself, and about referrals if no contact can be reached. They need no role.',
    createdAt: 'Time at which the partner joined the program.',
    updatedAt: 'Time of the last change.',
  },
  example: {
    name: 'Spreewerk Systeme',
    website: 'https://spreewerk.example/',
    admins: [
      { firstName: 'Administrator', lastName: 'Spreewerk', email: 'admin@spreewerk.example', locale: 'de' },
    ],
  },
})
export type PartnerView = z.infer<typeof partner>

const params = z.strictObject({ partnerId })
/* @__PURE__ */ describeSchema(params, { properties: { partnerId: 'Id of the partner.' } })

const partnerQuery = z.strictObject({ ...pageQuery, q: z.optional(lookupText) })
/* @__PURE__ */ describeSchema(partnerQuery, {
  like: [pageParameters],
  properties: {
    q: 'Only partners whose names have words that begin with these words. Case and accents do not matter. A word needs 3 letters, or 1 in Chinese, Japanese and Korean. Whole words come first, and the latest partners first for each word.',
  },
  example: { q: 'spreewerk', limit: 25 },
})

export const partnerOperations = operations({
  getOwnPartner: {
    summary: 'Get your company',
    method: 'GET',
    path: '/v1/partner',
    audience: 'partner',
    access: ['partner-admin', 'partner-user'],
    status: 200,
    response: partner,
    versioned: true,
    errors: ['not-found'],
  },
  editOwnPartner: {
    summary: 'Change your company',
    method: 'PATCH',
    path: '/v1/partner',
    audience: 'partner',
    access: ['partner-admin'],
    body: ownPartnerPatch,
    status: 200,
    response: partner,
    versioned: true,
    ifMatch: 'required',
    errors: ['not-found'],
  },
  listPartners: {
    summary: 'List the partners',
    method: 'GET',
    path: '/v1/operator/partners',
    audience: 'operator',
    access: ['operator'],
    query: partnerQuery,
    status: 200,
    response: page(partner),
  },
  createPartner: {
    summary: 'Add a partner to the program',
    method: 'POST',
    path: '/v1/operator/partners',
    audience: 'operator',
    access: ['operator'],
    body: newPartner,
    status: 201,
    response: partner,
    versioned: true,
    idempotent: true,
  },
  getPartner: {
    summary: 'Get a partner',
    method: 'GET',
    path: '/v1/operator/partners/{partnerId}',
    audience: 'operator',
    access: ['operator'],
    params,
    status: 200,
    response: partner,
    versioned: true,
  },
  editPartner: {
    summary: 'Change a partner',
    method: 'PATCH',
    path: '/v1/operator/partners/{partnerId}',
    audience: 'operator',
    access: ['operator'],
    params,
    body: partnerPatch,
    status: 200,
    response: partner,
    versioned: true,
    ifMatch: 'required',
  },
})

/* @__PURE__ */ describeOperations(partnerOperations, {
  getOwnPartner: {
    description: 'Returns the company that the caller is a member of.',
    returns: 'The company.',
  },
  editOwnPartner: {
    description:
      'Changes the web address or the administrators of your company. Only the operator can change the name.',
    returns: 'The changed company.',
  },
  listPartners: {
    description:
      'Lists all partners of the program by name, or finds some of them by words of their names (`q`).',
    returns: 'A page of partners.',
  },
  createPartner: {
    description:
      'Adds a company to the program. It can receive referrals when one of its business profiles is active. To let its people sign in, give their accounts the id of the partner and a role.',
    returns: 'The new partner.',
  },
  getPartner: {
    description: 'Returns a partner.',
    returns: 'The partner.',
  },
  editPartner: {
    description:
      'Changes the name, the web address or the administrators of a partner. A new name appears in its profiles at once.',
    returns: 'The changed partner.',
  },
})
