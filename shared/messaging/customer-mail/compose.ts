/** Composes the subject and the content blocks of each mail to a customer. */

import { type RfiId, referenceOf } from '../../kernel/ids.ts'
import type { Instant } from '../../time/instant.ts'
import { type Localizer, userText, type Words } from '../language/rules.ts'
import { type Block, greeting, type Link, type MailContent, paragraph, quote } from '../mail/compose.ts'
import type { Mailbox, SuggestedPartner } from '../mail/contract.ts'

/** Data that every mail to a customer needs. */
export interface ToCustomer {
  readonly name: string
  readonly trackingUrl: string
  readonly rfiId: RfiId
  /** Instant of the request. */
  readonly createdAt: Instant
  /** Time zone of all instants of the mail. */
  readonly zone: string
  /** True for the last mail that the policy allows. */
  readonly isLast: boolean
}

/** @param links none for a mail whose answers go to a partner */
const customerBlocks = (
  localizer: Localizer,
  { name, rfiId, createdAt, zone, isLast }: ToCustomer,
  blocks: readonly Block[],
  links: readonly Link[],
): Block[] => [
  greeting(localizer, name),
  ...blocks,
  ...(isLast ? [paragraph(localizer.text('last-mail'))] : []),
  ...(links.length > 0 ? [{ kind: 'links', links } as const] : []),
  {
    kind: 'small',
    words: [
      ...localizer.text('footer.request', {
        number: referenceOf(rfiId),
        date: localizer.dateOf(createdAt, zone),
      }),
      ' · ',
      ...localizer.text('footer.customer'),
    ],
  },
]

const follow = (localizer: Localizer, { trackingUrl }: ToCustomer): Link[] => [
  { label: localizer.text('follow'), href: trackingUrl },
]

const listOf = (localizer: Localizer, names: readonly string[]): Words => localizer.list(names.map(userText))

/** Medium in which the customer gets all answers: mails, or only the request page if the limit of mails is low. */
export type Promised = 'mail' | 'page'

interface ReceiptDetails extends ToCustomer {
  readonly promise: Promised
  readonly partnerNames: readonly string[]
  /** Undefined if no partner has to answer any more. */
  readonly respondBy: Instant | undefined
  /** Sentences about later news that have not reached the customer. */
  readonly news?: readonly Words[]
}

const receiptBlocks = (localizer: Localizer, details: ReceiptDetails): Block[] => {
  const { partnerNames, respondBy, promise, zone, news = [] } = details
  const count = partnerNames.length
  const blocks = [
    sentTo(localizer, partnerNames),
    ...(respondBy
      ? [localizer.text('receipt.until', { count, promise, respondBy: localizer.instant(respondBy, zone) })]
      : []),
    ...news,
  ]
  return customerBlocks(localizer, details, blocks.map(paragraph), follow(localizer, details))
}

/** Sentence: the request was sent to partners. */
export const sentTo = (localizer: Localizer, partnerNames: readonly string[]): Words =>
  localizer.text('receipt.sent', { partners: listOf(localizer, partnerNames) })

/** Mail to the customer: the RFI was received and sent to its recipients. */
export const receipt = (localizer: Localizer, details: ReceiptDetails): MailContent => ({
  subject: localizer.text('receipt.subject'),
  blocks: receiptBlocks(localizer, details),
})

/** Mail to the customer: the RFI was received and has no recipient yet. */
export const receiptWithoutRecipients = (
  localizer: Localizer,
  to: ToCustomer & { readonly promise: Promised },
): MailContent => ({
  subject: localizer.text('looking.subject'),
  blocks: customerBlocks(
    localizer,
    to,
    [paragraph(localizer.text('looking.body', { promise: to.promise }))],
    follow(localizer, to),
  ),
})

/** Mail to the customer: the RFI was sent to further recipients. */
export const recipientsAdded = (localizer: Localizer, details: ReceiptDetails): MailContent => ({
  subject: localizer.text('added.subject', { partners: listOf(localizer, details.partnerNames) }),
  blocks: receiptBlocks(localizer, details),
})

interface AboutPartner extends ToCustomer {
  readonly partnerName: string
}

/** A person of the partner who takes care of the request. */
interface Caretaker {
  readonly name: string
  readonly phone?: string | undefined
  /** Country of a telephone number without country code. */
  readonly country?: string | undefined
  readonly email: string
}

