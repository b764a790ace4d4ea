/** Stored schema of the mails about an RFI to its customer. */
import * as z from 'zod/mini'
import { storedReferralId, storedRfiId } from '../../kernel/ids.ts'
import { storedInstant } from '../../kernel/instants.ts'

const news = z.object({
  id: z.string(),
  referralId: z.nullable(storedReferralId),
  version: z.int(),
  question: z.nullable(z.enum(['win', 'choice'])),
})

export const storedCustomerMails = z.looseObject({
  rfiId: storedRfiId,
  version: z.int(),
  sent: z.array(
    z.object({ id: z.string(), day: z.string(), isUrgent: z.boolean(), tells: z.array(z.string()) }),
  ),
  held: z.array(news),
  digest: z.nullable(z.object({ id: z.string(), news: z.array(news) })),
  gathered: z.array(z.string()),
  dueAt: z.nullable(storedInstant),
  askedAt: z.nullable(storedInstant),
})
