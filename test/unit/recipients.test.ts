import { describe, expect, it } from 'vitest'
import { asProfileId } from '../../shared/kernel/ids.ts'
import type { Profile } from '../../shared/partners/profile/rules.ts'
import { askedBy, recipientFaults } from '../../shared/referrals/rfi/rules.ts'
import { aProfile } from '../fixtures/profile.ts'
import { aCustomer, aNeed } from '../fixtures/request.ts'

const customer = aCustomer()
const need = aNeed()

const recipient = { profileId: asProfileId('ptr_1.DE'), locationId: 'main' }

const errors = (
  profile: Partial<Profile> | undefined,
  { open = 0, today = '2026-11-26', locationId = 'main', requestedNeed = need }: Partial<RequestOptions> = {},
) =>
  recipientFaults(
    { ...recipient, locationId },
    profile && aProfile({ status: 'active', ...profile }),
    askedBy(customer, requestedNeed),
    { open, today },
    0,
  ).map(({ pointer, code }) => `${pointer} ${code}`)

interface RequestOptions {
  readonly open: number
  readonly today: string
  readonly locationId: string
  readonly requestedNeed: typeof need
}

const preferring = (preferences: Partial<Profile['preferences']>) => ({
  preferences: { ...aProfile().preferences, ...preferences },
})

describe('recipientFaults', () => {
  it('accepts only existing locations of active profiles', () => {
    expect(errors({})).toEqual([])
    expect(errors(undefined)).toEqual(['/recipients/0/profileId not-available'])
    expect(errors({ status: 'draft' })).toEqual(['/recipients/0/profileId not-available'])
    expect(errors({ status: 'inactive' })).toEqual(['/recipients/0/profileId not-available'])
    expect(errors({}, { locationId: 'elsewhere' })).toEqual(['/recipients/0/locationId unknown-location'])
  })

  it('rejects a removed location that is stored only for open referrals', () => {
    const locations = aProfile().locations.map(location => ({ ...location, removed: true }))
    expect(errors({ locations })).toEqual(['/recipients/0/locationId unknown-location'])
  })

  it('accepts a paused profile again on the day pausedUntil', () => {
    const paused = preferring({ pausedUntil: '2026-12-01' })
    expect(errors(paused)).toEqual(['/recipients/0/profileId paused'])
    expect(errors(paused, { today: '2026-11-30' })).toEqual(['/recipients/0/profileId paused'])
    expect(errors(paused, { today: '2026-12-01' })).toEqual([])
  })

  it('rejects a profile that has reached maxOpenReferrals', () => {
    expect(errors(preferring({ maxOpenReferrals: 2 }), { open: 1 })).toEqual([])
    expect(errors(preferring({ maxOpenReferrals: 2 }), { open: 2 })).toEqual(['/recipients/0/profileId full'])
  })

  it.each([
    ['a company size that the partner does not serve', { customerSizes: ['1-10'] }, need],
    [
      'an industry that the partner excludes',
      preferring({ excludedIndustries: ['energy'] }),
      { ...need, industries: ['energy'] },
    ],
    [
      'a keyword that the partner excludes',
      preferring({ excludedKeywords: ['Web Shop'] }),
      { ...need, summary: 'A web shop.' },
    ],
    [
      'a budget below the minimum of the partner',
      preferring({ minDealValue: { amount: 10_000, currency: 'EUR' } }),
      { ...need, budget: { amount: 9_999, currency: 'EUR' } },
    ],
  ])('returns not-admitted, without the reason, for %s', (_, profile, requestedNeed) => {
    expect(errors(profile, { requestedNeed })).toEqual(['/recipients/0/profileId not-admitted'])
  })
})
