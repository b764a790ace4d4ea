/** Composes mails to the people of a partner about the people in a referral, its end and the choice of the customer. */

import type { customerChoices } from '../../events/contract.ts'
import { nameOf } from '../../kernel/person.ts'
import { type Localizer, userText } from '../language/rules.ts'
import { type CustomerReach, callingOf } from '../reach/rules.ts'
import {
  type AnswerUrls,
  answerLinks,
  type Block,
  type CustomerContact,
  contactCard,
  footer,
  greeting,
  type MailContent,
  numberRow,
  paragraph,
  placeOf,
  quote,
  type ToContact,
  unreachableBlocks,
} from './compose.ts'
import type { Mailbox } from './contract.ts'

/** Mail to a person who works on a referral. */
interface ToWorker extends ToContact {
  /** Undefined if mails must not show the contact details of the customer. */
  readonly contact: CustomerContact | undefined
  readonly reach: CustomerReach
}

/** Page on which a reader sees the contact details, or accepts to see them. */
type PageUrls = Pick<AnswerUrls, 'accept' | 'still-open'>

const mailboxOf = (contact: CustomerContact): Mailbox => ({
  name: nameOf(contact),
  address: contact.email,
})

/** Returns the person who gets the answers. A mail to an address that bounces is answered to the sender. */
const replyToOf = ({ contact, reach }: ToWorker): Mailbox | undefined =>
  contact && !reach.isUnreachable ? mailboxOf(contact) : undefined

/** Link to the contact details of the customer. An answer to the mail can quote it, so it is only in mails to the sender. */
const pageLink = (localizer: Localizer, urls: PageUrls, { details }: CustomerReach): Block[] => {
  const href = urls.accept ?? urls['still-open']
  if (!href) return []
  const label = localizer.text(details === 'later' ? 'action.accept' : 'contact.show')
  return [{ kind: 'links', links: [{ label, href }] }]
}

/**
 * Blocks with the customer, the number and the text of the request. The reply to the mail can quote them, so they contain
 * nothing that the customer must not see.
 */
const customerBlocks = (localizer: Localizer, to: ToWorker, urls: PageUrls): Block[] => {
  const { about, contact, reach } = to
  return [
    ...(contact ? [contactCard(contact, about, reach)] : []),
    ...(reach.isUnreachable ? unreachableBlocks(localizer, reach) : []),
    ...(replyToOf(to) ? [paragraph(localizer.text('customer-contact.reply'))] : []),
    ...(contact || reach.details !== 'later' ? [] : [paragraph(localizer.text('contact.after-acceptance'))]),
    ...(contact ? [] : pageLink(localizer, urls, reach)),
    numberRow(localizer, about),
    quote(about.summary),
  ]
}

/**
 * Mail to the person who accepted, and to the colleagues on the deal: the customer to call. If its answers go to the customer,
 * it has no links, because a quoted link would hand over its rights.
 * @param reader relation of the reader to the acceptance
 * @param urls page with the contact details, for a mail that does not show them
 */
export const youAccepted = (
  localizer: Localizer,
  to: ToWorker,
  reader: 'accepted' | 'colleague' | 'contact',
  urls: PageUrls,
): MailContent => {
  const { footing, about, reach } = to
  const company = userText(about.company)
  return {
    subject: localizer.text('you-accepted.subject', { reader, company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('you-accepted.body', { reader, company, ...placeOf(about) })),
      ...(reach.isUnreachable ? [] : [paragraph(localizer.text('you-accepted.next'))]),
      ...customerBlocks(localizer, to, urls),
      footer(localizer, footing),
    ],
    replyTo: replyToOf(to),
  }
}

/** Mail to a colleague whom the partner has put on a deal. Its links are those of `youAccepted`. */
export const colleagueAdded = (localizer: Localizer, to: ToWorker, urls: PageUrls): MailContent => {
  const { footing, about } = to
  const company = userText(about.company)
  return {
    subject: localizer.text('colleague-added.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('colleague-added.body', { company, ...placeOf(about) })),
      ...customerBlocks(localizer, to, urls),
      footer(localizer, footing),
    ],
    replyTo: replyToOf(to),
  }
}

/** Mail to the first contacts in order: mails do not reach the customer. */
export const customerUnreachable = (localizer: Localizer, to: ToWorker, urls: PageUrls): MailContent => {
  const { footing, about, contact, reach } = to
  const company = userText(about.company)
  const phone = callingOf(reach)
  return {
    subject: localizer.text('customer-unreachable.subject', { company, phone }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('customer-unreachable.body', { company, ...placeOf(about) })),
      paragraph(localizer.text('contact.unreachable.do', { phone })),
      ...(contact
        ? [contactCard(contact, about, { isUnreachable: true })]
        : pageLink(localizer, urls, reach)),
      numberRow(localizer, about),
      footer(localizer, footing),
    ],
  }
}

