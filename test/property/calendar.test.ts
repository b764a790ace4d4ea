/** Compares calendar arithmetic with a model that steps through local time, around every kind of clock change. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Calendar,
  type Hours,
  hoursOn,
  nextWorkingInstant,
  workingDeadline,
  workingTimeAfter,
} from '../../shared/time/calendar.ts'
import { after, type Duration } from '../../shared/time/duration.ts'
import { instantOf } from '../../shared/time/instant.ts'
import { depth } from './depth.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const iso = (instant: number) => instantOf(new Date(instant))
const seconds = (count: number): Duration => `PT${count}S`

/** Time zone, instant of a clock change, and the step of the model in minutes. The step must not skip a change. */
const changes = [
  ['UTC', '2026-03-29T01:00:00Z', 15],
  ['Europe/Berlin', '2026-03-29T01:00:00Z', 15],
  ['Europe/Berlin', '2026-10-25T01:00:00Z', 15],
  ['America/New_York', '2026-03-08T07:00:00Z', 15],
  ['America/New_York', '2026-11-01T06:00:00Z', 15],
  // A change of half an hour.
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 15],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', 15],
  // A change of two hours.
  ['Antarctica/Troll', '2026-03-29T01:00:00Z', 15],
  ['Antarctica/Troll', '2026-10-25T01:00:00Z', 15],
  // The clock is set back during Ramadan.
  ['Africa/Casablanca', '2025-02-23T02:00:00Z', 15],
  ['Africa/Casablanca', '2025-04-06T02:00:00Z', 15],
  // A permanent change by 15 minutes, at midnight.
  ['Asia/Kathmandu', '1985-12-31T18:30:00Z', 15],
  // Changes at midnight: one day begins at 01:00, another day has 23:00 twice.
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z', 15],
  ['America/Sao_Paulo', '2018-02-18T02:00:00Z', 15],
  // A change at 00:01: local time alternates between two dates.
  ['America/St_Johns', '2010-11-07T02:31:00Z', 1],
  // A change by a whole day skips one date.
  ['Pacific/Apia', '2011-12-30T10:00:00Z', 15],
] as const

type Change = (typeof changes)[number]

/** Returns a function that gives the local time as if it were UTC, in epoch milliseconds. */
const localClock = (zone: string) => {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  })
  return (instant: number) => {
    const [month = 0, date, year = 0, hours, minutes] = (format.format(instant).match(/\d+/g) ?? []).map(
      Number,
    )
    return Date.UTC(year, month - 1, date, hours, minutes)
  }
}

interface LocalTime {
  readonly date: string
  readonly time: string
  readonly weekday: number
}

/** The latest local time up to each step, starting at `begin`. Setting the clock back does not lower it. */
interface LocalTimes {
  readonly begin: number
  readonly step: number
  readonly latest: readonly LocalTime[]
}

const localTimesAround = ([zone, change, minutes]: Change): LocalTimes => {
  const [begin, step] = [Date.parse(change) - 7 * day, minutes * minute]
  const read = localClock(zone)
  let latest = Number.NEGATIVE_INFINITY
  const localTimeAt = (_: unknown, index: number): LocalTime => {
    latest = Math.max(latest, read(begin + index * step))
    const text = iso(latest)
    return { date: text.slice(0, 10), time: text.slice(11, 16), weekday: new Date(latest).getUTCDay() || 7 }
  }
  return { begin, step, latest: Array.from({ length: (20 * day) / step }, localTimeAt) }
}

const localTimes = new Map<Change, LocalTimes>(changes.map(change => [change, localTimesAround(change)]))

const isWorkingTime = ({ date, time, weekday }: LocalTime, calendar: Calendar): boolean =>
  !calendar.holidays.some(holiday => date.endsWith(holiday)) &&
  hoursOn(weekday, calendar).some(({ from, to }) => from <= time && time < to)

