import { expect, it } from 'vitest'
import { asReferralId } from '../../shared/kernel/ids.ts'
import { whyGone } from '../../shared/referrals/rfi/rules.ts'
import { inStatus } from '../fixtures/referral.ts'
import { day, later } from '../fixtures/time.ts'

const expired = inStatus('expired').referral
const other = (status: Parameters<typeof inStatus>[0], receivedAt = expired.receivedAt) => ({
  ...inStatus(status).referral,
  id: asReferralId('ref_01KJKJ00000000000000000000_OTHERS'),
  receivedAt,
})

it('whyGone returns a reason when the customer has withdrawn the request', () => {
  expect(whyGone(expired, 'withdrawn', [expired])).toBe('rfi-withdrawn')
})

it('whyGone returns a reason when another partner has won or received the RFI after the expiry', () => {
  expect(whyGone(expired, 'open', [expired, other('won')])).toBe('customer-decided')
  expect(whyGone(expired, 'open', [expired, other('new', later(15 * day))])).toBeDefined()
})

it('whyGone returns undefined while other recipients of the RFI work on it', () => {
  for (const status of ['new', 'active', 'declined', 'lost', 'expired'] as const)
    expect(whyGone(expired, 'open', [expired, other(status)])).toBeUndefined()
})
