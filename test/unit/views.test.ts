import { describe, expect, it } from 'vitest'
import { linksTo } from '../../functions/http/links.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { decide } from '../../shared/referrals/referral/effects.ts'
import type { Referral } from '../../shared/referrals/referral/referral.ts'
import { listedReferralOf, viewListItem, viewReferral } from '../../shared/referrals/referral/rules.ts'
import { aReferral, commands, inStatus, received } from '../fixtures/referral.ts'
import { day, hour, later, receivedAt } from '../fixtures/time.ts'

describe('a new referral', () => {
  it('has deadlines on whole seconds, as EventBridge Scheduler requires', () => {
    const { referral } = received({ directContact: true }, { at: '2026-03-01T09:00:00.987Z' })
    expect(referral.receivedAt).toBe('2026-03-01T09:00:00.987Z')
    expect(referral.respondBy).toBe('2026-03-15T09:00:00.000Z')
    expect(referral.hotUntil).toBe('2026-03-04T09:00:00.000Z')
    expect(referral.policyVersion).toBe(defaultPolicy.version)
  })

  it('is not hot after respondBy', () => {
    const shortReferral = received(
      { directContact: true, respondBy: later(hour) },
      { actor: { kind: 'operator' } },
    )
    expect(shortReferral.referral.hotUntil).toBe(later(hour))
  })

  it('contains no personal data of the customer', () => {
    expect(JSON.stringify(aReferral())).not.toMatch(/Purchasing|customer\.example/)
  })
})

describe('an accepted referral', () => {
  const { referral, now } = inStatus('new')
  const accepted = decide(referral, commands.accept, { kind: 'partner' }, now).next

  it('keeps the colleagues that it had before', () => {
    expect(accepted.colleagues).toEqual([...referral.colleagues, ...commands.accept.colleagues])
  })

  it('shows its CRM id only to the partner', () => {
    const withId = { ...accepted, deal: accepted.deal && { ...accepted.deal, crmId: 'CRM-17' } }
    expect(viewReferral(withId, null, 'partner', now).deal?.crmId).toBe('CRM-17')
    expect(viewReferral(withId, null, 'operator', now).deal?.crmId).toBeNull()
  })

  it('offers to remove a colleague only if it has one', () => {
    const names = (of: Referral) => viewReferral(of, null, 'partner', now).actions.map(({ name }) => name)
    expect(names(accepted)).toContain('remove-colleague')
    expect(names({ ...accepted, colleagues: [] })).not.toContain('remove-colleague')
  })
})

describe('the view of a referral', () => {
  it.each([receivedAt, later(80 * hour), later(15 * day)])(
    'at %s is the same in a list and in the details',
    at => {
      const { referral } = received({ directContact: true })
      const details = viewReferral(referral, null, 'partner', at)
      const listed = viewListItem(listedReferralOf(referral), 'partner', at)
      const linked = linksTo(Object.values(referralOperations))(details)
      const { status, stage, directContact, closedAt } = details
      expect(listed).toMatchObject({ status, stage, directContact, closedAt })
      expect(referralOperations.getReferral.response.safeParse(linked).error).toBeUndefined()
    },
  )

  it('does not ask for a call when the referral is archived', () => {
    const { referral, now } = inStatus('declined')
    const { directContact } = viewReferral(referral, null, 'partner', now)
    expect(directContact).toMatchObject({
      state: 'cooled',
      message: { code: 'contact-asked', params: {}, detail: 'The customer asked for direct contact.' },
    })
  })

  it('shortens a long summary in a list', () => {
    const referral = aReferral()
    const { summary } = listedReferralOf({
      ...referral,
      need: { ...referral.need, summary: 'x'.repeat(4000) },
    })
    expect(summary).toMatch(/^x+…$/)
    expect(summary.length).toBeLessThan(300)
  })
})
