/** Reports a problem with the address of a contact: a bounce, a refusal by SES, or a complaint. */

import type { ContactProblem, Event } from '../../events/contract.ts'
import { reportContactProblem } from '../../partners/index.ts'
import type { Key } from '../../persistence/index.ts'
import { getDay } from '../digest/store.ts'
import { type MailRecord, parentOf } from './store.ts'

/**
 * Records a problem with the address of a partner's contact. It can be repeated. Nothing is recorded for customers: the
 * timeline shows the result of their mail.
 */
export const reportProblemOf = async (
  at: Key,
  { subject, timelineItem }: MailRecord,
  problem: ContactProblem,
  now: Date,
): Promise<void> => {
  const { referral, profile } = subject
  const { to, id, version, kind } = timelineItem
  const owner = referral ?? profile
  if (to.email === undefined || !owner) return
  const { partnerId, region } = owner
  const ownEvent = referral ? [{ referralId: referral.id, version }] : []
  const missed = kind === 'digest' ? await eventsInDigest(at) : ownEvent
  const failure = { partnerId, region, email: to.email, data: { problem, mail: id, missed } }
  await reportContactProblem(failure, { kind: 'system' }, now)
}

/**
 * Loads the events of a digest from the item that counts the contact's mails of that day. Its key starts the digest's key.
 */
const eventsInDigest = async (at: Key): Promise<Event<'contact.failed'>['data']['missed']> => {
  const day = await getDay(parentOf(at))
  return (day?.held ?? []).map(({ referralId, version }) => ({ referralId, version }))
}
