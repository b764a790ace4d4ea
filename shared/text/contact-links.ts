/** Links that call a telephone number or open a new mail. */
import { dialable, digitsOf, extensionOf } from './phone-number.ts'

/**
 * Returns a `tel:` link (RFC 3966) with the number in E.164 form. A number whose country code cannot be told is linked with its
 * digits as typed, so that people in the same country or area can call it.
 * @param country ISO 3166-1 alpha-2 code of the country of a number without country code
 */
export const phoneLink = (phone: string, country?: string): string => {
  const extension = extensionOf(phone)
  const number = dialable(phone, country) ?? digitsOf(phone)
  return `tel:${number}${extension === undefined ? '' : `;ext=${extension}`}`
}

/** Returns a `mailto:` link (RFC 6068). Characters that could add a further address or a field are encoded. */
export const emailLink = (address: string): string =>
  `mailto:${encodeURIComponent(address.toWellFormed()).replaceAll('%40', '@')}`
