import currencyCodes from 'currency-codes'
import countryCodes from 'i18n-iso-countries'
import { expect, it } from 'vitest'
import { countries, currencies } from '../../shared/kernel/iso.ts'

it('countries are the assigned codes of ISO 3166-1', () => {
  // The package also lists XK, a user-assigned code for Kosovo.
  const assigned = Object.keys(countryCodes.getAlpha2Codes()).filter(code => code !== 'XK')
  expect([...countries]).toEqual(assigned.toSorted())
})

it('currencies are the codes of ISO 4217, without funds, metals and test codes', () => {
  const funds = ['BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW']
  const money = currencyCodes.codes().filter(code => !funds.includes(code) && !/^X(?!AF|CD|OF|PF)/.test(code))
  expect([...currencies]).toEqual(money.toSorted())
})
