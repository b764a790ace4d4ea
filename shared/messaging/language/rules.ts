/** Localizers format texts in a reader's language, with dates, money and names in the format of the reader's locale. */
import { decimalsOf } from '../../kernel/iso.ts'
import type { Money } from '../../kernel/money.ts'
import type { TaxonomyEntry } from '../../program/contract.ts'
import { labelsFor } from '../../program/rules.ts'
import { canonicalTag } from '../../text/language-tag.ts'
import { lookUp } from '../../text/locale.ts'
import { dateIn } from '../../time/calendar.ts'
import type { Instant } from '../../time/instant.ts'
import type { MessageId, messages, PageMessageId, Texts } from './catalog.ts'
import { type ParsedMessage, pieces, readMessage } from './message-format.ts'

/** Text that a person entered. It may run in another direction than the text around it, so it stays a separate piece. */
export class UserText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toString(): string {
    return this.text
  }
}
export const userText = (text: string): UserText => new UserText(text)

/** A text in pieces: words of the program, and text that people entered. */
export type Words = readonly (string | UserText)[]

/** Returns words as plain text. */
export const plain = (words: Words): string => words.join('')

type Variable = string | number | UserText | Words
type VariablesOf<Id extends MessageId> = { readonly [V in (typeof messages)[Id][number]]: Variable }
type Arguments<Id extends MessageId> = (typeof messages)[Id]['length'] extends 0 ? [] : [VariablesOf<Id>]

/** Formats messages for one locale: the messages of pages, and `More`. */
export interface Localizer<More extends MessageId = MessageId> {
  /** The language of the texts (BCP 47). */
  readonly language: string
  /** The locale of dates, numbers and names: the reader's own if its language is that of the texts, otherwise English. */
  readonly locale: string
  /** Returns a message with its variables filled in. */
  text<Id extends PageMessageId | More>(id: Id, ...variables: Arguments<Id>): Words
  /** Returns the label of a taxonomy entry in the language of the locale. */
  label(entry: Pick<TaxonomyEntry, 'label' | 'labels'>): string
  /** Formats an instant in an IANA time zone, and names the zone. */
  instant(at: Instant, zone: string): string
  /** Formats the local date of an instant in an IANA time zone. */
  dateOf(at: Instant, zone: string): string
  date(day: string): string
  /** Returns the time left until an instant in whole units, such as “3 days”. */
  left(until: Instant, now: Instant): string
  /** @param decimals fixed number of decimals; by default those of the currency, or none for a whole amount */
  money(value: Money, decimals?: number): string
  country(code: string): string
  /** Returns the name of a language (BCP 47). */
  languageName(tag: string): string
  /** Returns the name of a currency. */
  currency(code: string): string
  list(names: readonly UserText[]): Words
}
export type PageLocalizer = Localizer<never>

type TextsOf<More extends MessageId> = Texts<PageMessageId | More>

/**
 * Returns a function that finds the localizer for a locale (BCP 47). Locales without texts get English.
 * @param textsOf returns the texts of a language, which are loaded when the first reader needs them; undefined if they
 *   cannot be loaded
 */
export const localizers = <More extends MessageId>(
  languages: readonly string[],
  english: TextsOf<More>,
  textsOf: (language: string) => TextsOf<More> | undefined,
): ((locale: string) => Localizer<More>) => {
  const cache = new Map<string, Localizer<More>>()
  const loaded = new Map<string, MessageOf<More> | undefined>([['en', parsedOnUse(english)]])
  const messagesOf = (language: string): MessageOf<More> | undefined => {
    if (!loaded.has(language)) {
      const texts = textsOf(language)
      loaded.set(language, texts && parsedOnUse(texts))
    }
    return loaded.get(language)
  }
  const load = (locale: string): Localizer<More> => {
    const language = lookUp(locale, languages)
    const messageOf = language === undefined ? undefined : messagesOf(language)
    // A supported language is formatted by the whole locale, such as en-GB or de-CH.
    if (language !== undefined && messageOf) return newLocalizer(language, locale, messageOf)
    return locale === 'en' ? newLocalizer('en', 'en', parsedOnUse(english)) : find('en')
  }
  const find = (locale: string): Localizer<More> => {
    const localizer = cache.get(locale) ?? load(locale)
    // Bounded, because clients choose the locales.
    if (cache.size < 100) cache.set(locale, localizer)
    return localizer
  }
  // Extensions of the locale, such as another calendar or other digits, are ignored.
  return locale => find(canonicalTag(locale) ?? 'en')
}

