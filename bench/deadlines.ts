/** Rate of creating and deleting schedules, and lateness of expiries when many referrals are due at once. */
import { execFile } from 'node:child_process'
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Cloud } from '../local/runtime/cloud.ts'
import type { Event } from '../shared/events/contract.ts'
import { readEvent } from '../shared/events/store.ts'
import { newId, newReferralId } from '../shared/kernel/new-id.ts'
import type { Write } from '../shared/persistence/item.ts'
import { defaultPolicy } from '../shared/program/policy/rules.ts'
import { deadlines } from '../shared/referrals/referral/deadlines.ts'
import { decide } from '../shared/referrals/referral/effects.ts'
import type { Referral } from '../shared/referrals/referral/referral.ts'
import { putDecision, putNewReferral } from '../shared/referrals/referral/store.ts'
import { milliseconds, wholeSecond } from '../shared/time/duration.ts'
import { instantOf } from '../shared/time/instant.ts'
import { received } from '../test/fixtures/referral.ts'
import { rfiBody } from './program.ts'
import type { Report } from './progress.ts'
import { decimals, quantile, type Table } from './report.ts'
import { readItems, writeItems } from './table.ts'

/** Referrals for the rates. Each has three deadlines: reminder, cooling and expiry. */
const armedReferrals = 2000
const partnerCount = 100
/** Loads for the lateness. The second one is the peak that one minute must handle. */
const loads: readonly ExpiryLoad[] = [
  { referrals: 1000, withinMs: 20_000 },
  { referrals: 10_000, withinMs: 60_000 },
]

/** Load before the measurement, during which code is loaded and compiled. */
const warmUp: ExpiryLoad = { referrals: 200, withinMs: 2000 }

/** Referrals that expire evenly within a short time. */
interface ExpiryLoad {
  readonly referrals: number
  readonly withinMs: number
}

/** Parallel calls of the worker: two batches of ten messages with three deadlines each. */
const callsUnderWay = 60

export interface DeadlineFigures {
  readonly arming: RateFigures
  readonly disarming: RateFigures
  /** A run of the sweep over referrals that are all due soon, with all schedules present. */
  readonly lookAhead: { readonly referrals: number; readonly seconds: number }
  readonly expiry: readonly ExpiryFigures[]
}

interface RateFigures {
  readonly referrals: number
  readonly deadlines: number
  /** Includes the time from the write of the first event to the last schedule created or deleted. */
  readonly perSecond: number
  readonly floorPerSecond: number
}

interface ExpiryFigures extends ExpiryLoad {
  /** Rate after the first expiry. */
  readonly perSecond: number
  /** Milliseconds from respondBy to the instant of the event. */
  readonly lateMs: { readonly p50: number; readonly p99: number; readonly max: number }
}

interface TemplateFile {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>
}

/**
 * Copies a synthesized template and disables the mail rules, so that mails do not disturb the measurement of deadlines.
 * @returns the directory of the copy
 */
export const withoutMails = (templateDir: string): string => {
  const directory = `${templateDir}-without-mails`
  cpSync(templateDir, directory, { recursive: true })
  const files = globSync('*.template.json', { cwd: directory }).map(name => join(directory, name))
  if (files.filter(switchMailsOff).length === 0)
    throw new Error('the template has no rule for the mail workers')
  return directory
}

const switchMailsOff = (file: string): boolean => {
  const template = JSON.parse(readFileSync(file, 'utf8')) as TemplateFile
  const rules = Object.entries(template.Resources).filter(
    ([id, { Type }]) => Type === 'AWS::Events::Rule' && /To(SendMail|SuggestPartners)/.test(id),
  )
  for (const [, { Properties }] of rules) Properties.State = 'DISABLED'
  writeFileSync(file, JSON.stringify(template))
  return rules.length > 0
}

/** @param cloud without referrals and with disabled mail rules */
export const measureDeadlines = async (cloud: Cloud, report: Report): Promise<DeadlineFigures> => {
  await withdraw(cloud, (await send(cloud, referralsOf(cloud, warmUp.referrals))).referrals)
  const floor = await measureFloor(cloud)
  report('warmed up; calls of Scheduler alone measured')

  const armed = await send(cloud, referralsOf(cloud, armedReferrals))
  const arming = rateOf(armed, floor.armMs)
  await requireSchedules(cloud, arming.deadlines)
  report(`schedules created: ${perSecond(arming.perSecond)}`)
  const lookAhead = await measureLookAhead(cloud, armed)
  report(`swept: ${perSecond(lookAhead.referrals / lookAhead.seconds)}`)

  const { referrals } = armed
  const disarming = rateOf({ referrals, ms: await withdraw(cloud, referrals) }, floor.disarmMs)
  await requireSchedules(cloud, 0)
  report(`schedules deleted: ${perSecond(disarming.perSecond)}`)

  const expiry: ExpiryFigures[] = []
  await measureExpiries(cloud, warmUp)
  for (const load of loads) {
    const measured = await measureExpiries(cloud, load)
    expiry.push(measured)
    report(`${load.referrals} expiries within ${load.withinMs / 1000} s: late by ${lateness(measured)}`)
  }
  return { arming, disarming, lookAhead, expiry }
}

