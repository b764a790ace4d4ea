/** Reads telephone numbers as people type and paste them, and finds the form in which they are dialled. */
import { type DialingPlan, dialingPlans } from './dialing-plans.ts'
import { foldMachineText } from './folding.ts'
import type { Reading } from './reading.ts'

/** Limits of the digits, without an extension and leading zeros. E.164 §6: at most 15. Shorter ones are no subscriber numbers. */
const [minDigits, maxDigits] = [5, 15]

/** Maximum length of a stored number, in characters. */
const maxLength = 40

/**
 * An extension of up to 7 digits behind the number: RFC 3966 `;ext=`, and the words and signs of E.123 and of several
 * languages. Private exchanges have short extensions; more digits behind such a sign are a second number or a PIN.
 */
const extension =
  /[\s,;]*(?:;ext=|(?<!\p{L})(?:extension|extensión|extn|ext|durchwahl|dw|nebenstelle|apparat|app|poste|interno|int|ramal|anexo|toestel|tst|wewn|wew|linka|доб)(?!\p{L})[.:]{0,2}|(?<=\d[\s)]*)x\.?|#|内線|分机|转)\s?(\d{1,7})#?$/iu

/** Words before a number, and the scheme of a link. */
const label = /^(?:tel|telephone|telefon|phone|fon|mobile|mobil|fax)\s?[.:]{0,2}\s?(?=[+(\d])/i

/** Parameters of `tel:` links other than the extension (RFC 3966). */
const parameters = /;(?!ext=)[a-z-]+=[^;]*/gi

/** Signs that stand for a dash or a space between digits (the punctuation that libphonenumber accepts). */
const dashes = /[~〜∼ー]/gu

type PhoneFault = 'invalid-format' | 'phone-letters' | 'phone-digits' | 'too-long'

/** Splits a folded number into its digits with separators, and its extension. */
const split = (folded: string): readonly [number: string, extension: string | undefined] => {
  const match = extension.exec(folded)
  return match ? [folded.slice(0, match.index), match[1]] : [folded, undefined]
}

/** Parentheses that do not belong together are left out, and so are those around the country code: `(+49) 30`. */
const withParentheses = (number: string): string => {
  const flat = number.replace(/\[/g, '(').replace(/\]/g, ')')
  const bare = flat.replace(/^\((\+\s?\d{1,4})\)/, '$1 ')
  const inside = bare.replace(/\(\s?(\d[\d .-]*?)\s?\)/g, '')
  return /[()]/.test(inside) ? bare.replace(/[()]/g, ' ') : bare
}

/** Removes separators that repeat, or that stand before or behind all digits. */
const tidy = (number: string): string =>
  withParentheses(number)
    .replace(/\s+/g, ' ')
    .replace(/([./-])\1+/g, '$1')
    .replace(/^[ ./-]+|[ ./-]+$/g, '')
    .replace(/^\+ /, '+')

/**
 * Returns the number with digits and signs in ASCII, and with an extension as ` ext. 100` (E.123). The grouping of the digits
 * stays as typed, because people read it.
 *
 * Letters are refused: which digit a letter means depends on the country, and mobile phones of today have no letters.
 */
export const readPhone = (typed: string): Reading<PhoneFault> => {
  const folded = foldMachineText(typed).replace(dashes, '-').replace(label, '').replace(parameters, '')
  const [main, extra] = split(folded)
  const number = tidy(main)
  const digits = number.replace(/\D/g, '').replace(/^0+/, '').length
  if (/\d.*\p{L}|\p{L}.*\d/u.test(number)) return { fault: 'phone-letters' }
  if (!/^\+?[\d ()./-]*$/.test(number) || !/\d/.test(number))
    return { fault: 'invalid-format', params: { format: 'phone' } }
  if (digits < minDigits || digits > maxDigits)
    return { fault: 'phone-digits', params: { actual: digits, minimum: minDigits, maximum: maxDigits } }
  const stored = extra === undefined ? number : `${number} ext. ${extra}`
  return stored.length > maxLength
    ? { fault: 'too-long', params: { actual: stored.length, maximum: maxLength } }
    : { stored }
}

/** National prefix by country code. Countries that share a code share the prefix. */
const nationalPrefixes: ReadonlyMap<string, string> = new Map(
  [...dialingPlans.values()].map(({ code, national }) => [code, national]),
)

/** Longest country code, in digits. */
const maxCodeLength = 3

/** Returns the digits without a trunk prefix 0 behind the country code, as in `+44 020`. No number of such a country begins with 0. */
const withoutTrunkPrefix = (digits: string): string => {
  for (let length = 1; length <= maxCodeLength; length++) {
    const code = digits.slice(0, length)
    if (nationalPrefixes.has(code))
      return nationalPrefixes.get(code) === '0' ? `${code}${digits.slice(length).replace(/^0/, '')}` : digits
  }
  return digits
}

const e164 = (digits: string): string | undefined => {
  const dialled = withoutTrunkPrefix(digits)
  return /^[1-9]\d{4,14}$/.test(dialled) ? `+${dialled}` : undefined
}

/**
 * Returns a number without the national prefix, or undefined if the number is a local one or is none of the country. A local
 * number lacks its area code, so it never has the maximum length.
 */
const nationalNumber = (digits: string, plan: DialingPlan): string | undefined => {
  const { code, national, minLength, maxLength } = plan
  const hasMaxLength = (number: string) => number.length === maxLength
  const rest = national !== '' && digits.startsWith(national) ? digits.slice(national.length) : undefined
  // No number of these countries begins with 0.
  if (rest !== undefined && national.startsWith('0'))
    return rest.length >= minLength && rest.length <= maxLength ? rest : undefined
  if (hasMaxLength(digits)) return digits
  // Prefixes such as 8 and 1 can also be the first digit of a number, so the length decides.
  if (rest !== undefined && hasMaxLength(rest)) return rest
  const afterCode = digits.startsWith(code) ? digits.slice(code.length) : ''
  if (hasMaxLength(afterCode)) return afterCode
  return national === '' && digits.length >= minLength && digits.length < maxLength ? digits : undefined
}

/**
 * Returns the E.164 form of a number, or undefined if it cannot be told.
 *
 * A number that begins with `+` or with the international prefix of the country has a country code. Any other number is a
 * national one: the national prefix is removed, and the country code added. A number without the national prefix can be a
 * local one, which only a caller in the same area can dial.
 * @param country ISO 3166-1 alpha-2 code of the country in which the number was written down
 */
export const dialable = (phone: string, country?: string): string | undefined => {
  const [main] = split(phone)
  const isInternational = /^\s*\(?\+/.test(main)
  // The trunk prefix in parentheses is dialled only inside of the country: +49 (0)331.
  const digits = (isInternational ? main.replaceAll('(0)', '') : main).replace(/\D/g, '')
  if (isInternational) return e164(digits)
  const plan = country === undefined ? undefined : dialingPlans.get(country)
  if (!plan) return undefined
  const [, abroad] = plan.international.exec(digits) ?? []
  if (abroad !== undefined && abroad.length >= minDigits) return e164(abroad)
  const number = nationalNumber(digits, plan)
  return number === undefined ? undefined : e164(`${plan.code}${number}`)
}

/** Returns the extension of a number; undefined if it has none. */
export const extensionOf = (phone: string): string | undefined => split(phone)[1]

/** Returns the digits of a number as typed, for a caller in the same country or area. */
export const digitsOf = (phone: string): string => split(phone)[0].replace(/\D/g, '')
