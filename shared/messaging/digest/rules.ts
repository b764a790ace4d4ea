/** Mails of one contact on one day: the first ones are sent one by one, the others are held for a digest. */

import type { PartnerId, ReferralId } from '../../kernel/ids.ts'
import type { Policy } from '../../program/contract.ts'
import { nextWorkingInstant } from '../../time/calendar.ts'
import { after } from '../../time/duration.ts'
import { type Instant, startOfDay } from '../../time/instant.ts'

/** A mail that is held for the digest, and the event that it is about. */
export interface HeldMail {
  readonly mailId: string
  readonly referralId: ReferralId
  readonly version: number
}

/** As stored: the names of the fields are those of the item. */
export interface Day {
  readonly partnerId: PartnerId
  readonly region: string
  /** In lower case. */
  readonly address: string
  /** UTC: YYYY-MM-DD */
  readonly day: string
  readonly version: number
  /** Ids of the mails that are sent one by one. */
  readonly sent: readonly string[]
  readonly held: readonly HeldMail[]
  /** Number of held mails beyond those that `held` lists. */
  readonly more: number
  readonly dueAt: Instant
  /** Of the digest. */
  readonly state: 'open' | 'sent'
}

/** Limit of the list of held mails. A digest shows fewer, and the inbox shows all referrals. */
const maxHeld = 200

/** When the digest of a day is sent: after the end of the day, at the region's next working hour. */
export const dueAtOf = (day: string, region: string, { calendars }: Policy): Instant => {
  const end = after(startOfDay(day), 'P1D')
  const calendar = calendars[region]
  return calendar ? nextWorkingInstant(end, calendar) : end
}

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
  /** The day with the mail in it; the same object if the mail was in it before. */
  readonly day: Day
  readonly isHeld: boolean
}

/**
 * Decides whether a mail is sent on its own or held for the digest. The decision about a mail never changes, so that an
 * event that is delivered again finds its mail in the same slot.
 * @param limit number of mails that are sent one by one
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
