import { expect, it } from 'vitest'
import { countries } from '../../shared/kernel/iso.ts'
import { localeOfCountry } from '../../shared/program/rules.ts'

const many = ['en', 'de', 'fr', 'it', 'nl', 'pl', 'zh-Hans']

it.each([
  ['DE', 'de-DE'],
  ['AT', 'de-AT'],
  ['CH', 'de-CH'],
  ['LI', 'de-LI'],
  ['LU', 'fr-LU'],
  ['BE', 'nl-BE'],
  ['FR', 'fr-FR'],
  ['CI', 'fr-CI'],
  ['CA', 'en-CA'],
  // Most people speak Wolof, Haitian Creole and Papiamento.
  ['SN', 'fr-SN'],
  ['HT', 'fr-HT'],
  ['CW', 'nl-CW'],
  ['IT', 'it-IT'],
  ['PL', 'pl-PL'],
  ['NL', 'nl-NL'],
  ['CN', 'zh-CN'],
  ['US', 'en-US'],
  ['GB', 'en-GB'],
  ['SG', 'en-SG'],
  // Traditional Chinese, Spanish, Hindi and Norwegian are no languages of the program.
  ['TW', 'en'],
  ['HK', 'en'],
  ['ES', 'en'],
  ['IN', 'en'],
  ['NO', 'en'],
])('the locale of most people in %s is %s', (country, locale) => {
  expect(localeOfCountry(country, many)).toBe(locale)
})

it('is English in a country whose language the program does not have', () => {
  expect(localeOfCountry('DE', ['en'])).toBe('en')
  expect(localeOfCountry('DE', ['en', 'de'])).toBe('de-DE')
})

it('exists for each country', () => {
  for (const country of countries) expect(() => new Intl.Locale(localeOfCountry(country, many))).not.toThrow()
})
