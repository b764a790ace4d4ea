/** Composes mails to the people of a partner about the people in a referral, its end and the choice of the customer. */

import type { customerChoices } from '../../events/contract.ts'
import { type Localizer, userText } from '../language/rules.ts'
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
} from './compose.ts'
import type { Mailbox } from './contract.ts'

/** Mail to a person who works on a referral. */
interface ToWorker extends ToContact {
  /** Undefined if mails must not show the contact details of the customer. */
  readonly contact: CustomerContact | undefined
}

const mailboxOf = ({ firstName, lastName, email }: CustomerContact): Mailbox => ({
  name: `${firstName} ${lastName}`,
  address: email,
})

/**
 * Blocks with the customer, the number and the text of the request. The reply to the mail can quote them, so they contain
 * nothing that the customer must not see.
 */
const customerBlocks = (localizer: Localizer, { about, contact }: ToWorker): Block[] => [
  ...(contact
    ? [contactCard(contact, about), paragraph(localizer.text('customer-contact.reply'))]
    : [paragraph(localizer.text('customer-contact.sign-in'))]),
  numberRow(localizer, about),
  quote(about.summary),
]

/**
 * Mail to the person who accepted, and to the colleagues on the deal: the customer to call. Answers to it go to the customer,
 * so it has no links, because a quoted link would hand over its rights.
 * @param reader relation of the reader to the acceptance
 */
export const youAccepted = (
  localizer: Localizer,
  to: ToWorker,
  reader: 'accepted' | 'colleague' | 'contact',
): MailContent => {
  const { footing, about, contact } = to
  const company = userText(about.company)
  return {
    subject: localizer.text('you-accepted.subject', { reader, company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('you-accepted.body', { reader, company, ...placeOf(about) })),
      ...customerBlocks(localizer, to),
      footer(localizer, footing),
    ],
    replyTo: contact && mailboxOf(contact),
  }
}

/** Mail to a colleague whom the partner has put on a deal. It has no links, like `youAccepted`. */
export const colleagueAdded = (localizer: Localizer, to: ToWorker): MailContent => {
  const { footing, about, contact } = to
  const company = userText(about.company)
  return {
    subject: localizer.text('colleague-added.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('colleague-added.body', { company, ...placeOf(about) })),
      ...customerBlocks(localizer, to),
      footer(localizer, footing),
    ],
    replyTo: contact && mailboxOf(contact),
  }
}

/** Mail to the first contacts in order: mails do not reach the customer, or the customer has a new address. */
export const addressNews = (
  localizer: Localizer,
  kind: 'customer-unreachable' | 'address-corrected',
  { footing, about, contact }: ToWorker,
): MailContent => {
  const company = userText(about.company)
  return {
    subject: localizer.text(`${kind}.subject`, { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text(`${kind}.body`, { company, ...placeOf(about) })),
      contact ? contactCard(contact, about) : paragraph(localizer.text(`${kind}.where`)),
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
  const until = about.reopenUntil ? localizer.instant(about.reopenUntil) : ''
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
          date: localizer.date(about.receivedAt.slice(0, 10)),
        }),
      ),
      paragraph(
        localizer.text('escalation.asked', { count: number, people: localizer.list(asked.map(userText)) }),
      ),
      numberRow(localizer, about),
      paragraph(localizer.text('escalation.ask', { respondBy: localizer.instant(about.respondBy) })),
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

/** Mail to the contacts and administrators: the customer does not confirm the win that the partner reported. */
export const winDenied = (localizer: Localizer, { footing, about }: ToContact): MailContent => {
  const company = userText(about.company)
  return {
    subject: localizer.text('win-denied.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('win-denied.body', { company, ...placeOf(about) })),
      numberRow(localizer, about),
      paragraph(localizer.text('win-denied.ask')),
      footer(localizer, footing),
    ],
  }
}
