/** Decides in which language people are written to who have not chosen one. */
import { lookUp } from '../../text/locale.ts'

/**
 * Official languages of countries in which most people speak a language that business rarely writes. Source: CLDR,
 * supplementalData.xml, territoryInfo with officialStatus="official".
 */
const alsoOfficial: Readonly<Record<string, string>> = {
  BI: 'fr',
  BQ: 'nl',
  CF: 'fr',
  CW: 'nl',
  GQ: 'fr',
  HT: 'fr',
  KM: 'fr',
  MG: 'fr',
  ML: 'fr',
  NE: 'fr',
  SN: 'fr',
  TD: 'fr',
}

/** Returns the locale of most people in a country, such as de-AT for AT. */
const likelyLocale = (country: string): string => {
  const likely = new Intl.Locale(`und-${country}`).maximize().minimize()
  return new Intl.Locale(likely, { region: country }).baseName
}

/**
 * Returns the locale for a person in a country: that of most people by the likely subtags of CLDR
 * (https://www.unicode.org/reports/tr35/#Likely_Subtags), otherwise another official one, otherwise English. The language is
 * one of the program.
 * @param country ISO 3166-1 alpha-2 code
 */
export const localeOfCountry = (country: string, languages: readonly string[]): string => {
  const official = alsoOfficial[country]
  const locales = [likelyLocale(country), ...(official ? [`${official}-${country}`] : [])]
  return locales.find(locale => lookUp(locale, languages) !== undefined) ?? 'en'
}
