import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../../shared/program/policy/rules.ts'
import { createPartnerSearch, type SearchQuery } from '../../../shared/search/index.ts'
import {
  context,
  found,
  healthEntry,
  indexOf,
  labelsOf,
  listed,
  month,
  names,
  place,
  profileEntry,
  ranking,
  reputationEntry,
} from '../../fixtures/search.ts'

const berlin = { latitude: 52.52, longitude: 13.405 }
const potsdam = { latitude: 52.4, longitude: 13.06 }
const munich = { latitude: 48.137, longitude: 11.575 }

describe('codes', () => {
  const index = indexOf(
    profileEntry('both', listed({ products: ['erp', 'crm'], services: ['training'] })),
    profileEntry('erp', listed({ products: ['erp'], industries: ['retail'] })),
    profileEntry('training', listed({ services: ['training'] })),
  )

  it('of a list are alternatives, and those of several lists are all wanted, in a directory', () => {
    expect(names(index, { codes: { products: ['erp', 'data'] } }).toSorted()).toEqual(['both', 'erp'])
    expect(names(index, { codes: { products: ['erp'], services: ['training'] } })).toEqual(['both'])
    expect(names(index, { codes: { products: ['unheard-of'] } })).toEqual([])
  })

  it('are all alternatives for a need, which more of them fit better', () => {
    const codes = { products: ['erp'], services: ['training'], solutions: ['unheard-of'] }
    const hits = found(index, { codes, match: 'any' }).hits
    expect(hits[0]?.partnerId).toBe('both')
    expect(hits).toHaveLength(3)
    expect(names(index, { codes: { solutions: ['unheard-of'] }, match: 'any' })).toEqual([])
    expect(names(index, { match: 'any' })).toHaveLength(3)
  })

  it('are named that were asked for and are had', () => {
    const [hit] = found(index, { codes: { products: ['crm', 'data'], services: ['training'] } }).hits
    expect(hit?.matched).toEqual([
      { list: 'products', code: 'crm' },
      { list: 'services', code: 'training' },
    ])
  })

  it('that are few and sharp fit better than everything there is', () => {
    const hits = found(index, { codes: { products: ['erp'] } }).hits
    expect(hits.map(({ partnerId }) => partnerId)).toEqual(['erp', 'both'])
    expect(hits.map(({ parts }) => parts.relevance.tags)).toEqual([1, 0.9])
  })

  it('count for who did well with them', () => {
    const won = { accepted: 8, declined: 0, won: 8, lost: 0 }
    const declined = { accepted: 0, declined: 8, won: 0, lost: 0 }
    const experienced = indexOf(
      ...['a', 'b', 'c'].map(name => profileEntry(name, listed({ products: ['erp', 'crm'] }))),
      reputationEntry('a', { affinity: { 'products/erp': declined, 'products/crm': won } }),
      reputationEntry('c', { affinity: { 'products/erp': won, 'products/crm': declined } }),
    )
    expect(names(experienced, { codes: { products: ['erp'] } })).toEqual(['c', 'b', 'a'])
    expect(names(experienced, { codes: { products: ['crm'] } })).toEqual(['a', 'b', 'c'])
  })
})

describe('words', () => {
  const index = indexOf(
    profileEntry('a', listed({ name: 'Müller Consulting', keywords: ['Kubernetes', 'C#'] })),
    profileEntry('b', listed({ name: 'Contoso', headline: 'Migration to Kubernetes', products: ['erp'] })),
    profileEntry('c', listed({ name: '云计算服务有限公司' })),
  )
  const finds = (text: string) => names(index, { text })

  it('are found in names, keywords, headlines and what codes are called', () => {
    expect(finds('muller')).toEqual(['a'])
    expect(finds('kubernetes')).toEqual(['a', 'b'])
    expect(finds('migration')).toEqual(['b'])
    expect(finds('ERP')).toEqual(['b'])
    expect(finds('c#')).toEqual(['a'])
    expect(finds('云计算')).toEqual(['c'])
  })

  it('are found by their beginning, or mistyped', () => {
    expect(finds('kube')).toEqual(['a', 'b'])
    expect(finds('ku')).toEqual([])
    expect(finds('mulelr')).toEqual(['a'])
    expect(finds('kubrenets')).toEqual(['a', 'b'])
    expect(finds('kubxxxtes')).toEqual([])
  })

  it('leave nobody out of what is found for a need', () => {
    expect(names(index, { text: 'migration', match: 'any' })[0]).toBe('b')
    expect(names(index, { text: 'migration', match: 'any' })).toHaveLength(3)
    expect(found(index, { text: 'unheard', match: 'any' }).hits[0]?.parts.relevance).toEqual({})
  })
})

