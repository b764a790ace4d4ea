/** Writes the lookup entries of requests. */
import { lookupHash } from '../../crypto/lookup-hash.ts'
import type { RfiId } from '../../kernel/ids.ts'
import { replaceEntries, type WantedEntries } from '../../lookup/index.ts'
import { entriesOf } from '../../lookup/rules.ts'
import { getAll } from '../../persistence/index.ts'
import type { Customer } from '../../program/contract.ts'
import type { Rfi } from '../rfi/rules.ts'
import { customerKey, readCustomerRecord, readRfi, rfiKey } from '../rfi/store.ts'
import { referralScope, rfiScope, subjectOf } from './rules.ts'

const nothing: WantedEntries = { entries: [], state: '' }

/** Returns the entries of a request: for the operator, and for each of its partners, which do not look up addresses. */
const wantedEntries = (rfi: Rfi, customer: Customer | null) => {
  const subject = subjectOf(rfi.id, customer)
  const { words } = subject
  return [
    ...entriesOf(rfiScope, rfi.id, subject, lookupHash),
    ...rfi.recipients.flatMap(({ partnerId, referralId }) =>
      entriesOf(referralScope(partnerId), referralId, { words }, lookupHash),
    ),
  ]
}

/**
 * Writes the lookup entries of a request as it is now, and deletes all others, such as those of an address that was corrected.
 * After its customer was erased, the request is found by its number only.
 * @returns number of changes
 */
export const indexRfi = (rfiId: RfiId): Promise<number> =>
  replaceEntries(rfiId, async () => {
    const [item, customerItem] = await getAll([rfiKey(rfiId), customerKey(rfiId)])
    if (!item) return nothing
    const rfi = readRfi(item)
    const record = readCustomerRecord(customerItem)
    const state = [rfi.version, record ? (record.version ?? 0) : 'erased'].join('.')
    return { entries: wantedEntries(rfi, record?.customer ?? null), state }
  })

/**
 * Deletes the lookup entries that are made of the personal data of a request's customer. Its number, which is no personal data,
 * remains. The caller deletes the customer before, so that a worker which runs at the same time writes no entries of it.
 * @returns number of changes
 */
export const forgetCustomer = (rfiId: RfiId): Promise<number> =>
  replaceEntries(rfiId, async () => {
    const [item] = await getAll([rfiKey(rfiId)])
    if (!item) return nothing
    const rfi = readRfi(item)
    return { entries: wantedEntries(rfi, null), state: String(rfi.version) }
  })
