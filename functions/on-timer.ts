/** When a timer fires: what it proposes is carried out, if the referral still calls for it. */
import { logger } from '../shared/platform/logger.ts'
import { timer } from '../shared/timer/contract.ts'
import { fire } from '../shared/timer/service.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(
  body => timer.parse(body),
  async ({ kind, ...rest }, now) => {
    const done = await fire({ kind, ...rest }, now)
    logger.info(done ? 'timer carried out' : 'timer was stale', { kind, referralId: rest.referralId })
  },
)
