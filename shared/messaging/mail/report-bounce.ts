/** Reports a contact whose mail bounced, was refused or was marked as unwanted. */

import type { ContactProblem, Event } from '../../events/contract.ts'
import { reportContactProblem } from '../../partners/index.ts'
import type { Key } from '../../persistence/index.ts'
import { getDay } from '../digest/store.ts'
import { type MailRecord, parentOf } from './store.ts'

/**
 * Records that a contact of a partner cannot be reached; safe to repeat. Customers have no contact health: the timeline
 * shows that their mail bounced.
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

/** The events of a digest are in its reader's day, whose item is the parent of the digest's item. */
const eventsInDigest = async (at: Key): Promise<Event<'contact.failed'>['data']['missed']> => {
  const day = await getDay(parentOf(at))
  return (day?.held ?? []).map(({ referralId, version }) => ({ referralId, version }))
}
