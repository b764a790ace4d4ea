/** Handles timers that fire: executes the commands of the referral that are due. */
import { logger } from '../shared/kernel/logger.ts'
import { timer as schema } from '../shared/referrals/contract.ts'
import { handleTimer } from '../shared/referrals/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(
  body => schema.parse(body),
  async (timer, now) => {
    const done = await handleTimer(timer, now)
    const { kind, referralId } = timer
    logger.info(done.length > 0 ? 'timer carried out' : 'timer was stale', { kind, referralId, done })
  },
)
