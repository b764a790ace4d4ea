import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../../shared/program/policy/rules.ts'
import { answerTimeOf, bandOf, medianAnswerMs } from '../../../shared/search/answer-time.ts'
import type { Ranking } from '../../../shared/search/contract.ts'
import { fitFor, meansOf, observationsIn } from '../../../shared/search/observations.ts'
import {
  distancePart,
  isExploring,
  relevanceOf,
  tagsPart,
  visibilityOf,
  visibilityParts,
} from '../../../shared/search/ranking.ts'
import { month } from '../../fixtures/search.ts'

const { ranking } = defaultPolicy
/** A date in the middle of March: observations of March have full weight. */
const now = '2026-03-16T12:00:00.000Z'
const hour = 3_600_000

/** Returns the number of answers in each response-time band. */
const answersAfter = (...hours: number[]): number[] => {
  const answers: number[] = Array(16).fill(0)
  for (const took of hours) answers[bandOf(took * hour)] = (answers[bandOf(took * hour)] ?? 0) + 1
  return answers
}

describe('observations', () => {
  it('lose half of their weight per half-life, counted from the middle of their month', () => {
    const half = { ...ranking, halfLife: 'P31D' }
    const deals = (name: string) => observationsIn([month({ month: name, accepted: 100 })], now, half).fit.n
    expect(deals('2026-03')).toBeCloseTo(100, 4)
    expect(deals('2026-02')).toBeCloseTo(100 * 2 ** -(29 / 31), -1)
    expect(deals('2026-01')).toBeCloseTo(100 * 2 ** -(59.5 / 31), -1)
  })

  it('have full weight in the first half of their month', () => {
    expect(observationsIn([month({ accepted: 3 })], '2026-03-01T00:00:00.000Z', ranking).fit.n).toBe(3)
  })

  it('have the same weight all day', () => {
    const [morning, night] = ['2026-05-02T00:00:00.000Z', '2026-05-02T23:59:59.999Z'].map(at =>
      observationsIn([month({ accepted: 3, silences: 2 })], at, ranking),
    )
    expect(morning).toEqual(night)
  })

  it('for speed are one half after answerHalfTime, and 0 for a referral without an answer', () => {
    const ofOne = (took: number) =>
      observationsIn([month({ answers: answersAfter(took) })], now, ranking).speed.sum
    // Answers in the first band, in the band that ends at 32 hours, and after two weeks.
    expect(ofOne(0.1)).toBeCloseTo(0.993, 3)
    expect(ofOne(24)).toBeCloseTo(24 / (24 + 32 / Math.SQRT2), 3)
    expect(ofOne(24 * 14)).toBeCloseTo(0.062, 3)
    const { speed, answerRate } = observationsIn(
      [month({ answers: answersAfter(0.1), silences: 1 })],
      now,
      ranking,
    )
    expect(speed.n).toBe(2)
    expect(answerRate).toEqual({ n: 2, sum: 1 })
  })

  it('treat negative counts, which occur while events arrive out of order, as 0', () => {
    const { answerRate } = observationsIn([month({ silences: -1, answers: [2] })], now, ranking)
    expect(answerRate).toEqual({ n: 2, sum: 2 })
  })
})

