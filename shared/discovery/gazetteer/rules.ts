/** Normalization of city names, and the text format in which the cities of a country are stored. */
import { inOneCase, withoutAccents } from '../../text/folding.ts'

/**
 * Removes case, accents, spaces and punctuation: `Sankt Pölten` and `SANKT-POLTEN` become equal. Marks that are letters of
 * their script are kept, so パース and バース differ.
 */
const folded = (name: string): string =>
  ascii.test(name)
    ? name.replace(/[^A-Za-z0-9]+/g, '').toLowerCase()
    : inOneCase(withoutAccents(name).replace(/[^\p{L}\p{N}\p{M}]+/gu, ''))

/** Matches most names. They are normalized without Unicode tables, which takes a third of the time. */
const ascii = /^[ -~]*$/

const spelledOut: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa', ø: 'oe' }

/** Replaces letters that are missing on some keyboards: `Muenchen`, `Aarhus`. */
const withoutMarks = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüåø]/g, letter => spelledOut[letter] ?? letter)

/** Returns the normalized names to look up, most likely first: the whole text, and the text without additions. */
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
  /** Local name, and name in ASCII letters. */
  readonly names: readonly string[]
  readonly otherNames: readonly string[]
}

/**
 * Weight of a city's own names. A name means the city with the highest product of weight and population. Own names weigh
 * more than alternative names: Frisco means the city in Texas and not San Francisco.
 */
const ownNameWeight = 10

/**
 * Returns the cities of a country as text. Each line has the names that mean one city, and its coordinates in thousandths
 * of a degree: `|muenchen|munchen|48137 11576`.
 */
export const textOf = (places: readonly City[]): string => {
  const bearers = new Map<string, { place: City; claim: number }>()
  for (const place of places)
    for (const { name, claim } of claimsOf(place))
      if (claim > (bearers.get(name)?.claim ?? 0)) bearers.set(name, { place, claim })

  const names = new Map<City, string[]>()
  for (const [name, { place }] of bearers) {
    const own = names.get(place)
    if (own) own.push(name)
    else names.set(place, [name])
  }
  return [...names].map(([place, own]) => `|${own.join('|')}|${positionOf(place)}\n`).join('')
}

/** Returns the text to find a name with. Normalized names cannot contain `|`. */
export const mark = (name: string): string => `|${name}|`

const claimsOf = ({ names, otherNames, population }: City) => {
  const weigh = (all: readonly string[], weight: number) =>
    all
      .flatMap(name => (ascii.test(name) ? [folded(name)] : [folded(name), folded(withoutMarks(name))]))
      .filter(name => name.length > 1)
      .map(name => ({ name, claim: weight * (population + 1) }))
  return [...weigh(names, ownNameWeight), ...weigh(otherNames, 1)]
}

const unitsInDegree = 1000

const positionOf = ({ latitude, longitude }: City): string =>
  [latitude, longitude].map(degrees => Math.round(degrees * unitsInDegree)).join(' ')

/** Reads coordinates, in degrees north and east. */
export const readPosition = (position: string): { latitude: number; longitude: number } => {
  const [latitude = 0, longitude = 0] = position.split(' ').map(units => Number(units) / unitsInDegree)
  return { latitude, longitude }
}

export const fileName = 'gazetteer.bin'
/** Number of bytes at the start of the file that contain the length of the contents table. */
export const sizeBytes = 4
/** Contents table: position of each country's compressed text, in bytes from the end of the table. */
export type Contents = Readonly<Record<string, readonly [offset: number, length: number]>>
