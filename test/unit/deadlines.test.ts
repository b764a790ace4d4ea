import { describe, expect, it } from 'vitest'
import { type RegionTime, universalTime } from '../../shared/program/rules.ts'
import {
  deadlines,
  firstDue,
  firstNudge,
  nextNudge,
  reopenedRespondBy,
  reopenUntil,
} from '../../shared/referrals/referral/deadlines.ts'
import { sweepWindow, timerName } from '../../shared/referrals/timer/rules.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aReferral, inStatus, received } from '../fixtures/referral.ts'
import { day, hour, later } from '../fixtures/time.ts'

const { terms } = aReferral()

describe('deadlines', () => {
  it('keeps the order of the kinds for deadlines at the same instant', () => {
    const { referral } = received({ directContact: true })
    const at = later(day)
    const kinds = deadlines({ ...referral, remindAt: at, hotUntil: at }).map(({ kind }) => kind)
    expect(kinds).toEqual(['cool', 'remind', 'expire'])
  })

  it('has no hot time once the referral has cooled', () => {
    const { referral } = received({ directContact: true })
    expect(deadlines({ ...referral, urgency: 'cooled' }).map(({ kind }) => kind)).toEqual([
      'remind',
      'expire',
    ])
  })

  it('has the nudge of an active referral only', () => {
    const nudgeAt = later(day)
    expect(deadlines({ ...inStatus('active').referral, nudgeAt })).toEqual([
      { kind: 'nudge', dueAt: nudgeAt },
    ])
    expect(deadlines(aReferral({ nudgeAt })).map(({ kind }) => kind)).toEqual(['remind', 'expire'])
  })

  it('drops what would be due at the respond-by or after it', () => {
    const { respondBy } = aReferral()
    expect(deadlines(aReferral({ remindAt: respondBy })).map(({ kind }) => kind)).toEqual(['expire'])
  })
})

describe('firstDue', () => {
  const { referral } = received({ directContact: true })

  it('returns nothing before the first deadline', () => {
    expect(firstDue(referral, later(day - 1))).toBeUndefined()
  })

  it('returns the deadline that was due first', () => {
    expect(firstDue(referral, later(day))).toBe('remind')
    expect(firstDue(referral, later(4 * day))).toBe('remind')
    expect(firstDue({ ...referral, remindAt: null }, later(4 * day))).toBe('cool')
  })

  it('returns the expiry from the respond-by on, whatever else was due', () => {
    expect(firstDue(referral, referral.respondBy)).toBe('expire')
  })
})

/** Mondays to Fridays from 9 to 17, with a holiday on Monday 14 December 2026. */
const calendarIn = (zone: string): RegionTime => ({
  zone,
  calendar: {
    zone,
    workingDays: [1, 2, 3, 4, 5],
    workingHours: { from: '09:00', to: '17:00' },
    holidays: ['2026-12-14'],
  },
})

describe('reopenUntil', () => {
  const respondBy = later(14 * day)

  it('adds the time of the terms to the respond-by', () => {
    expect(reopenUntil(respondBy, terms, universalTime)).toBe(later(16 * day))
  })

  it('is null if the terms have no reopening', () => {
    expect(reopenUntil(respondBy, { ...terms, reopening: null }, universalTime)).toBeNull()
  })
})

describe('reopening in a region with a calendar', () => {
  const berlin = calendarIn('Europe/Berlin')
  const reopening = { within: 'PT48H', responseTime: 'PT48H' } as const

  it.each<[string, Instant, Instant]>([
    ['within working time stays', '2026-12-08T10:00:00.000Z', '2026-12-10T10:00:00.000Z'],
    ['at the end of a working day stays', '2026-12-08T16:00:00.000Z', '2026-12-10T16:00:00.000Z'],
    [
      'at night moves to the end of the next working day',
      '2026-12-07T20:00:00.000Z',
      '2026-12-10T16:00:00.000Z',
    ],
    ['at the weekend moves behind a holiday', '2026-12-10T16:00:00.000Z', '2026-12-15T16:00:00.000Z'],
  ])('%s, when it can be reopened and when it is reopened', (_, start, end) => {
    expect(reopenUntil(start, { ...terms, reopening }, berlin)).toBe(end)
    expect(reopenedRespondBy({ ...terms, reopening }, berlin, start)).toBe(end)
  })
})

