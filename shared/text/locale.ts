/** Matching of languages for readers. Languages are BCP 47 tags. */

/** Returns a language with its script, such as `zh-Hans` for zh-CN or `de-Latn` for de-AT. Equal ones are readable alike. */
export const scriptOf = (tag: string): string => {
  const { language, script } = new Intl.Locale(tag).maximize()
  return `${language}-${script}`
}

/** Rates a language for a reader: 2 for the same locale, 1 for the same language and script, otherwise 0. */
export const nearness = (reader: string, tag: string): 0 | 1 | 2 => {
  if (new Intl.Locale(reader).baseName === new Intl.Locale(tag).baseName) return 2
  return scriptOf(reader) === scriptOf(tag) ? 1 : 0
}
