/** Locations of all rows: coordinates, cities, and which locations have reachable contacts. */

import type { Coordinates } from '../kernel/geo.ts'
import { wordsOf } from '../text/tokenizer.ts'
import { Bitset, getOrCreateSet } from './bitset.ts'
import type { ListedLocation, ListedProfile } from './entry.ts'
import {
  coordinatesOf,
  kmOfSquaredChord,
  type Point,
  pointOf,
  squaredChord,
  squaredChordOfKm,
} from './geo.ts'
import { withCapacity } from './growable.ts'
import { hashOf } from './hash.ts'
import { Interner } from './interner.ts'
import { PackedLists } from './packed-lists.ts'

/** Origin of distances: a point, a city (possibly without known coordinates), or both. */
export interface Origin {
  readonly point: Point | undefined
  /** Internal number of the customer's city. */
  readonly city: number | undefined
}

/** Location of a row that a search shows. */
export interface ShownLocation {
  readonly locationId: string
  readonly city: string
  readonly distanceKm: number | undefined
}

/** Fields of a location in `#locations`. */
const idField = 0
const cityField = 1
const cityKeyField = 2
const fieldCount = 3
/** Maximum number of searched locations of a profile, because a number has one bit for each location. */
const maxLocations = 32
const allLocations = 0xffffffff
const unknownCity = -1

export class LocationColumns {
  /** Rows with a reachable location. */
  readonly deliverable = new Bitset()
  /** Three coordinates per location; NaN if unknown. */
  readonly #points = new PackedLists(new Float32Array(0))
  readonly #locations = new PackedLists(new Uint32Array(0))
  /** Hashes of contacts: for each location their number and the hashes, then the hashes of the default contacts. */
  readonly #contacts = new PackedLists(new Uint32Array(0))
  /** Bits of the reachable locations, by row. If no location is reachable (0), all are treated as equal. */
  #reachable = new Uint32Array(0)
  /** Rows with a location in a cell, by cell of a grid of one degree. */
  readonly #cells = new Map<string, Bitset>()
  /** Rows with a location without coordinates. */
  readonly #withoutPoint = new Bitset()
  readonly #locationIds = new Interner()
  readonly #cities = new Interner()
  /** Internal numbers of cities by normalized name, so that different spellings of a city are equal. */
  readonly #cityKeys = new Interner()

