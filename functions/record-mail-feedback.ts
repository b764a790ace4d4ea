/** When SES tells what became of a mail: its trace says so, and a contact that cannot be reached is no longer asked. */

import { logger } from '../shared/kernel/logger.ts'
import { hear, readFeedback } from '../shared/messaging/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readFeedback, async (feedback, now) => {
  const result = await hear(feedback, now)
  logger.info('heard of a mail', { news: feedback.eventType, result })
})
