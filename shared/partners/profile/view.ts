/** The representation of a profile that its partner and the operator read. */
import type { Versioned } from '../../kernel/versioned.ts'
import { instantOf } from '../../time/instant.ts'
import { type Contacts, warningsOf } from '../contact/rules.ts'
import type { Partner } from '../partner/store.ts'
import type { ProfileContent, ProfileView } from './contract.ts'
import type { LoadedProfile } from './load.ts'
import { confirmationOf, type Profile, statusOn } from './rules.ts'

/**
 * Returns the representation of a profile. Its version is the sum of the versions of the profile and of its contacts'
 * health, because it shows both: an edit based on an outdated view of either is refused.
 */
export const represent = (
  { partner, profile, health, policy }: LoadedProfile,
  now: Date,
): Versioned<ProfileView> => {
  const warnings = warningsOf(contactsOf(profile, partner), health)
  const confirmation = confirmationOf(profile, policy.contactConfirmationInterval, instantOf(now))
  const status = statusOn(profile, utcDateOf(now))
  const body = { ...statedFields(profile), ...confirmation, status, warnings }
  return { body, version: profile.version + health.version }
}

/**
 * Returns the fields of a view that the profile states itself. They are copied one by one, because stored profiles can
 * have fields that only a newer version of the program uses.
 */
export const statedFields = (
  profile: Profile,
): Omit<ProfileView, 'contactsConfirmedUntil' | 'contactConfirmationDue' | 'status' | 'warnings'> => ({
  id: profile.id,
  partnerId: profile.partnerId,
  region: profile.region,
  version: profile.version,
  headline: profile.headline,
  description: profile.description,
  website: profile.website,
  logo: profile.logo,
  languages: profile.languages,
  industries: profile.industries,
  products: profile.products,
  services: profile.services,
  solutions: profile.solutions,
  customerSizes: profile.customerSizes,
  keywords: profile.keywords,
  preferences: profile.preferences,
  defaultContacts: profile.defaultContacts,
  locations: profile.locations,
  createdAt: profile.createdAt,
  updatedAt: profile.updatedAt,
  contactsConfirmedAt: profile.contactsConfirmedAt,
})

/** Returns the UTC date of an instant, as `YYYY-MM-DD`. */
export const utcDateOf = (now: Date): string => now.toISOString().slice(0, 10)

/** Returns everybody who can get mail for a profile: contacts of its locations, default contacts and administrators. */
export const contactsOf = (
  { locations, defaultContacts }: Pick<ProfileContent, 'locations' | 'defaultContacts'>,
  { admins }: Partner,
): Contacts => ({ locations, defaultContacts, admins })
