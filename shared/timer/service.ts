/** Deadlines at work: armed by events, proposed by timers, decided by the referral, swept for what got lost. */
import type { Event } from '../event/contract.ts'
import { milliseconds } from '../platform/duration.ts'
import { ConditionFailed, put } from '../platform/table.ts'
import { propose } from '../referral/service.ts'
import { duePartition, dueShards, listDue } from '../referral/store.ts'
import type { Timer } from './contract.ts'
import { armedBy, disarmedBy, hoursBetween } from './rules.ts'
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
const pageSize = 100
/** Partitions swept side by side. */
const atOnce = 16
/** A timer may be this late before the sweeper does its work: Scheduler's minute, and the way through the queue. */
const grace = 'PT2M'

/**
 * Expires what should have expired and did not.
 * @returns how many: on a healthy day none
 */
export const sweep = async (now: Date): Promise<number> => {
  const until = new Date(now.getTime() - milliseconds(grace)).toISOString()
  const from = (await getSweptUntil()) ?? new Date(now.getTime() - milliseconds(firstSweep)).toISOString()
  const hours = hoursBetween(from, until, mostHours)
  const partitions = hours.flatMap(hour =>
    Array.from({ length: dueShards }, (_, shard) => duePartition(hour, shard)),
  )
  let found = 0
  for (let start = 0; start < partitions.length; start += atOnce) {
    const swept = partitions
      .slice(start, start + atOnce)
      .map(partition => sweepPartition(partition, until, now))
    for (const count of await Promise.all(swept)) found += count
  }
  const last = hours.at(-1)
  if (last) await moveMark(last)
  return found
}

const sweepPartition = async (partition: string, until: string, now: Date): Promise<number> => {
  let found = 0
  for (;;) {
    const due = await listDue(partition, until, pageSize)
    const expired = await Promise.all(due.map(address => propose(address, 'expire', now)))
    found += expired.filter(Boolean).length
    // What was expired has left the index, so the same query gives the rest; no progress means a stale index.
    if (due.length < pageSize || !expired.some(Boolean)) return found
  }
}

const moveMark = async (sweptUntil: string): Promise<void> => {
  try {
    await put(putSweptUntil(sweptUntil))
  } catch (error) {
    // Another sweep has come further.
    if (!(error instanceof ConditionFailed)) throw error
  }
}
