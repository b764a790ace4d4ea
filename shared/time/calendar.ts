/**
 * Arithmetic with business calendars: adds working time, and moves instants into working time.
 *
 * A working day has one or more windows, such as one before and one after a lunch break. A window is elapsed time, from the
 * first instant at which the local clock has reached the opening time to the first instant at which it has reached the
 * closing time. Consequences for daylight-saving time:
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

/** A period of a working day, in local wall-clock time, HH:MM. `to` may be 24:00. from < to. */
export interface Hours {
  readonly from: string
  readonly to: string
}

/** The working hours and holidays of a region. */
export interface Calendar {
  /** IANA time zone, such as Europe/Berlin. */
  readonly zone: string
  /** ISO weekday numbers, from 1 for Monday to 7 for Sunday. */
  readonly workingDays: readonly number[]
  /** Hours of a working day that is not in `hours`. */
  readonly workingHours: Hours
  /** Hours of single weekdays, by ISO number: in order and without overlap. They replace `workingHours`. */
  readonly hours?: Readonly<Record<string, readonly Hours[]>> | undefined
  /** Local dates, YYYY-MM-DD, and days of every year, MM-DD. */
  readonly holidays: readonly string[]
}

/** Returns the hours of a weekday (ISO number); none for a day that is not a working day. */
export const hoursOn = (
  weekday: number,
  { workingDays, workingHours, hours }: Pick<Calendar, 'workingDays' | 'workingHours' | 'hours'>,
): readonly Hours[] => (workingDays.includes(weekday) ? (hours?.[weekday] ?? [workingHours]) : [])

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

/** Returns the start of the local date, as a local time: see `localClock`. */
const startOfLocalDay = (instant: number, zone: string): number =>
  Math.floor((instant + offsetAt(zone, instant)) / day) * day

/** Yields the windows that close after `instant`, in order and without overlap. Ends after too many days without one. */
function* windowsAfter(instant: number, calendar: Calendar): Generator<Window> {
  const { zone, holidays } = calendar
  const closed = new Set(holidays)
  const today = startOfLocalDay(instant, zone)
  const limit = maxIdleDays + 7 * holidays.length
  for (let date = today, idle = 0; idle <= limit; date += day, idle += 1) {
    const local = new Date(date)
    const text = local.toISOString().slice(0, 10)
    if (closed.has(text) || closed.has(text.slice(5))) continue
    const hours = hoursOn(local.getUTCDay() || 7, calendar)
    if (hours.length === 0) continue
    const firstInstantOf = localClock(zone, date)
    for (const { from, to } of hours) {
      const window = {
        opens: firstInstantOf(date + timeOfDay(from)),
        closes: firstInstantOf(date + timeOfDay(to)),
      }
      // The window is empty if the clock skips all of it.
      if (window.closes <= Math.max(window.opens, instant)) continue
      idle = 0
      yield window
    }
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

/**
 * Returns the deadline that replaces one outside working time: the end of the next window. A deadline within a window or at
 * its end stays, so that people always have working time before it.
 * @throws RangeError for a calendar without working time, and for an invalid instant or zone
 */
export const workingDeadline = (instant: Instant, calendar: Calendar): Instant => {
  const end = Date.parse(instant)
  // A window that closes at the deadline is included.
  for (const { opens, closes } of windowsAfter(end - 1, calendar))
    return opens < end ? instant : instantOf(new Date(closes))
  throw noWorkingTime(calendar)
}

/** Returns the local date of an instant, YYYY-MM-DD. @throws RangeError for an invalid instant or zone */
export const dateIn = (zone: string, instant: Instant): string =>
  new Date(startOfLocalDay(Date.parse(instant), zone)).toISOString().slice(0, 10)

/** Returns the instant at which a local date, YYYY-MM-DD, ends. @throws RangeError for an invalid date or zone */
export const endOfDayIn = (zone: string, date: string): Instant => {
  const end = Date.parse(date) + day
  return instantOf(new Date(localClock(zone, end)(end)))
}
