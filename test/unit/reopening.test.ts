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
  expect(whyGone(expired, { status: 'withdrawn' }, [expired])).toBe('rfi-withdrawn')
})

it('whyGone returns a reason when the customer has chosen or the RFI was sent on after the expiry', () => {
  const choice = { outcome: 'none', referralId: null, firstAt: later(day), at: later(day) } as const
  expect(whyGone(expired, { status: 'open', choice }, [expired, other('won')])).toBe('customer-decided')
  expect(whyGone(expired, { status: 'open' }, [expired, other('new', later(15 * day))])).toBeDefined()
})

it('whyGone returns undefined while other recipients of the RFI work on it or report a win', () => {
  for (const status of ['won', 'new', 'active', 'declined', 'lost', 'expired'] as const)
    expect(whyGone(expired, { status: 'open' }, [expired, other(status)])).toBeUndefined()
})
