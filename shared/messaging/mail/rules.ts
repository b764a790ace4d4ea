/** Decides which mails an event causes, and who gets them. */

import type { ContactProblem, Event, EventType } from '../../events/contract.ts'
import type { Person } from '../../kernel/person.ts'
import { nameOf } from '../../kernel/person.ts'
import {
  type AboutReferral,
  aboutReferral,
  addressOf,
  findPerson,
  isReachable,
  type ProfileContacts,
  readersOf,
  uniqueByAddress,
} from '../../partners/rules.ts'
import type { Taxonomy } from '../../program/contract.ts'
import type { Status } from '../../referrals/contract.ts'
import {
  allows,
  effective,
  isContactVisible,
  isWinAskedAt,
  type Referral,
  type Rfi,
  whyNotRevived,
} from '../../referrals/rules.ts'
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
import type { CustomerReach } from '../reach/rules.ts'
import type {
  AnswerUrls,
  CustomerContact,
  DigestEntry,
  DigestKind,
  Footing,
  MailContent,
  PartnerRole,
} from './compose.ts'
import * as compose from './compose.ts'
import * as partnerCompose from './compose-partner.ts'
import type { MailedEvent, MailKind, SuggestedPartner } from './contract.ts'

/** Data for the mails about an event. */
export interface MailContext extends CustomerContext {
  readonly taxonomy: Taxonomy
  /** True if mail to the customer is known to bounce. */
  readonly isCustomerUnreachable?: boolean
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
  readonly role: PartnerRole | 'customer'
  /** True if the reader can stop mails of this kind. */
  readonly isMutable: boolean
  /** Null if the mail must not wait for the digest. After `until`, the mail is useless; null means that it stays useful. */
  readonly digest: { readonly kind: DigestKind; readonly until: Instant | null } | null
  /** Set for a mail to the customer of an RFI, whose number is limited. */
  readonly news?: PendingNews | undefined
  readonly write: (localizer: Localizer, urls: Urls, options?: WriteOptions) => MailContent
}

/** An event of an RFI as it concerns one of its referrals: its subject has the referral. */
export interface RfiNews {
  readonly event: Event
  readonly context: MailContext
  /** Version of the RFI's event. The version of `event` is the referral's, so that its timeline shows the mail. */
  readonly rfiVersion: number
}

/** Returns the mails that an event causes. A customer whose data was erased gets none. */
export const draftsOf = (event: Event, context: MailContext): Draft[] => [
  ...draftsToPartner(event, context),
  ...draftsToCustomer(event, context),
  ...draftsToAdmins(event, context),
]

/** Returns the referral that an event of a referral is about. */
export const referralIn = ({ addressed }: MailContext): Referral | undefined => addressed[0]?.referral

/** Returns true if an event causes mail to the contacts in order, but none of the partner's people can be reached. */
export const reachesNobody = (event: Event, context: MailContext): boolean => {
  const reaching = mailsToPartner(event, context).filter(({ readers }) => readers === contactsInOrder)
  return reaching.length > 0 && draftsToPartner(event, context).length === 0
}

/**
 * Returns the line of a digest that replaces a held mail about an event.
 * @param isHeld tests if the digest holds the mail of a kind
 * @returns undefined if the mail is outdated
 */
export const digestEntryOf = (
  event: Event,
  isHeld: (kind: DigestKind) => boolean,
  context: MailContext,
): DigestEntry | undefined => {
  const referral = referralIn(context)
  const kind = mailsToPartner(event, context)
    .map(mail => mail.kind)
    .filter(isDigestKind)
    .find(isHeld)
  if (!referral || !kind) return undefined
  const about = aboutReferral(effective(referral, context.now), context)
  const reach = reachOf(false, effective(referral, context.now), context)
  return { kind, about, reach, choice: 'choice' in event.data ? event.data.choice : 'this' }
}

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

/** A person of a partner who gets a mail. */
interface PartnerReader {
  readonly person: Person
  readonly role: PartnerRole
  readonly isMutable: boolean
}

interface PartnerContext extends MailContext {
  readonly event: Event
  /** The referral with its effective status. */
  readonly referral: Referral
  readonly profileContacts: ProfileContacts
}

interface ToPartner {
  readonly footing: Footing
  readonly about: AboutReferral
  /** Set if the mail may show the contact details of the customer. */
  readonly contact: CustomerContact | undefined
  readonly reach: CustomerReach
}

