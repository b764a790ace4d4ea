import { expect, it } from 'vitest'
import { directionOfLanguage, directionOfText, runsAgainst } from '../../shared/text/direction.ts'

it.each([
  ['ar', 'rtl'],
  ['he-IL', 'rtl'],
  ['fa', 'rtl'],
  ['ur', 'rtl'],
  ['ckb', 'rtl'],
  ['uz-Arab', 'rtl'],
  ['de', 'ltr'],
  ['zh-Hans', 'ltr'],
  ['az', 'ltr'],
])('the language %s runs %s', (tag, direction) => {
  expect(directionOfLanguage(tag)).toBe(direction)
})

it.each([
  ['', 'ltr'],
  ['2026 – 42 %', 'ltr'],
  ['Acme שלום', 'ltr'],
  ['1. שלום Acme', 'rtl'],
  ['汉字 شركة', 'ltr'],
  ['\u200fAcme', 'rtl'],
])('the text “%s” runs %s, as its first letter does', (text, direction) => {
  expect(directionOfText(text)).toBe(direction)
})

it('text runs against a direction if any of its letters does', () => {
  expect(runsAgainst('ltr', 'Acme שלום')).toBe(true)
  expect(runsAgainst('rtl', 'Acme שלום')).toBe(true)
  expect(runsAgainst('ltr', 'Acme 漢字 42')).toBe(false)
  expect(runsAgainst('rtl', 'שלום 42')).toBe(false)
})
