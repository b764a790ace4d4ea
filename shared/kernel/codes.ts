/** Schemas of codes: countries, languages, and entries of the program's taxonomy. */
import * as z from 'zod/mini'
import { canonicalTag } from '../text/language-tag.ts'
import { describeSchema } from './documentation.ts'
import { folded, listed, maxLength, rule } from './fields.ts'
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
  maxLength(64),
)
/* @__PURE__ */ describeSchema(taxonomyCode, {
  name: 'TaxonomyCode',
  description: 'Code of an entry of the taxonomy. `GET /v1/taxonomy` lists them.',
  example: 'erp',
})

/** Reads a tag with `_` between its parts too, as UTS #35 §3.1 allows and Java and POSIX write it: de_AT. */
const readTag = (text: string): string | undefined => canonicalTag(text.trim().replaceAll('_', '-'))

/** A BCP 47 tag, which is stored in its canonical form. */
export const locale = folded().check(
  maxLength(35),
  rule(text => readTag(text) !== undefined, 'unknown-language'),
  z.overwrite(text => readTag(text) ?? text),
)
/** A BCP 47 tag as the name of a field. It must be canonical, so that no two names mean the same language. */
export const localeName = z.string().check(
  maxLength(35),
  rule(text => canonicalTag(text) !== undefined, 'unknown-language'),
  rule(
    text => (canonicalTag(text) ?? text) === text,
    'language-form',
    text => ({ expected: canonicalTag(text) ?? '' }),
  ),
)
/* @__PURE__ */ describeSchema(localeName, {
  description: 'BCP 47 language tag in canonical form (RFC 5646 §4.5).',
  example: 'zh-Hans',
})

/* @__PURE__ */ describeSchema(locale, {
  name: 'Locale',
  description:
    'BCP 47 language tag. It is stored in canonical form (RFC 5646 §4.5): `DE_at` becomes `de-AT`, `iw` becomes `he`, and extensions are removed.',
  example: 'de',
})
