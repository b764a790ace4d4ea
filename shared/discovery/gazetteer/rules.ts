/** Names of places, however they are written, and the text that a country's places are kept as. */
import { inOneCase, withoutAccents } from '../../text/folding.ts'

/**
 * A name without case, accents, spaces and punctuation: `Sankt Pölten` and `SANKT-POLTEN` are one. In scripts whose vowels
 * or sounds are marks these stay: パース is not バース.
 */
const folded = (name: string): string => inOneCase(withoutAccents(name).replace(/[^\p{L}\p{N}\p{M}]+/gu, ''))

const spelledOut: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' }

/** As it is written by who has no marks on the keyboard: `Muenchen`, `Aarhus`. */
const withoutMarks = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüåø]/g, letter => spelledOut[letter] ?? letter)

/** What a city's name may mean, the likeliest first: all of it, or what stands before its additions. */
export const readings = (city: string): string[] => {
  const bare = city.replace(/\([^)]*\)/g, '')
  const first = bare.split(/[,/]/)[0] ?? ''
  const all = [city, bare, first, first.replace(/\d+/g, '')].map(folded)
  return [...new Set(all)].filter(name => name !== '')
}

export interface City {
  readonly latitude: number
  readonly longitude: number
  readonly population: number
  /** As it is called where it lies, and in English. */
  readonly names: readonly string[]
  readonly otherNames: readonly string[]
}

/**
 * A name is the most populous place's that bears it. One's own counts for more than another name that many more know:
 * Frisco is the city in Texas, and not San Francisco; Kiev is no village.
 */
const ownNameCounts = 10

/** The places of a country as text: per line the names that mean one place, and where it is, in thousandths of a degree. */
export const textOf = (places: readonly City[]): string => {
  const bearers = new Map<string, { place: City; claim: number }>()
  for (const place of places)
    for (const { name, claim } of claimsOf(place))
      if (claim > (bearers.get(name)?.claim ?? 0)) bearers.set(name, { place, claim })

  const names = new Map<City, string[]>()
  for (const [name, { place }] of bearers) names.set(place, [...(names.get(place) ?? []), name])
  return [...names].map(([place, borne]) => `|${borne.join('|')}|${positionOf(place)}\n`).join('')
}

/** What marks a name in the text: names themselves hold letters, their marks and digits alone. */
export const mark = (name: string): string => `|${name}|`

const claimsOf = ({ names, otherNames, population }: City) => {
  const weigh = (all: readonly string[], weight: number) =>
    all
      .flatMap(name => [folded(name), folded(withoutMarks(name))])
      .filter(name => name.length > 1)
      .map(name => ({ name, claim: weight * (population + 1) }))
  return [...weigh(names, ownNameCounts), ...weigh(otherNames, 1)]
}

const unitsInDegree = 1000

const positionOf = ({ latitude, longitude }: City): string =>
  [latitude, longitude].map(degrees => Math.round(degrees * unitsInDegree)).join(' ')

/** Degrees north and east. */
export const readPosition = (position: string): { latitude: number; longitude: number } => {
  const [latitude = 0, longitude = 0] = position.split(' ').map(units => Number(units) / unitsInDegree)
  return { latitude, longitude }
}

export const fileName = 'gazetteer.bin'
/** The file begins with the length of its contents, in so many bytes. */
export const sizeBytes = 4
/** Where each country's text stands in the file, compressed: in bytes, from where the contents end. */
export type Contents = Readonly<Record<string, readonly [offset: number, length: number]>>
