/** Arms and disarms the timers of a referral's deadlines, after events that set or remove deadlines. */
import { readDelivery } from '../shared/events/index.ts'
import { armTimers } from '../shared/referrals/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readDelivery, armTimers)
