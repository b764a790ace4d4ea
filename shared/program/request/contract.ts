/** Schemas of a request: customer, need and source. */
import * as z from 'zod/mini'
import { taxonomyCode } from '../../kernel/codes.ts'
import { describeSchema } from '../../kernel/documentation.ts'
import { maxLength, prose, text } from '../../kernel/fields.ts'
import { money } from '../../kernel/money.ts'
import { newPerson, person, postalAddress } from '../../kernel/person.ts'

/** The customer. Stored as a separate item, so that erasing a person deletes one item. */
export const customer = z.strictObject({
  company: text(200),
  size: taxonomyCode,
  address: postalAddress,
  contact: person,
})
/* @__PURE__ */ describeSchema(customer, {
  name: 'Customer',
  description: 'The company that asks, and the person to contact.',
  properties: {
    company: 'Name of the company.',
    size: 'Size of the company: a code of `customerSizes`.',
    address: 'Address of the company.',
    contact: 'The person who asks, and who gets the emails about the RFI.',
  },
  example: { company: 'Havelland Getriebe', size: '251-1000' },
})
export type Customer = z.infer<typeof customer>

/** A customer in a request, which can leave out the locale of the contact. */
export const newCustomer = z.strictObject({ ...customer.shape, contact: newPerson })
/* @__PURE__ */ describeSchema(newCustomer, {
  name: 'CustomerInput',
  description: 'The company that asks, and the person to contact.',
  like: [customer],
  properties: {
    contact:
      'The person who asks, and who gets the emails about the RFI. By default, the emails are in the language that `Accept-Language` asks for, otherwise in the one of most people in the country of the company, if the program has it, otherwise in English.',
  },
  example: { company: 'Havelland Getriebe', size: '251-1000' },
})

/** Result of the emails to a customer's present address. */
export const emailStatus = z.enum(['unknown', 'reachable', 'unreachable'])
/* @__PURE__ */ describeSchema(emailStatus, {
  name: 'EmailStatus',
  description:
    'Whether emails reach the customer. `unknown`: no result yet. `reachable`: an email was delivered. `unreachable`: an email bounced permanently, was refused, or was marked as spam; contact the customer in another way.',
  example: 'reachable',
})
export type EmailStatus = z.infer<typeof emailStatus>

const codes = z._default(z.array(taxonomyCode).check(maxLength(20)), [])

/** Codes of the taxonomy that describe a need. */
export const tags = z.strictObject({ industries: codes, products: codes, services: codes, solutions: codes })
/* @__PURE__ */ describeSchema(tags, {
  name: 'Tags',
  description: 'Codes of the taxonomy that describe a need.',
  properties: {
    industries: 'Codes of the industries of the customer.',
    products: 'Codes of the products that the customer asks for.',
    services: 'Codes of the services that the customer asks for.',
    solutions: 'Codes of the solutions that the customer asks for.',
  },
  example: {
    industries: ['manufacturing'],
    products: ['erp'],
    services: ['deployment'],
    solutions: ['supply-chain'],
  },
})
export type Tags = z.infer<typeof tags>

export const need = z.strictObject({
  summary: prose(4000),
  ...tags.shape,
  budget: z.optional(money),
})
/* @__PURE__ */ describeSchema(need, {
  name: 'Need',
  description: 'What the customer asks for.',
  like: [tags],
  properties: {
    summary: 'The request in the words of the customer. Line breaks are kept.',
    budget: 'Budget of the customer, if known.',
  },
  example: {
    summary: 'We look for an ERP for two plants with 300 people; today each has its own.',
    budget: { amount: 180_000, currency: 'EUR' },
  },
})
export type Need = z.infer<typeof need>

/** How a customer prefers to be contacted. */
export const preferredContacts = ['phone', 'email'] as const
export type PreferredContact = (typeof preferredContacts)[number]

export const channels = ['search', 'sales-agent', 'campaign'] as const
const campaign = z.strictObject({ channel: z.literal('campaign'), campaignId: text(100) })
const salesAgent = z.strictObject({ channel: z.literal('sales-agent'), agent: z.optional(text(200)) })
const search = z.strictObject({ channel: z.literal('search') })

/* @__PURE__ */ describeSchema(campaign, {
  description: 'The RFI was created by a campaign.',
  properties: { channel: 'The channel.', campaignId: 'Id of the campaign in the system of the operator.' },
  example: { campaignId: 'autumn-retail' },
})
/* @__PURE__ */ describeSchema(salesAgent, {
  description: 'A sales agent of the operator entered the RFI.',
  properties: { channel: 'The channel.', agent: 'Name or id of the sales agent.' },
  example: { agent: 'Inside sales' },
})
/* @__PURE__ */ describeSchema(search, {
  description: 'The customer found the partners in the directory.',
  properties: { channel: 'The channel.' },
})

/** How an RFI was created: by search, sales agent or campaign. */
export const source = z.discriminatedUnion('channel', [search, salesAgent, campaign])
/* @__PURE__ */ describeSchema(source, {
  name: 'Source',
  description: 'How an RFI was created: by a search in the directory, by a sales agent or by a campaign.',
  example: { channel: 'search' },
})
export type Source = z.infer<typeof source>
export const operatorSource = z.discriminatedUnion('channel', [salesAgent, campaign])
/* @__PURE__ */ describeSchema(operatorSource, {
  name: 'OperatorSource',
  description: 'The channel of an RFI that the operator enters.',
  example: { channel: 'sales-agent', agent: 'Inside sales' },
})
