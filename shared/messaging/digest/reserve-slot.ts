/** Decides for each mail to a contact if it is sent as a single mail or in the day's digest. */

import type { Event } from '../../events/contract.ts'
import { addressOf } from '../../partners/rules.ts'
import { retryOnConflict } from '../../persistence/index.ts'
import type { Draft, MailContext } from '../mail/rules.ts'
import { assignSlot, newDay } from './rules.ts'
import { dayKey, getDay, putDay } from './store.ts'

/**
 * Stores the decision in the contact's day, the item that counts the contact's mails of a day. A mail keeps its slot when
 * its event is delivered again.
 * @returns true if the mail is held for the digest; false if it is sent as a single mail, within the limit or because the
 *   digest would be too late
 */
export const reserveDigestSlot = async (
  { digest, to }: Draft,
  { at: happenedAt, version, subject: { referral } }: Event,
  mailId: string,
  { policy, profileContacts, now }: MailContext,
): Promise<boolean> => {
  const { digestAbove } = policy
  if (!digest || !profileContacts || !referral || digestAbove === null) return false
  const { partnerId, region } = profileContacts
  // The day of the event, not today: an event that is delivered again must find its mail in the same day.
  const owner = { partnerId, region, address: addressOf(to), day: happenedAt.slice(0, 10) }
  return retryOnConflict(async () => {
    const known = (await getDay(dayKey(owner))) ?? newDay(owner, policy)
    if (digest.until !== null && digest.until <= known.dueAt) return false
    // A mail that is added after the digest is due would never be sent.
    if (known.dueAt <= now && !known.held.some(held => held.mailId === mailId)) return false
    const { day, isHeld } = assignSlot(known, { mailId, referralId: referral.id, version }, digestAbove)
    if (day !== known) await putDay(day)
    return isHeld
  })
}
