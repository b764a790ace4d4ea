/** The formulas of ranking in exact numbers. */
import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../../shared/program/policy/rules.ts'
import { answerTimeOf, bandMiddleMs, bandOf, medianAnswerMs } from '../../../shared/search/answer-time.ts'
import type { Ranking } from '../../../shared/search/contract.ts'
import { decayOn, inGrains, memoize, nonNegative } from '../../../shared/search/decay.ts'
import { mix } from '../../../shared/search/hash.ts'
import {
  createObserver,
  isNewcomer,
  meansOf,
  observationsIn,
  shrunk,
} from '../../../shared/search/observations.ts'
import {
  freeShare,
  inverseDocumentFrequency,
  isExploring,
  relevanceOf,
  scoreUnder,
  tieBreaker,
  visibilityOf,
} from '../../../shared/search/ranking.ts'
import { month } from '../../fixtures/search.ts'

const ranking: Ranking = {
  ...defaultPolicy.ranking,
  relevance: { tags: 0.1, text: 0.2, distance: 0.3, size: 0.4, language: 0.5 },
  visibility: { speed: 0.1, answerRate: 0.2, followThrough: 0.3, outcome: 0.4, fit: 0.5, quality: 0.6 },
}
const noWeights: Ranking = {
  ...ranking,
  relevance: { tags: 0, text: 0, distance: 0, size: 0, language: 0 },
  visibility: { speed: 0, answerRate: 0, followThrough: 0, outcome: 0, fit: 0, quality: 0 },
}
const now = '2026-03-16T12:00:00.000Z'
const minute = 60_000

describe('relevanceOf', () => {
  it('weighs each part by its own weight', () => {
    const zero = { tags: 0, text: 0, distance: 0, size: 0, language: 0 }
    for (const part of ['tags', 'text', 'distance', 'size', 'language'] as const)
      expect(relevanceOf({ ...zero, [part]: 1 }, ranking)).toBeCloseTo(ranking.relevance[part] / 1.5)
  })

  it('leaves out the parts that are not asked for', () => {
    expect(relevanceOf({ distance: 1, language: 0 }, ranking)).toBeCloseTo(0.3 / 0.8)
    expect(relevanceOf({ text: 1, size: 0 }, ranking)).toBeCloseTo(0.2 / 0.6)
    expect(relevanceOf({ tags: 1, size: 0 }, ranking)).toBeCloseTo(0.1 / 0.5)
  })

  it('is 1 when the parts that are asked for have no weight', () => {
    expect(relevanceOf({ tags: 0 }, noWeights)).toBe(1)
  })
})

describe('visibilityOf', () => {
  const zero = { speed: 0, answerRate: 0, followThrough: 0, outcome: 0, fit: 0, quality: 0 }

  it('weighs each part by its own weight', () => {
    for (const part of Object.keys(zero) as (keyof typeof zero)[])
      expect(visibilityOf({ ...zero, [part]: 1 }, ranking)).toBeCloseTo(ranking.visibility[part] / 2.1)
  })

  it('is 1 without weights', () => {
    expect(visibilityOf(zero, noWeights)).toBe(1)
  })
})

describe('scoreUnder', () => {
  const visibility = { speed: 0.5, answerRate: 0.5, followThrough: 0.5, outcome: 0.5, fit: 0.5, quality: 0.5 }
  const parts = { relevance: { tags: 0.5 }, visibility }

  it('is relevance times visibility', () => {
    expect(scoreUnder({ parts, explored: null }, ranking)).toBeCloseTo(0.25)
  })

  it('takes the raised visibility of an explored newcomer', () => {
    expect(scoreUnder({ parts, explored: { visibility: 0.9 } }, ranking)).toBeCloseTo(0.45)
  })
})

describe('freeShare', () => {
  it('is the share of the capacity that is free, from 0 to 1', () => {
    expect([0, 5, 20, 30].map(open => freeShare(open, 20))).toEqual([1, 0.75, 0, 0])
    expect(freeShare(-5, 20)).toBe(1)
  })

  it('is 0 without capacity', () => {
    expect(freeShare(0, 0)).toBe(0)
    expect(freeShare(5, 0)).toBe(0)
  })
})

describe('inverseDocumentFrequency', () => {
  it('is the logarithm of BM25', () => {
    expect(inverseDocumentFrequency(1, 10)).toBeCloseTo(Math.log(1 + 9.5 / 1.5))
    expect(inverseDocumentFrequency(10, 10)).toBeCloseTo(Math.log(1 + 0.5 / 10.5))
  })
})

describe('tieBreaker and isExploring', () => {
  it('mix the seed with the partner', () => {
    expect(tieBreaker(6, 3)).toBe(mix(5))
  })

  it('explores below the share of the seeds, and not at it', () => {
    const drawn = mix(7 ^ 0x9e3779b9)
    const exploring = (share: number) => isExploring(7, { ...ranking, exploration: { share, below: 5 } })
    expect(exploring(drawn / 2 ** 32)).toBe(false)
    expect(exploring((drawn + 1) / 2 ** 32)).toBe(true)
  })
})

describe('isNewcomer', () => {
  it('is true below the number of answers in the policy', () => {
    expect(isNewcomer(ranking.exploration.below - 0.01, ranking)).toBe(true)
    expect(isNewcomer(ranking.exploration.below, ranking)).toBe(false)
  })
})

