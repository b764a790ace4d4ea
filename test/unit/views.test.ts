import { describe, expect, it } from 'vitest'
import { linksTo } from '../../functions/http/links.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { decide } from '../../shared/referrals/referral/effects.ts'
import type { Referral } from '../../shared/referrals/referral/referral.ts'
import { overviewOf, receive, view, viewOverview } from '../../shared/referrals/referral/rules.ts'
import { commands, day, hour, inStatus, later, receipt, received, receivedAt } from './referral.ts'

describe('a referral that is received', () => {
  it('has its deadlines on whole seconds, as schedules do', () => {
    const { referral } = received(true, '2026-03-01T09:00:00.987Z')
    expect(referral.receivedAt).toBe('2026-03-01T09:00:00.987Z')
    expect(referral.respondBy).toBe('2026-03-15T09:00:00.000Z')
    expect(referral.urgentUntil).toBe('2026-03-04T09:00:00.000Z')
    expect(referral.policyVersion).toBe(defaultPolicy.version)
  })

  it('is urgent no longer than it can be answered', () => {
    const brief = receive(
      { ...receipt(true), respondBy: later(hour) },
      defaultPolicy,
      { kind: 'operator' },
      receivedAt,
    )
    expect(brief.referral.urgentUntil).toBe(later(hour))
  })

  it('keeps of the customer what names no person', () => {
    expect(JSON.stringify(received().referral)).not.toMatch(/Purchasing|customer\.example/)
  })
})

describe('a referral that is accepted', () => {
  const { referral, now } = inStatus('new')
  const accepted = decide(referral, commands.accept, { kind: 'partner' }, now).next

  it('keeps the colleagues that it had', () => {
    expect(accepted.contacts).toEqual([...referral.contacts, ...commands.accept.contacts])
  })

  it('shows its CRM id to the partner alone', () => {
    const withId = { ...accepted, deal: accepted.deal && { ...accepted.deal, crmId: 'CRM-17' } }
    expect(view(withId, null, 'partner', now).deal?.crmId).toBe('CRM-17')
    expect(view(withId, null, 'operator', now).deal?.crmId).toBeNull()
  })

  it('offers to take a colleague away only while there is one', () => {
    const names = (of: Referral) => view(of, null, 'partner', now).actions.map(({ name }) => name)
    expect(names(accepted)).toContain('remove-contact')
    expect(names({ ...accepted, contacts: [] })).not.toContain('remove-contact')
  })
})

describe('what callers see', () => {
  it.each([receivedAt, later(80 * hour), later(15 * day)])(
    'at %s is the same in a list and in the details',
    at => {
      const { referral } = received(true)
      const details = view(referral, null, 'partner', at)
      const listed = viewOverview(overviewOf(referral), at)
      const linked = linksTo(Object.values(referralOperations))(details)
      const { status, stage, directContact, closedAt } = details
      expect(listed).toMatchObject({ status, stage, directContact, closedAt })
      expect(referralOperations.getReferral.response.safeParse(linked).error).toBeUndefined()
    },
  )

  it('of an archived referral calls nobody', () => {
    const { referral, now } = inStatus('declined')
    const { directContact } = view(referral, null, 'partner', now)
    expect(directContact).toMatchObject({
      state: 'cooled',
      message: 'The customer asked to be contacted directly.',
    })
  })

  it('of a long need in a list is its beginning', () => {
    const { referral } = received()
    const { summary } = overviewOf({ ...referral, need: { ...referral.need, summary: 'x'.repeat(4000) } })
    expect(summary).toMatch(/^x+…$/)
    expect(summary.length).toBeLessThan(300)
  })
})