  set(row: number, { locations, defaultContacts }: ListedProfile): void {
    const searched = locations.slice(0, maxLocations)
    this.#points.set(row, searched.flatMap(pointOfLocation))
    for (const { coordinates } of searched)
      (coordinates ? getOrCreateSet(this.#cells, cellOf(coordinates)) : this.#withoutPoint).add(row)
    this.#locations.set(
      row,
      searched.flatMap(({ id, city }) => [
        this.#locationIds.numberOf(id),
        this.#cities.numberOf(city),
        this.#cityKeys.numberOf(cityKeyOf(city)),
      ]),
    )
    this.#contacts.set(row, [
      ...searched.flatMap(({ contacts }) => [contacts.length, ...contacts.map(hashOf)]),
      ...defaultContacts.map(hashOf),
    ])
  }

  delete(row: number): void {
    for (const set of [this.deliverable, this.#withoutPoint, ...this.#cells.values()]) set.delete(row)
    for (const list of [this.#points, this.#locations, this.#contacts]) list.set(row, [])
  }

  /** Updates the reachable locations of a row. @param failing hashes of contacts to whom mail cannot be delivered */
  setFailing(row: number, failing: ReadonlySet<number> | undefined): void {
    const contacts = this.#contacts.of(row)
    const works = (contact: number) => !failing?.has(contact)
    const locations = this.#countOf(row)
    let [reachable, at] = [0, 0]
    for (let location = 0; location < locations; location++) {
      const end = at + 1 + (contacts[at] ?? 0)
      if (contacts.subarray(at + 1, end).some(works)) reachable |= 1 << location
      at = end
    }
    const isByDefault = contacts.subarray(at).some(works)
    if (isByDefault) reachable = locations > 0 ? allLocations >>> (maxLocations - locations) : 0
    this.#reachable = withCapacity(this.#reachable, row + 1)
    this.#reachable[row] = reachable
    this.deliverable.put(row, reachable !== 0)
  }

  /** Returns the mean position of the locations of rows in a city; undefined if none has coordinates. */
  whereIs(city: string, rows: Bitset): Coordinates | undefined {
    const key = this.#cityKeys.find(cityKeyOf(city))
    const sum: [number, number, number] = [0, 0, 0]
    let isKnown = false
    rows.each(row => {
      for (let location = 0; location < this.#countOf(row); location++) {
        if (this.#fieldOf(row, location, cityKeyField) !== key || !this.#hasPoint(row, location)) continue
        isKnown = true
        const start = this.#points.startOf(row) + location * 3
        for (const axis of [0, 1, 2] as const) sum[axis] += this.#points.pool[start + axis] ?? 0
      }
    })
    return isKnown ? coordinatesOf(sum) : undefined
  }

  /** Returns undefined if neither coordinates nor a city are given. */
  originOf(coordinates: Coordinates | undefined, city: string | undefined): Origin | undefined {
    const point = coordinates && pointOf(coordinates)
    const number = city === undefined ? undefined : (this.#cityKeys.find(cityKeyOf(city)) ?? unknownCity)
    return point || number !== undefined ? { point, city: number } : undefined
  }

  /** Returns those of `rows` that have a location within the radius. Unknown distances count as outside. */
  within(rows: Bitset, origin: Origin, radiusKm: number): Bitset {
    const within = new Bitset()
    const maxSquare = squaredChordOfKm(radiusKm)
    this.#candidates(origin, radiusKm)
      .and(rows)
      .each(row => {
        if (this.#nearest(row, origin) <= maxSquare) within.add(row)
      })
    return within
  }

  /** Returns the rows in the cells of the grid that overlap the radius. */
  #candidates({ point }: Origin, radiusKm: number): Bitset {
    const maxSquare = squaredChordOfKm(radiusKm + cellRadiusKm)
    const cells = [...this.#cells].filter(
      ([cell]) => !point || squaredChord(middleOf(cell), point) <= maxSquare,
    )
    return Bitset.union([this.#withoutPoint, ...cells.map(([, rows]) => rows)])
  }

  /**
   * Returns the distance to the nearest reachable location, or to the nearest of all if none is reachable; infinite if
   * unknown.
   */
  kmTo(row: number, origin: Origin): number {
    return kmOfSquaredChord(this.#nearest(row, origin))
  }

  #nearest(row: number, origin: Origin): number {
    let minSquare = Number.POSITIVE_INFINITY
    const considered = this.#reachable[row] || allLocations
    const locations = this.#countOf(row)
    for (let location = 0; location < locations; location++) {
      if (((considered >>> location) & 1) === 0) continue
      const square = this.#squaredChordTo(row, location, origin)
      if (square < minSquare) minSquare = square
    }
    return minSquare
  }

  /** Without coordinates on either side, a location in the customer's city has distance 0. */
  #squaredChordTo(row: number, location: number, { point, city }: Origin): number {
    if (point) {
      const { pool } = this.#points
      const start = this.#points.startOf(row) + location * 3
      const x = pool[start] as number
      // Same as `squaredChord`, without an array per location.
      if (!Number.isNaN(x))
        return (
          (x - point[0]) ** 2 +
          ((pool[start + 1] as number) - point[1]) ** 2 +
          ((pool[start + 2] as number) - point[2]) ** 2
        )
    }
    const isInCity = city !== undefined && this.#fieldOf(row, location, cityKeyField) === city
    return isInCity ? 0 : Number.POSITIVE_INFINITY
  }

  /** Returns the nearest reachable location; without an origin, the first one. */
  shownFor(row: number, origin: Origin | undefined): ShownLocation {
    const location = this.#shownOf(row, origin)
    const square =
      origin?.point && this.#hasPoint(row, location) ? this.#squaredChordTo(row, location, origin) : undefined
    return {
      locationId: this.#locationIds.stringOf(this.#fieldOf(row, location, idField)),
      city: this.#cities.stringOf(this.#fieldOf(row, location, cityField)),
      distanceKm: square === undefined ? undefined : kmOfSquaredChord(square),
    }
  }

  #shownOf(row: number, origin: Origin | undefined): number {
    const considered = this.#reachable[row] || allLocations
    let best: number | undefined
    let minSquare = Number.POSITIVE_INFINITY
    for (let location = 0; location < this.#countOf(row); location++) {
      if (((considered >>> location) & 1) === 0) continue
      const square = origin ? this.#squaredChordTo(row, location, origin) : 0
      if (best !== undefined && square >= minSquare) continue
      best = location
      minSquare = square
    }
    return best ?? 0
  }

  #countOf(row: number): number {
    return this.#locations.lengthOf(row) / fieldCount
  }

  #fieldOf(row: number, location: number, field: 0 | 1 | 2): number {
    return this.#locations.pool[this.#locations.startOf(row) + location * fieldCount + field] ?? 0
  }

  #hasPoint(row: number, location: number): boolean {
    return !Number.isNaN(this.#points.pool[this.#points.startOf(row) + location * 3])
  }
}

const cityKeyOf = (city: string): string => wordsOf(city).join(' ')

const pointOfLocation = ({ coordinates }: ListedLocation): Point =>
  coordinates ? pointOf(coordinates) : [Number.NaN, Number.NaN, Number.NaN]

/** Distance from the middle of a cell to its corner at the equator, where cells are largest: √2 / 2 × 111.2 km. */
const cellRadiusKm = 79
const cellOf = ({ latitude, longitude }: Coordinates): string =>
  `${Math.floor(latitude)} ${Math.floor(longitude)}`
const middleOf = (cell: string): Point => {
  const [latitude = 0, longitude = 0] = cell.split(' ').map(degrees => Number(degrees) + 0.5)
  return pointOf({ latitude, longitude })
}
