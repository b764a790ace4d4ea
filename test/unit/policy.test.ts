import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { policyOperations } from '../../shared/program/policy/contract.ts'
import { defaultPolicy, findPolicyFaults, mailTimeIn, planOf } from '../../shared/program/policy/rules.ts'
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

describe('planOf', () => {
  it('gives 14 days to answer, with reminders after one day and three days before the deadline', () => {
    expect(plan()).toMatchObject({
      policyVersion: 1,
      respondBy: later(14 * day),
      recommendedAnswerBy: later(day),
      reminders: [later(day), later(11 * day)],
      hotUntil: null,
    })
  })

  it('makes a referral with direct contact hot for 72 hours', () => {
    expect(plan({}, { directContact: true }).hotUntil).toBe(later(72 * hour))
  })

  it('gives no time to undo an answer if the policy turns undoing off', () => {
    expect(plan().terms.undoTime).toBe('PT5M')
    expect(findPolicyFaults({ ...defaultPolicy, undoTime: null })).toEqual([])
    expect(plan({ undoTime: null }).terms.undoTime).toBe('PT0S')
  })

  it('limits all other instants to a deadline that the operator sets', () => {
    const respondBy = '2026-03-01T10:00:00.987Z'
    const brief = plan({}, { directContact: true, respondBy })
    expect(brief).toMatchObject({
      respondBy,
      hotUntil: respondBy,
      recommendedAnswerBy: respondBy,
      reminders: [],
    })
  })

  it('lists the deadlines that extensions would lead to', () => {
    expect(plan().extensionsLeft).toEqual([{ respondBy: later(21 * day), reminders: [later(18 * day)] }])
    const twice = plan({ extension: { time: 'P2D', max: 2 } }).extensionsLeft
    expect(twice.map(({ respondBy }) => respondBy)).toEqual([later(16 * day), later(18 * day)])
    expect(plan({ extension: { time: 'P7D', max: 0 } }).extensionsLeft).toEqual([])
  })

  it('returns each reminder once, before the deadline and in order', () => {
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

describe('planOf in a region with a calendar', () => {
  const calendars = { DE: berlin }

  it('counts the response time in working hours, also across a change to summer time', () => {
    // Ten working days from Sunday 1 March; and ten working days that include two holidays at Easter.
    expect(plan({ calendars }).respondBy).toBe('2026-03-13T16:00:00.000Z')
    const easter = plan({ calendars }, { receivedAt: '2026-03-27T16:30:00.000Z' })
    expect(easter.respondBy).toBe('2026-04-14T15:00:00.000Z')
  })

  it('moves reminders into working hours, and keeps extended deadlines that end with them', () => {
    const { reminders, extensionsLeft } = plan({ calendars })
    // One day after Sunday morning is Monday morning. Three days before Friday 17:00 is Tuesday, right after closing
    // time.
    expect(reminders).toEqual(['2026-03-02T09:00:00.000Z', '2026-03-11T08:00:00.000Z'])
    expect(extensionsLeft[0]?.respondBy).toBe('2026-03-20T16:00:00.000Z')
  })

  it('moves a deadline outside working hours to the end of the next working day', () => {
    const easter = plan({ calendars }, { receivedAt: '2026-03-13T16:30:00.000Z' })
    expect(easter.respondBy).toBe('2026-03-27T16:00:00.000Z')
    // Seven days after the Friday before is Good Friday, a holiday like Easter Monday.
    expect(easter.extensionsLeft[0]?.respondBy).toBe('2026-04-07T15:00:00.000Z')
  })

  it('recommends an answer within working hours', () => {
    const friday = plan({ calendars }, { receivedAt: '2026-03-06T16:30:00.000Z' })
    expect(friday.recommendedAnswerBy).toBe('2026-03-09T16:00:00.000Z')
    const hot = plan({ calendars }, { receivedAt: '2026-03-06T16:30:00.000Z', directContact: true })
    expect(hot.recommendedAnswerBy).toBe('2026-03-07T16:30:00.000Z')
  })

  it('counts only the hours of each weekday, without breaks', () => {
    const morning = { from: '09:00', to: '12:00' }
    const half = { ...berlin, hours: { '5': [morning], '1': [morning, { from: '13:00', to: '18:00' }] } }
    // Of the two weeks of 40 hours, Fridays lose 5 hours each.
    expect(plan({ calendars: { DE: half } }).respondBy).toBe('2026-03-17T10:00:00.000Z')
  })

  it('counts calendar days for direct contact and in regions without a calendar', () => {
    expect(plan({ calendars }, { directContact: true }).respondBy).toBe(later(14 * day))
    expect(plan({ calendars }, { region: 'FR' }).respondBy).toBe(later(14 * day))
  })

  it('makes only deadlines and reminders in working time, or at its end', () => {
    const time = (quarters: number) =>
      `${String(Math.floor(quarters / 4)).padStart(2, '0')}:${String((quarters % 4) * 15).padStart(2, '0')}`
    const periods = fc
      .uniqueArray(fc.integer({ min: 0, max: 96 }), { minLength: 4, maxLength: 4 })
      .map(ends => ends.toSorted((a, b) => a - b).map(time))
      .map(([a = '', b = '', c = '', d = '']) => [
        { from: a, to: b },
        { from: c, to: d },
      ])
    const calendar = fc.record({
      responseTime: fc.constantFrom<Duration>('PT1H', 'PT8H', 'PT80H'),
      zone: fc.constantFrom('Europe/Berlin', 'Pacific/Auckland', 'America/Los_Angeles', 'Asia/Kathmandu'),
      workingDays: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
      workingHours: fc.constant({ from: '08:00', to: '16:30' }),
      hours: fc.dictionary(fc.constantFrom('1', '2', '3', '4', '5', '6', '7'), periods),
      holidays: fc.subarray(['12-25', '01-01', '2026-04-03', '2026-03-09']),
    })
    const instants = fc
      .integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) })
      .map(at => new Date(at).toISOString() as typeof receivedAt)
    fc.assert(
      fc.property(calendar, instants, (DE, at) => {
        const long: Partial<Policy> = { calendars: { DE }, maxResponseTime: 'P9999D' }
        const { respondBy, recommendedAnswerBy, reminders, extensionsLeft } = plan(long, { receivedAt: at })
        for (const deadline of [
          respondBy,
          recommendedAnswerBy,
          ...extensionsLeft.map(span => span.respondBy),
        ]) {
          const justBefore = new Date(Date.parse(deadline) - 1).toISOString() as typeof receivedAt
          expect(mailTimeIn(DE, justBefore)).toBe(justBefore)
        }
        for (const mail of [...reminders, ...extensionsLeft.flatMap(span => span.reminders)])
          expect(mailTimeIn(DE, mail)).toBe(mail)
      }),
      { numRuns: 200 },
    )
  })

  it('limits the response time to maxResponseTime, even with many holidays', () => {
    const mondays = Array.from({ length: 52 }, (_, week) => later((week * 7 + 1) * day).slice(0, 10))
    const idle: Policy['calendars'][string] = {
      ...berlin,
      responseTime: 'PT4H',
      workingDays: [1],
      holidays: mondays,
    }
    expect(findPolicyFaults({ ...defaultPolicy, calendars: { DE: idle } })).toEqual([])
    expect(plan({ calendars: { DE: idle } }).respondBy).toBe(later(90 * day))
  })
})

describe('findPolicyFaults', () => {
  const errors = (changes: Partial<Policy>) =>
    findPolicyFaults({ ...defaultPolicy, ...changes }).map(({ pointer, code }) => [pointer, code])
  const withCalendar = (changes: Partial<typeof berlin>) =>
    errors({ calendars: { DE: { ...berlin, ...changes } } })

  it('accepts the default policy', () => {
    expect(errors({ calendars: { DE: berlin } })).toEqual([])
    expect(policyOperations.putPolicy.body.safeParse(defaultPolicy).success).toBe(true)
  })

  it.each<[string, Partial<Policy>, string, string]>([
    [
      'requires recommendedAnswerTime to be at most responseTime',
      { recommendedAnswerTime: 'P15D' },
      '/recommendedAnswerTime',
      'duration-too-long',
    ],
    ['requires hotTime to be at most responseTime', { hotTime: 'P15D' }, '/hotTime', 'duration-too-long'],
    [
      'requires responseTime to be at most maxResponseTime',
      { responseTime: 'P91D' },
      '/responseTime',
      'duration-too-long',
    ],
    [
      'requires reminders after receipt to be before the deadline',
      { reminders: { afterReceipt: ['P14D'], beforeExpiry: [] } },
      '/reminders/afterReceipt/0',
      'reminder-too-late',
    ],
    [
      'requires reminders before expiry to be after the receipt',
      { reminders: { afterReceipt: [], beforeExpiry: ['P1D', 'P14D'] } },
      '/reminders/beforeExpiry/1',
      'reminder-too-late',
    ],
    [
      'requires trackingTime to cover all extensions',
      { extension: { time: 'P100D', max: 4 } },
      '/trackingTime',
      'tracking-too-short',
    ],
    [
      'requires nudgeInterval to be at least one day',
      { nudgeInterval: 'PT23H' },
      '/nudgeInterval',
      'duration-too-short',
    ],
  ])('%s', (_, changes, pointer, code) => {
    expect(errors(changes)).toEqual([[pointer, code]])
  })

  it('requires valid calendars', () => {
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

describe('a stored policy', () => {
  const changed: Policy = { ...defaultPolicy, version: 2, digestAbove: null, maxSuggestions: 0 }

  it('is read as it was stored', () => {
    const [write] = policies.writes(changed)
    expect(write?.put).toMatchObject({ ...policyKey, entity: 'policy' })
    expect(readPolicy(write?.put)).toEqual(changed)
  })

  it('is the default policy before the first change', () => {
    expect(readPolicy(undefined)).toEqual(defaultPolicy)
  })

  it('gets default values for fields that it was stored without', () => {
    const { digestAbove: _, calendars: __, ...older } = changed
    const read = readPolicy({ ...policyKey, ...storedPolicyOf(older as Policy), entity: 'policy' })
    expect(read).toEqual({ ...changed, digestAbove: defaultPolicy.digestAbove, calendars: {} })
    expect(policyOperations.getPolicy.response.safeParse(read).error).toBeUndefined()
  })

  it('allows a digestAbove from 0 to 100, or null', () => {
    const accepts = (digestAbove: unknown) =>
      policyOperations.putPolicy.body.safeParse({ ...defaultPolicy, digestAbove }).success
    expect([0, 1, 100, null].map(accepts)).toEqual([true, true, true, true])
    expect([-1, 101, 1.5, undefined, '10'].map(accepts)).toEqual([false, false, false, false, false])
  })
})
