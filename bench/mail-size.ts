/** Size of mails in every language: with usual content, and with the longest content that the contracts allow. */

import { asPartnerId, asProfileId, asRfiId } from '../shared/kernel/ids.ts'
import * as customerCompose from '../shared/messaging/customer-mail/compose.ts'
import { languages } from '../shared/messaging/language/contract.ts'
import { mailLocalizer } from '../shared/messaging/language/mails.ts'
import * as compose from '../shared/messaging/mail/compose.ts'
import { renderMessage } from '../shared/messaging/mail/render.ts'
import type { AboutReferral } from '../shared/partners/recipients/rules.ts'
import { maxRecipientsInAll } from '../shared/referrals/rfi/contract.ts'
import type { Instant } from '../shared/time/instant.ts'
import { type Inputs, previews } from '../test/fixtures/mail-previews.ts'
import { decimals, kilobytes, type Table, verdict } from './report.ts'

/** Gmail clips larger mails, in bytes. */
export const maxMailBytes = 102_000

export interface SizeFigures {
  /** Name of the mail and its variant. */
  readonly mail: string
  /** Size of the HTML in the language with the largest one; undefined for a variant without usual content. */
  readonly bytes?: number
  readonly longest: { readonly bytes: number; readonly language: string }
}

/** Returns text of the character with the longest escape in HTML: six bytes. */
const longestText = (length: number): string => '"'.repeat(length)

/** The longest values that the contracts allow. */
const longest: Inputs = {
  company: longestText(200),
  city: longestText(100),
  partnerName: longestText(200),
  locationName: longestText(100),
  personName: longestText(100),
  text: longestText(4000),
}
const longestReason = longestText(1000)
const longestEmail = `${"'".repeat(241)}@mail.example`
/** Length of the longest token in links. The tokens of the previews are short. */
const token = 'x'.repeat(370)
/** The largest numbers that the contracts allow. */
const maxColleagues = 20
const maxSuggestions = 10
/** Number of entries that a digest shows, and of mails that a day holds. */
const maxEntries = 28
const maxHeld = 200

interface Sized {
  readonly name: string
  readonly language: string
  readonly html: string
}

export const measureSizes = (): SizeFigures[] => {
  const usual = Map.groupBy(previews(), ({ name }) => name)
  const long = Map.groupBy([...longestPreviews(), ...languages.flatMap(longestLists)], ({ name }) => name)
  return [...long].map(([mail, mails]) => {
    const { bytes, language } = largest(mails)
    const inUse = usual.get(mail)
    return { mail, ...(inUse && { bytes: largest(inUse).bytes }), longest: { bytes, language } }
  })
}

const largest = (mails: readonly Sized[]): { bytes: number; language: string } =>
  mails
    .map(({ html, language }) => ({ bytes: Buffer.byteLength(withTokens(html)), language }))
    .reduce((most, one) => (one.bytes > most.bytes ? one : most))

const withTokens = (html: string): string => html.replace(/token=[\w-]+/g, `token=${token}`)

/** A reason is shorter than a summary and appears in one mail only. */
const longestPreviews = (): Sized[] => [
  ...previews(longest).filter(({ name }) => name !== 'extended'),
  ...previews({ ...longest, text: longestReason }).filter(({ name }) => name === 'extended'),
]

const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

