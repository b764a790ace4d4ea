/** List of the RFIs of all partners. */
import { referenceOf } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import { type CursorScope, getAll, readRows } from '../../persistence/index.ts'
import { tagsIn } from '../../program/rules.ts'
import { instantOf } from '../../time/instant.ts'
import { beginningOf } from '../referral/rules.ts'
import type { RfiListItem } from './contract.ts'
import { listedRegionOf, listedStatusOf, type Rfi, viewRfiCustomer } from './rules.ts'
import {
  type CustomerRecord,
  customerKey,
  listByStatus,
  type RfiListOptions,
  readCustomerRecord,
} from './store.ts'

/** Returns a page of RFIs with their customers. A customer that cannot be read is logged and shown as null. */
export const listRfis = async (asked: RfiListOptions, scope: CursorScope): Promise<Page<RfiListItem>> => {
  const { createdSince, createdBefore } = asked
  // Stored instants have milliseconds, and are compared as text.
  const options = {
    ...asked,
    createdSince: createdSince && instantOf(new Date(createdSince)),
    createdBefore: createdBefore && instantOf(new Date(createdBefore)),
  }
  const { items, nextCursor } = await listByStatus(options, scope)
  const customers = await getAll(items.map(({ id }) => customerKey(id)))
  const rows = items.map((rfi, index) => {
    const [customer = null] = readRows([customers[index]], readCustomerRecord)
    return viewListedRfi(rfi, customer)
  })
  return { items: rows, nextCursor }
}

const viewListedRfi = (rfi: Rfi, customer: CustomerRecord | null): RfiListItem => {
  const { id, createdAt, source, directContact, need, recipients } = rfi
  return {
    id,
    requestNumber: referenceOf(id),
    status: listedStatusOf(rfi),
    createdAt,
    region: listedRegionOf(rfi) ?? null,
    channel: source.channel,
    directContact,
    customer: customer && viewRfiCustomer(customer),
    summary: beginningOf(need.summary),
    ...tagsIn(need),
    budget: need.budget ?? null,
    recipients: recipients.map(({ partnerId, referralId }) => ({ partnerId, referralId })),
  }
}
