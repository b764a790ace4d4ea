/** A profile to make decisions about. */
import type { Profile } from '../../shared/partners/profile/rules.ts'
import { receivedAt } from './referral.ts'

export const contact = (name: string, more: object = {}) => ({
  firstName: name,
  lastName: 'Person',
  email: `${name.toLowerCase()}@partner.example`,
  locale: 'en',
  muted: false,
  ...more,
})

export const location = (id: string, more: Partial<Profile['locations'][number]> = {}) => ({
  id,
  name: `The ${id} office`,
  address: { city: 'Berlin', country: 'DE' },
  contacts: [contact(id)],
  located: null,
  removed: false,
  ...more,
})

/** A draft that lacks nothing. */
export const aProfile = (more: Partial<Profile> = {}): Profile => ({
  id: 'ptr_01KJKJ00000000000000000000.DE',
  partnerId: 'ptr_01KJKJ00000000000000000000',
  region: 'DE',
  partnerName: 'Spreewerk',
  status: 'draft',
  version: 1,
  headline: 'ERP for manufacturers',
  languages: [],
  customerSizes: [],
  keywords: [],
  industries: [],
  products: [],
  services: [],
  solutions: [],
  preferences: {
    leastDealValue: null,
    mostOpenReferrals: null,
    pausedUntil: null,
    excludedKeywords: [],
    excludedIndustries: [],
  },
  locations: [location('main')],
  defaultContacts: [],
  createdAt: receivedAt,
  updatedAt: receivedAt,
  contactsConfirmedAt: receivedAt,
  ...more,
})