/** Mail to the first contacts in order: the customer has a new address. */
export const addressCorrected = (localizer: Localizer, to: ToWorker, urls: PageUrls): MailContent => {
  const { footing, about, contact, reach } = to
  const company = userText(about.company)
  const details = reach.details
  return {
    subject: localizer.text('address-corrected.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('address-corrected.body', { company, ...placeOf(about) })),
      ...(contact
        ? [contactCard(contact, about, { isUnreachable: false })]
        : [
            paragraph(localizer.text('address-corrected.where', { details })),
            ...pageLink(localizer, urls, reach),
          ]),
      numberRow(localizer, about),
      footer(localizer, footing),
    ],
  }
}

/** Reason why an expired referral cannot be reopened; `reopenable` if it can. */
export type Reopening = 'reopenable' | 'withdrawn' | 'elsewhere' | 'not-reopenable'

/** Mail to the first contacts in order: a referral has expired, with a link to reopen it if that is possible. */
export const referralExpired = (
  localizer: Localizer,
  { footing, about }: ToContact,
  urls: AnswerUrls,
  { reopening, isNeutral }: { readonly reopening: Reopening; readonly isNeutral: boolean },
): MailContent => {
  const company = userText(about.company)
  const until = about.reopenUntil ? localizer.instant(about.reopenUntil, about.zone) : ''
  return {
    subject: localizer.text('referral-expired.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('referral-expired.body', { company, ...placeOf(about) })),
      ...(isNeutral ? [paragraph(localizer.text('referral-expired.neutral'))] : []),
      numberRow(localizer, about),
      ...(reopening === 'reopenable'
        ? answerLinks(localizer, urls, localizer.text('referral-expired.reopen', { until }))
        : [paragraph(localizer.text('referral-expired.over', { reason: reopening }))]),
      footer(localizer, footing),
    ],
  }
}

interface Ignored extends ToContact {
  readonly number: number
  /** Names of the people who got the reminders. */
  readonly asked: readonly string[]
}

/** Mail to a partner's administrators: reminders are ignored. */
export const escalation = (localizer: Localizer, { footing, about, number, asked }: Ignored): MailContent => {
  const company = userText(about.company)
  return {
    subject: localizer.text('escalation.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(
        localizer.text('escalation.body', {
          company,
          ...placeOf(about),
          date: localizer.dateOf(about.receivedAt, about.zone),
        }),
      ),
      paragraph(
        localizer.text('escalation.asked', { count: number, people: localizer.list(asked.map(userText)) }),
      ),
      numberRow(localizer, about),
      paragraph(
        localizer.text('escalation.ask', { respondBy: localizer.instant(about.respondBy, about.zone) }),
      ),
      footer(localizer, footing),
    ],
  }
}

/** Mail to the first contacts in order: the customer has chosen another partner before they answered. */
export const superseded = (localizer: Localizer, { footing, about }: ToContact): MailContent => {
  const company = userText(about.company)
  return {
    subject: localizer.text('superseded.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('superseded.body', { company, ...placeOf(about) })),
      numberRow(localizer, about),
      paragraph(localizer.text('superseded.nothing')),
      footer(localizer, footing),
    ],
  }
}

/**
 * Mail to the first contacts in order: the customer has chosen this partner, or has decided otherwise. The likelier end of the
 * deal is the main action.
 * @param urls pages to report the end of the deal, if it is still open
 */
export const choiceNoted = (
  localizer: Localizer,
  { footing, about }: ToContact,
  urls: AnswerUrls,
  choice: (typeof customerChoices)[number] | 'confirmed',
): MailContent => {
  const company = userText(about.company)
  return {
    subject: localizer.text('choice-noted.subject', { choice, company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('choice-noted.body', { choice, company, ...placeOf(about) })),
      numberRow(localizer, about),
      ...answerLinks(
        localizer,
        urls,
        localizer.text('choice-noted.ask'),
        choice === 'other' ? ['lose', 'win'] : ['win', 'lose'],
      ),
      footer(localizer, footing),
    ],
  }
}

/**
 * Mail to the contacts and administrators: the customer does not confirm the win that the partner reported.
 * @param urls page to continue the deal, if this is possible
 * @param isConfirmable true if the customer can still confirm the win on its page
 */
export const winDenied = (
  localizer: Localizer,
  { footing, about }: ToContact,
  urls: AnswerUrls,
  isConfirmable: boolean,
): MailContent => {
  const company = userText(about.company)
  return {
    subject: localizer.text('win-denied.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('win-denied.body', { company, ...placeOf(about) })),
      numberRow(localizer, about),
      paragraph(localizer.text('win-denied.ask', { how: isConfirmable ? 'page' : 'none' })),
      ...answerLinks(localizer, urls, localizer.text('win-denied.resume'), ['resume']),
      footer(localizer, footing),
    ],
  }
}
