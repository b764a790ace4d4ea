/** When an event sets or lifts deadlines of a referral: their timers are armed or disarmed. */
import { readDelivery } from '../shared/events/index.ts'
import { armTimers } from '../shared/referrals/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readDelivery, armTimers)
