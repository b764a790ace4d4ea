/** Who is mailed about an event, and what they are told. */
import type { Event } from '../event/contract.ts'
import type { Profile } from '../profile/rules.ts'
import type { Customer, Status } from '../referral/contract.ts'
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
  readonly taxonomy: Taxonomy
}

/** The mails that an event calls for; none to a customer whose data was erased. */
export const mailsOf = (event: Event, facts: Facts): Mail[] => [
  ...toContacts(event, facts),
  ...toCustomer(event, facts),
]

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

/** Whether what a mail is about still holds: one that comes late must not tell what is over, or twice the same. */
type Still = (referral: Referral, event: Event) => boolean

const isIn =
  (status: Status): Still =>
  referral =>
    referral.status === status

/** The extension that an event tells of; another may have followed. */
const extensionOf = ({ extensions }: Referral, { data }: Event) =>
  extensions.find(({ respondBy }) => 'respondBy' in data && respondBy === data.respondBy)

const hasCloseDateOf: Still = ({ status, deal }, { data }) =>
  status === 'active' && 'estimatedCloseDate' in data && deal?.estimatedCloseDate === data.estimatedCloseDate

const holds = (still: Still | undefined, { referral }: Facts, event: Event): boolean =>
  !still || (referral !== undefined && still(referral, event))

interface CustomerMail {
  readonly still?: Still
  readonly write: (to: Recipient, facts: Facts, event: Event) => Message
}

const customerMails: Partial<Record<Event['type'], CustomerMail>> = {
  'rfi.received': {
    write: (to, { partnerNames, respondBy = '', trackingUrl }) =>
      messages.receipt({ to, partnerNames, respondBy, trackingUrl }),
  },
  'referral.extended': {
    still: (referral, event) => referral.status === 'new' && extensionOf(referral, event) !== undefined,
    write: (to, { referral, partnerNames: [partnerName = ''], trackingUrl }, event) => {
      const { respondBy = '', reason = '' } = (referral && extensionOf(referral, event)) ?? {}
      return messages.extended({ to, partnerName, trackingUrl, respondBy, reason })
    },
  },
  'referral.declined': {
    write: (to, { partnerNames: [partnerName = ''], trackingUrl }) =>
      messages.declined({ to, partnerName, trackingUrl }),
  },
  'referral.expired': {
    still: isIn('expired'),
    write: (to, { partnerNames: [partnerName = ''], trackingUrl }) =>
      messages.expired({ to, partnerName, trackingUrl }),
  },
  'referral.reopened': {
    still: isIn('new'),
    write: (to, { partnerNames: [partnerName = ''], trackingUrl, respondBy = '' }) =>
      messages.reopened({ to, partnerName, trackingUrl, respondBy }),
  },
}

const toCustomer = (event: Event, facts: Facts): Mail[] => {
  const called = customerMails[event.type]
  if (!called || !facts.customer || !holds(called.still, facts, event)) return []
  const to = recipientOf(facts.customer.contact)
  return [mail(event, to, called.write(to, facts, event))]
}

/** A mail to the contacts of a referral's location. */
interface ContactMail {
  readonly still: Still
  readonly write: (to: Recipient, about: messages.AboutReferral) => Message
}

const contactMails: Partial<Record<Event['type'], ContactMail>> = {
  'referral.received': { still: isIn('new'), write: (to, about) => messages.newReferral({ to, ...about }) },
  'referral.reminder-due': { still: isIn('new'), write: (to, about) => messages.reminder({ to, ...about }) },
  'referral.nudge-due': { still: hasCloseDateOf, write: (to, about) => messages.nudge({ to, ...about }) },
}

const toContacts = (event: Event, facts: Facts): Mail[] => {
  const called = contactMails[event.type]
  const { referral, profile } = facts
  if (!called || !referral || !profile || !holds(called.still, facts, event)) return []
  const location = profile.locations.find(({ id }) => id === referral.locationId)
  const { customer, need, respondBy, receivedAt, answerAdvisedBy, deal } = referral
  const size = facts.taxonomy.customerSizes.find(({ code }) => code === customer.size)?.label ?? customer.size
  const about: messages.AboutReferral = {
    ...{ company: customer.company, size, city: customer.city, country: customer.country },
    ...{ summary: need.summary, respondBy, referralId: referral.id },
    partnerName: facts.partnerNames[0] ?? '',
    locationName: location?.name ?? referral.locationId,
    answerWithinHours: Math.ceil((Date.parse(answerAdvisedBy) - Date.parse(receivedAt)) / 3_600_000),
    directContact: referral.urgency !== null,
    dealName: deal?.name ?? '',
    estimatedCloseDate: deal?.estimatedCloseDate ?? '',
  }
  return contactsOf(profile, location).map(contact => {
    const to = recipientOf(contact)
    return mail(event, to, called.write(to, about))
  })
}

type Location = Profile['locations'][number]

/** The location's contacts; of a location that is gone meanwhile, those of all others. Each address once. */
const contactsOf = (profile: Profile, location: Location | undefined): Location['contacts'] => {
  const contacts = (location ? [location] : profile.locations).flatMap(({ contacts }) => contacts)
  return [...new Map(contacts.map(contact => [contact.email.toLowerCase(), contact])).values()]
}
