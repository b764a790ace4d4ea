/** Executes the due commands of a referral when one of its timers fires. */
import { logger } from '../shared/kernel/logger.ts'
import { timer as schema } from '../shared/referrals/contract.ts'
import { handleTimer } from '../shared/referrals/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(
  body => schema.parse(body),
  async (timer, now) => {
    const done = await handleTimer(timer, now)
    const { kind, referralId } = timer
    logger.info(done.length > 0 ? 'executed due commands' : 'ignored an outdated timer', {
      kind,
      referralId,
      done,
    })
  },
)
