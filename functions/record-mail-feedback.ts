/** Records the feedback of SES about mails, and reports contacts that cannot be reached. */

import { logger } from '../shared/kernel/logger.ts'
import { readFeedback, recordFeedback } from '../shared/messaging/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readFeedback, async (feedback, now) => {
  const result = await recordFeedback(feedback, now)
  logger.info('mail feedback recorded', { eventType: feedback.eventType, result })
})
