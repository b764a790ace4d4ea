/** Decides which events the customer of an RFI is told, and what the mail or the line of a digest says. */

import type { Event } from '../../events/contract.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import type { Person } from '../../kernel/person.ts'
import { nameOf } from '../../kernel/person.ts'
import {
  addressOf,
  locationNameOf,
  officeZoneOf,
  type ProfileContacts,
  readersOf,
} from '../../partners/rules.ts'
import type { Customer, Policy } from '../../program/contract.ts'
import { regionTime } from '../../program/rules.ts'
import { effective, isWinInQuestion, type Referral, type Rfi } from '../../referrals/rules.ts'
import type { Instant } from '../../time/instant.ts'
import { type Localizer, userText, type Words } from '../language/rules.ts'
import type { MailContent } from '../mail/compose.ts'
import type { Mailbox, MailedEvent, SuggestedPartner } from '../mail/contract.ts'
import * as compose from './compose.ts'
import {
  allowsEachAnswer,
  type CustomerMailKind,
  type PendingNews,
  type Priority,
  type Urgency,
  urgencies,
} from './rules.ts'

/** A partner that an RFI was sent to, with its referral. */
export interface Addressed {
  readonly partnerId: PartnerId
  readonly partnerName: string
  readonly referral: Referral
}

/** Data for the mails to the customer of an RFI. */
export interface CustomerContext {
  readonly now: Instant
  readonly policy: Policy
  /** Null if the customer was erased, and for events about contacts. */
  readonly customer: Customer | null
  readonly trackingUrl: string
  readonly rfi: Pick<Rfi, 'id' | 'status' | 'createdAt' | 'choice'> | undefined
  /** All recipients for an event of an RFI; one recipient for an event of a referral. */
  readonly addressed: readonly Addressed[]
  /** The other recipients of the RFI, for an event of a referral that customers are told. */
  readonly siblings: readonly Addressed[]
  readonly profileContacts?: ProfileContacts | undefined
  readonly suggestions: readonly SuggestedPartner[]
  /** The person who gets answers of customers; undefined if answers go to the sender. */
  readonly support: Mailbox | undefined
}

/** A mail to the customer, before it is written. */
export interface CustomerDraft {
  readonly kind: CustomerMailKind
  readonly news: PendingNews
  readonly write: (localizer: Localizer, options: WriteOptions) => MailContent
  /** Returns the line of a digest that replaces the mail. */
  readonly line: (localizer: Localizer) => Words
}

export interface WriteOptions {
  /** Ids of other news that the mail tells. */
  readonly tells: readonly string[]
  readonly isLast: boolean
}

/** Data for the mail about an event of a recipient of the RFI. Referrals have their effective status. */
interface Details {
  readonly context: CustomerContext
  readonly event: Event
  readonly to: Omit<compose.ToCustomer, 'isLast'>
  readonly choice: Rfi['choice']
  readonly isWithdrawn: boolean
  /** The referral of the event, or the first one for an event of an RFI. */
  readonly referral: Referral
  readonly partnerName: string
  readonly others: readonly Addressed[]
}

interface CustomerMail {
  readonly kind: CustomerMailKind
  readonly question?: PendingNews['question']
  /** Tests if the mail is still true. A late mail must not report a past state. */
  readonly isCurrent: (details: Details) => boolean
  readonly write: (localizer: Localizer, details: Details, options: WriteOptions) => MailContent
  readonly line: (localizer: Localizer, details: Details) => Words
}

/** Tests if the customer still looks for a partner. */
const isLooking = ({ choice, isWithdrawn }: Details): boolean => !choice && !isWithdrawn

/** Tests if the answer of an event was neither undone nor replaced by a later one. */
const isLastAnswer = ({ event, referral }: Details): boolean => referral.actedVersion === event.version

/** Returns the recipients whose win the customer can still confirm or deny, the earliest report first. */
const winsInQuestion = ({ context, referral, partnerName, others }: Details): Addressed[] => {
  const { policy, now } = context
  const all = [{ partnerId: referral.partnerId, partnerName, referral }, ...others]
  return all
    .filter(({ referral: one }) => {
      // A win that is denied now was in question at this instant, but its customer has answered.
      const isDenied = one.winDeniedAt !== null
      return !isDenied && isWinInQuestion(one, policy.choice.winQuestionTime, now)
    })
    .toSorted((a, b) => (reportOrder(a) < reportOrder(b) ? -1 : 1))
}
const reportOrder = ({ referral: { closedAt, id } }: Addressed): string => `${closedAt} ${id}`

