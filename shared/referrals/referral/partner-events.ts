/**
 * Adds request data to events of an early version of the program, which do not contain it. Lower modules use this function.
 */
import { type Event, lacksRequest } from '../../events/contract.ts'
import { readEventIfPossible } from '../../events/index.ts'
import { asReferralId, type PartnerId, type RfiId } from '../../kernel/ids.ts'
import { eventEntity } from '../../persistence/contract.ts'
import { getAll, type Item, query } from '../../persistence/index.ts'
import { isAccepted, requestOf } from './effects.ts'
import type { Referral } from './referral.ts'
import { partnerItems, readReferral, referralKey } from './store.ts'

/** A limit above the number of items in a DynamoDB page of 1 MB, so that only the size limits a page. */
const pageLimit = 10_000

const completed = <E extends Event>(event: E, referral: Referral | undefined): E =>
  referral && referral.id === event.subject.referral?.id && lacksRequest(event)
    ? { ...event, data: { ...event.data, ...missingDataOf(event, referral) } }
    : event

const missingDataOf = ({ type }: Event, referral: Referral) =>
  type === 'referral.withdrawn'
    ? { accepted: isAccepted(referral), ...requestOf(referral) }
    : requestOf(referral)

/**
 * Completes events of an early version of the program. Other events, and those of deleted referrals, are returned
 * unchanged. Referrals are read only if at least one event is incomplete.
 */
export const completeEvents = async <E extends Event>(events: readonly E[]): Promise<E[]> => {
  const subjects = events.filter(lacksRequest).flatMap(({ subject }) => subject.referral ?? [])
  const items = await getAll(subjects.map(({ partnerId, id }) => referralKey(partnerId, id)))
  const referrals = items.flatMap(item => (item ? [readReferral(item)] : []))
  const byId = new Map(referrals.map(referral => [referral.id, referral]))
  return events.map(event => completed(event, byId.get(event.subject.referral?.id ?? asReferralId(''))))
}

/** Reads all events of a partner's referrals, completed, page by page. Those that cannot be read are logged and left out. */
export async function* eventsOfPartner(partnerId: PartnerId): AsyncGenerator<Event[]> {
  // By sort key, a referral is directly before its events.
  let referral: Referral | undefined
  let after: Record<string, unknown> | undefined
  do {
    const page = await query({ ...partnerItems(partnerId), isConsistent: true, limit: pageLimit, after })
    const events: Event[] = []
    for (const item of page.items) {
      if (item.entity === 'referral') referral = readReferral(item)
      const event = eventIn(item)
      if (event) events.push(completed(event, referral))
    }
    yield events
    after = page.next
  } while (after)
}

const eventIn = (item: Item): Event | undefined =>
  item.entity === eventEntity ? readEventIfPossible(item) : undefined

/** Reads the items of a partner page by page, and yields the ids of the RFIs of its referrals. */
export async function* rfiIdsOfPartner(partnerId: PartnerId): AsyncGenerator<RfiId[]> {
  let after: Record<string, unknown> | undefined
  do {
    const page = await query({ ...partnerItems(partnerId), isConsistent: true, limit: pageLimit, after })
    yield page.items.flatMap(item => (item.entity === 'referral' ? readReferral(item).rfiId : []))
    after = page.next
  } while (after)
}
