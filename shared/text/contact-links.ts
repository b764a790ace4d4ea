/** Links that call a telephone number or open a new mail. */

/**
 * Returns a `tel:` link (RFC 3966). A number with a country code leaves out the trunk prefix: `+49 (0)331 1234` is dialled as
 * `+493311234`.
 */
export const phoneLink = (phone: string): string => {
  const isInternational = /^\s*\+/.test(phone)
  const dialled = (isInternational ? phone.replaceAll('(0)', '') : phone).replace(/\D/g, '')
  return `tel:${isInternational ? '+' : ''}${dialled}`
}

/** Returns a `mailto:` link (RFC 6068). Characters that could add a further address or a field are encoded. */
export const emailLink = (address: string): string =>
  `mailto:${encodeURIComponent(address.toWellFormed()).replaceAll('%40', '@')}`
