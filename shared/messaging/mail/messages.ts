/** What each mail says. */

import type { ContactProblem } from '../../events/contract.ts'
import type { AboutReferral } from '../../partners/rules.ts'
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
  /** What must not be overlooked. */
  | { readonly kind: 'alert'; readonly words: Words }
  /** Somebody's own words. */
  | { readonly kind: 'quote'; readonly text: string }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [label: Words, value: Words])[] }
  | { readonly kind: 'list'; readonly items: readonly Words[] }
  /** The first stands out. */
  | { readonly kind: 'links'; readonly links: readonly Link[] }
  /** Partners to choose from. */
  | {
      readonly kind: 'choices'
      readonly choices: readonly { readonly name: Words; readonly detail: Words; readonly link: Link }[]
    }
  | { readonly kind: 'small'; readonly words: Words; readonly link?: Link | undefined }

/** What a mail says: the one source of its HTML and its plain text. */
export interface Message {
  readonly subject: Words
  readonly blocks: readonly Block[]
}

const paragraph = (words: Words): Block => ({ kind: 'paragraph', words })
const quote = (text: string): Block => ({ kind: 'quote', text })

const greeting = (speaker: Speaker, name: string): Block =>
  paragraph(speaker.say('greeting', { name: foreign(name) }))

/** Where a mail to somebody of a partner comes from, and how to have no more of them. */
export interface Footing {
  readonly name: string
  readonly role: 'contact' | 'default-contact' | 'admin'
  readonly partnerName: string
  readonly region: string
  /** Where the mails can be stopped, if they can. */
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

/** Where each answer that is possible can be given. */
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

/** To who is first in the order of contacts. */
export const newReferral = (speaker: Speaker, { footing, about }: ToContact, urls: AnswerUrls): Message => {
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

/** To the same, while there is no answer. */
export const reminder = (speaker: Speaker, { footing, about }: ToContact, urls: AnswerUrls): Message => {
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

/** To the same, when a deal should have closed and has not. */
export const nudge = (speaker: Speaker, { footing, about }: ToContact): Message => ({
  subject: speaker.say('nudge.subject', { deal: foreign(about.dealName) }),
  blocks: [
    greeting(speaker, footing.name),
    paragraph(speaker.say('nudge.body', dealOf(speaker, about))),
    { kind: 'facts', rows: [[speaker.say('fact.referral'), [about.referralId]]] },
    paragraph(speaker.say('nudge.ask')),
    footer(speaker, footing),
  ],
})

/** To the same, when the customer or the program took the referral back. */
export const withdrawn = (
  speaker: Speaker,
  { footing, about }: ToContact,
  by: 'customer' | 'operator',
): Message => {
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

/** What a digest says instead of a mail of its own. */
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
  /** How many more there are than entries. */
  readonly more: number
  /** How many mails come one by one on a day. */
  readonly limit: number
}

/** To one contact, of all that came on one day after the mails that came one by one. */
export const digest = (speaker: Speaker, { footing, entries, more, limit }: Digest): Message => ({
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
    paragraph(speaker.say('digest.inbox')),
    footer(speaker, footing),
  ],
})

interface ContactFailed {
  readonly footing: Footing
  readonly problem: ContactProblem
  readonly name: string
  readonly address: string
}

/** To a partner's administrators, when one of its contacts cannot be reached. */
export const contactFailed = (
  speaker: Speaker,
  { footing, problem, name, address }: ContactFailed,
): Message => {
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
      paragraph(speaker.say('contact-failed.mend', { region })),
      footer(speaker, footing),
    ],
  }
}

/** What every mail to a customer needs. */
interface ToCustomer {
  readonly name: string
  readonly trackingUrl: string
}

const toCustomer = (
  speaker: Speaker,
  { name, trackingUrl }: ToCustomer,
  blocks: readonly Block[],
): Block[] => [
  greeting(speaker, name),
  ...blocks,
  { kind: 'links', links: [{ label: speaker.say('follow'), href: trackingUrl }] },
  { kind: 'small', words: speaker.say('footer.customer') },
]

