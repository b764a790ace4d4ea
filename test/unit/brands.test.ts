import { expect, it } from 'vitest'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import { healthKey } from '../../shared/partners/contact/store.ts'
import { profileKey } from '../../shared/partners/profile/store.ts'
import { referralKey } from '../../shared/referrals/referral/store.ts'

const partnerId = asPartnerId('ptr_1')
const referralId = asReferralId('ref_1')

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
