/** Deadlines at work: armed by events, brought by timers, decided by the referral, swept for what got lost. */
import type { Deadline, DeadlineKind, Event } from '../../events/contract.ts'
import { faultOf, logger } from '../../kernel/logger.ts'
import { ConditionFailed, get, put } from '../../persistence/index.ts'
import { before } from '../../time/duration.ts'
import { deadlines } from '../referral/deadlines.ts'
import { wake } from '../referral/service.ts'
import {
  type Address,
  type Due,
  duePartitions,
  listDue,
  readReferral,
  referralKey,
} from '../referral/store.ts'
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
  const call = { version: event.version, changedAt: event.at, deadlines: set }
  await arrange(address, [...set, ...lifted], call, now)
}

/** What a version of a referral calls for. */
interface Call {
  readonly version: number
  readonly changedAt: string
  readonly deadlines: readonly Deadline[]
}

const includes = ({ deadlines }: Call, { kind, dueAt }: Deadline): boolean =>
  deadlines.some(called => called.kind === kind && called.dueAt === dueAt)

/**
 * Arms those of the deadlines that are called for, and disarms the others. What was done for one version is compared
 * with the present one, until they are the same: so the last to act acts on the last version, in whatever order events
 * come, and no answered referral keeps a timer.
 * @returns what is called for in the end
 */
const arrange = async (
  address: Address,
  touched: readonly Deadline[],
  call: Call,
  now: Date,
): Promise<Call> => {
  await Promise.all(
    touched.map(async deadline => {
      const timer: Timer = { ...deadline, ...address }
      if (includes(call, deadline)) await arm(timer, now)
      else await disarm(timer)
    }),
  )
  const present = await callOf(address)
  return present.version === call.version ? present : arrange(address, touched, present, now)
}

/** What is gone calls for nothing. */
const callOf = async ({ partnerId, referralId }: Address): Promise<Call> => {
  const item = await get(referralKey(partnerId, referralId))
  if (!item) return { version: 0, changedAt: '', deadlines: [] }
  const referral = readReferral(item)
  return { version: referral.version, changedAt: referral.updatedAt, deadlines: deadlines(referral) }
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
/** Indexes lag, at times by more than one is told: each sweep looks at the day before once more. */
const lookBack = 'P1D'
/** Days swept in one run; the next run goes on. */
const mostDays = 400
/** So many referrals are seen to side by side: somewhat fewer than the SDK keeps connections. */
const atOnce = 40
/** Of the 30 seconds that a worker has, a sweep begins nothing more after so many milliseconds. */
const budgetMs = 20_000

/** Counts of referrals; of partitions of the due index where it says so. */
export interface Sweep {
  /** For which something was overdue, and was done: on a healthy day none. */
  readonly overdue: number
  /** Of which a timer was missing, and was armed: on a healthy day none. */
  readonly rearmed: number
  /** That could not be seen to now, partitions included; the next sweep comes by again. */
  readonly failed: number
  /** Partitions that there was no time for; the next sweep goes on. */
  readonly unfinished: number
}

const nothing: Sweep = { overdue: 0, rearmed: 0, failed: 0, unfinished: 0 }
const add = (a: Sweep, b: Sweep): Sweep => ({
  overdue: a.overdue + b.overdue,
  rearmed: a.rearmed + b.rearmed,
  failed: a.failed + b.failed,
  unfinished: a.unfinished + b.unfinished,
})

type Work = (due: Due) => Promise<Sweep>

/** Does what should have been done and was not, and arms what falls due soon and is not armed. */
export const sweep = async (now: Date): Promise<Sweep> => {
  const window = sweepWindow(now.toISOString())
  const endsAt = performance.now() + budgetMs
  const back = await catchUp(window, now, endsAt)
  return add(back, await rearm(window, now, endsAt))
}

const catchUp = async ({ settledBy }: SweepWindow, now: Date, endsAt: number): Promise<Sweep> => {
  const from = (await getSweptUntil()) ?? before(now.toISOString(), firstSweep)
  const work: Work = async due => ({ ...nothing, overdue: (await wake(due, now)).length > 0 ? 1 : 0 })
  let total = nothing
  let mark: string | undefined
  for (const { day, partitions } of duePartitions(from, settledBy).slice(0, mostDays)) {
    total = add(total, await seeTo(partitions, { to: settledBy }, work, endsAt))
    // The mark stays before what failed, so that the next sweep comes by again.
    if (total.failed + total.unfinished === 0) mark = before(day, lookBack)
  }
  return mark ? add(total, await moveMark(mark)) : total
}

const rearm = (window: SweepWindow, now: Date, endsAt: number): Promise<Sweep> => {
  const { aheadFrom: from, aheadUntil: to } = window
  const partitions = duePartitions(from, to).flatMap(day => day.partitions)
  const work: Work = async due => ({
    ...nothing,
    rearmed: (await wasMissing(due, window, now)) ? 1 : 0,
  })
  return seeTo(partitions, { from, to }, work, endsAt)
}

/** Arms a deadline; that it is armed already is the usual answer. */
const wasMissing = async (
  { kind, dueAt, ...address }: Due,
  { settledBy }: SweepWindow,
  now: Date,
): Promise<boolean> => {
  const deadline = { kind, dueAt }
  if (!(await arm({ ...deadline, ...address }, now))) return false
  const call = await arrange(address, [deadline], await callOf(address), now)
  // What changed just now is on its way to being armed, and the sweeper was merely quicker.
  return includes(call, deadline) && call.changedAt <= settledBy
}

/** Does something about all that is due in a range, partition beside partition; one that fails does not hold up others. */
const seeTo = async (
  partitions: readonly string[],
  range: Parameters<typeof listDue>[1],
  work: Work,
  endsAt: number,
): Promise<Sweep> => {
  const share = Math.max(1, Math.floor(atOnce / partitions.length))
  const swept = await Promise.all(
    partitions.map(async partition => {
      try {
        return await seeToPages(listDue(partition, range), work, share, endsAt)
      } catch (error) {
        return failure(error)
      }
    }),
  )
  return swept.reduce(add, nothing)
}

const seeToPages = async (
  pages: AsyncIterable<Due[]>,
  work: Work,
  share: number,
  endsAt: number,
): Promise<Sweep> => {
  let total = nothing
  for await (const page of pages) {
    for (let start = 0; start < page.length; start += share) {
      if (performance.now() > endsAt) return add(total, { ...nothing, unfinished: 1 })
      const outcomes = await Promise.all(
        page.slice(start, start + share).map(due => work(due).catch(failure)),
      )
      total = outcomes.reduce(add, total)
    }
  }
  return total
}

const failure = (error: unknown): Sweep => {
  logger.error('the sweep could not see to something', { fault: faultOf(error) })
  return { ...nothing, failed: 1 }
}

const moveMark = async (sweptUntil: string): Promise<Sweep> => {
  try {
    await put(putSweptUntil(sweptUntil))
    return nothing
  } catch (error) {
    // Another sweep has come further.
    return error instanceof ConditionFailed ? nothing : failure(error)
  }
}
