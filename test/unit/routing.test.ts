import { describe, expect, test } from 'vitest'
import type { Candidate, RoutingDecision } from '../../shared/discovery/routing/contract.ts'
import {
  type Availability,
  choose,
  decideRouting,
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

const to = (fanOut: number) => ({ ...routing, fanOut })

const middling = { speed: 0.5, answerRate: 0.5, followThrough: 0.5, outcome: 0.5, fit: 0.5, quality: 0.5 }

const ranked = (partnerId: string, more: Partial<Ranked> = {}): Ranked => ({
  partnerId: asPartnerId(partnerId),
  locationId: 'main',
  parts: { relevance: { tags: 1 }, visibility: middling },
  explored: null,
  open: 0,
  maxOpen: 10,
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
    const candidates = choose([answering('c', 0.2), answering('a', 0.9), answering('b', 0.6)], ranking, to(2))
    expect(candidates.map(({ partnerId }) => partnerId)).toEqual(['a', 'b', 'c'])
    expect(chosen(candidates)).toEqual(['a', 'b'])
  })

  test('goes to all there are where there are fewer', () => {
    expect(chosen(choose([ranked('a')], ranking, to(3)))).toEqual(['a'])
    expect(choose([], ranking, to(3))).toEqual([])
  })

  test('goes to who has less to do where two are alike', () => {
    const busy = ranked('busy', { open: 8 })
    expect(chosen(choose([busy, ranked('free', { open: 1 })], ranking, to(1)))).toEqual(['free'])
  })

  test('goes to nobody whose load is full', () => {
    expect(chosen(choose([ranked('full', { open: 10 })], ranking, to(1)))).toEqual([])
  })

  test('goes to nobody who fits nothing of it', () => {
    const unfit = ranked('a', { parts: { relevance: { tags: 0 }, visibility: middling } })
    expect(chosen(choose([unfit], ranking, to(1)))).toEqual([])
  })

  test('goes to a newcomer whose turn it is before who is known to answer seldom', () => {
    const newcomer = ranked('new', { explored: { visibility: 1 } })
    expect(chosen(choose([answering('known', 0.9), newcomer], ranking, to(1)))).toEqual(['new'])
  })
})

