/** Who is mailed about an event, in what order, and what they are told. */

import type { ContactProblem, Event, EventType } from '../../events/contract.ts'
import type { Person } from '../../kernel/person.ts'
import {
  type AboutReferral,
  aboutReferral,
  addressOf,
  type Desk,
  isReachable,
  locationNameOf,
  once,
  type Reader,
  readersOf,
} from '../../partners/rules.ts'
import type { Customer, Policy, Taxonomy } from '../../program/contract.ts'
import type { Status } from '../../referrals/contract.ts'
import { allows, effective, type Referral, type Rfi } from '../../referrals/rules.ts'
import type { Speaker } from '../language/rules.ts'
import type { AnswerAction } from '../links/contract.ts'
import type { MailKind, SuggestedPartner, ToldTo } from './contract.ts'
import type { AnswerUrls, DigestKind, Footing, Message } from './messages.ts'
import * as messages from './messages.ts'

/** A partner that an RFI went to, and what became of it there. */
export interface Addressed {
  readonly partnerId: string
  readonly partnerName: string
  readonly referral: Referral
}

/** What is known about an event when its mails are written. */
export interface Facts {
  readonly now: string
  readonly policy: Policy
  readonly taxonomy: Taxonomy
  /** Null when erased, or when the event is nobody's request. */
  readonly customer: Customer | null
  readonly trackingUrl: string
  /** Of an RFI's event: all that it went to; of a referral's: the one. */
  readonly addressed: readonly Addressed[]
  readonly desk?: Desk | undefined
  readonly suggestions: readonly SuggestedPartner[]
  /** Of a contact that failed: who that is. */
  readonly failed?: { readonly person: Person; readonly problem: ContactProblem } | undefined
}

/**
 * The suggestions that still hold when the mail is written, which may be hours after they were found: none for an RFI that
 * was withdrawn, and no partner that it has gone to since.
 */
export const stillSuggested = (
  suggestions: readonly SuggestedPartner[],
  { status, recipients }: Pick<Rfi, 'status' | 'recipients'>,
): readonly SuggestedPartner[] => {
  if (status === 'withdrawn') return []
  const asked = new Set(recipients.map(({ partnerId }) => partnerId))
  return suggestions.filter(({ partnerId }) => !asked.has(partnerId))
}

/** Where a reader can answer, and stop the mails. */
export interface Urls {
  answer(action: AnswerAction): string
  mute(): string
}

/** A mail that is called for, before it is written. */
export interface Draft {
  readonly kind: MailKind
  readonly to: Person
  readonly role: Reader['role'] | 'customer'
  /** Whether its reader can have no more of its kind. */
  readonly isMutable: boolean
  /** For the day's digest, if it may wait for that; `until` when it is worth something, at least. */
  readonly digest: { readonly kind: DigestKind; readonly until: string | null } | null
  readonly write: (speaker: Speaker, urls: Urls) => Message
}

/** The mails that an event calls for; none to a customer whose data was erased. */
export const draftsOf = (event: Event, facts: Facts): Draft[] => [
  ...toContacts(event, facts),
  ...toCustomer(event, facts),
  ...toAdmins(event, facts),
]

/** Whether somebody of the partner should hear of an event, and there is nobody who can. */
export const reachesNobody = (event: Event, facts: Facts): boolean => {
  const [{ referral } = {}] = facts.addressed
  return isStillTold(event, referral, facts.now) && toContacts(event, facts).length === 0
}

/** What an event's mail to contacts would be. */
export const digestKindOf = ({ type }: Event): DigestKind | undefined => contactMails[type]?.kind

/** Whether contacts are (still) told of an event. */
export const isStillTold = (event: Event, referral: Referral | undefined, now: string): boolean =>
  referral !== undefined && (contactMails[event.type]?.still(effective(referral, now), event) ?? false)

/** Whether what a mail is about still holds, of the referral as it is by now: a late one must not tell what is over, or twice the same. */
type Still = (referral: Referral, event: Event) => boolean

const isIn =
  (...statuses: Status[]): Still =>
  referral =>
    statuses.includes(referral.status)

/** The extension that an event tells of; another may have followed. */
const extensionOf = ({ extensions }: Referral, { data }: Event) =>
  extensions.find(({ respondBy }) => 'respondBy' in data && respondBy === data.respondBy)

