import { describe, expect, it } from 'vitest'
import { timeZone } from '../../shared/kernel/instants.ts'
import {
  type Calendar,
  dateIn,
  endOfDayIn,
  nextWorkingInstant,
  workingDeadline,
  workingTimeAfter,
} from '../../shared/time/calendar.ts'
import type { Duration } from '../../shared/time/duration.ts'
import type { Instant } from '../../shared/time/instant.ts'

/** In 2026, Berlin has CET until 29 March 01:00Z and CEST until 25 October 01:00Z. */
const office: Calendar = {
  zone: 'Europe/Berlin',
  workingDays: [1, 2, 3, 4, 5],
  workingHours: { from: '09:00', to: '17:00' },
  holidays: ['2026-04-03', '2026-04-06', '2026-05-01', '2026-10-03'],
}

const onSundays = (from: string, to: string): Calendar => ({
  ...office,
  workingDays: [7],
  workingHours: { from, to },
})

describe('working time', () => {
  it.each<[string, Instant, Duration, string]>([
    ['passes within a day', '2026-06-01T08:00:00.000Z', 'PT4H', '2026-06-01T12:00:00.000Z'],
    ['pauses at night', '2026-06-01T14:00:00.000Z', 'PT4H', '2026-06-02T10:00:00.000Z'],
    ['pauses at the weekend', '2026-06-05T14:00:00.000Z', 'PT2H', '2026-06-08T08:00:00.000Z'],
    ['counts days as 24 h of work', '2026-06-01T07:00:00.000Z', 'P1D', '2026-06-03T15:00:00.000Z'],
    ['counts seconds', '2026-06-01T14:59:59.000Z', 'PT3S', '2026-06-02T07:00:02.000Z'],
    ['can end exactly at closing time', '2026-06-05T07:00:00.000Z', 'PT8H', '2026-06-05T15:00:00.000Z'],
    ['begins at opening time', '2026-06-01T03:00:00.000Z', 'PT1H', '2026-06-01T08:00:00.000Z'],
    ['does not begin at closing time', '2026-06-05T15:00:00.000Z', 'PT1H', '2026-06-08T08:00:00.000Z'],
    ['begins after the weekend', '2026-06-06T12:00:00.000Z', 'PT1H', '2026-06-08T08:00:00.000Z'],
    ['begins after a holiday', '2026-05-01T10:00:00.000Z', 'PT1H', '2026-05-04T08:00:00.000Z'],
    ['pauses over Easter', '2026-04-02T14:00:00.000Z', 'PT2H', '2026-04-07T08:00:00.000Z'],
    [
      'is not shortened by a holiday on a Saturday',
      '2026-10-02T14:00:00.000Z',
      'PT2H',
      '2026-10-05T08:00:00.000Z',
    ],
    [
      'keeps local working hours when summer time begins',
      '2026-03-27T15:00:00.000Z',
      'PT2H',
      '2026-03-30T08:00:00.000Z',
    ],
    [
      'keeps local working hours when summer time ends',
      '2026-10-23T14:00:00.000Z',
      'PT2H',
      '2026-10-26T09:00:00.000Z',
    ],
    ['of zero length ends at once', '2026-06-06T12:00:00.000Z', 'PT0S', '2026-06-06T12:00:00.000Z'],
  ])('%s', (_, start, duration, end) => {
    expect(workingTimeAfter(start, duration, office)).toBe(end)
  })

  it('uses the local date and not the UTC date', () => {
    const auckland = { ...office, zone: 'Pacific/Auckland', holidays: ['2026-02-06'] }
    expect(nextWorkingInstant('2026-02-05T20:30:00.000Z', auckland)).toBe('2026-02-08T20:00:00.000Z')
  })

  it('is zero on a date that the time zone skipped', () => {
    // Samoa moved from UTC−10 to UTC+14: Thursday 29 December 2011 was followed by Saturday 31 December.
    const apia = { ...office, zone: 'Pacific/Apia' }
    expect(workingTimeAfter('2011-12-30T02:00:00.000Z', 'PT2H', apia)).toBe('2012-01-01T20:00:00.000Z')
  })

  it('continues after a year of holidays', () => {
    const year = Array.from({ length: 365 }, (_, index) => new Date(Date.UTC(2026, 5, 1 + index)))
    const closed = { ...office, holidays: year.map(date => date.toISOString().slice(0, 10)) }
    expect(nextWorkingInstant('2026-06-01T08:00:00.000Z', closed)).toBe('2027-06-01T07:00:00.000Z')
  })
})

