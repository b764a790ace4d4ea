/** Executes overdue commands whose timers were lost, and creates missing schedules. Runs every 15 minutes. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { logger } from '../shared/kernel/logger.ts'
import { sweep } from '../shared/referrals/index.ts'
import { worker } from './queue/worker.ts'

const metrics = new Metrics()

export const handler = worker(
  // The message only starts the sweep: its content is not needed.
  () => 'sweep',
  async (_, now) => {
    const { overdue, rearmed, failed, unfinished } = await sweep(now)
    metrics.addMetric('OverdueFound', MetricUnit.Count, overdue)
    metrics.addMetric('TimersRearmed', MetricUnit.Count, rearmed)
    metrics.addMetric('SweepUnfinished', MetricUnit.Count, unfinished)
    metrics.publishStoredMetrics()
    if (overdue + rearmed > 0) logger.warn('timers were lost', { overdue, rearmed })
    if (failed > 0) throw new Error(`the sweep failed for ${failed} referrals or index partitions`)
  },
)
