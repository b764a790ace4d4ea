/**
 * Behaviour of PartnerSearch, for each implementation. Details of the in-memory engine, such as the scores of typos,
 * are tested with its parts.
 */
import { describe, expect, it } from 'vitest'
import { asPartnerId } from '../../../shared/kernel/ids.ts'
import { defaultPolicy } from '../../../shared/program/policy/rules.ts'
import {
  createPartnerSearch,
  type DirectoryEntry,
  exclusions,
  type PartnerSearch,
  type Position,
  type SearchContext,
  type SearchQuery,
} from '../../../shared/search/index.ts'
import {
  context,
  found,
  healthEntry,
  labelsOf,
  listed,
  month,
  names,
  place,
  profileEntry,
  ranking,
  reputationEntry,
} from '../../fixtures/search.ts'
import { createMiniSearchPartnerSearch } from '../../simulation/minisearch-partner-search.ts'

const berlin = { latitude: 52.52, longitude: 13.405 }
const potsdam = { latitude: 52.4, longitude: 13.06 }
const munich = { latitude: 48.137, longitude: 11.575 }

/** Answers within 30 minutes. */
const quickAnswers = (count: number) => [month({ answers: [0, count] })]

describe.each([
  ['the engine in memory', createPartnerSearch],
  ['MiniSearch', createMiniSearchPartnerSearch],
])('partner search with %s', (_, create) => {
  const searchOf = (...entries: DirectoryEntry[]): PartnerSearch => {
    const search = create({ labelsOf })
    for (const entry of entries) search.apply(entry)
    return search
  }
  const sortedNames = (search: PartnerSearch, query: Partial<SearchQuery>): string[] =>
    names(search, query).toSorted()

  describe('codes', () => {
    const search = searchOf(
      profileEntry('both', listed({ products: ['erp', 'crm'], services: ['training'] })),
      profileEntry('erp', listed({ products: ['erp'], industries: ['retail'] })),
      profileEntry('training', listed({ services: ['training'] })),
    )

    it('are alternatives within a list, and each list is required when a customer browses', () => {
      expect(sortedNames(search, { codes: { products: ['erp', 'data'] } })).toEqual(['both', 'erp'])
      expect(names(search, { codes: { products: ['erp'], services: ['training'] } })).toEqual(['both'])
      expect(names(search, { codes: { products: ['unknown'] } })).toEqual([])
    })

    it('are alternatives over all lists for a described need, and more matches rank higher', () => {
      const codes = { products: ['erp'], services: ['training'], solutions: ['unknown'] }
      const { hits } = found(search, { codes, match: 'any' })
      expect(hits[0]?.partnerId).toBe('both')
      expect(hits).toHaveLength(3)
      expect(names(search, { codes: { solutions: ['unknown'] }, match: 'any' })).toEqual([])
      expect(names(search, { match: 'any' })).toHaveLength(3)
    })

    it('are listed in the hit if they match', () => {
      const [hit] = found(search, { codes: { products: ['crm', 'data'], services: ['training'] } }).hits
      expect(hit?.matched).toEqual([
        { list: 'products', code: 'crm' },
        { list: 'services', code: 'training' },
      ])
    })

    it('score higher in a profile with fewer other codes in the same list', () => {
      const { hits } = found(search, { codes: { products: ['erp'] } })
      expect(hits.map(({ partnerId }) => partnerId)).toEqual(['erp', 'both'])
      expect(hits.map(({ parts }) => parts.relevance.tags)).toEqual([1, 0.9])
    })

    it('score higher for partners that have won with these codes', () => {
      const won = { won: 8 }
      // The three queries have the same results in general.
      const months = [month({ accepted: 16, won: 8 })]
      const experienced = searchOf(
        ...['a', 'b', 'c'].map(name => profileEntry(name, listed({ products: ['erp', 'crm'] }))),
        reputationEntry('a', { months, affinity: { 'products/crm': won } }),
        reputationEntry('b', { months, affinity: { 'products/erp': { won: 1 } } }),
        reputationEntry('c', { months, affinity: { 'products/erp': won } }),
      )
      expect(names(experienced, { codes: { products: ['erp'] } })).toEqual(['c', 'b', 'a'])
      expect(names(experienced, { codes: { products: ['crm'] } })[0]).toBe('a')
    })

    it('rank a partner with good results onto the first page', () => {
      const search = searchOf(
        ...['one', 'other'].map(name => profileEntry(name, listed({ products: ['erp'], quality: 0.77 }))),
        profileEntry('experienced', listed({ products: ['erp'], quality: 0.5 })),
        reputationEntry('experienced', {
          affinity: { 'products/erp': { won: 10_000 } },
        }),
      )
      expect(names(search, { limit: 1 })).not.toEqual(['experienced'])
      expect(names(search, { codes: { products: ['erp'] }, limit: 1 })).toEqual(['experienced'])
    })

    it('do not match an industry that the profile also excludes', () => {
      const excluding = searchOf(
        profileEntry(
          'a',
          listed({ industries: ['retail'], preferences: { excludedIndustries: ['retail'] } }),
        ),
      )
      expect(found(excluding, { codes: { industries: ['retail'] }, trace: true })).toMatchObject({
        total: 0,
        excluded: { named: [] },
      })
    })
  })

  describe('words', () => {
    const search = searchOf(
      profileEntry('a', listed({ name: 'Müller Consulting', keywords: ['Kubernetes', 'C#'] })),
      profileEntry('b', listed({ name: 'Contoso', headline: 'Migration to Kubernetes', products: ['erp'] })),
      profileEntry('c', listed({ name: '云计算服务有限公司' })),
    )

    it.each([
      ['muller', ['a']],
      ['kubernetes', ['a', 'b']],
      ['migration', ['b']],
      ['ERP', ['b']],
      ['c#', ['a']],
      ['云计算', ['c']],
    ])('match names, keywords, headlines and labels of codes: %s', (text, expected) => {
      expect(sortedNames(search, { text })).toEqual(expected)
    })

    it('match by a prefix of three letters', () => {
      expect(sortedNames(search, { text: 'kube' })).toEqual(['a', 'b'])
      expect(names(search, { text: 'ku' })).toEqual([])
    })

    it('match with one typo but not with many', () => {
      expect(names(search, { text: 'mullar' })).toEqual(['a'])
      expect(sortedNames(search, { text: 'kubernates' })).toEqual(['a', 'b'])
      expect(names(search, { text: 'kubxxxtes' })).toEqual([])
    })

    it('score higher with more matches, and higher in the name than in the headline', () => {
      expect(names(search, { text: 'kubernetes migration' })).toEqual(['b', 'a'])
      const fields = searchOf(
        profileEntry('headline', listed({ name: 'One', headline: 'Payroll' })),
        profileEntry('name', listed({ name: 'Payroll' })),
      )
      expect(names(fields, { text: 'payroll' })).toEqual(['name', 'headline'])
    })

    it('are listed in the hit as typed if they match', () => {
      const { hits } = found(search, { text: 'KUBE migration unknown' })
      expect(hits.map(({ partnerId, words }) => [partnerId, words])).toEqual([
        ['b', ['kube', 'migration']],
        ['a', ['kube']],
      ])
    })

    it('affect only the order for a described need', () => {
      expect(names(search, { text: 'migration', match: 'any' })[0]).toBe('b')
      expect(names(search, { text: 'migration', match: 'any' })).toHaveLength(3)
      expect(found(search, { text: 'unknown', match: 'any' }).hits[0]?.parts.relevance).toEqual({})
    })

    it('are not required when the text contains none', () => {
      expect(names(search, { text: '!' })).toHaveLength(3)
    })

    it('have a text score between 0 and 1', () => {
      for (const text of ['kubernetes', 'kube migration', 'muller kubernetes erp'])
        for (const { parts } of found(search, { text }).hits) {
          expect(parts.relevance.text).toBeGreaterThan(0)
          expect(parts.relevance.text).toBeLessThanOrEqual(1)
        }
    })
  })

  describe('size and language', () => {
    const search = searchOf(
      profileEntry('german', listed({ languages: ['de-AT'], customerSizes: ['1-10'] })),
      profileEntry('english', listed({ languages: ['en'], customerSizes: ['1-10', '51-250'] })),
      profileEntry('not stated', listed()),
    )

    it('a language is required when a customer browses, without regard to its region', () => {
      expect(names(search, { languages: ['de-CH'] })).toEqual(['german'])
      expect(names(search, { languages: ['fr'] })).toEqual([])
    })

    it('a language affects the order for a described need: spoken, then not stated, then others', () => {
      const { hits } = found(search, { languages: ['de'], match: 'any' })
      expect(hits.map(({ partnerId, parts }) => [partnerId, parts.relevance.language])).toEqual([
        ['german', 1],
        ['not stated', 0.5],
        ['english', 0],
      ])
      expect(hits[0]?.matched).toEqual([{ list: 'languages', code: 'de' }])
    })

    it('a matching size scores higher than an unstated one, and other sizes are excluded', () => {
      const { hits } = found(search, { sizes: ['51-250'] })
      expect(hits.map(({ partnerId, parts }) => [partnerId, parts.relevance.size])).toEqual([
        ['english', 1],
        ['not stated', 0.5],
      ])
      expect(hits[0]?.matched).toEqual([{ list: 'customerSizes', code: '51-250' }])
    })

    it('one of several languages is required, and regions of one language count once', () => {
      expect(sortedNames(search, { languages: ['fr', 'en', 'de'] })).toEqual(['english', 'german'])
      const { hits } = found(search, { languages: ['fr', 'de-CH', 'de-AT', 'en'], match: 'any' })
      const parts = hits.map(({ partnerId, parts: { relevance } }) => [partnerId, relevance.language])
      expect(Object.fromEntries(parts)).toEqual({ german: 1, english: 1, 'not stated': 0.5 })
      const matched = hits.map(hit => [hit.partnerId, hit.matched])
      expect(Object.fromEntries(matched)).toEqual({
        german: [{ list: 'languages', code: 'de' }],
        english: [{ list: 'languages', code: 'en' }],
        'not stated': [],
      })
    })

    it('one of several sizes is required, and matched has each size that the profile serves once', () => {
      const { hits } = found(search, { sizes: ['51-250', '1-10', '1001-plus', '1-10'] })
      const parts = hits.map(({ partnerId, parts: { relevance } }) => [partnerId, relevance.size])
      expect(Object.fromEntries(parts)).toEqual({ german: 1, english: 1, 'not stated': 0.5 })
      expect(hits.find(({ partnerId }) => partnerId === 'english')?.matched).toEqual([
        { list: 'customerSizes', code: '51-250' },
        { list: 'customerSizes', code: '1-10' },
      ])
      expect(sortedNames(search, { sizes: ['1001-plus', '251-1000'] })).toEqual(['not stated'])
    })

    it('empty lists have no effect', () => {
      expect(found(search, { sizes: [], languages: [], trace: true, facets: true })).toEqual(
        found(search, { trace: true, facets: true }),
      )
    })
  })

  describe('distance', () => {
    const search = searchOf(
      profileEntry(
        'b',
        listed({
          locations: [place('west', { coordinates: munich }), place('east', { coordinates: berlin })],
        }),
      ),
      profileEntry('m', listed({ locations: [place('main', { city: 'München', coordinates: munich })] })),
      profileEntry(
        'x',
        listed({ locations: [place('one', { city: 'Potsdam' }), place('two', { city: 'POTSDAM' })] }),
      ),
    )

    it('is measured to the nearest location, which is part of the hit', () => {
      const { hits } = found(search, { near: potsdam })
      expect(hits.map(({ partnerId, locationId }) => [partnerId, locationId])).toEqual([
        ['b', 'east'],
        ['m', 'main'],
        ['x', 'one'],
      ])
      expect(hits[0]?.distanceKm).toBeCloseTo(26.9, 0)
      expect(hits[2]?.distanceKm).toBeUndefined()
    })

    it('halves its score with each distanceHalfKm', () => {
      const [hit] = found(search, { near: potsdam }).hits
      expect(hit?.parts.relevance.distance).toBeCloseTo(2 ** (-26.9 / ranking.distanceHalfKm), 2)
    })

    it('is limited by radiusKm, which excludes unknown distances', () => {
      expect(names(search, { near: potsdam, radiusKm: 30 })).toEqual(['b'])
      expect(names(search, { near: potsdam, radiusKm: 20 })).toEqual([])
      expect(names(search, { near: potsdam, radiusKm: 1000 })).toEqual(['b', 'm'])
    })

    it('is correct across the date line', () => {
      const fiji = searchOf(
        profileEntry(
          'a',
          listed({ locations: [place('one', { coordinates: { latitude: -17, longitude: 179.9 } })] }),
        ),
      )
      expect(names(fiji, { near: { latitude: -17, longitude: -179.9 }, radiusKm: 50 })).toEqual(['a'])
    })

    it('is 0 in the city of the customer when coordinates are unknown', () => {
      expect(names(search, { city: 'potsdam' })[0]).toBe('x')
      expect(names(search, { near: potsdam, city: 'Potsdam' })[0]).toBe('x')
      expect(names(search, { city: 'Potsdam', radiusKm: 10 })).toEqual(['x'])
    })

    it('can start at the mean position of the locations in a city', () => {
      expect(search.whereIs('Munchen')?.latitude).toBeCloseTo(munich.latitude, 4)
      expect(search.whereIs('Munchen')?.longitude).toBeCloseTo(munich.longitude, 4)
      expect(search.whereIs('Potsdam')).toBeUndefined()
      expect(search.whereIs('Nowhere')).toBeUndefined()
    })
  })

  describe('a location without a reachable contact', () => {
    const search = searchOf(
      profileEntry(
        'a',
        listed({
          locations: [place('one', { contacts: ['ann'] }), place('two', { contacts: ['bob', 'eve'] })],
        }),
      ),
    )
    const shownLocations = () => found(search).hits.map(({ locationId }) => locationId)

    it('is not shown until mail is delivered again; a profile with only such locations is excluded', () => {
      expect(shownLocations()).toEqual(['one'])
      search.apply(healthEntry('a', ['ann', 'bob'], 1))
      expect(shownLocations()).toEqual(['two'])
      search.apply(healthEntry('a', ['ann', 'bob', 'eve'], 2))
      expect(shownLocations()).toEqual([])
      expect(found(search, { trace: true }).excluded?.counts.undeliverable).toBe(1)
      expect(search.standingOf(asPartnerId('a'), context)?.isDeliverable).toBe(false)
      search.apply(healthEntry('a', [], 3))
      expect(shownLocations()).toEqual(['one'])
    })

    it('is shown when the default contacts are reachable', () => {
      const locations = [place('one', { contacts: ['ann'] })]
      search.apply(profileEntry('a', listed({ locations, defaultContacts: ['dan'] }), 2))
      search.apply(healthEntry('a', ['ann'], 4))
      expect(shownLocations()).toEqual(['one'])
      search.apply(healthEntry('a', ['ann', 'dan'], 5))
      expect(shownLocations()).toEqual([])
    })
  })

  describe('partners that exclude a request', () => {
    const search = searchOf(
      profileEntry('size', listed({ customerSizes: ['51-250'] })),
      profileEntry('industry', listed({ preferences: { excludedIndustries: ['retail'] } })),
      profileEntry('keyword', listed({ preferences: { excludedKeywords: ['game server'] } })),
      profileEntry('deal-value', listed({ preferences: { minDealValue: { amount: 100, currency: 'EUR' } } })),
      profileEntry('paused', listed({ preferences: { pausedUntil: '2026-03-16' } })),
      profileEntry('full', listed({ preferences: { maxOpenReferrals: 1 } })),
      reputationEntry('full', { open: 1 }),
      profileEntry('undeliverable', listed()),
      healthEntry('undeliverable', ['somebody']),
    )
    const excludedByAll: Partial<SearchQuery> = {
      sizes: ['1-10'],
      text: 'a game server',
      industries: ['retail'],
      match: 'any',
      budget: { amount: 99, currency: 'EUR' },
      trace: true,
    }

    it('are omitted, counted and listed with the reason', () => {
      expect(found(search).total).toBe(4)
      const { total, excluded } = found(search, excludedByAll)
      expect(total).toBe(0)
      expect(excluded?.counts).toEqual(Object.fromEntries(exclusions.map(why => [why, 1])))
      const reasons = (excluded?.named ?? []).map(({ partnerId, why }) => [partnerId, why])
      expect(Object.fromEntries(reasons)).toEqual(Object.fromEntries(exclusions.map(why => [why, why])))
    })

    it('are omitted only for such requests', () => {
      const pass: Partial<SearchQuery> = {
        sizes: ['51-250'],
        text: 'a server for a game',
        industries: ['health'],
        match: 'any',
        budget: { amount: 99, currency: 'USD' },
      }
      expect(sortedNames(search, pass)).toEqual(['deal-value', 'industry', 'keyword', 'size'])
      expect(sortedNames(search, { codes: { industries: ['retail'] }, match: 'any' })).toEqual([])
    })

    it('are counted for the first reason that applies', () => {
      const paused = searchOf(
        profileEntry('a', listed({ customerSizes: ['51-250'], preferences: { pausedUntil: '2026-03-16' } })),
      )
      expect(found(paused, { sizes: ['1-10'], trace: true }).excluded?.counts).toMatchObject({
        paused: 1,
        size: 0,
      })
    })

    it('are listed up to 20, highest score first', () => {
      const many = searchOf(
        ...Array.from({ length: 25 }, (_, quality) =>
          profileEntry(
            `${quality}`,
            listed({ quality: quality / 25, preferences: { pausedUntil: '2030-01-01' } }),
          ),
        ),
      )
      const { counts, named } = found(many, { trace: true }).excluded ?? {}
      expect(counts?.paused).toBe(25)
      expect(named?.map(({ partnerId }) => partnerId)).toEqual(
        Array.from({ length: 20 }, (_, index) => `${24 - index}`),
      )
    })

    it('are found again when the pause ends or a referral is closed', () => {
      expect(names(search, {}, { now: '2026-03-16T00:00:00.000Z' })).toContain('paused')
      search.apply(reputationEntry('full', { open: 0, version: 2 }))
      expect(names(search)).toContain('full')
    })

    it('by a keyword stay excluded when another partner removes a keyword with the same first word', () => {
      const excluding = (partnerId: string, keywords: string[], version = 1) =>
        profileEntry(partnerId, listed({ preferences: { excludedKeywords: keywords } }), version)
      const gaming = searchOf(excluding('a', ['game server']), excluding('b', ['game', 'game console kit']))
      expect(sortedNames(gaming, { text: 'a game', match: 'any' })).toEqual(['a'])
      gaming.apply(excluding('b', [], 2))
      expect(sortedNames(gaming, { text: 'a game', match: 'any' })).toEqual(['a', 'b'])
      expect(sortedNames(gaming, { text: 'a game server', match: 'any' })).toEqual(['b'])
    })

    it('are reported only on request', () => {
      expect(found(search).excluded).toBeNull()
    })
  })

  describe('a capacity', () => {
    const search = searchOf(
      ...['idle', 'busy', 'loaded', 'limited'].map(name =>
        profileEntry(name, listed({ preferences: { maxOpenReferrals: name === 'limited' ? 100 : null } })),
      ),
      ...Object.entries({ busy: 5, loaded: 10, limited: 50 }).map(([name, open]) =>
        reputationEntry(name, { open }),
      ),
    )

    it('multiplies scores by the free share of the capacity and excludes partners without free capacity', () => {
      const [plain] = found(search).hits
      const { hits, excluded } = found(search, { capacity: 10, trace: true })
      expect(hits.map(({ partnerId, open, maxOpen }) => [partnerId, open, maxOpen])).toEqual(
        expect.arrayContaining([
          ['idle', 0, null],
          ['busy', 5, null],
          ['limited', 50, 100],
        ]),
      )
      expect(hits[0]?.score).toBe(plain?.score)
      for (const hit of hits.slice(1)) expect(hit.score).toBeCloseTo((plain?.score ?? 0) / 2)
      expect(excluded?.named).toEqual([{ partnerId: 'loaded', why: 'full' }])
    })
  })

  describe('visibility', () => {
    it('ranks partners that answer before partners that do not', () => {
      const search = searchOf(
        ...['a', 'b', 'c'].map(name => profileEntry(name, listed())),
        reputationEntry('a', { months: [month({ silences: 10 })] }),
        reputationEntry('c', { months: quickAnswers(10) }),
        reputationEntry('b', { months: [month({ answers: [0, 0, 0, 0, 0, 0, 0, 0, 0, 10] })] }),
      )
      const { hits } = found(search, {}, { seed: 'x' })
      expect(hits.map(({ partnerId, answerTime }) => [partnerId, answerTime])).toEqual([
        ['c', 'within-hours'],
        ['b', 'within-two-weeks'],
        ['a', null],
      ])
    })

    it('is multiplied with relevance, which ignores criteria that the search does not use', () => {
      const search = searchOf(profileEntry('a', listed({ quality: 1 })))
      const [hit] = found(search).hits
      expect(hit?.parts.relevance).toEqual({})
      const { answerRate, followThrough, speed, quality } = ranking.visibility
      // Without wins, `outcome` and `fit` are 0 and one twentieth of `speed` counts.
      expect(hit?.score).toBeCloseTo(0.5 * (answerRate + followThrough + speed / 20) + quality)
      const [need] = found(search, { codes: { products: ['erp'] }, sizes: ['1-10'], match: 'any' }).hits
      expect(need).toBeUndefined()
      const [sized] = found(search, { sizes: ['1-10'] }).hits
      expect(sized?.score).toBeCloseTo(0.5 * (hit?.score ?? 0))
    })

    it('follows the weights of the present search', () => {
      const search = searchOf(
        profileEntry('complete', listed({ quality: 1 })),
        reputationEntry('complete', { months: [month({ silences: 10 })] }),
        profileEntry('quick', listed({ quality: 0 })),
        reputationEntry('quick', { months: quickAnswers(10) }),
      )
      const none = { speed: 0, answerRate: 0, followThrough: 0, outcome: 0, fit: 0, quality: 0 }
      const by = (part: 'quality' | 'speed') =>
        names(search, {}, { ranking: { ...ranking, visibility: { ...none, [part]: 1 } } })
      expect(by('quality')).toEqual(['complete', 'quick'])
      expect(by('speed')).toEqual(['quick', 'complete'])
      expect(by('quality')).toEqual(['complete', 'quick'])
    })

    it('loses weight with time', () => {
      const search = searchOf(
        profileEntry('a', listed()),
        reputationEntry('a', { months: quickAnswers(10) }),
        profileEntry('b', listed()),
      )
      const nOn = (now: string) =>
        search.standingOf(asPartnerId('a'), { ...context, now })?.observations.speed.n ?? 0
      expect(nOn('2026-03-15T00:00:00.000Z')).toBeCloseTo(10)
      expect(nOn('2026-09-12T00:00:00.000Z')).toBeCloseTo(5, 0)
    })

    it('is raised to the highest visibility for one newcomer at a time, in the share of searches that the policy sets', () => {
      const search = searchOf(
        ...['old', 'new', 'newer'].map(name => profileEntry(name, listed())),
        reputationEntry('old', { months: quickAnswers(50) }),
      )
      const as = (seed: number): Partial<SearchContext> => ({
        seed: `${seed}`,
        ranking: defaultPolicy.ranking,
      })
      const explored = Array.from({ length: 2000 }, (_, seed) => found(search, {}, as(seed)).hits).flatMap(
        hits => {
          const raised = hits.filter(hit => hit.explored)
          if (raised.length > 0) expect(hits[0]?.score).toBe(hits[1]?.score)
          expect(raised.length).toBeLessThanOrEqual(1)
          return raised.map(({ partnerId }) => partnerId)
        },
      )
      // One tenth of the searches, half of them for each newcomer.
      for (const name of ['new', 'newer']) {
        const turns = explored.filter(partnerId => partnerId === name).length
        expect(turns).toBeGreaterThan(70)
        expect(turns).toBeLessThan(130)
      }
    })
  })

  describe('standingOf', () => {
    const search = searchOf(
      ...['a', 'b', 'c', 'd'].map(name =>
        profileEntry(name, listed({ preferences: { maxOpenReferrals: 7 } })),
      ),
      reputationEntry('a', { months: quickAnswers(10), open: 3 }),
      reputationEntry('d', { months: [month({ silences: 10 })] }),
    )

    it('returns the visibility of an active profile with its parts', () => {
      const standing = search.standingOf(asPartnerId('a'), context)
      expect(standing).toMatchObject({
        isNewcomer: false,
        answerTime: 'within-hours',
        open: 3,
        maxOpen: 7,
        isDeliverable: true,
        contributors: { speed: 2, answerRate: 2, followThrough: 1, outcome: 0, fit: 0 },
      })
      expect(standing?.visibility).toBe(found(search).hits[0]?.score)
      expect(standing?.parts).toEqual(found(search).hits[0]?.parts.visibility)
      expect(search.standingOf(asPartnerId('b'), context)).toMatchObject({
        isNewcomer: true,
        answerTime: null,
        open: 0,
      })
    })

    it('returns undefined for a profile that is not active', () => {
      expect(search.standingOf(asPartnerId('unknown'), context)).toBeUndefined()
      const gone = searchOf(profileEntry('a', listed(), 1), profileEntry('a', null, 2))
      expect(gone.standingOf(asPartnerId('a'), context)).toBeUndefined()
    })

    it('has a quantile: the share of profiles with lower visibility plus half of those with equal visibility', () => {
      const quantileOf = (name: string) =>
        search.quantileOf(search.standingOf(asPartnerId(name), context)?.visibility ?? 0, context)
      expect(['d', 'b', 'c', 'a'].map(quantileOf)).toEqual([0.125, 0.5, 0.5, 0.875])
      expect(search.quantileOf(0, context)).toBe(0)
      expect(search.quantileOf(1, context)).toBe(1)
      expect(searchOf().quantileOf(0.5, context)).toBe(0)
    })
  })

  describe('entries', () => {
    it('with an earlier or equal version are ignored', () => {
      const search = searchOf(
        profileEntry('a', listed({ name: 'New' }), 2),
        profileEntry('a', listed({ name: 'Old' }), 1),
        profileEntry('a', listed({ name: 'Same' }), 2),
        profileEntry('b', null, 2),
        profileEntry('b', listed(), 1),
        reputationEntry('a', { open: 4, version: 2 }),
        reputationEntry('a', { open: 1, version: 1 }),
      )
      expect(found(search).hits.map(({ name, open }) => [name, open])).toEqual([['New', 4]])
    })

    it('replace all content of the previous entry', () => {
      const old = listed({
        name: 'Before',
        headline: 'Payroll',
        products: ['erp'],
        languages: ['de'],
        customerSizes: ['1-10'],
        keywords: ['inventory'],
        locations: [place('one', { city: 'Berlin', coordinates: berlin })],
        preferences: { excludedKeywords: ['games'], excludedIndustries: ['retail'] },
      })
      const search = searchOf(profileEntry('a', old, 1), profileEntry('a', listed({ name: 'After' }), 2))
      for (const text of ['before', 'payroll', 'inventory', 'erp'])
        expect(names(search, { text })).toEqual([])
      expect(names(search, { text: 'after' })).toEqual(['a'])
      expect(names(search, { codes: { products: ['erp'] } })).toEqual([])
      expect(names(search, { languages: ['de'] })).toEqual([])
      expect(names(search, { near: berlin, radiusKm: 10 })).toEqual([])
      expect(
        names(search, { sizes: ['51-250'], text: 'games', industries: ['retail'], match: 'any' }),
      ).toEqual(['a'])
      expect(found(search, { facets: true }).facets).toMatchObject({
        products: [],
        languages: [],
        customerSizes: [],
      })
    })

    it('remove a profile that is not active any more and add it again', () => {
      const search = searchOf(
        profileEntry('a', listed({ products: ['erp'] }), 1),
        profileEntry('a', null, 2),
        profileEntry('b', listed({ products: ['data'] })),
      )
      expect(names(search, { codes: { products: ['erp'] } })).toEqual([])
      expect(search.size).toBe(1)
      search.apply(profileEntry('a', listed({ products: ['crm'] }), 3))
      expect(names(search, { codes: { products: ['erp'] } })).toEqual([])
      expect(names(search, { codes: { products: ['crm'] } })).toEqual(['a'])
      expect(names(search, { codes: { products: ['data'] } })).toEqual(['b'])
      expect(search.size).toBe(2)
    })

    it('keep the reputation of a partner while its profile is not active', () => {
      const search = searchOf(
        profileEntry('a', listed(), 1),
        reputationEntry('a', { open: 2 }),
        profileEntry('a', null, 2),
        profileEntry('a', listed(), 3),
      )
      expect(search.standingOf(asPartnerId('a'), context)?.open).toBe(2)
    })

    it('give the same result in reverse order', () => {
      const entries = [
        profileEntry('a', listed({ products: ['erp'] }), 1),
        profileEntry('a', listed({ products: ['crm'] }), 2),
        reputationEntry('a', { months: quickAnswers(8), open: 1 }),
        healthEntry('a', ['nobody']),
        profileEntry('b', listed({ products: ['crm'] })),
      ]
      const query = { codes: { products: ['crm'] }, facets: true, trace: true }
      expect(found(searchOf(...entries.toReversed()), query)).toEqual(found(searchOf(...entries), query))
    })

    it('beyond the maximum number of partners are dropped', () => {
      const search = create({ labelsOf, maxPartners: 1 })
      search.apply(profileEntry('a', listed()))
      expect(search.isFull).toBe(false)
      search.apply(profileEntry('b', listed()))
      expect(search.isFull).toBe(true)
      search.apply(profileEntry('a', listed({ name: 'Changed' }), 2))
      expect(found(search).hits.map(({ name }) => name)).toEqual(['Changed'])
    })
  })

  describe('facets', () => {
    const search = searchOf(
      profileEntry(
        'a',
        listed({ products: ['erp', 'crm'], languages: ['de-AT', 'de'], customerSizes: ['1-10'] }),
      ),
      profileEntry('b', listed({ products: ['crm'], services: ['training'], languages: ['en'] })),
      profileEntry('c', listed({ services: ['training'] })),
      profileEntry('paused', listed({ products: ['crm'], preferences: { pausedUntil: '2030-01-01' } })),
    )
    const facetsOf = (query: Partial<SearchQuery>) => found(search, { ...query, facets: true }).facets

    it('count the profiles with each value, highest first', () => {
      expect(facetsOf({})).toEqual({
        industries: [],
        products: [
          { code: 'crm', count: 2 },
          { code: 'erp', count: 1 },
        ],
        services: [{ code: 'training', count: 2 }],
        solutions: [],
        // Profiles without sizes serve all sizes.
        customerSizes: [{ code: '1-10', count: 3 }],
        languages: [
          { code: 'de', count: 1 },
          { code: 'en', count: 1 },
        ],
      })
    })

    it('ignore the requested codes of their own list', () => {
      const facets = facetsOf({ codes: { products: ['erp'] } })
      expect(facets?.products).toEqual([
        { code: 'crm', count: 2 },
        { code: 'erp', count: 1 },
      ])
      expect(facets?.services).toEqual([])
      expect(facetsOf({ languages: ['en'] })?.languages).toHaveLength(2)
      expect(facetsOf({ languages: ['en'], codes: { products: ['erp'] } })).toMatchObject({
        products: [{ code: 'crm', count: 1 }],
        languages: [{ code: 'de', count: 1 }],
      })
    })

    it('count languages and sizes as if nothing were asked for in them, also with several values', () => {
      const all = facetsOf({})
      const several = facetsOf({ languages: ['de', 'fr'], sizes: ['51-250', '1001-plus'] })
      // Profile a serves 1-10 only. It counts for its size, and not for its language.
      expect(several?.customerSizes).toEqual([{ code: '1-10', count: 1 }])
      expect(several?.languages).toEqual([{ code: 'en', count: 1 }])
      expect(facetsOf({ languages: ['de', 'en'] })?.languages).toEqual(all?.languages)
      expect(facetsOf({ sizes: ['51-250', '1-10'] })?.customerSizes).toEqual(all?.customerSizes)
    })

    it('are counted within text and radius', () => {
      expect(facetsOf({ text: 'training' })?.products).toEqual([{ code: 'crm', count: 1 }])
      expect(facetsOf({ near: berlin, radiusKm: 10 })?.products).toEqual([])
    })

    it('are computed only on request', () => {
      expect(found(search).facets).toBeNull()
    })
  })

  describe('pages', () => {
    const ids = Array.from({ length: 23 }, (_, index) => `p${index}`)
    const search = searchOf(...ids.map(id => profileEntry(id, listed({ products: ['erp'] }))))
    const pagesOf = (limit: number, as: Partial<SearchContext> = {}): string[][] => {
      const pages: string[][] = []
      let after: Position | undefined
      do {
        const page = found(search, { limit, after }, as)
        expect(page.total).toBe(ids.length)
        pages.push(page.hits.map(({ partnerId }) => partnerId))
        // Serialize the position, as a cursor does.
        after = page.next && JSON.parse(JSON.stringify(page.next))
      } while (after)
      return pages
    }

    it('contain each hit once, in the order of one long page', () => {
      const [whole] = pagesOf(100)
      for (const limit of [1, 5, 22, 23]) expect(pagesOf(limit).flat()).toEqual(whole)
      expect(whole?.toSorted()).toEqual(ids.toSorted())
    })

    it('have a next position only if there are more hits', () => {
      expect(found(search, { limit: 23 }).next).toBeUndefined()
      expect(found(search, { limit: 22 }).next).toBeDefined()
    })

    it('order equal scores by the seed', () => {
      expect(pagesOf(100, { seed: 'one' })).toEqual(pagesOf(100, { seed: 'one' }))
      expect(pagesOf(100, { seed: 'one' })).not.toEqual(pagesOf(100, { seed: 'other' }))
    })

    it('stay the same when the last profile of a page is removed', () => {
      const changing = searchOf(...ids.map(id => profileEntry(id, listed())))
      const whole = names(changing, { limit: 100 })
      const first = found(changing, { limit: 10 })
      const border = first.hits.at(-1)?.partnerId ?? ''
      changing.apply(profileEntry(border, null, 2))
      expect(names(changing, { limit: 100, after: first.next })).toEqual(whole.slice(10))
    })

    it('omit partners in `without`', () => {
      const without = new Set(ids.slice(0, 20).map(asPartnerId))
      expect(sortedNames(search, { without })).toEqual(ids.slice(20).toSorted())
      expect(found(search, { without }).total).toBe(3)
    })
  })
})
