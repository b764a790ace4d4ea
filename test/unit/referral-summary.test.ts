import { describe, expect, it } from 'vitest'
import { referenceOf, rfiIdOf } from '../../shared/kernel/ids.ts'
import { aboutReferral, locationNameOf } from '../../shared/partners/recipients/rules.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { defaultTaxonomy, entryOf } from '../../shared/program/taxonomy/rules.ts'
import { someProfileContacts } from '../fixtures/mail-context.ts'
import { aReferral } from '../fixtures/referral.ts'
import { later } from '../fixtures/time.ts'

const profileContacts = someProfileContacts()
const context = { profileContacts, taxonomy: defaultTaxonomy, policy: defaultPolicy }

describe('aboutReferral', () => {
  it('has the facts that a contact needs to judge a referral', () => {
    const referral = aReferral()
    const { customer, need, respondBy, id } = referral
    expect(aboutReferral(referral, context)).toEqual({
      requestNumber: referenceOf(rfiIdOf(id)),
      company: customer.company,
      size: entryOf(defaultTaxonomy, 'customerSizes', customer.size),
      city: customer.city,
      country: customer.country,
      summary: need.summary,
      budget: need.budget,
      respondBy,
      partnerName: 'Spreewerk Systeme',
      locationName: 'Berlin',
      answerWithinHours: 24,
      directContact: null,
      receivedAt: referral.receivedAt,
      reopenUntil: referral.reopenUntil,
      dealName: '',
      estimatedCloseDate: '',
      zone: 'Europe/Berlin',
    })
  })

  it('rounds the hours of the recommended answer up', () => {
    const recommendedAnswerBy = later(90 * 60_000)
    expect(aboutReferral(aReferral({ recommendedAnswerBy }), context).answerWithinHours).toBe(2)
  })

  it.each(['hot', 'cooled'] as const)('has the wish for direct contact of a %s referral', urgency => {
    const hotUntil = later(90 * 60_000)
    const asked = { hotUntil, preferredContact: 'email' } as const
    const { directContact, receivedAt } = aboutReferral(aReferral({ urgency, ...asked }), context)
    expect(directContact).toEqual({
      state: urgency,
      until: hotUntil,
      askedAt: receivedAt,
      prefersEmail: true,
    })
    expect(aboutReferral(aReferral({ urgency, hotUntil }), context).directContact?.prefersEmail).toBe(false)
    expect(aboutReferral(aReferral(asked), context).directContact).toBeNull()
  })

  it('has the time zone of the calendar of the region, which is told instead of that of the country', () => {
    const calendar = {
      responseTime: 'PT80H' as const,
      zone: 'Pacific/Chatham',
      workingDays: [1],
      workingHours: { from: '09:00', to: '17:00' },
      holidays: [],
    }
    const zoneIn = (region: string, calendars = {}) =>
      aboutReferral(aReferral({ region }), { ...context, policy: { ...defaultPolicy, calendars } }).zone
    expect(zoneIn('NZ', { NZ: calendar })).toBe('Pacific/Chatham')
    expect(zoneIn('NZ')).toBe('Pacific/Auckland')
    expect(zoneIn('US')).toBe('UTC')
  })

  it('has the time zone of the office, which its profile states or which is that of its country', () => {
    const { contacts } = profileContacts
    const zoneWith = (office: object) => {
      const locations = contacts.locations.map(one => (one.id === 'main' ? { ...one, ...office } : one))
      const own = { ...profileContacts, contacts: { ...contacts, locations } }
      return aboutReferral(aReferral({ region: 'US' }), { ...context, profileContacts: own }).zone
    }
    expect(zoneWith({ timeZone: 'America/Los_Angeles', address: { country: 'US' } })).toBe(
      'America/Los_Angeles',
    )
    expect(zoneWith({ address: { country: 'GB' } })).toBe('Europe/London')
    expect(zoneWith({ address: { country: 'US' } })).toBe('UTC')
  })

  it('has the name and the close date of the deal', () => {
    const deal = {
      name: 'ERP',
      estimatedValue: { amount: 1, currency: 'EUR' },
      estimatedCloseDate: '2026-06-01',
      estimated: 'given' as const,
      notes: null,
      crmId: null,
    }
    expect(aboutReferral(aReferral({ deal }), context)).toMatchObject({
      dealName: 'ERP',
      estimatedCloseDate: '2026-06-01',
    })
  })

  it('names the location by its id, and no partner, when the profile is gone', () => {
    const about = aboutReferral(aReferral(), { taxonomy: defaultTaxonomy, policy: defaultPolicy })
    expect(about).toMatchObject({ partnerName: '', locationName: 'main' })
  })
})

describe('locationNameOf', () => {
  it('returns the name of the location, or its id if the profile has no such location', () => {
    expect(locationNameOf(profileContacts, { locationId: 'branch' })).toBe('Bonn')
    expect(locationNameOf(profileContacts, { locationId: 'closed' })).toBe('closed')
    expect(locationNameOf(undefined, { locationId: 'branch' })).toBe('branch')
  })
})