const hasCloseDateOf: Still = ({ status, deal }, { data }) =>
  status === 'active' && 'estimatedCloseDate' in data && deal?.estimatedCloseDate === data.estimatedCloseDate

/** By event: those that the contract names, which the bus delivers. */
type Mails<Mail> = Partial<Readonly<Record<EventType, Mail>>>

interface CustomerMail {
  readonly kind: MailKind
  readonly still?: Still
  readonly write: (speaker: Speaker, told: Told) => Message
}

/** What a mail to a customer is written from. */
interface Told {
  readonly name: string
  readonly trackingUrl: string
  readonly facts: Facts
  readonly event: Event
  /** Of a referral's event. */
  readonly referral: Referral
  readonly partnerName: string
}

const lastOf = (addressed: readonly Addressed[]): string =>
  addressed
    .map(({ referral }) => referral.respondBy)
    .toSorted()
    .at(-1) ?? ''

const sent = ({ name, trackingUrl }: Told, addressed: readonly Addressed[]) => ({
  name,
  trackingUrl,
  partnerNames: addressed.map(({ partnerName }) => partnerName),
  respondBy: lastOf(addressed),
})

const customerMails: Mails<CustomerMail> = {
  'rfi.received': {
    kind: 'receipt',
    write: (speaker, told) => messages.receipt(speaker, sent(told, asked(told.facts, told.event))),
  },
  'rfi.recipients-added': {
    kind: 'added',
    write: (speaker, told) => messages.added(speaker, sent(told, asked(told.facts, told.event))),
  },
  'referral.accepted': {
    kind: 'accepted',
    still: isIn('active', 'won', 'lost'),
    write: (speaker, { facts, referral, ...told }) => {
      const people = referral.contacts.map(person => ({ ...person, name: nameOf(person) }))
      const locationName = locationNameOf(facts.desk, referral)
      return messages.accepted(speaker, { ...told, locationName, people })
    },
  },
  'referral.declined': {
    kind: 'declined',
    write: (speaker, told) =>
      messages.lost(speaker, 'declined', { ...told, suggestions: told.facts.suggestions }),
  },
  'referral.expired': {
    kind: 'expired',
    still: isIn('expired'),
    write: (speaker, told) =>
      messages.lost(speaker, 'expired', { ...told, suggestions: told.facts.suggestions }),
  },
  'referral.extended': {
    kind: 'extended',
    still: (referral, event) => referral.status === 'new' && extensionOf(referral, event) !== undefined,
    write: (speaker, { referral, event, ...told }) => {
      const { respondBy = '', reason = '' } = extensionOf(referral, event) ?? {}
      return messages.extended(speaker, { ...told, respondBy, reason })
    },
  },
  'referral.reopened': {
    kind: 'reopened',
    still: isIn('new'),
    write: (speaker, told) => messages.reopened(speaker, { ...told, respondBy: told.referral.respondBy }),
  },
} satisfies Record<ToldTo<'customer'>, CustomerMail>

/** Whom an RFI's event tells of: all at first, later who was added. */
const asked = ({ addressed }: Facts, { data }: Event): readonly Addressed[] => {
  if (!('partnerIds' in data)) return addressed
  return addressed.filter(({ partnerId }) => data.partnerIds.includes(partnerId))
}

const toCustomer = (event: Event, facts: Facts): Draft[] => {
  const called = customerMails[event.type]
  if (!called || !facts.customer) return []
  const { contact } = facts.customer
  const draft = (write: Draft['write']): Draft[] => [
    { kind: called.kind, to: contact, role: 'customer', isMutable: false, digest: null, write },
  ]
  const to = { name: nameOf(contact), trackingUrl: facts.trackingUrl }
  const [first] = facts.addressed
  // Nobody fits it yet.
  if (!first) return event.type === 'rfi.received' ? draft(speaker => messages.looking(speaker, to)) : []
  const { referral, partnerName } = first
  if (called.still && !called.still(effective(referral, facts.now), event)) return []
  return draft(speaker => called.write(speaker, { ...to, facts, event, referral, partnerName }))
}

export const nameOf = ({ firstName, lastName }: Pick<Person, 'firstName' | 'lastName'>): string =>
  `${firstName} ${lastName}`

/** A mail to whoever of the partner is first in the order of contacts. */
interface ContactMail {
  readonly kind: DigestKind
  readonly still: Still
  /** Whether it is of no use any more once the referral's time to answer is over. */
  readonly untilRespondBy?: true
  readonly write: (speaker: Speaker, to: { footing: Footing; about: AboutReferral }, more: More) => Message
}

