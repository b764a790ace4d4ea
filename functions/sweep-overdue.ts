/** When a quarter of an hour has passed: referrals whose timers got lost are expired all the same. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { logger } from '../shared/platform/logger.ts'
import { sweep } from '../shared/timer/service.ts'
import { worker } from './queue/worker.ts'

const metrics = new Metrics()

export const handler = worker(
  () => undefined,
  async (_, now) => {
    const { found, failed } = await sweep(now)
    metrics.addMetric('OverdueFound', MetricUnit.Count, found)
    metrics.publishStoredMetrics()
    if (found > 0) logger.warn('timers were lost', { found })
    if (failed > 0) throw new Error(`${failed} overdue referrals could not be expired`)
  },
)
