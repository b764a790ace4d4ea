/** Composes the subject and the content blocks of each mail. `render.ts` turns them into HTML and plain text. */

import type { customerChoices, warnedProblems } from '../../events/contract.ts'
import { nameOf, type Person } from '../../kernel/person.ts'
import type { AboutReferral, DirectContact } from '../../partners/rules.ts'
import { mayBecomeLink } from '../../text/auto-link.ts'
import type { MessageId } from '../language/catalog.ts'
import { type Localizer, type UserText, userText, type Words } from '../language/rules.ts'
import { type AnswerAction, answerActions } from '../links/contract.ts'
import { type CustomerReach, callingOf, preferredOf } from '../reach/rules.ts'
import type { Mailbox } from './contract.ts'

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
  /** Items with a link after the words of each, or without. */
  | {
      readonly kind: 'list'
      readonly items: readonly Words[]
      readonly links?: readonly (Link | undefined)[]
    }
  /** The first link is the main action. */
  | { readonly kind: 'links'; readonly links: readonly Link[] }
  /** Partners to choose from. */
  | {
      readonly kind: 'choices'
      readonly choices: readonly { readonly name: Words; readonly detail: Words; readonly link: Link }[]
    }
  /** A person to call or to write to. */
  | {
      readonly kind: 'contact'
      readonly name: string
      readonly phone?: string | undefined
      /** Country of a telephone number without country code. */
      readonly country?: string | undefined
      readonly email?: string | undefined
      /** Further lines below the name, such as the company or the office. */
      readonly lines?: readonly Words[] | undefined
    }
  | { readonly kind: 'small'; readonly words: Words; readonly link?: Link | undefined }

/** Content of a mail, before it is rendered as HTML and plain text. */
export interface MailContent {
  readonly subject: Words
  readonly blocks: readonly Block[]
  /** The person who gets the answers to the mail; undefined if answers go to the sender. */
  readonly replyTo?: Mailbox | undefined
}

export const paragraph = (words: Words): Block => ({ kind: 'paragraph', words })
export const quote = (text: string): Block => ({ kind: 'quote', text })

/**
 * Greets the reader by name. A name that mail clients would show as a link is left out, so that nobody can send a link to a
 * stranger by entering it as the name of a customer.
 */
export const greeting = (localizer: Localizer, name: string): Block =>
  paragraph(
    mayBecomeLink(name)
      ? localizer.text('greeting.unnamed')
      : localizer.text('greeting', { name: userText(name) }),
  )

/** Relation of a partner's person to the referral of a mail. */
export type PartnerRole = 'contact' | 'default-contact' | 'admin' | 'colleague'

/** Data for the footer of a mail to a partner: the reader's role, and the page to stop such mails. */
export interface Footing {
  readonly name: string
  readonly role: PartnerRole
  readonly partnerName: string
  readonly region: string
  /** Page on which the reader can stop these mails; undefined if they cannot be stopped. */
  readonly muteUrl?: string | undefined
}

export const footer = (localizer: Localizer, { role, partnerName, region, muteUrl }: Footing): Block => {
  const partner = userText(partnerName)
  const words = {
    contact: () => localizer.text('footer.contact', { partner, region: localizer.country(region) }),
    'default-contact': () => localizer.text('footer.contact', { partner, region: localizer.country(region) }),
    admin: () => localizer.text('footer.admin', { partner }),
    colleague: () => localizer.text('footer.colleague', { partner }),
  }[role]()
  return {
    kind: 'small',
    words,
    link: muteUrl ? { label: localizer.text('footer.mute'), href: muteUrl } : undefined,
  }
}

/** URLs of the answers that are possible now. */
export type AnswerUrls = Partial<Readonly<Record<AnswerAction, string>>>

export interface ToContact {
  readonly footing: Footing
  readonly about: AboutReferral
}

/** The person of a customer, for a card with name, telephone number and email address. */
export type CustomerContact = Pick<Person, 'firstName' | 'lastName' | 'phone' | 'email'>

/** Mail to a contact about a referral that waits for an answer. */
interface ToAsked extends ToContact {
  /** Set if the mail may show the contact details of the customer. */
  readonly contact?: CustomerContact | undefined
  readonly reach: CustomerReach
}

export const contactCard = (
  contact: CustomerContact,
  { company, country }: AboutReferral,
  { isUnreachable }: Pick<CustomerReach, 'isUnreachable'>,
): Block => ({
  kind: 'contact',
  name: nameOf(contact),
  phone: contact.phone,
  country,
  email: isUnreachable ? undefined : contact.email,
  lines: [[userText(company)]],
})

/** Words about a customer who asks or asked for direct contact. */
const directContactWords = (
  localizer: Localizer,
  { state, until, askedAt, prefersEmail }: DirectContact,
  { zone }: AboutReferral,
  reach: CustomerReach,
): Words => {
  const preferred = preferredOf(prefersEmail, reach)
  return state === 'hot'
    ? localizer.text('direct-contact.hot', { until: localizer.instant(until, zone), preferred })
    : localizer.text('direct-contact.cooled', { date: localizer.dateOf(askedAt, zone), preferred })
}