/** A mail to people of a partner about an event of a referral. */
interface PartnerMail {
  readonly kind: MailKind
  readonly readers: (context: PartnerContext) => readonly PartnerReader[]
  readonly isCurrent: IsCurrent
  /** Condition on the policy, the RFI and the other recipients. */
  readonly isWanted?: (event: Event, referral: Referral, context: MailContext) => boolean
  /** Answers that links in the mail can give, in addition to the condition that the referral allows them. */
  readonly actions?: readonly AnswerAction[]
  /** Time after which the mail is useless. By default it stays useful. */
  readonly until?: 'respondBy'
  readonly write: (
    localizer: Localizer,
    to: ToPartner,
    urls: AnswerUrls,
    context: PartnerContext & { readonly reader: PartnerReader },
  ) => MailContent
}

/** Readers: the first reachable group in the order of contacts. */
const contactsInOrder = ({ profileContacts, referral }: PartnerContext): readonly PartnerReader[] => {
  const { locationId, id: referralId } = referral
  return readersOf(profileContacts.contacts, profileContacts.health, { locationId, referralId })
}

const reachableAdmins = ({ contacts, health }: ProfileContacts): PartnerReader[] =>
  uniqueByAddress(contacts.admins)
    .filter(admin => isReachable(addressOf(admin), health, ''))
    .map(person => ({ person, role: 'admin', isMutable: false }))

/** Readers: the administrators who are not among the contacts that get the mail. */
const administrators = (context: PartnerContext): PartnerReader[] => {
  const others = new Set(contactsInOrder(context).map(({ person }) => addressOf(person)))
  return reachableAdmins(context.profileContacts).filter(({ person }) => !others.has(addressOf(person)))
}

/** Readers: the person who accepted, or else the contacts in order, and the colleagues on the deal. */
const peopleOfDeal = (context: PartnerContext): PartnerReader[] => {
  const { referral, profileContacts } = context
  const { acceptedBy } = referral
  const accepting =
    acceptedBy && isReachable(addressOf(acceptedBy), profileContacts.health, referral.id)
      ? [{ person: acceptedBy, role: 'contact', isMutable: false } as const]
      : contactsInOrder(context).map(reader => ({ ...reader, isMutable: false }))
  const known = new Set(accepting.map(({ person }) => addressOf(person)))
  const colleagues = colleagueReaders(context, referral.colleagues)
  return [...accepting, ...colleagues.filter(({ person }) => !known.has(addressOf(person)))]
}

/** Readers: the colleague who was put on the deal, if it was not removed since. */
const addedColleague = (context: PartnerContext): PartnerReader[] => {
  const { data } = context.event
  if (!('contactId' in data)) return []
  return colleagueReaders(
    context,
    context.referral.colleagues.filter(({ id }) => id === data.contactId),
  )
}

const colleagueReaders = (
  { referral, profileContacts: { contacts, health } }: PartnerContext,
  colleagues: Referral['colleagues'],
): PartnerReader[] => {
  // Colleagues have no locale, so those who are no contacts get the language of the contacts.
  const nearest = contacts.locations.find(({ id }) => id === referral.locationId)?.contacts[0]
  const otherwise = referral.acceptedBy?.locale ?? nearest?.locale ?? 'en'
  const people = colleagues.map(({ id: _, ...colleague }) => ({
    ...colleague,
    locale: findPerson(contacts, addressOf(colleague))?.locale ?? otherwise,
  }))
  return uniqueByAddress(people)
    .filter(person => isReachable(addressOf(person), health, referral.id))
    .map(person => ({ person, role: 'colleague', isMutable: false }))
}

/** Tests if the customer still waits: it has not chosen, and it is not being asked about the win of another partner. */
const isAwaited = (_: Event, referral: Referral, { rfi, siblings, policy, now }: MailContext): boolean => {
  if (!rfi) return true
  const others = siblings.map(sibling => sibling.referral)
  return !rfi.choice && !isWinAskedAt(referral, rfi, others, policy.choice, now)
}

const isEscalated = (event: Event, referral: Referral, context: MailContext): boolean => {
  const { escalateAtReminder } = context.policy
  return (
    escalateAtReminder !== null &&
    reminderNumberOf(event) >= escalateAtReminder &&
    isAwaited(event, referral, context)
  )
}

/** Events that an earlier version of the program stored lack the number. */
const reminderNumberOf = ({ data }: Event): number => ('number' in data && data.number) || 1

