/** Mails as they are stored. */
import * as z from 'zod/mini'
import { storedMailedItem, storedSubject } from '../../events/index.ts'

export const storedMail = z.object({
  subject: storedSubject,
  timelineItem: storedMailedItem,
  version: z.int(),
  state: z.enum(['claimed', 'sent']),
  claimedUntil: z.optional(z.string()),
  messageId: z.optional(z.string()),
})
