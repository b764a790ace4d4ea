import { expect, it } from 'vitest'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import { healthKey } from '../../shared/partners/contact/store.ts'
import { profileKey } from '../../shared/partners/profile/store.ts'
import { referralKey } from '../../shared/referrals/referral/store.ts'
import { type Calendar, workingTimeAfter } from '../../shared/time/calendar.ts'
import { after } from '../../shared/time/duration.ts'

const calendar: Calendar = {
  zone: 'UTC',
  workingDays: [1],
  workingHours: { from: '09:00', to: '17:00' },
  holidays: [],
}
const partnerId = asPartnerId('ptr_1')
const referralId = asReferralId('ref_1')

const start = '2026-03-15T09:00:00.000Z' as string

it('the compiler refuses a duration in the place of an instant', () => {
  expect(after(start, 'PT1H')).toBe('2026-03-15T10:00:00.000Z')
  // @ts-expect-error: the instant and the duration are swapped
  expect(() => after('PT1H', start)).toThrow(RangeError)
  // @ts-expect-error: the instant and the duration are swapped
  expect(() => workingTimeAfter('PT1H', start, calendar)).toThrow(RangeError)
})

it('the compiler refuses ids in the place of others', () => {
  const right = [referralKey(partnerId, referralId), profileKey(partnerId, 'DE'), healthKey(partnerId, 'DE')]
  const wrong = [
    // @ts-expect-error: the ids are swapped
    referralKey(referralId, partnerId),
    // @ts-expect-error: the id and the region are swapped
    profileKey('DE', partnerId),
    // @ts-expect-error: the id and the region are swapped
    healthKey('DE', partnerId),
  ]
  expect(wrong).not.toEqual(right)
})
