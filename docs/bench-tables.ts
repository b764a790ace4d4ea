/**
 * Tables from the results of the bench: access patterns, and the tables of docs/scale.md, which are also computed from the
 * default policy and quotas of AWS.
 */
import { withoutTitle } from '../bench/report.ts'
import { type Results, readResults } from '../bench/results.ts'
import { listUnitsTable as unitsOfLists } from '../bench/summary.ts'
import { defaultPolicy } from '../shared/program/rules.ts'
import { milliseconds } from '../shared/time/duration.ts'

const daySeconds = 86_400
const monthDays = 30
/** RFIs go to this many partners, and each partner has this many contacts. */
const [recipients, contacts] = [3, 2]
/** A sweep looks from 2 to 35 minutes ahead, within 20 seconds. */
const [sweepSeconds, sweepBudget] = [33 * 60, 20]

/** Quotas of AWS; docs/scale.md links their sources. */
const quota = {
  schedules: 10_000_000,
  createSchedule: 5000,
  /** Outside the primary Regions. */
  createScheduleElsewhere: 250,
  invocations: 1000,
  putEvents: 10_000,
  eventTargets: 18_750,
  writeUnitsOfNewTable: 4000,
  writeUnitsOfPartition: 1000,
}

const seconds = (duration: string): number => milliseconds(duration) / 1000

/** A referral with direct contact that nobody answers: everything that happens in its life. */
const unanswered = () => {
  const { responseTime, hotTime, reminders } = defaultPolicy
  const life = seconds(responseTime)
  const reminderTimes = [
    ...reminders.afterReceipt.map(seconds),
    ...reminders.beforeExpiry.map(duration => life - seconds(duration)),
  ]
  const reminderCount = reminderTimes.length
  return {
    life,
    schedules: reminderCount + 2,
    // The expiry for the whole life, the end of the hot time, and one reminder at a time.
    schedulesHeld: (life + seconds(hotTime) + Math.max(...reminderTimes)) / life,
    events: reminderCount + 3 + 1 / recipients,
    armedEvents: reminderCount + 1,
    learnedEvents: 2,
    mailedEvents: reminderCount + 2 + 1 / recipients,
    mails: contacts * (1 + reminderCount) + 1 + 1 / recipients,
  }
}

/** Rounds to two significant digits and writes thousands with commas. */
const about = (value: number): string => Number(value.toPrecision(2)).toLocaleString('en')

const inMillions = (value: number): string =>
  value >= 1_000_000 ? `${about(value / 1_000_000)} million` : about(value)

