/** Properties of the ranking formula for random observations and weights. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerTimeOf, medianAnswerMs } from '../../shared/search/answer-time.ts'
import type { Ranking } from '../../shared/search/contract.ts'
import type { Month } from '../../shared/search/entry.ts'
import { fitFor, meansOf, observationsIn } from '../../shared/search/observations.ts'
import {
  relevanceOf,
  scoreUnder,
  tagsPart,
  visibilityOf,
  visibilityParts,
} from '../../shared/search/ranking.ts'
import { month, now, ranking as usual } from '../fixtures/search.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
const weight = fc.double({ min: 0.01, max: 1, noNaN: true })
const ranking: fc.Arbitrary<Ranking> = fc.record({
  relevance: fc.record({ tags: weight, text: weight, distance: weight, size: weight, language: weight }),
  visibility: fc.record({
    speed: weight,
    answerRate: weight,
    followThrough: weight,
    outcome: weight,
    fit: weight,
    quality: weight,
  }),
  shrinkage: fc.double({ min: 0.1, max: 1000, noNaN: true }),
  halfLife: fc.constantFrom('P1D', 'P30D', 'P180D', 'P3650D'),
  answerHalfTime: fc.constantFrom('PT1H', 'PT24H', 'P7D'),
  distanceHalfKm: fc.integer({ min: 1, max: 5000 }),
  exploration: fc.record({ share, below: fc.nat(1000) }),
})

/** Counts can be below 0 while events arrive out of order. */
const count = fc.integer({ min: -1, max: 200 })
const months = fc.array(
  fc
    .record({
      month: fc.constantFrom('2024-05', '2025-11', '2026-03', '2026-04'),
      answers: fc.array(count, { maxLength: 14 }),
      earlyAnswers: count,
      silences: count,
      accepted: count,
      won: count,
      deniedWins: count,
      lost: count,
      unfollowed: count,
    })
    .map(month),
  { minLength: 1, maxLength: 6 },
)

const visibility = (history: readonly Month[], of: Ranking, quality = 0.5, all = history) =>
  visibilityOf(
    visibilityParts(observationsIn(history, now, of), meansOf(observationsIn(all, now, of), of), quality, of),
    of,
  )

/** Returns the months with the last one changed. */
const withLastMonth = (history: readonly Month[], change: (month: Month) => Month): Month[] =>
  history.map((one, index) => (index === history.length - 1 ? change(one) : one))

/** Rounding error of sums. */
const tolerance = 1e-9

const expectNotLower = (better: (month: Month) => Month, worse: (month: Month) => Month = month => month) =>
  fc.assert(
    fc.property(months, months, ranking, (history, others, of) => {
      const program = [...history, ...others]
      const before = visibility(withLastMonth(history, worse), of, 0.5, program)
      expect(visibility(withLastMonth(history, better), of, 0.5, program)).toBeGreaterThanOrEqual(
        before - tolerance,
      )
    }),
  )

const addAnswer = (answers: readonly number[], band: number): number[] =>
  Array.from(
    { length: Math.max(answers.length, band + 1) },
    (_, index) => Math.max(0, answers[index] ?? 0) + (index === band ? 1 : 0),
  )
const withoutNegatives = (one: Month): Month => ({
  ...one,
  earlyAnswers: Math.max(0, one.earlyAnswers),
  silences: Math.max(0, one.silences),
  accepted: Math.max(0, one.accepted),
  won: Math.max(0, one.won),
  deniedWins: Math.max(0, one.deniedWins),
  unfollowed: Math.max(0, one.unfollowed),
})

