/** Who reads what: languages by their tags, BCP 47. */

/** A language and its script, such as `zh-Hans` of zh-CN or `de-Latn` of de-AT: what decides whether somebody can read it. */
export const scriptOf = (tag: string): string => {
  const { language, script } = new Intl.Locale(tag).maximize()
  return `${language}-${script}`
}

/** How well a reader is served by a language: 2 is their own locale, 1 one that they can read, 0 another. */
export const nearness = (reader: string, tag: string): 0 | 1 | 2 => {
  if (new Intl.Locale(reader).baseName === new Intl.Locale(tag).baseName) return 2
  return scriptOf(reader) === scriptOf(tag) ? 1 : 0
}
