/** Distances on the earth, by way of points on a sphere of radius 1: quick to compare, without any trigonometry. */

/** Degrees north and east. */
export interface Coordinates {
  readonly latitude: number
  readonly longitude: number
}
export type Point = readonly [x: number, y: number, z: number]

/** The earth's mean radius (IUGG). */
const radiusKm = 6371.0088
const radians = Math.PI / 180

/** Single precision: a metre of the earth. */
export const pointOf = ({ latitude, longitude }: Coordinates): Point => {
  const [north, east] = [latitude * radians, longitude * radians]
  return [
    Math.fround(Math.cos(north) * Math.cos(east)),
    Math.fround(Math.cos(north) * Math.sin(east)),
    Math.fround(Math.sin(north)),
  ]
}

export const coordinatesOf = ([x, y, z]: Point): Coordinates => ({
  latitude: Math.atan2(z, Math.hypot(x, y)) / radians,
  longitude: Math.atan2(y, x) / radians,
})

/** The square of the straight line between two points. */
export const squareBetween = ([x, y, z]: Point, [a, b, c]: Point): number =>
  (x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2

/** The great circle's length between points, by the square of the straight line, which grows with it. */
export const kmOf = (square: number): number =>
  Number.isFinite(square) ? 2 * radiusKm * Math.asin(Math.min(1, Math.sqrt(square) / 2)) : square

/** The square of the straight line between points that are so far apart, at most half around the earth. */
export const squareOf = (km: number): number => 4 * Math.sin(Math.min(Math.PI, km / radiusKm) / 2) ** 2
