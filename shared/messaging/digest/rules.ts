/** The mails of one contact on one day (UTC). The first ones are sent as single mails, the others in a digest. */

import type { PartnerId, ReferralId } from '../../kernel/ids.ts'
import type { Policy } from '../../program/contract.ts'
import { mailTimeIn } from '../../program/rules.ts'
import { after } from '../../time/duration.ts'
import { type Instant, startOfDay } from '../../time/instant.ts'

/** A mail that is held for the digest, and the event that it is about. */
export interface HeldMail {
  readonly mailId: string
  readonly referralId: ReferralId
  readonly version: number
}

/** A contact's day: the mails of one contact on one day, with the field names of the stored item. */
export interface Day {
  readonly partnerId: PartnerId
  readonly region: string
  /** Mail address in lower case. */
  readonly address: string
  /** UTC: YYYY-MM-DD */
  readonly day: string
  readonly version: number
  /** Ids of the single mails. */
  readonly sent: readonly string[]
  readonly held: readonly HeldMail[]
  /** Number of held mails that are not in `held`. */
  readonly more: number
  readonly dueAt: Instant
  /** State of the digest. */
  readonly state: 'open' | 'sent'
}

/** Maximum length of the list of held mails. A digest shows fewer of them, and the inbox lists all referrals. */
const maxHeld = 200

/** Returns the instant at which the digest of a day is due: the region's next working hour after the end of the day. */
export const dueAtOf = (day: string, region: string, { calendars }: Policy): Instant =>
  mailTimeIn(calendars[region], after(startOfDay(day), 'P1D'))

export const newDay = (of: Pick<Day, 'partnerId' | 'region' | 'address' | 'day'>, policy: Policy): Day => ({
  ...of,
  version: 0,
  sent: [],
  held: [],
  more: 0,
  state: 'open',
  dueAt: dueAtOf(of.day, of.region, policy),
})

interface Slot {
  /** The day including the mail; the same object if it included the mail before. */
  readonly day: Day
  readonly isHeld: boolean
}

/**
 * Decides if a mail is sent as a single mail or in the digest. The decision about a mail never changes: an event that
 * is delivered again finds its mail in the same slot.
 * @param limit maximum number of single mails
 */
export const assignSlot = (day: Day, mail: HeldMail, limit: number): Slot => {
  if (day.sent.includes(mail.mailId)) return { day, isHeld: false }
  if (day.held.some(({ mailId }) => mailId === mail.mailId)) return { day, isHeld: true }
  const next = { ...day, version: day.version + 1 }
  if (day.sent.length < limit || day.state === 'sent')
    return { day: { ...next, sent: [...day.sent, mail.mailId] }, isHeld: false }
  if (day.held.length < maxHeld) return { day: { ...next, held: [...day.held, mail] }, isHeld: true }
  return { day: { ...next, more: day.more + 1 }, isHeld: true }
}
