/**
 * AWS cost of a request to three partners, from the RFI to the archive: one accepts, one declines, one lets it expire.
 */
import type { Fired } from '../local/runtime/clock.ts'
import type { Cloud } from '../local/runtime/cloud.ts'
import { directoryOperations } from '../shared/discovery/directory/contract.ts'
import { defaultPolicy } from '../shared/program/policy/rules.ts'
import { referralOperations } from '../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../shared/referrals/rfi/contract.ts'
import { milliseconds } from '../shared/time/duration.ts'
import {
  assumed,
  type Cost,
  type Counts,
  costsOf,
  countsOf,
  deadlineCounts,
  mailCounts,
  type RequestUsage,
  sumUp,
} from './costs.ts'
import { awaitMails } from './mailbox.ts'
import type { Meter, MeteredCall } from './meter.ts'
import { prices } from './prices.ts'
import {
  accept,
  closing,
  contactsPerLocation,
  mailsOfRfi,
  type Partner,
  type Program,
  readReferral,
  refusal,
  type SentRfi,
  sendRfi,
} from './program.ts'
import type { Report } from './progress.ts'
import { decimals, type Table } from './report.ts'

const recipients = 3
/** Functions that run periodically, with their runs per hour. */
const runsPerHour = { 'sweep-overdue': 4, 'send-digests': 1 } as const
type PeriodicFunction = keyof typeof runsPerHour
const periodicFunctions = Object.keys(runsPerHour) as PeriodicFunction[]
const isPeriodic = ({ by }: MeteredCall): boolean => (periodicFunctions as string[]).includes(by)
/**
 * Number of mails to the customer about the result of each referral, plus two reminders to the contacts of the silent
 * partner.
 */
const laterMails = recipients + 2 * contactsPerLocation
const quarterMs = 15 * 60_000
const quarters = 4
const hoursPerMonth = 24 * 30

interface Bill {
  readonly costs: readonly Cost[]
  readonly usdPerThousandReferrals: number
}

export interface LifeFigures extends Bill {
  readonly referrals: number
  /** The part that deadlines cause. */
  readonly deadlines: Bill
  /** The part that mails cause. */
  readonly mails: Bill
  readonly idle: readonly IdleFigures[]
}

interface IdleFigures {
  readonly watcher: PeriodicFunction
  /** Figures of a run without work. */
  readonly readUnits: number
  readonly writeUnits: number
  readonly usdPerMonth: number
}

/** Number of partners: enough for the maximum number of suggestions in a mail. */
export const partnersNeeded = recipients + defaultPolicy.maxSuggestions

/** @param program without referrals. Its clock moves past a deadline, so that its tokens expire. */
export const measureLife = async (program: Program, meter: Meter, report: Report): Promise<LifeFigures> => {
  const { client, cloud } = program
  await cloud.clock.settled()
  meter.take()
  const before = client.requests
  const { fired, sent } = await runRequest(program)
  report('all referrals are archived')
  const mails = await awaitMails(cloud, [sent.rfi.id], mailsOfRfi(recipients) + laterMails)
  const usage: RequestUsage = {
    cloud,
    apiRequests: client.requests - before,
    calls: meter.take().filter(call => !isPeriodic(call)),
    timers: fired.filter(({ name }) => name.includes(sent.rfi.id.slice('rfi_'.length))).length,
    mails: mails.length,
  }
  return {
    referrals: recipients,
    ...billOf(countsOf(usage)),
    deadlines: billOf(deadlineCounts(usage)),
    mails: billOf(mailCounts(usage)),
    idle: await measureIdle(cloud, meter),
  }
}

const billOf = (counts: Counts): Bill => {
  const costs = costsOf(counts, recipients)
  return { costs, usdPerThousandReferrals: sumUp(costs) }
}

const runRequest = async (program: Program): Promise<{ sent: SentRfi; fired: Fired[] }> => {
  const { client, cloud } = program
  await client.call(directoryOperations.searchDirectory, { query: { region: 'DE' } })
  const sent = await sendRfi(program, recipients)
  // In practice, partners answer after the schedules were created.
  await cloud.clock.settled()
  const [winner, decliner, sleeper] = program.partners
  if (!winner || !decliner || !sleeper) throw new Error(`the program needs ${recipients} partners`)
  for (const partner of [winner, decliner, sleeper]) await readInbox(program, partner)
  const track = () => {
    const { id: rfiId, trackingToken: token } = sent.rfi
    return client.call(rfiOperations.getRfi, { token, params: { rfiId } })
  }
  const accepted = await accept(program, winner, await readReferral(program, winner, sent))
  const { referralId, etag } = await readReferral(program, decliner, sent)
  const { declineReferral, closeReferral, getTimeline } = referralOperations
  await client.call(declineReferral, { token: decliner.token, params: { referralId }, etag, body: refusal })
  await track()

  const fired = await cloud.clock.advance(milliseconds(defaultPolicy.responseTime) + quarterMs)

  const token = await client.token('partner-admin', winner.id)
  const params = { referralId: accepted.referralId }
  await client.call(closeReferral, { token, params, etag: accepted.etag, body: closing })
  await client.call(getTimeline, { token, params })
  await track()
  return { sent, fired }
}

