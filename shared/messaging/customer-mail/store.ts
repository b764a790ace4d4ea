/**
 * Stores the mails about an RFI to its customer: one item in the mail partition of the RFI, without personal data. It is in
 * the due index while news wait in it.
 */
import { mailPartition } from '../../events/index.ts'
import { asRfiId, type RfiId } from '../../kernel/ids.ts'
import { get, type Item, type Key, put, readStored } from '../../persistence/index.ts'
import { dueAttributes } from '../digest/store.ts'
import { type CustomerMails, noMails } from './rules.ts'
import { storedCustomerMails } from './stored.ts'

const sortKey = 'CUSTOMER-MAILS'

export const customerMailsKey = (rfiId: RfiId): Key => ({ pk: mailPartition(rfiId), sk: sortKey })

/** Returns the RFI whose mails an item of the due index holds; undefined for an item of another kind. */
export const rfiOfKey = ({ pk, sk }: Key): RfiId | undefined =>
  sk === sortKey ? asRfiId(pk.slice(mailPartition('').length)) : undefined

const toItem = (mails: CustomerMails): Item => ({
  ...mails,
  ...customerMailsKey(mails.rfiId),
  entity: 'customer-mails',
  ...(mails.dueAt !== null && dueAttributes(mails.dueAt, mails.rfiId)),
})

export const getCustomerMails = async (rfiId: RfiId): Promise<CustomerMails> => {
  const item = await get(customerMailsKey(rfiId))
  return item ? readStored(storedCustomerMails, 'customer mails', item) : noMails(rfiId)
}

/** @throws ConditionFailed if the mails have changed since they were read */
export const putCustomerMails = (mails: CustomerMails): Promise<void> =>
  put({
    put: toItem(mails),
    when: mails.version === 1 ? { pk: 'absent' } : { version: mails.version - 1 },
  })
