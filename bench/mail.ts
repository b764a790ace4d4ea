/** Delay of mails, mail rate of a worker, time to write a mail, and size of mails. */
import { SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses'
import { languages } from '../shared/messaging/language/contract.ts'
import { mailEvent } from '../shared/messaging/mail/mail-event.ts'
import { type OutgoingMail, send } from '../shared/messaging/mail/ses.ts'
import { previews } from '../test/fixtures/mail-previews.ts'
import { carry, type Latency, type LoadOutcome, type Mailer, mailsOf } from './mail-desk.ts'
import { measureSizes, type SizeFigures } from './mail-size.ts'
import type { Report } from './progress.ts'
import { decimals, median, quantile, type Table, verdict } from './report.ts'

/** Assumed latency of AWS: DynamoDB promises single-digit milliseconds, SES promises nothing. */
const inAws: Latency = { dynamodb: 5, ses: 50 }
const noLatency: Latency = { dynamodb: 0, ses: 0 }

const rfisPerSecond = 50
const seconds = 10
const workerCounts = [8, 16, 32]
/** Target for the 95th percentile of the hand-over time. */
export const targetMs = 1000

/** Number of RFIs that keep one worker busy for some seconds. */
const rfisAtOnce = 300
const rfisWithLatency = 40
/** Load before the measurement, during which code is loaded and compiled. */
const warmUp = { rfis: 50, workers: 8, latency: noLatency }

const renderingRounds = 50

/** Sending rate per second of a new SES account with production access. */
const sesRate = 14

export interface MailFigures {
  readonly handOver: readonly HandOverFigures[]
  readonly perWorker: readonly RateFigures[]
  readonly writing: WritingFigures
}

interface HandOverFigures {
  readonly workers: number
  readonly mails: number
  readonly ours: Waiting
  /** Waiting time with the same number of SES calls alone. */
  readonly floor: Waiting
}

interface Waiting {
  readonly p50: number
  readonly p95: number
  /** False if mails were still waiting at the end of the load. The times are lower bounds then. */
  readonly isKeptUp: boolean
}

interface RateFigures {
  readonly latency: Latency
  readonly mailsPerSecond: number
  /** Rate of mails with finished text: they are composed and handed over. */
  readonly composingPerSecond: number
  /** Rate of composed messages: SES calls alone. */
  readonly floorPerSecond: number
}

/** Average milliseconds per mail over all kinds and languages. */
interface WritingFigures {
  readonly ms: number
  /** Time of writing the data of the mail as JSON, for comparison. */
  readonly floorMs: number
}

export interface MailSection {
  readonly sizes: SizeFigures[]
  readonly times: MailFigures
}

export const measureMail = async (report: Report): Promise<MailSection> => {
  const mailers = mailersOf()
  for (const mailer of Object.values(mailers)) await carry({ ...warmUp, mailer })
  const handOver: HandOverFigures[] = []
  for (const workers of workerCounts) {
    const measured = await measureHandOver(workers, mailers)
    handOver.push(measured)
    report(`${workers} workers: event to hand-over ${waitingText(measured.ours)}`)
  }
  const perWorker: RateFigures[] = []
  for (const [rfis, latency] of [
    [rfisAtOnce, noLatency],
    [rfisWithLatency, inAws],
  ] as const) {
    const measured = await measureRates(rfis, latency, mailers)
    perWorker.push(measured)
    report(
      `one worker: ${perSecond(measured.mailsPerSecond)} mails a second with a latency of ${latencyText(latency)}`,
    )
  }
  return { sizes: measureSizes(), times: { handOver, perWorker, writing: measureWriting() } }
}

interface Mailers {
  readonly ours: Mailer
  readonly composing: Mailer
  readonly floor: Mailer
}

const mailersOf = (): Mailers => {
  const client = new SESClient({})
  const letter = typicalMail()
  const Data = Buffer.from(letter.rendered.html + letter.rendered.text)
  const handOver = () =>
    client.send(new SendRawEmailCommand({ Destinations: ['desk@partner.example'], RawMessage: { Data } }))
  return {
    ours: event => mailEvent({ event, suggestions: [] }, new Date()),
    composing: event => inParallel(mailsOf(event), () => send(letter)),
    floor: event => inParallel(mailsOf(event), handOver),
  }
}

/** Runs work in parallel, as the mails of one event are sent. */
const inParallel = (count: number, work: () => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, work))

const typicalMail = (): OutgoingMail => {
  const rendered = previews().find(({ name }) => name === 'new referral')
  if (!rendered) throw new Error('previews contain no mail about a new referral')
  const to = { name: 'Sales Desk', address: 'desk@partner.example' }
  return { to, rendered, thread: 'ref_0', muteUrl: 'https://desk.example/mute', tags: { mail: 'mail' } }
}

