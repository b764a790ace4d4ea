/** Where the rows of a region have places, how far away they are, and whether somebody there can be mailed. */

import { wordsOf } from '../text/tokenizer.ts'
import { Bits, grown, Lists, Names, setIn } from './columns.ts'
import type { ListedLocation, ListedProfile } from './entry.ts'
import { type Coordinates, coordinatesOf, kmOf, type Point, pointOf, squareBetween, squareOf } from './geo.ts'
import { hashOf } from './ranking.ts'

/** Where somebody looks from. */
export interface Near {
  readonly point: Point | undefined
  /** By what the customer's city is known. */
  readonly key: number | undefined
}

/** The place that is best for somebody. */
export interface Place {
  readonly locationId: string
  readonly city: string
  readonly distanceKm: number | undefined
}

/** Numbers of a location: its id, its city, and by what that is known. */
const placeWidth = 3
/** Of a location there is a bit. */
const mostLocations = 32
const everyLocation = 0xffffffff
const noCity = -1

export class Places {
  /** Who can be reached at some place. */
  readonly deliverable = new Bits()
  readonly #points = new Lists(new Float32Array(0))
  readonly #places = new Lists(new Uint32Array(0))
  /** Per location how many contacts it has and who they are, and after the last who is mailed in their place. */
  readonly #contacts = new Lists(new Uint32Array(0))
  /** A bit per location: whether somebody there, or in their place, can be mailed. */
  #reachable = new Uint32Array(0)
  /** By squares of one degree, who has a place there; and who has one of which it is not known where it is. */
  readonly #cells = new Map<string, Bits>()
  readonly #unplaced = new Bits()
  readonly #locationIds = new Names()
  readonly #cities = new Names()
  readonly #cityKeys = new Names()