const hasChoiceOf: IsCurrent = ({ status, customerChoice }, { data }) =>
  (status === 'active' || status === 'won') && 'choice' in data && customerChoice === data.choice

/** Answers about a referral that is new. */
const answersToNew = ['accept', 'decline', 'extend', 'misaddressed'] as const
/** Reports about a referral that is active. */
const reports = ['win', 'lose', 'reschedule', 'still-open'] as const

/** Answers whose page shows the contact details of the customer. */
const detailsPages = ['accept', 'still-open'] as const

const partnerMails: MailsByEvent<readonly PartnerMail[]> = {
  'referral.received': [
    {
      kind: 'new-referral',
      readers: contactsInOrder,
      isCurrent: isIn('new'),
      actions: answersToNew,
      until: 'respondBy',
      write: (localizer, to, urls) => compose.newReferral(localizer, to, urls),
    },
  ],
  'referral.reinstated': [
    {
      kind: 'reinstated',
      readers: contactsInOrder,
      isCurrent: isIn('new'),
      actions: answersToNew,
      until: 'respondBy',
      write: (localizer, to, urls) => compose.newReferral(localizer, to, urls, 'reinstated'),
    },
  ],
  'referral.reminder-due': [
    {
      kind: 'reminder',
      readers: contactsInOrder,
      isCurrent: isIn('new'),
      isWanted: isAwaited,
      actions: answersToNew,
      until: 'respondBy',
      write: compose.reminder,
    },
    {
      kind: 'escalation',
      readers: administrators,
      isCurrent: isIn('new'),
      isWanted: isEscalated,
      until: 'respondBy',
      write: (localizer, to, _, context) =>
        partnerCompose.escalation(localizer, {
          ...to,
          number: reminderNumberOf(context.event),
          asked: contactsInOrder(context).map(({ person }) => nameOf(person)),
        }),
    },
  ],
  'referral.accepted': [
    {
      kind: 'you-accepted',
      readers: peopleOfDeal,
      isCurrent: isIn('active', 'won', 'lost'),
      isWanted: (_, __, { customer }) => customer !== null,
      actions: detailsPages,
      write: (localizer, to, urls, { reader, referral: { acceptedBy } }) =>
        partnerCompose.youAccepted(localizer, to, acceptanceOf(reader, acceptedBy), urls),
    },
  ],
  'referral.contact-added': [
    {
      kind: 'colleague-added',
      readers: addedColleague,
      isCurrent: isIn('new', 'active'),
      actions: detailsPages,
      write: partnerCompose.colleagueAdded,
    },
  ],
  'referral.nudge-due': [
    {
      kind: 'nudge',
      readers: contactsInOrder,
      isCurrent: hasCloseDateOf,
      actions: reports,
      write: compose.nudge,
    },
  ],
  'referral.expired': [
    {
      kind: 'referral-expired',
      readers: contactsInOrder,
      isCurrent: isIn('expired'),
      isWanted: (_, __, { rfi }) => !rfi?.choice,
      actions: ['reopen'],
      write: (localizer, to, urls, context) =>
        partnerCompose.referralExpired(localizer, to, urls, {
          reopening: reopeningOf(context.referral, context),
          isNeutral: context.referral.isExpiryNeutral,
        }),
    },
  ],
  'referral.withdrawn': [
    {
      kind: 'withdrawn',
      readers: contactsInOrder,
      isCurrent: isIn('withdrawn'),
      write: (localizer, to, _, { event }) =>
        compose.withdrawn(localizer, to, event.actor.kind === 'customer' ? 'customer' : 'operator'),
    },
  ],
  'referral.superseded': [
    {
      kind: 'superseded',
      readers: contactsInOrder,
      isCurrent: isIn('superseded'),
      write: partnerCompose.superseded,
    },
  ],
  'referral.choice-noted': [
    {
      kind: 'choice-noted',
      readers: contactsInOrder,
      isCurrent: hasChoiceOf,
      actions: ['win', 'lose'],
      write: (localizer, to, urls, { event: { data } }) =>
        partnerCompose.choiceNoted(localizer, to, urls, 'choice' in data ? data.choice : 'this'),
    },
  ],
  'referral.win-confirmed': [
    {
      kind: 'choice-noted',
      readers: contactsInOrder,
      isCurrent: ({ status, winDeniedAt }) => status === 'won' && winDeniedAt === null,
      write: (localizer, to, urls) => partnerCompose.choiceNoted(localizer, to, urls, 'confirmed'),
    },
  ],
  'referral.win-denied': [contactsInOrder, administrators].map(readers => ({
    kind: 'win-denied',
    readers,
    isCurrent: ({ status, winDeniedAt }) => status === 'won' && winDeniedAt !== null,
    actions: ['resume'],
    write: (localizer, to, urls, { rfi }) =>
      partnerCompose.winDenied(localizer, to, urls, rfi?.status !== 'withdrawn'),
  })),
  'rfi.customer-unreachable': [
    {
      kind: 'customer-unreachable',
      readers: contactsInOrder,
      isCurrent: isIn('new', 'active'),
      actions: detailsPages,
      write: partnerCompose.customerUnreachable,
    },
  ],
  'rfi.address-corrected': [
    {
      kind: 'address-corrected',
      readers: contactsInOrder,
      isCurrent: isIn('new', 'active'),
      actions: detailsPages,
      write: partnerCompose.addressCorrected,
    },
  ],
} satisfies Record<MailedEvent<'contacts'>, readonly PartnerMail[]>

