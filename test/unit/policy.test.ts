import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { policyOperations } from '../../shared/program/policy/contract.ts'
import { defaultPolicy, planOf, policyErrors } from '../../shared/program/policy/rules.ts'
import { policies, policyKey, readPolicy } from '../../shared/program/policy/store.ts'
import { storedPolicyOf } from '../../shared/program/policy/stored.ts'
import type { Duration } from '../../shared/time/duration.ts'
import { day, hour, later, receivedAt } from '../fixtures/time.ts'

const berlin: Policy['calendars'][string] = {
  responseTime: 'PT80H',
  zone: 'Europe/Berlin',
  workingDays: [1, 2, 3, 4, 5],
  workingHours: { from: '09:00', to: '17:00' },
  holidays: ['2026-04-03', '2026-04-06'],
}
const hours = (count: number): Duration => `PT${count}H`

const plan = (changes: Partial<Policy> = {}, receipt: Partial<Parameters<typeof planOf>[1]> = {}) =>
  planOf({ ...defaultPolicy, ...changes }, { receivedAt, region: 'DE', directContact: false, ...receipt })

describe('what the policy makes of a request', () => {
  it('is a fortnight to answer in, with reminders after a day and three days before the end', () => {
    expect(plan()).toMatchObject({
      policyVersion: 1,
      respondBy: later(14 * day),
      recommendedAnswerBy: later(day),
      reminders: [later(day), later(11 * day)],
      hotUntil: null,
    })
  })

  it('is urgent for 72 hours when the customer wants to be contacted directly', () => {
    expect(plan({}, { directContact: true }).hotUntil).toBe(later(72 * hour))
  })

  it('bends to a deadline of the operator’s own, as it was given', () => {
    const respondBy = '2026-03-01T10:00:00.987Z'
    const brief = plan({}, { directContact: true, respondBy })
    expect(brief).toMatchObject({
      respondBy,
      hotUntil: respondBy,
      recommendedAnswerBy: respondBy,
      reminders: [],
    })
  })

  it('says what an extension would lead to', () => {
    expect(plan().extensionsLeft).toEqual([{ respondBy: later(21 * day), reminders: [later(18 * day)] }])
    const twice = plan({ extension: { time: 'P2D', max: 2 } }).extensionsLeft
    expect(twice.map(({ respondBy }) => respondBy)).toEqual([later(16 * day), later(18 * day)])
    expect(plan({ extension: { time: 'P7D', max: 0 } }).extensionsLeft).toEqual([])
  })

  it('reminds of each instant once, within the time to answer, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 5 }),
        fc.boolean(),
        (after, before, atWork) => {
          const { reminders, respondBy } = plan({
            reminders: { afterReceipt: after.map(hours), beforeExpiry: before.map(hours) },
            calendars: atWork ? { DE: berlin } : {},
          })
          expect(reminders).toEqual([...new Set(reminders)].toSorted())
          for (const instant of reminders) expect(instant > receivedAt && instant < respondBy).toBe(true)
        },
      ),
    )
  })
})

describe('in a region with a calendar', () => {
  const calendars = { DE: berlin }

  it('the time to answer runs in working hours, right across a change of the clock', () => {
    // From Sunday 1 March, ten working days; and over Easter, of which two are holidays.
    expect(plan({ calendars }).respondBy).toBe('2026-03-13T16:00:00.000Z')
    const easter = plan({ calendars }, { receivedAt: '2026-03-27T16:30:00.000Z' })
    expect(easter.respondBy).toBe('2026-04-14T15:00:00.000Z')
  })

  it('nobody is reminded at night, and no extension ends there', () => {
    const { reminders, extensionsLeft } = plan({ calendars })
    // A day after Sunday morning it is Monday morning; three days before Friday 17:00, Tuesday's work is just over.
    expect(reminders).toEqual(['2026-03-02T09:00:00.000Z', '2026-03-11T08:00:00.000Z'])
    expect(extensionsLeft[0]?.respondBy).toBe('2026-03-23T08:00:00.000Z')
  })

  it('who wants to be contacted directly, and every other region, goes by the wall clock', () => {
    expect(plan({ calendars }, { directContact: true }).respondBy).toBe(later(14 * day))
    expect(plan({ calendars }, { region: 'FR' }).respondBy).toBe(later(14 * day))
  })

  it('holidays stretch it no longer than the longest response time', () => {
    const mondays = Array.from({ length: 52 }, (_, week) => later((week * 7 + 1) * day).slice(0, 10))
    const idle: Policy['calendars'][string] = {
      ...berlin,
      responseTime: 'PT4H',
      workingDays: [1],
      holidays: mondays,
    }
    expect(policyErrors({ ...defaultPolicy, calendars: { DE: idle } })).toEqual([])
    expect(plan({ calendars: { DE: idle } }).respondBy).toBe(later(90 * day))
  })
})

