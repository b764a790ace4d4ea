/** The names by which requests and referrals are looked up, and what a lookup shows of a request. */
import { type PartnerId, type RfiId, referenceOf } from '../../kernel/ids.ts'
import { nameOf } from '../../kernel/person.ts'
import { allWords, type Subject, wordsOf, wordsOfNumber, wordsOfPerson } from '../../lookup/rules.ts'
import type { Customer } from '../../program/contract.ts'
import type { Instant } from '../../time/instant.ts'
import type { Referral } from '../referral/referral.ts'
import { effective } from '../referral/status.ts'
import { type Rfi, statusOf } from '../rfi/rules.ts'
import type { FoundRfi } from './contract.ts'

/** The scope of the operator's lookup of requests. */
export const rfiScope = 'RFIS'

/** Returns the scope of a partner's lookup of its referrals. */
export const referralScope = (partnerId: PartnerId): string => `REFERRALS#${partnerId}`

type Named = Pick<Customer, 'company' | 'contact'>

/** Returns the names of a request: its number and, unless it was erased, its customer. */
export const subjectOf = (rfiId: RfiId, customer: Named | null): Subject => {
  const number = wordsOfNumber(referenceOf(rfiId))
  if (!customer) return { words: number }
  const { company, contact } = customer
  return { words: allWords(number, wordsOfPerson(contact), wordsOf(company)), email: contact.email }
}

/** Returns the names of a request that a partner sees while it does not see the contact details. */
export const subjectWithoutContact = (rfiId: RfiId, { company }: Pick<Customer, 'company'>): Subject => ({
  words: allWords(wordsOfNumber(referenceOf(rfiId)), wordsOf(company)),
})

/** Returns what a lookup shows of a request. */
export const viewFoundRfi = (
  rfi: Rfi,
  customer: Customer | null,
  referrals: readonly (Referral & { readonly partnerName: string })[],
  now: Instant,
): FoundRfi => ({
  id: rfi.id,
  requestNumber: referenceOf(rfi.id),
  status: statusOf(rfi, referrals, now),
  createdAt: rfi.createdAt,
  channel: rfi.source.channel,
  customer: customer && viewCustomer(customer),
  referrals: referrals.map(referral => {
    const { id, partnerId, partnerName, region, respondBy, updatedAt } = referral
    return {
      id,
      partnerId,
      partnerName,
      region,
      status: effective(referral, now).status,
      respondBy,
      updatedAt,
    }
  }),
})

const viewCustomer = ({ company, address, contact }: Customer): NonNullable<FoundRfi['customer']> => ({
  company,
  city: address.city,
  country: address.country,
  name: nameOf(contact),
  email: contact.email,
})
