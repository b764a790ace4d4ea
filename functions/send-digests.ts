/** Sends the due digests. Runs once an hour. */

import { logger } from '../shared/kernel/logger.ts'
import { sendDigests } from '../shared/messaging/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(
  // The message only starts the work: its content is not needed.
  () => 'send-digests',
  async (_, now) => {
    const { sent, failed } = await sendDigests(now)
    logger.info('digests sent', { sent, failed })
    if (failed > 0) throw new Error(`${failed} digests were not sent`)
  },
)
