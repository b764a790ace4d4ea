/** Names and expressions of schedules, and the time window of a sweep. */
import { after, before } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import type { Timer } from './contract.ts'

/**
 * Returns the name of a timer's schedule. The same deadline always has the same name, so that creating it twice gives
 * one schedule. A deadline at another instant has another name, so that deleting the old schedule keeps the new one.
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
 * Delay after which the sweeper treats timers and events as lost: the precision of Scheduler (60 s), one redelivery of a
 * message (180 s), and a margin.
 */
const grace = 'PT5M'
/** The sweeper creates no timers for deadlines within this time: their timers are firing or in the queue. */
const nearest = 'PT2M'
/** The sweeper creates missing timers for deadlines within this time: two of its intervals, and a margin. */
const lookAhead = 'PT35M'

/** The time window of a sweep. */
export interface SweepWindow {
  /** Commands due until this instant are overdue, and referrals changed until this instant must have their timers. */
  readonly settledBy: Instant
  /** Start of the range of deadlines that must have timers (exclusive). */
  readonly aheadFrom: Instant
  /** End of the range of deadlines that must have timers (inclusive). */
  readonly aheadUntil: Instant
}

export const sweepWindow = (now: Instant): SweepWindow => ({
  settledBy: before(now, grace),
  aheadFrom: after(now, nearest),
  aheadUntil: after(now, lookAhead),
})