/** @param textColumns number of columns on the left that hold text; the others hold numbers */
const table = (header: readonly string[], rows: readonly (readonly string[])[], textColumns = 1): string =>
  [header, header.map((_, index) => (index < textColumns ? '---' : '--:')), ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n')

const sizes = [100_000, 1_000_000, 10_000_000]

const loads = (): string => {
  const { life, schedules, schedulesHeld, events, mails } = unanswered()
  const row = (name: string, of: (received: number, open: number) => number) => [
    name,
    ...sizes.map(open => inMillions(of(open / life, open))),
  ]
  return table(
    ['', ...sizes.map(open => `${inMillions(open)} open`)],
    [
      row('referrals received a second', received => received),
      row('schedules held', (_, open) => open * schedulesHeld),
      row('schedules created a second, and as many that fire', received => received * schedules),
      row('events a second', received => received * events),
      row('mails a second', received => received * mails),
      row('mails a day', received => received * mails * daySeconds),
      row('deadlines that one sweep checks', received => received * schedules * sweepSeconds),
    ],
  )
}

const limits = ({ timed }: Results): string => {
  const { life, schedules, schedulesHeld, mailedEvents } = unanswered()
  const openAtSweep = (perSecond: number) => (perSecond * sweepBudget * life) / (schedules * sweepSeconds)
  const { lookAhead } = timed.deadlines
  const bench = lookAhead.referrals / lookAhead.seconds
  const atOneMillion = (1_000_000 / life) * mailedEvents
  const rows: readonly (readonly [open: number, limit: string, action: string])[] = [
    [
      0,
      'SES: a new account may send 200 mails a day, one a second ([quotas][ses])',
      'request production access, with the rate of the table above',
    ],
    [
      openAtSweep(quota.createScheduleElsewhere),
      `sweep: outside the primary Regions, \`CreateSchedule\` is limited to ${quota.createScheduleElsewhere} calls a second ([quotas][scheduler])`,
      'request a higher quota, or use a primary Region',
    ],
    [
      1_000_000,
      `\`send-mail\`: ${about(atOneMillion)} events a second are mailed. With two at a time (\`mailConcurrency\`), each must take less than ${about(2 / atOneMillion)} s`,
      'raise `mailConcurrency` together with the rate of SES',
    ],
    [
      openAtSweep(bench),
      `sweep: on ${timed.machine.cores} cores it checks ${about(bench)} deadlines a second (bench). The rest waits for the next run`,
      'one run for each shard of the `due` index; more memory for `sweep-overdue`',
    ],
    [
      quota.schedules / schedulesHeld,
      `Scheduler: ${inMillions(quota.schedules)} schedules in an account and Region ([quotas][scheduler])`,
      'request a higher quota; it can be raised to billions',
    ],
    [
      openAtSweep(quota.createSchedule),
      `sweep: \`CreateSchedule\` is limited to ${quota.createSchedule.toLocaleString('en')} calls a second in primary Regions`,
      'spread the runs of the shards, or request a higher quota',
    ],
  ]
  return table(
    ['Open referrals', 'Limit', 'Action'],
    rows
      .toSorted(([a], [b]) => a - b)
      .map(([open, limit, action]) => [open === 0 ? 'any' : inMillions(open), limit, action]),
    3,
  )
}

const usage = ({ life: measured }: Results): string => {
  const { life, schedules, events, armedEvents, learnedEvents, mailedEvents } = unanswered()
  const received = 10_000_000 / life
  const units = measured.costs.find(({ item }) => item === 'DynamoDB write units')?.count ?? 0
  const writes = (received * units) / measured.referrals
  // A referral enters the index once, moves after each deadline but the last, and leaves it at the expiry.
  const dueWrites = received * schedules
  const rows: readonly (readonly [name: string, asked: number, limit: number, source: string])[] = [
    [
      '`CreateSchedule`, without the sweep',
      received * schedules,
      quota.createSchedule,
      '[Scheduler][scheduler]',
    ],
    [
      'schedules that fire',
      received * schedules,
      quota.invocations,
      '[Scheduler][scheduler]; above that they are late, not lost',
    ],
    ['`PutEvents`, one event each', received * events, quota.putEvents, '[EventBridge][events]'],
    [
      'messages from the bus to queues',
      received * (armedEvents + learnedEvents + mailedEvents),
      quota.eventTargets,
      '[EventBridge][events]',
    ],
    [
      'write units of table and indexes',
      writes,
      quota.writeUnitsOfNewTable,
      'a new table at once ([on demand][throttling])',
    ],
    [
      'writes to the busiest shard of `due`',
      dueWrites / 4,
      quota.writeUnitsOfPartition,
      'a partition ([on demand][throttling])',
    ],
  ]
  return table(
    ['A second', 'Needed', 'Limit', 'Used', 'Limit of'],
    rows.map(([name, asked, limit, source]) => [
      name,
      about(asked),
      limit.toLocaleString('en'),
      `${about((100 * asked) / limit)} %`,
      source,
    ]),
  )
}

const costs = ({ life: measured }: Results): string => {
  const { life } = unanswered()
  const thousands = ((10_000_000 / life) * daySeconds * monthDays) / 1000
  const { usdPerThousandReferrals: all, mails, deadlines } = measured
  const others = all - mails.usdPerThousandReferrals - deadlines.usdPerThousandReferrals
  const row = (name: string, usd: number) => [name, usd.toFixed(3), `${about(usd * thousands)} USD`]
  return table(
    ['', 'USD for 1,000 referrals', 'a month'],
    [
      row('mails', mails.usdPerThousandReferrals),
      row(
        'deadlines: functions, queues, schedules, events, index entries',
        deadlines.usdPerThousandReferrals,
      ),
      row('everything else', others),
      row('sum', all),
    ],
  )
}

/** Returns the tables of docs/scale.md by the names of their places. */
export const scaleTables = (): Readonly<Record<string, string>> => {
  const results = readResults()
  return { loads: loads(), limits: limits(results), usage: usage(results), costs: costs(results) }
}

/** Collapses repeated calls: `Query, Query` becomes `Query ×2`. */
const collapsed = (calls: string): string => {
  const counts = new Map<string, number>()
  for (const call of calls.split(', ')) counts.set(call, (counts.get(call) ?? 0) + 1)
  return [...counts].map(([call, count]) => (count > 1 ? `${call} ×${count}` : call)).join(', ')
}

/** Returns calls, round trips and capacity units of each measured operation. */
export const accessPatternsTable = (): string =>
  table(
    ['Operation', 'Calls', 'Trips', 'Read units', 'Write units'],
    readResults().operations.map(({ operation, calls, trips, readUnits, writeUnits }) => [
      operation,
      collapsed(calls),
      String(trips),
      String(readUnits),
      String(writeUnits),
    ]),
    2,
  )

/** Returns the read units of each measured list. */
export const listUnitsTable = (): string => withoutTitle(unitsOfLists(readResults()))
