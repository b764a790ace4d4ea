/** Schemas of codes: countries, languages, and entries of the program's taxonomy. */
import * as z from 'zod/mini'
import { describeSchema } from './documentation.ts'
import { folded, listed, rule } from './fields.ts'
import { countries } from './iso.ts'

export const countryCode = listed(countries, 'unknown-country')
/* @__PURE__ */ describeSchema(countryCode, {
  name: 'CountryCode',
  description: 'ISO 3166-1 alpha-2 code of a country. Lower case is accepted.',
  example: 'DE',
})

/** A code of the program's taxonomy; services check that the taxonomy has it. */
export const taxonomyCode = folded().check(
  z.toLowerCase(),
  z.regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    'lower-case letters and digits, in words joined by hyphens, such as real-estate',
  ),
  z.maxLength(64),
)
/* @__PURE__ */ describeSchema(taxonomyCode, {
  name: 'TaxonomyCode',
  description: 'Code of an entry of the taxonomy. `GET /v1/taxonomy` lists them.',
  example: 'erp',
})

const isLanguageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

/** A BCP 47 tag that `Intl` supports. */
export const locale = z.string().check(z.maxLength(35), rule(isLanguageTag, 'unknown-language'))
/* @__PURE__ */ describeSchema(locale, {
  name: 'Locale',
  description: 'BCP 47 language tag.',
  example: 'de',
})
