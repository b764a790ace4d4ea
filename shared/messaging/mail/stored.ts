/** Stored schema of mails. */
import * as z from 'zod/mini'
import { storedMailedItem, storedSubject } from '../../events/index.ts'
import { storedInstant } from '../../kernel/instants.ts'

export const storedMail = z.object({
  subject: storedSubject,
  timelineItem: storedMailedItem,
  rfiVersion: z.optional(z.int()),
  version: z.int(),
  state: z.enum(['claimed', 'sent']),
  claimedUntil: z.optional(storedInstant),
  messageId: z.optional(z.string()),
})
