import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Availability,
  choose,
  chosenIn,
  decideRouting,
  finalists,
  gini,
  type Ranked,
  replay,
  type Shortlist,
} from '../../shared/discovery/routing/rules.ts'
import { asPartnerId, asRfiId } from '../../shared/kernel/ids.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'

const { ranking } = defaultPolicy
const share = fc.integer({ min: 0, max: 10_000 }).map(parts => parts / 10_000)

const candidate = (partnerId: string): fc.Arbitrary<Ranked> =>
  fc.record({
    partnerId: fc.constant(asPartnerId(partnerId)),
    locationId: fc.constant('main'),
    parts: fc.record({
      relevance: fc.record({ tags: share, distance: share }),
      visibility: fc.record({
        speed: share,
        answerRate: share,
        followThrough: share,
        outcome: share,
        fit: share,
        quality: share,
      }),
    }),
    explored: fc.option(fc.record({ visibility: share })),
    open: fc.nat(30),
    maxOpen: fc.option(fc.integer({ min: 1, max: 30 })),
  })

const candidates = fc
  .nat(25)
  .chain(count => fc.tuple(...Array.from({ length: count }, (_, index) => candidate(`p${index}`))))

const routing = fc.record({
  fanOut: fc.integer({ min: 1, max: 5 }),
  capacity: fc.integer({ min: 1, max: 30 }),
})

const shortlist: fc.Arbitrary<Shortlist> = fc.record({
  region: fc.constant('DE'),
  policyVersion: fc.constant(1),
  ranking: fc.constant(ranking),
  routing,
  asked: fc.constant({
    industries: [],
    products: ['erp'],
    services: [],
    solutions: [],
    size: '51-250',
    language: 'de',
    city: 'Berlin',
  }),
  considered: fc.nat(1000),
  exclusions: fc.constant({}),
  excluded: fc.constant([]),
  ranked: candidates,
})

/** Random availability of the finalists, as read from the table. */
const listWithAvailability = shortlist.chain(list =>
  fc.record({
    list: fc.constant(list),
    known: fc
      .tuple(
        ...finalists(list).map(({ partnerId }) =>
          fc.tuple(
            fc.constant(partnerId),
            fc.record({ isAvailable: fc.boolean(), open: fc.nat(30) }) as fc.Arbitrary<Availability>,
          ),
        ),
      )
      .map(entries => new Map(entries)),
  }),
)

const decisionInput = { rfiId: asRfiId('rfi_1'), at: '2026-03-01T09:00:00.000Z', maxRecipients: 4 } as const

describe('decideRouting', () => {
  it('chooses only available partners with free capacity, up to the fan-out and maxRecipients', () => {
    fc.assert(
      fc.property(listWithAvailability, ({ list, known }) => {
        const decision = decideRouting(list, known, decisionInput)
        const chosen = chosenIn(decision)
        expect(chosen.length).toBeLessThanOrEqual(Math.min(list.routing.fanOut, decisionInput.maxRecipients))
        for (const { partnerId, open, maxOpen, score } of chosen) {
          expect(known.get(partnerId)?.isAvailable).toBe(true)
          expect(open).toBe(known.get(partnerId)?.open)
          expect(open).toBeLessThan(maxOpen ?? list.routing.capacity)
          expect(score).toBeGreaterThan(0)
        }
      }),
    )
  })

  it('is reproduced by replay with the same weights', () => {
    fc.assert(
      fc.property(listWithAvailability, ({ list, known }) => {
        const { changes, actual, replayed } = replay([decideRouting(list, known, decisionInput)], {})
        expect(changes).toEqual([])
        expect(replayed).toEqual(actual)
      }),
    )
  })

  it('does not rank a partner higher when it has one more open referral', () => {
    fc.assert(
      fc.property(candidates, routing, fc.nat(24), (ranked, how, which) => {
        const busier = ranked.map((one, index) => (index === which ? { ...one, open: one.open + 1 } : one))
        const placeOf = (list: readonly Ranked[]) =>
          choose(list, ranking, how).findIndex(({ partnerId }) => partnerId === ranked[which]?.partnerId)
        expect(placeOf(busier)).toBeGreaterThanOrEqual(placeOf(ranked))
      }),
    )
  })
})

it('gini is between 0 and 1, 0 for equal counts, and independent of a common factor', () => {
  const counts = fc.array(fc.nat(50), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(counts, fc.integer({ min: 2, max: 9 }), (got, times) => {
      const found = gini(got)
      if (found === null) return
      expect(found).toBeGreaterThanOrEqual(0)
      expect(found).toBeLessThan(1)
      expect(gini(got.map(count => count * times))).toBeCloseTo(found)
      expect(gini(got.map(() => times))).toBeCloseTo(0)
    }),
  )
})