/** Returns mails with long lists. */
const longestLists = (language: string): Sized[] => {
  const localizer = mailLocalizer(language)
  const { company, partnerName, locationName, city, personName, text } = longest
  const name = `${personName} ${personName}`
  const instant: Instant = '2026-03-15T09:00:00.000Z'
  const toCustomer = {
    name,
    trackingUrl: 'https://referrals.example/v1/pages/request?token=token',
    rfiId: asRfiId('rfi_01KJKJ00000000000000000000'),
    createdAt: instant,
    zone: 'Europe/Berlin',
    isLast: true,
  }
  const sent = {
    ...toCustomer,
    partnerNames: times(maxRecipientsInAll, partnerName),
    respondBy: instant,
    promise: 'mail' as const,
  }
  const people = times(maxColleagues, { name, phone: '1'.repeat(40), email: longestEmail })
  const about: AboutReferral = {
    partnerName,
    locationName,
    company,
    city,
    country: 'DE',
    summary: text,
    budget: undefined,
    requestNumber: '7ZK4-M2QP',
    size: { code: '51-250', label: '51 to 250' },
    respondBy: instant,
    answerWithinHours: 24,
    directContact: null,
    receivedAt: instant,
    reopenUntil: null,
    dealName: company,
    estimatedCloseDate: '2026-04-30',
    zone: 'Europe/Berlin',
  }
  const footing = { name, role: 'default-contact', partnerName, region: 'DE' } as const
  const suggestion = {
    profileId: asProfileId('ptr_01KJKJ00000000000000000000.DE'),
    partnerId: asPartnerId('ptr_01KJKJ00000000000000000000'),
    locationId: 'main',
    languages: ['en'],
    name: partnerName,
    city,
    headline: longestText(200),
  }
  const digestOf = (kind: compose.DigestKind) =>
    compose.digest(localizer, {
      footing,
      entries: times(maxEntries, {
        kind,
        about,
        choice: 'this',
        reach: { details: 'page', isUnreachable: false, hasPhone: true },
      }),
      more: maxHeld,
      limit: 10,
    })
  const written: Readonly<Record<string, compose.MailContent>> = {
    [`receipt, ${maxRecipientsInAll} partners`]: customerCompose.receipt(localizer, sent),
    [`sent on, ${maxRecipientsInAll} partners`]: customerCompose.recipientsAdded(localizer, sent),
    [`accepted with ${maxColleagues} colleagues`]: customerCompose.accepted(localizer, {
      ...toCustomer,
      partnerName,
      locationName,
      people,
      website: `https://${'w'.repeat(240)}.example`,
      replyTo: { name, address: 'lead@partner.example' },
      wasUnrouted: false,
    }),
    [`declined, ${maxSuggestions} suggestions`]: customerCompose.declinedOrExpired(localizer, 'declined', {
      hasOthers: true,
      ...toCustomer,
      partnerName,
      alsoDeclined: times(maxRecipientsInAll - 1, partnerName),
      alsoExpired: [],
      suggestions: times(maxSuggestions, suggestion),
    }),
    [`digest of ${maxEntries} new referrals`]: digestOf('new-referral'),
    [`digest of ${maxEntries} nudges`]: digestOf('nudge'),
    [`digest of ${maxEntries} choices`]: digestOf('choice-noted'),
  }
  return Object.entries(written).map(([form, message]) => ({
    name: form,
    language,
    html: renderMessage(message, language).html,
  }))
}

export const largestUsual = (figures: readonly SizeFigures[]): SizeFigures =>
  figures.reduce((most, one) => ((one.bytes ?? 0) > (most.bytes ?? 0) ? one : most))
export const largestOfAll = (figures: readonly SizeFigures[]): SizeFigures =>
  figures.reduce((most, one) => (one.longest.bytes > most.longest.bytes ? one : most))

/** Checks only mails with usual content. A mail that consists of quotation marks can be clipped. */
export const isWithinBudget = (figures: readonly SizeFigures[]): boolean =>
  figures.every(({ bytes = 0 }) => bytes <= maxMailBytes)

const sizeText = (bytes: number): string => `${decimals(bytes / 1000, 1)} ${verdict(bytes <= maxMailBytes)}`

export const sizesTable = (figures: readonly SizeFigures[]): Table => ({
  title: 'Mail: size of the HTML',
  columns: ['mail', 'usual KB', 'longest KB', 'longest in'],
  rows: figures.map(({ mail, bytes, longest }) => [
    mail,
    bytes === undefined ? '' : sizeText(bytes),
    sizeText(longest.bytes),
    longest.language,
  ]),
  notes: [
    `Budget: ${kilobytes(maxMailBytes)} KB, beyond which Gmail clips a mail. Each is the largest of all languages. At the longest, every ` +
      'text and list has the maximum length of the contracts, and texts consist of quotation marks, which take six ' +
      'bytes each.',
  ],
})
