/**
 * Business-calendar arithmetic: how long people have worked, and when they work next.
 *
 * A working day's window is real elapsed time, from the first instant at which the local clock has come to the
 * opening time until the first at which it has come to the closing time. So where the clock jumps over the opening
 * time, the window opens at the jump; an hour that the clock repeats within a window counts both times; opening or
 * closing within a repeated hour is done at its first pass; and windows of 00:00-24:00 follow on each other without
 * gap or overlap, whatever the clock does: such a day lasts 23, 24 or 25 hours.
 *
 * Only the offset comes from the library. Its TZDate passes by a skipped opening time (02:30 becomes 03:30, where
 * people could start at 03:00) and takes the first or the second pass of a repeated hour depending on the time zone
 * of the machine that it runs on.
 */
import { tzOffset } from '@date-fns/tz/tzOffset'
import { type Duration, milliseconds } from './duration.ts'
import { type Instant, instantOf } from './instant.ts'

/** When a region works. */
export interface Calendar {
  /** IANA time zone, such as Europe/Berlin. */
  readonly zone: string
  /** ISO weekday numbers, 1 is Monday ... 7 Sunday. */
  readonly workingDays: readonly number[]
  /** Local wall-clock time, HH:MM; `to` may be 24:00. from < to. */
  readonly workingHours: { readonly from: string; readonly to: string }
  /** Local dates, YYYY-MM-DD, on which nobody works. */
  readonly holidays: readonly string[]
}

/** Real time, in milliseconds since 1970. */
interface Window {
  readonly opens: number
  readonly closes: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** With no working time for so many days, and a week for each holiday, the calendar has none. */
const patience = 366

/** Local time is kept as the milliseconds at which UTC's clock would show it. */
const offsetAt = (zone: string, instant: number): number => {
  const offset = Math.round(tzOffset(zone, new Date(instant)) * minute)
  if (Number.isNaN(offset)) throw new RangeError(`no local time in ${zone} at ${instant}`)
  return offset
}

/** The first instant, after `before` and until `until`, at which the offset is no longer what it was before. */
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
 * Tells the first instant at which the local clock shows a time of the local `date`, or has jumped over it.
 * Zones lie from 12 hours behind to 14 hours ahead of UTC, and no zone has changed its offset twice within such a
 * span since 1970.
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

/** The windows that close after `instant`, in order and apart; ends when there is none for too many days. */
function* windowsAfter(
  instant: number,
  { zone, workingDays, workingHours, holidays }: Calendar,
): Generator<Window> {
  const [from, to] = [timeOfDay(workingHours.from), timeOfDay(workingHours.to)]
  const [weekdays, closed] = [new Set(workingDays), new Set(holidays)]
  const today = Math.floor((instant + offsetAt(zone, instant)) / day) * day
  const maxIdleDays = patience + 7 * holidays.length
  for (let date = today, idle = 0; idle <= maxIdleDays; date += day, idle += 1) {
    const local = new Date(date)
    if (!weekdays.has(local.getUTCDay() || 7) || closed.has(local.toISOString().slice(0, 10))) continue
    const firstInstantOf = localClock(zone, date)
    const window = { opens: firstInstantOf(date + from), closes: firstInstantOf(date + to) }
    // Empty where the clock jumps over all of it.
    if (window.closes <= Math.max(window.opens, instant)) continue
    idle = 0
    yield window
  }
}

const noWorkingTime = ({ zone }: Calendar) => new RangeError(`the calendar in ${zone} has no working time`)

/**
 * The instant at which `duration` of working time has passed since `start` (both instants RFC 3339, UTC).
 * It is the earliest such instant: what ends with a window ends when that closes, not when the next opens. A start
 * outside of working time counts from the next window on; nothing at all has passed at once, at `start` itself.
 * @throws RangeError when there is no working time, however long one waits, or when start, duration or zone is none.
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
 * The first instant at or after `instant` that lies in working time (both RFC 3339, UTC). Closing time does not.
 * @throws RangeError when there is no working time, however long one waits, or when instant or zone is none.
 */
export const nextWorkingInstant = (instant: Instant, calendar: Calendar): Instant => {
  const begin = Date.parse(instant)
  for (const { opens } of windowsAfter(begin, calendar)) return instantOf(new Date(Math.max(opens, begin)))
  throw noWorkingTime(calendar)
}