const rateOf = ({ referrals, ms }: WrittenReferrals, floorMs: number): RateFigures => {
  const count = referrals.reduce((sum, referral) => sum + deadlines(referral).length, 0)
  return {
    referrals: referrals.length,
    deadlines: count,
    perSecond: (count / ms) * 1000,
    floorPerSecond: (floorCalls / floorMs) * 1000,
  }
}

/** Returns referrals that are received now. @param terms deadlines by the number of the referral */
const referralsOf = (
  cloud: Cloud,
  count: number,
  terms: (index: number) => Parameters<typeof received>[0] = () => ({}),
  policy = defaultPolicy,
) => {
  const now = new Date(cloud.clock.now())
  const partners = Array.from({ length: partnerCount }, () => newId('ptr', now))
  const { customer, need } = rfiBody({ partners: [] }, 0)
  return Array.from({ length: count }, (_, index) => {
    const rfiId = newId('rfi', now)
    const request = {
      id: newReferralId(rfiId),
      rfiId,
      partnerId: partners[index % partnerCount] ?? '',
      need: { ...need, solutions: [] },
      customer,
      directContact: true,
      ...terms(index),
    }
    return received(request, { policy, at: instantOf(now) })
  })
}

type Received = ReturnType<typeof received>

interface WrittenReferrals {
  readonly referrals: readonly Referral[]
  /** Time from the write of the first event until all work caused by the events is done. */
  readonly ms: number
}

const send = async (cloud: Cloud, received: readonly Received[]): Promise<WrittenReferrals> => ({
  referrals: received.map(({ referral }) => referral),
  ms: await writeAndSettle(
    cloud,
    received.map(({ referral, event }) => putNewReferral(referral, event)),
  ),
})

const withdraw = (cloud: Cloud, referrals: readonly Referral[]): Promise<number> => {
  const now = instantOf(new Date(cloud.clock.now()))
  return writeAndSettle(
    cloud,
    referrals.map(referral =>
      putDecision(decide(referral, { name: 'withdraw' }, { kind: 'operator' }, now), {}),
    ),
  )
}

/**
 * Writes the referrals first and then their events. Here they are not in one transaction, and an event must not exist
 * before its referral. @returns milliseconds
 */
const writeAndSettle = async (cloud: Cloud, writes: readonly Write[][]): Promise<number> => {
  await writeItems(
    cloud,
    writes.flatMap(([referral]) => referral ?? []),
  )
  await cloud.clock.settled()
  const startedAt = performance.now()
  await writeItems(
    cloud,
    writes.flatMap(([_, ...events]) => events),
  )
  await cloud.clock.settled()
  return performance.now() - startedAt
}

/** Checks the number of schedules. @throws Error if it is not as expected */
const requireSchedules = async (cloud: Cloud, count: number): Promise<void> => {
  const response = await fetch(`${cloud.url}/_local/schedules`)
  const schedules = (await response.json()) as { expression: string }[]
  const found = schedules.filter(({ expression }) => expression.startsWith('at(')).length
  if (found !== count) throw new Error(`${found} schedules exist, expected ${count}`)
}

const floorCalls = 6000

/** Measures the same calls of Scheduler alone, in a separate process. */
const measureFloor = async ({ url, template }: Cloud): Promise<{ armMs: number; disarmMs: number }> => {
  const worker = template
    .ofType('AWS::Lambda::Function')
    .map(({ logicalId, properties }) => ({ logicalId, env: variablesOf(properties) }))
    .find(({ env }) => env.POWERTOOLS_SERVICE_NAME === 'arm-timers')
  if (!worker) throw new Error('the template has no function arm-timers')
  const file = join(import.meta.dirname, 'arming-floor.ts')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', file, String(floorCalls), String(callsUnderWay)],
    {
      env: {
        ...worker.env,
        AWS_REGION: template.region,
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: worker.logicalId,
        AWS_SECRET_ACCESS_KEY: 'local',
      },
    },
  )
  return JSON.parse(stdout) as { armMs: number; disarmMs: number }
}

const variablesOf = ({ Environment }: Record<string, unknown>) =>
  (Environment as { Variables: Record<string, string> }).Variables

const withoutReminders = { ...defaultPolicy, reminders: { afterReceipt: [], beforeExpiry: [] } }
/** The sweep looks half an hour ahead, every 15 minutes. */
const aheadMs = milliseconds('PT20M')
/** Time between the end of the advance and the first expiry. */
const leadMs = 3000

