/** Compares the search engine with an implementation that checks each profile, on random entries and queries. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asPartnerId } from '../../shared/kernel/ids.ts'
import {
  createPartnerSearch,
  type DirectoryEntry,
  type Position,
  type SearchContext,
  type SearchQuery,
} from '../../shared/search/index.ts'
import {
  healthEntry,
  indexOf,
  labelsOf,
  listed,
  month,
  now,
  place,
  profileEntry,
  ranking,
  reputationEntry,
} from '../fixtures/search.ts'
import { ExactTextIndex } from '../simulation/exact-text-index.ts'
import { PlainPartnerSearch } from '../simulation/plain-partner-search.ts'
import { depth } from './depth.ts'

const partnerIds = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal'].map(asPartnerId)
const products = ['erp', 'crm', 'cloud']
const services = ['training', 'consulting']
const industries = ['retail', 'health']
const sizes = ['1-10', '51-250']
const phrases = [
  'Cloud Migration',
  'migrations',
  'Kubernetes',
  'kubernets',
  'ERP',
  'game server',
  '云计算',
  'C#',
  'ﬁne',
]
const cities = [
  { city: 'Berlin', coordinates: { latitude: 52.52, longitude: 13.4 } },
  { city: 'Potsdam', coordinates: { latitude: 52.4, longitude: 13.06 } },
  { city: 'München', coordinates: { latitude: 48.14, longitude: 11.58 } },
  { city: 'Munchen', coordinates: null },
  { city: 'Potsdam', coordinates: null },
]
const people = ['p1', 'p2', 'p3']

const location = fc
  .record({ where: fc.constantFrom(...cities), contacts: fc.subarray(people) })
  .map(({ where, contacts }) => ({ ...where, contacts }))
const profile = fc
  .record({
    name: fc.constantFrom('Contoso', 'Fabrikam Cloud', 'Kubernetes Müller', '云计算服务'),
    headline: fc.constantFrom('', ...phrases),
    languages: fc.subarray(['de', 'de-AT', 'en']),
    industries: fc.subarray(industries),
    products: fc.subarray(products),
    services: fc.subarray(services),
    customerSizes: fc.subarray(sizes),
    keywords: fc.subarray(phrases, { maxLength: 3 }),
    quality: fc.constantFrom(0, 0.25, 1),
    locations: fc
      .array(location, { minLength: 1, maxLength: 3 })
      .map(all => all.map((more, index) => place(`place-${index}`, more))),
    defaultContacts: fc.subarray(people, { maxLength: 1 }),
    preferences: fc.record({
      minDealValue: fc.constantFrom(null, { amount: 100, currency: 'EUR' }),
      excludedKeywords: fc.subarray(phrases, { maxLength: 1 }),
      excludedIndustries: fc.subarray(industries, { maxLength: 1 }),
      maxOpenReferrals: fc.constantFrom(null, null, 2),
      pausedUntil: fc.constantFrom(null, null, null, '2026-03-15', '2026-03-16'),
    }),
  })
  .map(listed)

const count = fc.nat(4)
const observations = fc.record({
  month: fc.constantFrom('2025-03', '2026-01', '2026-03', '2026-04'),
  answers: fc.array(count, { maxLength: 12 }),
  earlyAnswers: count,
  silences: count,
  accepted: count,
  won: count,
  deniedWins: count,
  lost: count,
  unfollowed: count,
})
const affinity = fc.dictionary(
  fc.constantFrom('products/erp', 'products/crm', 'services/training', 'industries/retail'),
  fc.record({ won: count }),
)
const partnerId = fc.constantFrom(...partnerIds)
const version = fc.integer({ min: 1, max: 3 })
const entry: fc.Arbitrary<DirectoryEntry> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(partnerId, fc.option(profile, { freq: 6 }), version)
      .map(([id, content, at]) => profileEntry(id, content, at)),
  },
  fc
    .tuple(
      partnerId,
      fc.record({ open: count, months: fc.array(observations, { maxLength: 3 }), affinity, version }),
    )
    .map(([id, { months, ...more }]) => reputationEntry(id, { ...more, months: months.map(month) })),
  fc.tuple(partnerId, fc.subarray(people), version).map(([id, failing, at]) => healthEntry(id, failing, at)),
)
/** At most one entry per partner, kind and version. */
const entries = fc.uniqueArray(entry, {
  maxLength: 40,
  selector: ({ kind, partnerId, version }) => `${kind} ${partnerId} ${version}`,
})

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })
/** Up to 3 values in any order, with repetitions. */
const severalOf = (...values: string[]) => fc.array(fc.constantFrom(...values), { maxLength: 3 })
const search: fc.Arbitrary<SearchQuery> = fc.record({
  codes: fc.record({
    industries: fc.subarray([...industries, 'unknown'], { maxLength: 1 }),
    products: fc.subarray(products, { maxLength: 2 }),
    services: fc.subarray(services, { maxLength: 1 }),
  }),
  match: fc.constantFrom('all-lists', 'any'),
  text: optional(
    fc.oneof(
      fc.constantFrom(...phrases, 'kubrenetes', 'migr', 'clod', 'xyz', 'muller', '', '!', '计算', 'erp crm'),
      fc.constant('we would like a cloud migration and somebody for kubernetes and a game server'),
    ),
  ),
  sizes: optional(severalOf(...sizes, '251-1000')),
  languages: optional(severalOf('de', 'de-CH', 'en', 'fr')),
  near: optional(fc.constantFrom({ latitude: 52.5, longitude: 13.3 }, { latitude: -48, longitude: -170 })),
  radiusKm: optional(fc.constantFrom(1, 40, 1000, 20_037)),
  city: optional(fc.constantFrom('Potsdam', 'MÜNCHEN', 'Köln')),
  budget: optional(fc.constantFrom({ amount: 99, currency: 'EUR' }, { amount: 1, currency: 'USD' })),
  without: optional(fc.subarray(partnerIds, { maxLength: 2 }).map(ids => new Set(ids))),
  limit: fc.integer({ min: 1, max: 5 }),
  facets: fc.boolean(),
  trace: fc.boolean(),
  capacity: optional(fc.constantFrom(1, 5, 20)),
  industries: optional(fc.subarray([...industries, 'unknown'])),
})