describe('visibility', () => {
  it('is not lowered by a faster answer', () => {
    for (const band of [1, 4, 9, 13])
      expectNotLower(
        one => ({ ...one, answers: addAnswer(one.answers, band - 1) }),
        one => ({ ...one, answers: addAnswer(one.answers, band) }),
      )
  })

  it('is not lowered by a late answer instead of a missing one', () => {
    expectNotLower(
      one => ({ ...withoutNegatives(one), answers: addAnswer(one.answers, 13) }),
      one => ({
        ...withoutNegatives(one),
        answers: addAnswer(one.answers, -1),
        silences: withoutNegatives(one).silences + 1,
      }),
    )
  })

  it.each(['earlyAnswers', 'won'] as const)('is not lowered by one more of %s', count => {
    expectNotLower(
      one => ({ ...withoutNegatives(one), [count]: withoutNegatives(one)[count] + 1 }),
      withoutNegatives,
    )
  })

  it.each(['silences', 'accepted', 'deniedWins', 'unfollowed'] as const)(
    'is not raised by one more of %s',
    count => {
      expectNotLower(withoutNegatives, one => ({
        ...withoutNegatives(one),
        [count]: withoutNegatives(one)[count] + 1,
      }))
    },
  )

  it('is the weighted mean of its parts', () => {
    const part = fc.record({
      speed: share,
      answerRate: share,
      followThrough: share,
      outcome: share,
      fit: share,
      quality: share,
    })
    fc.assert(
      fc.property(part, ranking, (given, of) => {
        expect(visibilityOf(given, of)).toBeCloseTo(meanOf(given, of.visibility), 12)
      }),
    )
  })

  it('is not lowered by more quality', () => {
    fc.assert(
      fc.property(months, ranking, share, share, (history, of, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)]
        expect(visibility(history, of, more)).toBeGreaterThanOrEqual(
          visibility(history, of, less) - tolerance,
        )
      }),
    )
  })

  it('is between 0 and 1, like its parts', () => {
    fc.assert(
      fc.property(months, ranking, share, (history, of, quality) => {
        const observations = observationsIn(history, now, of)
        const parts = visibilityParts(observations, meansOf(observations, of), quality, of)
        for (const value of [...Object.values(parts), visibilityOf(parts, of)]) {
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(1 + tolerance)
        }
      }),
    )
  })

  it('uses the means of the region for a partner without observations, and 0 for wins', () => {
    fc.assert(
      fc.property(months, ranking, (others, of) => {
        const means = meansOf(observationsIn(others, now, of), of)
        const { quality, ...learned } = visibilityParts(observationsIn([], now, of), means, 0.5, of)
        expect(learned).toEqual({
          speed: expect.closeTo(means.speed / 20, 9),
          answerRate: expect.closeTo(means.answerRate, 9),
          followThrough: expect.closeTo(means.followThrough, 9),
          outcome: 0,
          fit: 0,
        })
        expect(quality).toBe(0.5)
      }),
    )
  })
})

describe('observations', () => {
  it('have sums that do not depend on the order of addition', () => {
    fc.assert(
      fc.property(fc.array(months, { maxLength: 20 }), ranking, (partners, of) => {
        const all = partners.map(history => observationsIn(history, now, of).speed.sum)
        const sum = (values: readonly number[]) => values.reduce((one, other) => one + other, 0)
        expect(sum(all.toReversed())).toBe(sum(all))
      }),
    )
  })

  it('weigh less with time', () => {
    fc.assert(
      fc.property(months, ranking, (history, of) => {
        const [today, later] = [now, '2026-05-20T00:00:00.000Z'].map(
          at => observationsIn(history, at, of).answerRate.n,
        )
        expect(later).toBeLessThanOrEqual(today ?? 0)
      }),
    )
  })

  it('have a median between the shortest and the longest answer', () => {
    fc.assert(
      fc.property(months, ranking, (history, of) => {
        const median = medianAnswerMs(history, now, of)
        const bands = history.flatMap(({ answers }) =>
          answers.flatMap((count, band) => (count > 0 ? [band] : [])),
        )
        if (median === undefined) return
        const quarter = 15 * 60_000
        expect(median).toBeGreaterThanOrEqual((quarter / 2) * 2 ** Math.min(...bands) * (1 - tolerance))
        expect(median).toBeLessThanOrEqual(quarter * 2 ** Math.max(...bands) * (1 + tolerance))
        expect(answerTimeOf([], now, of)).toBeNull()
      }),
    )
  })
})

