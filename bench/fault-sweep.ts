/** Outcome of a fault at each single call to AWS, in each manner; the tests run the same sweep. */
import { sweepFaults } from '../test/simulation/fault-sweep.ts'
import { faults } from '../test/simulation/pipeline.ts'
import type { Report } from './progress.ts'
import { type Table, verdict } from './report.ts'

export interface FaultFigures {
  /** Function that makes the calls. */
  readonly runner: string
  /** Number of pairs of a call and a manner of failure. */
  readonly points: number
  /** Points after which the result is the same as without a fault. */
  readonly recovered: number
  /** Points after which a mail was sent twice: SES accepted it, and the record was lost. */
  readonly repeatedMails: number
  /** Points after which a digest was lost: it is recorded before it is sent, so that it is never sent twice. */
  readonly lostDigests: number
}

export const measureFaults = async (report: Report): Promise<FaultFigures[]> => {
  const swept = await sweepFaults((life, points) => report(`${life}: ${points} points`))
  return [...Map.groupBy(swept, ({ runner }) => runner)].map(([runner, points]) => ({
    runner,
    points: points.length,
    recovered: points.filter(({ isRecovered }) => isRecovered).length,
    repeatedMails: points.filter(({ repeatedMails }) => repeatedMails > 0).length,
    lostDigests: points.filter(({ isDigestLost }) => isDigestLost).length,
  }))
}

const sumOf = (figures: readonly FaultFigures[]): FaultFigures =>
  figures.reduce((sum, { points, recovered, repeatedMails, lostDigests }) => ({
    runner: 'all',
    points: sum.points + points,
    recovered: sum.recovered + recovered,
    repeatedMails: sum.repeatedMails + repeatedMails,
    lostDigests: sum.lostDigests + lostDigests,
  }))

export const isRecovered = (figures: readonly FaultFigures[]): boolean =>
  figures.every(({ points, recovered }) => recovered === points)

export const recovery = (figures: readonly FaultFigures[]): string => {
  const { points, recovered } = sumOf(figures)
  return `${recovered} of ${points}`
}

export const faultsTable = (figures: readonly FaultFigures[]): Table => ({
  title: 'Faults',
  columns: ['whose call fails', 'points', 'recovered', 'mail sent twice', 'digest lost', 'all'],
  rows: [...figures, sumOf(figures)].map(({ runner, points, recovered, repeatedMails, lostDigests }) => [
    runner,
    `${points}`,
    `${recovered}`,
    `${repeatedMails}`,
    `${lostDigests}`,
    verdict(recovered === points),
  ]),
  notes: [
    `Each call to AWS of whole lives of referrals fails in each manner: ${faults.join(', ')} (the call worked, and nobody was told). Recovered: by redelivery and the sweeper, to the same referral, the same events, no schedule and no dead letter left, and every mail sent, but for a digest whose record was the last that its worker did.`,
  ],
})