describe('a policy', () => {
  const errors = (changes: Partial<Policy>) =>
    policyErrors({ ...defaultPolicy, ...changes }).map(({ pointer, code }) => [pointer, code])
  const withCalendar = (changes: Partial<typeof berlin>) =>
    errors({ calendars: { DE: { ...berlin, ...changes } } })

  it('of a fresh program is right', () => {
    expect(errors({ calendars: { DE: berlin } })).toEqual([])
    expect(policyOperations.putPolicy.body.safeParse(defaultPolicy).success).toBe(true)
  })

  it.each<[string, Partial<Policy>, string, string]>([
    [
      'advises no more time than there is',
      { recommendedAnswerTime: 'P15D' },
      '/recommendedAnswerTime',
      'duration-too-long',
    ],
    ['lets no urgency outlast the time to answer', { hotTime: 'P15D' }, '/hotTime', 'duration-too-long'],
    ['keeps to its longest response time', { responseTime: 'P91D' }, '/responseTime', 'duration-too-long'],
    [
      'reminds before the expiry',
      { reminders: { afterReceipt: ['P14D'], beforeExpiry: [] } },
      '/reminders/afterReceipt/0',
      'reminder-too-late',
    ],
    [
      'reminds after the receipt',
      { reminders: { afterReceipt: [], beforeExpiry: ['P1D', 'P14D'] } },
      '/reminders/beforeExpiry/1',
      'reminder-too-late',
    ],
    [
      'lets the customer follow through all extensions',
      { extension: { time: 'P100D', max: 4 } },
      '/trackingTime',
      'tracking-too-short',
    ],
    ['asks nobody more than once a day', { nudgeInterval: 'PT23H' }, '/nudgeInterval', 'duration-too-short'],
  ])('%s', (_, changes, pointer, code) => {
    expect(errors(changes)).toEqual([[pointer, code]])
  })

  it('has calendars that can be reckoned with', () => {
    const at = '/calendars/DE'
    expect(withCalendar({ workingDays: [1, 1] })).toEqual([[`${at}/workingDays`, 'repeated']])
    expect(withCalendar({ holidays: ['2026-04-03', '2026-04-03'] })).toEqual([[`${at}/holidays`, 'repeated']])
    expect(withCalendar({ workingHours: { from: '17:00', to: '09:00' } })).toEqual([
      [`${at}/workingHours/to`, 'not-after'],
    ])
    expect(withCalendar({ responseTime: 'P10D' })).toEqual([[`${at}/responseTime`, 'days-of-working-time']])
    expect(withCalendar({ responseTime: 'PT600H' })).toEqual([[`${at}/responseTime`, 'duration-too-long']])
  })
})

describe('a policy that is kept', () => {
  const changed: Policy = { ...defaultPolicy, version: 2, digestAbove: null, maxSuggestions: 0 }

  it('reads as it was put', () => {
    const [write] = policies.writes(changed)
    expect(write?.put).toMatchObject({ ...policyKey, entity: 'policy' })
    expect(readPolicy(write?.put)).toEqual(changed)
  })

  it('is the one that the program came with where nobody has changed it', () => {
    expect(readPolicy(undefined)).toEqual(defaultPolicy)
  })

  it('says of what policies did not say when it was put what the program came with', () => {
    const { digestAbove: _, calendars: __, ...older } = changed
    const read = readPolicy({ ...policyKey, ...storedPolicyOf(older as Policy), entity: 'policy' })
    expect(read).toEqual({ ...changed, digestAbove: defaultPolicy.digestAbove, calendars: {} })
    expect(policyOperations.getPolicy.response.safeParse(read).error).toBeUndefined()
  })

  it('gathers mails beyond a number a day, or none', () => {
    const accepts = (digestAbove: unknown) =>
      policyOperations.putPolicy.body.safeParse({ ...defaultPolicy, digestAbove }).success
    expect([0, 1, 100, null].map(accepts)).toEqual([true, true, true, true])
    expect([-1, 101, 1.5, undefined, '10'].map(accepts)).toEqual([false, false, false, false, false])
  })
})
