/** Updates a partner's reputation when an event counts for it. */

import { learnerOf, learnFrom } from '../shared/discovery/index.ts'
import { readDelivery } from '../shared/events/index.ts'
import { completeEvents } from '../shared/referrals/index.ts'
import { groupWorker } from './queue/worker.ts'

export const handler = groupWorker(readDelivery, learnerOf, (events, now) =>
  learnFrom(events, now, completeEvents),
)