describe('distance', () => {
  const index = indexOf(
    profileEntry(
      'b',
      listed({ locations: [place('west', { coordinates: munich }), place('east', { coordinates: berlin })] }),
    ),
    profileEntry('m', listed({ locations: [place('main', { city: 'München', coordinates: munich })] })),
    profileEntry(
      'x',
      listed({ locations: [place('one', { city: 'Potsdam' }), place('two', { city: 'POTSDAM' })] }),
    ),
  )

  it('is that to the nearest place', () => {
    const hits = found(index, { near: potsdam }).hits
    expect(hits.map(({ partnerId, locationId }) => [partnerId, locationId])).toEqual([
      ['b', 'east'],
      ['m', 'main'],
      ['x', 'one'],
    ])
    expect(hits[0]?.distanceKm).toBeCloseTo(26.9, 0)
    expect(hits[2]?.distanceKm).toBeUndefined()
  })

  it('can be limited, and then leaves out where it is not known', () => {
    expect(names(index, { near: potsdam, radiusKm: 30 })).toEqual(['b'])
    expect(names(index, { near: potsdam, radiusKm: 20 })).toEqual([])
    expect(names(index, { near: potsdam, radiusKm: 1000 })).toEqual(['b', 'm'])
  })

  it('is none in the city of the customer, where coordinates do not say', () => {
    expect(names(index, { city: 'potsdam' })[0]).toBe('x')
    expect(names(index, { near: potsdam, city: 'Potsdam' })[0]).toBe('x')
    expect(names(index, { city: 'Potsdam', radiusKm: 10 })).toEqual(['x'])
  })

  it('starts where places in a city are', () => {
    expect(index.whereIs('Munchen')?.latitude).toBeCloseTo(munich.latitude, 4)
    expect(index.whereIs('Potsdam')).toBeUndefined()
  })
})

describe('a place that nobody can be reached at', () => {
  const index = indexOf(
    profileEntry(
      'a',
      listed({
        locations: [place('one', { contacts: ['ann'] }), place('two', { contacts: ['bob', 'eve'] })],
      }),
    ),
  )
  const shown = () => found(index).hits.map(({ locationId }) => locationId)

  it('is not shown, nor a profile of such places alone, until that is better', () => {
    expect(shown()).toEqual(['one'])
    index.apply(healthEntry('a', ['ann', 'bob'], 1))
    expect(shown()).toEqual(['two'])
    index.apply(healthEntry('a', ['ann', 'bob', 'eve'], 2))
    expect(shown()).toEqual([])
    expect(found(index, { trace: true }).excluded?.counts.undeliverable).toBe(1)
    index.apply(healthEntry('a', [], 3))
    expect(shown()).toEqual(['one'])
  })

  it('is shown where somebody else is mailed instead', () => {
    index.apply(
      profileEntry(
        'a',
        listed({ locations: [place('one', { contacts: ['ann'] })], defaultContacts: ['dan'] }),
        2,
      ),
    )
    index.apply(healthEntry('a', ['ann'], 4))
    expect(shown()).toEqual(['one'])
    index.apply(healthEntry('a', ['ann', 'dan'], 5))
    expect(shown()).toEqual([])
  })
})

describe('who would rather not be sent something', () => {
  const index = indexOf(
    profileEntry('size', listed({ customerSizes: ['51-250'] })),
    profileEntry('industry', listed({ preferences: { excludedIndustries: ['retail'] } })),
    profileEntry('keyword', listed({ preferences: { excludedKeywords: ['game server'] } })),
    profileEntry('deal-value', listed({ preferences: { leastDealValue: { amount: 100, currency: 'EUR' } } })),
    profileEntry('paused', listed({ preferences: { pausedUntil: '2026-03-16' } })),
    profileEntry('full', listed({ preferences: { mostOpenReferrals: 1 } })),
    reputationEntry('full', { open: 1 }),
  )

  it('is left out of that, and named where it is wanted', () => {
    const everything: Partial<SearchQuery> = {
      size: '1-10',
      text: 'a game server',
      codes: { industries: ['retail'] },
      match: 'any',
      budget: { amount: 99, currency: 'EUR' },
      trace: true,
    }
    expect(found(index).total).toBe(4)
    const anything = found(index, { ...everything, codes: {} })
    expect(anything.hits.map(({ partnerId }) => partnerId)).toEqual(['industry'])
    expect(
      Object.fromEntries((anything.excluded?.named ?? []).map(({ partnerId, why }) => [partnerId, why])),
    ).toEqual({
      size: 'size',
      keyword: 'keyword',
      'deal-value': 'deal-value',
      paused: 'paused',
      full: 'full',
    })
    expect(names(index, everything)).toEqual([])
  })

  it('is there again with the day on which it is back, and with room for more', () => {
    expect(names(index, {}, { now: '2026-03-16T00:00:00.000Z' })).toContain('paused')
    index.apply(reputationEntry('full', { open: 0, version: 2 }))
    expect(names(index)).toContain('full')
  })
})

