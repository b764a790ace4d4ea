/** Which timers an event arms, and which it makes pointless. */
import type { Event } from '../event/contract.ts'
import type { Timer, TimerKind } from './contract.ts'

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

/** The kinds of timers that can decide nothing more after an event. */
const settled: Readonly<Partial<Record<Event['type'], readonly TimerKind[]>>> = {
  'referral.accepted': ['expire', 'cool'],
  'referral.declined': ['expire', 'cool'],
  'referral.withdrawn': ['expire', 'cool'],
  'referral.expired': ['expire', 'cool'],
}
export const disarmedBy = (event: Event): Pick<Timer, 'kind' | 'referralId'>[] => {
  const { referral } = event.subject
  if (!referral) return []
  return (settled[event.type] ?? []).map(kind => ({ kind, referralId: referral.id }))
}

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

/** The partitions' hours of the due index from one instant to another, both included, as instants; at most `limit`. */
export const hoursBetween = (from: string, to: string, limit: number): string[] => {
  const hour = 3_600_000
  const first = Math.floor(Date.parse(from) / hour)
  const last = Math.floor(Date.parse(to) / hour)
  const count = Math.min(last - first + 1, limit)
  return Array.from({ length: Math.max(count, 0) }, (_, index) =>
    new Date((first + index) * hour).toISOString(),
  )
}
