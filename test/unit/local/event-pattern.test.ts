import { describe, expect, it } from 'vitest'
import { matchesPattern } from '../../../local/aws/eventbridge/event-pattern.ts'

const event = {
  'detail-type': 'referral.received',
  source: 'referral-center',
  detail: { version: 3, region: 'DE', tags: ['hot', 'new'], note: null },
}

describe('matchesPattern', () => {
  it.each([
    ['an exact value', { 'detail-type': ['x', 'referral.received'] }, true],
    ['another value', { 'detail-type': ['referral.won'] }, false],
    ['a nested field', { detail: { region: ['DE'] } }, true],
    ['every field at once', { source: ['referral-center'], detail: { region: ['FR'] } }, false],
    ['any item of an array', { detail: { tags: ['new'] } }, true],
    ['null', { detail: { note: [null] } }, true],
    ['a prefix', { 'detail-type': [{ prefix: 'referral.' }] }, true],
    ['a suffix', { 'detail-type': [{ suffix: '.won' }] }, false],
    ['a wildcard', { 'detail-type': [{ wildcard: 'ref*.rec*' }] }, true],
    ['text without regard to case', { detail: { region: [{ 'equals-ignore-case': 'de' }] } }, true],
    ['anything but a list', { detail: { region: [{ 'anything-but': ['DE', 'FR'] }] } }, false],
    ['anything but a prefix', { detail: { region: [{ 'anything-but': { prefix: 'F' } }] } }, true],
    ['anything-but, when the field is absent', { detail: { absent: [{ 'anything-but': ['DE'] }] } }, false],
    ['a field that exists', { detail: { region: [{ exists: true }] } }, true],
    ['a field that does not exist', { detail: { absent: [{ exists: false }] } }, true],
    ['numbers within bounds', { detail: { version: [{ numeric: ['>', 2, '<=', 3] }] } }, true],
    ['numbers out of bounds', { detail: { version: [{ numeric: ['=', 2] }] } }, false],
    ['an alternative', { $or: [{ source: ['x'] }, { detail: { region: ['DE'] } }] }, true],
  ])('returns the expected result for %s', (_, pattern, expected) => {
    expect(matchesPattern(pattern, event)).toBe(expected)
  })

  it('throws for an unknown operator', () => {
    expect(() => matchesPattern({ source: [{ cidr: '10.0.0.0/8' }] }, event)).toThrow('cidr')
  })
})
