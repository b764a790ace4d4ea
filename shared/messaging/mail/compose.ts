/** Composes the subject and the content blocks of each mail. `render.ts` turns them into HTML and plain text. */

import type { warnedProblems } from '../../events/contract.ts'
import type { AboutReferral } from '../../partners/rules.ts'
import type { MessageId } from '../language/catalog.ts'
import { type Localizer, type UserText, userText, type Words } from '../language/rules.ts'
import { type AnswerAction, answerActions } from '../links/contract.ts'
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
  | { readonly kind: 'list'; readonly items: readonly Words[] }
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

export const greeting = (localizer: Localizer, name: string): Block =>
  paragraph(localizer.text('greeting', { name: userText(name) }))

/** Data for the footer of a mail to a partner: the reader's role, and the page to stop such mails. */
export interface Footing {
  readonly name: string
  readonly role: 'contact' | 'default-contact' | 'admin'
  readonly partnerName: string
  readonly region: string
  /** Page on which the reader can stop these mails; undefined if they cannot be stopped. */
  readonly muteUrl?: string | undefined
}

const footer = (localizer: Localizer, { role, partnerName, region, muteUrl }: Footing): Block => {
  const partner = userText(partnerName)
  return {
    kind: 'small',
    words:
      role === 'admin'
        ? localizer.text('footer.admin', { partner })
        : localizer.text('footer.contact', { partner, region: localizer.country(region) }),
    link: muteUrl ? { label: localizer.text('footer.mute'), href: muteUrl } : undefined,
  }
}

/** URLs of the answers that are possible now. */
export type AnswerUrls = Partial<Readonly<Record<AnswerAction, string>>>

interface ToContact {
  readonly footing: Footing
  readonly about: AboutReferral
}

const answers = (localizer: Localizer, urls: AnswerUrls): Block[] => {
  const links = answerActions.flatMap(action => {
    const href = urls[action]
    return href ? [{ label: localizer.text(`action.${action}`), href }] : []
  })
  return links.length > 0 ? [paragraph(localizer.text('action.title')), { kind: 'links', links }] : []
}

const placeOf = ({ partnerName, locationName }: AboutReferral) => ({
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
      fact('summary.answer-by', localizer.instant(about.respondBy)),
      fact('summary.request-number', about.requestNumber),
    ],
  }
}

const numberRow = (localizer: Localizer, { requestNumber }: AboutReferral): Block => ({
  kind: 'facts',
  rows: [[localizer.text('summary.request-number'), [requestNumber]]],
})

/** Mail to the first contacts in order: a new referral. */
export const newReferral = (
  localizer: Localizer,
  { footing, about }: ToContact,
  urls: AnswerUrls,
): MailContent => {
  const company = userText(about.company)
  return {
    subject: about.isHot
      ? localizer.text('new-referral.hot-subject', { company })
      : localizer.text('new-referral.subject', { company }),
    blocks: [
      ...(about.isHot ? [{ kind: 'alert', words: localizer.text('new-referral.hot') } as const] : []),
      greeting(localizer, footing.name),
      paragraph(localizer.text('new-referral.body', placeOf(about))),
      ...(footing.role === 'contact'
        ? []
        : [paragraph(localizer.text('new-referral.instead', { location: userText(about.locationName) }))]),
      factRows(localizer, about),
      quote(about.summary),
      ...answers(localizer, urls),
      paragraph(localizer.text('new-referral.advice', { hours: about.answerWithinHours })),
      footer(localizer, footing),
    ],
  }
}

/** Mail to the first contacts in order: a reminder to answer. */
export const reminder = (
  localizer: Localizer,
  { footing, about }: ToContact,
  urls: AnswerUrls,
): MailContent => {
  const company = userText(about.company)
  return {
    subject: localizer.text('reminder.subject', { company }),
    blocks: [
      greeting(localizer, footing.name),
      paragraph(localizer.text('reminder.body', { company, ...placeOf(about) })),
      factRows(localizer, about),
      ...answers(localizer, urls),
      paragraph(localizer.text('reminder.consequence')),
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
export const nudge = (localizer: Localizer, { footing, about }: ToContact): MailContent => ({
  subject: localizer.text('nudge.subject', { deal: userText(about.dealName) }),
  blocks: [
    greeting(localizer, footing.name),
    paragraph(localizer.text('nudge.body', dealOf(localizer, about))),
    numberRow(localizer, about),
    paragraph(localizer.text('nudge.ask')),
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
      paragraph(localizer.text('withdrawn.nothing')),
      footer(localizer, footing),
    ],
  }
}

export type DigestKind = 'new-referral' | 'reminder' | 'nudge' | 'withdrawn'

/** Returns the line of a digest that replaces a mail. */
const digestLine = (localizer: Localizer, kind: DigestKind, about: AboutReferral): Words => {
  const company = userText(about.company)
  const respondBy = localizer.instant(about.respondBy)
  if (kind === 'nudge') return localizer.text('digest.nudge', dealOf(localizer, about))
  if (kind === 'withdrawn') return localizer.text('digest.withdrawn', { company })
  return localizer.text(`digest.${kind}`, { company, respondBy })
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
    { kind: 'list', items: entries.map(({ kind, about }) => digestLine(localizer, kind, about)) },
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
