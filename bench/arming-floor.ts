/**
 * Lower bound for creating schedules: only the calls of Scheduler, in one process with the environment of arm-timers.
 * The benchmark passes a count and a parallelism; the process prints milliseconds.
 */
import { asPartnerId, asReferralId } from '../shared/kernel/ids.ts'
import type { Timer } from '../shared/referrals/timer/contract.ts'
import { arm, disarm } from '../shared/referrals/timer/scheduler.ts'
import { instantOf } from '../shared/time/instant.ts'

const [count = 0, parallel = 1] = process.argv.slice(2).map(Number)
const dueAt = instantOf(new Date(Date.now() + 14 * 86_400_000))
const timers = Array.from(
  { length: count },
  (_, index): Timer => ({
    kind: 'expire',
    partnerId: asPartnerId('floor'),
    referralId: asReferralId(`floor-${index}`),
    dueAt,
  }),
)

const timed = async (work: (timer: Timer) => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  const left = timers.values()
  const worker = async () => {
    for (const timer of left) await work(timer)
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  return performance.now() - startedAt
}

const armMs = await timed(timer => arm(timer, new Date()))
const disarmMs = await timed(disarm)
console.log(JSON.stringify({ armMs, disarmMs }))