describe('the next working instant', () => {
  it.each<[string, Instant, string]>([
    ['is now during working hours', '2026-06-05T14:59:59.000Z', '2026-06-05T14:59:59.000Z'],
    ['is now at opening time', '2026-06-01T07:00:00.000Z', '2026-06-01T07:00:00.000Z'],
    ['is the next opening time at closing time', '2026-06-05T15:00:00.000Z', '2026-06-08T07:00:00.000Z'],
    ['is after Easter', '2026-04-03T00:00:00.000Z', '2026-04-07T07:00:00.000Z'],
  ])('%s', (_, instant, next) => {
    expect(nextWorkingInstant(instant, office)).toBe(next)
  })
})

/** Mondays and Tuesdays with a lunch break, Friday mornings, and a night shift from Saturday to Sunday. */
const varied: Calendar = {
  ...office,
  workingDays: [1, 2, 3, 4, 5, 6, 7],
  hours: {
    '1': [
      { from: '09:00', to: '12:00' },
      { from: '13:00', to: '17:00' },
    ],
    '5': [{ from: '09:00', to: '12:00' }],
    '6': [{ from: '22:00', to: '24:00' }],
    '7': [{ from: '00:00', to: '06:00' }],
  },
  holidays: ['06-02', '2026-06-03'],
}

describe('hours of single weekdays', () => {
  it.each<[string, Instant, Duration, string]>([
    ['pause for lunch', '2026-06-01T09:00:00.000Z', 'PT2H', '2026-06-01T12:00:00.000Z'],
    ['end with the morning', '2026-06-01T09:00:00.000Z', 'PT1H', '2026-06-01T10:00:00.000Z'],
    [
      'skip days of every year and single holidays',
      '2026-06-01T14:00:00.000Z',
      'PT2H',
      '2026-06-04T08:00:00.000Z',
    ],
    ['end early on Fridays', '2026-06-05T09:00:00.000Z', 'PT2H', '2026-06-06T21:00:00.000Z'],
    ['go on after midnight', '2026-06-06T19:00:00.000Z', 'PT3H', '2026-06-06T23:00:00.000Z'],
    [
      'skip the day of every year in each year',
      '2028-06-01T14:00:00.000Z',
      'PT4H',
      '2028-06-03T23:00:00.000Z',
    ],
  ])('%s', (_, start, duration, end) => {
    expect(workingTimeAfter(start, duration, varied)).toBe(end)
  })

  it('begin again after lunch', () => {
    expect(nextWorkingInstant('2026-06-01T10:00:00.000Z', varied)).toBe('2026-06-01T11:00:00.000Z')
  })
})

describe('a deadline', () => {
  it.each<[string, Instant, string]>([
    ['within working hours stays', '2026-06-01T08:00:00.000Z', '2026-06-01T08:00:00.000Z'],
    ['at closing time stays', '2026-06-05T10:00:00.000Z', '2026-06-05T10:00:00.000Z'],
    ['at the beginning of a break stays', '2026-06-01T10:00:00.000Z', '2026-06-01T10:00:00.000Z'],
    ['in a break moves to the end of the day', '2026-06-01T10:30:00.000Z', '2026-06-01T15:00:00.000Z'],
    [
      'at opening time moves to the end of the period',
      '2026-06-01T07:00:00.000Z',
      '2026-06-01T10:00:00.000Z',
    ],
    [
      'before opening time moves to the end of the period',
      '2026-06-01T05:00:00.000Z',
      '2026-06-01T10:00:00.000Z',
    ],
    ['on a holiday moves behind it', '2026-06-02T09:00:00.000Z', '2026-06-04T15:00:00.000Z'],
    ['at midnight of a night shift stays', '2026-06-06T22:00:00.000Z', '2026-06-06T22:00:00.000Z'],
  ])('%s', (_, deadline, moved) => {
    expect(workingDeadline(deadline, varied)).toBe(moved)
  })

  it('fails for a calendar without working time', () => {
    expect(() => workingDeadline('2026-06-01T08:00:00.000Z', { ...office, workingDays: [] })).toThrow(
      RangeError,
    )
  })
})

describe('local dates', () => {
  it.each<[string, Instant, string]>([
    ['Pacific/Auckland', '2026-06-01T11:59:59.999Z', '2026-06-01'],
    ['Pacific/Auckland', '2026-06-01T12:00:00.000Z', '2026-06-02'],
    ['America/Los_Angeles', '2026-06-01T06:59:59.999Z', '2026-05-31'],
    ['UTC', '2026-06-01T00:00:00.000Z', '2026-06-01'],
  ])('in %s: %s is on %s', (zone, at, date) => {
    expect(dateIn(zone, at)).toBe(date)
  })

  it.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-25T23:00:00.000Z'],
    ['Pacific/Auckland', '2026-12-04', '2026-12-04T11:00:00.000Z'],
    // The clock skips midnight, so the next day begins at 01:00.
    ['America/Sao_Paulo', '2018-11-03', '2018-11-04T03:00:00.000Z'],
  ])('in %s: %s ends at %s', (zone, date, end) => {
    expect(endOfDayIn(zone, date)).toBe(end)
  })
})

