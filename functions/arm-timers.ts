/** Handles events that set or lift deadlines of a referral: arms and disarms their timers. */
import { readDelivery } from '../shared/events/index.ts'
import { armTimers } from '../shared/referrals/index.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readDelivery, armTimers)
