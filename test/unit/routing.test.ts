import { describe, expect, test } from 'vitest'
import type { Candidate, RoutingDecision } from '../../shared/discovery/routing/contract.ts'
import {
  type Availability,
  choose,
  decideRouting,
  exclusionsOf,
  finalists,
  fits,
  gini,
  type Ranked,
  replay,
  type Shortlist,
} from '../../shared/discovery/routing/rules.ts'
import { asPartnerId, asRfiId, type PartnerId } from '../../shared/kernel/ids.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type { Instant } from '../../shared/time/instant.ts'

const { ranking, routing } = defaultPolicy

const withFanOut = (fanOut: number) => ({ ...routing, fanOut })

const averageParts = { speed: 0.5, answerRate: 0.5, followThrough: 0.5, outcome: 0.5, fit: 0.5, quality: 0.5 }

const ranked = (partnerId: string, more: Partial<Ranked> = {}): Ranked => ({
  partnerId: asPartnerId(partnerId),
  locationId: 'main',
  parts: { relevance: { tags: 1 }, visibility: averageParts },
  explored: null,
  open: 0,
  maxOpen: 10,
  ...more,
})

const answering = (partnerId: string, answerRate: number, speed = answerRate): Ranked =>
  ranked(partnerId, {
    parts: { relevance: { tags: 1 }, visibility: { ...averageParts, answerRate, speed } },
  })

const chosenPartners = (candidates: readonly Candidate[]) =>
  candidates.filter(({ chosen }) => chosen).map(({ partnerId }) => partnerId)

describe('choose', () => {
  test('selects the best partners, up to the fan-out', () => {
    const candidates = choose(
      [answering('c', 0.2), answering('a', 0.9), answering('b', 0.6)],
      ranking,
      withFanOut(2),
    )
    expect(candidates.map(({ partnerId }) => partnerId)).toEqual(['a', 'b', 'c'])
    expect(chosenPartners(candidates)).toEqual(['a', 'b'])
  })

  test('selects all partners when there are fewer than the fan-out', () => {
    expect(chosenPartners(choose([ranked('a')], ranking, withFanOut(3)))).toEqual(['a'])
    expect(choose([], ranking, withFanOut(3))).toEqual([])
  })

  test('prefers the partner with fewer open referrals among equal partners', () => {
    const busy = ranked('busy', { open: 8 })
    expect(chosenPartners(choose([busy, ranked('free', { open: 1 })], ranking, withFanOut(1)))).toEqual([
      'free',
    ])
  })

  test('does not select a partner without free capacity', () => {
    expect(chosenPartners(choose([ranked('full', { open: 10 })], ranking, withFanOut(1)))).toEqual([])
  })

  test('does not select a partner that does not fit', () => {
    const unfit = ranked('a', { parts: { relevance: { tags: 0 }, visibility: averageParts } })
    expect(chosenPartners(choose([unfit], ranking, withFanOut(1)))).toEqual([])
  })

  test('selects a newcomer in exploration before partners with known visibility', () => {
    const newcomer = ranked('new', { explored: { visibility: 1 } })
    expect(chosenPartners(choose([answering('known', 0.9), newcomer], ranking, withFanOut(1)))).toEqual([
      'new',
    ])
  })
})

const shortlistOf = (of: readonly Ranked[], fanOut = 1): Shortlist => ({
  region: 'DE',
  policyVersion: 1,
  ranking,
  routing: withFanOut(fanOut),
  asked: {
    industries: [],
    products: ['erp'],
    services: [],
    solutions: [],
    size: '51-250',
    language: 'de',
    city: 'Berlin',
  },
  considered: of.length,
  exclusions: {},
  excluded: [],
  ranked: of,
})

const at: Instant = '2026-03-01T09:00:00.000Z'

/** Availability of the finalists as read from the table: unchanged, except for `changes`. */
const availabilityOf = (list: Shortlist, changes: Readonly<Record<string, Partial<Availability>>> = {}) =>
  new Map(
    finalists(list).map(({ partnerId, open }): [PartnerId, Availability] => [
      partnerId,
      { isAvailable: true, open, ...changes[partnerId] },
    ]),
  )

