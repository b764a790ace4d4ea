/** Stored forms of RFIs, their customers, and the part of an RFI that the list of unrouted RFIs projects. */
import * as z from 'zod/mini'
import { choiceOutcomes } from '../../events/contract.ts'
import { storedPartnerId, storedProfileId, storedReferralId, storedRfiId } from '../../kernel/ids.ts'
import { storedInstant } from '../../kernel/instants.ts'
import { channels, preferredContacts } from '../../program/contract.ts'
import { storedCustomer, storedNeed, storedSource, storedTags } from '../../program/index.ts'

export const storedRfi = z.looseObject({
  id: storedRfiId,
  version: z.int(),
  status: z.enum(['open', 'withdrawn']),
  createdAt: storedInstant,
  /** Missing in RFIs of an early version of the program: see `readRfi`. */
  trackedUntil: z.optional(storedInstant),
  directContact: z.boolean(),
  preferredContact: z.optional(z.enum(preferredContacts)),
  source: storedSource,
  need: storedNeed,
  recipients: z.array(
    z.object({
      profileId: storedProfileId,
      locationId: z.string(),
      partnerId: storedPartnerId,
      region: z.string(),
      referralId: storedReferralId,
    }),
  ),
  place: z.optional(z.object({ latitude: z.number(), longitude: z.number() })),
  region: z.optional(z.string()),
  country: z.optional(z.string()),
  respondBy: z.optional(storedInstant),
  choice: z.optional(
    z.object({
      outcome: z.enum(choiceOutcomes),
      referralId: z.nullable(storedReferralId),
      firstAt: storedInstant,
      at: storedInstant,
    }),
  ),
  firstChosenAt: z.optional(storedInstant),
})

/** An early version of the program asked for consent but did not store it. */
export const storedCustomerRecord = z.looseObject({
  customer: storedCustomer,
  consent: z.optional(z.object({ contact: z.literal(true), share: z.literal(true), at: storedInstant })),
  emailStatus: z._default(z.enum(['unknown', 'reachable', 'unreachable']), 'unknown'),
  /** Missing until the first change of the item. */
  version: z.optional(z.int()),
})

export const storedUnrouted = z.object({
  id: storedRfiId,
  createdAt: storedInstant,
  channel: z.enum(channels),
  region: z.string(),
  ...storedTags,
})
