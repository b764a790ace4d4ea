/** How a deadline is put to EventBridge Scheduler, and when the sweeper looks at it. */
import { after, before } from '../../time/duration.ts'
import type { Timer } from './contract.ts'

/**
 * The same deadline always has the same name, so that arming twice arms once; another instant is another timer, so
 * that what is armed anew cannot be mistaken for what was lifted.
 */
export const timerName = ({ kind, referralId, dueAt }: Timer): string =>
  [kind, referralId, wholeSecondAfter(dueAt).replaceAll(/[-:]/g, '')].join('-')

/**
 * A schedule's expression for an instant. `at()` knows no fractions of a second, so the instant is rounded up:
 * a timer must never fire before it is due.
 */
export const atExpression = (instant: string): string => `at(${wholeSecondAfter(instant)})`

const wholeSecondAfter = (instant: string): string =>
  new Date(Math.ceil(Date.parse(instant) / 1000) * 1000).toISOString().slice(0, 19)

/**
 * So long anything may take to settle before the sweeper does its work: Scheduler's minute, a message that comes back
 * to its queue once (180 s), and some.
 */
const grace = 'PT5M'
/** What falls due sooner is in Scheduler's hands, or in the queue already. */
const nearest = 'PT2M'
/** So far ahead the sweeper looks whether timers are armed: two of its rounds, and some. */
const lookAhead = 'PT35M'

/** What a sweep looks at. */
export interface SweepWindow {
  /** What was due by then should have been done, and what changed by then should have been armed. */
  readonly settledBy: string
  /** What falls due from then … */
  readonly aheadFrom: string
  /** … until then should be armed. */
  readonly aheadUntil: string
}

export const sweepWindow = (now: string): SweepWindow => ({
  settledBy: before(now, grace),
  aheadFrom: after(now, nearest),
  aheadUntil: after(now, lookAhead),
})