describe('partners', () => {
  const quick = (count: number) => [month({ answers: [0, count] })]

  it('that answer stand before those that do not', () => {
    const index = indexOf(
      ...['a', 'b', 'c'].map(name => profileEntry(name, listed())),
      reputationEntry('a', { months: [month({ silences: 10 })] }),
      reputationEntry('c', { months: quick(10) }),
      reputationEntry('b', { months: [month({ answers: [0, 0, 0, 0, 0, 0, 0, 0, 0, 10] })] }),
    )
    expect(names(index, {}, { seed: 'x' })).toEqual(['c', 'b', 'a'])
    expect(found(index).hits.map(({ answerTime }) => answerTime)).toEqual([
      'within-hours',
      'within-two-weeks',
      null,
    ])
  })

  it('that are new are shown as the best are now and then, one at a time and each in its turn', () => {
    const index = indexOf(
      ...['old', 'new', 'newer'].map(name => profileEntry(name, listed())),
      reputationEntry('old', { months: quick(50) }),
    )
    const as = (seed: number) => ({ seed: `${seed}`, ranking: defaultPolicy.ranking })
    const searches = Array.from({ length: 2000 }, (_, seed) => found(index, {}, as(seed)).hits)
    const explored = searches.flatMap(hits => {
      const boosted = hits.filter(hit => hit.explored)
      if (boosted.length > 0) expect(hits[0]?.score).toBe(hits[1]?.score)
      expect(boosted.length).toBeLessThanOrEqual(1)
      return boosted.map(({ partnerId }) => partnerId)
    })
    for (const name of ['new', 'newer']) {
      const turns = explored.filter(partnerId => partnerId === name).length
      expect(turns).toBeGreaterThan(70)
      expect(turns).toBeLessThan(130)
    }
  })

  it('see where they stand', () => {
    const index = indexOf(
      ...['a', 'b'].map(name => profileEntry(name, listed())),
      reputationEntry('a', { months: quick(10), open: 3 }),
    )
    const standing = index.standingOf('a', context)
    expect(standing).toMatchObject({ isNewcomer: false, answerTime: 'within-hours', open: 3 })
    expect(index.quantileOf(standing?.visibility ?? 0, context)).toBe(0.75)
    expect(index.standingOf('c', context)).toBeUndefined()
  })
})

describe('entries', () => {
  it('that come late change nothing', () => {
    const index = indexOf(
      profileEntry('a', listed({ name: 'New' }), 2),
      profileEntry('a', listed({ name: 'Old' }), 1),
      profileEntry('b', null, 2),
      profileEntry('b', listed(), 1),
    )
    expect(found(index).hits.map(({ name }) => name)).toEqual(['New'])
  })

  it('of a profile that is active no more take it out, and one that is active again puts it in', () => {
    const index = indexOf(profileEntry('a', listed({ products: ['erp'] }), 1), profileEntry('a', null, 2))
    expect(names(index, { codes: { products: ['erp'] } })).toEqual([])
    expect(index.size).toBe(0)
    index.apply(profileEntry('a', listed({ products: ['crm'] }), 3))
    expect(names(index, { codes: { products: ['erp'] } })).toEqual([])
    expect(names(index, { codes: { products: ['crm'] } })).toEqual(['a'])
  })

  it('of more partners than are taken in are passed over', () => {
    const index = createPartnerSearch({ labelsOf, most: 1 })
    index.apply(profileEntry('a', listed()))
    expect(index.isFull).toBe(false)
    index.apply(profileEntry('b', listed()))
    expect(index.isFull).toBe(true)
    expect(names(index)).toEqual(['a'])
  })
})

describe('facets', () => {
  const index = indexOf(
    profileEntry(
      'a',
      listed({ products: ['erp', 'crm'], languages: ['de-AT', 'de'], customerSizes: ['1-10'] }),
    ),
    profileEntry('b', listed({ products: ['crm'], services: ['training'], languages: ['en'] })),
    profileEntry('c', listed({ services: ['training'] })),
  )

  it('count what each value has, or would leave', () => {
    expect(found(index, { facets: true }).facets).toEqual({
      industries: [],
      products: [
        { code: 'crm', count: 2 },
        { code: 'erp', count: 1 },
      ],
      services: [{ code: 'training', count: 2 }],
      solutions: [],
      customerSizes: [{ code: '1-10', count: 3 }],
      languages: [
        { code: 'de', count: 1 },
        { code: 'en', count: 1 },
      ],
    })
    const { facets } = found(index, { facets: true, codes: { products: ['erp'] } })
    expect(facets?.products).toEqual([
      { code: 'crm', count: 2 },
      { code: 'erp', count: 1 },
    ])
    expect(facets?.services).toEqual([])
  })
})

describe('a score', () => {
  it('is relevance times visibility, with only what was brought up', () => {
    const index = indexOf(profileEntry('a', listed({ quality: 1 })))
    const [hit] = found(index).hits
    expect(hit?.parts.relevance).toEqual({})
    expect(hit?.score).toBeCloseTo(0.5 * (1 - ranking.visibility.quality) + ranking.visibility.quality)
  })
})
