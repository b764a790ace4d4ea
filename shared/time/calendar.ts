/**
 * Arithmetic with business calendars: adds working time, and finds the next working instant.
 *
 * The window of a working day is elapsed time, from the first instant at which the local clock has reached the opening
 * time to the first instant at which it has reached the closing time. Consequences for daylight-saving time:
 * - If the clock skips the opening time, the window opens at the jump.
 * - An hour that the clock repeats within a window counts twice.
 * - An opening or closing time within a repeated hour is its first pass.
 * - Windows of 00:00-24:00 follow each other without gap or overlap; such a day has 23, 24 or 25 hours.
 *
 * Only the offset comes from the library. Its TZDate moves a skipped opening time by an hour (02:30 becomes 03:30 instead
 * of 03:00), and chooses the first or second pass of a repeated hour by the time zone of the machine.
 */
import { tzOffset } from '@date-fns/tz/tzOffset'
import { type Duration, milliseconds } from './duration.ts'
import { type Instant, instantOf } from './instant.ts'

/** The working hours and holidays of a region. */
export interface Calendar {
  /** IANA time zone, such as Europe/Berlin. */
  readonly zone: string
  /** ISO weekday numbers, from 1 for Monday to 7 for Sunday. */
  readonly workingDays: readonly number[]
  /** Local wall-clock time, HH:MM; `to` may be 24:00. from < to. */
  readonly workingHours: { readonly from: string; readonly to: string }
  /** Local dates, YYYY-MM-DD. */
  readonly holidays: readonly string[]
}

/** A period of working time, in milliseconds since 1970. */
interface Window {
  readonly opens: number
  readonly closes: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** A calendar without a window for this many days, and a week more per holiday, has no working time at all. */
const maxIdleDays = 366

/** Returns the offset of local time from UTC, in milliseconds. */
const offsetAt = (zone: string, instant: number): number => {
  const offset = Math.round(tzOffset(zone, new Date(instant)) * minute)
  if (Number.isNaN(offset)) throw new RangeError(`no local time in ${zone} at ${instant}`)
  return offset
}

/** Finds the first instant with another offset than `before`, up to `until`, by bisection. */
const changeOfOffset = (zone: string, before: number, until: number): number => {
  const offset = offsetAt(zone, before)
  let [old, changed] = [before, until]
  while (changed - old > 1) {
    const middle = Math.floor((old + changed) / 2)
    if (offsetAt(zone, middle) === offset) old = middle
    else changed = middle
  }
  return changed
}

/**
 * Returns a function from local time to the first instant at which the local clock shows it or has skipped it. Local times
 * are numbers: the milliseconds at which a clock in UTC shows the same time.
 *
 * Assumes at most one change of the offset around the date. Zones are from 12 hours behind to 14 hours ahead of UTC, and no
 * zone has changed its offset twice within such a period since 1970.
 * @param date the start of the local date
 */
const localClock = (zone: string, date: number): ((local: number) => number) => {
  const [start, end] = [date - 14 * hour, date + day + 12 * hour]
  const [before, after] = [offsetAt(zone, start), offsetAt(zone, end)]
  if (before === after) return local => local - before
  const change = changeOfOffset(zone, start, end)
  return local => (local - before < change ? local - before : Math.max(change, local - after))
}

const timeOfDay = (text: string): number => {
  const [hours = Number.NaN, minutes = Number.NaN] = text.split(':').map(Number)
  return hours * hour + minutes * minute
}

/** Yields the windows that close after `instant`, in order and without overlap. Ends after too many days without one. */
function* windowsAfter(
  instant: number,
  { zone, workingDays, workingHours, holidays }: Calendar,
): Generator<Window> {
  const [from, to] = [timeOfDay(workingHours.from), timeOfDay(workingHours.to)]
  const [weekdays, closed] = [new Set(workingDays), new Set(holidays)]
  const today = Math.floor((instant + offsetAt(zone, instant)) / day) * day
  const limit = maxIdleDays + 7 * holidays.length
  for (let date = today, idle = 0; idle <= limit; date += day, idle += 1) {
    const local = new Date(date)
    if (!weekdays.has(local.getUTCDay() || 7) || closed.has(local.toISOString().slice(0, 10))) continue
    const firstInstantOf = localClock(zone, date)
    const window = { opens: firstInstantOf(date + from), closes: firstInstantOf(date + to) }
    // The window is empty if the clock skips all of it.
    if (window.closes <= Math.max(window.opens, instant)) continue
    idle = 0
    yield window
  }
}

const noWorkingTime = ({ zone }: Calendar) => new RangeError(`the calendar in ${zone} has no working time`)

/**
 * Returns the earliest instant at which `duration` of working time has passed since `start`. A duration that ends with a
 * window ends when the window closes, not when the next one opens. A start outside working time counts from the next
 * window; a duration of 0 ends at `start`.
 * @throws RangeError for a calendar without working time, and for an invalid start, duration or zone
 */
export const workingTimeAfter = (start: Instant, duration: Duration, calendar: Calendar): Instant => {
  const begin = Date.parse(start)
  let left = milliseconds(duration)
  if (left === 0) return start
  for (const { opens, closes } of windowsAfter(begin, calendar)) {
    const from = Math.max(opens, begin)
    if (left <= closes - from) return instantOf(new Date(from + left))
    left -= closes - from
  }
  throw noWorkingTime(calendar)
}

/**
 * Returns the first instant at or after `instant` in working time. The closing time itself is outside.
 * @throws RangeError for a calendar without working time, and for an invalid instant or zone
 */
export const nextWorkingInstant = (instant: Instant, calendar: Calendar): Instant => {
  const begin = Date.parse(instant)
  for (const { opens } of windowsAfter(begin, calendar)) return instantOf(new Date(Math.max(opens, begin)))
  throw noWorkingTime(calendar)
}
