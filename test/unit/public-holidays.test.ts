import { describe, expect, it } from 'vitest'
import { publicHolidays } from '../../commands/public-holidays.ts'
import { policyOperations } from '../../shared/program/policy/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'

/** From the laws of the states: feiertage in Bavaria and Berlin, and the Holidays Act 2003 of New Zealand. */
describe('public holidays', () => {
  it('are those of a subdivision, in order', () => {
    expect(publicHolidays('DE', 'BY', [2026])).toEqual([
      '2026-01-01',
      '2026-01-06',
      '2026-04-03',
      '2026-04-06',
      '2026-05-01',
      '2026-05-14',
      '2026-05-25',
      '2026-06-04',
      '2026-10-03',
      '2026-11-01',
      '2026-12-25',
      '2026-12-26',
    ])
    expect(publicHolidays('DE', 'BE', [2027])).toContain('2027-03-08')
  })

  it('include Sundays, which are working days in some countries', () => {
    // Eid al-Adha in Saudi Arabia, where people work from Sunday to Thursday.
    expect(publicHolidays('SA', undefined, [2027])).toContain('2027-05-16')
  })

  it('are neither half days nor days of some people only', () => {
    // In China, women have half of 8 March off, young people half of 4 May, and children 1 June.
    const dates = publicHolidays('CN', undefined, [2027])
    for (const date of ['2027-03-08', '2027-05-04', '2027-06-01']) expect(dates).not.toContain(date)
    expect(dates).toContain('2027-10-01')
  })

  it('include the weekdays that replace holidays at the weekend', () => {
    // 26 December 2026 is a Saturday, so that Monday 28 December is a holiday.
    expect(publicHolidays('NZ', undefined, [2026])).toContain('2026-12-28')
  })

  it('of several years are valid holidays of a calendar', () => {
    const calendar = {
      responseTime: 'PT80H',
      zone: 'Europe/Paris',
      workingDays: [1, 2, 3, 4, 5],
      workingHours: { from: '09:00', to: '17:00' },
      holidays: publicHolidays('FR', undefined, [2027, 2028, 2029]),
    }
    const policy = { ...defaultPolicy, calendars: { FR: calendar } }
    expect(policyOperations.putPolicy.body.safeParse(policy).error).toBeUndefined()
  })

  it.each([
    ['XX', undefined, [2027], /unknown country XX/],
    ['DE', 'XX', [2027], /unknown subdivision XX/],
    ['LK', undefined, [2026, 2027, 2028, 2029, 2030, 2031, 2032, 2033], /fewer years/],
  ] as const)('are refused for %s %s %s', (country, subdivision, years, message) => {
    expect(() => publicHolidays(country, subdivision, years)).toThrow(message)
  })
})
