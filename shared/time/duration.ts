/**
 * ISO 8601 durations of a fixed length: weeks, days, hours, minutes and seconds, the seconds also with a fraction.
 * Months and years have no fixed length and are refused.
 */
import { type Instant, instantOf } from './instant.ts'

const pattern = /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
const unitsMs = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000]

/** Text that begins as a duration does, so that an instant cannot stand in its place. */
export type Duration = `P${string}`

/** Length in milliseconds, rounded; undefined when the value is not such a duration or is too long for an exact number. */
export const parseDuration = (value: unknown): number | undefined => {
  const match = typeof value === 'string' ? pattern.exec(value) : null
  if (!match) return undefined
  const total = Math.round(
    unitsMs.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0),
  )
  return Number.isSafeInteger(total) ? total : undefined
}

/** The duration's length in milliseconds. @throws RangeError when it is not such a duration. */
export const milliseconds = (duration: string): number => {
  const length = parseDuration(duration)
  if (length === undefined) throw new RangeError(`not a duration of fixed length: ${duration}`)
  return length
}

/** The instant that lies `duration` after `start` (both RFC 3339, UTC). */
export const after = (start: Instant, duration: Duration): Instant =>
  instantOf(new Date(Date.parse(start) + milliseconds(duration)))

/** The instant that lies `duration` before `end` (both RFC 3339, UTC). */
export const before = (end: Instant, duration: Duration): Instant =>
  instantOf(new Date(Date.parse(end) - milliseconds(duration)))

/** The beginning of the second that an instant lies in. */
export const wholeSecond = (instant: Instant): Instant => `${instant.slice(0, 19)}.000Z` as Instant
