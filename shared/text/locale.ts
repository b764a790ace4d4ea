/** Matching of languages for readers. Languages are BCP 47 tags. */

/** Returns a language with its script, such as `zh-Hans` for zh-CN or `de-Latn` for de-AT. Equal ones are readable alike. */
const scriptOf = (tag: string): string => {
  const { language, script } = new Intl.Locale(tag).maximize()
  // Norwegian without a choice of the written form is Bokmål (CLDR, languageMatching: distance 1).
  return `${language === 'no' ? 'nb' : language}-${script}`
}

/** Rates a language for a reader: 2 for the same locale, 1 for the same language and script, otherwise 0. */
export const nearness = (reader: string, tag: string): 0 | 1 | 2 => {
  if (new Intl.Locale(reader).baseName === new Intl.Locale(tag).baseName) return 2
  return scriptOf(reader) === scriptOf(tag) ? 1 : 0
}

const maximized = (tag: string): string => new Intl.Locale(tag).maximize().baseName

/** Rates languages that a reader can read alike: pt-AO is nearer to pt than to pt-BR. */
const fitness = (reader: string, tag: string): number => {
  if (reader === tag) return 3
  if (reader.startsWith(`${tag}-`) || maximized(reader) === maximized(tag)) return 2
  // The form of the country in which most people write the language.
  return maximized(scriptOf(tag)) === maximized(tag) ? 1 : 0
}

/**
 * Returns the available language for a reader, by the lookup of RFC 4647 §3.4. Lookup removes subtags from the end of the
 * reader's tag until it is equal to a language. Here the script counts too: zh-CN finds zh-Hans, and zh-TW does not find it.
 * @param reader a canonical tag
 * @param available canonical tags. Of equally good ones the first is taken.
 */
export const lookUp = (reader: string, available: readonly string[]): string | undefined => {
  const script = scriptOf(reader)
  const readable = available.filter(tag => scriptOf(tag) === script)
  return readable.toSorted((a, b) => fitness(reader, b) - fitness(reader, a))[0]
}

/** The languages that a reader accepts, as in the header `Accept-Language` (RFC 9110 §12.5.4). */
export interface LanguagePreference {
  /** Canonical tags, and `*` for all languages that the preference does not name. The most preferred is the first. */
  readonly accepted: readonly string[]
  /** Canonical tags, and `*`, of languages that the reader does not accept. */
  readonly refused: readonly string[]
}

const anyLanguage = '*'

/** Returns true if a preference names a language: the range de names de-AT too (RFC 4647 §3.3.1). */
const names = ({ accepted, refused }: LanguagePreference, tag: string): boolean =>
  [...accepted, ...refused].some(
    range => range !== anyLanguage && (tag.startsWith(`${range}-`) || lookUp(range, [tag]) !== undefined),
  )

/**
 * Returns the locale that a reader prefers among those with an available language. The reader's own tag is kept, so that
 * de-AT reads German with the formats of Austria.
 * @returns undefined if the reader accepts none of the languages
 */
export const preferredAmong = (
  preference: LanguagePreference,
  available: readonly string[],
): string | undefined => {
  for (const range of preference.accepted) {
    const tag = range === anyLanguage ? available.find(other => !names(preference, other)) : range
    if (tag !== undefined && lookUp(tag, available) !== undefined) return tag
  }
  return undefined
}

/** Returns a preference without `*`: only what the reader names. */
export const namedOnly = ({ accepted, refused }: LanguagePreference): LanguagePreference => ({
  accepted: accepted.filter(range => range !== anyLanguage),
  refused,
})