/** Tests for an answer that the partner can still undo. The customer is told afterwards. */
const isUndoable = ({ undoUntil }: Referral, now: Instant): boolean => undoUntil !== null && undoUntil > now

/** Tests if a referral is still a chance for the customer, so that news about the others are not urgent. */
const isOpen = (referral: Referral, now: Instant): boolean => {
  const { status, winDeniedAt } = referral
  if (status === 'new' || status === 'active' || isUndoable(referral, now)) return true
  return status === 'won' && winDeniedAt === null
}

const hasOpenOthers = ({ others, context }: Details): boolean =>
  others.some(other => isOpen(other.referral, context.now))

const isEnded = ({ status }: Referral): boolean => status === 'declined' || status === 'expired'

/** Returns the id of the news that a referral was declined or has expired. It is known before the event of the expiry. */
const endIdOf = ({ id, closedAt }: Referral): string => `${id}.end.${closedAt}`

/** Returns the instant at which an end was stored. An expiry that is not stored yet is stored by now at the earliest. */
const endStoredAt = ({ updatedAt, closedAt }: Referral, now: Instant): Instant =>
  closedAt !== null && updatedAt >= closedAt ? updatedAt : now

/** Returns the others that have ended, and are told in the same mail if the customer does not know it yet. */
const othersEnded = ({ others, context }: Details): Addressed[] =>
  others.filter(({ referral }) => isEnded(referral) && !isUndoable(referral, context.now))

const ended = (kind: 'declined' | 'expired'): Pick<CustomerMail, 'kind' | 'write' | 'line'> => ({
  kind,
  write: (localizer, details, { tells, isLast }) => {
    const also = othersEnded(details).filter(({ referral }) => tells.includes(endIdOf(referral)))
    const namesIn = (status: Referral['status']) =>
      namesOf(also.filter(({ referral }) => referral.status === status))
    const { suggestions } = details.context
    return compose.declinedOrExpired(localizer, kind, {
      ...details.to,
      isLast,
      partnerName: details.partnerName,
      alsoDeclined: namesIn('declined'),
      alsoExpired: namesIn('expired'),
      suggestions: winsInQuestion(details).length > 0 ? null : suggestions,
      hasOthers: hasOpenOthers(details),
    })
  },
  line: (localizer, { partnerName }) => compose.ended(localizer, kind, [partnerName]),
})

/** Returns the extension that an event is about, which is not always the last one. */
const extensionOf = ({ extensions }: Referral, { data }: Event) =>
  extensions.find(({ respondBy }) => 'respondBy' in data && respondBy === data.respondBy)

const moreTimeOf = ({ referral, event }: Details) => {
  const { respondBy = '' as Instant, reason = '' } = extensionOf(referral, event) ?? {}
  return { respondBy, reason }
}

/** Returns the recipients that an event of an RFI adds: all recipients for `rfi.received`. */
const newlyAddressed = ({ context: { addressed }, event: { data } }: Details): readonly Addressed[] =>
  'partnerIds' in data ? addressed.filter(({ partnerId }) => data.partnerIds.includes(partnerId)) : addressed

const namesOf = (addressed: readonly Addressed[]): string[] => addressed.map(({ partnerName }) => partnerName)

/** Returns the latest deadline, with the time zone in which the customer is told it. */
const latestDeadline = (addressed: readonly Addressed[], context: CustomerContext) => {
  const [latest] = addressed
    .map(({ referral }) => referral)
    .toSorted((a, b) => (a.respondBy < b.respondBy ? 1 : -1))
  return { respondBy: latest?.respondBy, zone: zoneFor(latest, context) }
}

/** Returns the time zone in which the customer is told instants about a referral, or about the RFI. */
export const zoneFor = (
  referral: Pick<Referral, 'region' | 'partnerId' | 'locationId'> | undefined,
  { policy, customer, profileContacts }: Pick<CustomerContext, 'policy' | 'customer' | 'profileContacts'>,
): string => {
  const readerCountry = customer?.address.country ?? ''
  if (!referral) return regionTime(policy, readerCountry).zone
  const isOwn = profileContacts?.partnerId === referral.partnerId
  const officeZone = isOwn ? officeZoneOf(profileContacts, referral) : undefined
  return regionTime(policy, referral.region, { officeZone, readerCountry }).zone
}

