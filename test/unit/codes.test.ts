import currencyCodes from 'currency-codes'
import countryCodes from 'i18n-iso-countries'
import { describe, expect, it } from 'vitest'
import { countries, currencies, decimalsOf, successors } from '../../shared/kernel/iso.ts'
import { money, roundMoney } from '../../shared/kernel/money.ts'

it('countries are the assigned codes of ISO 3166-1', () => {
  // The package also lists XK, a user-assigned code for Kosovo.
  const assigned = Object.keys(countryCodes.getAlpha2Codes()).filter(code => code !== 'XK')
  expect([...countries]).toEqual(assigned.toSorted())
})

/**
 * Changes of ISO 4217 since the data of the package, of 25 June 2024: XCG replaces ANG (amendment 176), CUC is withdrawn
 * (178), and EUR replaces BGN (180). The package has no ZWL already (177).
 */
const amended = { added: ['XCG'], withdrawn: ['ANG', 'BGN', 'CUC'] }
const funds = ['BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW']
const noMoney = ['XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XPD', 'XPT', 'XSU', 'XTS', 'XUA', 'XXX']

describe('currencies', () => {
  it('are the codes of ISO 4217, without funds, metals and test codes', () => {
    expect(currencyCodes.publishDate).toBe('2024-06-25')
    const left = [...funds, ...noMoney, ...amended.withdrawn]
    const codes = currencyCodes.codes().filter(code => !left.includes(code))
    expect([...currencies]).toEqual([...codes, ...amended.added].toSorted())
  })

  it('have the decimals of ISO 4217', () => {
    for (const { code, digits } of currencyCodes.data)
      if (currencies.has(code)) expect(decimalsOf(code), code).toBe(digits)
    expect(decimalsOf('XCG')).toBe(2)
  })

  it.each([
    ['IQD', 1.234],
    ['HUF', 1234.5],
    ['IDR', 1500.5],
    ['COP', 1234.56],
    ['PKR', 99.95],
    ['KWD', 1.234],
    ['JPY', 100],
    ['XCG', 100],
    ['ZWG', 100],
    ['SLE', 100],
    ['VED', 100],
    ['eur', 100],
  ])('accept %s %d', (currency, amount) => {
    expect(money.safeParse({ amount, currency }).success).toBe(true)
  })

  it.each([
    ['JPY', 1.5],
    ['EUR', 1.234],
    ['KWD', 1.2345],
    ['EUR', 0.1 + 0.2],
    ['EUR', 1e-320],
    ['EUR', 1e12 + 1],
    ['EUR', -1],
    ['EUR', Number.NaN],
    ['ang', 1],
    ['EURO', 1],
    ['XXX', 1],
    ['XAU', 1],
  ])('refuse %s %d', (currency, amount) => {
    expect(money.safeParse({ amount, currency }).success).toBe(false)
  })

  it('that were withdrawn are refused, and have a successor', () => {
    expect([...successors.keys()]).toEqual(
      expect.arrayContaining([...amended.withdrawn, 'HRK', 'SLL', 'ZWL']),
    )
    for (const [code, successor] of successors) {
      expect(money.safeParse({ amount: 1, currency: code }).success, code).toBe(false)
      expect(currencies.has(code), code).toBe(false)
      expect(currencies.has(successor), successor).toBe(true)
    }
  })
})

describe('roundMoney', () => {
  it('rounds to the decimals of the currency', () => {
    expect(roundMoney({ amount: 0.1 + 0.2, currency: 'EUR' })).toEqual({ amount: 0.3, currency: 'EUR' })
    expect(roundMoney({ amount: 1.2346, currency: 'KWD' }).amount).toBe(1.235)
    expect(roundMoney({ amount: 99.5, currency: 'JPY' }).amount).toBe(100)
  })
})
