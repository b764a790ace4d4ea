/** Locations of all rows: where they are, and which of them can be reached by mail. */

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

/** Origin of distances: a point, or a city whose coordinates are not known, or both. */
export interface Origin {
  readonly point: Point | undefined
  /** Number of the customer's city among the cities of the region. */
  readonly city: number | undefined
}

/** Location of a row that is shown for a search. */
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
/** One bit per location. The rest of a profile with more locations is not searched. */
const maxLocations = 32
const allLocations = 0xffffffff
const unknownCity = -1

export class LocationColumns {
  /** Rows with a location that can be reached. */
  readonly deliverable = new Bitset()
  /** Three coordinates per location; NaN if unknown. */
  readonly #points = new PackedLists(new Float32Array(0))
  readonly #locations = new PackedLists(new Uint32Array(0))
  /** Hashes of contacts: for each location their number and the hashes, then the hashes of the default contacts. */
  readonly #contacts = new PackedLists(new Uint32Array(0))
  /** By row: a bit per location that can be reached. 0: none, and then all locations are treated alike. */
  #reachable = new Uint32Array(0)
  /** Grid of cells of one degree: rows with a location in the cell. */
  readonly #cells = new Map<string, Bitset>()
  /** Rows with a location without coordinates. */
  readonly #withoutPoint = new Bitset()
  readonly #locationIds = new Interner()
  readonly #cities = new Interner()
  /** Cities by their folded names, so that spellings of one city are equal. */
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

  /** Updates which locations of a row can be reached. @param failing hashes of contacts that mail cannot be delivered to */
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

  /** Mean position of the locations that rows have in a city; undefined if none has coordinates. */
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

  /** Undefined if neither coordinates nor a city are given. */
  originOf(coordinates: Coordinates | undefined, city: string | undefined): Origin | undefined {
    const point = coordinates && pointOf(coordinates)
    const number = city === undefined ? undefined : (this.#cityKeys.find(cityKeyOf(city)) ?? unknownCity)
    return point || number !== undefined ? { point, city: number } : undefined
  }

  /** Those of `rows` with a location within the radius. Unknown distances are outside. */
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

  /** Rows that can be within the radius, by the cells of the grid that touch it. */
  #candidates({ point }: Origin, radiusKm: number): Bitset {
    const maxSquare = squaredChordOfKm(radiusKm + cellRadiusKm)
    const cells = [...this.#cells].filter(
      ([cell]) => !point || squaredChord(middleOf(cell), point) <= maxSquare,
    )
    return Bitset.union([this.#withoutPoint, ...cells.map(([, rows]) => rows)])
  }

  /** Distance to the nearest location that can be reached, or else to the nearest; infinite if unknown. */
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

  /** The nearest location that can be reached; without an origin, the first. */
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

/** From the middle of a cell to its corner, at the equator where cells are largest: √2 / 2 × 111.2 km. */
const cellRadiusKm = 79
const cellOf = ({ latitude, longitude }: Coordinates): string =>
  `${Math.floor(latitude)} ${Math.floor(longitude)}`
const middleOf = (cell: string): Point => {
  const [latitude = 0, longitude = 0] = cell.split(' ').map(degrees => Number(degrees) + 0.5)
  return pointOf({ latitude, longitude })
}