/** Returns the recipients that have to answer. */
const unanswered = ({ addressed, now }: CustomerContext): Addressed[] =>
  addressed.filter(({ referral }) => effective(referral, now).status === 'new')

const receiptDetails = (details: Details, { isLast }: WriteOptions) => {
  const addressed = newlyAddressed(details)
  const deadline = latestDeadline(addressed, details.context)
  const { addressed: all, policy } = details.context
  // Recipients that are added later share the mails with those before, about which mails were sent.
  const count = addressed.length === all.length ? all.length : 2 * all.length
  const promise: compose.Promised = allowsEachAnswer(count, policy.customerMails) ? 'mail' : 'page'
  return { ...details.to, ...deadline, isLast, partnerNames: namesOf(addressed), promise }
}

/** Returns the people who take care of the request: colleagues on the deal, or who accepted, or contacts of the location. */
const caretakersOf = (referral: Referral, profileContacts: ProfileContacts | undefined): Person[] => {
  const { colleagues, acceptedBy, locationId, id: referralId } = referral
  if (colleagues.length > 0) return colleagues.map(colleague => ({ ...colleague, locale: 'en' }))
  if (acceptedBy) return [acceptedBy]
  if (!profileContacts) return []
  const { contacts, health } = profileContacts
  const own = contacts.locations.find(({ id }) => id === locationId)?.contacts ?? []
  const addresses = new Set(own.map(addressOf))
  return readersOf(contacts, health, { locationId, referralId })
    .map(({ person }) => person)
    .filter(person => addresses.has(addressOf(person)))
}

const writeAccepted: CustomerMail['write'] = (localizer, details, { isLast }) => {
  const { context, referral, partnerName, to } = details
  const { profileContacts } = context
  const people = caretakersOf(referral, profileContacts)
  const answering = referral.acceptedBy ?? people[0]
  return compose.accepted(localizer, {
    ...to,
    isLast,
    partnerName,
    locationName: locationNameOf(profileContacts, referral),
    website: profileContacts?.website,
    people: people.map(person => ({
      name: nameOf(person),
      phone: person.phone,
      country: referral.region,
      email: person.email,
    })),
    replyTo: answering && { name: nameOf(answering), address: answering.email },
    wasUnrouted: wasUnrouted(details),
  })
}

/** Returns the names of the partners that the customer can ask again, because the chosen one has lost the deal. */
const supersededNames = ({ choice, others }: Details): string[] =>
  choice ? namesOf(others.filter(({ referral }) => referral.status === 'superseded')) : []

/** Returns the names of the partners whose wins are asked about: this one, and others that can no longer be undone. */
const askedWins = (details: Details): string[] => {
  const { context, referral: own } = details
  const isAsked = (referral: Referral) => referral.id === own.id || !isUndoable(referral, context.now)
  return namesOf(winsInQuestion(details).filter(({ referral }) => isAsked(referral)))
}

/** Returns sentences that a customer has missed: acceptances, and wins that it is asked about. */
const missedNews = (localizer: Localizer, details: Details): Words[] => {
  const { context, partnerName, referral, others } = details
  const isActive = (one: Pick<Addressed, 'referral'>) => one.referral.status === 'active'
  const accepted = namesOf(
    [{ partnerId: referral.partnerId, partnerName, referral }, ...others].filter(isActive),
  )
  const wins = namesOf(winsInQuestion(details).filter(one => !isUndoable(one.referral, context.now)))
  const isAsked = isLooking(details) && wins.length > 0
  return [
    ...(accepted.length > 0
      ? [localizer.text('accepted.body', { partner: localizer.list(accepted.map(userText)) })]
      : []),
    ...(isAsked ? [winQuestionLine(localizer, wins)] : []),
  ]
}

/** Sentence: partners report a win, and the request page asks if this is right. */
const winQuestionLine = (localizer: Localizer, partnerNames: readonly string[]): Words => [
  ...compose.reportedWin(localizer, partnerNames),
  ' ',
  ...localizer.text('win-question.why'),
]

const activeNames = ({ partnerName, others }: Details): string[] => [
  partnerName,
  ...namesOf(others.filter(({ referral }) => referral.status === 'active')),
]

