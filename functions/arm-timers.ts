/** When a referral is received or answered: its timers are armed or disarmed. */
import { readDelivery } from '../shared/event/contract.ts'
import { applyEvent } from '../shared/timer/service.ts'
import { worker } from './queue/worker.ts'

export const handler = worker(readDelivery, applyEvent)
