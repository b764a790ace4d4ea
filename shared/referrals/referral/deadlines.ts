/** Deadlines of a referral, and the instants of nudges and of the end of reopening. */
import { type Deadline, type DeadlineKind, deadlineKinds } from '../../events/contract.ts'
import { deadlineIn, mailTimeIn, type RegionTime, type Terms } from '../../program/rules.ts'
import { endOfDayIn } from '../../time/calendar.ts'
import { after, milliseconds, wholeSecond } from '../../time/duration.ts'
import { type Instant, instantOf, startOfDay } from '../../time/instant.ts'
import type { Status } from './contract.ts'
import type { Referral } from './referral.ts'
import { isOverdue } from './status.ts'
import { allows, transitions } from './transitions.ts'

/** Instant from which each timed command is due, if the status allows it. */
const dueAtOf: Readonly<Record<DeadlineKind, (referral: Referral) => Instant | null>> = {
  expire: ({ respondBy }) => respondBy,
  cool: ({ urgency, hotUntil }) => (urgency === 'hot' ? hotUntil : null),
  remind: ({ remindAt }) => remindAt,
  nudge: ({ nudgeAt }) => nudgeAt,
}

/** Returns the deadlines of a stored referral, soonest first. After `respondBy`, only the expiry is due. */
export const deadlines = (referral: Referral): Deadline[] =>
  deadlineKinds
    .flatMap(kind => {
      const from: readonly Status[] = transitions[kind].from
      const dueAt = from.includes(referral.status) ? dueAtOf[kind](referral) : null
      return dueAt === null ? [] : [{ kind, dueAt }]
    })
    .filter(({ kind, dueAt }) => kind === 'expire' || !isOverdue(referral, dueAt))
    .toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : Number(a.dueAt > b.dueAt)))

/** Returns the timed command that is due first, or undefined if none is due. */
export const firstDue = (referral: Referral, now: Instant): DeadlineKind | undefined =>
  deadlines(referral).find(({ kind, dueAt }) => dueAt <= now && allows(kind, referral, now))?.kind

/** Returns the instant until which a referral that expires at `respondBy` can be reopened. */
export const reopenUntil = (
  respondBy: Instant,
  { reopening }: Terms,
  { calendar }: Pick<RegionTime, 'calendar'>,
): Instant | null => reopening && deadlineIn(calendar, after(respondBy, reopening.within))

/** Returns the deadline of a referral that is reopened now. Null if the terms have no reopening. */
export const reopenedRespondBy = (
  { reopening }: Terms,
  { calendar }: Pick<RegionTime, 'calendar'>,
  now: Instant,
): Instant | null => reopening && deadlineIn(calendar, after(wholeSecond(now), reopening.responseTime))

/**
 * Returns the first nudge: with a calendar, the first working instant after the close date in its zone. Otherwise 36 hours
 * after the start of the close date in UTC: then the date has passed in every time zone.
 */
export const firstNudge = (
  { terms }: Pick<Referral, 'terms'>,
  estimatedCloseDate: string,
  { calendar }: Pick<RegionTime, 'calendar'>,
): Instant | null => {
  if (!terms.nudgeInterval || terms.maxNudges === 0) return null
  return calendar
    ? mailTimeIn(calendar, endOfDayIn(calendar.zone, estimatedCloseDate))
    : after(startOfDay(estimatedCloseDate), 'PT36H')
}

/** Returns the next nudge after `now`, a whole number of intervals after the last one, in working time. */
export const nextNudge = (
  last: Instant,
  { nudgeInterval }: Terms,
  { calendar }: Pick<RegionTime, 'calendar'>,
  now: Instant,
): Instant | null => {
  if (!nudgeInterval) return null
  const every = milliseconds(nudgeInterval)
  const passed = Math.floor((Date.parse(now) - Date.parse(last)) / every)
  return mailTimeIn(calendar, instantOf(new Date(Date.parse(last) + (passed + 1) * every)))
}