const readInbox = ({ client }: Program, { token }: Partner) =>
  client.call(referralOperations.listReferrals, { token })

const measureIdle = async (cloud: Cloud, meter: Meter): Promise<IdleFigures[]> => {
  await reachNoon(cloud)
  meter.take()
  for (let quarter = 0; quarter < quarters; quarter++) await cloud.clock.advance(quarterMs)
  const calls = meter.take()
  return periodicFunctions.map(watcher =>
    idleFigures(
      watcher,
      calls.filter(({ by }) => by === watcher),
    ),
  )
}

const idleFigures = (watcher: PeriodicFunction, ofAnHour: readonly MeteredCall[]): IdleFigures => {
  const runs = runsPerHour[watcher]
  const readUnits = sumOf(ofAnHour, call => call.readUnits) / runs
  const writeUnits = sumOf(ofAnHour, call => call.writeUnits) / runs
  const usdPerMillionRuns =
    readUnits * prices.readUnits.usdPerMillion + writeUnits * prices.writeUnits.usdPerMillion
  return { watcher, readUnits, writeUnits, usdPerMonth: (usdPerMillionRuns * runs * hoursPerMonth) / 1e6 }
}

/** Advances to noon, because a sweep around midnight reads two days. */
const reachNoon = ({ clock }: Cloud) => {
  const dayMs = milliseconds('P1D')
  const noon = Math.ceil(clock.now() / dayMs) * dayMs + dayMs / 2
  return clock.advance(noon - clock.now())
}

const sumOf = (calls: readonly MeteredCall[], units: (call: MeteredCall) => number): number =>
  calls.reduce((sum, call) => sum + units(call), 0)

const usd = (amount: number) => decimals(amount, 4)

const columns = ['', 'for one RFI', 'USD per 1000 referrals']

const rowsOf = ({ costs, usdPerThousandReferrals }: Bill): string[][] => [
  ...costs.map(({ item, count, usdPerThousandReferrals: cost }) => [item, String(count), usd(cost)]),
  ['total', '', usd(usdPerThousandReferrals)],
]

export const lifeTable = ({ idle, ...bill }: LifeFigures): Table => ({
  title: `AWS cost of an RFI to ${recipients} partners: accepted and won, declined, expired`,
  columns,
  rows: rowsOf(bill),
  notes: [
    'List prices of us-east-1 without free tiers. Writes are computed from the items, and the computation agrees with ' +
      `DynamoDB Local for single writes; reads are the figures of DynamoDB Local. Each Lambda run is assumed to take ${assumed.runMs} ms ` +
      `with the memory of its function. Logs, traces and polls of empty queues are not included.`,
    `Independent of the load: ${idle.map(idleText).join('; ')}.`,
  ],
})

const idleText = ({ watcher, readUnits, writeUnits, usdPerMonth }: IdleFigures): string =>
  `${watcher} reads ${decimals(readUnits, 1)} and writes ${decimals(writeUnits, 1)} units in a run without work, ${usd(usdPerMonth)} USD a month`

export const mailCostTable = ({ mails, usdPerThousandReferrals }: LifeFigures): Table => ({
  title: 'Part of the cost that mails cause',
  columns,
  rows: [...rowsOf(mails), ['whole request', '', usd(usdPerThousandReferrals)]],
  notes: [
    'Savings without mails: suggest-partners, send-mail and record-mail-feedback with their queues, the items of mails ' +
      '(claim, record and delivery), and SES. Each mail causes one delivery event; events of SES on the bus ' +
      'are free. With one request, no mail waits for a digest.',
  ],
})

export const deadlineCostTable = ({ deadlines }: LifeFigures): Table => ({
  title: 'Part of the cost that deadlines cause',
  columns,
  rows: rowsOf(deadlines),
  notes: [
    'Savings without deadlines: arm-timers and on-timer with their queues and schedules, the events of ' +
      'timers (reminders, cooling, expiry), and the due index. The mails of reminders and expiry are not included. ' +
      'Scheduler calls of the sweep are free.',
  ],
})