interface Sent extends ToCustomer {
  readonly partnerNames: readonly string[]
  readonly respondBy: string
}

const sentOn = (speaker: Speaker, { partnerNames, respondBy, ...to }: Sent): Block[] =>
  toCustomer(speaker, to, [
    paragraph(speaker.say('receipt.sent', { partners: speaker.list(partnerNames.map(foreign)) })),
    paragraph(
      speaker.say('receipt.until', { count: partnerNames.length, respondBy: speaker.instant(respondBy) }),
    ),
  ])

/** To the customer, once their request is on its way. */
export const receipt = (speaker: Speaker, sent: Sent): Message => ({
  subject: speaker.say('receipt.subject'),
  blocks: sentOn(speaker, sent),
})

/** To the customer, while nobody has their request. */
export const looking = (speaker: Speaker, to: ToCustomer): Message => ({
  subject: speaker.say('looking.subject'),
  blocks: toCustomer(speaker, to, [paragraph(speaker.say('looking.body'))]),
})

/** To the customer, when they sent it on to more partners. */
export const added = (speaker: Speaker, sent: Sent): Message => ({
  subject: speaker.say('added.subject', { partners: speaker.list(sent.partnerNames.map(foreign)) }),
  blocks: sentOn(speaker, sent),
})

interface OfPartner extends ToCustomer {
  readonly partnerName: string
}

interface Accepted extends OfPartner {
  readonly locationName: string
  /** Who the partner says takes care of it. */
  readonly people: readonly { readonly name: string; readonly phone: string; readonly email: string }[]
}

/** To the customer, when a partner takes them on: who will call. */
export const accepted = (
  speaker: Speaker,
  { partnerName, locationName, people, ...to }: Accepted,
): Message => {
  const partner = foreign(partnerName)
  const cards: Block = {
    kind: 'facts',
    rows: people.map(({ name, phone, email }) => [[foreign(name)], [foreign(phone), ' · ', foreign(email)]]),
  }
  return {
    subject: speaker.say('accepted.subject', { partner }),
    blocks: toCustomer(speaker, to, [
      paragraph(speaker.say('accepted.body', { partner })),
      ...(people.length > 0
        ? [paragraph(speaker.say('accepted.people', { count: people.length })), cards]
        : [paragraph(speaker.say('accepted.office', { location: foreign(locationName) }))]),
    ]),
  }
}

interface NoAnswer extends OfPartner {
  readonly suggestions: readonly SuggestedPartner[]
}

/** The next best partners, each a click away from the page that sends the request on. */
const another = (speaker: Speaker, { suggestions, trackingUrl }: NoAnswer): Block[] => {
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

/** To the customer, when a partner turned them down, or let the time run out. */
export const lost = (speaker: Speaker, why: 'declined' | 'expired', told: NoAnswer): Message => {
  const partner = foreign(told.partnerName)
  return {
    subject: speaker.say(`${why}.subject`, { partner }),
    blocks: toCustomer(speaker, told, [
      paragraph(speaker.say(`${why}.body`, { partner })),
      ...another(speaker, told),
    ]),
  }
}

interface MoreTime extends OfPartner {
  readonly respondBy: string
}

/** To the customer, when a partner asked for more time. */
export const extended = (speaker: Speaker, told: MoreTime & { readonly reason: string }): Message => {
  const partner = foreign(told.partnerName)
  return {
    subject: speaker.say('extended.subject', { partner }),
    blocks: toCustomer(speaker, told, [
      paragraph(speaker.say('extended.body', { partner, respondBy: speaker.instant(told.respondBy) })),
      quote(told.reason),
    ]),
  }
}

/** To the customer, when a partner comes back to a request that it had let expire. */
export const reopened = (speaker: Speaker, told: MoreTime): Message => {
  const partner = foreign(told.partnerName)
  return {
    subject: speaker.say('reopened.subject', { partner }),
    blocks: toCustomer(speaker, told, [
      paragraph(speaker.say('reopened.body', { partner })),
      paragraph(speaker.say('reopened.until', { respondBy: speaker.instant(told.respondBy) })),
    ]),
  }
}