interface More {
  readonly answers: AnswerUrls
  readonly event: Event
}

const contactMails: Mails<ContactMail> = {
  'referral.received': {
    kind: 'new-referral',
    still: isIn('new'),
    untilRespondBy: true,
    write: (speaker, to, { answers }) => messages.newReferral(speaker, to, answers),
  },
  'referral.reminder-due': {
    kind: 'reminder',
    still: isIn('new'),
    untilRespondBy: true,
    write: (speaker, to, { answers }) => messages.reminder(speaker, to, answers),
  },
  'referral.nudge-due': { kind: 'nudge', still: hasCloseDateOf, write: messages.nudge },
  'referral.withdrawn': {
    kind: 'withdrawn',
    still: isIn('withdrawn'),
    write: (speaker, to, { event }) =>
      messages.withdrawn(speaker, to, event.actor.kind === 'customer' ? 'customer' : 'operator'),
  },
} satisfies Record<ToldTo<'contacts'>, ContactMail>

const toContacts = (event: Event, facts: Facts): Draft[] => {
  const called = contactMails[event.type]
  const { desk } = facts
  const [{ referral } = {}] = facts.addressed
  if (!called || !referral || !desk || !isStillTold(event, referral, facts.now)) return []
  const about = aboutReferral(referral, facts)
  const { locationId, id: referralId, respondBy } = referral
  return readersOf(desk.contacts, desk.health, { locationId, referralId }).map(reader => ({
    kind: called.kind,
    to: reader.person,
    role: reader.role,
    isMutable: reader.isMutable,
    // Who asked to be contacted directly waits for no digest.
    digest: referral.urgency ? null : { kind: called.kind, until: called.untilRespondBy ? respondBy : null },
    write: (speaker, urls) => {
      const footing = footingOf(desk, reader, urls)
      const answers = called.untilRespondBy ? answerUrls(referral, reader, urls, facts.now) : {}
      return called.write(speaker, { footing, about }, { answers, event })
    },
  }))
}

export const footingOf = (
  { partnerName, region }: Desk,
  { person, role, isMutable }: Reader,
  urls: Pick<Urls, 'mute'>,
): Footing => ({
  name: nameOf(person),
  role,
  partnerName,
  region,
  muteUrl: isMutable ? urls.mute() : undefined,
})

/** What can be answered from a mail now. Nobody comes after an administrator. */
const answerUrls = (referral: Referral, { role }: Reader, urls: Urls, now: string): AnswerUrls => {
  const commands = (['accept', 'decline', 'extend'] as const).filter(name => allows(name, referral, now))
  const possible: AnswerAction[] = [...commands, ...(role === 'admin' ? [] : (['misaddressed'] as const))]
  return Object.fromEntries(possible.map(action => [action, urls.answer(action)]))
}

/** To those administrators who can be reached, of a contact who cannot. */
const toAdmins = ({ type, data }: Event, { desk, failed }: Facts): Draft[] => {
  if (type !== 'contact.failed' || !desk || !failed) return []
  const { person, problem } = failed
  // That mail does not arrive is told once; that one was sent to the wrong person, of each.
  if (data.known && problem !== 'misaddressed') return []
  const reached = once(desk.contacts.admins).filter(
    admin => addressOf(admin) !== addressOf(person) && isReachable(addressOf(admin), desk.health, ''),
  )
  return reached.map(admin => ({
    kind: 'contact-failed',
    to: admin,
    role: 'admin',
    isMutable: false,
    digest: null,
    write: speaker => {
      const { partnerName, region } = desk
      const footing = { name: nameOf(admin), role: 'admin', partnerName, region } as const
      return messages.contactFailed(speaker, {
        footing,
        problem,
        name: nameOf(person),
        address: person.email,
      })
    },
  }))
}

interface Calling {
  readonly event: EventType
  readonly kind: MailKind
  readonly to: 'customer' | 'contacts' | 'administrators'
}

/** Which event calls for which mail, and to whom. */
export const callings: readonly Calling[] = [
  ...Object.entries(customerMails).map(([event, { kind }]) => ({ event, kind, to: 'customer' }) as Calling),
  ...Object.entries(contactMails).map(([event, { kind }]) => ({ event, kind, to: 'contacts' }) as Calling),
  { event: 'contact.failed', kind: 'contact-failed', to: 'administrators' },
]
