/** Decides which mails an event causes, and who gets them. */

import type { ContactProblem, Event, EventType } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import type { Person } from '../../kernel/person.ts'
import {
  type AboutReferral,
  aboutReferral,
  addressOf,
  isReachable,
  locationNameOf,
  type ProfileContacts,
  type Reader,
  readersOf,
  uniqueByAddress,
} from '../../partners/rules.ts'
import type { Customer, Policy, Taxonomy } from '../../program/contract.ts'
import type { Status } from '../../referrals/contract.ts'
import { allows, effective, type Referral, type Rfi } from '../../referrals/rules.ts'
import type { Instant } from '../../time/instant.ts'
import type { Localizer } from '../language/rules.ts'
import type { AnswerAction } from '../links/contract.ts'
import type { AnswerUrls, DigestKind, Footing, MailContent } from './compose.ts'
import * as compose from './compose.ts'
import type { MailedEvent, MailKind, SuggestedPartner } from './contract.ts'

/** A partner that an RFI was sent to, with its referral. */
export interface Addressed {
  readonly partnerId: PartnerId
  readonly partnerName: string
  readonly referral: Referral
}

/** Data for the mails about an event. */
export interface MailContext {
  readonly now: Instant
  readonly policy: Policy
  readonly taxonomy: Taxonomy
  /** Null if the customer was erased, and for events about contacts. */
  readonly customer: Customer | null
  readonly trackingUrl: string
  /** All recipients for an event of an RFI; one recipient for an event of a referral. */
  readonly addressed: readonly Addressed[]
  readonly profileContacts?: ProfileContacts | undefined
  readonly suggestions: readonly SuggestedPartner[]
  /** The contact that an event `contact.failed` is about, if it is still listed. */
  readonly failed?: { readonly person: Person; readonly problem: ContactProblem } | undefined
}

/**
 * Returns the suggestions that are still valid when the mail is written, which may be hours after they were found. An RFI
 * that was withdrawn has none, and partners that have received the RFI since are left out.
 */
export const stillSuggested = (
  suggestions: readonly SuggestedPartner[],
  { status, recipients }: Pick<Rfi, 'status' | 'recipients'>,
): readonly SuggestedPartner[] => {
  if (status === 'withdrawn') return []
  const asked = new Set(recipients.map(({ partnerId }) => partnerId))
  return suggestions.filter(({ partnerId }) => !asked.has(partnerId))
}

/** URLs of the pages on which a reader can answer or stop mails. */
export interface Urls {
  answer(action: AnswerAction): string
  mute(): string
}

/** A mail that an event causes, before it is written. */
export interface Draft {
  readonly kind: MailKind
  readonly to: Person
  readonly role: Reader['role'] | 'customer'
  /** True if the reader can stop mails of this kind. */
  readonly isMutable: boolean
  /** Null if the mail must not wait for the digest. After `until`, the mail is useless; null means that it stays useful. */
  readonly digest: { readonly kind: DigestKind; readonly until: Instant | null } | null
  readonly write: (localizer: Localizer, urls: Urls) => MailContent
}

/** Returns the mails that an event causes. A customer whose data was erased gets none. */
export const draftsOf = (event: Event, context: MailContext): Draft[] => [
  ...draftsToContacts(event, context),
  ...draftsToCustomer(event, context),
  ...draftsToAdmins(event, context),
]

/** Returns the referral that an event of a referral is about. */
export const referralIn = ({ addressed }: MailContext): Referral | undefined => addressed[0]?.referral

/** Returns true if an event causes mail to contacts, but none of the partner's people can be reached. */
export const reachesNobody = (event: Event, context: MailContext): boolean =>
  concernsContacts(event, referralIn(context), context.now) && draftsToContacts(event, context).length === 0

/** Returns the kind of the mail to contacts that an event causes. */
export const digestKindOf = ({ type }: Event): DigestKind | undefined => contactMails[type]?.kind

/** Returns true if an event causes mail to contacts, and the mail is not outdated. */
export const concernsContacts = (event: Event, referral: Referral | undefined, now: Instant): boolean =>
  referral !== undefined && (contactMails[event.type]?.isCurrent(effective(referral, now), event) ?? false)

/**
 * Checks that a mail about an event is still true for the present state of the referral. A late mail must not report a past
 * state, or repeat the content of another mail.
 */
type IsCurrent = (referral: Referral, event: Event) => boolean

const isIn =
  (...statuses: Status[]): IsCurrent =>
  referral =>
    statuses.includes(referral.status)

/** Returns the extension that an event is about, which is not always the last one. */
const extensionOf = ({ extensions }: Referral, { data }: Event) =>
  extensions.find(({ respondBy }) => 'respondBy' in data && respondBy === data.respondBy)

