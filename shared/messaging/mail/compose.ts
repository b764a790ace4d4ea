/** Composes the subject and the content blocks of each mail. `render.ts` turns them into HTML and plain text. */

import type { ContactProblem } from '../../events/contract.ts'
import type { AboutReferral } from '../../partners/rules.ts'
import type { Instant } from '../../time/instant.ts'
import type { MessageId } from '../language/catalog.ts'
import { type Foreign, foreign, type Speaker, type Words } from '../language/rules.ts'
import { type AnswerAction, answerActions } from '../links/contract.ts'
import type { SuggestedPartner } from './contract.ts'

export interface Link {
  readonly label: Words
  readonly href: string
}

export type Block =
  | { readonly kind: 'paragraph'; readonly words: Words }
  /** Shown with emphasis. */
  | { readonly kind: 'alert'; readonly words: Words }
  /** Text that a person entered, unchanged. */
  | { readonly kind: 'quote'; readonly text: string }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [label: Words, value: Words])[] }
  | { readonly kind: 'list'; readonly items: readonly Words[] }
  /** The first link is the main action. */
  | { readonly kind: 'links'; readonly links: readonly Link[] }
  /** Partners to choose from. */
  | {
      readonly kind: 'choices'
      readonly choices: readonly { readonly name: Words; readonly detail: Words; readonly link: Link }[]
    }
  | { readonly kind: 'small'; readonly words: Words; readonly link?: Link | undefined }

/** Content of a mail, before it is rendered as HTML and plain text. */
export interface MailContent {
  readonly subject: Words
  readonly blocks: readonly Block[]
}

const paragraph = (words: Words): Block => ({ kind: 'paragraph', words })
const quote = (text: string): Block => ({ kind: 'quote', text })

const greeting = (speaker: Speaker, name: string): Block =>
  paragraph(speaker.say('greeting', { name: foreign(name) }))

/** Data for the footer of a mail to a partner: the reader's role, and the page to stop such mails. */
export interface Footing {
  readonly name: string
  readonly role: 'contact' | 'default-contact' | 'admin'
  readonly partnerName: string
  readonly region: string
  /** Page on which the reader can stop these mails; undefined if they cannot be stopped. */
  readonly muteUrl?: string | undefined
}

const footer = (speaker: Speaker, { role, partnerName, region, muteUrl }: Footing): Block => {
  const partner = foreign(partnerName)
  return {
    kind: 'small',
    words:
      role === 'admin'
        ? speaker.say('footer.admin', { partner })
        : speaker.say('footer.contact', { partner, region: speaker.country(region) }),
    link: muteUrl ? { label: speaker.say('footer.mute'), href: muteUrl } : undefined,
  }
}

/** URLs of the answers that are possible now. */
export type AnswerUrls = Partial<Readonly<Record<AnswerAction, string>>>

interface ToContact {
  readonly footing: Footing
  readonly about: AboutReferral
}

const answers = (speaker: Speaker, urls: AnswerUrls): Block[] => {
  const links = answerActions.flatMap(action => {
    const href = urls[action]
    return href ? [{ label: speaker.say(`action.${action}`), href }] : []
  })
  return links.length > 0 ? [paragraph(speaker.say('action.title')), { kind: 'links', links }] : []
}

const placeOf = ({ partnerName, locationName }: AboutReferral) => ({
  partner: foreign(partnerName),
  location: foreign(locationName),
})

const factRows = (speaker: Speaker, about: AboutReferral): Block => {
  const fact = (id: MessageId & `fact.${string}`, ...value: (string | Foreign)[]) =>
    [speaker.say(id as 'fact.customer'), value] as const
  return {
    kind: 'facts',
    rows: [
      fact('fact.customer', foreign(about.company)),
      fact('fact.size', speaker.label(about.size)),
      fact('fact.place', foreign(about.city), ', ', speaker.country(about.country)),
      ...(about.budget ? [fact('fact.budget', speaker.money(about.budget))] : []),
      fact('fact.answer-by', speaker.instant(about.respondBy)),
      fact('fact.referral', about.referralId),
    ],
  }
}

/** Mail to the first contacts in order: a new referral. */
export const newReferral = (
  speaker: Speaker,
  { footing, about }: ToContact,
  urls: AnswerUrls,
): MailContent => {
  const company = foreign(about.company)
  return {
    subject: about.isHot
      ? speaker.say('new-referral.hot-subject', { company })
      : speaker.say('new-referral.subject', { company }),
    blocks: [
      ...(about.isHot ? [{ kind: 'alert', words: speaker.say('new-referral.hot') } as const] : []),
      greeting(speaker, footing.name),
      paragraph(speaker.say('new-referral.body', placeOf(about))),
      ...(footing.role === 'contact'
        ? []
        : [paragraph(speaker.say('new-referral.instead', { location: foreign(about.locationName) }))]),
      factRows(speaker, about),
      quote(about.summary),
      ...answers(speaker, urls),
      paragraph(speaker.say('new-referral.advice', { hours: about.answerWithinHours })),
      footer(speaker, footing),
    ],
  }
}

