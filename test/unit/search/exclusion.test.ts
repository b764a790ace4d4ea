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
const emptyRequest: RequestFacts = { industries: [] }
const present = { open: 0, today: '2026-03-15' }

const exclusionReason = (
  preferences: Partial<Preferences>,
  asked: Partial<RequestFacts> = {},
  { customerSizes = [] as string[], ...now }: { customerSizes?: string[]; open?: number } = {},
) =>
  whyExcluded(
    { customerSizes, preferences: { ...content, ...preferences } },
    { ...emptyRequest, ...asked },
    { ...present, ...now },
  )

describe('a profile without preferences', () => {
  it('accepts any request', () => {
    expect(
      exclusionReason(
        {},
        {
          sizes: ['1-10'],
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
    expect(exclusionReason({ pausedUntil: '2026-03-16' })).toBe('paused')
    expect(exclusionReason({ pausedUntil: '2026-03-15' })).toBeUndefined()
  })
})

describe('a limit of open referrals', () => {
  it('excludes requests once it is reached, also when it is 0', () => {
    expect(exclusionReason({ maxOpenReferrals: 3 }, {}, { open: 2 })).toBeUndefined()
    expect(exclusionReason({ maxOpenReferrals: 3 }, {}, { open: 3 })).toBe('full')
    expect(exclusionReason({ maxOpenReferrals: 0 })).toBe('full')
  })
})

describe('customer sizes', () => {
  it('exclude requests for other sizes only; an empty list on either side excludes no request', () => {
    const customerSizes = ['51-250', '251-1000']
    expect(exclusionReason({}, { sizes: ['51-250'] }, { customerSizes })).toBeUndefined()
    expect(exclusionReason({}, { sizes: ['1-10'] }, { customerSizes })).toBe('size')
    expect(exclusionReason({}, { sizes: ['1-10', '11-50'] }, { customerSizes })).toBe('size')
    expect(exclusionReason({}, { sizes: ['1-10', '251-1000'] }, { customerSizes })).toBeUndefined()
    expect(exclusionReason({}, { sizes: [] }, { customerSizes })).toBeUndefined()
    expect(exclusionReason({}, {}, { customerSizes })).toBeUndefined()
  })
})

describe('excluded industries', () => {
  it('exclude customers with one of them', () => {
    const preferences = { excludedIndustries: ['government'] }
    expect(exclusionReason(preferences, { industries: ['retail'] })).toBeUndefined()
    expect(exclusionReason(preferences, { industries: ['retail', 'government'] })).toBe('industry')
  })
})

describe('an excluded keyword', () => {
  const excludes = (keyword: string, text: string) =>
    exclusionReason({ excludedKeywords: [keyword] }, { text }) === 'keyword'

  it('excludes texts that contain its words next to each other and in order', () => {
    expect(excludes('game server', 'We host Game  Servers, or one game-server.')).toBe(true)
    expect(excludes('game server', 'A server for a game.')).toBe(false)
    expect(excludes('game server', 'Any game and its server.')).toBe(false)
  })

  it('matches whole words only', () => {
    expect(excludes('bank', 'Databanks and banking.')).toBe(false)
    expect(excludes('C', 'We write C# and C++.')).toBe(false)
    expect(excludes('C#', 'We write C# and C++.')).toBe(true)
  })

  it('matches other spellings and scripts without spaces', () => {
    expect(excludes('Krypto', 'КRYPTО')).toBe(true)
    expect(excludes('casino', 'ca\u200Bsino')).toBe(true)
    expect(excludes('café', 'Ein CAFE\u0301')).toBe(true)
    expect(excludes('云计算', '我们要云计算服务')).toBe(true)
    expect(excludes('计云', '我们要云计算服务')).toBe(false)
    expect(excludes('云', '我们要云计算服务')).toBe(true)
  })

  it('without words excludes no request', () => {
    expect(excludes('!', 'Help!')).toBe(false)
    expect(excludes('anything', '')).toBe(false)
  })
})

describe('the minimum deal value', () => {
  const preferences = { minDealValue: { amount: 10_000, currency: 'EUR' } }

  it('excludes lower budgets but not unknown budgets or other currencies', () => {
    expect(exclusionReason(preferences, { budget: { amount: 9_999, currency: 'EUR' } })).toBe('deal-value')
    expect(exclusionReason(preferences, { budget: { amount: 10_000, currency: 'EUR' } })).toBeUndefined()
    expect(exclusionReason(preferences, { budget: { amount: 1, currency: 'JPY' } })).toBeUndefined()
    expect(exclusionReason(preferences)).toBeUndefined()
  })
})
