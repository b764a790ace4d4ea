/** Results of a fault at each single AWS call, for each kind of fault. The tests run the same sweep. */
import { sweepFaults } from '../test/simulation/fault-sweep.ts'
import { faults } from '../test/simulation/pipeline.ts'
import type { Report } from './progress.ts'
import { type Table, verdict } from './report.ts'

export interface FaultFigures {
  /** Function that makes the calls. */
  readonly runner: string
  /** Number of pairs of a call and a kind of fault. */
  readonly points: number
  /** Points after which the final state is the same as without a fault. */
  readonly recovered: number
  /** Points after which a mail was sent twice: SES accepted it, and its record was lost. */
  readonly repeatedMails: number
  /** Points after which a digest was lost: it is recorded before it is sent, so that it is never sent twice. */
  readonly lostDigests: number
}

export const measureFaults = async (report: Report): Promise<FaultFigures[]> => {
  const swept = await sweepFaults((scenario, points) => report(`${scenario}: ${points} points`))
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
  columns: ['caller', 'points', 'recovered', 'mail sent twice', 'digest lost', 'all'],
  rows: [...figures, sumOf(figures)].map(({ runner, points, recovered, repeatedMails, lostDigests }) => [
    runner,
    `${points}`,
    `${recovered}`,
    `${repeatedMails}`,
    `${lostDigests}`,
    verdict(recovered === points),
  ]),
  notes: [
    `Each AWS call of whole scenarios of referrals fails with each kind of fault: ${faults.join(', ')} (the call was executed, but its response was lost). Recovered: by retries and the sweep, to the same referral and events, without schedules or dead letters left, and with every mail sent, except for a digest whose worker stopped right after recording it.`,
  ],
})
