/** A contact's mails of one day: the first come one by one, the others wait for the day's digest. */

import type { Policy } from '../../program/contract.ts'
import { nextWorkingInstant } from '../../time/calendar.ts'
import { after } from '../../time/duration.ts'

/** A mail that waits: which event it tells of. */
export interface Held {
  readonly mailId: string
  readonly referralId: string
  readonly version: number
}

export interface Day {
  readonly partnerId: string
  readonly region: string
  /** In lower case. */
  readonly address: string
  /** UTC: YYYY-MM-DD */
  readonly day: string
  readonly version: number
  /** The mails that came one by one. */
  readonly sent: readonly string[]
  readonly held: readonly Held[]
  /** How many more were held than are kept in the list. */
  readonly more: number
  readonly dueAt: string
  readonly state: 'open' | 'sent'
}

/** So many held mails are kept: a digest shows fewer, and the inbox has them all. */
const mostHeld = 200

/** When the digest of a day goes out: once the day is over, and the region is at work. */
export const dueAtOf = (day: string, region: string, { calendars }: Policy): string => {
  const end = after(`${day}T00:00:00.000Z`, 'P1D')
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

/**
 * Whether a mail waits for the day's digest, and the day with it in its place. The same answer for the same mail, each
 * time it is asked for.
 * @param limit how many come one by one
 */
export const placed = (day: Day, mail: Held, limit: number): { day: Day; waits: boolean } => {
  if (day.sent.includes(mail.mailId)) return { day, waits: false }
  if (day.held.some(({ mailId }) => mailId === mail.mailId)) return { day, waits: true }
  const next = { ...day, version: day.version + 1 }
  if (day.sent.length < limit || day.state === 'sent')
    return { day: { ...next, sent: [...day.sent, mail.mailId] }, waits: false }
  if (day.held.length < mostHeld) return { day: { ...next, held: [...day.held, mail] }, waits: true }
  return { day: { ...next, more: day.more + 1 }, waits: true }
}
