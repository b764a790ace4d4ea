/** How a deadline is put to EventBridge Scheduler, and when the sweeper looks at it. */
import { after, before } from '../platform/duration.ts'
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

/** A timer may be this late before the sweeper does its work: Scheduler's minute, and the way through the queue. */
const grace = 'PT2M'
/** So far ahead the sweeper looks whether timers are armed: two of its rounds, and the grace. */
const lookAhead = 'PT32M'

/** What a sweep looks at. */
export interface SweepWindow {
  /** What was due by then should have been done. */
  readonly overdueUntil: string
  /** What falls due from then … */
  readonly aheadFrom: string
  /** … until then should be armed. */
  readonly aheadUntil: string
  /** What has changed since then may be on its way to being armed. */
  readonly settledBy: string
}

export const sweepWindow = (now: string): SweepWindow => ({
  overdueUntil: before(now, grace),
  aheadFrom: after(now, grace),
  aheadUntil: after(now, lookAhead),
  settledBy: before(now, grace),
})
