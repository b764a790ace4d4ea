import currencyCodes from 'currency-codes'
import countryCodes from 'i18n-iso-countries'
import { expect, it } from 'vitest'
import { countries, currencies } from '../../shared/platform/iso.ts'
import { defaultTaxonomy, reasonErrors, unknownCodes } from '../../shared/taxonomy/rules.ts'

it('countries are those of ISO 3166-1', () => {
  // The package adds Kosovo's user-assigned code.
  const assigned = Object.keys(countryCodes.getAlpha2Codes()).filter(code => code !== 'XK')
  expect([...countries]).toEqual(assigned.toSorted())
})

it('currencies are those of ISO 4217 that are money', () => {
  const funds = ['BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW']
  const money = currencyCodes.codes().filter(code => !funds.includes(code) && !/^X(?!AF|CD|OF|PF)/.test(code))
  expect([...currencies]).toEqual(money.toSorted())
})

it('a taxonomy’s codes are unique in their list', () => {
  const { version: _, changedAt: __, changedBy: ___, ...lists } = defaultTaxonomy
  for (const entries of Object.values(lists)) {
    const codes = entries.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  }
})

it('a code that is not in the taxonomy is named with what would be right', () => {
  const [error, ...rest] = unknownCodes(defaultTaxonomy, { products: ['erp', 'abacus'] }, '/need')
  expect(rest).toEqual([])
  expect(error).toMatchObject({ pointer: '/need/products/1', code: 'unknown-code' })
  expect(error?.detail).toContain('erp')
})

it('a reason that says too little needs notes', () => {
  expect(reasonErrors(defaultTaxonomy, 'lossReasons', { reason: 'other' })[0]?.pointer).toBe('/notes')
  expect(reasonErrors(defaultTaxonomy, 'lossReasons', { reason: 'other', notes: 'Moved.' })).toEqual([])
})
