/** Sends the mails that an event calls for. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { logger } from '../shared/kernel/logger.ts'
import { mailEvent, readMailTask } from '../shared/messaging/index.ts'
import { worker } from './queue/worker.ts'

const metrics = new Metrics()

export const handler = worker(readMailTask, async (task, now) => {
  const { event } = task
  const { sent, reachesNobody } = await mailEvent(task, now)
  logger.info('mailed', { event: event.id, type: event.type, sent })
  if (!reachesNobody) return
  logger.warn('nobody can be reached', { event: event.id })
  metrics.addMetric('NobodyReached', MetricUnit.Count, 1)
  metrics.publishStoredMetrics()
})
