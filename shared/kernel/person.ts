/** Schemas of persons and of the ways to reach them: addresses of mail, post and the web, telephone numbers. */
import * as z from 'zod/mini'
import { countryCode, locale } from './codes.ts'
import { describeSchema } from './documentation.ts'
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

/** An email address, up to 254 characters (RFC 5321). Domains are stored in lower case and ASCII form (RFC 5891). */
export const email = z
  .string()
  .check(
    z.trim(),
    z.overwrite(asciiDomain),
    z.regex(emailPattern, 'an email address, such as ada@customer.example'),
    z.maxLength(254),
  )

/* @__PURE__ */ describeSchema(email, {
  name: 'Email',
  description: 'Email address, at most 254 characters. The domain is stored in lower case.',
  example: 'purchasing@havelland-getriebe.example',
})

export const phone = z
  .string()
  .check(z.trim(), z.regex(/^\+?[0-9 ()./-]{5,40}$/, 'a telephone number, such as +49 30 1234567'))
/* @__PURE__ */ describeSchema(phone, {
  name: 'Phone',
  description: 'Telephone number, as people write it.',
  example: '+49 331 000000',
})

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

/* @__PURE__ */ describeSchema(postalAddress, {
  name: 'Address',
  description: 'A postal address. City and country are required.',
  properties: {
    line1: 'Street and number, or another first line.',
    line2: 'Second line, such as a building or a department.',
    city: 'City or town.',
    postalCode: 'Postal code.',
    country: 'Country.',
  },
  example: { line1: 'Gleis 1', city: 'Potsdam', postalCode: '14467' },
})

/** A person who can be mailed. */
export const person = z.strictObject({
  firstName: personName,
  lastName: personName,
  email,
  phone: z.optional(phone),
  locale: z._default(locale, 'en'),
})
/* @__PURE__ */ describeSchema(person, {
  name: 'Person',
  description: 'A person who gets email.',
  properties: {
    firstName: 'Given name. Emails use it in the greeting.',
    lastName: 'Family name.',
    email: 'Email address.',
    phone: 'Telephone number.',
    locale: 'Locale of the emails, by default English.',
  },
  example: { firstName: 'IT', lastName: 'Purchasing', phone: '+49 331 000000', locale: 'de' },
})
export type Person = z.infer<typeof person>
