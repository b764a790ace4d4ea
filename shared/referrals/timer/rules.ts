/** Names and expressions of schedules, and the time window of a sweep. */
import { after, before } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Timer } from './contract.ts'

/**
 * Returns the name of a timer's schedule. The same deadline always has the same name, so that arming it twice creates one
 * schedule. A deadline at another instant has another name, so that disarming the old one does not delete the new one.
 */
export const timerName = ({ kind, referralId, dueAt }: Timer): string =>
  [kind, referralId, wholeSecondAfter(dueAt).replaceAll(/[-:]/g, '')].join('-')

/**
 * Returns the schedule expression of an instant. `at()` has no fractions of a second. The instant is rounded up, because a
 * timer must never fire before it is due.
 */
export const atExpression = (instant: Instant): string => `at(${wholeSecondAfter(instant)})`

const wholeSecondAfter = (instant: Instant): string =>
  new Date(Math.ceil(Date.parse(instant) / 1000) * 1000).toISOString().slice(0, 19)

/**
 * Delay after which the sweeper does the work of timers and events: the precision of Scheduler (60 s), one redelivery of a
 * message (180 s), and a margin.
 */
const grace = 'PT5M'
/** Deadlines sooner than this are not armed by the sweeper: their timers are firing or in the queue. */
const nearest = 'PT2M'
/** The sweeper arms missing timers this far ahead: two of its rounds, and a margin. */
const lookAhead = 'PT35M'

/** The time window of a sweep. */
export interface SweepWindow {
  /** Commands that were due by then are overdue, and referrals that changed by then must have their timers. */
  readonly settledBy: Instant
  /** Deadlines after this instant … */
  readonly aheadFrom: Instant
  /** … and until this one must have timers. */
  readonly aheadUntil: Instant
}

export const sweepWindow = (now: Instant): SweepWindow => ({
  settledBy: before(now, grace),
  aheadFrom: after(now, nearest),
  aheadUntil: after(now, lookAhead),
})