describe('when the clock jumps from 02:00 to 03:00', () => {
  const before = '2026-03-28T12:00:00.000Z'

  it('a day with 24 working hours has 23', () => {
    const sundays = onSundays('00:00', '24:00')
    expect(nextWorkingInstant(before, sundays)).toBe('2026-03-28T23:00:00.000Z')
    expect(workingTimeAfter(before, 'PT23H', sundays)).toBe('2026-03-29T22:00:00.000Z')
    expect(workingTimeAfter(before, 'PT23H1S', sundays)).toBe('2026-04-04T22:00:01.000Z')
  })

  it('working hours from 02:30 start at the jump', () => {
    const sundays = onSundays('02:30', '04:00')
    expect(nextWorkingInstant(before, sundays)).toBe('2026-03-29T01:00:00.000Z')
    expect(workingTimeAfter(before, 'PT1H', sundays)).toBe('2026-03-29T02:00:00.000Z')
  })

  it('working hours until 02:30 end at the jump', () => {
    const sundays = onSundays('01:00', '02:30')
    expect(workingTimeAfter(before, 'PT1H', sundays)).toBe('2026-03-29T01:00:00.000Z')
    expect(workingTimeAfter(before, 'PT1H1S', sundays)).toBe('2026-04-04T23:00:01.000Z')
  })

  it('working hours from 02:00 to 03:00 are skipped on that day', () => {
    expect(nextWorkingInstant(before, onSundays('02:00', '03:00'))).toBe('2026-04-05T00:00:00.000Z')
  })
})

describe('when the clock goes back from 03:00 to 02:00', () => {
  const before = '2026-10-24T12:00:00.000Z'

  it('a day with 24 working hours has 25', () => {
    const sundays = onSundays('00:00', '24:00')
    expect(nextWorkingInstant(before, sundays)).toBe('2026-10-24T22:00:00.000Z')
    expect(workingTimeAfter(before, 'PT25H', sundays)).toBe('2026-10-25T23:00:00.000Z')
    expect(workingTimeAfter(before, 'PT25H1S', sundays)).toBe('2026-10-31T23:00:01.000Z')
  })

  it('working hours that include the repeated hour count it twice', () => {
    expect(workingTimeAfter(before, 'PT2H', onSundays('02:00', '03:00'))).toBe('2026-10-25T02:00:00.000Z')
  })

  it('working hours that begin and end in the repeated hour use its first pass', () => {
    const sundays = onSundays('02:15', '02:45')
    expect(nextWorkingInstant(before, sundays)).toBe('2026-10-25T00:15:00.000Z')
    expect(workingTimeAfter(before, 'PT30M', sundays)).toBe('2026-10-25T00:45:00.000Z')
    expect(nextWorkingInstant('2026-10-25T00:45:00.000Z', sundays)).toBe('2026-11-01T01:15:00.000Z')
  })
})

describe('invalid input', () => {
  const start = '2026-06-01T08:00:00.000Z'

  it.each([
    ['no working days', { ...office, workingDays: [] }],
    ['no working hours', { ...office, workingHours: { from: '09:00', to: '09:00' } }],
  ])('throws for a calendar with %s', (_, calendar) => {
    expect(() => workingTimeAfter(start, 'PT1H', calendar)).toThrow(/^the calendar in .* has no working time/)
    expect(() => nextWorkingInstant(start, calendar)).toThrow(RangeError)
  })

  it('throws for an unknown time zone, an invalid instant and an invalid duration', () => {
    const nowhere = { ...office, zone: 'Europe/Atlantis' }
    expect(() => workingTimeAfter(start, 'PT1H', nowhere)).toThrow(/^no local time in Europe\/Atlantis/)
    expect(() => workingTimeAfter('soon' as Instant, 'PT1H', office)).toThrow(/^no local time/)
    expect(() => workingTimeAfter(start, 'P1M', office)).toThrow(/^invalid duration P1M/)
  })
})

describe('the time zone schema', () => {
  it.each(['Europe/Berlin', 'America/Argentina/Ushuaia', 'Asia/Calcutta', 'UTC', 'Etc/GMT+5'])(
    'accepts %s',
    zone => {
      expect(timeZone.safeParse(zone).success).toBe(true)
    },
  )

  it.each(['', 'Europe/Atlantis', '+02:00', 'constructor'])('rejects %j', zone => {
    expect(timeZone.safeParse(zone).success).toBe(false)
  })
})