describe('visibility', () => {
  const parts = (name: Partial<Parameters<typeof month>[0]>, of: Ranking = ranking) => {
    const observations = observationsIn([month(name)], now, of)
    return visibilityParts(observations, meansOf(observationsIn([], now, of), of), 0.8, of)
  }

  it('is near the mean with few observations, and near the observed share with many', () => {
    expect(parts({}).answerRate).toBe(0.5)
    // (3 + 5 × 0.5) / (4 + 5)
    expect(parts({ answers: [3], silences: 1 }).answerRate).toBeCloseTo(5.5 / 9)
    expect(parts({ answers: [750], silences: 250 }).answerRate).toBeCloseTo(0.75, 2)
  })

  it('starts with 0 for wins, which are earned', () => {
    expect(parts({ answers: [100] })).toMatchObject({ outcome: 0, fit: 0 })
    // 3 / (4 + 5)
    expect(parts({ accepted: 4, won: 3 })).toMatchObject({ outcome: 3 / 9, fit: 3 / 9 })
    expect(parts({ accepted: 1000, won: 750 }).outcome).toBeCloseTo(0.75, 2)
  })

  it('counts speed in proportion to wins, except for one twentieth', () => {
    const { speed: idle } = parts({ answers: [1000] })
    const { speed: winning, outcome } = parts({ answers: [1000], accepted: 15, won: 10 })
    expect(outcome).toBe(0.5)
    expect(winning).toBeCloseTo((idle / 0.05) * (0.05 + 0.95 * 0.5))
  })

  it('is the weighted mean of its parts', () => {
    const only = (name: keyof Ranking['visibility']): Ranking => ({
      ...ranking,
      visibility: { speed: 0, answerRate: 0, followThrough: 0, outcome: 0, fit: 0, quality: 0, [name]: 0.3 },
    })
    expect(visibilityOf(parts({}), only('quality'))).toBeCloseTo(0.8)
    expect(visibilityOf(parts({ accepted: 1000, won: 1000 }), only('outcome'))).toBeCloseTo(1, 2)
  })

  it('decreases more by one missing answer than by two other bad outcomes', () => {
    const lost = (name: Partial<Parameters<typeof month>[0]>) =>
      visibilityOf(parts({ answers: answersAfter(1, 1, 1), accepted: 2, won: 1 }), ranking) -
      visibilityOf(parts({ answers: answersAfter(1, 1, 1), accepted: 2, won: 1, ...name }), ranking)
    for (const badOutcome of [{ accepted: 3 }, { unfollowed: 1 }])
      expect(lost({ silences: 1 })).toBeGreaterThan(2 * lost(badOutcome))
  })

  it('has a fit part that grows with the wins with the requested codes', () => {
    expect(fitFor(0.4, 0)).toBe(0.4)
    // (3 + 0.4) / (3 + 1)
    expect(fitFor(0.4, 3)).toBeCloseTo(0.85)
    expect(fitFor(0.4, 1_000_000)).toBeCloseTo(1, 5)
  })
})

describe('relevance', () => {
  it('is the weighted mean of the parts that the search uses', () => {
    expect(relevanceOf({}, ranking)).toBe(1)
    expect(relevanceOf({ size: 0.5 }, ranking)).toBe(0.5)
    expect(relevanceOf({ tags: 1, text: 0 }, ranking)).toBeCloseTo(0.45 / 0.65)
  })

  it('has a tags part that loses at most a fifth for additional codes', () => {
    expect(tagsPart(2, 2, 2)).toBe(1)
    expect(tagsPart(1, 2, 1)).toBe(0.5)
    expect(tagsPart(1, 1, 50)).toBeCloseTo(0.804)
    expect(tagsPart(0, 2, 0)).toBe(0)
  })

  it('has a distance part that halves with each distanceHalfKm', () => {
    expect([0, 50, 100].map(km => distancePart(km, ranking))).toEqual([1, 0.5, 0.25])
  })
})

describe('the answer time', () => {
  const times = (...hours: number[]) =>
    answerTimeOf([month({ answers: answersAfter(...hours) })], now, ranking)

  it('is a class of the median, from five answers on', () => {
    expect(times(1, 1, 1, 1)).toBeNull()
    expect(times(1, 1, 1, 1, 1)).toBe('within-hours')
    expect(times(1, 12, 12, 12, 200)).toBe('within-a-day')
    expect(times(40, 40, 40, 40, 40)).toBe('within-three-days')
    expect(times(100, 100, 100, 100, 100)).toBe('within-two-weeks')
    expect(times(1000, 1000, 1000, 1000, 1000)).toBe('later')
  })

  it('interpolates the median on a logarithmic scale', () => {
    // All answers are in the band from 4 to 8 hours: the median is its geometric middle.
    const ms = medianAnswerMs([month({ answers: answersAfter(5, 5, 5) })], now, ranking)
    expect((ms ?? 0) / hour).toBeCloseTo(4 * Math.SQRT2)
    expect(medianAnswerMs([month({ silences: 3 })], now, ranking)).toBeUndefined()
  })
})

describe('exploration', () => {
  it('happens in the share of searches that the policy sets', () => {
    const exploring = (share: number) =>
      Array.from({ length: 10_000 }, (_, seed) =>
        isExploring(seed * 2_654_435_761, { ...ranking, exploration: { share, below: 5 } }),
      ).filter(Boolean).length
    expect(exploring(0)).toBe(0)
    expect(exploring(0.1)).toBeGreaterThan(900)
    expect(exploring(0.1)).toBeLessThan(1100)
    expect(exploring(1)).toBe(10_000)
  })
})
