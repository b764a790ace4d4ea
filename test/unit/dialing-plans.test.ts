/** Compares the dialling rules with libphonenumber, and dials the example numbers of all countries. */
import { type CountryCode, getExampleNumber } from 'libphonenumber-js/max'
import metadataOfAll from 'libphonenumber-js/metadata.max'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, it } from 'vitest'
import { countries } from '../../shared/kernel/iso.ts'
import { dialingPlans } from '../../shared/text/dialing-plans.ts'
import { dialable, readPhone } from '../../shared/text/phone-number.ts'

/** The positions that this test reads in the compact metadata of a country. Types are fixed-line and mobile numbers first. */
type Compact = readonly [
  code: string,
  international: string,
  pattern: string,
  lengths: readonly number[],
  ...unknown[],
]
type CompactType = readonly [pattern: string, lengths?: readonly number[]] | 0
const [nationalAt, typesAt] = [5, 11]

const metadata = metadataOfAll.countries as unknown as Readonly<Record<string, Compact | undefined>>
const known = [...countries].filter(country => metadata[country] !== undefined) as CountryCode[]

/** The rules of a country in the metadata of libphonenumber. */
const planOf = (country: CountryCode) => {
  const compact = metadata[country] as Compact
  const [code, international, , all] = compact
  const types = compact[typesAt] as readonly CompactType[]
  const lengths = types.slice(0, 2).flatMap(type => (type === 0 ? [] : (type[1] ?? all)))
  return {
    code,
    international: new RegExp(`^(?:${international})([1-9]\\d*)$`),
    national: (compact[nationalAt] as string | 0 | undefined) || '',
    minLength: Math.min(...lengths),
    maxLength: Math.max(...lengths),
  }
}

it('the table has every country with telephone numbers of its own', () => {
  expect([...dialingPlans.keys()]).toEqual(known)
})

it.each(known)('the rules of %s are those of libphonenumber', country => {
  expect(dialingPlans.get(country)).toEqual(planOf(country))
})

/** National notations of mobile numbers that cannot be told from local numbers, or that insert digits. */
const notDialled: readonly string[] = ['AR', 'BY', 'MN', 'SO']

/** Numbers of 4 digits. */
const tooShort = 'TK'

describe.each(known)('the example number of %s', country => {
  const example = getExampleNumber(country, examples)
  if (!example) throw new Error(`There is no example number of ${country}. Expected one.`)
  const national = example.formatNational()

  it('is accepted and dialled as E.164 in international notation', () => {
    for (const typed of [example.number, example.formatInternational(), example.format('RFC3966')]) {
      const reading = readPhone(typed)
      expect(reading).toHaveProperty('stored')
      if ('stored' in reading) expect(dialable(reading.stored)).toBe(example.number)
    }
  })

  it('is dialled as E.164 in the notation of the country, or with its digits', () => {
    if (country !== tooShort) expect(readPhone(national)).toHaveProperty('stored')
    expect(dialable(national, country)).toBe(notDialled.includes(country) ? undefined : example.number)
  })

  it('is dialled as E.164 with the international prefix of another country', () => {
    const fromGermany = example.format('IDD', { fromCountry: 'DE' })
    if (fromGermany) expect(dialable(fromGermany, 'DE')).toBe(example.number)
  })

  it('is never dialled as another number without the national prefix', () => {
    expect(dialable(example.nationalNumber, country) ?? example.number).toBe(example.number)
  })
})