/** Returns the weighted mean by its definition. */
const meanOf = (
  parts: Readonly<Record<string, number>>,
  weights: Readonly<Record<string, number>>,
): number => {
  const entries = Object.entries(parts)
  const total = entries.reduce((sum, [part]) => sum + (weights[part] ?? 0), 0)
  return entries.reduce((sum, [part, value]) => sum + (weights[part] ?? 0) * value, 0) / total
}

describe('relevance', () => {
  const parts = fc.record(
    { tags: share, text: share, distance: share, size: share, language: share },
    { requiredKeys: [] },
  )

  it('is the weighted mean of its parts', () => {
    fc.assert(
      fc.property(parts, ranking, (given, of) => {
        const expected = Object.keys(given).length === 0 ? 1 : meanOf(given, of.relevance)
        expect(relevanceOf(given, of)).toBeCloseTo(expected, 12)
      }),
    )
  })

  it('is between 0 and 1, and not lowered by a better part', () => {
    fc.assert(
      fc.property(
        parts,
        fc.constantFrom('tags', 'text', 'distance', 'size', 'language'),
        ranking,
        (given, name, of) => {
          const before = relevanceOf(given, of)
          expect(before).toBeGreaterThanOrEqual(0)
          expect(before).toBeLessThanOrEqual(1 + tolerance)
          if (name in given)
            expect(relevanceOf({ ...given, [name]: 1 }, of)).toBeGreaterThanOrEqual(before - tolerance)
        },
      ),
    )
  })

  it('has a tags part that increases with matched codes and not with other codes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(20), fc.nat(100), (asked, has, more) => {
        const matched = Math.min(asked, has)
        const part = tagsPart(matched, asked, matched + more)
        expect(part).toBeGreaterThanOrEqual(0)
        expect(part).toBeLessThanOrEqual(1)
        expect(tagsPart(matched, asked, matched + more + 1)).toBeLessThanOrEqual(part)
        if (matched < asked)
          expect(tagsPart(matched + 1, asked, matched + more + 1)).toBeGreaterThanOrEqual(part)
      }),
    )
  })
})

describe('fitFor', () => {
  it('is the outcome without wins, and grows with each win up to 1', () => {
    fc.assert(
      fc.property(share, fc.nat(1000), (outcome, wins) => {
        expect(fitFor(outcome, 0)).toBe(outcome)
        expect(fitFor(outcome, wins + 1)).toBeGreaterThanOrEqual(fitFor(outcome, wins))
        expect(fitFor(outcome, wins)).toBeLessThanOrEqual(1)
      }),
      // Adding to such an outcome before dividing rounds the next win down.
      { examples: [[0.999999999999997, 7]] },
    )
  })

  it('is not lowered by a better outcome', () => {
    fc.assert(
      fc.property(share, share, fc.nat(1000), (one, other, wins) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)]
        expect(fitFor(more, wins)).toBeGreaterThanOrEqual(fitFor(less, wins))
      }),
    )
  })
})

describe('scoreUnder', () => {
  it('scores a stored decision with other weights', () => {
    const parts = {
      relevance: { tags: 1, text: 0 },
      visibility: { speed: 1, answerRate: 1, followThrough: 1, outcome: 1, fit: 1, quality: 0 },
    }
    const onlyTags = {
      ...usual,
      relevance: { ...usual.relevance, text: 0 },
      visibility: { ...usual.visibility, quality: 0 },
    }
    expect(scoreUnder({ parts, explored: null }, onlyTags)).toBe(1)
    expect(scoreUnder({ parts, explored: { visibility: 0.5 } }, onlyTags)).toBe(0.5)
    expect(scoreUnder({ parts, explored: null }, usual)).toBeLessThan(0.6)
  })
})
