import { describe, expect, it } from 'vitest'
import { languagesOf, localeOf, namedLocale } from '../../functions/http/locale.ts'
import { canonicalTag } from '../../shared/text/language-tag.ts'
import { lookUp, preferredAmong } from '../../shared/text/locale.ts'

const available = ['en', 'de', 'fr', 'zh-Hans']

const localeFor = (header: string | undefined, languages: readonly string[] = available): string =>
  localeOf({ headers: { 'accept-language': header } }, languages)

/** Headers with the locale of the answer, by the part of a standard, or the report, that says so. */
const headers: Readonly<Record<string, readonly (readonly [header: string | undefined, locale: string])[]>> =
  {
    'RFC 9110 §12.5.4: a request without the header accepts every language': [
      [undefined, 'en'],
      ['', 'en'],
      ['*', 'en'],
      ['*;q=0.1', 'en'],
    ],
    'RFC 9110 §12.4.2: the language with the highest weight is preferred': [
      ['en;q=0.1, de;q=0.9', 'de'],
      ['da, en-gb;q=0.8, en;q=0.7', 'en-GB'],
      ['de-CH,de;q=0.9,en;q=0.8', 'de-CH'],
      ['nl,de;q=0.8,en;q=0.5', 'de'],
      ['fr;q=0.5, de;q=0.501, en;q=0.499', 'de'],
      ['fr;q=0.001', 'fr'],
      ['de;q=1.000, fr;q=0.999', 'de'],
      ['fr;q=0.9, de', 'de'],
      ['fr;Q=0.1, de;Q=0.2', 'de'],
      ['en;q=0.7,fr-CA,fr;q=0.9', 'fr-CA'],
      ['de;q=1.,fr', 'de'],
      ['en;q=0.,fr;q=0.', 'en'],
    ],
    'RFC 9110 §12.4.2: the weight 0 excludes a language': [
      ['de;q=0, en', 'en'],
      ['en;q=0, fr', 'fr'],
      ['de;q=0, fr;q=0.1', 'fr'],
      ['de;q=0.0, fr;q=0.1', 'fr'],
      ['de;q=0.000, en;q=0.2', 'en'],
      ['en;q=0, *', 'de'],
      ['en;q=0, de;q=0, *;q=0.5', 'fr'],
      ['en-US;q=0, en', 'en'],
      ['de-AT, de;q=0', 'de-AT'],
    ],
    'RFC 9110 §12.5.4: if no language is acceptable, the header is disregarded': [
      ['en;q=0', 'en'],
      ['*;q=0', 'en'],
      ['ca', 'en'],
      ['tlh, x-klingon', 'en'],
      ['de;q=0', 'en'],
    ],
    'RFC 4647 §3.3.1: * stands for all languages that no other range names': [
      ['ca, *;q=0.5', 'en'],
      ['*, de;q=0.5', 'en'],
      ['fr;q=0.2, *;q=0.5', 'en'],
      ['*;q=0.8, en;q=0.2', 'de'],
      ['*;q=0.8, en-GB;q=0.2, de;q=0.1', 'fr'],
      ['*;q=0.2, fr;q=0.5', 'fr'],
      ['*;q=0, fr', 'fr'],
    ],
    'RFC 4647 §3.4: a range is shortened from the end until a language is found': [
      ['de-AT', 'de-AT'],
      ['fr-CA', 'fr-CA'],
      ['zh-Hans-CN', 'zh-Hans-CN'],
      ['de-Latn-DE-1996', 'de-Latn-DE-1996'],
      ['en-GB-oxendict', 'en-GB-oxendict'],
      ['ca-valencia, de-1996;q=0.9', 'de-1996'],
      ['zh-Hant-HK, fr', 'fr'],
    ],
    'UTS #35, likely subtags: a range without a script means the usual script of its country': [
      ['zh-CN', 'zh-CN'],
      ['zh', 'zh'],
      ['zh-SG', 'zh-SG'],
      ['zh-TW', 'en'],
      ['zh-HK, de;q=0.1', 'de'],
      ['sr-Latn, de;q=0.3', 'de'],
    ],
    'trials of F11: only the first entry counted': [
      ['ca, de;q=0.9', 'de'],
      ['zh-TW,zh;q=0.9', 'zh'],
      ['zh-TW, zh;q=0.9, en;q=0.8', 'zh'],
      ['es-419,es;q=0.9,fr;q=0.5', 'fr'],
    ],
    'RFC 9110 §12.4.2: languages of equal weight are in the order of the header': [
      ['fr, de', 'fr'],
      ['de, fr', 'de'],
      ['fr;q=0.5, de;q=0.5, en;q=0.5', 'fr'],
      ['de;q=0.5, de-CH;q=0.5', 'de'],
    ],
    'RFC 5646 §2.1.1: letters have no case': [
      ['DE', 'de'],
      ['zh-hans-cn', 'zh-Hans-CN'],
      ['DE-at', 'de-AT'],
      ['FR-fr;q=0.9, EN;q=0.8', 'fr-FR'],
    ],
    'RFC 5646 §4.5: deprecated tags are replaced': [
      ['zh-cmn-Hans', 'zh-Hans'],
      ['cmn-Hans-CN', 'zh-Hans-CN'],
      ['zh-guoyu', 'zh'],
      ['zh-yue, fr', 'fr'],
      ['en-GB-oed', 'en-GB-oxendict'],
      ['de-DD', 'de-DE'],
      ['de-u-nu-arab', 'de'],
    ],
    'RFC 9110 §5.6.1, §5.6.3: elements can be empty, with blanks and tabs around them': [
      [' fr ; q=1', 'fr'],
      ['\tde\t;\tq=0.5 ,fr;q=0.4', 'de'],
      [',, ,de,,', 'de'],
      ['de ,en', 'de'],
    ],
    'RFC 9110 §2.2: malformed parts are skipped': [
      ['no_language', 'en'],
      ['de_DE, fr', 'fr'],
      ['de;q=2, fr;q=0.1', 'fr'],
      ['de;q=-1, fr;q=0.1', 'fr'],
      ['de;q=high, fr;q=0.1', 'fr'],
      ['de;q, fr', 'fr'],
      ['de;level=1, fr', 'fr'],
      ['de q=0.9, fr', 'fr'],
      ['de;q= 0.9, fr', 'fr'],
      ['deutschland-deutsch, fr', 'fr'],
      ['german, fr;q=0.1', 'fr'],
      ['*-CH, fr', 'fr'],
      ['de-*, fr', 'fr'],
      ['x-klingon, i-default, und, mul, fr', 'fr'],
      ['💥, de', 'de'],
      ['de;q=0.9;q=0.1, fr;q=0.5', 'fr'],
    ],
  }