/** Mails to customers by event. */
const customerMails = {
  'rfi.received': {
    kind: 'receipt',
    isCurrent: () => true,
    write: (localizer, details, options) => compose.receipt(localizer, receiptDetails(details, options)),
    line: (localizer, details) => compose.sentTo(localizer, namesOf(newlyAddressed(details))),
  },
  // The receipt goes to the new address, because none has arrived. Earlier mails were lost too.
  'rfi.address-corrected': {
    kind: 'receipt',
    isCurrent: () => true,
    write: (localizer, details, options) => {
      const deadline = latestDeadline(unanswered(details.context), details.context)
      const news = missedNews(localizer, details)
      return compose.receipt(localizer, { ...receiptDetails(details, options), ...deadline, news })
    },
    line: (localizer, details) => compose.sentTo(localizer, namesOf(newlyAddressed(details))),
  },
  'rfi.recipients-added': {
    kind: 'added',
    isCurrent: isLooking,
    write: (localizer, details, options) =>
      compose.recipientsAdded(localizer, receiptDetails(details, options)),
    line: (localizer, details) => compose.sentTo(localizer, namesOf(newlyAddressed(details))),
  },
  'referral.accepted': {
    kind: 'accepted',
    isCurrent: ({ referral: { status } }) => ['active', 'won', 'lost'].includes(status),
    write: writeAccepted,
    line: (localizer, { partnerName }) =>
      localizer.text('accepted.body', { partner: localizer.list([userText(partnerName)]) }),
  },
  'referral.declined': {
    ...ended('declined'),
    isCurrent: details =>
      details.referral.status === 'declined' && isLastAnswer(details) && isLooking(details),
  },
  'referral.expired': {
    ...ended('expired'),
    isCurrent: details => {
      const { referral, event } = details
      const isThisExpiry = 'respondBy' in event.data && event.data.respondBy === referral.closedAt
      return referral.status === 'expired' && isThisExpiry && isLooking(details)
    },
  },
  'referral.extended': {
    kind: 'extended',
    isCurrent: details => {
      const { referral, event } = details
      const isStillOpen = referral.status === 'new' && extensionOf(referral, event) !== undefined
      return isStillOpen && isLooking(details)
    },
    write: (localizer, details, { isLast }) => {
      const { to, partnerName } = details
      return compose.extended(localizer, { ...to, ...moreTimeOf(details), partnerName, isLast })
    },
    line: (localizer, details) =>
      localizer.text('customer-digest.extended', {
        partner: userText(details.partnerName),
        respondBy: localizer.instant(moreTimeOf(details).respondBy, details.to.zone),
      }),
  },
  'referral.reopened': {
    kind: 'reopened',
    isCurrent: details => details.referral.status === 'new' && isLooking(details),
    write: (localizer, { to, partnerName, referral: { respondBy } }, { isLast }) =>
      compose.reopened(localizer, { ...to, partnerName, respondBy, isLast }),
    line: (localizer, { to, partnerName, referral: { respondBy } }) =>
      localizer.text('customer-digest.reopened', {
        partner: userText(partnerName),
        respondBy: localizer.instant(respondBy, to.zone),
      }),
  },
  'referral.won': {
    kind: 'win-question',
    question: 'win',
    // One question is open at a time. Its page also asks about wins that are reported later.
    isCurrent: details =>
      isLastAnswer(details) &&
      isLooking(details) &&
      winsInQuestion(details)[0]?.referral.id === details.referral.id,
    write: (localizer, details, { isLast }) =>
      compose.winQuestion(localizer, { ...details.to, isLast, partnerNames: askedWins(details) }),
    line: (localizer, details) => winQuestionLine(localizer, askedWins(details)),
  },
  'referral.lost': {
    kind: 'lost',
    isCurrent: details => {
      const { referral, choice, isWithdrawn } = details
      if (referral.status !== 'lost' || !isLastAnswer(details) || isWithdrawn) return false
      // A customer who chose somebody else expects that this partner closes the request.
      return !choice || choice.referralId === referral.id
    },
    write: (localizer, details, { isLast }) => {
      const { to, partnerName } = details
      return compose.lost(localizer, { ...to, isLast, partnerName, superseded: supersededNames(details) })
    },
    line: (localizer, { partnerName }) => localizer.text('lost.body', { partner: userText(partnerName) }),
  },
  'referral.nudge-due': {
    kind: 'choice-question',
    question: 'choice',
    isCurrent: details => {
      const { referral, event } = details
      const { deal, status } = referral
      const isThisNudge =
        'estimatedCloseDate' in event.data && deal?.estimatedCloseDate === event.data.estimatedCloseDate
      return status === 'active' && isThisNudge && isLooking(details) && winsInQuestion(details).length === 0
    },
    write: (localizer, details, { isLast }) =>
      compose.choiceQuestion(localizer, { ...details.to, isLast, partnerNames: activeNames(details) }),
    line: localizer => localizer.text('choice-question.line'),
  },
} as const satisfies Readonly<Record<MailedEvent<'customer'>, CustomerMail>>

