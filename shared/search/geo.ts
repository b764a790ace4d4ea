/** Distances on the earth, computed from points on a sphere of radius 1, so that comparisons need no trigonometry. */

import type { Coordinates } from '../kernel/geo.ts'

export type Point = readonly [x: number, y: number, z: number]

/** Mean radius of the earth (IUGG), in kilometres. */
const earthRadiusKm = 6371.0088
const radians = Math.PI / 180

/** Converts coordinates to a point, rounded to single precision: about 1 m on the earth. */
export const pointOf = ({ latitude, longitude }: Coordinates): Point => {
  const [north, east] = [latitude * radians, longitude * radians]
  return [
    Math.fround(Math.cos(north) * Math.cos(east)),
    Math.fround(Math.cos(north) * Math.sin(east)),
    Math.fround(Math.sin(north)),
  ]
}

/** Returns the coordinates of the direction of a vector of any length. */
export const coordinatesOf = ([x, y, z]: Point): Coordinates => ({
  latitude: Math.atan2(z, Math.hypot(x, y)) / radians,
  longitude: Math.atan2(y, x) / radians,
})

/** Returns the squared chord between two points. It increases with the distance, so it can be compared instead. */
export const squaredChord = ([x, y, z]: Point, [a, b, c]: Point): number =>
  (x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2

/** Returns the great-circle distance of a squared chord, in kilometres; infinite for an infinite chord. */
export const kmOfSquaredChord = (square: number): number =>
  Number.isFinite(square) ? 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(square) / 2)) : square

/** Returns the squared chord of a great-circle distance, at most half of the circumference. */
export const squaredChordOfKm = (km: number): number =>
  4 * Math.sin(Math.min(Math.PI, km / earthRadiusKm) / 2) ** 2
