/** Canonical form of language tags (BCP 47, RFC 5646 §4.5). */

/**
 * Grandfathered tags with the preferred value of the IANA Language Subtag Registry. `Intl` knows only those that have the form
 * of other tags. Tags without a preferred value, such as i-default, name no language that people write.
 */
const grandfathered: Readonly<Record<string, string>> = {
  'art-lojban': 'jbo',
  'en-gb-oed': 'en-GB-oxendict',
  'i-ami': 'ami',
  'i-bnn': 'bnn',
  'i-hak': 'hak',
  'i-klingon': 'tlh',
  'i-lux': 'lb',
  'i-navajo': 'nv',
  'i-pwn': 'pwn',
  'i-tao': 'tao',
  'i-tay': 'tay',
  'i-tsu': 'tsu',
  'no-bok': 'nb',
  'no-nyn': 'nn',
  'sgn-be-fr': 'sfb',
  'sgn-be-nl': 'vgt',
  'sgn-ch-de': 'sgg',
  'zh-guoyu': 'zh',
  'zh-hakka': 'hak',
  // Several languages, without a preferred value.
  'zh-min': 'und',
  'zh-min-nan': 'nan',
  'zh-xiang': 'hsn',
}

/**
 * A language that is written behind its macrolanguage, such as zh-yue: the canonical form is the language alone (RFC 5646
 * §4.5, step 3). The list has the macrolanguages with extended languages in the registry. `Intl` refuses this form.
 */
const extended = /^(?:ar|kok|lv|ms|sgn|sw|uz|zh)-([a-z]{3})(?=-|$)/i

/** Codes for text in no language, in several or in an unknown one (ISO 639-2). */
const noLanguages = ['mis', 'mul', 'und', 'zxx']

/**
 * Returns the canonical form of a tag: deprecated subtags are replaced (iw becomes he), letters have the usual case, and
 * extensions and private-use subtags are removed, because they choose calendars, digits or sort orders and no language.
 * @returns undefined for a tag that is not well-formed, or that names no language. Names of languages, such as “german”, are
 *   well-formed by RFC 5646, but no language subtag of more than three letters is registered.
 */
export const canonicalTag = (tag: string): string | undefined => {
  const current = grandfathered[tag.toLowerCase()] ?? tag.replace(extended, '$1')
  try {
    const { baseName, language } = new Intl.Locale(current)
    return language.length > 3 || noLanguages.includes(language) ? undefined : baseName
  } catch {
    return undefined
  }
}
