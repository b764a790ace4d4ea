import currencyCodes from 'currency-codes'
import countryCodes from 'i18n-iso-countries'
import { expect, it } from 'vitest'
import { countries, currencies } from '../../shared/kernel/iso.ts'

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
