/** Records whether mail reaches the customer of an RFI. */
import type { RfiId } from '../../kernel/ids.ts'
import { getAll, put, retryOnConflict, transact } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { readReferral, referralKey } from '../referral/store.ts'
import { openVersions, type Rfi, rfiEventWith } from './rules.ts'
import {
  type CustomerRecord,
  customerKey,
  putChangedCustomer,
  putRfi,
  readCustomerRecord,
  readRfi,
  rfiKey,
} from './store.ts'

/** Tests if a mail went to an address. Feedback about mail to an earlier address is ignored. */
type WentTo = (address: string) => boolean

interface Found {
  readonly rfi: Rfi
  readonly record: CustomerRecord
}

/** Returns undefined if the customer was erased, or has another address now. */
const findCustomer = async (rfiId: RfiId, wentTo: WentTo): Promise<Found | undefined> => {
  const [rfi, customer] = await getAll([rfiKey(rfiId), customerKey(rfiId)])
  const record = readCustomerRecord(customer)
  if (!rfi || !record || !wentTo(record.customer.contact.email)) return undefined
  return { rfi: readRfi(rfi), record }
}

/**
 * Records that mail does not reach the customer, and emits `rfi.customer-unreachable`, once for each address. Repeating it
 * changes nothing.
 * @throws DomainError busy if concurrent writes made every attempt fail
 */
export const recordUnreachableCustomer = (rfiId: RfiId, wentTo: WentTo, now: Date): Promise<void> =>
  retryOnConflict(async () => {
    const found = await findCustomer(rfiId, wentTo)
    if (!found || found.record.emailStatus === 'unreachable') return
    const { rfi, record } = found
    const keys = rfi.recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId))
    const referrals = (await getAll(keys)).flatMap(item => (item ? [readReferral(item)] : []))
    const at = instantOf(now)
    const next = { ...rfi, version: rfi.version + 1 }
    const data = { referrals: openVersions(referrals, at) }
    const event = rfiEventWith(next, 'rfi.customer-unreachable', data, { kind: 'system' }, at)
    await transact([
      ...putRfi(next, event, { version: rfi.version }),
      putChangedCustomer(rfiId, record, { ...record, emailStatus: 'unreachable' }),
    ])
  })

/**
 * Records that mail reaches the customer. An address that is known to be unreachable stays so until it is corrected: the
 * delivery of an earlier mail can be reported late.
 * @throws DomainError busy if concurrent writes made every attempt fail
 */
export const recordReachableCustomer = (rfiId: RfiId, wentTo: WentTo): Promise<void> =>
  retryOnConflict(async () => {
    const found = await findCustomer(rfiId, wentTo)
    if (found?.record.emailStatus !== 'unknown') return
    await put(putChangedCustomer(rfiId, found.record, { ...found.record, emailStatus: 'reachable' }))
  })
