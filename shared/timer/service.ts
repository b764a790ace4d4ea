/** Deadlines at work: armed by events, proposed by timers, decided by the referral, swept for what got lost. */
import type { Event } from '../event/contract.ts'
import { milliseconds } from '../platform/duration.ts'
import { ConditionFailed } from '../platform/item.ts'
import { faultOf, logger } from '../platform/logger.ts'
import { put } from '../platform/table.ts'
import { propose } from '../referral/service.ts'
import { duePartitions, listDue } from '../referral/store.ts'
import type { Timer } from './contract.ts'
import { armedBy, disarmedBy } from './rules.ts'
import { arm, disarm } from './scheduler.ts'
import { getSweptUntil, putSweptUntil } from './store.ts'

/** Arms and disarms what an event calls for; safe to repeat, in any order. */
export const applyEvent = async (event: Event, now: Date): Promise<void> => {
  await Promise.all([...armedBy(event).map(timer => arm(timer, now)), ...disarmedBy(event).map(disarm)])
}

/** A timer came before its time: let the queue bring it again. */
class TooEarly extends Error {}

/**
 * Carries out what a timer proposes, if the referral still calls for it.
 * @returns whether it did; a timer that comes late, twice, or after an answer changes nothing
 * @throws TooEarly
 */
export const fire = async ({ kind, dueAt, ...address }: Timer, now: Date): Promise<boolean> => {
  if (now.getTime() < Date.parse(dueAt))
    throw new TooEarly(`${kind} ${address.referralId} is due at ${dueAt}`)
  return propose(address, kind, now)
}

/** How far back the first sweep of a program looks. */
const firstSweep = 'P1D'
/** Hours swept in one run: a month is some 3,000 small queries, a few of the worker's 30 seconds. The next run goes on. */
const mostHours = 31 * 24
/** Hours swept side by side. */
const atOnce = 4
/** A timer may be this late before the sweeper does its work: Scheduler's minute, and the way through the queue. */
const grace = 'PT2M'

export interface Sweep {
  /** Referrals that had not expired though they should have: on a healthy day none. */
  readonly found: number
  /** Referrals that could not be expired now; the next sweep finds them again. */
  readonly failed: number
}

/** Expires what should have expired and did not. */
export const sweep = async (now: Date): Promise<Sweep> => {
  const until = new Date(now.getTime() - milliseconds(grace)).toISOString()
  const from = (await getSweptUntil()) ?? new Date(now.getTime() - milliseconds(firstSweep)).toISOString()
  const hours = duePartitions(from, until, mostHours)
  let total: Sweep = { found: 0, failed: 0 }
  let sweptUntil: string | undefined
  for (let start = 0; start < hours.length; start += atOnce) {
    const some = hours.slice(start, start + atOnce)
    const swept = some.flatMap(({ partitions }) =>
      partitions.map(partition => sweepPartition(partition, until, now)),
    )
    total = (await Promise.all(swept)).reduce(add, total)
    // The mark stays before what failed, so that the next sweep comes by again.
    if (total.failed === 0) sweptUntil = some.at(-1)?.hour
  }
  if (sweptUntil) await moveMark(sweptUntil)
  return total
}

const add = (a: Sweep, b: Sweep): Sweep => ({ found: a.found + b.found, failed: a.failed + b.failed })

const sweepPartition = async (partition: string, until: string, now: Date): Promise<Sweep> => {
  let total: Sweep = { found: 0, failed: 0 }
  for await (const due of listDue(partition, until)) {
    const outcomes = await Promise.allSettled(due.map(address => propose(address, 'expire', now)))
    const failures = outcomes.filter(outcome => outcome.status === 'rejected')
    for (const { reason } of failures)
      logger.error('an overdue referral was not expired', { fault: faultOf(reason) })
    const found = outcomes.filter(outcome => outcome.status === 'fulfilled' && outcome.value).length
    total = add(total, { found, failed: failures.length })
  }
  return total
}

const moveMark = async (sweptUntil: string): Promise<void> => {
  try {
    await put(putSweptUntil(sweptUntil))
  } catch (error) {
    // Another sweep has come further.
    if (!(error instanceof ConditionFailed)) throw error
  }
}
