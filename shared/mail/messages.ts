/** What each mail says. */
import type { Block, Message, Recipient } from './contract.ts'

/** BCP 47: what these texts are written in. */
export const language = 'en'

const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })

const instant = (at: string): string => `${dateTime.format(new Date(at))} UTC`

const country = (code: string): string => new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? code

const paragraph = (text: string): Block => ({ kind: 'paragraph', text })

/** What the mails about a referral tell its partner's contacts: enough to judge interest, and no person's data. */
export interface AboutReferral {
  readonly partnerName: string
  readonly locationName: string
  readonly referralId: string
  readonly company: string
  readonly size: string
  readonly city: string
  readonly country: string
  readonly summary: string
  readonly respondBy: string
  readonly answerWithinHours: number
  readonly directContact: boolean
  readonly dealName: string
  readonly estimatedCloseDate: string
}
type ToContact = AboutReferral & { readonly to: Recipient }

/** To the contacts of the addressed location. */
export const newReferral = (facts: ToContact): Message => {
  const { to, company, directContact } = facts
  const urgent = paragraph('🔥 The customer asks to be contacted directly. Please call or write at once.')
  return {
    subject: directContact ? `🔥 ${company} asks to be contacted directly` : `New referral: ${company}`,
    blocks: [
      paragraph(`Hello ${to.name},`),
      ...(directContact ? [urgent] : []),
      paragraph(`${facts.partnerName} (${facts.locationName}) has a new referral.`),
      {
        kind: 'facts',
        rows: [
          ['Customer', company],
          ['Size', facts.size],
          ['Place', `${facts.city}, ${country(facts.country)}`],
          ['Answer by', instant(facts.respondBy)],
          ['Referral', facts.referralId],
        ],
      },
      { kind: 'quote', text: facts.summary },
      paragraph(
        `Accept or decline it in your inbox. Partners who answer within ${facts.answerWithinHours} hours are seen more often; without an answer it expires.`,
      ),
    ],
  }
}

/** To the same contacts, while there is no answer. */
export const reminder = ({
  to,
  company,
  respondBy,
  referralId,
  locationName,
  partnerName,
}: ToContact): Message => ({
  subject: `Waiting for an answer: ${company}`,
  blocks: [
    paragraph(`Hello ${to.name},`),
    paragraph(`${company} still waits for an answer of ${partnerName} (${locationName}).`),
    {
      kind: 'facts',
      rows: [
        ['Answer by', instant(respondBy)],
        ['Referral', referralId],
      ],
    },
    paragraph('Accept or decline it in your inbox. Without an answer it expires, and the customer is told.'),
  ],
})

/** To the same contacts, when a deal should have closed and has not. */
export const nudge = ({ to, company, dealName, estimatedCloseDate, referralId }: ToContact): Message => ({
  subject: `What has become of ${dealName}?`,
  blocks: [
    paragraph(`Hello ${to.name},`),
    paragraph(`${dealName} with ${company} was expected to close on ${estimatedCloseDate}.`),
    { kind: 'facts', rows: [['Referral', referralId]] },
    paragraph('Close it as won or lost, or give it a new estimated close date.'),
  ],
})

interface Receipt {
  readonly to: Recipient
  readonly partnerNames: readonly string[]
  readonly respondBy: string
  readonly trackingUrl: string
}

const follow = (href: string): Block => ({ kind: 'link', label: 'Follow your request', href })

/** To the customer, once their request is on its way. */
export const receipt = ({ to, partnerNames, respondBy, trackingUrl }: Receipt): Message => ({
  subject: 'Your request is on its way',
  blocks: [
    paragraph(`Hello ${to.name},`),
    paragraph(`We passed your request on to ${names(partnerNames)}.`),
    paragraph(`They have until ${instant(respondBy)} to answer. We tell you if one cannot help.`),
    follow(trackingUrl),
  ],
})

const names = (list: readonly string[]): string =>
  new Intl.ListFormat(language, { type: 'conjunction' }).format(list)

interface NoAnswer {
  readonly to: Recipient
  readonly partnerName: string
  readonly trackingUrl: string
}

const chooseAnother = paragraph(
  'Please choose another partner: your request and its other answers stay as they are.',
)

/** To the customer, when a partner turned them down. */
export const declined = ({ to, partnerName, trackingUrl }: NoAnswer): Message => ({
  subject: `${partnerName} cannot take your request`,
  blocks: [
    paragraph(`Hello ${to.name},`),
    paragraph(`${partnerName} has read your request and cannot take it on.`),
    chooseAnother,
    follow(trackingUrl),
  ],
})

/** To the customer, when a partner let the time run out. */
export const expired = ({ to, partnerName, trackingUrl }: NoAnswer): Message => ({
  subject: `${partnerName} did not answer in time`,
  blocks: [
    paragraph(`Hello ${to.name},`),
    paragraph(`${partnerName} did not answer your request in time, so we closed it there.`),
    chooseAnother,
    follow(trackingUrl),
  ],
})

interface MoreTime extends NoAnswer {
  readonly respondBy: string
}

/** To the customer, when a partner asked for more time. */
export const extended = ({
  to,
  partnerName,
  respondBy,
  reason,
  trackingUrl,
}: MoreTime & { readonly reason: string }): Message => ({
  subject: `${partnerName} needs more time for your request`,
  blocks: [
    paragraph(`Hello ${to.name},`),
    paragraph(`${partnerName} asks for more time, until ${instant(respondBy)}. This is why:`),
    { kind: 'quote', text: reason },
    follow(trackingUrl),
  ],
})

/** To the customer, when a partner comes back to a request that it had let expire. */
export const reopened = ({ to, partnerName, respondBy, trackingUrl }: MoreTime): Message => ({
  subject: `${partnerName} has come back to your request`,
  blocks: [
    paragraph(`Hello ${to.name},`),
    paragraph(`${partnerName} did not answer in time, and has now taken your request up again.`),
    paragraph(`They have until ${instant(respondBy)} to answer.`),
    follow(trackingUrl),
  ],
})
