/** Reserves a mail's slot in its reader's day: sent on its own, or held for the digest. */

import type { Event } from '../../events/contract.ts'
import { addressOf } from '../../partners/rules.ts'
import { retryOnConflict } from '../../persistence/index.ts'
import type { Draft, MailContext } from '../mail/rules.ts'
import { assignSlot, newDay } from './rules.ts'
import { dayKey, getDay, putDay } from './store.ts'

/**
 * Reserves the slot under the version of the day, once per mail.
 * @returns true if the mail is held for the digest; false if it is sent on its own, because the digest would come too late
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
  // The day of the event rather than today, so that an event that is delivered again finds its mail in the same day.
  const owner = { partnerId, region, address: addressOf(to), day: happenedAt.slice(0, 10) }
  return retryOnConflict(async () => {
    const known = (await getDay(dayKey(owner))) ?? newDay(owner, policy)
    if (digest.until !== null && digest.until <= known.dueAt) return false
    // A late mail, of a day whose digest is due already, would wait for a digest that does not come.
    if (known.dueAt <= now && !known.held.some(held => held.mailId === mailId)) return false
    const { day, isHeld } = assignSlot(known, { mailId, referralId: referral.id, version }, digestAbove)
    if (day !== known) await putDay(day)
    return isHeld
  })
}