describe.each(Object.entries(headers))('%s', (_, rows) => {
  it.each(rows)('%j is answered in %s', (header, locale) => {
    expect(localeFor(header)).toBe(locale)
  })
})

it('the table has at least 60 headers, each once', () => {
  const all = Object.values(headers).flatMap(rows => rows.map(([header]) => header))
  expect(all.length).toBeGreaterThanOrEqual(60)
  expect(new Set(all).size).toBe(all.length)
})

it('only the first 50 ranges are read', () => {
  const ranges = Array.from({ length: 50 }, () => 'ca')
  expect(localeFor([...ranges, 'de'].join())).toBe('en')
  expect(localeFor([...ranges.slice(1), 'de'].join())).toBe('de')
})

it('a customer has named a language only if it is one of the program, and not by *', () => {
  const named = (header: string) => namedLocale(languagesOf({ headers: { 'accept-language': header } }))
  expect(named('de-AT')).toBe('de-AT')
  expect(named('ca, fr;q=0.5')).toBe('fr')
  expect(named('*')).toBeUndefined()
  expect(named('ca, *')).toBeUndefined()
  expect(named('ca')).toBeUndefined()
})

describe('lookUp finds among the languages that a reader can read the nearest', () => {
  it.each([
    ['pt-BR', ['pt-PT', 'pt-BR'], 'pt-BR'],
    ['pt', ['pt-PT', 'pt-BR'], 'pt-BR'],
    ['pt-AO', ['pt-PT', 'pt'], 'pt'],
    ['pt-AO', ['pt-PT', 'pt-BR'], 'pt-BR'],
    ['de-AT', ['de', 'de-AT'], 'de-AT'],
    ['de-CH', ['de-AT', 'de'], 'de'],
    ['zh-HK', ['zh-Hans', 'zh-Hant'], 'zh-Hant'],
    ['no', ['nb'], 'nb'],
    ['nb-NO', ['no'], 'no'],
    ['nn', ['nb'], undefined],
    ['sr', ['sr-Latn'], undefined],
    ['sr-Latn-RS', ['sr', 'sr-Latn'], 'sr-Latn'],
    ['he', ['ar'], undefined],
    ['en-GB', [], undefined],
  ])('%s among %j: %s', (reader, languages, found) => {
    expect(lookUp(reader, languages)).toBe(found)
  })

  it('keeps the locale of the reader for dates and numbers', () => {
    const preference = { accepted: ['de-AT'], refused: [] }
    expect(preferredAmong(preference, available)).toBe('de-AT')
  })
})

describe('canonicalTag', () => {
  it.each([
    // RFC 5646 §4.5 and the IANA Language Subtag Registry.
    ['iw', 'he'],
    ['iw-IL', 'he-IL'],
    ['in', 'id'],
    ['ji', 'yi'],
    ['mo', 'ro'],
    ['tl', 'fil'],
    ['zh-cmn', 'zh'],
    ['zh-cmn-Hant-TW', 'zh-Hant-TW'],
    ['zh-yue', 'yue'],
    ['ZH-YUE-hk', 'yue-HK'],
    ['ar-arb', 'ar'],
    ['sgn-ase', 'ase'],
    ['zh-min-nan', 'nan'],
    ['zh-hakka', 'hak'],
    ['i-klingon', 'tlh'],
    ['I-LUX', 'lb'],
    ['no-bok', 'nb'],
    ['sgn-CH-DE', 'sgg'],
    ['de-DD', 'de-DE'],
    ['en-UK', 'en-GB'],
    // RFC 5646 §2.1.1.
    ['DE', 'de'],
    ['de-at', 'de-AT'],
    ['ZH-hANS-cn', 'zh-Hans-CN'],
    ['sl-rozaj-biske-1994', 'sl-1994-biske-rozaj'],
    // Extensions and private use are removed.
    ['de-u-co-phonebk', 'de'],
    ['de-AT-u-nu-arab-x-mine', 'de-AT'],
    ['de-x-formal', 'de'],
    ['en-t-jp', 'en'],
  ])('of %s is %s', (tag, canonical) => {
    expect(canonicalTag(tag)).toBe(canonical)
  })

  it.each([
    '',
    'x',
    'd',
    'x-klingon',
    'i-default',
    'i-enochian',
    'und',
    'und-DE',
    'mul',
    'zxx',
    'mis',
    'german',
    'english',
    'root',
    'posix',
    'C',
    'de_DE',
    'de--AT',
    'de-',
    '-de',
    'de-AT-',
    'de-123456789',
    'de AT',
    'дэ',
    'de-ÄT',
    'zh-min',
  ])('of %j does not exist', tag => {
    expect(canonicalTag(tag)).toBeUndefined()
  })
})
