/** When something happened that somebody must hear of: their mails are sent. */
import { readDelivery } from '../shared/event/contract.ts'
import { mailEvent } from '../shared/mail/service.ts'
import { logger } from '../shared/platform/logger.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readDelivery, async (event, now) => {
  const sent = await mailEvent(event, now)
  logger.info('mailed', { event: event.id, type: event.type, sent })
})
