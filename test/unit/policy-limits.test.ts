/** The limits of a policy: values at the limit are accepted, and the first one beyond it is refused. */
import { describe, expect, it } from 'vitest'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { defaultPolicy, findPolicyFaults, planOf } from '../../shared/program/policy/rules.ts'
import { later, receivedAt } from '../fixtures/time.ts'

const codes = (changes: Partial<Policy>): string[] =>
  findPolicyFaults({ ...defaultPolicy, ...changes }).map(({ pointer, code }) => `${pointer} ${code}`)

const { ranking } = defaultPolicy
const zeroes = <K extends string>(weights: Readonly<Record<K, number>>) =>
  Object.fromEntries(Object.keys(weights).map(name => [name, 0])) as Record<K, number>

const calendar: Policy['calendars'][string] = {
  responseTime: 'PT80H',
  zone: 'Europe/Berlin',
  workingDays: [1, 2, 3, 4, 5],
  workingHours: { from: '09:00', to: '17:00' },
  holidays: [],
}
const withCalendar = (changes: Partial<typeof calendar>, more: Partial<Policy> = {}) =>
  codes({ ...more, calendars: { DE: { ...calendar, ...changes } } })

describe('findPolicyFaults', () => {
  it.each<[string, Partial<Policy>, string[]]>([
    ['a recommended answer at the deadline', { recommendedAnswerTime: 'P14D' }, []],
    ['a hot time until the deadline', { hotTime: 'P14D' }, []],
    ['the longest response time', { responseTime: 'P90D' }, []],
    ['a nudge each day', { nudgeInterval: 'P1D' }, []],
    ['no nudges', { nudgeInterval: null }, []],
    ['a nudge each 23 hours', { nudgeInterval: 'PT23H' }, ['/nudgeInterval duration-too-short']],
    // 90 days, 7 for the extension, 2 to reopen in and 2 to answer after that.
    ['tracking through all extensions and a reopening', { trackingTime: 'P101D' }, []],
    ['tracking that ends a day earlier', { trackingTime: 'P100D' }, ['/trackingTime tracking-too-short']],
    ['tracking without a reopening', { trackingTime: 'P97D', reopening: null }, []],
    [
      'tracking that ends before',
      { trackingTime: 'P96D', reopening: null },
      ['/trackingTime tracking-too-short'],
    ],
  ])('judges %s', (_, changes, expected) => {
    expect(codes(changes)).toEqual(expected)
  })

  it('requires that at least one part of relevance and of visibility has a weight', () => {
    const { relevance, visibility } = ranking
    expect(codes({ ranking: { ...ranking, relevance: { ...zeroes(relevance), text: 0.1 } } })).toEqual([])
    expect(codes({ ranking: { ...ranking, relevance: zeroes(relevance) } })).toEqual([
      '/ranking/relevance no-weight',
    ])
    expect(codes({ ranking: { ...ranking, visibility: zeroes(visibility) } })).toEqual([
      '/ranking/visibility no-weight',
    ])
  })

  it('names the days that trackingTime must have at least', () => {
    const [error] = findPolicyFaults({ ...defaultPolicy, trackingTime: 'P100D' })
    expect(error?.detail).toContain('P101D')
  })

  it('accepts working hours that end after they begin only', () => {
    expect(withCalendar({ workingHours: { from: '09:00', to: '09:01' }, responseTime: 'PT1M' })).toEqual([])
    const [morning, evening] = [
      { from: '09:00', to: '12:00' },
      { from: '12:00', to: '24:00' },
    ]
    expect(withCalendar({ hours: { '1': [morning, evening], '5': [morning] } })).toEqual([])
    expect(
      withCalendar({
        workingDays: [1, 2],
        hours: { '1': [evening, morning], '2': [{ from: '12:00', to: '09:00' }], '7': [morning] },
      }),
    ).toEqual([
      '/calendars/DE/hours/1/1/from overlap',
      '/calendars/DE/hours/2/0/to not-after',
      '/calendars/DE/hours/7 not-a-working-day',
    ])
    expect(withCalendar({ workingHours: { from: '09:00', to: '09:00' } })).toEqual([
      '/calendars/DE/workingHours/to not-after',
    ])
  })

  it('counts the minutes of working hours when it checks the response time', () => {
    // 5 days of 8.5 hours are 42.5 hours a week: 85 hours take 14 days.
    const longer = { workingHours: { from: '08:30', to: '17:00' }, responseTime: 'PT85H' } as const
    expect(withCalendar(longer, { maxResponseTime: 'P14D' })).toEqual([])
    expect(withCalendar({ ...longer, responseTime: 'PT85H1M' }, { maxResponseTime: 'P14D' })).toEqual([
      '/calendars/DE/responseTime duration-too-long',
    ])
  })

  it('explains each error', () => {
    const wrong: Partial<Policy>[] = [
      { hotTime: 'P15D' },
      { nudgeInterval: 'PT23H' },
      { trackingTime: 'P1D' },
      { reminders: { afterReceipt: ['P14D'], beforeExpiry: [] } },
      { ranking: { ...ranking, relevance: zeroes(ranking.relevance) } },
      ...[
        { workingDays: [1, 1] },
        { holidays: ['2026-04-03', '2026-04-03'] },
        { workingHours: { from: '17:00', to: '09:00' } },
        { responseTime: 'P10D' as const },
        { responseTime: 'PT600H' as const },
      ].map(changes => ({ calendars: { DE: { ...calendar, ...changes } } })),
    ]
    for (const changes of wrong) {
      const errors = findPolicyFaults({ ...defaultPolicy, ...changes })
      expect(errors).toHaveLength(1)
      expect(errors[0]?.detail).toMatch(/\w+ \w+/)
    }
  })
})

describe('planOf', () => {
  it('leaves out a reminder that would fall on the deadline', () => {
    const { reminders } = planOf(
      { ...defaultPolicy, reminders: { afterReceipt: ['PT1H', 'PT2H'], beforeExpiry: [] } },
      { receivedAt, region: 'DE', directContact: false, respondBy: later(7_200_000) },
    )
    expect(reminders).toEqual([later(3_600_000)])
  })
})