const measureHandOver = async (workers: number, { ours, floor }: Mailers): Promise<HandOverFigures> => {
  const load = { rfis: rfisPerSecond * seconds, everyMs: 1000 / rfisPerSecond, workers, latency: inAws }
  const outcome = await carry({ ...load, mailer: ours })
  return {
    workers,
    mails: outcome.waitedMs.length,
    ours: waitingOf(outcome),
    floor: waitingOf(await carry({ ...load, mailer: floor })),
  }
}

const waitingOf = ({ waitedMs, isKeptUp }: LoadOutcome): Waiting => ({
  p50: quantile(waitedMs, 0.5),
  p95: quantile(waitedMs, 0.95),
  isKeptUp,
})

const measureRates = async (rfis: number, latency: Latency, mailers: Mailers): Promise<RateFigures> => {
  const rateOf = async (mailer: Mailer) => {
    const { mails, seconds } = await carry({ rfis, workers: 1, latency, mailer })
    return mails / seconds
  }
  return {
    latency,
    mailsPerSecond: await rateOf(mailers.ours),
    composingPerSecond: await rateOf(mailers.composing),
    floorPerSecond: await rateOf(mailers.floor),
  }
}

/** Measures writing and JSON in turns, so that other load on the machine affects both. */
const measureWriting = (): WritingFigures => {
  const ms: number[] = []
  const floorMs: number[] = []
  for (let round = 0; round < renderingRounds; round++) {
    const startedAt = performance.now()
    const mails = previews()
    const writtenAt = performance.now()
    JSON.stringify(mails)
    ms.push((writtenAt - startedAt) / mails.length)
    floorMs.push((performance.now() - writtenAt) / mails.length)
  }
  return { ms: median(ms), floorMs: median(floorMs) }
}

/** Returns the figures of the smallest tested number of workers that meets the target. */
export const minWorkers = ({ handOver }: MailFigures): HandOverFigures | undefined =>
  handOver.find(({ ours }) => ours.isKeptUp && ours.p95 < targetMs)

export const waitingText = ({ p50, p95, isKeptUp }: Waiting): string => {
  const [half, most] = [p50, p95].map(ms => `${isKeptUp ? '' : '≥ '}${decimals(ms, 0)}`)
  return `p50 ${half} ms, p95 ${most} ms`
}

export const loadText = `${rfisPerSecond} RFIs a second`

export const handOverTable = ({ handOver }: MailFigures): Table => ({
  title: `Mail: from the event to its hand-over, at ${loadText}`,
  columns: ['workers', 'mails', 'event to hand-over', 'SES calls alone', `p95 below ${targetMs / 1000} s`],
  rows: handOver.map(({ workers, mails, ours, floor }) => [
    String(workers),
    String(mails),
    waitingText(ours),
    waitingText(floor),
    verdict(ours.isKeptUp && ours.p95 < targetMs),
  ]),
  notes: [
    `The code of send-mail in one process, with a table and SES in memory and an assumed latency of ${latencyText(inAws)}: ` +
      `${rfisPerSecond} RFIs a second to three partners with two contacts each, for ${seconds} s, independent of pending ` +
      'work. Each worker handles one event at a time. ≥: mails were still waiting at the end of the load. The workers share one ' +
      'processor here; in AWS each has its own. The time in stream, bus and queue is not included. In AWS, the sending rate of SES ' +
      `is the first limit: ${sesRate} mails a second for a new account; this load needs ` +
      `${(handOver[0]?.mails ?? 0) / seconds}.`,
  ],
})

const latencyText = ({ dynamodb, ses }: Latency): string => `${dynamodb} ms (DynamoDB) and ${ses} ms (SES)`

const perSecond = (rate: number): string => decimals(rate, rate < 100 ? 1 : 0)

export const mailRateTable = ({ perWorker, writing }: MailFigures): Table => ({
  title: 'Mail: rate of one worker',
  columns: ['latency', 'mails a second', 'from finished text', 'from finished messages (floor)', '× floor'],
  rows: perWorker.map(({ latency, mailsPerSecond, composingPerSecond, floorPerSecond }) => [
    latency.ses > 0 ? latencyText(latency) : 'none',
    perSecond(mailsPerSecond),
    perSecond(composingPerSecond),
    perSecond(floorPerSecond),
    decimals(mailsPerSecond / floorPerSecond, floorPerSecond > 10_000 ? 4 : 2),
  ]),
  notes: [
    'Without latency: the cost of the code on one core of this machine. From finished text: nodemailer composes the message ' +
      'and hands it over. From finished messages: SES calls alone. The work of the SDK on a request ' +
      'is not included.',
    `Writing a mail, including its referral, takes ${decimals(writing.ms, 2)} ms on average over all kinds in ` +
      `${languages.length} languages (median of ${renderingRounds} rounds). Writing it as JSON takes ${decimals(writing.floorMs, 4)} ms.`,
  ],
})
