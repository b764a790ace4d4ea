/** Who is mailed about an event, and what they are told. */
import type { Event } from '../event/contract.ts'
import { milliseconds } from '../platform/duration.ts'
import type { Policy } from '../policy/contract.ts'
import type { Profile } from '../profile/rules.ts'
import type { Customer } from '../referral/contract.ts'
import type { Referral } from '../referral/lifecycle.ts'
import type { Taxonomy } from '../taxonomy/contract.ts'
import type { Mail, Message, Recipient } from './contract.ts'
import * as messages from './messages.ts'

/** What is known about an event when its mails are written. */
export interface Facts {
  readonly customer: Customer | null
  readonly referral?: Referral | undefined
  readonly profile?: Profile | undefined
  /** Of the partner, or of all partners that an RFI went to. */
  readonly partnerNames: readonly string[]
  /** By when the last of an RFI's partners must answer. */
  readonly respondBy?: string | undefined
  readonly trackingUrl: string
  readonly policy: Policy
  readonly taxonomy: Taxonomy
}

/** The mails that an event calls for; none to a customer whose data was erased. */
export const mailsOf = (event: Event, facts: Facts): Mail[] => {
  if (event.type === 'referral.received') return toContacts(event, facts)
  const write = toCustomer[event.type]
  if (!write || !facts.customer) return []
  const to = recipientOf(facts.customer.contact)
  return [mail(event, to, write(to, facts))]
}

const mail = (event: Event, to: Recipient, message: Message): Mail => ({
  key: `${event.id}#${to.address.toLowerCase()}`,
  to,
  message,
})

type Person = Customer['contact']
const recipientOf = ({ firstName, lastName, email }: Person): Recipient => ({
  name: `${firstName} ${lastName}`,
  address: email,
})

const toCustomer: Partial<Record<Event['type'], (to: Recipient, facts: Facts) => Message>> = {
  'rfi.received': (to, { partnerNames, respondBy = '', trackingUrl }) =>
    messages.receipt({ to, partnerNames, respondBy, trackingUrl }),
  'referral.declined': (to, { partnerNames: [partnerName = ''], trackingUrl }) =>
    messages.declined({ to, partnerName, trackingUrl }),
  'referral.expired': (to, { partnerNames: [partnerName = ''], trackingUrl }) =>
    messages.expired({ to, partnerName, trackingUrl }),
}

const toContacts = (event: Event, facts: Facts): Mail[] => {
  const { referral, profile } = facts
  // A mail that comes late must not call for an answer that can no longer be given.
  if (referral?.status !== 'new' || !profile) return []
  const location = profile.locations.find(({ id }) => id === referral.locationId)
  const { customer, need, respondBy } = referral
  const size = facts.taxonomy.customerSizes.find(({ code }) => code === customer.size)?.label ?? customer.size
  const common = {
    ...{ company: customer.company, size, city: customer.city, country: customer.country },
    ...{ summary: need.summary, respondBy, referralId: referral.id },
    partnerName: facts.partnerNames[0] ?? '',
    locationName: location?.name ?? referral.locationId,
    answerWithinHours: milliseconds(facts.policy.recommendedAnswerTime) / 3_600_000,
    directContact: referral.urgency !== null,
  }
  return contactsOf(profile, location).map(contact => {
    const to = recipientOf(contact)
    return mail(event, to, messages.newReferral({ to, ...common }))
  })
}

type Location = Profile['locations'][number]

/** The location's contacts; of a location that is gone meanwhile, those of all others. Each address once. */
const contactsOf = (profile: Profile, location: Location | undefined): Location['contacts'] => {
  const contacts = (location ? [location] : profile.locations).flatMap(({ contacts }) => contacts)
  return [...new Map(contacts.map(contact => [contact.email.toLowerCase(), contact])).values()]
}