const hasCloseDateOf: IsCurrent = ({ status, deal }, { data }) =>
  status === 'active' && 'estimatedCloseDate' in data && deal?.estimatedCloseDate === data.estimatedCloseDate

/** Mails by event type. `satisfies` checks that the keys are the events of the contract. */
type MailsByEvent<Mail> = Partial<Readonly<Record<EventType, Mail>>>

interface CustomerMail {
  readonly kind: MailKind
  readonly isCurrent?: IsCurrent
  readonly write: (localizer: Localizer, details: CustomerDetails) => MailContent
}

/** Data for a mail to a customer. */
interface CustomerDetails {
  readonly name: string
  readonly trackingUrl: string
  readonly context: MailContext
  readonly event: Event
  /** The referral of the event, or the first referral for an event of an RFI. */
  readonly referral: Referral
  readonly partnerName: string
}

const latestRespondBy = (addressed: readonly Addressed[]): Instant =>
  (addressed
    .map(({ referral }) => referral.respondBy)
    .toSorted()
    .at(-1) ?? '') as Instant

/** Details for mails that list the recipients of an RFI. */
const receiptDetails = ({ name, trackingUrl }: CustomerDetails, addressed: readonly Addressed[]) => ({
  name,
  trackingUrl,
  partnerNames: addressed.map(({ partnerName }) => partnerName),
  respondBy: latestRespondBy(addressed),
})

const customerMails: MailsByEvent<CustomerMail> = {
  'rfi.received': {
    kind: 'receipt',
    write: (localizer, details) =>
      compose.receipt(localizer, receiptDetails(details, newlyAddressed(details))),
  },
  'rfi.recipients-added': {
    kind: 'added',
    write: (localizer, details) =>
      compose.recipientsAdded(localizer, receiptDetails(details, newlyAddressed(details))),
  },
  'referral.accepted': {
    kind: 'accepted',
    isCurrent: isIn('active', 'won', 'lost'),
    write: (localizer, { context, referral, ...details }) => {
      const people = referral.colleagues.map(person => ({ ...person, name: nameOf(person) }))
      const locationName = locationNameOf(context.profileContacts, referral)
      return compose.accepted(localizer, { ...details, locationName, people })
    },
  },
  'referral.declined': {
    kind: 'declined',
    write: (localizer, { context: { suggestions }, ...details }) =>
      compose.declinedOrExpired(localizer, 'declined', { ...details, suggestions }),
  },
  'referral.expired': {
    kind: 'expired',
    isCurrent: isIn('expired'),
    write: (localizer, { context: { suggestions }, ...details }) =>
      compose.declinedOrExpired(localizer, 'expired', { ...details, suggestions }),
  },
  'referral.extended': {
    kind: 'extended',
    isCurrent: (referral, event) => referral.status === 'new' && extensionOf(referral, event) !== undefined,
    write: (localizer, { referral, event, ...details }) => {
      const { respondBy = '' as Instant, reason = '' } = extensionOf(referral, event) ?? {}
      return compose.extended(localizer, { ...details, respondBy, reason })
    },
  },
  'referral.reopened': {
    kind: 'reopened',
    isCurrent: isIn('new'),
    write: (localizer, details) =>
      compose.reopened(localizer, { ...details, respondBy: details.referral.respondBy }),
  },
} satisfies Record<MailedEvent<'customer'>, CustomerMail>

/** Returns the recipients that an event of an RFI adds: all recipients for `rfi.received`. */
const newlyAddressed = ({
  context: { addressed },
  event: { data },
}: CustomerDetails): readonly Addressed[] => {
  if (!('partnerIds' in data)) return addressed
  return addressed.filter(({ partnerId }) => data.partnerIds.includes(partnerId))
}

const draftsToCustomer = (event: Event, context: MailContext): Draft[] => {
  const mail = customerMails[event.type]
  if (!mail || !context.customer) return []
  const { contact } = context.customer
  const draft = (write: Draft['write']): Draft[] => [
    { kind: mail.kind, to: contact, role: 'customer', isMutable: false, digest: null, write },
  ]
  const to = { name: nameOf(contact), trackingUrl: context.trackingUrl }
  const [first] = context.addressed
  // The RFI has no recipient yet.
  if (!first)
    return event.type === 'rfi.received'
      ? draft(localizer => compose.receiptWithoutRecipients(localizer, to))
      : []
  const { referral, partnerName } = first
  if (mail.isCurrent && !mail.isCurrent(effective(referral, context.now), event)) return []
  return draft(localizer => mail.write(localizer, { ...to, context, event, referral, partnerName }))
}

export const nameOf = ({ firstName, lastName }: Pick<Person, 'firstName' | 'lastName'>): string =>
  `${firstName} ${lastName}`

