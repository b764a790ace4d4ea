import { describe, expect, it } from 'vitest'
import type { Month } from '../../../shared/search/entry.ts'
import { decodeMonths, encodeMonths } from '../../../shared/search/month-codec.ts'
import { month } from '../../fixtures/search.ts'

const decoded = (months: readonly Month[]): Month[] =>
  Array.from(decodeMonths(Uint8Array.from(encodeMonths(months))), month => structuredClone(month))

describe('encodeMonths', () => {
  it('produces bytes that decodeMonths reads back unchanged', () => {
    const months = [
      month({ month: '2000-01' }),
      month({ month: '2026-03', answers: [0, 3, 127, 128], earlyAnswers: 3, silences: 16_384, accepted: 1 }),
      month({ month: '2099-12', answers: [2 ** 31], deniedWins: 4, unfollowed: 5, won: 6, lost: 7 }),
    ]
    expect(decoded(months)).toEqual(months)
    expect(decoded([])).toEqual([])
  })

  it('encodes counts below 0 as 0', () => {
    expect(decoded([month({ silences: -1, answers: [-2, 1] })])).toEqual([month({ answers: [0, 1] })])
  })

  it('needs less than 200 bytes for a year with few counts', () => {
    const months = Array.from({ length: 12 }, () => month({ answers: [1, 2, 3], accepted: 4 }))
    expect(encodeMonths(months).length).toBeLessThan(200)
  })
})
