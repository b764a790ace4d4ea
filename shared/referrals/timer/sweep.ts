/** The sweeper: executes overdue commands and creates missing timers, in case timers were lost. */
import { loggableError, logger } from '../../kernel/logger.ts'
import { ConditionFailed, put } from '../../persistence/index.ts'
import { before } from '../../time/duration.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { executeDueCommands } from '../referral/execute-due-commands.ts'
import { type Due, duePartitions, listDue } from '../referral/store.ts'
import { isOnAgenda, loadAgenda, syncTimers } from './arm-timers.ts'
import { type SweepWindow, sweepWindow } from './rules.ts'
import { arm } from './scheduler.ts'
import { getSweptUntil, putSweptUntil } from './store.ts'

/** Time before now at which the first sweep of a program starts. */
const firstSweep = 'P1D'
/**
 * Time before the sweep mark at which each sweep starts, because the due index can lag by more than the 15 minutes between
 * two sweeps. The sweep mark is the stored instant up to which all deadlines were processed.
 */
const lookBack = 'P1D'
/** Maximum number of days of the due index in one sweep. The next sweep continues. */
const maxDays = 400
/** Maximum number of referrals processed at the same time: below the SDK's limit of 50 connections. */
const maxAtOnce = 40
/** Time after which a sweep starts no further work. The timeout of a worker is 30 seconds. */
const budgetMs = 20_000

/** Result of a sweep: numbers of referrals, and of partitions of the due index. */
export interface Sweep {
  /** Referrals with overdue commands, which were executed. Normally 0. */
  readonly overdue: number
  /** Referrals with a missing timer, which was created. Normally 0. */
  readonly rearmed: number
  /** Referrals and partitions that failed. The next sweep tries them again. */
  readonly failed: number
  /** Partitions that were not completed within the time limit. The next sweep continues. */
  readonly unfinished: number
}

const nothing: Sweep = { overdue: 0, rearmed: 0, failed: 0, unfinished: 0 }
const add = (a: Sweep, b: Sweep): Sweep => ({
  overdue: a.overdue + b.overdue,
  rearmed: a.rearmed + b.rearmed,
  failed: a.failed + b.failed,
  unfinished: a.unfinished + b.unfinished,
})

type ProcessEntry = (due: Due) => Promise<Sweep>

/** Executes overdue commands, and creates missing timers of the next 35 minutes. */
export const sweep = async (now: Date): Promise<Sweep> => {
  const window = sweepWindow(instantOf(now))
  const endsAt = performance.now() + budgetMs
  const overdue = await executeOverdue(window, now, endsAt)
  return add(overdue, await rearm(window, now, endsAt))
}

const executeOverdue = async ({ settledBy }: SweepWindow, now: Date, endsAt: number): Promise<Sweep> => {
  const from = (await getSweptUntil()) ?? before(instantOf(now), firstSweep)
  const process: ProcessEntry = async due => ({
    ...nothing,
    overdue: (await executeDueCommands(due, now)).length > 0 ? 1 : 0,
  })
  let total = nothing
  let mark: Instant | undefined
  for (const { day, partitions } of duePartitions(from, settledBy).slice(0, maxDays)) {
    total = add(total, await processPartitions(partitions, { to: settledBy }, process, endsAt))
    // The mark stays before the first failure, so that the next sweep tries it again.
    if (total.failed + total.unfinished === 0) mark = before(day, lookBack)
  }
  return mark ? add(total, await moveMark(mark)) : total
}

const rearm = (window: SweepWindow, now: Date, endsAt: number): Promise<Sweep> => {
  const { aheadFrom: from, aheadUntil: to } = window
  const partitions = duePartitions(from, to).flatMap(day => day.partitions)
  const process: ProcessEntry = async due => ({
    ...nothing,
    rearmed: (await armMissing(due, window, now)) ? 1 : 0,
  })
  return processPartitions(partitions, { from, to }, process, endsAt)
}

/** Creates the timer of a deadline if it does not exist. @returns true if it was missing */
const armMissing = async (
  { kind, dueAt, ...address }: Due,
  { settledBy }: SweepWindow,
  now: Date,
): Promise<boolean> => {
  const deadline = { kind, dueAt }
  if (!(await arm({ ...deadline, ...address }, now))) return false
  const agenda = await syncTimers(address, [deadline], await loadAgenda(address), now)
  // After a recent change, the timer is not missing: its event is still being delivered.
  return isOnAgenda(agenda, deadline) && agenda.changedAt <= settledBy
}

/** Processes the entries of a range, partitions in parallel. A failure does not stop the processing of other entries. */
const processPartitions = async (
  partitions: readonly string[],
  range: Parameters<typeof listDue>[1],
  process: ProcessEntry,
  endsAt: number,
): Promise<Sweep> => {
  const atOnce = Math.max(1, Math.floor(maxAtOnce / partitions.length))
  const swept = await Promise.all(
    partitions.map(async partition => {
      try {
        return await processPages(listDue(partition, range), process, atOnce, endsAt)
      } catch (error) {
        return recordFailure(error)
      }
    }),
  )
  return swept.reduce(add, nothing)
}

const processPages = async (
  pages: AsyncIterable<Due[]>,
  process: ProcessEntry,
  atOnce: number,
  endsAt: number,
): Promise<Sweep> => {
  let total = nothing
  for await (const page of pages) {
    for (let start = 0; start < page.length; start += atOnce) {
      if (performance.now() > endsAt) return add(total, { ...nothing, unfinished: 1 })
      const outcomes = await Promise.all(
        page.slice(start, start + atOnce).map(due => process(due).catch(recordFailure)),
      )
      total = outcomes.reduce(add, total)
    }
  }
  return total
}

const recordFailure = (error: unknown): Sweep => {
  logger.error('cannot sweep a referral or partition', { error: loggableError(error) })
  return { ...nothing, failed: 1 }
}

const moveMark = async (sweptUntil: Instant): Promise<Sweep> => {
  try {
    await put(putSweptUntil(sweptUntil))
    return nothing
  } catch (error) {
    // The condition fails when a concurrent sweep has moved the mark further.
    return error instanceof ConditionFailed ? nothing : recordFailure(error)
  }
}