const decisionOf = (rfiId: string, of: readonly Ranked[], when = at): RoutingDecision => {
  const list = shortlistOf(of)
  return decideRouting(list, availabilityOf(list), { rfiId: asRfiId(rfiId), at: when, maxRecipients: 5 })
}

describe('decideRouting', () => {
  const list = shortlistOf(['a', 'b', 'c'].map(id => ranked(id)))
  const decide = (known: ReadonlyMap<PartnerId, Availability>, maxRecipients = 5) =>
    decideRouting(list, known, { rfiId: asRfiId('rfi_1'), at, maxRecipients })

  test('skips partners that are not available any more and stores the reason', () => {
    const { candidates, exclusions, excluded } = decide(availabilityOf(list, { a: { isAvailable: false } }))
    expect(chosenPartners(candidates)).toEqual(['b'])
    expect(exclusions).toEqual({ changed: 1 })
    expect(excluded).toEqual([{ partnerId: 'a', reason: 'changed' }])
  })

  test('uses the number of open referrals from the table', () => {
    const { candidates } = decide(availabilityOf(list, { a: { open: 9 }, b: { open: 5 } }))
    expect(candidates.map(({ partnerId, open }) => [partnerId, open])).toEqual([
      ['c', 0],
      ['b', 5],
      ['a', 9],
    ])
    expect(chosenPartners(candidates)).toEqual(['c'])
  })

  test('chooses only among partners whose availability was read', () => {
    const { candidates } = decide(new Map([[asPartnerId('b'), { isAvailable: true, open: 9 }]]))
    expect(candidates.map(({ partnerId }) => partnerId)).toEqual(['b'])
    expect(chosenPartners(candidates)).toEqual(['b'])
  })

  test('limits the fan-out to the present maxRecipients', () => {
    const wide = shortlistOf(
      ['a', 'b', 'c'].map(id => ranked(id)),
      3,
    )
    const { candidates, routing: kept } = decideRouting(wide, availabilityOf(wide), {
      rfiId: asRfiId('rfi_1'),
      at,
      maxRecipients: 2,
    })
    expect(chosenPartners(candidates)).toEqual(['a', 'b'])
    expect(kept.fanOut).toBe(2)
  })

  test('is reproduced by replay with the same weights, whichever partners have changed', () => {
    const many = shortlistOf(Array.from({ length: 20 }, (_, index) => ranked(`p${index}`)))
    for (const count of [0, 1, 7, 8]) {
      const gone = Object.fromEntries(
        finalists(many)
          .slice(0, count)
          .map(({ partnerId }) => [partnerId, { isAvailable: false }]),
      )
      const decision = decideRouting(many, availabilityOf(many, gone), {
        rfiId: asRfiId('rfi_1'),
        at,
        maxRecipients: 5,
      })
      expect(replay([decision], {}).changes).toEqual([])
    }
  })
})

describe('fits', () => {
  const isRelevantFor = (relevance: Ranked['parts']['relevance']) =>
    fits({ parts: { relevance, visibility: averageParts }, explored: null })

  test('requires at least one of the requested codes', () => {
    expect(isRelevantFor({ tags: 0.2, text: 0 })).toBe(true)
    expect(isRelevantFor({ tags: 0, text: 1 })).toBe(false)
  })

  test('requires a good text match when the need has no codes', () => {
    expect(isRelevantFor({ text: 0.5, size: 0 })).toBe(true)
    expect(isRelevantFor({ text: 0.1, size: 1 })).toBe(false)
    expect(isRelevantFor({ size: 1, language: 1 })).toBe(false)
  })
})