/** Returns the relation of a reader to the acceptance. */
const acceptanceOf = ({ role, person }: PartnerReader, acceptedBy: Person | null) => {
  if (acceptedBy && addressOf(acceptedBy) === addressOf(person)) return 'accepted'
  return role === 'colleague' ? 'colleague' : 'contact'
}

const reopeningOf = (referral: Referral, { rfi, siblings, now }: MailContext): partnerCompose.Reopening => {
  const others = siblings.map(sibling => sibling.referral)
  const gone = rfi && whyNotRevived('reopen', referral, rfi, others)
  if (gone) return gone === 'rfi-withdrawn' ? 'withdrawn' : 'elsewhere'
  return allows('reopen', referral, now) ? 'reopenable' : 'not-reopenable'
}

/** Tests if the deal of a denied win can continue: not after the customer has withdrawn the RFI. */
const isResumable = (referral: Referral, { rfi, now }: MailContext): boolean =>
  allows('resume', referral, now) && !(rfi && whyNotRevived('resume', referral, rfi, [referral]))

const isDigestKind = (kind: MailKind): kind is DigestKind & MailKind => kind in digestKinds

const digestKinds: Readonly<Record<DigestKind, true>> = {
  'new-referral': true,
  reminder: true,
  escalation: true,
  nudge: true,
  'referral-expired': true,
  withdrawn: true,
  superseded: true,
  'choice-noted': true,
  'win-denied': true,
}

/** Returns the mails to people of the partner that an event causes and that are not outdated. */
const mailsToPartner = (event: Event, context: MailContext): readonly PartnerMail[] => {
  const referral = referralIn(context)
  // The context of an event of an RFI has all recipients.
  if (!referral || !event.subject.referral) return []
  const present = effective(referral, context.now)
  return (partnerMails[event.type] ?? []).filter(
    ({ isCurrent, isWanted }) => isCurrent(present, event) && (isWanted?.(event, present, context) ?? true),
  )
}

export const draftsToPartner = (event: Event, context: MailContext): Draft[] => {
  const { profileContacts, now } = context
  const stored = referralIn(context)
  if (!stored || !profileContacts) return []
  const referral = effective(stored, now)
  const to: PartnerContext = { ...context, event, referral, profileContacts }
  const about = aboutReferral(referral, context)
  return mailsToPartner(event, context).flatMap(mail =>
    mail.readers(to).map((reader): Draft => {
      const answers = (urls: Urls) => answerUrls(mail.actions ?? [], reader, urls, to)
      return {
        kind: mail.kind,
        to: reader.person,
        role: reader.role,
        isMutable: reader.isMutable,
        digest: digestOf(mail, to),
        write: (localizer, urls) =>
          mail.write(
            localizer,
            {
              footing: footingOf(profileContacts, reader, urls),
              about,
              contact: shownContact(mail, to),
              reach: reachOf(shownContact(mail, to) !== undefined, referral, to),
            },
            answers(urls),
            { ...to, reader },
          ),
      }
    }),
  )
}

