/**
 * Records the feedback of SES about a mail. The meaning of each event comes from these pages:
 * - Events: `MatchingEventTypes` in the SES API v2 reference (EventDestination), and “Contents of event data” in the SES
 *   Developer Guide. “Soft bounces are only included when SES fails to deliver the email after retrying for a period of
 *   time”, so nothing follows a temporary bounce.
 * - Sub types of temporary bounces: https://repost.aws/knowledge-center/ses-understand-soft-bounces. `General` “typically
 *   happens when the recipient has set up an out of the office automatic reply”, which follows a delivery of the same mail.
 */
import * as z from 'zod/mini'
import type { ContactProblem, MailResult } from '../../events/contract.ts'
import { recordDeliveryOf, reportProblemOf } from './report-contact-problem.ts'
import { readKeyTag, recordResult } from './store.ts'

/** The fields of SES events that the program uses. The rules in `infra/mail.ts` choose the events. */
const delivery = z.looseObject({
  detail: z.looseObject({
    eventType: z.enum(['Delivery', 'DeliveryDelay', 'Bounce', 'Reject', 'Complaint']),
    mail: z.looseObject({ tags: z.looseObject({ mail: z.optional(z.array(z.string())) }) }),
    bounce: z.optional(z.looseObject({ bounceType: z.string() })),
  }),
})
export type Feedback = z.infer<typeof delivery>['detail']

/** @throws ZodError for an event that is not feedback about a mail */
export const readFeedback = (body: unknown): Feedback => delivery.parse(body).detail

const results = {
  Delivery: 'delivered',
  DeliveryDelay: 'delayed',
  Reject: 'rejected',
  Complaint: 'complained',
} as const satisfies Partial<Record<Feedback['eventType'], MailResult>>

/**
 * Returns the result of a mail. A bounce whose reason SES could not determine (`Undetermined`) counts as temporary: the mail
 * did not arrive, and nothing shows that the address is wrong.
 */
const resultOf = ({ eventType, bounce }: Feedback): MailResult => {
  if (eventType !== 'Bounce') return results[eventType]
  return bounce?.bounceType === 'Permanent' ? 'bounced' : 'bounced-temporarily'
}

/** Results that mean that a mail did not reach its contact, who is reported. */
const problems: Readonly<Partial<Record<MailResult, ContactProblem>>> = {
  delayed: 'undelivered',
  rejected: 'undelivered',
  'bounced-temporarily': 'undelivered',
  bounced: 'bounced',
  complained: 'complained',
}

/**
 * Records the result of a mail. A mail that did not reach a contact is passed on to the next contacts. After a permanent
 * bounce or a complaint, the contact gets no more mail. The events of a mail can arrive in any order: a delivery makes a
 * temporary bounce or a delay of the same mail meaningless, whichever is processed first.
 * @returns the present result of the mail; undefined if the mail is unknown
 */
export const recordFeedback = async (feedback: Feedback, now: Date): Promise<MailResult | undefined> => {
  const [tag] = feedback.mail.tags.mail ?? []
  if (!tag) return undefined
  const at = readKeyTag(tag)
  const result = resultOf(feedback)
  const record = await recordResult(at, result, now)
  if (!record) return undefined
  const { result: present } = record.timelineItem
  const problem = problems[result]
  // Reported even if the result was recorded before, because that worker may have crashed before it reported the contact.
  if (problem && (problem !== 'undelivered' || present === result))
    await reportProblemOf(at, record, { problem, isTemporaryBounce: result === 'bounced-temporarily' }, now)
  if (present === 'delivered') await recordDeliveryOf(at, record, now)
  return present
}