/** Blocks about the wish for direct contact. They come first, because preview lines of mail clients show them. */
const directContactBlocks = (localizer: Localizer, { about, reach }: ToAsked): Block[] =>
  about.directContact
    ? [{ kind: 'alert', words: directContactWords(localizer, about.directContact, about, reach) }]
    : []

const contactBlocks = (localizer: Localizer, { about, contact, reach }: ToAsked): Block[] => {
  const unreachable = reach.isUnreachable ? unreachableBlocks(localizer, reach) : []
  if (contact) return [contactCard(contact, about, reach), ...unreachable]
  const isOnPage = about.directContact && reach.details === 'page'
  return [...(isOnPage ? [paragraph(localizer.text('direct-contact.page'))] : []), ...unreachable]
}

/** Paragraphs about a customer that mails do not reach, with what the reader can do. */
export const unreachableBlocks = (localizer: Localizer, reach: CustomerReach): Block[] =>
  [
    localizer.text('contact.unreachable'),
    localizer.text('contact.unreachable.do', { phone: callingOf(reach) }),
  ].map(paragraph)

/** Links to the pages of answers, below a title. The first action is the main one. */
export const answerLinks = (
  localizer: Localizer,
  urls: AnswerUrls,
  title: Words = localizer.text('action.title'),
  actions: readonly AnswerAction[] = answerActions,
): Block[] => {
  const links = actions.flatMap(action => {
    const href = urls[action]
    return href ? [{ label: localizer.text(`action.${action}`), href }] : []
  })
  return links.length > 0 ? [paragraph(title), { kind: 'links', links }] : []
}

export const placeOf = ({ partnerName, locationName }: AboutReferral) => ({
  partner: userText(partnerName),
  location: userText(locationName),
})

const factRows = (localizer: Localizer, about: AboutReferral): Block => {
  const fact = (id: MessageId & `summary.${string}`, ...value: (string | UserText)[]) =>
    [localizer.text(id as 'summary.customer'), value] as const
  return {
    kind: 'facts',
    rows: [
      fact('summary.customer', userText(about.company)),
      fact('summary.size', localizer.label(about.size)),
      fact('summary.city', userText(about.city), ', ', localizer.country(about.country)),
      ...(about.budget ? [fact('summary.budget', localizer.money(about.budget))] : []),
      fact('summary.answer-by', localizer.instant(about.respondBy, about.zone)),
      fact('summary.request-number', about.requestNumber),
    ],
  }
}

export const numberRow = (localizer: Localizer, { requestNumber }: AboutReferral): Block => ({
  kind: 'facts',
  rows: [[localizer.text('summary.request-number'), [requestNumber]]],
})

/**
 * Mail to the first contacts in order: a new referral.
 * @param cause `reinstated` if the customer had chosen somebody else before
 */
export const newReferral = (
  localizer: Localizer,
  to: ToAsked,
  urls: AnswerUrls,
  cause: 'new-referral' | 'reinstated' = 'new-referral',
): MailContent => {
  const { footing, about } = to
  const company = userText(about.company)
  const isHot = about.directContact?.state === 'hot'
  return {
    subject: isHot
      ? localizer.text('new-referral.hot-subject', { company })
      : localizer.text(`${cause}.subject`, { company }),
    blocks: [
      ...directContactBlocks(localizer, to),
      greeting(localizer, footing.name),
      paragraph(
        cause === 'reinstated'
          ? localizer.text('reinstated.body', { company, ...placeOf(about) })
          : localizer.text('new-referral.body', placeOf(about)),
      ),
      ...contactBlocks(localizer, to),
      ...(footing.role === 'contact'
        ? []
        : [paragraph(localizer.text('new-referral.instead', { location: userText(about.locationName) }))]),
      factRows(localizer, about),
      quote(about.summary),
      ...answerLinks(localizer, urls),
      paragraph(localizer.text('new-referral.advice', { hours: about.answerWithinHours })),
      footer(localizer, footing),
    ],
  }
}

/** Mail to the first contacts in order: a reminder to answer. */
export const reminder = (localizer: Localizer, to: ToAsked, urls: AnswerUrls): MailContent => {
  const { footing, about, reach } = to
  const company = userText(about.company)
  return {
    subject: localizer.text(
      about.directContact?.state === 'hot' ? 'reminder.hot-subject' : 'reminder.subject',
      {
        company,
      },
    ),
    blocks: [
      ...directContactBlocks(localizer, to),
      greeting(localizer, footing.name),
      paragraph(localizer.text('reminder.body', { company, ...placeOf(about) })),
      ...contactBlocks(localizer, to),
      factRows(localizer, about),
      ...answerLinks(localizer, urls),
      paragraph(
        localizer.text('reminder.consequence', { customer: reach.isUnreachable ? 'unreachable' : 'told' }),
      ),
      footer(localizer, footing),
    ],
  }
}