/** A mail to the first reachable group in the order of contacts. */
interface ContactMail {
  readonly kind: DigestKind
  readonly isCurrent: IsCurrent
  /** Set if the mail is useless after the referral's respond-by. */
  readonly untilRespondBy?: true
  readonly write: (
    localizer: Localizer,
    to: { footing: Footing; about: AboutReferral },
    options: ContactMailOptions,
  ) => MailContent
}

interface ContactMailOptions {
  readonly answers: AnswerUrls
  readonly event: Event
}

const contactMails: MailsByEvent<ContactMail> = {
  'referral.received': {
    kind: 'new-referral',
    isCurrent: isIn('new'),
    untilRespondBy: true,
    write: (localizer, to, { answers }) => compose.newReferral(localizer, to, answers),
  },
  'referral.reminder-due': {
    kind: 'reminder',
    isCurrent: isIn('new'),
    untilRespondBy: true,
    write: (localizer, to, { answers }) => compose.reminder(localizer, to, answers),
  },
  'referral.nudge-due': { kind: 'nudge', isCurrent: hasCloseDateOf, write: compose.nudge },
  'referral.withdrawn': {
    kind: 'withdrawn',
    isCurrent: isIn('withdrawn'),
    write: (localizer, to, { event }) =>
      compose.withdrawn(localizer, to, event.actor.kind === 'customer' ? 'customer' : 'operator'),
  },
} satisfies Record<MailedEvent<'contacts'>, ContactMail>

const draftsToContacts = (event: Event, context: MailContext): Draft[] => {
  const mail = contactMails[event.type]
  const { profileContacts } = context
  const referral = referralIn(context)
  if (!mail || !referral || !profileContacts || !concernsContacts(event, referral, context.now)) return []
  const about = aboutReferral(referral, context)
  const { locationId, id: referralId, respondBy } = referral
  return readersOf(profileContacts.contacts, profileContacts.health, { locationId, referralId }).map(
    reader => ({
      kind: mail.kind,
      to: reader.person,
      role: reader.role,
      isMutable: reader.isMutable,
      // A customer who asked for direct contact must not wait for a digest.
      digest: referral.urgency ? null : { kind: mail.kind, until: mail.untilRespondBy ? respondBy : null },
      write: (localizer, urls) => {
        const footing = footingOf(profileContacts, reader, urls)
        const answers = mail.untilRespondBy ? answerUrls(referral, reader, urls, context.now) : {}
        return mail.write(localizer, { footing, about }, { answers, event })
      },
    }),
  )
}

export const footingOf = (
  { partnerName, region }: ProfileContacts,
  { person, role, isMutable }: Reader,
  urls: Pick<Urls, 'mute'>,
): Footing => ({
  name: nameOf(person),
  role,
  partnerName,
  region,
  muteUrl: isMutable ? urls.mute() : undefined,
})

/** URLs of the answers that are possible now. An administrator cannot pass a mail on, because no contact comes next. */
const answerUrls = (referral: Referral, { role }: Reader, urls: Urls, now: Instant): AnswerUrls => {
  const commands = (['accept', 'decline', 'extend'] as const).filter(name => allows(name, referral, now))
  const possible: AnswerAction[] = [...commands, ...(role === 'admin' ? [] : (['misaddressed'] as const))]
  return Object.fromEntries(possible.map(action => [action, urls.answer(action)]))
}

/** Returns the mails about a contact that cannot be reached, to the administrators who can be reached. */
const draftsToAdmins = ({ type, data }: Event, { profileContacts, failed }: MailContext): Draft[] => {
  if (type !== 'contact.failed' || !profileContacts || !failed) return []
  const { person, problem } = failed
  // A bounce or complaint is reported once, a wrong person once per referral.
  if (data.known && problem !== 'misaddressed') return []
  const reached = uniqueByAddress(profileContacts.contacts.admins).filter(
    admin =>
      addressOf(admin) !== addressOf(person) && isReachable(addressOf(admin), profileContacts.health, ''),
  )
  return reached.map(admin => ({
    kind: 'contact-failed',
    to: admin,
    role: 'admin',
    isMutable: false,
    digest: null,
    write: localizer => {
      const { partnerName, region } = profileContacts
      const footing = { name: nameOf(admin), role: 'admin', partnerName, region } as const
      return compose.contactFailed(localizer, {
        footing,
        problem,
        name: nameOf(person),
        address: person.email,
      })
    },
  }))
}

interface MailRule {
  readonly event: EventType
  readonly kind: MailKind
  readonly to: 'customer' | 'contacts' | 'administrators'
}

/** All mails with their events and readers. */
export const mailRules: readonly MailRule[] = [
  ...Object.entries(customerMails).map(([event, { kind }]) => ({ event, kind, to: 'customer' }) as MailRule),
  ...Object.entries(contactMails).map(([event, { kind }]) => ({ event, kind, to: 'contacts' }) as MailRule),
  { event: 'contact.failed', kind: 'contact-failed', to: 'administrators' },
]
