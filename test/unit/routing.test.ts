import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../shared/policy/rules.ts'
import type { Candidate, RoutingDecision } from '../../shared/routing/contract.ts'
import { choose, gini, type Ranked, replay } from '../../shared/routing/rules.ts'

const { ranking, routing } = defaultPolicy

const middling = { speed: 0.5, answerRate: 0.5, followThrough: 0.5, outcome: 0.5, fit: 0.5, quality: 0.5 }

const ranked = (partnerId: string, more: Partial<Ranked> = {}): Ranked => ({
  partnerId,
  locationId: 'main',
  parts: { relevance: { tags: 1 }, visibility: middling },
  explored: null,
  open: 0,
  capacity: 10,
  ...more,
})

const answering = (partnerId: string, answerRate: number, speed = answerRate): Ranked =>
  ranked(partnerId, {
    parts: { relevance: { tags: 1 }, visibility: { ...middling, answerRate, speed } },
  })

const chosen = (candidates: readonly Candidate[]) =>
  candidates.filter(one => one.chosen).map(({ partnerId }) => partnerId)

describe('an RFI that names nobody', () => {
  test('goes to as many of the best as the policy says', () => {
    const candidates = choose([answering('c', 0.2), answering('a', 0.9), answering('b', 0.6)], ranking, {
      fanOut: 2,
    })
    expect(candidates.map(({ partnerId }) => partnerId)).toEqual(['a', 'b', 'c'])
    expect(chosen(candidates)).toEqual(['a', 'b'])
  })

  test('goes to all there are where there are fewer', () => {
    expect(chosen(choose([ranked('a')], ranking, { fanOut: 3 }))).toEqual(['a'])
    expect(choose([], ranking, { fanOut: 3 })).toEqual([])
  })

  test('goes to who has less to do where two are alike', () => {
    const busy = ranked('busy', { open: 8 })
    expect(chosen(choose([busy, ranked('free', { open: 1 })], ranking, { fanOut: 1 }))).toEqual(['free'])
  })

  test('goes to nobody whose load is full', () => {
    expect(chosen(choose([ranked('full', { open: 10 })], ranking, { fanOut: 1 }))).toEqual([])
  })

  test('goes to nobody who fits nothing of it', () => {
    const unfit = ranked('a', { parts: { relevance: { tags: 0 }, visibility: middling } })
    expect(chosen(choose([unfit], ranking, { fanOut: 1 }))).toEqual([])
  })

  test('goes to a newcomer whose turn it is before who is known to answer seldom', () => {
    const newcomer = ranked('new', { explored: { visibility: 1 } })
    expect(chosen(choose([answering('known', 0.9), newcomer], ranking, { fanOut: 1 }))).toEqual(['new'])
  })
})

const decisionOf = (rfiId: string, of: readonly Ranked[]): RoutingDecision => ({
  rfiId,
  at: '2026-03-01T09:00:00.000Z',
  region: 'DE',
  policyVersion: 1,
  ranking,
  routing: { ...routing, fanOut: 1 },
  asked: {
    ...{ industries: [], products: ['erp'], services: [], solutions: [] },
    ...{ size: '51-250', language: 'de', city: 'Berlin' },
  },
  considered: of.length,
  candidates: choose(of, ranking, { fanOut: 1 }),
  exclusions: {},
  excluded: [],
})

describe('a dry run', () => {
  const quick = answering('quick', 0.5, 0.9)
  const faithful = answering('faithful', 0.7, 0.2)
  const decisions = [decisionOf('rfi_1', [quick, faithful]), decisionOf('rfi_2', [quick, faithful])]
  const onlyAnswers = {
    ...ranking,
    visibility: { speed: 0, answerRate: 1, followThrough: 0, outcome: 0, fit: 0, quality: 0 },
  }

  test('under the same weights changes nothing', () => {
    const { changes, actual, replayed } = replay(decisions, {}, String)
    expect(changes).toEqual([])
    expect(replayed).toEqual(actual)
  })

  test('shows who would have got what, how evenly, and how many would be answered', () => {
    const { rfis, changes, partners, actual, replayed } = replay(
      decisions,
      { ranking: onlyAnswers },
      id => `The ${id}`,
    )
    expect(rfis).toBe(2)
    expect(changes).toEqual(
      decisions.map(({ rfiId, at }) => ({ rfiId, at, actual: ['quick'], replayed: ['faithful'] })),
    )
    expect(partners).toEqual([
      {
        partnerId: 'faithful',
        name: 'The faithful',
        ...{ actual: 0, replayed: 2, actualShare: 0, replayedShare: 1 },
      },
      { partnerId: 'quick', name: 'The quick', actual: 2, replayed: 0, actualShare: 1, replayedShare: 0 },
    ])
    expect(actual).toEqual({ referrals: 2, gini: 0.5, answerRate: 0.5, answeredRfis: 0.5 })
    expect(replayed).toEqual({ referrals: 2, gini: 0.5, answerRate: 0.7, answeredRfis: 0.7 })
  })

  test('with a wider fan-out asks more partners, more evenly, and is answered more often', () => {
    const { actual, replayed } = replay(decisions, { routing: { ...routing, fanOut: 2 } }, String)
    expect(replayed.referrals).toBe(4)
    expect(replayed.gini).toBe(0)
    expect(replayed.answeredRfis).toBeCloseTo(1 - 0.5 * 0.3)
    expect(replayed.answeredRfis).toBeGreaterThan(actual.answeredRfis ?? 1)
  })

  test('of nothing tells of nothing', () => {
    expect(replay([], {}, String)).toEqual({
      rfis: 0,
      actual: { referrals: 0, gini: null, answerRate: null, answeredRfis: null },
      replayed: { referrals: 0, gini: null, answerRate: null, answeredRfis: null },
      partners: [],
      changes: [],
    })
  })
})

describe('the Gini coefficient', () => {
  test.each([
    [[1, 1, 1, 1], 0],
    [[0, 0, 0, 4], 0.75],
    [[1, 3], 0.25],
    [[0, 0], null],
    [[], null],
  ])('of %j is %s', (counts, expected) => {
    expect(gini(counts)).toBe(expected)
  })
})
