/** Amounts of money in forms: what people write, and what the form suggests. */
import { describe, expect, it } from 'vitest'
import { parseAmount, writeAmount } from '../../shared/kernel/amount.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { writtenAmounts } from '../fixtures/amounts.ts'

describe('parseAmount', () => {
  it.each(writtenAmounts)('%j in %s and %s: %j, because of: %s', (text, locale, currency, expected) => {
    const parsed = parseAmount(text, locale, currency)
    expect('amount' in parsed ? parsed.amount : parsed.fault.kind).toBe(expected)
  })

  it('returns both readings of an ambiguous amount', () => {
    expect(parseAmount('45.000', 'en', 'EUR')).toEqual({
      fault: { kind: 'ambiguous', whole: 45_000, fraction: 45 },
    })
    expect(parseAmount('1,234', 'de', 'EUR')).toEqual({
      fault: { kind: 'ambiguous', whole: 1234, fraction: 1.234 },
    })
  })

  it('accepts the code and sign of any currency, and two decimals, if the currency is not known', () => {
    expect(parseAmount('€ 45,50', 'de', undefined)).toEqual({ amount: 45.5 })
    expect(parseAmount('USD 45', 'de', undefined)).toEqual({ amount: 45 })
    expect(parseAmount('45 cows', 'de', undefined)).toEqual({ fault: { kind: 'words' } })
  })

  it('ignores extensions of the locale', () => {
    expect(parseAmount('1.234', 'de-u-nu-arab', 'EUR')).toEqual({ amount: 1234 })
  })
})

describe('writeAmount', () => {
  it.each([
    [45_000, 'en', 'EUR', '45,000'],
    [45_000.5, 'en', 'EUR', '45,000.50'],
    [45_000.5, 'de', 'EUR', '45.000,50'],
    [1_234_567, 'en-IN', 'INR', '12,34,567'],
    [45_000.5, 'fr', 'EUR', '45\u202f000,50'],
    [45_000, 'ar-EG', 'EGP', '٤٥٬٠٠٠'],
    [1.234, 'en', 'KWD', '1.234'],
    [0, 'de', 'EUR', '0'],
    [1e12, 'en', 'JPY', '1,000,000,000,000'],
  ])('writes %d in %s and %s as %j', (amount, locale, currency, written) => {
    expect(writeAmount(amount, locale, currency)).toBe(written)
  })

  it.each(languages)('groups thousands in %s', language => {
    expect(writeAmount(45_000, language, 'EUR')).toMatch(/^45[.,\s]000$/)
  })
})
