/** The parts of a request as RFIs, referrals and customers store them. */
import * as z from 'zod/mini'
import { storedAddress, storedMoney, storedPerson, storedTexts } from '../../persistence/index.ts'

export const storedTags = {
  industries: storedTexts,
  products: storedTexts,
  services: storedTexts,
  solutions: storedTexts,
}

export const storedNeed = z.object({
  summary: z.string(),
  ...storedTags,
  budget: z.optional(storedMoney),
})

export const storedSource = z.discriminatedUnion('channel', [
  z.object({ channel: z.literal('search') }),
  z.object({ channel: z.literal('sales-agent'), agent: z.optional(z.string()) }),
  z.object({ channel: z.literal('campaign'), campaignId: z.string() }),
])

export const storedCustomer = z.object({
  company: z.string(),
  size: z.string(),
  address: storedAddress,
  contact: storedPerson,
})
