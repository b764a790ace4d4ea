/** Records the feedback of SES about a mail: delivered, bounced, or marked as unwanted. */
import * as z from 'zod/mini'
import type { MailResult } from '../../events/contract.ts'
import { reportProblemOf } from './report-contact-problem.ts'
import { readKeyTag, recordResult } from './store.ts'

/** The fields of SES events that the program uses (Amazon SES Developer Guide, “Contents of event data”). */
const delivery = z.looseObject({
  detail: z.looseObject({
    eventType: z.enum(['Delivery', 'Bounce', 'Complaint']),
    mail: z.looseObject({ tags: z.looseObject({ mail: z.optional(z.array(z.string())) }) }),
    bounce: z.optional(z.looseObject({ bounceType: z.string() })),
  }),
})
export type Feedback = z.infer<typeof delivery>['detail']

/** @throws ZodError for an event that is not feedback about a mail */
export const readFeedback = (body: unknown): Feedback => delivery.parse(body).detail

/** Returns the result of a mail; undefined for a temporary bounce, such as a full mailbox, because SES retries it. */
const resultOf = ({ eventType, bounce }: Feedback): MailResult | undefined => {
  if (eventType === 'Delivery') return 'delivered'
  if (eventType === 'Complaint') return 'complained'
  return bounce?.bounceType === 'Permanent' ? 'bounced' : undefined
}

/**
 * Records the result of a mail. After a bounce or a complaint, the contact is reported as failed and gets no more mail.
 * @returns the present result of the mail; undefined if the mail is unknown or the feedback is temporary
 */
export const recordFeedback = async (feedback: Feedback, now: Date): Promise<MailResult | undefined> => {
  const [tag] = feedback.mail.tags.mail ?? []
  const result = resultOf(feedback)
  if (!tag || !result) return undefined
  const at = readKeyTag(tag)
  const record = await recordResult(at, result, now)
  if (!record) return undefined
  // Reported even if the result was recorded before, because that worker may have crashed before it reported the contact.
  if (result === 'bounced' || result === 'complained') await reportProblemOf(at, record, result, now)
  return record.timelineItem.result
}
