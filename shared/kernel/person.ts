/** Schemas of persons and of the ways to reach them: addresses of mail, post and the web, telephone numbers. */
import * as z from 'zod/mini'
import { readEmail } from '../text/email-address.ts'
import { readPhone } from '../text/phone-number.ts'
import { readWebAddress } from '../text/web-address.ts'
import { countryCode, locale } from './codes.ts'
import { describeSchema } from './documentation.ts'
import { folded, maxLength, minLength, oneLine, personName, readable, text, visible } from './fields.ts'

/** An email address that SES can deliver to. See `readEmail` for what is accepted. */
export const email = readable(readEmail)

/* @__PURE__ */ describeSchema(email, {
  name: 'Email',
  description:
    'Email address of ASCII characters, at most 254 characters. Domains of other scripts are accepted and stored in ASCII (punycode) and lower case. `mailto:`, a name with angle brackets and hidden characters are removed.',
  format: 'email',
  example: 'purchasing@havelland-getriebe.example',
})

/** A telephone number as people write it. See `readPhone` for what is accepted. */
export const phone = readable(readPhone)
/* @__PURE__ */ describeSchema(phone, {
  name: 'Phone',
  description:
    'Telephone number of 5 to 15 digits, as people write it, with or without country code (E.164, E.123). Digits of all scripts are accepted and stored as ASCII digits. An extension of up to 7 digits is stored as ` ext. 100`. Numbers without a country code belong to the country of the address.',
  example: '+49 331 000000',
})

/** A web address. See `readWebAddress` for what is accepted. */
export const webAddress = readable(readWebAddress(['http', 'https'], 'web-address'))
/* @__PURE__ */ describeSchema(webAddress, {
  description:
    'Web address with a domain name, at most 500 characters. A missing scheme means https. Stored in normalized form.',
  format: 'uri',
  example: 'https://spreewerk.example/',
})

/** An address of an image. Pages are served over https, where browsers block images over http. */
export const secureAddress = readable(readWebAddress(['https'], 'secure-web-address'))
/* @__PURE__ */ describeSchema(secureAddress, {
  description: 'Web address over https, at most 500 characters.',
  format: 'uri',
  example: 'https://spreewerk.example/logo.png',
})

/** The countries that are one city, and the city's name in English. Their addresses need no city. */
const cityStates: ReadonlyMap<string, string> = new Map([
  ['GI', 'Gibraltar'],
  ['HK', 'Hong Kong'],
  ['MC', 'Monaco'],
  ['MO', 'Macao'],
  ['SG', 'Singapore'],
  ['VA', 'Vatican City'],
])

/** The city of an address that names none. The check of the whole address replaces it. */
const noCity = ''

export const postalAddress = z
  .strictObject({
    line1: z.optional(text(200)),
    line2: z.optional(text(200)),
    city: z._default(text(100), noCity),
    state: z.optional(text(100)),
    postalCode: z.optional(folded().check(minLength(1, { abort: true }), maxLength(20), oneLine, visible)),
    country: countryCode,
  })
  .check(
    z.overwrite(address =>
      address.city === noCity ? { ...address, city: cityStates.get(address.country) ?? noCity } : address,
    ),
    z.refine(({ city }) => city !== noCity, { path: ['city'], params: { code: 'required' } }),
  )

/* @__PURE__ */ describeSchema(postalAddress, {
  name: 'Address',
  description: 'A postal address. City and country are required.',
  properties: {
    line1: 'Street and number, or another first line.',
    line2: 'Second line, such as a building or a department.',
    city: 'City or town. Without it, an address in GI, HK, MC, MO, SG or VA has the name of the country; elsewhere it is required.',
    state: 'State, province or region, as it stands in addresses of the country.',
    postalCode: 'Postal code. Digits are stored as ASCII digits.',
    country: 'Country.',
  },
  example: { line1: 'Gleis 1', city: 'Potsdam', postalCode: '14467' },
})

/** The names of a person. Many people have one name only. */
interface Names {
  readonly firstName?: string | undefined
  readonly lastName?: string | undefined
}

/** Fields of names, for schemas of persons. Such a schema needs the check `hasName`. */
export const names = { firstName: z.optional(personName), lastName: z.optional(personName) }

/** Checks that a person has at least one name. */
export const hasName = z.refine<Names>(
  ({ firstName, lastName }) => firstName !== undefined || lastName !== undefined,
  {
    path: ['firstName'],
    params: { code: 'name-required' },
    when: ({ value }) => typeof value === 'object' && value !== null,
  },
)

/** Returns the full name of a person. */
export const nameOf = ({ firstName, lastName }: Names): string =>
  [firstName, lastName].filter(name => name).join(' ')

/** A person who can be mailed. */
export const person = z
  .strictObject({
    ...names,
    email,
    phone: z.optional(phone),
    locale,
  })
  .check(hasName)
/* @__PURE__ */ describeSchema(person, {
  name: 'Person',
  description: 'A person who gets email. One of the two names is enough.',
  properties: {
    firstName: 'Given name, or the only name.',
    lastName: 'Family name.',
    email: 'Email address.',
    phone: 'Telephone number.',
    locale: 'Locale of the emails.',
  },
  example: { firstName: 'IT', lastName: 'Purchasing', phone: '+49 331 000000', locale: 'de' },
})
export type Person = z.infer<typeof person>

/** A person in a request, which can leave out the locale. */
export const newPerson = z.strictObject({ ...person.shape, locale: z.optional(locale) }).check(hasName)
/* @__PURE__ */ describeSchema(newPerson, {
  name: 'PersonInput',
  description: 'A person who gets email. One of the two names is enough.',
  like: [person],
  properties: {},
  example: { firstName: 'IT', lastName: 'Purchasing', phone: '+49 331 000000', locale: 'de' },
})
