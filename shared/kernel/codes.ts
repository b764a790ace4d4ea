/** Schemas of codes: countries, languages, and entries of the program's taxonomy. */
import * as z from 'zod/mini'
import { listed, rule } from './fields.ts'
import { countries } from './iso.ts'

export const countryCode = listed(countries, 'unknown-country')

/** A country code in a query, which may be in lower case. */
export const countryParameter = z.string().check(
  z.toUpperCase(),
  rule(value => countries.has(value), 'unknown-country'),
)

/** A code of the program's taxonomy; services check that the taxonomy has it. */
export const taxonomyCode = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9]+(-[a-z0-9]+)*$/,
      'lower-case letters and digits, in words joined by hyphens, such as real-estate',
    ),
    z.maxLength(64),
  )

const isLanguageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** A BCP 47 tag that `Intl` supports. */
export const locale = z.string().check(z.maxLength(35), rule(isLanguageTag, 'unknown-language'))