/** Decides if a mail can wait for the digest. New referrals, requests for direct contact and links to reopen cannot. */
const digestOf = ({ kind, until }: PartnerMail, context: PartnerContext): Draft['digest'] => {
  const { referral } = context
  if (!isDigestKind(kind) || kind === 'new-referral') return null
  if (referral.status === 'new' && referral.urgency === 'hot') return null
  if (kind === 'referral-expired' && reopeningOf(referral, context) === 'reopenable') return null
  return { kind, until: until === 'respondBy' ? referral.respondBy : null }
}

/** Mails to the people who work on a referral. They show the contact details after an acceptance. */
const mailsToWorkers: readonly MailKind[] = [
  'you-accepted',
  'colleague-added',
  'customer-unreachable',
  'address-corrected',
]

/** Returns the contact details of the customer if the policy shows them to the partner and in this mail. */
const shownContact = (
  { kind }: PartnerMail,
  { referral, customer, policy: { contactDetails } }: PartnerContext,
): CustomerContact | undefined => {
  if (!customer || !isContactVisible(referral)) return undefined
  const isHot = referral.urgency !== null && contactDetails.inMail === 'hot'
  const isShown = mailsToWorkers.includes(kind)
    ? contactDetails.inMail !== 'never' && (isHot || referral.status !== 'new')
    : isHot
  return isShown ? customer.contact : undefined
}

/** @param isShown true if the mail shows the contact details */
const reachOf = (
  isShown: boolean,
  referral: Referral,
  { customer, isCustomerUnreachable = false, now }: MailContext,
): CustomerReach => {
  const isOnPage = isContactVisible(referral) || allows('show-contact', referral, now)
  return {
    details: isShown ? 'shown' : isOnPage ? 'page' : 'later',
    isUnreachable: isCustomerUnreachable,
    hasPhone: Boolean(customer?.contact.phone),
  }
}

export const footingOf = (
  { partnerName, region }: ProfileContacts,
  { person, role, isMutable }: PartnerReader,
  urls: Pick<Urls, 'mute'>,
): Footing => ({
  name: nameOf(person),
  role,
  partnerName,
  region,
  muteUrl: isMutable ? urls.mute() : undefined,
})

/** Returns the URLs of those answers that are possible now. */
const answerUrls = (
  actions: readonly AnswerAction[],
  reader: PartnerReader,
  urls: Urls,
  context: PartnerContext,
): AnswerUrls =>
  Object.fromEntries(
    actions
      .filter(action => isPossible(action, reader, context))
      .map(action => [action, urls.answer(action)]),
  )

const isPossible = (action: AnswerAction, { role }: PartnerReader, context: PartnerContext): boolean => {
  const { referral, now } = context
  // An administrator cannot pass a mail on, because no contact comes next.
  if (action === 'misaddressed') return role !== 'admin'
  if (action === 'reopen') return reopeningOf(referral, context) === 'reopenable'
  if (action === 'resume') return isResumable(referral, context)
  return allows(action === 'reschedule' || action === 'still-open' ? 'edit-deal' : action, referral, now)
}

/** Returns the mails about a contact that cannot be reached, to the administrators who can be reached. */
const draftsToAdmins = ({ type, data }: Event, { profileContacts, failed }: MailContext): Draft[] => {
  if (type !== 'contact.failed' || !profileContacts || !failed) return []
  const { person, problem } = failed
  // A single mail that did not arrive is passed on, and nobody has to correct anything.
  if (data.problem === 'undelivered' || problem === 'undelivered') return []
  // A bounce or complaint is reported once, a wrong person once per referral.
  if (data.known && problem !== 'misaddressed') return []
  const reached = reachableAdmins(profileContacts).map(reader => reader.person)
  const others = reached.filter(admin => addressOf(admin) !== addressOf(person))
  return others.map(admin => ({
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
  readonly to: 'customer' | 'contacts' | 'people on the deal' | 'colleague' | 'administrators'
}

const groupOf = (readers: PartnerMail['readers']): MailRule['to'] => {
  if (readers === contactsInOrder) return 'contacts'
  if (readers === administrators) return 'administrators'
  return readers === addedColleague ? 'colleague' : 'people on the deal'
}

/** All mails with their events and readers. */
export const mailRules: readonly MailRule[] = [
  ...customerMailKinds.map(([event, kind]): MailRule => ({ event, kind, to: 'customer' })),
  ...Object.entries(partnerMails).flatMap(([event, mails]) =>
    mails.map(({ kind, readers }) => ({ event, kind, to: groupOf(readers) }) as MailRule),
  ),
  { event: 'contact.failed', kind: 'contact-failed', to: 'administrators' },
]