const measureLookAhead = async (
  { clock }: Cloud,
  { referrals }: WrittenReferrals,
): Promise<DeadlineFigures['lookAhead']> => {
  const [first] = referrals
  const [next] = first ? deadlines(first) : []
  if (!next) throw new Error('the first referral has no deadline')
  const startedAt = performance.now()
  // The advance includes a run of the sweep.
  await clock.advance(Date.parse(next.dueAt) - aheadMs - clock.now())
  return { referrals: referrals.length, seconds: (performance.now() - startedAt) / 1000 }
}

const measureExpiries = async (cloud: Cloud, load: ExpiryLoad): Promise<ExpiryFigures> => {
  const { clock } = cloud
  const beginsAt = Date.parse(wholeSecond(instantOf(new Date(clock.now() + milliseconds('P1D')))))
  const respondBy = (index: number) =>
    wholeSecond(instantOf(new Date(beginsAt + (index / load.referrals) * load.withinMs)))
  const terms = (index: number) => ({ directContact: false, respondBy: respondBy(index) })
  const received = referralsOf(cloud, load.referrals, terms, withoutReminders)
  const { referrals } = await send(cloud, received)
  await requireSchedules(cloud, load.referrals)

  await clock.advance(beginsAt - leadMs - clock.now())
  await sleep(beginsAt + load.withinMs - clock.now())
  await clock.settled()
  return { ...load, ...expiryFigures(await expiriesOf(cloud, referrals)) }
}

type Expiry = Event<'referral.expired'>

/** Reads the expiry events. @throws Error if a referral has not expired */
const expiriesOf = async (cloud: Cloud, referrals: readonly Referral[]): Promise<Expiry[]> => {
  const keys = referrals.map(referral => {
    const [, event] = putDecision(
      decide(referral, { name: 'expire' }, { kind: 'timer' }, referral.respondBy),
      {},
    )
    return { pk: event?.put.pk ?? '', sk: event?.put.sk ?? '' }
  })
  const events = (await readItems(cloud, keys)).flatMap(item => readEvent(item) ?? [])
  const expiries = events.filter(event => event.type === 'referral.expired')
  if (expiries.length === referrals.length) return expiries
  throw new Error(`${expiries.length} referrals have expired, expected ${referrals.length}`)
}

const expiryFigures = (expiries: readonly Expiry[]): Omit<ExpiryFigures, keyof ExpiryLoad> => {
  const instants = expiries.map(({ at }) => Date.parse(at))
  const [first = 0, ...others] = instants.toSorted((a, b) => a - b)
  const late = expiries.map(({ at, data }) => Date.parse(at) - Date.parse(data.respondBy))
  return {
    perSecond: (others.length / ((others.at(-1) ?? first) - first)) * 1000,
    lateMs: { p50: quantile(late, 0.5), p99: quantile(late, 0.99), max: quantile(late, 1) },
  }
}

const perSecond = (value: number): string => `${decimals(value, 0)} a second`

const rateRow = (title: string, { referrals, deadlines, ...rate }: RateFigures): string[] => [
  title,
  `${deadlines} of ${referrals} referrals`,
  perSecond(rate.perSecond),
  `floor: ${perSecond(rate.floorPerSecond)} (${decimals(rate.perSecond / rate.floorPerSecond, 2)} ×)`,
]

export const lateness = ({ lateMs: { p50, p99, max } }: ExpiryFigures): string =>
  `p50 ${decimals(p50, 0)} ms, p99 ${decimals(p99, 0)} ms, max ${decimals(max, 0)} ms`

const expiryRow = (figures: ExpiryFigures): string[] => [
  'expired',
  `${figures.referrals}, due within ${figures.withinMs / 1000} s`,
  perSecond(figures.perSecond),
  `late: ${lateness(figures)}`,
]

export const deadlinesTable = ({ arming, disarming, lookAhead, expiry }: DeadlineFigures): Table => ({
  title: 'Deadlines: schedules created, swept and deleted; expiries',
  columns: ['', 'deadlines', 'measured', ''],
  rows: [
    rateRow('schedules created', arming),
    [
      'swept, all schedules present',
      `${lookAhead.referrals} of ${lookAhead.referrals} referrals`,
      perSecond(lookAhead.referrals / lookAhead.seconds),
      '',
    ],
    rateRow('schedules deleted', disarming),
    ...expiry.map(expiryRow),
  ],
  notes: [
    'Measured on the local cloud without mails and with the table in memory. Schedules: from the first event in the ' +
      'table, through stream, bus and queue, to the last schedule. The floor is the same calls of Scheduler alone, ' +
      `${callsUnderWay} in parallel, from one process. Late: from respondBy to the instant of the event. If more referrals are due ` +
      'in a second than the machine can expire, the others wait in the queue. In AWS, Scheduler adds up to 60 seconds.',
  ],
})
