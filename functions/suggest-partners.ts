/** Adds suggested partners to events whose mail shows them, delays events that can be undone, and passes them on to send-mail. */
import { readDelivery } from '../shared/events/index.ts'
import { logger } from '../shared/kernel/logger.ts'
import { prepareMail } from '../shared/messaging/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readDelivery, async (event, now) => {
  const { suggestions, delaySeconds } = await prepareMail(event, now)
  logger.info('mail prepared', { event: event.id, type: event.type, suggestions, delaySeconds })
})
