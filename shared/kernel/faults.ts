/** Builds faults, and defines the messages of faults that several features share. */
import type { Fault } from './errors.ts'
import { formats, requiredValues } from './formats.ts'
import { type Catalog, messages, type ParameterArguments, type Terms } from './messages.ts'

/** Returns a function that builds the faults of a catalog. TypeScript reports missing parameters. */
export const faults = <const C extends Catalog>(catalog: C, terms?: Terms) => {
  const build = messages(catalog, terms)
  return <Code extends keyof C & string>(
    code: Code,
    pointer: string,
    ...params: ParameterArguments<C[Code]>
  ): Fault => ({ pointer, ...build(code, ...params) })
}

/** Messages of faults that have no feature of their own. Each says what is wrong, then what is expected. */
export const commonFaults = {
  required: 'Missing. A value is required.',
  'unknown-field': 'Unknown field "{field}".[ Did you mean {suggestions}?][ Expected fields: {fields}.]',
  'more-unknown-fields': 'Further unknown fields: {count}. Remove them.',
  'unexpected-body': 'The request has a body. Expected a request without a body.',
  'wrong-type': 'Wrong type: {actual}. Expected {expected}.',
  'wrong-value': 'Wrong value. Expected {expected}.',
  'unknown-choice': 'Unknown value[ "{actual}"]. Expected {choices}.',
  'invalid-format': 'Wrong format. Expected {format}.',
  'no-alternative': 'The value matches none of the allowed forms. Use one of them.',
  ambiguous: 'The value matches more than one of the allowed forms. Use exactly one.',
  blank: 'The text is empty. Expected at least one visible character.',
  'too-long': 'Too long: {actual} characters. Expected at most {maximum}.',
  'too-short': 'Too short: {actual} characters. Expected at least {minimum}.',
  'wrong-length': 'Wrong length: {actual}. Expected exactly {expected}.',
  'too-big': 'Too big: {actual}. Expected at most {maximum}.',
  'too-small': 'Too small: {actual}. Expected at least {minimum}.',
  'not-below': 'Too big: {actual}. Expected less than {limit}.',
  'not-above': 'Too small: {actual}. Expected more than {limit}.',
  'not-storable':
    'The number {value} cannot be stored. Expected 0, or a magnitude of at least 1e-130 and less than 1e126.',
  'not-multiple': 'Wrong number: {actual}. Expected a multiple of {divisor}.',
  'too-many': 'Too many entries: {actual}. Expected at most {maximum}.',
  'too-few': 'Too few entries: {actual}. Expected at least {minimum}.',
  'not-utf-8':
    'The text has a replacement character (U+FFFD): some of its bytes were not UTF-8. Send the request in UTF-8.',
  repeated: 'Repeated value: "{value}". Give each value only once.',
  'no-change': 'The change is empty. Send at least one field.',
  'unknown-country': 'Unknown country code "{value}". Expected an ISO 3166-1 alpha-2 code, such as DE.',
  'unknown-currency': 'Unknown currency code "{value}". Expected an ISO 4217 code, such as EUR.',
  'withdrawn-currency':
    'The currency {value} was withdrawn from ISO 4217. Expected a current code, such as its successor {successor}.',
  'unknown-language': 'Unknown language "{value}". Expected a BCP 47 language tag, such as de or zh-Hans.',
  'language-form': 'The language tag "{value}" is not in canonical form. Expected {expected}.',
  'unknown-time-zone': 'Unknown time zone "{value}". Expected an IANA time zone, such as Europe/Berlin.',
  'name-required': 'The name is missing. Expected firstName, lastName or both.',
  'email-not-ascii':
    'Email cannot be sent to this address: the part before the @ has characters that are not ASCII. Expected an address of ASCII letters, digits and signs before the @.',
  'email-quoted':
    'Email cannot be sent to this address: the part before the @ needs quotes. Expected an address without spaces, quotes, commas and brackets before the @.',
  'wrong-domain': 'Wrong domain "{domain}". Expected a registered domain name, such as customer.example.',
  'phone-letters':
    'The telephone number contains letters. Expected digits; put an extension at the end, such as +49 30 1234567 ext. 100.',
  'phone-digits':
    'Wrong number of digits: {actual}. Expected {minimum} to {maximum} digits before the extension.',
  'not-a-holiday':
    'Unknown day "{value}". Expected a date, such as 2026-04-06, or a day of every year, such as 12-25.',
  'link-in-name': 'The name contains a link. Expected a name without "://".',
  credentials: 'The address contains a user name or a password. Remove them.',
  'too-precise': 'Too many decimal places. Expected at most {maximum} for {currency}.',
  'in-the-past': '{actual} is in the past. Expected {earliest} or later.',
  'in-the-future': '{actual} is in the future. Expected {latest} or earlier.',
  'too-early': '{actual} is too early. Expected {earliest} or later.',
  'too-late': '{actual} is too late. Expected {latest} or earlier.',
  'not-after': '{actual} is too early. Expected a time after {after}.',
  'wrong-cursor':
    'The cursor does not belong to this list. Send the nextCursor of a page of the same list, or no cursor.',
} as const satisfies Catalog

export type CommonFaultCode = keyof typeof commonFaults

/** Words for the parameters of common faults. */
export const commonTerms = {
  'invalid-format': { format: formats },
  'wrong-value': { expected: requiredValues },
  'wrong-type': {
    actual: {
      'not-a-number': 'text that is not a number',
      'inexact-number': 'a number that is too big to be exact',
    },
  },
} as const satisfies Terms

export const fault = faults(commonFaults, commonTerms)

/** Reasons of errors that every feature can have. */
export const commonReasons = {
  'version-changed': 'The resource has changed. Its current version is {currentVersion}.',
  'key-reused':
    'This key was used for a different request. Use a new key for each new request, and the same key only to repeat a request.',
} as const satisfies Catalog

export const commonReason = messages(commonReasons)
