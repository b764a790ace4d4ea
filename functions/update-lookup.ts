/** Writes the entries by which requests and partners are looked up, after events that change their names. */

import type { Event } from '../shared/events/contract.ts'
import { readDelivery } from '../shared/events/index.ts'
import { indexPartner } from '../shared/partners/index.ts'
import { indexRfi } from '../shared/referrals/index.ts'
import { groupWorker } from './queue/worker.ts'

const ownerOf = ({ id, subject: { rfiId, partner } }: Event): string => rfiId ?? partner?.id ?? id

/** Writes the entries of the owner of these events once, from its present state. */
export const updateLookup = async (events: readonly Event[]): Promise<void> => {
  const { rfiId, partner } = events[0]?.subject ?? {}
  if (rfiId) await indexRfi(rfiId)
  else if (partner) await indexPartner(partner.id)
}

export const handler = groupWorker(readDelivery, ownerOf, updateLookup)
