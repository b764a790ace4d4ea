import { describe, expect, it } from 'vitest'
import type { Preferences } from '../../../shared/search/entry.ts'
import { type RequestFacts, whyExcluded } from '../../../shared/search/exclusion.ts'

const content: Preferences = {
  leastDealValue: null,
  excludedKeywords: [],
  excludedIndustries: [],
  mostOpenReferrals: null,
  pausedUntil: null,
}
const nothing: RequestFacts = { industries: [] }
const present = { open: 0, today: '2026-03-15' }

const why = (
  preferences: Partial<Preferences>,
  asked: Partial<RequestFacts> = {},
  { customerSizes = [] as string[], ...now }: { customerSizes?: string[]; open?: number } = {},
) =>
  whyExcluded(
    { customerSizes, preferences: { ...content, ...preferences } },
    { ...nothing, ...asked },
    { ...present, ...now },
  )

describe('a profile without preferences', () => {
  it('takes whatever is asked', () => {
    expect(
      why(
        {},
        {
          size: '1-10',
          industries: ['retail'],
          text: 'anything',
          budget: { amount: 1, currency: 'EUR' },
        },
        { open: 1000 },
      ),
    ).toBeUndefined()
  })
})

describe('a paused profile', () => {
  it('is back on the day that it named', () => {
    expect(why({ pausedUntil: '2026-03-16' })).toBe('paused')
    expect(why({ pausedUntil: '2026-03-15' })).toBeUndefined()
  })
})

describe('a partner that says how many referrals it can have open', () => {
  it('is full at that number, even at none', () => {
    expect(why({ mostOpenReferrals: 3 }, {}, { open: 2 })).toBeUndefined()
    expect(why({ mostOpenReferrals: 3 }, {}, { open: 3 })).toBe('full')
    expect(why({ mostOpenReferrals: 0 })).toBe('full')
  })
})

describe('customer sizes', () => {
  it('exclude a size that is not among them; none, or a size that is not known, exclude nothing', () => {
    const customerSizes = ['51-250', '251-1000']
    expect(why({}, { size: '51-250' }, { customerSizes })).toBeUndefined()
    expect(why({}, { size: '1-10' }, { customerSizes })).toBe('size')
    expect(why({}, {}, { customerSizes })).toBeUndefined()
  })
})

describe('excluded industries', () => {
  it('exclude whoever is in any of them', () => {
    const preferences = { excludedIndustries: ['government'] }
    expect(why(preferences, { industries: ['retail'] })).toBeUndefined()
    expect(why(preferences, { industries: ['retail', 'government'] })).toBe('industry')
  })
})

describe('an excluded keyword', () => {
  const excludes = (keyword: string, text: string) =>
    why({ excludedKeywords: [keyword] }, { text }) === 'keyword'

  it('excludes where its words stand next to each other and in order', () => {
    expect(excludes('game server', 'We host Game  Servers, or one game-server.')).toBe(true)
    expect(excludes('game server', 'A server for a game.')).toBe(false)
    expect(excludes('game server', 'Any game and its server.')).toBe(false)
  })

  it('is whole words', () => {
    expect(excludes('bank', 'Databanks and banking.')).toBe(false)
    expect(excludes('C', 'We write C# and C++.')).toBe(false)
    expect(excludes('C#', 'We write C# and C++.')).toBe(true)
  })

  it('is found however it is written, and in scripts without spaces', () => {
    expect(excludes('Krypto', 'КRYPTО')).toBe(true)
    expect(excludes('casino', 'ca\u200Bsino')).toBe(true)
    expect(excludes('café', 'Ein CAFE\u0301')).toBe(true)
    expect(excludes('云计算', '我们要云计算服务')).toBe(true)
    expect(excludes('计云', '我们要云计算服务')).toBe(false)
    expect(excludes('云', '我们要云计算服务')).toBe(true)
  })

  it('of no words excludes nothing', () => {
    expect(excludes('!', 'Help!')).toBe(false)
    expect(excludes('anything', '')).toBe(false)
  })
})

describe('the least deal value', () => {
  const preferences = { leastDealValue: { amount: 10_000, currency: 'EUR' } }

  it('excludes a budget below it; one that is not known, or in another currency, passes', () => {
    expect(why(preferences, { budget: { amount: 9_999, currency: 'EUR' } })).toBe('deal-value')
    expect(why(preferences, { budget: { amount: 10_000, currency: 'EUR' } })).toBeUndefined()
    expect(why(preferences, { budget: { amount: 1, currency: 'JPY' } })).toBeUndefined()
    expect(why(preferences)).toBeUndefined()
  })
})