interface Accepted extends AboutPartner {
  readonly locationName: string
  readonly website: string | undefined
  readonly people: readonly Caretaker[]
  /** The person who gets the answers; undefined if nobody is known. */
  readonly replyTo: Mailbox | undefined
  /** True if the first mail to the customer was sent before the RFI had recipients. */
  readonly wasUnrouted: boolean
}

/** Names the partner only if the name of the office does not. */
const officeOf = (partnerName: string, locationName: string): Words => [
  userText(locationName.includes(partnerName) ? locationName : `${partnerName}, ${locationName}`),
]

/**
 * Mail to the customer: a partner has accepted, with the people or the office that will contact the customer. Answers go to
 * the partner. The mail then has no link to the request, because an answer quotes it, and the link can withdraw the request.
 */
export const accepted = (localizer: Localizer, details: Accepted): MailContent => {
  const { partnerName, locationName, website, people, replyTo } = details
  const partner = userText(partnerName)
  const cards = people.map((person): Block => ({ kind: 'contact', ...person }))
  const office: Block = {
    kind: 'facts',
    rows: [
      [localizer.text('accepted.location'), officeOf(partnerName, locationName)],
      ...(website ? [[localizer.text('accepted.website'), [userText(website)]] as const] : []),
    ],
  }
  const blocks = [
    paragraph(localizer.text('accepted.body', { partner })),
    ...(people.length > 0
      ? [paragraph(localizer.text('accepted.people', { count: people.length })), ...cards]
      : [paragraph(localizer.text('accepted.office', { location: userText(locationName) }))]),
    office,
    ...(replyTo ? [paragraph(localizer.text('accepted.reply', { name: userText(replyTo.name) }))] : []),
    ...(replyTo ? [paragraph(whereLinkIs(localizer, details))] : []),
  ]
  return {
    subject: localizer.text('accepted.subject', { partner }),
    blocks: customerBlocks(localizer, details, blocks, replyTo ? [] : follow(localizer, details)),
    replyTo,
  }
}

const whereLinkIs = (localizer: Localizer, { wasUnrouted, createdAt, zone }: Accepted): Words =>
  localizer.text('accepted.link', {
    subject: localizer.text(wasUnrouted ? 'looking.subject' : 'receipt.subject'),
    date: localizer.dateOf(createdAt, zone),
  })

interface Ended extends AboutPartner {
  /** Names of further partners that this mail tells about. */
  readonly alsoDeclined: readonly string[]
  readonly alsoExpired: readonly string[]
  /** Null if the mail must not ask for another choice, because the customer is asked about a win. */
  readonly suggestions: readonly SuggestedPartner[] | null
  /** True if another partner works on the request or can still answer it. */
  readonly hasOthers: boolean
}

/** Blocks with the next best partners, each with a link to its entry on the customer's page. */
const suggestionBlocks = (localizer: Localizer, { suggestions, trackingUrl, hasOthers }: Ended): Block[] => {
  if (!suggestions) return []
  const others = hasOthers ? 'open' : 'none'
  if (suggestions.length === 0) return [paragraph(localizer.text('suggestions.none', { others }))]
  const choices = suggestions.map(({ profileId, name, city, headline }) => ({
    name: [userText(name)],
    detail: [userText(headline), ' · ', userText(city)],
    link: {
      label: localizer.text('suggestions.ask', { partner: userText(name) }),
      href: `${trackingUrl}#${profileId}`,
    },
  }))
  return [
    paragraph(localizer.text('suggestions.choose', { others })),
    paragraph(localizer.text('suggestions.fitting', { count: choices.length })),
    { kind: 'choices', choices },
  ]
}

/** Sentence: partners have declined, or did not answer in time. */
export const ended = (
  localizer: Localizer,
  reason: 'declined' | 'expired',
  partnerNames: readonly string[],
): Words =>
  localizer.text(`${reason}.body`, {
    partner: listOf(localizer, partnerNames),
    count: partnerNames.length,
  })

/** Mail to the customer: a partner, or several at once, have declined or did not answer in time. */
export const declinedOrExpired = (
  localizer: Localizer,
  reason: 'declined' | 'expired',
  details: Ended,
): MailContent => {
  const { partnerName, alsoDeclined, alsoExpired } = details
  const names = {
    declined: reason === 'declined' ? [partnerName, ...alsoDeclined] : alsoDeclined,
    expired: reason === 'expired' ? [partnerName, ...alsoExpired] : alsoExpired,
  }
  const isOnlyOne = alsoDeclined.length + alsoExpired.length === 0
  const sentences = (['declined', 'expired'] as const)
    .filter(one => names[one].length > 0)
    .map(one => paragraph(ended(localizer, one, names[one])))
  return {
    subject: isOnlyOne
      ? localizer.text(`${reason}.subject`, { partner: userText(partnerName) })
      : localizer.text('ended.subject'),
    blocks: customerBlocks(
      localizer,
      details,
      [...sentences, ...suggestionBlocks(localizer, details)],
      follow(localizer, details),
    ),
  }
}