describe('decay', () => {
  it('rounds weights to multiples of 2^-26', () => {
    expect(inGrains(2 ** -26 * 1.4)).toBe(2 ** -26)
    expect(inGrains(2 ** -26 * 1.6)).toBe(2 ** -25)
    const weight = decayOn(now, ranking)('2025-07')
    expect(weight * 2 ** 26).toBe(Math.round(weight * 2 ** 26))
  })

  it('counts the age from the middle of the month to the start of the day', () => {
    const weightOf = decayOn('2026-03-31T23:00:00.000Z', { ...ranking, halfLife: 'P15D' })
    // The middle of March is the 16th at noon: 14.5 days before the 31st at midnight.
    expect(weightOf('2026-03')).toBeCloseTo(2 ** (-14.5 / 15), 6)
    expect(weightOf('2026-04')).toBe(1)
  })

  it('drops observations of earlier days when the half-life is zero', () => {
    const weightOf = decayOn('2026-03-31T23:00:00.000Z', { ...ranking, halfLife: 'PT0S' })
    expect(weightOf('2026-03')).toBe(0)
    expect(weightOf('2026-04')).toBe(1)
  })

  it('takes missing and negative counts as 0', () => {
    expect([undefined, -1, 0, 2].map(nonNegative)).toEqual([0, 0, 0, 2])
  })

  it('computes each value once', () => {
    let calls = 0
    const half = memoize((value: number) => {
      calls++
      return value / 2
    })
    expect([half(4), half(4), half(6)]).toEqual([2, 2, 3])
    expect(calls).toBe(2)
  })
})

describe('createObserver', () => {
  const observe = createObserver('2026-03-01T00:00:00.000Z', ranking)
  const counts = month({
    answers: [2, 1],
    earlyAnswers: 2,
    silences: 1,
    accepted: 9,
    won: 4,
    deniedWins: 1,
    lost: 2,
    unfollowed: 1,
  })

  it('adds up the observations of each part', () => {
    const { speed, ...others } = observe([counts])
    expect(others).toEqual({
      answerRate: { n: 6, sum: 5 },
      followThrough: { n: 7, sum: 5 },
      outcome: { n: 10, sum: 4 },
      fit: { n: 10, sum: 4 },
    })
    expect(speed.n).toBe(4)
    const worth = (band: number) => (24 * 60 * minute) / (24 * 60 * minute + bandMiddleMs(band))
    expect(speed.sum).toBeCloseTo(2 * worth(0) + worth(1), 6)
  })

  it('starts anew for each partner', () => {
    observe([counts])
    expect(observe([]).fit).toEqual({ n: 0, sum: 0 })
    expect(observe([counts, counts]).fit).toEqual({ n: 20, sum: 8 })
  })

  it('values hardly any answer when the half time is zero', () => {
    const of = observationsIn([counts], '2026-03-01T00:00:00.000Z', { ...ranking, answerHalfTime: 'PT0S' })
    expect(of.speed).toEqual({ n: 4, sum: expect.closeTo(0, 5) })
  })
})

describe('an earlier month', () => {
  // The middle of February 2026 is two weeks before 1 March: its observations weigh half.
  const firstOfMarch = '2026-03-01T00:00:00.000Z'
  const halved: Ranking = { ...ranking, halfLife: 'P14D' }

  it('weighs less in observations', () => {
    const february = month({ month: '2026-02', accepted: 8, won: 5, silences: 2 })
    const { fit, speed } = observationsIn([february], firstOfMarch, halved)
    expect(fit).toEqual({ n: 4, sum: 2.5 })
    expect(speed).toEqual({ n: 1, sum: 0 })
  })

  it('weighs less in the median answer time', () => {
    const months = [month({ answers: [4] }), month({ month: '2026-02', answers: [0, 8] })]
    expect(medianAnswerMs(months, firstOfMarch, halved)).toBeCloseTo(15 * minute)
  })
})

describe('shrunk and meansOf', () => {
  it('draw a share towards the prior', () => {
    expect(shrunk(3, 4, 0.5, 5)).toBeCloseTo(5.5 / 9)
  })

  it('draw the means of a region towards one half', () => {
    const totals = observationsIn([month({ accepted: 10, won: 8 })], '2026-03-01T00:00:00.000Z', ranking)
    const means = meansOf(totals, ranking)
    expect(means.outcome).toBeCloseTo((8 + 2.5) / 15)
    expect(means.speed).toBe(0.5)
  })
})

describe('answer times', () => {
  it('fall into bands that end at 15 minutes and at twice the band before', () => {
    expect([0, 15, 15.001, 30, 30.001, 60].map(minutes => bandOf(minutes * minute))).toEqual([
      0, 0, 1, 1, 2, 2,
    ])
    expect(bandMiddleMs(1)).toBeCloseTo(15 * minute * Math.SQRT2)
  })

  it('have a weighted median', () => {
    // Four answers: the second one is the half, at the end of band 0.
    const median = (answers: number[]) => medianAnswerMs([month({ answers })], now, ranking)
    expect(median([2, 2])).toBeCloseTo(15 * minute)
    expect(median([1, 3])).toBeCloseTo(15 * minute * 2 ** (1 / 3))
    expect(median([0, 0, 4])).toBeCloseTo(30 * minute * 2 ** 0.5)
    expect(median([])).toBeUndefined()
  })

  it('have a class from five answers on, however they are spread over months', () => {
    const of = (...counts: number[][]) =>
      answerTimeOf(
        counts.map(answers => month({ answers })),
        now,
        ranking,
      )
    expect(of([4])).toBeNull()
    expect(of([2], [3])).toBe('within-hours')
    expect(of([5, -1])).toBe('within-hours')
  })
})
