/** Distances on the earth, by points on a sphere of radius 1: comparing them takes no trigonometry. */

import type { Coordinates } from '../kernel/geo.ts'

export type Point = readonly [x: number, y: number, z: number]

/** Mean radius of the earth (IUGG), in kilometres. */
const earthRadiusKm = 6371.0088
const radians = Math.PI / 180

/** Rounded to single precision, which is about a metre on the earth. */
export const pointOf = ({ latitude, longitude }: Coordinates): Point => {
  const [north, east] = [latitude * radians, longitude * radians]
  return [
    Math.fround(Math.cos(north) * Math.cos(east)),
    Math.fround(Math.cos(north) * Math.sin(east)),
    Math.fround(Math.sin(north)),
  ]
}

/** Coordinates of the direction of a vector of any length. */
export const coordinatesOf = ([x, y, z]: Point): Coordinates => ({
  latitude: Math.atan2(z, Math.hypot(x, y)) / radians,
  longitude: Math.atan2(y, x) / radians,
})

/** Square of the chord between two points. It grows with the distance, so it can be compared in its place. */
export const squaredChord = ([x, y, z]: Point, [a, b, c]: Point): number =>
  (x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2

/** Great-circle distance of a squared chord; infinite for an infinite one. */
export const kmOfSquaredChord = (square: number): number =>
  Number.isFinite(square) ? 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(square) / 2)) : square

/** Squared chord of a great-circle distance, which is capped at half of the circumference. */
export const squaredChordOfKm = (km: number): number =>
  4 * Math.sin(Math.min(Math.PI, km / earthRadiusKm) / 2) ** 2