const mailOf = ({ type }: Event): CustomerMail | undefined =>
  (customerMails as Partial<Readonly<Record<Event['type'], CustomerMail>>>)[type]

/** Kinds of the mails to customers, by event. */
export const customerMailKinds: readonly (readonly [MailedEvent<'customer'>, CustomerMailKind])[] =
  Object.entries(customerMails).map(([event, { kind }]) => [event as MailedEvent<'customer'>, kind] as const)

/** Returns the mail to the customer about an event; undefined for a customer whose data was erased. */
export const draftToCustomer = (event: Event, context: CustomerContext): CustomerDraft | undefined => {
  const mail = mailOf(event)
  const { customer, rfi, trackingUrl, now, addressed, siblings, support, policy } = context
  if (!mail || !customer || !rfi) return undefined
  const { id: rfiId, createdAt, choice } = rfi
  const [first, ...rest] = [...addressed, ...siblings].map(one => ({
    ...one,
    referral: effective(one.referral, now),
  }))
  const zone = zoneFor(first?.referral, context)
  const to = { name: nameOf(customer.contact), trackingUrl, rfiId, createdAt, zone }
  const withSupport = (content: MailContent): MailContent => ({
    ...content,
    replyTo: content.replyTo ?? support,
  })
  // The RFI has no recipient yet.
  if (!first) {
    if (mail.kind !== 'receipt') return undefined
    // The mail about the recipients leaves one for an acceptance.
    const promise: compose.Promised = policy.customerMails.perRfi > 2 ? 'mail' : 'page'
    return {
      kind: 'receipt',
      news: {
        ...eventNews(event),
        isUrgent: true,
        priority: 'acceptance',
        question: null,
        others: [],
      },
      write: (localizer, { isLast }) =>
        withSupport(compose.receiptWithoutRecipients(localizer, { ...to, isLast, promise })),
      line: localizer => localizer.text('looking.body', { promise }),
    }
  }
  const { referral, partnerName } = first
  const isWithdrawn = rfi.status === 'withdrawn'
  const details = { context, event, to, choice, isWithdrawn, referral, partnerName, others: rest }
  if (!mail.isCurrent(details)) return undefined
  return {
    kind: mail.kind,
    news: newsOf(mail, details),
    write: (localizer, options) => withSupport(mail.write(localizer, details, options)),
    line: localizer => mail.line(localizer, details),
  }
}

const eventNews = ({ id, subject, version }: Event) => ({
  id,
  referralId: subject.referral?.id ?? null,
  version,
})

const priorityOf = (urgency: Urgency, isNobodyLeft: boolean, details: Details): Priority => {
  if (urgency === 'always') return 'acceptance'
  if (urgency === 'first-question') return 'question'
  const { type } = details.event
  const isFirstRouting = type === 'rfi.recipients-added' && wasUnrouted(details)
  // A loss is not urgent. But the customer must know that nobody works on the request any more.
  const isLastEnd = isNobodyLeft && (urgency === 'nobody-left' || type === 'referral.lost')
  return isFirstRouting || isLastEnd ? 'nobody-left' : 'other'
}

/** Tests if the first mail to the customer was sent before the RFI had recipients. */
const wasUnrouted = ({ referral, others, to: { createdAt } }: Details): boolean =>
  [referral, ...others.map(other => other.referral)].every(({ receivedAt }) => receivedAt > createdAt)

const newsOf = ({ kind, question = null }: CustomerMail, details: Details): PendingNews => {
  const { event, referral, context } = details
  const urgency: Urgency = urgencies[kind]
  const isNobodyLeft = !hasOpenOthers(details)
  const news = {
    ...eventNews(event),
    question,
    isUrgent:
      urgency === 'always' || urgency === 'first-question' || (urgency === 'nobody-left' && isNobodyLeft),
    priority: priorityOf(urgency, isNobodyLeft, details),
  }
  if (urgency !== 'nobody-left') return { ...news, others: [] }
  return {
    ...news,
    id: endIdOf(referral),
    others: othersEnded(details).map(other => ({
      id: endIdOf(other.referral),
      at: endStoredAt(other.referral, context.now),
    })),
  }
}
