/** What follows when a mail does not reach who it was for. */
import type { ContactProblem } from '../contact/contract.ts'
import { report } from '../contact/service.ts'
import type { MailRecord } from './store.ts'

/**
 * Notes that a contact of a partner cannot be reached; safe to repeat. A customer is no contact: the timeline tells
 * that their mail came back.
 */
export const reportFailure = async (
  { subject, timelineItem }: MailRecord,
  problem: ContactProblem,
  now: Date,
): Promise<void> => {
  const { referral, profile } = subject
  const { to, id, version } = timelineItem
  const desk = referral ?? profile
  if (to.email === undefined || !desk) return
  const { partnerId, region } = desk
  const about = referral ? { referralId: referral.id, version } : null
  const told = { partnerId, region, email: to.email, data: { problem, mail: id, about } }
  await report(told, { kind: 'system' }, now)
}