/** Yields the periods of working time from `start` on, within the range of the model. */
function* workingPeriods({ begin, step, latest }: LocalTimes, start: number, calendar: Calendar) {
  const first = Math.floor((start - begin) / step)
  for (const [index, local] of latest.slice(first).entries()) {
    const from = begin + (first + index) * step
    if (isWorkingTime(local, calendar)) yield { from: Math.max(from, start), to: from + step }
  }
}

const modelNext = (times: LocalTimes, start: number, calendar: Calendar): number | undefined => {
  for (const { from } of workingPeriods(times, start, calendar)) return from
  return undefined
}

const modelAfter = (
  times: LocalTimes,
  start: number,
  length: number,
  calendar: Calendar,
): number | undefined => {
  let left = length
  if (left === 0) return start
  for (const { from, to } of workingPeriods(times, start, calendar)) {
    if (left <= to - from) return from + left
    left -= to - from
  }
  return undefined
}

const timeOfDay = (quarters: number) =>
  `${String(Math.floor(quarters / 4)).padStart(2, '0')}:${String((quarters % 4) * 15).padStart(2, '0')}`

/** Times near midnight are frequent, because clocks change at night. */
const quarters = fc.oneof(
  fc.integer({ min: 0, max: 96 }),
  fc.integer({ min: 0, max: 14 }),
  fc.integer({ min: 90, max: 96 }),
)
const workingHours = fc
  .tuple(quarters, quarters)
  .filter(([one, other]) => one !== other)
  .map(([one, other]) => ({ from: timeOfDay(Math.min(one, other)), to: timeOfDay(Math.max(one, other)) }))
/** Up to three periods of a day; some follow each other without a break. */
const periods = fc
  .uniqueArray(quarters, { minLength: 2, maxLength: 6 })
  .chain(ends => fc.tuple(fc.constant(ends.toSorted((a, b) => a - b).map(timeOfDay)), fc.boolean()))
  .map(([ends, isJoined]) =>
    ends.flatMap((from, index): Hours[] => {
      const to = ends[index + 1]
      return to !== undefined && (isJoined || index % 2 === 0) ? [{ from, to }] : []
    }),
  )
const hours = fc.oneof(
  fc.constant(undefined),
  fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5', '6', '7'), periods),
)
const calendarAround = ([zone, change]: Change) =>
  fc.record<Calendar>({
    zone: fc.constant(zone),
    workingDays: fc.oneof(
      fc.constant([1, 2, 3, 4, 5, 6, 7]),
      fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
    ),
    workingHours,
    hours,
    holidays: fc
      .array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.constantFrom(0, 5)), { maxLength: 4 })
      .map(days => days.map(([count, start]) => iso(Date.parse(change) + count * day).slice(start, 10))),
  })
const startAround = ([, change]: Change) =>
  fc
    .oneof(fc.integer({ min: -4 * day, max: 3 * day }), fc.integer({ min: -3 * hour, max: 3 * hour }))
    .map(offset => Date.parse(change) + Math.floor(offset / 1000) * 1000)
const length = fc.oneof(fc.integer({ min: 0, max: 5 * 3600 }), fc.integer({ min: 0, max: 70 * 3600 }))

const around = <T>(more: (change: Change) => fc.Arbitrary<T>) =>
  fc
    .constantFrom(...changes)
    .chain(change => fc.tuple(fc.constant(change), calendarAround(change), startAround(change), more(change)))

describe('the calendar agrees with the model', () => {
  it('in workingTimeAfter', () => {
    fc.assert(
      fc.property(
        around(() => length),
        ([change, calendar, start, worked]) => {
          const times = localTimes.get(change) as LocalTimes
          const expected = modelAfter(times, start, worked * 1000, calendar)
          const end = workingTimeAfter(iso(start), seconds(worked), calendar)
          if (expected !== undefined) expect(end).toBe(iso(expected))
          else expect(Date.parse(end)).toBeGreaterThan(times.begin + times.latest.length * times.step)
        },
      ),
      { numRuns: 2000 * depth },
    )
  })

  it('in nextWorkingInstant', () => {
    fc.assert(
      fc.property(
        around(() => fc.constant(undefined)),
        ([change, calendar, start]) => {
          const times = localTimes.get(change) as LocalTimes
          const expected = modelNext(times, start, calendar)
          const next = nextWorkingInstant(iso(start), calendar)
          if (expected !== undefined) expect(next).toBe(iso(expected))
          else expect(Date.parse(next)).toBeGreaterThanOrEqual(times.begin + times.latest.length * times.step)
        },
      ),
      { numRuns: 2000 * depth },
    )
  })
})

