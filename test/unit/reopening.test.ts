import { describe, expect, it } from 'vitest'
import { asReferralId } from '../../shared/kernel/ids.ts'
import { whyNotRevived } from '../../shared/referrals/rfi/rules.ts'
import { inStatus } from '../fixtures/referral.ts'
import { day, hour, later } from '../fixtures/time.ts'

const expired = inStatus('expired').referral
const declined = inStatus('declined').referral
const lost = inStatus('lost').referral
const other = (status: Parameters<typeof inStatus>[0], receivedAt = expired.receivedAt) => ({
  ...inStatus(status).referral,
  id: asReferralId('ref_01KJKJ00000000000000000000_OTHERS'),
  receivedAt,
})
const open = { status: 'open' } as const
const chosen = {
  status: 'open',
  choice: { outcome: 'none', referralId: null, firstAt: later(day), at: later(day) },
} as const

describe('whyNotRevived', () => {
  it('returns a reason for every command when the customer has withdrawn the request', () => {
    const withdrawn = { status: 'withdrawn' } as const
    expect(whyNotRevived('reopen', expired, withdrawn, [expired])).toBe('rfi-withdrawn')
    expect(whyNotRevived('undo-decline', declined, withdrawn, [declined])).toBe('rfi-withdrawn')
    expect(whyNotRevived('undo-close', lost, withdrawn, [lost])).toBe('rfi-withdrawn')
    expect(whyNotRevived('resume', lost, withdrawn, [lost])).toBe('rfi-withdrawn')
  })

  it('returns a reason for reopening and for the undo of a decline when the customer has chosen', () => {
    expect(whyNotRevived('reopen', expired, chosen, [expired, other('won')])).toBe('customer-decided')
    expect(whyNotRevived('undo-decline', declined, chosen, [declined, other('won')])).toBe('customer-decided')
  })

  it('returns a reason when the RFI was sent on after the end of the referral', () => {
    const sentOn = (at: number) => [expired, other('new', later(at))]
    expect(whyNotRevived('reopen', expired, open, sentOn(15 * day))).toBe('customer-decided')
    expect(whyNotRevived('reopen', expired, open, sentOn(13 * day))).toBeUndefined()
    expect(whyNotRevived('undo-decline', declined, open, sentOn(2 * hour))).toBe('customer-decided')
    expect(whyNotRevived('undo-decline', declined, open, sentOn(hour / 2))).toBeUndefined()
  })

  it('returns undefined for a decline at the instant of the receipt by all partners', () => {
    const atOnce = { ...declined, closedAt: declined.receivedAt }
    expect(whyNotRevived('undo-decline', atOnce, open, [atOnce, other('new')])).toBeUndefined()
  })

  it('returns undefined for the undo of a reported end after a choice, because the partner worked on the request', () => {
    expect(whyNotRevived('undo-close', lost, chosen, [lost, other('won')])).toBeUndefined()
    expect(whyNotRevived('resume', lost, chosen, [lost, other('won')])).toBeUndefined()
  })

  it('returns undefined while other recipients of the RFI work on it or report a win', () => {
    for (const status of ['won', 'new', 'active', 'declined', 'lost', 'expired'] as const)
      expect(whyNotRevived('reopen', expired, open, [expired, other(status)])).toBeUndefined()
  })
})
