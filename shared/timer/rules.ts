/** Which timers an event arms, and which it makes pointless. */
import type { Event, EventType } from '../event/contract.ts'
import { type Timer, timedEvents, timerKinds } from './contract.ts'

/** The timers that a referral is received with. */
export const armedBy = (event: Event): Timer[] => {
  const { referral } = event.subject
  if (event.type !== 'referral.received' || !referral) return []
  const { respondBy, urgentUntil } = event.data
  const address = { partnerId: referral.partnerId, referralId: referral.id }
  const expire: Timer = { kind: 'expire', ...address, dueAt: respondBy }
  // A request that expires before it cools has nothing left to cool.
  if (!urgentUntil || urgentUntil >= respondBy) return [expire]
  return [expire, { kind: 'cool', ...address, dueAt: urgentUntil }]
}

/** After these a referral is answered or over, and no timer can decide anything more. */
const answers: ReadonlySet<EventType> = new Set(timedEvents.filter(type => type !== 'referral.received'))

/** The timers that an event makes pointless. */
export const disarmedBy = ({ type, subject: { referral } }: Event): Pick<Timer, 'kind' | 'referralId'>[] =>
  referral && answers.has(type) ? timerKinds.map(kind => ({ kind, referralId: referral.id })) : []

/** The same timer always has the same name, so that arming twice arms once. */
export const timerName = ({ kind, referralId }: Pick<Timer, 'kind' | 'referralId'>): string =>
  `${kind}-${referralId}`

/**
 * A schedule's expression for an instant. `at()` knows no fractions of a second, so the instant is rounded up:
 * a timer must never fire before it is due.
 */
export const atExpression = (instant: string): string => {
  const wholeSecond = new Date(Math.ceil(Date.parse(instant) / 1000) * 1000)
  return `at(${wholeSecond.toISOString().slice(0, 19)})`
}
