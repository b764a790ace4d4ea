import { describe, expect, it } from 'vitest'
import { duration } from '../../shared/kernel/instants.ts'
import { after, milliseconds, parseDuration } from '../../shared/time/duration.ts'

const lengths: readonly (readonly [string, number])[] = [
  ['PT72H', 259_200_000],
  ['P14D', 1_209_600_000],
  ['P1W', 604_800_000],
  ['P1W2D', 777_600_000],
  ['P1DT2H3M4S', 93_784_000],
  ['P1DT2H3M4.5S', 93_784_500],
  ['PT0S', 0],
]

describe('parseDuration', () => {
  it.each(lengths)('%s is %d ms', (text, length) => {
    expect(parseDuration(text)).toBe(length)
    expect(milliseconds(text)).toBe(length)
  })

  it.each([
    '',
    'P',
    'PT',
    'P1',
    '14D',
    '72H',
    'P1.5D',
    '-P1D',
    '-PT1H',
    'PT-1H',
    'P1M',
    'P1Y',
    'PT1H ',
    'P1DT',
    'PT9999999999999999H',
  ])('rejects %j', text => {
    expect(parseDuration(text)).toBeUndefined()
    expect(() => milliseconds(text)).toThrow(RangeError)
  })

  it.each([5, null, undefined, {}])('rejects %j, which is not a string', value => {
    expect(parseDuration(value)).toBeUndefined()
  })

  it('is an exact length of time, also across a change to summer time', () => {
    expect(after('2026-03-28T12:00:00.000Z', 'P1D')).toBe('2026-03-29T12:00:00.000Z')
  })
})

describe('the duration schema of the policy', () => {
  it.each(['P14D', 'PT72H', 'P1DT2H3M4S', 'P9999DT99999H999999M99999999S'])('accepts %s', text => {
    expect(duration.safeParse(text).success).toBe(true)
    expect(parseDuration(text)).toBeGreaterThan(0)
  })

  it.each(['P1W', 'PT4.5S', 'PT0S', 'P10000D'])('rejects %s', text => {
    expect(duration.safeParse(text).success).toBe(false)
  })
})