/** Mail to the first contacts in order: a reminder to answer. */
export const reminder = (speaker: Speaker, { footing, about }: ToContact, urls: AnswerUrls): MailContent => {
  const company = foreign(about.company)
  return {
    subject: speaker.say('reminder.subject', { company }),
    blocks: [
      greeting(speaker, footing.name),
      paragraph(speaker.say('reminder.body', { company, ...placeOf(about) })),
      factRows(speaker, about),
      ...answers(speaker, urls),
      paragraph(speaker.say('reminder.consequence')),
      footer(speaker, footing),
    ],
  }
}

const dealOf = (speaker: Speaker, about: AboutReferral) => ({
  deal: foreign(about.dealName),
  company: foreign(about.company),
  date: speaker.date(about.estimatedCloseDate),
})

/** Mail to the first contacts in order: a nudge about a deal whose estimated close date has passed. */
export const nudge = (speaker: Speaker, { footing, about }: ToContact): MailContent => ({
  subject: speaker.say('nudge.subject', { deal: foreign(about.dealName) }),
  blocks: [
    greeting(speaker, footing.name),
    paragraph(speaker.say('nudge.body', dealOf(speaker, about))),
    { kind: 'facts', rows: [[speaker.say('fact.referral'), [about.referralId]]] },
    paragraph(speaker.say('nudge.ask')),
    footer(speaker, footing),
  ],
})

/** Mail to the first contacts in order: a withdrawal by the customer or the operator. */
export const withdrawn = (
  speaker: Speaker,
  { footing, about }: ToContact,
  by: 'customer' | 'operator',
): MailContent => {
  const company = foreign(about.company)
  return {
    subject: speaker.say('withdrawn.subject', { company }),
    blocks: [
      greeting(speaker, footing.name),
      paragraph(speaker.say('withdrawn.body', { by, company, ...placeOf(about) })),
      { kind: 'facts', rows: [[speaker.say('fact.referral'), [about.referralId]]] },
      paragraph(speaker.say('withdrawn.nothing')),
      footer(speaker, footing),
    ],
  }
}

export type DigestKind = 'new-referral' | 'reminder' | 'nudge' | 'withdrawn'

/** Returns the line of a digest that replaces a mail. */
const digestLine = (speaker: Speaker, kind: DigestKind, about: AboutReferral): Words => {
  const company = foreign(about.company)
  const respondBy = speaker.instant(about.respondBy)
  if (kind === 'nudge') return speaker.say('digest.nudge', dealOf(speaker, about))
  if (kind === 'withdrawn') return speaker.say('digest.withdrawn', { company })
  return speaker.say(`digest.${kind}`, { company, respondBy })
}

interface Digest {
  readonly footing: Footing
  readonly entries: readonly { readonly kind: DigestKind; readonly about: AboutReferral }[]
  /** Number of held mails that are not listed. */
  readonly more: number
  /** Number of mails per day that are sent one by one. */
  readonly limit: number
}

/** Mail to one contact: the mails of a day that were held. */
export const digest = (speaker: Speaker, { footing, entries, more, limit }: Digest): MailContent => ({
  subject: speaker.say('digest.subject', { count: entries.length + more }),
  blocks: [
    greeting(speaker, footing.name),
    paragraph(
      speaker.say('digest.body', {
        partner: foreign(footing.partnerName),
        region: speaker.country(footing.region),
        limit,
      }),
    ),
    { kind: 'list', items: entries.map(({ kind, about }) => digestLine(speaker, kind, about)) },
    ...(more > 0 ? [paragraph(speaker.say('digest.more', { count: more }))] : []),
    paragraph(speaker.say('digest.sign-in')),
    footer(speaker, footing),
  ],
})

interface ContactFailed {
  readonly footing: Footing
  readonly problem: ContactProblem
  readonly name: string
  readonly address: string
}

/** Mail to a partner's administrators: a contact cannot be reached. */
export const contactFailed = (
  speaker: Speaker,
  { footing, problem, name, address }: ContactFailed,
): MailContent => {
  const region = speaker.country(footing.region)
  const partner = foreign(footing.partnerName)
  return {
    subject: speaker.say('contact-failed.subject', { problem, address: foreign(address) }),
    blocks: [
      greeting(speaker, footing.name),
      paragraph(
        speaker.say('contact-failed.body', {
          problem,
          partner,
          region,
          name: foreign(name),
          address: foreign(address),
        }),
      ),
      paragraph(speaker.say('contact-failed.moved')),
      paragraph(speaker.say('contact-failed.fix', { region })),
      footer(speaker, footing),
    ],
  }
}

/** Data that every mail to a customer needs. */
interface ToCustomer {
  readonly name: string
  readonly trackingUrl: string
}

const customerBlocks = (
  speaker: Speaker,
  { name, trackingUrl }: ToCustomer,
  blocks: readonly Block[],
): Block[] => [
  greeting(speaker, name),
  ...blocks,
  { kind: 'links', links: [{ label: speaker.say('follow'), href: trackingUrl }] },
  { kind: 'small', words: speaker.say('footer.customer') },
]

