import { describe, expect, it } from 'vitest'
import {
  deadlines,
  firstDue,
  firstNudge,
  nextNudge,
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

describe('reopenUntil', () => {
  const respondBy = later(14 * day)

  it('adds the time of the terms to the respond-by', () => {
    expect(reopenUntil(respondBy, terms)).toBe(later(16 * day))
  })

  it('is null if the terms have no reopening', () => {
    expect(reopenUntil(respondBy, { ...terms, reopening: null })).toBeNull()
  })
})

describe('firstNudge', () => {
  it('is 36 hours after the close date begins in UTC', () => {
    expect(firstNudge(aReferral(), '2026-04-01')).toBe('2026-04-02T12:00:00.000Z')
  })
})

describe('nextNudge', () => {
  const last: Instant = '2026-04-02T12:00:00.000Z'

  it('is one interval after a nudge that is given on time', () => {
    expect(nextNudge(last, terms, last)).toBe('2026-04-16T12:00:00.000Z')
  })

  it('is after now, a whole number of intervals after the last nudge', () => {
    expect(nextNudge(last, terms, '2026-04-16T11:59:59.999Z')).toBe('2026-04-16T12:00:00.000Z')
    expect(nextNudge(last, terms, '2026-04-16T12:00:00.000Z')).toBe('2026-04-30T12:00:00.000Z')
  })

  it('is null if the terms have no nudges', () => {
    expect(nextNudge(last, { ...terms, nudgeInterval: null }, last)).toBeNull()
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