describe('a deadline', () => {
  it('stays in working time, or moves to the end of the next period', () => {
    fc.assert(
      fc.property(
        around(() => fc.constant(undefined)),
        ([, calendar, start]) => {
          const instant = iso(start)
          const moved = workingDeadline(instant, calendar)
          const justBefore = (at: string) => iso(Date.parse(at) - 1)
          expect(nextWorkingInstant(justBefore(moved), calendar)).toBe(justBefore(moved))
          const isAtWork = nextWorkingInstant(justBefore(instant), calendar) === justBefore(instant)
          expect(moved === instant).toBe(isAtWork)
          expect(moved > nextWorkingInstant(instant, calendar) || isAtWork).toBe(true)
        },
      ),
      { numRuns: 1000 * depth },
    )
  })
})

describe('working time', () => {
  it('has the same end when it is added in two parts', () => {
    fc.assert(
      fc.property(
        around(() => fc.tuple(length, length)),
        ([, calendar, start, [first, second]]) => {
          const halfway = workingTimeAfter(iso(start), seconds(first), calendar)
          expect(workingTimeAfter(halfway, seconds(second), calendar)).toBe(
            workingTimeAfter(iso(start), seconds(first + second), calendar),
          )
        },
      ),
      { numRuns: 1000 * depth },
    )
  })

  it('ends no earlier when it starts later or is longer', () => {
    fc.assert(
      fc.property(
        around(change => fc.tuple(startAround(change), length, length)),
        ([, calendar, start, [otherStart, worked, otherWorked]]) => {
          const [earlier, later] = [Math.min(start, otherStart), Math.max(start, otherStart)]
          const [shorter, longer] = [Math.min(worked, otherWorked), Math.max(worked, otherWorked)]
          const end = workingTimeAfter(iso(earlier), seconds(shorter), calendar)
          expect(workingTimeAfter(iso(later), seconds(shorter), calendar) >= end).toBe(true)
          expect(workingTimeAfter(iso(earlier), seconds(longer), calendar) >= end).toBe(true)
        },
      ),
      { numRuns: 1000 * depth },
    )
  })

  it('ends within working hours or at their end', () => {
    fc.assert(
      fc.property(
        around(() => length),
        ([, calendar, start, worked]) => {
          const end = workingTimeAfter(iso(start), seconds(worked + 1), calendar)
          const justBefore = iso(Date.parse(end) - 1)
          expect(nextWorkingInstant(justBefore, calendar)).toBe(justBefore)
        },
      ),
      { numRuns: 1000 * depth },
    )
  })

  it('equals elapsed time in any zone when every hour is a working hour', () => {
    const instants = fc.integer({ min: Date.UTC(1973, 0), max: Date.UTC(2037, 0) })
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
    fc.assert(
      fc.property(zones, instants, length, (zone, instant, worked) => {
        const always = { zone, workingDays: [1, 2, 3, 4, 5, 6, 7], holidays: [] }
        const calendar = { ...always, workingHours: { from: '00:00', to: '24:00' } }
        const start = iso(Math.floor(instant / 1000) * 1000)
        expect(workingTimeAfter(start, seconds(worked), calendar)).toBe(after(start, seconds(worked)))
        expect(nextWorkingInstant(start, calendar)).toBe(start)
      }),
      { numRuns: 1000 * depth },
    )
  })
})
