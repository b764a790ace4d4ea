/** Deadlines at work: armed by events, brought by timers, decided by the referral, swept for what got lost. */
import type { Deadline, DeadlineKind, Event } from '../event/contract.ts'
import { milliseconds } from '../platform/duration.ts'
import { ConditionFailed } from '../platform/item.ts'
import { faultOf, logger } from '../platform/logger.ts'
import { get, put } from '../platform/table.ts'
import { deadlines, type Referral } from '../referral/lifecycle.ts'
import { wake } from '../referral/service.ts'
import { type Address, duePartitions, listDue, readReferral, referralKey } from '../referral/store.ts'
import type { Timer } from './contract.ts'
import { type SweepWindow, sweepWindow } from './rules.ts'
import { arm, disarm } from './scheduler.ts'
import { getSweptUntil, putSweptUntil } from './store.ts'

/** Arms and disarms what an event calls for; safe to repeat, in any order. */
export const applyEvent = async (event: Event, now: Date): Promise<void> => {
  const { referral } = event.subject
  if (!referral || !event.deadlines) return
  const address = { partnerId: referral.partnerId, referralId: referral.id }
  const { set, lifted } = event.deadlines
  await arrange(address, [...set, ...lifted], { version: event.version, deadlines: set }, now)
}

/** What a version of a referral calls for. */
interface Call {
  readonly version: number
  readonly deadlines: readonly Deadline[]
}

/**
 * Arms those of the deadlines that are called for, and disarms the others. What was done for one version is compared
 * with the present one, until they are the same: so the last to act acts on the last version, in whatever order events
 * come, and no answered referral keeps a timer.
 * @returns how many timers there were not before
 */
const arrange = async (
  address: Address,
  touched: readonly Deadline[],
  call: Call,
  now: Date,
): Promise<number> => {
  const isCalledFor = ({ kind, dueAt }: Deadline) =>
    call.deadlines.some(called => called.kind === kind && called.dueAt === dueAt)
  const armed = await Promise.all(
    touched.map(async deadline => {
      const timer: Timer = { ...deadline, ...address }
      if (isCalledFor(deadline)) return arm(timer, now)
      await disarm(timer)
      return false
    }),
  )
  const count = armed.filter(isNew => isNew).length
  const present = await callOf(address)
  if (present.version === call.version) return count
  return count + (await arrange(address, touched, present, now))
}

const read = async ({ partnerId, referralId }: Address): Promise<Referral | undefined> => {
  const item = await get(referralKey(partnerId, referralId))
  return item && readReferral(item)
}

/** What is gone calls for nothing. */
const callOf = async (address: Address): Promise<Call> => {
  const referral = await read(address)
  return referral
    ? { version: referral.version, deadlines: deadlines(referral) }
    : { version: 0, deadlines: [] }
}

/** A timer came before its time: let the queue bring it again. */
class TooEarly extends Error {}

/**
 * A timer wakes its referral, which does whatever has fallen due.
 * @returns what was done; a timer that comes late, twice, or after an answer may find nothing to do
 * @throws TooEarly
 */
export const fire = async ({ kind, dueAt, ...address }: Timer, now: Date): Promise<DeadlineKind[]> => {
  if (now.getTime() < Date.parse(dueAt))
    throw new TooEarly(`${kind} ${address.referralId} is due at ${dueAt}`)
  return wake(address, now)
}

/** How far back the first sweep of a program looks. */
const firstSweep = 'P1D'
/** Days swept in one run; the next run goes on. */
const mostDays = 400

export interface Sweep {
  /** Referrals for which something was overdue, and was done: on a healthy day none. */
  readonly overdue: number
  /** Timers that were missing, and were armed: on a healthy day none. */
  readonly rearmed: number
  /** Referrals that could not be seen to now; the next sweep finds them again. */
  readonly failed: number
}

const nothing: Sweep = { overdue: 0, rearmed: 0, failed: 0 }
const add = (a: Sweep, b: Sweep): Sweep => ({
  overdue: a.overdue + b.overdue,
  rearmed: a.rearmed + b.rearmed,
  failed: a.failed + b.failed,
})

/** Does what should have been done and was not, and arms what falls due soon and is not armed. */
export const sweep = async (now: Date): Promise<Sweep> => {
  const window = sweepWindow(now.toISOString())
  return add(await catchUp(window, now), await rearm(window, now))
}

const catchUp = async ({ overdueUntil }: SweepWindow, now: Date): Promise<Sweep> => {
  const from = (await getSweptUntil()) ?? new Date(now.getTime() - milliseconds(firstSweep)).toISOString()
  let total = nothing
  let sweptUntil: string | undefined
  for (const { day, partitions } of duePartitions(from, overdueUntil, mostDays)) {
    const pages = partitions.map(partition => listDue(partition, overdueUntil))
    const swept = await Promise.all(
      pages.map(page =>
        seeTo(page, async address => ({ ...nothing, overdue: await wasOverdue(address, now) })),
      ),
    )
    total = swept.reduce(add, total)
    // The mark stays before what failed, so that the next sweep comes by again.
    if (total.failed === 0) sweptUntil = day
  }
  if (sweptUntil) await moveMark(sweptUntil)
  return total
}

const wasOverdue = async (address: Address, now: Date): Promise<number> => {
  const done = await wake(address, now)
  return done.length > 0 ? 1 : 0
}

const rearm = async (window: SweepWindow, now: Date): Promise<Sweep> => {
  const { aheadFrom, aheadUntil } = window
  const partitions = duePartitions(aheadFrom, aheadUntil, mostDays).flatMap(day => day.partitions)
  const swept = await Promise.all(
    partitions.map(partition =>
      seeTo(listDue(partition, aheadUntil, aheadFrom), async address => ({
        ...nothing,
        rearmed: await armMissing(address, window, now),
      })),
    ),
  )
  return swept.reduce(add, nothing)
}

/** @returns how many timers were missing */
const armMissing = async (address: Address, window: SweepWindow, now: Date): Promise<number> => {
  const referral = await read(address)
  if (!referral || referral.updatedAt > window.settledBy) return 0
  const { version } = referral
  const called = deadlines(referral)
  const soon = called.filter(({ dueAt }) => dueAt > window.aheadFrom && dueAt <= window.aheadUntil)
  return arrange(address, soon, { version, deadlines: called }, now)
}

/** Does something to each referral, page by page; one that fails does not hold up the others. */
const seeTo = async (
  pages: AsyncIterable<Address[]>,
  work: (address: Address) => Promise<Sweep>,
): Promise<Sweep> => {
  let total = nothing
  for await (const page of pages) {
    const outcomes = await Promise.allSettled(page.map(work))
    total = outcomes.map(outcomeOf).reduce(add, total)
  }
  return total
}

const outcomeOf = (outcome: PromiseSettledResult<Sweep>): Sweep => {
  if (outcome.status === 'fulfilled') return outcome.value
  logger.error('a referral was not seen to', { fault: faultOf(outcome.reason) })
  return { ...nothing, failed: 1 }
}

const moveMark = async (sweptUntil: string): Promise<void> => {
  try {
    await put(putSweptUntil(sweptUntil))
  } catch (error) {
    // Another sweep has come further.
    if (!(error instanceof ConditionFailed)) throw error
  }
}
