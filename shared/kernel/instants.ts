/** Schemas of instants, dates, durations and time zones. */
import * as z from 'zod/mini'
import type { Duration } from '../time/duration.ts'
import type { Instant } from '../time/instant.ts'
import { describeSchema } from './documentation.ts'
import { folded, maxLength, rule } from './fields.ts'

/** RFC 3339, in UTC. */
export const instant = folded().check(
  z.iso.datetime('an instant in UTC, such as 2026-03-15T09:00:00Z'),
) as z.ZodMiniType<Instant, string>
/* @__PURE__ */ describeSchema(instant, {
  name: 'Instant',
  description: 'RFC 3339 date and time in UTC.',
  example: '2026-03-15T09:00:00.000Z',
})

/** An instant in stored items, whose form was checked when it was written. */
export const storedInstant = z.string() as z.ZodMiniType<Instant, string>

export const date = folded().check(z.iso.date('a date, such as 2026-03-15'))
/* @__PURE__ */ describeSchema(date, {
  name: 'Date',
  description: 'ISO 8601 date: year, month and day.',
  example: '2035-03-31',
})

const isHoliday = (value: string): boolean => {
  // 2024 is a leap year, so that 02-29 is a day of every year that has it.
  const date = /^\d\d-\d\d$/.test(value) ? `2024-${value}` : value
  const instant = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(date) : Number.NaN
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(date)
}

/** A date, or a day of every year. */
export const holiday = z.string().check(rule(isHoliday, 'not-a-holiday'))
/* @__PURE__ */ describeSchema(holiday, {
  name: 'Holiday',
  description: 'A date (`2026-04-06`), or a day of every year as month and day (`12-25`).',
  example: '2026-12-25',
})

/** ISO 8601, of days, hours, minutes and seconds; longer than zero, and at most four digits of days. */
export const duration = folded().check(
  z.regex(
    /^P(?=.*[1-9])(?=\d|T\d)(\d{1,4}D)?(T(?=\d)(\d{1,5}H)?(\d{1,6}M)?(\d{1,8}S)?)?$/,
    'an ISO 8601 duration of days, hours, minutes and seconds, such as P14D or PT72H',
  ),
) as z.ZodMiniType<Duration, string>
/* @__PURE__ */ describeSchema(duration, {
  name: 'Duration',
  description: 'ISO 8601 duration of days, hours, minutes and seconds, longer than zero.',
  example: 'P14D',
})

/** A duration in stored items, whose form was checked when it was written. */
export const storedDuration = z.string() as z.ZodMiniType<Duration, string>

/** A local time, HH:MM. 24:00 is the end of a day. */
export const localTime = folded().check(
  z.regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of day, such as 09:00'),
)
/* @__PURE__ */ describeSchema(localTime, {
  name: 'LocalTime',
  description: 'Time of day on the clock of the region, hours and minutes. `24:00` is the end of the day.',
  example: '09:00',
})

const isTimeZone = (zone: string): boolean => {
  try {
    // `Intl` also takes offsets such as +01:00, which have no daylight-saving time.
    return /^[A-Z]/i.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined
  } catch {
    return false
  }
}

/** An IANA time zone that `Intl` supports. */
export const timeZone = folded().check(maxLength(50), rule(isTimeZone, 'unknown-time-zone'))
/* @__PURE__ */ describeSchema(timeZone, {
  name: 'TimeZone',
  description: 'IANA time zone.',
  example: 'Europe/Berlin',
})
