import { describe, expect, it } from 'vitest'
import { asProfileId } from '../../shared/kernel/ids.ts'
import type { Profile } from '../../shared/partners/profile/rules.ts'
import { askedBy, recipientErrors } from '../../shared/referrals/rfi/rules.ts'
import { aProfile } from '../fixtures/profile.ts'
import { aCustomer, aNeed } from '../fixtures/request.ts'

const customer = aCustomer()
const need = aNeed()

const recipient = { profileId: asProfileId('ptr_1.DE'), locationId: 'main' }

const errors = (
  profile: Partial<Profile> | undefined,
  { open = 0, today = '2026-11-26', locationId = 'main', asks = need }: Partial<Asking> = {},
) =>
  recipientErrors(
    { ...recipient, locationId },
    profile && aProfile({ status: 'active', ...profile }),
    askedBy(customer, asks),
    { open, today },
    0,
  ).map(({ pointer, code }) => `${pointer} ${code}`)

interface Asking {
  readonly open: number
  readonly today: string
  readonly locationId: string
  readonly asks: typeof need
}

const preferring = (preferences: Partial<Profile['preferences']>) => ({
  preferences: { ...aProfile().preferences, ...preferences },
})

describe('a recipient', () => {
  it('is an active profile, and a place of it', () => {
    expect(errors({})).toEqual([])
    expect(errors(undefined)).toEqual(['/recipients/0/profileId not-available'])
    expect(errors({ status: 'draft' })).toEqual(['/recipients/0/profileId not-available'])
    expect(errors({ status: 'inactive' })).toEqual(['/recipients/0/profileId not-available'])
    expect(errors({}, { locationId: 'elsewhere' })).toEqual(['/recipients/0/locationId unknown-location'])
  })

  it('is no place that was removed, though open referrals keep it', () => {
    const locations = aProfile().locations.map(location => ({ ...location, removed: true }))
    expect(errors({ locations })).toEqual(['/recipients/0/locationId unknown-location'])
  })

  it('is back on the day until which it is paused', () => {
    const paused = preferring({ pausedUntil: '2026-12-01' })
    expect(errors(paused)).toEqual(['/recipients/0/profileId paused'])
    expect(errors(paused, { today: '2026-11-30' })).toEqual(['/recipients/0/profileId paused'])
    expect(errors(paused, { today: '2026-12-01' })).toEqual([])
  })

  it('takes no more than it has room for', () => {
    expect(errors(preferring({ maxOpenReferrals: 2 }), { open: 1 })).toEqual([])
    expect(errors(preferring({ maxOpenReferrals: 2 }), { open: 2 })).toEqual(['/recipients/0/profileId full'])
  })

  it.each([
    ['sizes that it does not serve', { customerSizes: ['1-10'] }, need],
    [
      'industries that it excludes',
      preferring({ excludedIndustries: ['energy'] }),
      { ...need, industries: ['energy'] },
    ],
    [
      'words that it excludes',
      preferring({ excludedKeywords: ['Web Shop'] }),
      { ...need, summary: 'A web shop.' },
    ],
    [
      'deals below its least',
      preferring({ minDealValue: { amount: 10_000, currency: 'EUR' } }),
      { ...need, budget: { amount: 9_999, currency: 'EUR' } },
    ],
  ])('is not sent %s, and does not tell what it excludes', (_, profile, asks) => {
    expect(errors(profile, { asks })).toEqual(['/recipients/0/profileId not-admitted'])
  })
})
