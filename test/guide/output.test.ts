import { describe, expect, it } from 'vitest'
import { OutputComparison } from './output.ts'

const compare = (expected: string, actual: string) => new OutputComparison().difference(expected, actual)

const rfi = (letter: string) => `rfi_${letter.repeat(26)}`

describe('OutputComparison', () => {
  it.each([
    ['equal text', 'a\nb', 'a\nb\n'],
    ['ids', `{"id":"${rfi('A')}"}`, `{"id":"${rfi('B')}"}`],
    ['instants', 'at 2026-12-06T11:09:56.000Z', 'at 2027-01-31T08:00:00.123Z'],
    ['compact instants', 'expire-20261206T110956', 'expire-20270131T080000'],
    ['numbers with decimals within 0.1', '0.38', '0.4123'],
    ['text within a line for …', '{"a":1,…}', '{"a":1,"b":2}'],
    ['lines for … on a line', 'a\n  …\nd', 'a\nb\nc\nd'],
  ])('accepts %s', (_, expected, actual) => {
    expect(compare(expected, actual)).toBeUndefined()
  })

  it.each([
    ['another name', '"Munich"', '"Nuremberg"'],
    ['another status', '{"status":"new"}', '{"status":"expired"}'],
    ['another integer', '{"count":1}', '{"count":2}'],
    ['another field', '{"a":1}', '{"a":1,"b":2}'],
    ['another line', 'a', 'a\nb'],
    ['no output', 'a', ''],
    ['a number of another size', '0.38', '0.58'],
    ['another kind of id', rfi('A'), rfi('A').replace('rfi', 'ptr')],
    ['two ids that are shown as one', `${rfi('A')} ${rfi('A')}`, `${rfi('B')} ${rfi('C')}`],
    ['one id that is shown as two', `${rfi('A')} ${rfi('B')}`, `${rfi('C')} ${rfi('C')}`],
    [
      'another time between two instants',
      '2026-12-06T11:00:00Z 2026-12-20T11:00:00Z',
      '2026-12-07T11:00:00Z 2026-12-17T11:00:00Z',
    ],
    [
      'another date for the same instant',
      '2026-12-06T11:00:00Z 2027-02-04',
      '2026-12-06T11:00:00Z 2027-01-04',
    ],
  ])('reports %s', (_, expected, actual) => {
    expect(compare(expected, actual)).toBeDefined()
  })

  it('remembers ids from one output to the next', () => {
    const comparison = new OutputComparison()
    expect(comparison.difference(rfi('A'), rfi('B'))).toBeUndefined()
    expect(comparison.difference(rfi('A'), rfi('C'))).toBeDefined()
  })

  it('returns a new output with the ids and times of the document', () => {
    const comparison = new OutputComparison()
    const shown = `${rfi('A')} at 2026-12-06T11:09:56.000Z`
    expect(comparison.difference(shown, `${rfi('B')} at 2026-12-08T11:09:56.000Z`)).toBeUndefined()
    expect(
      comparison.asShown(
        `${rfi('B')} ${rfi('C')} 2026-12-09T11:09:56.123Z 2026-12-08T11:09Z remind-20261210T080000 2026-12-31 0.38`,
      ),
    ).toBe(
      `${rfi('A')} ${rfi('C')} 2026-12-07T11:09:56.123Z 2026-12-06T11:09Z remind-20261208T080000 2026-12-29 0.38`,
    )
  })
})
