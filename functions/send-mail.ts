/** When something happened that somebody must hear of: their mails are sent. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { readDelivery } from '../shared/events/index.ts'
import { logger } from '../shared/kernel/logger.ts'
import { mailEvent } from '../shared/messaging/index.ts'
import { worker } from './queue/worker.ts'

const metrics = new Metrics()

export const handler = worker(readDelivery, async (event, now) => {
  const { sent, reachesNobody } = await mailEvent(event, now)
  logger.info('mailed', { event: event.id, type: event.type, sent })
  if (!reachesNobody) return
  logger.warn('nobody can be reached', { event: event.id })
  metrics.addMetric('NobodyReached', MetricUnit.Count, 1)
  metrics.publishStoredMetrics()
})
