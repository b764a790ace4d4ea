/** Adds events of referrals to the reputation of their partner. */

import { learnFrom, reputationIdOf } from '../shared/discovery/index.ts'
import { readDelivery } from '../shared/events/index.ts'
import { completeEvents } from '../shared/referrals/index.ts'
import { groupWorker } from './queue/worker.ts'

export const handler = groupWorker(readDelivery, reputationIdOf, (events, now) =>
  learnFrom(events, now, completeEvents),
)