const dealOf = (localizer: Localizer, about: AboutReferral) => ({
  deal: userText(about.dealName),
  company: userText(about.company),
  date: localizer.date(about.estimatedCloseDate),
})

/** Mail to the first contacts in order: a nudge about a deal whose estimated close date has passed. */
export const nudge = (
  localizer: Localizer,
  { footing, about }: ToContact,
  urls: AnswerUrls,
): MailContent => ({
  subject: localizer.text('nudge.subject', { deal: userText(about.dealName) }),
  blocks: [
    greeting(localizer, footing.name),
    paragraph(localizer.text('nudge.body', dealOf(localizer, about))),
    numberRow(localizer, about),
    ...answerLinks(localizer, urls, localizer.text('nudge.ask')),
    footer(localizer, footing),
  ],
})

/** Mail to the first contacts in order: a withdrawal by the customer or the operator. */
export const withdrawn = (
  localizer: Localizer,
  { footing, about }: ToContact,
  by: 'customer' | 'operator',
): MailContent => {
  const company = userText(about.company)
  return {
    subject: localizer.text('withdrawn.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('withdrawn.body', { by, company, ...placeOf(about) })),
      numberRow(localizer, about),
      paragraph(localizer.text('withdrawn.nothing', { by })),
      footer(localizer, footing),
    ],
  }
}

/** Mails that a digest can replace by a line. `new-referral`: earlier versions of the program held such mails. */
export type DigestKind =
  | 'new-referral'
  | 'reminder'
  | 'escalation'
  | 'nudge'
  | 'referral-expired'
  | 'withdrawn'
  | 'superseded'
  | 'choice-noted'
  | 'win-denied'

export interface DigestEntry {
  /** Page with the possible answers; undefined if there is nothing to answer. */
  readonly href?: string | undefined
  readonly reach: CustomerReach
  readonly kind: DigestKind
  readonly about: AboutReferral
  /** Choice of the customer, for the mail about it. */
  readonly choice: (typeof customerChoices)[number]
}

/** Returns the line of a digest that replaces a mail. */
const digestLine = (localizer: Localizer, { kind, about, choice, reach }: DigestEntry): Words => {
  const company = userText(about.company)
  if (kind === 'nudge') return localizer.text('digest.nudge', dealOf(localizer, about))
  if (kind === 'choice-noted') return localizer.text('digest.choice-noted', { choice, company })
  if (kind !== 'new-referral' && kind !== 'reminder' && kind !== 'escalation')
    return localizer.text(`digest.${kind}`, { company })
  const line = localizer.text(`digest.${kind}`, {
    company,
    respondBy: localizer.instant(about.respondBy, about.zone),
  })
  return about.directContact
    ? [...directContactWords(localizer, about.directContact, about, reach), ' ', ...line]
    : line
}

interface Digest {
  readonly footing: Footing
  readonly entries: readonly DigestEntry[]
  /** Number of held mails that are not listed. */
  readonly more: number
  /** Number of mails per day that are sent one by one. */
  readonly limit: number
}

/** Mail to one contact: the mails of a day that were held. */
export const digest = (localizer: Localizer, { footing, entries, more, limit }: Digest): MailContent => ({
  subject: localizer.text('digest.subject', { count: entries.length + more }),
  blocks: [
    greeting(localizer, footing.name),
    paragraph(
      localizer.text('digest.body', {
        partner: userText(footing.partnerName),
        region: localizer.country(footing.region),
        limit,
      }),
    ),
    {
      kind: 'list',
      items: entries.map(entry => digestLine(localizer, entry)),
      links: entries.map(({ href }) => (href ? { label: localizer.text('digest.answer'), href } : undefined)),
    },
    ...(more > 0 ? [paragraph(localizer.text('digest.more', { count: more }))] : []),
    paragraph(localizer.text('digest.sign-in')),
    footer(localizer, footing),
  ],
})

interface ContactFailed {
  readonly footing: Footing
  readonly problem: (typeof warnedProblems)[number]
  readonly name: string
  readonly address: string
}

/** Mail to a partner's administrators: a contact cannot be reached. */
export const contactFailed = (
  localizer: Localizer,
  { footing, problem, name, address }: ContactFailed,
): MailContent => {
  const region = localizer.country(footing.region)
  const partner = userText(footing.partnerName)
  return {
    subject: localizer.text('contact-failed.subject', { problem, address: userText(address) }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(
        localizer.text('contact-failed.body', {
          problem,
          partner,
          region,
          name: userText(name),
          address: userText(address),
        }),
      ),
      paragraph(localizer.text('contact-failed.moved')),
      paragraph(localizer.text('contact-failed.fix', { region })),
      footer(localizer, footing),
    ],
  }
}