/** Returns a function that parses a message when it is first used. */
const parsedOnUse = <More extends MessageId>(texts: TextsOf<More>): MessageOf<More> => {
  const parsed = new Map<string, ParsedMessage>()
  return id => {
    const message = parsed.get(id) ?? readMessage(texts[id])
    parsed.set(id, message)
    return message
  }
}

/** Units of time in seconds, the largest first. */
const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

type MessageOf<More extends MessageId> = (id: PageMessageId | More) => ParsedMessage

const newLocalizer = <More extends MessageId>(
  language: string,
  locale: string,
  messageOf: MessageOf<More>,
): Localizer<More> => {
  const clocks = new Map<string, Clock>()
  const clockIn = (zone: string): Clock => {
    const clock = clocks.get(zone) ?? newClock(language, locale, zone)
    clocks.set(zone, clock)
    return clock
  }
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const countries = new Intl.DisplayNames(locale, { type: 'region' })
  const currencies = new Intl.DisplayNames(locale, { type: 'currency' })
  const languageNames = new Intl.DisplayNames(locale, { type: 'language' })
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' })

  const grammar = { plurals: new Intl.PluralRules(language), numbers: new Intl.NumberFormat(language) }

  const text: Localizer<More>['text'] = (id, ...given) =>
    joinPieces(pieces<UserText | Words>(messageOf(id), given[0] ?? {}, grammar))
  return {
    language,
    locale,
    text,
    label: labelsFor(locale),
    instant: (at, zone) => plain(text('time.zoned', clockIn(zone)(new Date(at)))),
    dateOf: (at, zone) => day.format(new Date(dateIn(zone, at))),
    date: date => day.format(new Date(date)),
    left: (until, now) => {
      const seconds = Math.max(0, (Date.parse(until) - Date.parse(now)) / 1000)
      const [unit, size] = units.find(([, size]) => seconds >= size) ?? (['minute', 60] as const)
      // At least “1 minute”.
      const count = Math.max(1, Math.floor(seconds / size))
      return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
    },
    money: ({ amount, currency }, decimals) =>
      new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        minimumFractionDigits: decimals ?? decimalsOf(currency),
        maximumFractionDigits: decimals ?? decimalsOf(currency),
        trailingZeroDisplay: decimals === undefined ? 'stripIfInteger' : 'auto',
      }).format(amount),
    country: code => countries.of(code) ?? code,
    languageName: tag => languageNames.of(tag) ?? tag,
    currency: code => currencies.of(code) ?? code,
    list: names =>
      lists
        .formatToParts(names.map((_, index) => String(index)))
        .map(({ type, value }) => (type === 'element' ? (names[Number(value)] ?? '') : value)),
  }
}

/** Returns the local date and time of an instant, and the name of the zone at this instant. */
type Clock = (at: Date) => { readonly instant: string; readonly zone: string }

/**
 * Returns the clock of a time zone, such as “December 18, 2026 at 3:36 PM” and “CET”. CLDR has the abbreviations of zones only
 * in the locales of places that use them. American English, the default of readers without texts in their language, gets those
 * of British English for Europe. Other zones are told as an offset, such as GMT+8.
 */
const newClock = (language: string, locale: string, timeZone: string): Clock => {
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone })
  const names = [locale, ...(language === 'en' ? ['en-GB'] : [])].map(
    tag => new Intl.DateTimeFormat(tag, { timeZone, timeZoneName: 'short' }),
  )
  const nameOf = (name: Intl.DateTimeFormat, at: Date) =>
    name.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
  return at => {
    const found = names.map(name => nameOf(name, at))
    const zone = found.find(name => !/\d/.test(name)) ?? found[0] ?? timeZone
    return { instant: dateTime.format(at), zone }
  }
}

const joinPieces = (parts: readonly (string | UserText | Words)[]): Words =>
  parts
    .flatMap(piece => (typeof piece === 'string' || piece instanceof UserText ? [piece] : piece))
    .reduce(appendPiece, [])

/** Appends a piece; adjacent words of the program become one piece. */
const appendPiece = (words: Words, piece: string | UserText): Words => {
  const last = words.at(-1)
  return typeof last === 'string' && typeof piece === 'string'
    ? [...words.slice(0, -1), last + piece]
    : [...words, piece]
}
