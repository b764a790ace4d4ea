/** Schemas of codes: countries, languages, and entries of the program's taxonomy. */
import * as z from 'zod/mini'
import { listed, rule } from './fields.ts'
import { countries } from './iso.ts'

export const countryCode = listed(countries, 'an ISO 3166-1 alpha-2 country code, such as DE')

/** A code of the program's taxonomy; services check that the taxonomy has it. */
export const taxonomyCode = z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), z.maxLength(64))

const isLanguageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** A BCP 47 tag that `Intl` supports. */
export const locale = z
  .string()
  .check(
    z.maxLength(35),
    rule(isLanguageTag, 'unknown-language', 'must be a BCP 47 language tag, such as de or zh-Hans'),
  )
