import { expect, it } from 'vitest'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import { instant, storedInstant } from '../../shared/kernel/instants.ts'
import { healthKey } from '../../shared/partners/contact/store.ts'
import { profileKey } from '../../shared/partners/profile/store.ts'
import { referralKey } from '../../shared/referrals/referral/store.ts'
import { type Calendar, nextWorkingInstant, workingTimeAfter } from '../../shared/time/calendar.ts'
import { after } from '../../shared/time/duration.ts'
import { type Instant, instantOf, startOfDay } from '../../shared/time/instant.ts'

const calendar: Calendar = {
  zone: 'UTC',
  workingDays: [1],
  workingHours: { from: '09:00', to: '17:00' },
  holidays: [],
}
const partnerId = asPartnerId('ptr_1')
const referralId = asReferralId('ref_1')

const start = '2026-03-15T09:00:00.000Z'

it('the compiler rejects a duration where an instant is expected', () => {
  expect(after(start, 'PT1H')).toBe('2026-03-15T10:00:00.000Z')
  // @ts-expect-error: the instant and the duration are swapped
  expect(() => after('PT1H', start)).toThrow(RangeError)
  // @ts-expect-error: the instant and the duration are swapped
  expect(() => workingTimeAfter('PT1H', start, calendar)).toThrow(RangeError)
})

it('the compiler rejects ids, dates and unbranded strings where an instant is expected', () => {
  // @ts-expect-error: an id is no instant
  expect(() => after(partnerId, 'PT1H')).toThrow(RangeError)
  // @ts-expect-error: nothing is known of the text
  expect(after(start as string, 'PT1H')).toBe(after(start, 'PT1H'))
  // @ts-expect-error: a date is no instant
  expect(nextWorkingInstant('2026-03-15', calendar)).toBe('2026-03-16T09:00:00.000Z')
  expect(nextWorkingInstant(startOfDay('2026-03-15'), calendar)).toBe('2026-03-16T09:00:00.000Z')
})

it('instants of every source are assignable to Instant', () => {
  const instants: Instant[] = [
    start,
    instantOf(new Date(start)),
    instant.parse(start),
    storedInstant.parse(start),
  ]
  expect(new Set(instants)).toEqual(new Set([start]))
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
