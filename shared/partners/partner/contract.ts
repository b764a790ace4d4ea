import * as z from 'zod/mini'
import { changesSomething, text } from '../../kernel/fields.ts'
import { partnerId } from '../../kernel/ids.ts'
import { instant } from '../../kernel/instants.ts'
import { operations } from '../../kernel/operation.ts'
import { page, pageQuery } from '../../kernel/page.ts'
import { person, webAddress } from '../../kernel/person.ts'

const admins = z.array(person).check(z.maxLength(10))

const newPartner = z.strictObject({
  name: text(200),
  website: z.optional(webAddress),
  admins: z._default(admins, []),
})
export type NewPartner = z.infer<typeof newPartner>

/** What a partner may change of itself. */
const ownPatch = { website: z.optional(z.nullable(webAddress)), admins: z.optional(admins) }
const ownPartnerPatch = z.strictObject(ownPatch).check(changesSomething)
const partnerPatch = z.strictObject({ name: z.optional(text(200)), ...ownPatch }).check(changesSomething)
export type PartnerPatch = z.infer<typeof partnerPatch>

/** A partner company. */
export const partner = z.strictObject({
  id: partnerId,
  name: z.string(),
  website: z.nullable(z.string()),
  /** Mailed about contacts that cannot be reached, and about referrals when nobody else can. */
  admins: z.array(person),
  createdAt: instant,
  updatedAt: instant,
})
export type PartnerView = z.infer<typeof partner>

const params = z.strictObject({ partnerId })

export const partnerOperations = operations({
  getOwnPartner: {
    summary: 'The company that the caller is a member of',
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
    summary: 'Change what is the company’s own to say (JSON merge patch)',
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
    summary: 'Every partner of the program, by name',
    method: 'GET',
    path: '/v1/operator/partners',
    audience: 'operator',
    access: ['operator'],
    query: z.strictObject(pageQuery),
    status: 200,
    response: page(partner),
  },
  createPartner: {
    summary: 'Take a partner into the program',
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
    summary: 'A partner of the program',
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
    summary: 'Change a partner (JSON merge patch)',
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
