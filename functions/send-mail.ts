/** Sends the mails about an event. */
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { logger } from '../shared/kernel/logger.ts'
import { mailEvent, readMailTask } from '../shared/messaging/index.ts'
import { worker } from './queue/worker.ts'

const metrics = new Metrics()

export const handler = worker(readMailTask, async (task, now) => {
  const { event } = task
  const { sent, reachesNobody } = await mailEvent(task, now)
  logger.info('mails sent', { event: event.id, type: event.type, sent })
  if (reachesNobody) {
    logger.warn('event reaches nobody by mail', { event: event.id })
    metrics.addMetric('NobodyReached', MetricUnit.Count, 1)
  }
  if (event.type === 'referral.win-denied') {
    logger.warn('customer denies a win', { event: event.id, referral: event.subject.referral?.id })
    metrics.addMetric('WinDenied', MetricUnit.Count, 1)
  }
  metrics.publishStoredMetrics()
})
