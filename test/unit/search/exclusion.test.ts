import { describe, expect, it } from 'vitest'
import type { Preferences } from '../../../shared/search/entry.ts'
import { type RequestFacts, whyExcluded } from '../../../shared/search/exclusion.ts'

const content: Preferences = {
  minDealValue: null,
  excludedKeywords: [],
  excludedIndustries: [],
  maxOpenReferrals: null,
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
  it('accepts any request', () => {
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
  it('accepts requests again on the day until which it is paused', () => {
    expect(why({ pausedUntil: '2026-03-16' })).toBe('paused')
    expect(why({ pausedUntil: '2026-03-15' })).toBeUndefined()
  })
})

describe('a limit of open referrals', () => {
  it('excludes requests once it is reached, also a limit of 0', () => {
    expect(why({ maxOpenReferrals: 3 }, {}, { open: 2 })).toBeUndefined()
    expect(why({ maxOpenReferrals: 3 }, {}, { open: 3 })).toBe('full')
    expect(why({ maxOpenReferrals: 0 })).toBe('full')
  })
})

describe('customer sizes', () => {
  it('exclude other sizes; an empty list and an unknown size exclude nothing', () => {
    const customerSizes = ['51-250', '251-1000']
    expect(why({}, { size: '51-250' }, { customerSizes })).toBeUndefined()
    expect(why({}, { size: '1-10' }, { customerSizes })).toBe('size')
    expect(why({}, {}, { customerSizes })).toBeUndefined()
  })
})

describe('excluded industries', () => {
  it('exclude customers with one of them', () => {
    const preferences = { excludedIndustries: ['government'] }
    expect(why(preferences, { industries: ['retail'] })).toBeUndefined()
    expect(why(preferences, { industries: ['retail', 'government'] })).toBe('industry')
  })
})

describe('an excluded keyword', () => {
  const excludes = (keyword: string, text: string) =>
    why({ excludedKeywords: [keyword] }, { text }) === 'keyword'

  it('excludes texts that have its words side by side and in order', () => {
    expect(excludes('game server', 'We host Game  Servers, or one game-server.')).toBe(true)
    expect(excludes('game server', 'A server for a game.')).toBe(false)
    expect(excludes('game server', 'Any game and its server.')).toBe(false)
  })

  it('matches whole words', () => {
    expect(excludes('bank', 'Databanks and banking.')).toBe(false)
    expect(excludes('C', 'We write C# and C++.')).toBe(false)
    expect(excludes('C#', 'We write C# and C++.')).toBe(true)
  })

  it('matches other spellings, and scripts without spaces', () => {
    expect(excludes('Krypto', 'КRYPTО')).toBe(true)
    expect(excludes('casino', 'ca\u200Bsino')).toBe(true)
    expect(excludes('café', 'Ein CAFE\u0301')).toBe(true)
    expect(excludes('云计算', '我们要云计算服务')).toBe(true)
    expect(excludes('计云', '我们要云计算服务')).toBe(false)
    expect(excludes('云', '我们要云计算服务')).toBe(true)
  })

  it('without words excludes nothing', () => {
    expect(excludes('!', 'Help!')).toBe(false)
    expect(excludes('anything', '')).toBe(false)
  })
})

describe('the minimum deal value', () => {
  const preferences = { minDealValue: { amount: 10_000, currency: 'EUR' } }

  it('excludes lower budgets; an unknown budget or another currency passes', () => {
    expect(why(preferences, { budget: { amount: 9_999, currency: 'EUR' } })).toBe('deal-value')
    expect(why(preferences, { budget: { amount: 10_000, currency: 'EUR' } })).toBeUndefined()
    expect(why(preferences, { budget: { amount: 1, currency: 'JPY' } })).toBeUndefined()
    expect(why(preferences)).toBeUndefined()
  })
})