describe('replay', () => {
  const quick = answering('quick', 0.5, 0.9)
  const faithful = answering('faithful', 0.7, 0.2)
  const decisions = ['rfi_1', 'rfi_2'].map(id => decisionOf(id, [quick, faithful]))
  const onlyAnswers = {
    relevance: ranking.relevance,
    visibility: { speed: 0, answerRate: 1, followThrough: 0, outcome: 0, fit: 0, quality: 0 },
  }

  test('changes no decision when the weights are the same', () => {
    const { changes, actual, replayed } = replay(decisions, {})
    expect(changes).toEqual([])
    expect(replayed).toEqual(actual)
  })

  test('reports the changed decisions, their distribution over partners and the expected answers', () => {
    const { rfis, changes, partners, actual, replayed } = replay(decisions, { weights: onlyAnswers })
    expect(rfis).toBe(2)
    expect(changes).toEqual(
      decisions.map(({ rfiId }) => ({ rfiId, at, actual: ['quick'], replayed: ['faithful'] })),
    )
    expect(partners).toEqual([
      { partnerId: 'faithful', actual: 0, replayed: 2, actualShare: 0, replayedShare: 1 },
      { partnerId: 'quick', actual: 2, replayed: 0, actualShare: 1, replayedShare: 0 },
    ])
    expect(actual).toEqual({ referrals: 2, gini: 0.5, answerRate: 0.5, answeredRfis: 0.5 })
    expect(replayed).toEqual({ referrals: 2, gini: 0.5, answerRate: 0.7, answeredRfis: 0.7 })
  })

  test('with a larger fan-out selects more partners, more evenly, and expects more answers', () => {
    const { actual, replayed } = replay(decisions, { routing: withFanOut(2) })
    expect(replayed.referrals).toBe(4)
    expect(replayed.gini).toBe(0)
    expect(replayed.answeredRfis).toBeCloseTo(1 - 0.5 * 0.3)
    expect(replayed.answeredRfis).toBeGreaterThan(actual.answeredRfis ?? 1)
  })

  test('shows figures without the noise of binary numbers', () => {
    const rates = [0.1, 0.2].map((rate, index) => decisionOf(`rfi_${index}`, [answering('one', rate, 1)]))
    expect(replay(rates, {}).actual).toMatchObject({ answerRate: 0.15, answeredRfis: 0.15 })
    const thirds = ['a', 'b', 'c'].map(id => decisionOf(`rfi_${id}`, [answering(id, 0.5, 1)]))
    expect(replay(thirds, {}).partners.map(({ actualShare }) => actualShare)).toEqual([
      0.3333, 0.3333, 0.3333,
    ])
  })

  test('with another capacity respects the limits that partners have set', () => {
    const withLoad = (id: string, maxOpen: number | null) => ranked(id, { open: 15, maxOpen })
    const decision = decisionOf('rfi_1', [withLoad('with limit', 20), withLoad('without limit', null)])
    const { partners } = replay([decision], { routing: { fanOut: 2, capacity: 15 } })
    expect(partners.filter(({ replayed }) => replayed > 0).map(({ partnerId }) => partnerId)).toEqual([
      'with limit',
    ])
  })

  test('counts only the last decision of an RFI that was routed twice', () => {
    const first = { ...decisionOf('rfi_1', []), at: '2026-03-01T08:00:00.000Z' } as const
    const { rfis, actual } = replay([decisionOf('rfi_1', [faithful]), first], {})
    expect(rfis).toBe(1)
    expect(actual).toMatchObject({ referrals: 1, answeredRfis: 0.7 })
  })

  test('returns empty figures for no decisions', () => {
    const noFigures = { referrals: 0, gini: null, answerRate: null, answeredRfis: null }
    expect(replay([], {})).toEqual({
      rfis: 0,
      actual: noFigures,
      replayed: noFigures,
      partners: [],
      changes: [],
    })
  })
})

describe('gini', () => {
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

describe('exclusionsOf', () => {
  test('counts the partners that share no code with the need, so that the trace explains all partners', () => {
    const counts = { paused: 1, full: 0 }
    expect(exclusionsOf(counts, { considered: 4, matching: 1, asked: 0 })).toEqual({
      paused: 1,
      'no-match': 2,
    })
    expect(exclusionsOf(counts, { considered: 4, matching: 1, asked: 2 })).toEqual({ paused: 1 })
  })

  test('is never negative, because a partner that already has the RFI can be of another region', () => {
    expect(exclusionsOf({}, { considered: 1, matching: 1, asked: 1 })).toEqual({})
  })
})
