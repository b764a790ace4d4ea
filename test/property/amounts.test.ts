/** Amounts that a form suggests are read as the same amounts, in every locale and currency. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAmount, writeAmount } from '../../shared/kernel/amount.ts'
import { countries, currencies, decimalsOf } from '../../shared/kernel/iso.ts'
import { maxAmount, money } from '../../shared/kernel/money.ts'
import { depth } from './depth.ts'

const letters = [...'abcdefghijklmnopqrstuvwxyz']
const pairs = letters.flatMap(a => letters.map(b => a + b))
const triples = pairs.flatMap(pair => letters.map(c => pair + c))

/** Every language for which `Intl` has data. */
const languages = Intl.NumberFormat.supportedLocalesOf([...pairs, ...triples]).filter(
  tag => !tag.includes('-'),
)

const locales = fc
  .tuple(fc.constantFrom(...languages), fc.option(fc.constantFrom(...countries)))
  .map(([language, country]) => (country === null ? language : `${language}-${country}`))

const amounts = fc
  .tuple(
    fc.constantFrom(...currencies),
    fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.maxSafeNat()),
    fc.boolean(),
  )
  .map(([currency, units, isWhole]) => {
    const decimals = isWhole ? 0 : decimalsOf(currency)
    return { amount: Number(`${units % (maxAmount - 1)}e-${decimals}`), currency }
  })

describe('a suggested amount', () => {
  it('is valid and is read as the same amount in every locale and currency', () => {
    fc.assert(
      fc.property(amounts, locales, ({ amount, currency }, locale) => {
        expect(money.safeParse({ amount, currency }).success).toBe(true)
        const written = writeAmount(amount, locale, currency)
        expect(parseAmount(written, locale, currency), written).toEqual({ amount })
      }),
      { numRuns: 1000 * depth },
    )
  })

  it.each([
    [1234, 'EUR'],
    [45_000.5, 'EUR'],
    [1.234, 'KWD'],
    [1_234_567, 'INR'],
  ])('%d %s is read as the same amount in every language', (amount, currency) => {
    for (const language of languages) {
      const written = writeAmount(amount, language, currency)
      expect(parseAmount(written, language, currency), `${language} ${written}`).toEqual({ amount })
    }
  })

  it('is in the notation of the language, with separators', () => {
    const different = languages.filter(language => {
      const written = new Intl.NumberFormat(language, { minimumFractionDigits: 2 }).format(1_234_567.5)
      return writeAmount(1_234_567.5, language, 'EUR') !== written
    })
    // Intl separates the thousands of N’Ko with an Arabic comma, and groups those of Toki Pona by two digits.
    expect(different.filter(language => !['nqo', 'tok'].includes(language))).toEqual([])
  })
})

const withoutZeros = (text: string): string => text.replace(/\D/g, '').replace(/^0+|0+$/g, '')

describe('parseAmount', () => {
  it('returns an amount that the API accepts, or a fault, for any text', () => {
    const piece = fc.oneof(
      fc.integer({ min: 0, max: 9999 }).map(String),
      fc.constantFrom('.', ',', ' ', "'", '-', '€', '$', 'EUR', 'k', '\u202f', '٫', '٬', '٣', '½', ',-'),
      fc.string({ unit: 'grapheme', maxLength: 2 }),
    )
    const texts = fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join(''))
    fc.assert(
      fc.property(texts, locales, fc.constantFrom(...currencies), (text, locale, currency) => {
        const parsed = parseAmount(text, locale, currency)
        if ('fault' in parsed) return
        expect(money.safeParse({ amount: parsed.amount, currency }).success, text).toBe(true)
        // Every digit of the text is in the amount.
        const digits = text
          .normalize('NFKC')
          .replaceAll('٣', '3')
          .replace(/\P{Nd}/gu, '')
        if (/^\d*$/.test(digits)) expect(withoutZeros(digits), text).toBe(withoutZeros(String(parsed.amount)))
      }),
      { numRuns: 2000 * depth },
    )
  })
})