interface ReceiptDetails extends ToCustomer {
  readonly partnerNames: readonly string[]
  readonly respondBy: Instant
}

const receiptBlocks = (speaker: Speaker, { partnerNames, respondBy, ...to }: ReceiptDetails): Block[] =>
  customerBlocks(speaker, to, [
    paragraph(speaker.say('receipt.sent', { partners: speaker.list(partnerNames.map(foreign)) })),
    paragraph(
      speaker.say('receipt.until', { count: partnerNames.length, respondBy: speaker.instant(respondBy) }),
    ),
  ])

/** Mail to the customer: the RFI was received and sent to its recipients. */
export const receipt = (speaker: Speaker, details: ReceiptDetails): MailContent => ({
  subject: speaker.say('receipt.subject'),
  blocks: receiptBlocks(speaker, details),
})

/** Mail to the customer: the RFI was received and has no recipient yet. */
export const looking = (speaker: Speaker, to: ToCustomer): MailContent => ({
  subject: speaker.say('looking.subject'),
  blocks: customerBlocks(speaker, to, [paragraph(speaker.say('looking.body'))]),
})

/** Mail to the customer: the RFI was sent to further recipients. */
export const added = (speaker: Speaker, details: ReceiptDetails): MailContent => ({
  subject: speaker.say('added.subject', { partners: speaker.list(details.partnerNames.map(foreign)) }),
  blocks: receiptBlocks(speaker, details),
})

interface AboutPartner extends ToCustomer {
  readonly partnerName: string
}

interface Accepted extends AboutPartner {
  readonly locationName: string
  /** Colleagues that the partner names for the deal. */
  readonly people: readonly { readonly name: string; readonly phone: string; readonly email: string }[]
}

/** Mail to the customer: a partner has accepted, with the colleagues or the office that will contact the customer. */
export const accepted = (
  speaker: Speaker,
  { partnerName, locationName, people, ...to }: Accepted,
): MailContent => {
  const partner = foreign(partnerName)
  const cards: Block = {
    kind: 'facts',
    rows: people.map(({ name, phone, email }) => [[foreign(name)], [foreign(phone), ' · ', foreign(email)]]),
  }
  return {
    subject: speaker.say('accepted.subject', { partner }),
    blocks: customerBlocks(speaker, to, [
      paragraph(speaker.say('accepted.body', { partner })),
      ...(people.length > 0
        ? [paragraph(speaker.say('accepted.people', { count: people.length })), cards]
        : [paragraph(speaker.say('accepted.office', { location: foreign(locationName) }))]),
    ]),
  }
}

interface LostReferral extends AboutPartner {
  readonly suggestions: readonly SuggestedPartner[]
}

/** Blocks with the next best partners, each with a link to its entry on the customer's page. */
const suggestionBlocks = (speaker: Speaker, { suggestions, trackingUrl }: LostReferral): Block[] => {
  const choices = suggestions.map(({ profileId, name, city, headline }) => ({
    name: [foreign(name)],
    detail: [foreign(headline), ' · ', foreign(city)],
    link: {
      label: speaker.say('another.ask', { partner: foreign(name) }),
      href: `${trackingUrl}#${profileId}`,
    },
  }))
  return [
    paragraph(speaker.say('another.choose')),
    ...(choices.length > 0
      ? [
          paragraph(speaker.say('another.fitting', { count: choices.length })),
          { kind: 'choices', choices } as const,
        ]
      : []),
  ]
}

/** Mail to the customer: a partner has declined, or did not answer in time. */
export const lost = (
  speaker: Speaker,
  reason: 'declined' | 'expired',
  details: LostReferral,
): MailContent => {
  const partner = foreign(details.partnerName)
  return {
    subject: speaker.say(`${reason}.subject`, { partner }),
    blocks: customerBlocks(speaker, details, [
      paragraph(speaker.say(`${reason}.body`, { partner })),
      ...suggestionBlocks(speaker, details),
    ]),
  }
}

interface MoreTime extends AboutPartner {
  readonly respondBy: Instant
}

/** Mail to the customer: a partner has asked for more time, with its reason. */
export const extended = (speaker: Speaker, details: MoreTime & { readonly reason: string }): MailContent => {
  const partner = foreign(details.partnerName)
  return {
    subject: speaker.say('extended.subject', { partner }),
    blocks: customerBlocks(speaker, details, [
      paragraph(speaker.say('extended.body', { partner, respondBy: speaker.instant(details.respondBy) })),
      quote(details.reason),
    ]),
  }
}

/** Mail to the customer: a partner has reopened an expired referral. */
export const reopened = (speaker: Speaker, details: MoreTime): MailContent => {
  const partner = foreign(details.partnerName)
  return {
    subject: speaker.say('reopened.subject', { partner }),
    blocks: customerBlocks(speaker, details, [
      paragraph(speaker.say('reopened.body', { partner })),
      paragraph(speaker.say('reopened.until', { respondBy: speaker.instant(details.respondBy) })),
    ]),
  }
}
