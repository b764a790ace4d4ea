/** The vocabulary of a request: who asks, what for, and through which channel. */
import * as z from 'zod/mini'
import { taxonomyCode } from '../../kernel/codes.ts'
import { prose, text } from '../../kernel/fields.ts'
import { money } from '../../kernel/money.ts'
import { person, postalAddress } from '../../kernel/person.ts'

/** The customer. Stored as an item of its own, so that erasing a person is one item. */
export const customer = z.strictObject({
  company: text(200),
  size: taxonomyCode,
  address: postalAddress,
  contact: person,
})
export type Customer = z.infer<typeof customer>

const codes = z._default(z.array(taxonomyCode).check(z.maxLength(20)), [])

/** Codes of the taxonomy that describe a need. */
export const tags = z.strictObject({ industries: codes, products: codes, services: codes, solutions: codes })
export type Tags = z.infer<typeof tags>

export const need = z.strictObject({
  summary: prose(4000),
  ...tags.shape,
  budget: z.optional(money),
})
export type Need = z.infer<typeof need>

export const channels = ['search', 'sales-agent', 'campaign'] as const
const campaign = z.strictObject({ channel: z.literal('campaign'), campaignId: text(100) })
const salesAgent = z.strictObject({ channel: z.literal('sales-agent'), agent: z.optional(text(200)) })
const search = z.strictObject({ channel: z.literal('search') })

/** The channel of the program that a request came through. */
export const source = z.discriminatedUnion('channel', [search, salesAgent, campaign])
export type Source = z.infer<typeof source>
export const operatorSource = z.discriminatedUnion('channel', [salesAgent, campaign])
