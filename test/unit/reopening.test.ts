import { expect, it } from 'vitest'
import { whyGone } from '../../shared/referrals/rfi/rules.ts'
import { day, inStatus, later } from './referral.ts'

const expired = inStatus('expired').referral
const other = (status: Parameters<typeof inStatus>[0], receivedAt = expired.receivedAt) => ({
  ...inStatus(status).referral,
  id: 'ref_01KJKJ00000000000000000000_OTHERS',
  receivedAt,
})

it('a customer is gone who has withdrawn', () => {
  expect(whyGone(expired, 'withdrawn', [expired])).toBe('the customer has withdrawn the request')
})

it('a customer is gone whom another partner has won, or who was passed on after the expiry', () => {
  expect(whyGone(expired, 'open', [expired, other('won')])).toBe('the customer has chosen another partner')
  expect(whyGone(expired, 'open', [expired, other('new', later(15 * day))])).toBeDefined()
})

it('a customer is not gone for being talked to by others, whom the RFI went to as well', () => {
  for (const status of ['new', 'active', 'declined', 'lost', 'expired'] as const)
    expect(whyGone(expired, 'open', [expired, other(status)])).toBeUndefined()
})
