/**
 * ISO 8601 durations of a fixed length: weeks, days, hours, minutes and seconds, the seconds also with a fraction.
 * Months and years have no fixed length and are refused.
 */
import { type Instant, instantOf } from './instant.ts'

const pattern = /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const unitsMs = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000]

/** A duration as text. The type begins with P, so that an instant cannot be passed by mistake. */
export type Duration = `P${string}`

/** Returns the length in milliseconds, rounded; undefined for any other value, and for lengths beyond exact numbers. */
export const parseDuration = (value: unknown): number | undefined => {
  const match = typeof value === 'string' ? pattern.exec(value) : null
  if (!match) return undefined
  const total = Math.round(
    unitsMs.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0),
  )
  return Number.isSafeInteger(total) ? total : undefined
}

/** Returns the length in milliseconds. @throws RangeError for any other text */
export const milliseconds = (duration: string): number => {
  const length = parseDuration(duration)
  if (length === undefined)
    throw new RangeError(`invalid duration ${duration}, expected one such as P3D or PT8H`)
  return length
}

/** Returns the instant `duration` after `start`. */
export const after = (start: Instant, duration: Duration): Instant =>
  instantOf(new Date(Date.parse(start) + milliseconds(duration)))

/** Returns the instant `duration` before `end`. */
export const before = (end: Instant, duration: Duration): Instant =>
  instantOf(new Date(Date.parse(end) - milliseconds(duration)))

/** Cuts off the fraction of a second. */
export const wholeSecond = (instant: Instant): Instant => `${instant.slice(0, 19)}.000Z` as Instant
