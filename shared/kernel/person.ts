/** Schemas of persons and of the ways to reach them: addresses of mail, post and the web, telephone numbers. */
import * as z from 'zod/mini'
import { countryCode, locale } from './codes.ts'
import { personName, rule, text } from './fields.ts'

const asciiDomain = (address: string): string => {
  const at = address.lastIndexOf('@')
  if (at < 0) return address
  const domain = address.slice(at + 1)
  const url = `http://${domain}`
  const isOther = /[^ -~]/.test(domain) && /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) && URL.canParse(url)
  return `${address.slice(0, at)}@${isOther ? new URL(url).hostname : domain.toLowerCase()}`
}

/** zod's pattern, extended by top-level domains in other scripts. */
const emailPattern =
  /^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9-]*\.)+([A-Za-z]{2,}|xn--[A-Za-z0-9-]+)$/

/** An e-mail address, up to 254 characters (RFC 5321). Domains are stored in lower case and ASCII form (RFC 5891). */
export const email = z
  .string()
  .check(
    z.trim(),
    z.overwrite(asciiDomain),
    z.regex(emailPattern, 'an e-mail address, such as ada@customer.example'),
    z.maxLength(254),
  )

export const phone = z
  .string()
  .check(z.trim(), z.regex(/^\+?[0-9 ()./-]{5,40}$/, 'a telephone number, such as +49 30 1234567'))

/** A web address in normalized form, which has no characters that could end an HTML attribute or open an element. */
const addressOf = (protocol: RegExp, error: string) =>
  z.url({ protocol, hostname: z.regexes.domain, normalize: true, error }).check(
    z.maxLength(500),
    // A user name can look like a host, and hide where the address leads.
    rule(address => !/^\w+:\/\/[^/]*@/.test(address), 'credentials'),
  )

export const webAddress = addressOf(/^https?$/, 'a web address, such as https://partner.example')

/** An address of an image. Pages are served over https, where browsers block images over http. */
export const secureAddress = addressOf(
  /^https$/,
  'an https address, such as https://partner.example/logo.png',
)

export const postalAddress = z.strictObject({
  line1: z.optional(text(200)),
  line2: z.optional(text(200)),
  city: text(100),
  postalCode: z.optional(text(20)),
  country: countryCode,
})

/** A person who can be mailed. */
export const person = z.strictObject({
  firstName: personName,
  lastName: personName,
  email,
  phone: z.optional(phone),
  locale: z._default(locale, 'en'),
})
export type Person = z.infer<typeof person>
