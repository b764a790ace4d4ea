/** Decides which mails an event causes, and who gets them. */

import type { ContactProblem, Event, EventType } from '../../events/contract.ts'
import type { Person } from '../../kernel/person.ts'
import {
  type AboutReferral,
  aboutReferral,
  addressOf,
  isReachable,
  type ProfileContacts,
  type Reader,
  readersOf,
  uniqueByAddress,
} from '../../partners/rules.ts'
import type { Taxonomy } from '../../program/contract.ts'
import type { Status } from '../../referrals/contract.ts'
import { allows, effective, type Referral, type Rfi } from '../../referrals/rules.ts'
import type { Instant } from '../../time/instant.ts'
import {
  type CustomerContext,
  customerMailKinds,
  draftToCustomer,
  type WriteOptions,
} from '../customer-mail/news.ts'
import type { PendingNews } from '../customer-mail/rules.ts'
import type { Localizer } from '../language/rules.ts'
import type { AnswerAction } from '../links/contract.ts'
import type { AnswerUrls, DigestKind, Footing, MailContent } from './compose.ts'
import * as compose from './compose.ts'
import type { MailedEvent, MailKind, SuggestedPartner } from './contract.ts'
import { nameOf } from './person-name.ts'

/** Data for the mails about an event. */
export interface MailContext extends CustomerContext {
  readonly taxonomy: Taxonomy
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
  /** Set for a mail to the customer of an RFI, whose number is limited. */
  readonly news?: PendingNews | undefined
  readonly write: (localizer: Localizer, urls: Urls, options?: WriteOptions) => MailContent
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

const hasCloseDateOf: IsCurrent = ({ status, deal }, { data }) =>
  status === 'active' && 'estimatedCloseDate' in data && deal?.estimatedCloseDate === data.estimatedCloseDate

/** Mails by event type. `satisfies` checks that the keys are the events of the contract. */
type MailsByEvent<Mail> = Partial<Readonly<Record<EventType, Mail>>>

/** Returns the mail to the customer about an event. A customer whose data was erased gets none. */
const draftsToCustomer = (event: Event, context: MailContext): Draft[] => {
  const draft = draftToCustomer(event, context)
  if (!draft || !context.customer) return []
  const { kind, news, write } = draft
  const base = {
    kind,
    to: context.customer.contact,
    role: 'customer',
    isMutable: false,
    digest: null,
  } as const
  return [{ ...base, news, write: (localizer, _, options = alone) => write(localizer, options) }]
}

/** Options of a mail that tells no other news. */
const alone: WriteOptions = { tells: [], isLast: false }

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
  // A single mail that did not arrive is passed on, and nobody has to correct anything.
  if (data.problem === 'undelivered' || problem === 'undelivered') return []
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
  ...customerMailKinds.map(([event, kind]): MailRule => ({ event, kind, to: 'customer' })),
  ...Object.entries(contactMails).map(([event, { kind }]) => ({ event, kind, to: 'contacts' }) as MailRule),
  { event: 'contact.failed', kind: 'contact-failed', to: 'administrators' },
]