describe('firstNudge', () => {
  it('is 36 hours after the close date begins in UTC', () => {
    expect(firstNudge(aReferral(), '2026-04-01', universalTime)).toBe('2026-04-02T12:00:00.000Z')
  })
})

describe('nudges in a region with a calendar', () => {
  it.each<[string, string, Instant]>([
    ['Europe/Berlin', 'Thursday 2026-12-10', '2026-12-11T08:00:00.000Z'],
    ['Europe/Berlin', 'Friday 2026-12-11', '2026-12-15T08:00:00.000Z'],
    ['Pacific/Auckland', 'Thursday 2026-12-03', '2026-12-03T20:00:00.000Z'],
    ['Pacific/Auckland', 'Friday 2026-12-04', '2026-12-06T20:00:00.000Z'],
    ['America/Los_Angeles', 'Friday 2026-12-04', '2026-12-07T17:00:00.000Z'],
  ])('begin in %s on the first working morning after a close date on %s', (zone, day, first) => {
    expect(firstNudge(aReferral(), day.slice(-10), calendarIn(zone))).toBe(first)
  })

  it('stay in working time when an interval ends at a holiday or the clock has changed', () => {
    const berlin = calendarIn('Europe/Berlin')
    expect(nextNudge('2026-11-30T08:00:00.000Z', terms, berlin, '2026-12-01T08:00:00.000Z')).toBe(
      '2026-12-15T08:00:00.000Z',
    )
    expect(nextNudge('2026-03-16T08:00:00.000Z', terms, berlin, '2026-03-17T08:00:00.000Z')).toBe(
      '2026-03-30T08:00:00.000Z',
    )
    expect(nextNudge('2026-10-12T07:00:00.000Z', terms, berlin, '2026-10-13T08:00:00.000Z')).toBe(
      '2026-10-26T08:00:00.000Z',
    )
  })
})

describe('nextNudge', () => {
  const last: Instant = '2026-04-02T12:00:00.000Z'

  it('is one interval after a nudge that is given on time', () => {
    expect(nextNudge(last, terms, universalTime, last)).toBe('2026-04-16T12:00:00.000Z')
  })

  it('is after now, a whole number of intervals after the last nudge', () => {
    expect(nextNudge(last, terms, universalTime, '2026-04-16T11:59:59.999Z')).toBe('2026-04-16T12:00:00.000Z')
    expect(nextNudge(last, terms, universalTime, '2026-04-16T12:00:00.000Z')).toBe('2026-04-30T12:00:00.000Z')
  })

  it('is null if the terms have no nudges', () => {
    expect(nextNudge(last, { ...terms, nudgeInterval: null }, universalTime, last)).toBeNull()
  })
})

describe('timerName', () => {
  it('has the kind, the referral and the instant, rounded up to a second', () => {
    const { id: referralId, partnerId } = aReferral()
    const name = timerName({ kind: 'expire', partnerId, referralId, dueAt: '2026-03-15T09:00:00.001Z' })
    expect(name).toBe(`expire-${referralId}-20260315T090001`)
  })
})

describe('sweepWindow', () => {
  it('gives timers 5 minutes, and looks for missing ones from 2 to 35 minutes ahead', () => {
    const minute = hour / 60
    expect(sweepWindow(later(hour))).toEqual({
      settledBy: later(hour - 5 * minute),
      aheadFrom: later(hour + 2 * minute),
      aheadUntil: later(hour + 35 * minute),
    })
  })
})
