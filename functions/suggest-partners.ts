/** Adds suggested partners to events whose mail shows them, and passes the events on to send-mail. */
import { readDelivery } from '../shared/events/index.ts'
import { logger } from '../shared/kernel/logger.ts'
import { addSuggestions } from '../shared/messaging/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readDelivery, async (event, now) => {
  const suggestions = await addSuggestions(event, now)
  logger.info('suggestions added', { event: event.id, type: event.type, suggestions })
})
