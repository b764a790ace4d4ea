import { expect, it } from 'vitest'
import { parseDuration } from '../../../local/runtime/duration.ts'

it.each([
  ['PT72H', 259_200_000],
  ['P14D', 1_209_600_000],
  ['P1W', 604_800_000],
  ['P1DT2H3M4.5S', 93_784_500],
  ['PT0S', 0],
])('%s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

it.each([
  '',
  'P',
  'PT',
  'P1',
  '72H',
  '-PT1H',
  'PT-1H',
  'P1M',
  'P1Y',
  'PT1H ',
  'P1DT',
  'PT9999999999999999H',
  5,
  null,
])('refuses %j', text => {
  expect(parseDuration(text)).toBeUndefined()
})
