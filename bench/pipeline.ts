/** Throughput of RFIs through the whole pipeline, and delay of their mails. */
import { setTimeout as sleep } from 'node:timers/promises'
import { awaitMails } from './mailbox.ts'
import { mailsOfRfi, type Program, sendRfi } from './program.ts'
import type { Report } from './progress.ts'
import { decimals, quantile, type Table } from './report.ts'

interface Load {
  readonly name: string
  readonly rfis: number
  /** Number of callers that send one RFI after another, or milliseconds between RFIs. */
  readonly pace: { readonly callers: number } | { readonly everyMs: number }
}

const recipients = 3
const warmUp: Load = { name: 'warm-up', rfis: 20, pace: { callers: 4 } }
const loads: readonly Load[] = [
  { name: '5 RFIs a second', rfis: 60, pace: { everyMs: 200 } },
  { name: 'maximum rate: 4 callers', rfis: 300, pace: { callers: 4 } },
]

export interface PipelineFigures {
  readonly load: string
  readonly rfis: number
  readonly mails: number
  /** Based on the time from the first request to the hand-over of the last mail. */
  readonly rfisPerSecond: number
  /** Milliseconds from the request of an RFI to its response. */
  readonly answerMs: Percentiles
  /** Milliseconds from the response of an RFI to the hand-over of each of its mails. */
  readonly mailMs: Percentiles
}

interface Percentiles {
  readonly p50: number
  readonly p95: number
}

/** Number of partners that the program needs. */
export const partnersNeeded = recipients

export const measurePipeline = async (program: Program, report: Report): Promise<PipelineFigures[]> => {
  await measure(program, warmUp)
  report('warmed up')
  const figures: PipelineFigures[] = []
  for (const load of loads) {
    const measured = await measure(program, load)
    figures.push(measured)
    const { rfisPerSecond, mailMs } = measured
    report(
      `${load.name}: ${decimals(rfisPerSecond, 1)} RFIs/s, answer to mail p50 ${decimals(mailMs.p50, 0)} ms, p95 ${decimals(mailMs.p95, 0)} ms`,
    )
  }
  return figures
}

const measure = async (program: Program, { name, rfis, pace }: Load): Promise<PipelineFigures> => {
  const { clock } = program.cloud
  const startedAt = clock.now()
  const answeredAt = new Map<string, number>()
  const answerMs: number[] = []
  await runAtPace(rfis, pace, async () => {
    const askedAt = clock.now()
    const { rfi } = await sendRfi(program, recipients)
    answeredAt.set(rfi.id, clock.now())
    answerMs.push(clock.now() - askedAt)
  })
  const mails = await awaitMails(program.cloud, [...answeredAt.keys()], rfis * mailsOfRfi(recipients))
  const handedOver = mails.map(({ rfiId, sentAt }) => ({ rfiId, at: Date.parse(sentAt) }))
  const lastAt = Math.max(...handedOver.map(({ at }) => at))
  return {
    load: name,
    rfis,
    mails: mails.length,
    rfisPerSecond: rfis / ((lastAt - startedAt) / 1000),
    answerMs: percentiles(answerMs),
    // A mail can be handed over before the client has the response.
    mailMs: percentiles(handedOver.map(({ rfiId, at }) => Math.max(0, at - (answeredAt.get(rfiId) ?? 0)))),
  }
}

const runAtPace = async (count: number, pace: Load['pace'], send: () => Promise<void>): Promise<void> => {
  if ('everyMs' in pace) {
    const starts = Array.from({ length: count }, (_, index) => index * pace.everyMs)
    const sendAt = async (start: number) => {
      await sleep(start)
      await send()
    }
    await Promise.all(starts.map(sendAt))
    return
  }
  let left = count
  const caller = async () => {
    while (left-- > 0) await send()
  }
  await Promise.all(Array.from({ length: pace.callers }, caller))
}

const percentiles = (values: readonly number[]): Percentiles => ({
  p50: quantile(values, 0.5),
  p95: quantile(values, 0.95),
})

export const pipelineTable = (figures: readonly PipelineFigures[]): Table => {
  const ms = ({ p50, p95 }: Percentiles) => `${decimals(p50, 0)} / ${decimals(p95, 0)}`
  return {
    title: 'Pipeline: from the RFI to its mails',
    columns: ['load', 'RFIs', 'mails', 'RFIs/s', 'to answer, ms p50 / p95', 'answer to mail, ms p50 / p95'],
    rows: figures.map(({ load, rfis, mails, rfisPerSecond, answerMs, mailMs }) => [
      load,
      String(rfis),
      String(mails),
      decimals(rfisPerSecond, 1),
      ms(answerMs),
      ms(mailMs),
    ]),
    notes: [
      `Each RFI is sent to ${recipients} partners. Measured on the local cloud, with emulators and callers on the ` +
        'cores of this machine: it shows that the pipeline loses no mail and when queues build up, not its speed in AWS. ' +
        'Callers without pauses send faster than mails are handed over, so most of the delay is waiting in the queue.',
    ],
  }
}