const weights = fc.constantFrom(
  ranking,
  { ...ranking, halfLife: 'P30D', exploration: { share: 0.5, below: 3 } },
  {
    ...ranking,
    exploration: { share: 1, below: 1000 },
    relevance: { ...ranking.relevance, tags: 0, size: 0 },
  },
)
const context: fc.Arbitrary<SearchContext> = fc.record({
  now: fc.constantFrom(now, '2026-03-15T23:59:59.999Z', '2026-03-16T00:00:00.000Z'),
  ranking: weights,
  seed: fc.constantFrom('a', 'b', 'c'),
})

/** Several searches of one engine, which must not influence each other. */
const searches = fc.array(fc.tuple(search, context), { minLength: 1, maxLength: 6 })

const oracleOf = (all: readonly DirectoryEntry[]): PlainPartnerSearch => {
  const oracle = new PlainPartnerSearch(new ExactTextIndex(labelsOf))
  for (const one of all) oracle.apply(one)
  return oracle
}

describe('the search engine', () => {
  it('returns the hits, scores, parts, totals, facets and exclusions of the oracle', () => {
    fc.assert(
      fc.property(entries, searches, (all, requested) => {
        const index = indexOf(...all)
        const oracle = oracleOf(all)
        for (const [query, as] of requested) {
          expect(index.search(query, as)).toEqual(oracle.search(query, as))
          expect(index.size).toBe(oracle.size)
        }
      }),
      { numRuns: 300 * depth },
    )
  })

  it('returns the standings, quantiles and city positions of the oracle', () => {
    fc.assert(
      fc.property(entries, context, (all, as) => {
        const index = indexOf(...all)
        const oracle = oracleOf(all)
        for (const id of partnerIds) {
          const standing = oracle.standingOf(id, as)
          expect(index.standingOf(id, as)).toEqual(standing)
          const { visibility = 0.5 } = standing ?? {}
          expect(index.quantileOf(visibility, as)).toBeCloseTo(oracle.quantileOf(visibility, as), 10)
        }
        for (const { city } of cities) {
          const [found, expected] = [index.whereIs(city), oracle.whereIs(city)]
          expect(found === undefined).toBe(expected === undefined)
          if (!found || !expected) continue
          expect(found.latitude).toBeCloseTo(expected.latitude, 6)
          expect(found.longitude).toBeCloseTo(expected.longitude, 6)
        }
      }),
    )
  })

  it('does not depend on the order or repetition of entries, or on searches in between', () => {
    const shuffled = entries.chain(all =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2, maxLength: all.length * 2 }),
      ),
    )
    fc.assert(
      fc.property(shuffled, searches, ([all, delivered], requested) => {
        const index = createPartnerSearch({ labelsOf })
        delivered.forEach((one, position) => {
          index.apply(one)
          const [query, as] = requested[position % requested.length] ?? []
          if (query && as) index.search(query, as)
        })
        const fresh = indexOf(...all)
        for (const [query, as] of requested) expect(index.search(query, as)).toEqual(fresh.search(query, as))
        expect(index.size).toBe(fresh.size)
      }),
    )
  })

  it('returns each hit on exactly one page', () => {
    fc.assert(
      fc.property(entries, search, context, (all, query, as) => {
        const index = indexOf(...all)
        const whole = index.search({ ...query, limit: 100 }, as)
        const pages: string[] = []
        let after: Position | undefined
        do {
          // Serialize the position, as a cursor does.
          const page = index.search({ ...query, after: after && JSON.parse(JSON.stringify(after)) }, as)
          expect(page.total).toBe(whole.total)
          pages.push(...page.hits.map(({ partnerId }) => partnerId))
          after = page.next
        } while (after)
        expect(pages).toEqual(whole.hits.map(({ partnerId }) => partnerId))
        expect(pages).toHaveLength(whole.total)
        expect(new Set(pages).size).toBe(pages.length)
      }),
    )
  })

  it('keeps scores and their parts between 0 and 1', () => {
    fc.assert(
      fc.property(entries, search, context, (all, query, as) => {
        for (const { score, parts } of indexOf(...all).search(query, as).hits)
          for (const value of [
            score,
            ...Object.values(parts.relevance),
            ...Object.values(parts.visibility),
          ]) {
            expect(value).toBeGreaterThanOrEqual(0)
            expect(value).toBeLessThanOrEqual(1)
          }
      }),
    )
  })

  it('finds as many profiles for a code as its facet counts', () => {
    fc.assert(
      fc.property(entries, search, context, (all, query, as) => {
        const index = indexOf(...all)
        const wide: SearchQuery = {
          ...query,
          match: 'all-lists',
          sizes: undefined,
          languages: undefined,
          facets: true,
        }
        const { facets } = index.search({ ...wide, codes: {} }, as)
        for (const { code, count } of facets?.products ?? [])
          expect(index.search({ ...wide, codes: { products: [code] } }, as).total).toBe(count)
        for (const { code, count } of facets?.industries ?? [])
          expect(index.search({ ...wide, codes: { industries: [code] } }, as).total).toBe(count)
        for (const { code, count } of facets?.customerSizes ?? [])
          expect(index.search({ ...wide, codes: {}, sizes: [code] }, as).total).toBe(count)
        for (const { code, count } of facets?.languages ?? [])
          expect(index.search({ ...wide, codes: {}, languages: [code] }, as).total).toBe(count)
      }),
    )
  })
})
