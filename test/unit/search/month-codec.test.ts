import { describe, expect, it } from 'vitest'
import type { Month } from '../../../shared/search/entry.ts'
import { decodeMonths, encodeMonths } from '../../../shared/search/month-codec.ts'
import { month } from '../../fixtures/search.ts'

const decoded = (months: readonly Month[]): Month[] =>
  Array.from(decodeMonths(Uint8Array.from(encodeMonths(months))), one => structuredClone(one))

describe('encoded months', () => {
  it('are decoded as they were', () => {
    const months = [
      month({ month: '2000-01' }),
      month({ month: '2026-03', answers: [0, 3, 127, 128], silences: 16_384, fits: 1, misfits: 2 }),
      month({ month: '2099-12', answers: [2 ** 31], followed: 4, unfollowed: 5, won: 6, lost: 7 }),
    ]
    expect(decoded(months)).toEqual(months)
    expect(decoded([])).toEqual([])
  })

  it('have 0 for counts below 0, which are read as 0 anyway', () => {
    expect(decoded([month({ silences: -1, answers: [-2, 1] })])).toEqual([month({ answers: [0, 1] })])
  })

  it('of a year with few counts take less than 200 bytes', () => {
    const months = Array.from({ length: 12 }, () => month({ answers: [1, 2, 3], fits: 4 }))
    expect(encodeMonths(months).length).toBeLessThan(200)
  })
})
