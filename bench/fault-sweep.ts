/** Results of a failure of each single AWS call, for each kind of failure. The tests run the same sweep. */
import { sweepFailures } from '../test/simulation/fault-sweep.ts'
import { failureKinds } from '../test/simulation/pipeline.ts'
import type { Report } from './progress.ts'
import { type Table, verdict } from './report.ts'

export interface FaultFigures {
  /** Function that makes the AWS calls. */
  readonly runner: string
  /** Number of runs: one for each AWS call and each kind of failure. */
  readonly points: number
  /** Runs that end in the same state as the run without a failure. */
  readonly recovered: number
  /** Runs in which a mail was sent twice: SES accepted it, and its result was not recorded. */
  readonly repeatedMails: number
  /** Runs in which a digest was lost: it is recorded before it is sent, so that it is never sent twice. */
  readonly lostDigests: number
}

export const measureFaults = async (report: Report): Promise<FaultFigures[]> => {
  const allRuns = await sweepFailures((scenario, runs) => report(`${scenario}: ${runs} runs`))
  return [...Map.groupBy(allRuns, ({ runner }) => runner)].map(([runner, runs]) => ({
    runner,
    points: runs.length,
    recovered: runs.filter(({ isRecovered }) => isRecovered).length,
    repeatedMails: runs.filter(({ repeatedMails }) => repeatedMails > 0).length,
    lostDigests: runs.filter(({ isDigestLost }) => isDigestLost).length,
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
  title: 'Injected failures of AWS calls',
  columns: ['function', 'runs', 'recovered', 'mail sent twice', 'digest lost', 'all'],
  rows: [...figures, sumOf(figures)].map(({ runner, points, recovered, repeatedMails, lostDigests }) => [
    runner,
    `${points}`,
    `${recovered}`,
    `${repeatedMails}`,
    `${lostDigests}`,
    verdict(recovered === points),
  ]),
  notes: [
    `Complete scenarios run once for each AWS call and each kind of failure of that call: ${failureKinds.join(', ')} (the call was executed, but its response was lost). Recovered: after retries and the sweep, the items of the table are the same as without a failure, no schedules or dead letters remain, and every mail was sent, except for a digest whose worker stopped right after it recorded the digest as sent.`,
  ],
})
