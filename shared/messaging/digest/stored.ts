/** Stored schema of contacts' days. */
import * as z from 'zod/mini'
import { storedPartnerId, storedReferralId } from '../../kernel/ids.ts'
import { storedInstant } from '../../kernel/instants.ts'

export const storedDay = z.looseObject({
  partnerId: storedPartnerId,
  region: z.string(),
  address: z.string(),
  day: z.string(),
  version: z.int(),
  sent: z.array(z.string()),
  held: z.array(z.object({ mailId: z.string(), referralId: storedReferralId, version: z.int() })),
  more: z.int(),
  dueAt: storedInstant,
  state: z.enum(['open', 'sent']),
})
