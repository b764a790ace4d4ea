/** RFIs in the table; the customer's personal data is an item of its own. */
import type { Event } from '../event/contract.ts'
import { appendEvent } from '../event/store.ts'
import { type Condition, type Item, type Key, key, type Write } from '../platform/table.ts'
import { type Customer, customer as customerSchema } from '../referral/contract.ts'
import type { Rfi } from './rules.ts'

const partition = (rfiId: string): string => key('RFI', rfiId)
export const rfiKey = (rfiId: string): Key => ({ pk: partition(rfiId), sk: 'RFI' })
export const customerKey = (rfiId: string): Key => ({ pk: partition(rfiId), sk: 'CUSTOMER' })

export const readRfi = (item: Item): Rfi => {
  const { pk, sk, entity, ...rfi } = item
  return rfi as unknown as Rfi
}

/** The customer, or null when erased. */
export const readCustomer = (item: Item | undefined): Customer | null =>
  item ? customerSchema.parse(item.customer) : null

/** The writes of a change of an RFI: the RFI is the first of them. */
export const putRfi = (rfi: Rfi, event: Event, when: Condition): Write[] => {
  const { pk, sk } = rfiKey(rfi.id)
  return [{ put: { ...rfi, pk, sk, entity: 'rfi' }, when }, appendEvent(pk, sk, event)]
}

export const putCustomer = (rfiId: string, customer: Customer): Write => ({
  put: { ...customerKey(rfiId), entity: 'customer', customer },
  when: { pk: 'absent' },
})