  set(row: number, { locations, defaultContacts }: ListedProfile): void {
    const shown = locations.slice(0, mostLocations)
    this.#points.set(row, shown.flatMap(pointOfLocation))
    for (const { coordinates } of shown)
      (coordinates ? setIn(this.#cells, cellOf(coordinates)) : this.#unplaced).add(row)
    this.#places.set(
      row,
      shown.flatMap(({ id, city }) => [
        this.#locationIds.numberOf(id),
        this.#cities.numberOf(city),
        this.#cityKeys.numberOf(cityKey(city)),
      ]),
    )
    this.#contacts.set(row, [
      ...shown.flatMap(({ contacts }) => [contacts.length, ...contacts.map(hashOf)]),
      ...defaultContacts.map(hashOf),
    ])
  }

  clear(row: number): void {
    for (const set of [this.deliverable, this.#unplaced, ...this.#cells.values()]) set.delete(row)
    for (const list of [this.#points, this.#places, this.#contacts]) list.set(row, [])
  }

  /** Judges who can be reached, by whom mail does not reach. */
  judge(row: number, failing: ReadonlySet<number> | undefined): void {
    const contacts = this.#contacts.of(row)
    const isWell = (contact: number) => !failing?.has(contact)
    const locations = this.#countOf(row)
    let [reachable, at] = [0, 0]
    for (let location = 0; location < locations; location++) {
      const end = at + 1 + (contacts[at] ?? 0)
      if (contacts.subarray(at + 1, end).some(isWell)) reachable |= 1 << location
      at = end
    }
    if (contacts.subarray(at).some(isWell))
      reachable = locations > 0 ? everyLocation >>> (mostLocations - locations) : 0
    this.#reachable = grown(this.#reachable, row + 1)
    this.#reachable[row] = reachable
    this.deliverable.put(row, reachable !== 0)
  }

  /** The middle of the places that rows have in a city, where one has coordinates. */
  whereIs(city: string, rows: Bits): Coordinates | undefined {
    const key = this.#cityKeys.find(cityKey(city))
    const sum: [number, number, number] = [0, 0, 0]
    let isKnown = false
    rows.each(row => {
      for (let location = 0; location < this.#countOf(row); location++) {
        if (this.#numberIn(row, location, 2) !== key || !this.#hasPoint(row, location)) continue
        isKnown = true
        const start = this.#points.startOf(row) + location * 3
        for (const axis of [0, 1, 2] as const) sum[axis] += this.#points.pool[start + axis] ?? 0
      }
    })
    return isKnown ? coordinatesOf(sum) : undefined
  }

  /** Undefined where neither coordinates nor a city say where somebody is. */
  near(coordinates: Coordinates | undefined, city: string | undefined): Near | undefined {
    const point = coordinates && pointOf(coordinates)
    const key = city === undefined ? undefined : (this.#cityKeys.find(cityKey(city)) ?? noCity)
    return point || key !== undefined ? { point, key } : undefined
  }

  /** Those of the rows that have a place within, as far as is known. */
  within(rows: Bits, near: Near, radiusKm: number): Bits {
    const within = new Bits()
    const most = squareOf(radiusKm)
    this.#around(near, radiusKm)
      .and(rows)
      .each(row => {
        if (this.#nearest(row, near) <= most) within.add(row)
      })
    return within
  }

  /** Who may have a place within, by the squares of one degree that are not farther away. */
  #around({ point }: Near, radiusKm: number): Bits {
    const most = squareOf(radiusKm + cellKm)
    const cells = [...this.#cells].filter(([cell]) => !point || squareBetween(middleOf(cell), point) <= most)
    return Bits.union([this.#unplaced, ...cells.map(([, those]) => those)])
  }

  /** To the row's nearest place that can be reached, or of those that cannot be; infinite where none is known. */
  kmTo(row: number, near: Near): number {
    return kmOf(this.#nearest(row, near))
  }

  #nearest(row: number, near: Near): number {
    let least = Number.POSITIVE_INFINITY
    const reachable = this.#reachable[row] || everyLocation
    const locations = this.#countOf(row)
    for (let location = 0; location < locations; location++) {
      if (((reachable >>> location) & 1) === 0) continue
      const square = this.#squareTo(row, location, near)
      if (square < least) least = square
    }
    return least
  }

  /** The square of the straight line. A place in the customer's city is next door, unless coordinates say more. */
  #squareTo(row: number, location: number, { point, key }: Near): number {
    if (point) {
      const { pool } = this.#points
      const start = this.#points.startOf(row) + location * 3
      const x = pool[start] as number
      if (!Number.isNaN(x))
        return (
          (x - point[0]) ** 2 +
          ((pool[start + 1] as number) - point[1]) ** 2 +
          ((pool[start + 2] as number) - point[2]) ** 2
        )
    }
    return key !== undefined && this.#numberIn(row, location, 2) === key ? 0 : Number.POSITIVE_INFINITY
  }

  /** The nearest that can be reached, or else the first. */
  placeFor(row: number, near: Near | undefined): Place {
    const location = this.#locationFor(row, near)
    const square =
      near?.point && this.#hasPoint(row, location) ? this.#squareTo(row, location, near) : undefined
    return {
      locationId: this.#locationIds.nameOf(this.#numberIn(row, location, 0)),
      city: this.#cities.nameOf(this.#numberIn(row, location, 1)),
      distanceKm: square === undefined ? undefined : kmOf(square),
    }
  }

  #locationFor(row: number, near: Near | undefined): number {
    const reachable = this.#reachable[row] || everyLocation
    let best: number | undefined
    let least = Number.POSITIVE_INFINITY
    for (let location = 0; location < this.#countOf(row); location++) {
      if (((reachable >>> location) & 1) === 0) continue
      const square = near ? this.#squareTo(row, location, near) : 0
      if (best !== undefined && square >= least) continue
      best = location
      least = square
    }
    return best ?? 0
  }

  #countOf(row: number): number {
    return this.#places.lengthOf(row) / placeWidth
  }

  #numberIn(row: number, location: number, which: 0 | 1 | 2): number {
    return this.#places.pool[this.#places.startOf(row) + location * placeWidth + which] ?? 0
  }

  #hasPoint(row: number, location: number): boolean {
    return !Number.isNaN(this.#points.pool[this.#points.startOf(row) + location * 3])
  }

  get bytes(): number {
    const sets = [...this.#cells.values(), this.#unplaced, this.deliverable]
    return [this.#points, this.#places, this.#contacts, ...sets].reduce(
      (sum, { bytes }) => sum + bytes,
      this.#reachable.byteLength,
    )
  }
}

const cityKey = (city: string): string => wordsOf(city).join(' ')

const pointOfLocation = ({ coordinates }: ListedLocation): Point =>
  coordinates ? pointOf(coordinates) : [Number.NaN, Number.NaN, Number.NaN]

/** From the middle of a square of one degree to its corner, at the equator, where it is largest: half of √2 × 111.2 km. */
const cellKm = 79
const cellOf = ({ latitude, longitude }: Coordinates): string =>
  `${Math.floor(latitude)} ${Math.floor(longitude)}`
const middleOf = (cell: string): Point => {
  const [latitude = 0, longitude = 0] = cell.split(' ').map(degrees => Number(degrees) + 0.5)
  return pointOf({ latitude, longitude })
}
