/** Reports a contact whose mail bounced, was refused or was marked as unwanted. */

import type { ContactProblem, Event } from '../../events/contract.ts'
import { reportContactProblem } from '../../partners/index.ts'
import type { Key } from '../../persistence/index.ts'
import { getDay } from '../digest/store.ts'
import { type MailRecord, parentOf } from './store.ts'

/**
 * Records that a contact of a partner cannot be reached. Safe to repeat. Customers have no contact health; the timeline
 * shows the result of their mail.
 */
export const reportFailure = async (
  at: Key,
  { subject, timelineItem }: MailRecord,
  problem: ContactProblem,
  now: Date,
): Promise<void> => {
  const { referral, profile } = subject
  const { to, id, version, kind } = timelineItem
  const addressed = referral ?? profile
  if (to.email === undefined || !addressed) return
  const { partnerId, region } = addressed
  const ownEvent = referral ? [{ referralId: referral.id, version }] : []
  const missed = kind === 'digest' ? await eventsInDigest(at) : ownEvent
  const failure = { partnerId, region, email: to.email, data: { problem, mail: id, missed } }
  await reportContactProblem(failure, { kind: 'system' }, now)
}

/** Loads the events of a digest from its reader's day, the item that the digest's key is derived from. */
const eventsInDigest = async (at: Key): Promise<Event<'contact.failed'>['data']['missed']> => {
  const day = await getDay(parentOf(at))
  return (day?.held ?? []).map(({ referralId, version }) => ({ referralId, version }))
}
