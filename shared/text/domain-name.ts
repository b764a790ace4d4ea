/** Domain names in the form that mail servers and browsers use. */

/**
 * Labels of 1 to 63 letters, digits and hyphens, without a hyphen at an end, at least two of them, 253 characters in all
 * (RFC 1035 §2.3.4, RFC 1123 §2.1). The last label is not a number, so an IPv4 address is no domain.
 */
const domainPattern =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]{2,63}$)(?:[a-z]+|xn--[a-z0-9-]*[a-z0-9])$/

/** ASCII characters that have a meaning in URLs or that no host has. */
const notInHosts = /[\0-,/:-@[-`{-\x7f\s]/u

/**
 * Returns a domain name in lower case and ASCII form (IDNA, UTS #46), or undefined if it is none. Labels that are no valid
 * punycode are refused.
 */
export const asciiDomain = (name: string): string | undefined => {
  const url = `http://${name}`
  if (notInHosts.test(name) || !URL.canParse(url)) return undefined
  const { hostname } = new URL(url)
  return domainPattern.test(hostname) ? hostname : undefined
}
