/** What SES tells of a mail afterwards: that it arrived, came back, or was not wanted. */
import * as z from 'zod/mini'
import type { MailResult } from '../../events/contract.ts'
import { reportFailure } from './report-bounce.ts'
import { readKeyTag, recordResult } from './store.ts'

/** The part of SES's events that we read (Amazon SES Developer Guide, “Contents of event data”). */
const delivery = z.looseObject({
  detail: z.looseObject({
    eventType: z.enum(['Delivery', 'Bounce', 'Complaint']),
    mail: z.looseObject({ tags: z.looseObject({ mail: z.optional(z.array(z.string())) }) }),
    bounce: z.optional(z.looseObject({ bounceType: z.string() })),
  }),
})
export type Feedback = z.infer<typeof delivery>['detail']

/** @throws ZodError for what is no news of a mail */
export const readFeedback = (body: unknown): Feedback => delivery.parse(body).detail

/** What the news makes of the mail; nothing for a mail that is late, since a full mailbox is no wrong address. */
const resultOf = ({ eventType, bounce }: Feedback): MailResult | undefined => {
  if (eventType === 'Delivery') return 'delivered'
  if (eventType === 'Complaint') return 'complained'
  return bounce?.bounceType === 'Permanent' ? 'bounced' : undefined
}

/**
 * Notes what became of a mail; of a contact whose mail came back or was not wanted, no more is asked.
 * @returns what the mail has come to; undefined when the news is of none of our mails, or changes nothing
 */
export const hear = async (feedback: Feedback, now: Date): Promise<MailResult | undefined> => {
  const [tag] = feedback.mail.tags.mail ?? []
  const result = resultOf(feedback)
  if (!tag || !result) return undefined
  const at = readKeyTag(tag)
  const record = await recordResult(at, result, now)
  if (!record) return undefined
  // Also when the result was known: whoever noted it may have come no further.
  if (result === 'bounced' || result === 'complained') await reportFailure(at, record, result, now)
  return record.timelineItem.result
}
