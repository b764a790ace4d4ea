import fc from 'fast-check'
import { expect, it } from 'vitest'
import { languagesOf, localeOf } from '../../functions/http/locale.ts'
import { locale } from '../../shared/kernel/codes.ts'
import { countries } from '../../shared/kernel/iso.ts'
import { languages } from '../../shared/program/contract.ts'
import { localeOfCountry } from '../../shared/program/rules.ts'
import { canonicalTag } from '../../shared/text/language-tag.ts'
import { lookUp } from '../../shared/text/locale.ts'

const subtag = fc.stringMatching(/^[A-Za-z0-9]{1,9}$/)
const tag = fc.oneof(
  fc.constantFrom('de', 'de-AT', 'en', 'zh', 'zh-TW', 'zh-Hans', 'iw', 'i-lux', 'ca', '*', 'x-y', 'und'),
  fc.array(subtag, { minLength: 1, maxLength: 5 }).map(parts => parts.join('-')),
  fc.string({ maxLength: 12 }),
)
const weight = fc.oneof(
  fc.constantFrom('', ';q=0', ';q=1', '; q=0.5', ';q=2', ';q', ';level=1'),
  fc.double({ min: -1, max: 2, noNaN: true }).map(value => `;q=${value}`),
)
const header = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.array(fc.tuple(tag, weight), { maxLength: 60 }).map(parts => parts.map(part => part.join('')).join(',')),
)

it('any Accept-Language gives a canonical locale in a language of the program', () => {
  fc.assert(
    fc.property(header, text => {
      const found = localeOf({ headers: { 'accept-language': text } }, languages)
      expect(canonicalTag(found)).toBe(found)
      expect(lookUp(found, languages)).toBeDefined()
    }),
  )
})

it('the locale is one that the header accepts, or English', () => {
  fc.assert(
    fc.property(header, text => {
      const request = { headers: { 'accept-language': text } }
      const { accepted } = languagesOf(request)
      const found = localeOf(request, languages)
      if (!accepted.includes('*')) expect(['en', ...accepted]).toContain(found)
    }),
  )
})

it('a canonical tag is its own canonical form, and the schema stores it', () => {
  fc.assert(
    fc.property(tag, text => {
      const canonical = canonicalTag(text)
      if (canonical === undefined) return
      expect(canonicalTag(canonical)).toBe(canonical)
      if (text.length <= 35) expect(locale.parse(text)).toBe(canonical)
    }),
  )
})

it('the locale of each country is in a language of the program, with this country, or English', () => {
  fc.assert(
    fc.property(fc.constantFrom(...countries), country => {
      const found = localeOfCountry(country, languages)
      expect(lookUp(found, languages)).toBeDefined()
      expect(found === 'en' || new Intl.Locale(found).region === country).toBe(true)
    }),
  )
})
