/** Stored forms of profiles, their contacts and their versions. */
import * as z from 'zod/mini'
import { actorKinds } from '../../events/contract.ts'
import { storedPartnerId, storedProfileId } from '../../kernel/ids.ts'
import { storedInstant } from '../../kernel/instants.ts'
import { storedAddress, storedMoney, storedPerson, storedTexts } from '../../persistence/index.ts'
import { storedPreferencesOf } from '../listing/stored.ts'
import type { PublicProfile } from './rules.ts'

const coordinates = { latitude: z.number(), longitude: z.number() }

const locationFields = z.object({
  id: z.string(),
  name: z.string(),
  address: storedAddress,
  coordinates: z.optional(z.object(coordinates)),
  timeZone: z.optional(z.string()),
  located: z._default(z.nullable(z.object({ ...coordinates, from: z.enum(['profile', 'gazetteer']) })), null),
  removed: z._default(z.boolean(), false),
})

const location = z.pipe(
  locationFields,
  z.transform(({ located: resolvedCoordinates, ...others }) => ({ ...others, resolvedCoordinates })),
)

const preferenceFields = z.object({
  leastDealValue: z._default(z.nullable(storedMoney), null),
  excludedKeywords: storedTexts,
  excludedIndustries: storedTexts,
  mostOpenReferrals: z._default(z.nullable(z.number()), null),
  pausedUntil: z._default(z.nullable(z.string()), null),
})

/** Two limits are stored under older names, so that the previous version of the program can read them. */
const preferences = z.pipe(
  preferenceFields,
  z.transform(({ leastDealValue: minDealValue, mostOpenReferrals: maxOpenReferrals, ...others }) => ({
    ...others,
    minDealValue,
    maxOpenReferrals,
  })),
)

const profile = {
  id: storedProfileId,
  partnerId: storedPartnerId,
  region: z.string(),
  /** Empty in profiles of an early version of the program. It is set when the partner is renamed or the profile is saved. */
  partnerName: z._default(z.string(), ''),
  status: z.enum(['draft', 'active', 'inactive']),
  version: z.int(),
  headline: z.optional(z.string()),
  description: z.optional(z.string()),
  website: z.optional(z.string()),
  logo: z.optional(z.string()),
  languages: storedTexts,
  industries: storedTexts,
  products: storedTexts,
  services: storedTexts,
  solutions: storedTexts,
  customerSizes: storedTexts,
  keywords: storedTexts,
  preferences: z.prefault(preferences, {}),
  locations: z.array(location),
  createdAt: storedInstant,
  updatedAt: storedInstant,
  /** Missing in profiles of an early version of the program: see `readPublicProfile`. */
  contactsConfirmedAt: z.optional(storedInstant),
  /** Missing before the first activation, and in older profiles: see `readLearningFrom`. */
  learningFrom: z.optional(storedInstant),
  /** 0 in profiles that never had contacts. For items that lack it see `readProfile`. */
  peopleVersion: z.optional(z.int()),
}

export const storedProfile = z.looseObject(profile)

/** The fields of a profile that the learner reads. */
export const storedLearning = z.object({
  createdAt: storedInstant,
  learningFrom: z.optional(storedInstant),
})

export const storedProfileVersion = z.object({
  ...profile,
  by: z.object({ kind: z.enum(actorKinds), id: z.optional(z.string()) }),
  changed: z.array(z.string()),
})

const contacts = z.array(z.object({ ...storedPerson.shape, muted: z._default(z.boolean(), false) }))

export const storedPeople = z.looseObject({
  partnerId: z.optional(z.string()),
  region: z.optional(z.string()),
  version: z.int(),
  defaultContacts: z._default(contacts, []),
  locations: z.array(z.object({ id: z.string(), contacts })),
})

/** Returns the fields of a profile under their stored names. */
export const storedProfileOf = ({ preferences, locations, ...others }: PublicProfile) => ({
  ...others,
  preferences: storedPreferencesOf(preferences),
  locations: locations.map(({ resolvedCoordinates: located, ...location }) => ({ ...location, located })),
})