interface MoreTime extends AboutPartner {
  readonly respondBy: Instant
}

/** Mail to the customer: a partner has asked for more time, with its reason. */
export const extended = (
  localizer: Localizer,
  details: MoreTime & { readonly reason: string },
): MailContent => {
  const partner = userText(details.partnerName)
  const respondBy = localizer.instant(details.respondBy, details.zone)
  return {
    subject: localizer.text('extended.subject', { partner }),
    blocks: customerBlocks(
      localizer,
      details,
      [paragraph(localizer.text('extended.body', { partner, respondBy })), quote(details.reason)],
      follow(localizer, details),
    ),
  }
}

/** Mail to the customer: a partner has reopened an expired referral. */
export const reopened = (localizer: Localizer, details: MoreTime): MailContent => {
  const partner = userText(details.partnerName)
  const blocks = [
    localizer.text('reopened.body', { partner }),
    localizer.text('reopened.until', { respondBy: localizer.instant(details.respondBy, details.zone) }),
  ]
  return {
    subject: localizer.text('reopened.subject', { partner }),
    blocks: customerBlocks(localizer, details, blocks.map(paragraph), follow(localizer, details)),
  }
}

interface Lost extends AboutPartner {
  /** Names of the partners that the customer can ask again, because it had chosen this one. */
  readonly superseded: readonly string[]
}

/** Mail to the customer: a partner has closed the referral without a deal. */
export const lost = (localizer: Localizer, details: Lost): MailContent => {
  const { partnerName, superseded } = details
  const partner = userText(partnerName)
  const next =
    superseded.length > 0
      ? localizer.text('lost.again', { partners: listOf(localizer, superseded) })
      : localizer.text('lost.next')
  return {
    subject: localizer.text('lost.subject', { partner }),
    blocks: customerBlocks(
      localizer,
      details,
      [localizer.text('lost.body', { partner }), next].map(paragraph),
      follow(localizer, details),
    ),
  }
}

interface Question extends ToCustomer {
  readonly partnerNames: readonly string[]
}

/** Sentence: partners report a win. Is it right? */
export const reportedWin = (localizer: Localizer, partnerNames: readonly string[]): Words =>
  localizer.text('win-question.body', {
    partners: listOf(localizer, partnerNames),
    count: partnerNames.length,
  })

/**
 * Mail to the customer: is the win right that a partner reports? The page behind the links has the buttons, and the one of the
 * link first.
 */
export const winQuestion = (localizer: Localizer, details: Question): MailContent => {
  const { partnerNames, trackingUrl } = details
  return {
    subject: localizer.text('win-question.subject', { partners: listOf(localizer, partnerNames) }),
    blocks: customerBlocks(
      localizer,
      details,
      [reportedWin(localizer, partnerNames), localizer.text('win-question.why')].map(paragraph),
      [
        { label: localizer.text('win-question.yes'), href: `${trackingUrl}#win` },
        { label: localizer.text('win-question.no'), href: `${trackingUrl}&win=no#win` },
      ],
    ),
  }
}

/** Mail to the customer: have you decided? */
export const choiceQuestion = (localizer: Localizer, details: Question): MailContent => {
  const partners = listOf(localizer, details.partnerNames)
  return {
    subject: localizer.text('choice-question.subject'),
    blocks: customerBlocks(
      localizer,
      details,
      [localizer.text('choice-question.body', { partners }), localizer.text('choice-question.later')].map(
        paragraph,
      ),
      [{ label: localizer.text('choice-question.tell'), href: details.trackingUrl }],
    ),
  }
}

/** Mail to the customer: the news of a day that were not mailed one by one. */
export const customerDigest = (
  localizer: Localizer,
  details: ToCustomer & { readonly lines: readonly Words[] },
): MailContent => ({
  subject: localizer.text('customer-digest.subject'),
  blocks: customerBlocks(
    localizer,
    details,
    [paragraph(localizer.text('customer-digest.body')), { kind: 'list', items: details.lines }],
    follow(localizer, details),
  ),
})
