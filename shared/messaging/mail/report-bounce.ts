/** What follows when a mail does not reach who it was for. */

import type { ContactProblem, Event } from '../../events/contract.ts'
import { report } from '../../partners/index.ts'
import type { Key } from '../../persistence/index.ts'
import { getDay } from '../digest/store.ts'
import { type MailRecord, parentOf } from './store.ts'

/**
 * Notes that a contact of a partner cannot be reached; safe to repeat. A customer is no contact: the timeline tells
 * that their mail came back.
 */
export const reportFailure = async (
  at: Key,
  { subject, timelineItem }: MailRecord,
  problem: ContactProblem,
  now: Date,
): Promise<void> => {
  const { referral, profile } = subject
  const { to, id, version, kind } = timelineItem
  const desk = referral ?? profile
  if (to.email === undefined || !desk) return
  const { partnerId, region } = desk
  const missed = kind === 'digest' ? await heldIn(at) : referral ? [{ referralId: referral.id, version }] : []
  const told = { partnerId, region, email: to.email, data: { problem, mail: id, missed } }
  await report(told, { kind: 'system' }, now)
}

/** What a digest told of stands in its reader's day, behind which it stands itself. */
const heldIn = async (at: Key): Promise<Event<'contact.failed'>['data']['missed']> => {
  const day = await getDay(parentOf(at))
  return (day?.held ?? []).map(({ referralId, version }) => ({ referralId, version }))
}