const shortlistOf = (of: readonly Ranked[], fanOut = 1): Shortlist => ({
  region: 'DE',
  policyVersion: 1,
  ranking,
  routing: to(fanOut),
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

/** What the table says of finalists: that nothing has changed, but for some. */
const knownOf = (list: Shortlist, otherwise: Readonly<Record<string, Partial<Availability>>> = {}) =>
  new Map(
    finalists(list).map(({ partnerId, open }): [PartnerId, Availability] => [
      partnerId,
      { isAvailable: true, open, ...otherwise[partnerId] },
    ]),
  )

const decisionOf = (rfiId: string, of: readonly Ranked[], when = at): RoutingDecision => {
  const list = shortlistOf(of)
  return decideRouting(list, knownOf(list), { rfiId: asRfiId(rfiId), at: when, maxRecipients: 5 })
}

describe('a decision', () => {
  const list = shortlistOf(['a', 'b', 'c'].map(id => ranked(id)))
  const decide = (known: ReadonlyMap<PartnerId, Availability>, maxRecipients = 5) =>
    decideRouting(list, known, { rfiId: asRfiId('rfi_1'), at, maxRecipients })

  test('passes over who is not what they were, and says so', () => {
    const { candidates, exclusions, excluded } = decide(knownOf(list, { a: { isAvailable: false } }))
    expect(chosen(candidates)).toEqual(['b'])
    expect(exclusions).toEqual({ changed: 1 })
    expect(excluded).toEqual([{ partnerId: 'a', reason: 'changed' }])
  })

  test('is made on what the table says of their load', () => {
    const { candidates } = decide(knownOf(list, { a: { open: 9 }, b: { open: 5 } }))
    expect(candidates.map(({ partnerId, open }) => [partnerId, open])).toEqual([
      ['c', 0],
      ['b', 5],
      ['a', 9],
    ])
    expect(chosen(candidates)).toEqual(['c'])
  })

  test('chooses among those alone whom the table was asked about', () => {
    const { candidates } = decide(new Map([[asPartnerId('b'), { isAvailable: true, open: 9 }]]))
    expect(candidates.map(({ partnerId }) => partnerId)).toEqual(['b'])
    expect(chosen(candidates)).toEqual(['b'])
  })

  test('keeps to the policy’s limit as it is by now', () => {
    const wide = shortlistOf(
      ['a', 'b', 'c'].map(id => ranked(id)),
      3,
    )
    const { candidates, routing: kept } = decideRouting(wide, knownOf(wide), {
      rfiId: asRfiId('rfi_1'),
      at,
      maxRecipients: 2,
    })
    expect(chosen(candidates)).toEqual(['a', 'b'])
    expect(kept.fanOut).toBe(2)
  })

  test('replayed under its own weights is the same, whoever has changed', () => {
    const many = shortlistOf(Array.from({ length: 20 }, (_, index) => ranked(`p${index}`)))
    for (const count of [0, 1, 7, 8]) {
      const gone = Object.fromEntries(
        finalists(many)
          .slice(0, count)
          .map(({ partnerId }) => [partnerId, { isAvailable: false }]),
      )
      const decision = decideRouting(many, knownOf(many, gone), {
        rfiId: asRfiId('rfi_1'),
        at,
        maxRecipients: 5,
      })
      expect(replay([decision], {}).changes).toEqual([])
    }
  })
})

describe('what fits', () => {
  const of = (relevance: Ranked['parts']['relevance']) =>
    fits({ parts: { relevance, visibility: middling }, explored: null })

  test('has one of the codes that are asked for, whatever else is said', () => {
    expect(of({ tags: 0.2, text: 0 })).toBe(true)
    expect(of({ tags: 0, text: 1 })).toBe(false)
  })

  test('says a good part of a need that asks for no codes', () => {
    expect(of({ text: 0.5, size: 0 })).toBe(true)
    expect(of({ text: 0.1, size: 1 })).toBe(false)
    expect(of({ size: 1, language: 1 })).toBe(false)
  })
})

describe('a dry run', () => {
  const quick = answering('quick', 0.5, 0.9)
  const faithful = answering('faithful', 0.7, 0.2)
  const decisions = ['rfi_1', 'rfi_2'].map(id => decisionOf(id, [quick, faithful]))
  const onlyAnswers = {
    relevance: ranking.relevance,
    visibility: { speed: 0, answerRate: 1, followThrough: 0, outcome: 0, fit: 0, quality: 0 },
  }

  test('under the same weights changes nothing', () => {
    const { changes, actual, replayed } = replay(decisions, {})
    expect(changes).toEqual([])
    expect(replayed).toEqual(actual)
  })

  test('shows who would have got what, how evenly, and how many would be answered', () => {
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

  test('with a wider fan-out asks more partners, more evenly, and is answered more often', () => {
    const { actual, replayed } = replay(decisions, { routing: to(2) })
    expect(replayed.referrals).toBe(4)
    expect(replayed.gini).toBe(0)
    expect(replayed.answeredRfis).toBeCloseTo(1 - 0.5 * 0.3)
    expect(replayed.answeredRfis).toBeGreaterThan(actual.answeredRfis ?? 1)
  })

  test('with another capacity leaves alone what partners say themselves', () => {
    const laden = (id: string, maxOpen: number | null) => ranked(id, { open: 15, maxOpen })
    const decision = decisionOf('rfi_1', [laden('says', 20), laden('does not say', null)])
    const { partners } = replay([decision], { routing: { fanOut: 2, capacity: 15 } })
    expect(partners.filter(({ replayed }) => replayed > 0).map(({ partnerId }) => partnerId)).toEqual([
      'says',
    ])
  })

  test('counts an RFI that was routed twice once, as it was routed last', () => {
    const first = { ...decisionOf('rfi_1', []), at: '2026-03-01T08:00:00.000Z' } as const
    const { rfis, actual } = replay([decisionOf('rfi_1', [faithful]), first], {})
    expect(rfis).toBe(1)
    expect(actual).toMatchObject({ referrals: 1, answeredRfis: 0.7 })
  })

  test('of nothing tells of nothing', () => {
    const nothing = { referrals: 0, gini: null, answerRate: null, answeredRfis: null }
    expect(replay([], {})).toEqual({
      rfis: 0,
      actual: nothing,
      replayed: nothing,
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
