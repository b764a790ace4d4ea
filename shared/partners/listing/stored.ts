/**
 * Directory entries as they are stored: JSON text in one attribute. They are read by hand-written code in 0.2 µs each; a
 * schema takes 3 µs, which is 0.3 seconds for a region of 100,000 partners. The guarantees are those of a schema: missing
 * fields get defaults, unknown fields are dropped, and an entry without partner, region or version is not read.
 */
import { asPartnerId } from '../../kernel/ids.ts'
import type {
  DirectoryEntry,
  ListedLocation,
  ListedProfile,
  Month,
  ReputationEntry,
} from '../../search/index.ts'
import { noPreferences } from '../profile/rules.ts'

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const list = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? value : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

const readLocation = ({ id, city, coordinates, contacts }: Json): ListedLocation => ({
  id: text(id),
  city: text(city),
  coordinates: isObject(coordinates)
    ? { latitude: number(coordinates.latitude), longitude: number(coordinates.longitude) }
    : null,
  contacts: list(contacts),
})

const readPreferences = (stored: Json): ListedProfile['preferences'] => ({
  minDealValue: isObject(stored.leastDealValue)
    ? { amount: number(stored.leastDealValue.amount), currency: text(stored.leastDealValue.currency) }
    : null,
  excludedKeywords: list(stored.excludedKeywords),
  excludedIndustries: list(stored.excludedIndustries),
  maxOpenReferrals: typeof stored.mostOpenReferrals === 'number' ? stored.mostOpenReferrals : null,
  pausedUntil: typeof stored.pausedUntil === 'string' ? stored.pausedUntil : null,
})

/** Returns preferences under the stored names of their fields. Two are kept for the previous version of the program. */
export const storedPreferencesOf = ({
  minDealValue: leastDealValue,
  maxOpenReferrals: mostOpenReferrals,
  ...others
}: ListedProfile['preferences']) => ({ ...others, leastDealValue, mostOpenReferrals })

const readProfile = (stored: Json): ListedProfile => ({
  name: text(stored.name),
  headline: text(stored.headline),
  languages: list(stored.languages),
  industries: list(stored.industries),
  products: list(stored.products),
  services: list(stored.services),
  solutions: list(stored.solutions),
  customerSizes: list(stored.customerSizes),
  keywords: list(stored.keywords),
  preferences: isObject(stored.preferences) ? readPreferences(stored.preferences) : noPreferences,
  quality: number(stored.quality),
  locations: list(stored.locations).filter(isObject).map(readLocation),
  defaultContacts: list(stored.defaultContacts),
})

/** The number of accepted referrals has an older stored name, which the previous version of the program reads. */
const storedMonthOf = ({ accepted: fits, ...others }: Month) => ({ ...others, fits })

/** Converts an entry to the stored names of its fields. */
export const storedEntryOf = (entry: DirectoryEntry): object => {
  if (entry.kind === 'reputation') return { ...entry, months: entry.months.map(storedMonthOf) }
  if (entry.kind !== 'profile' || !entry.profile) return entry
  const { preferences, ...profile } = entry.profile
  return { ...entry, profile: { ...profile, preferences: storedPreferencesOf(preferences) } }
}

/** @returns undefined for an entry that cannot be read, or whose kind only a newer version of the program supports */
export const parseEntry = (stored: unknown): DirectoryEntry | undefined => {
  if (!isObject(stored)) return undefined
  const { kind, partnerId, region, version, profile } = stored
  if (typeof partnerId !== 'string' || typeof region !== 'string' || typeof version !== 'number')
    return undefined
  const entry = { partnerId: asPartnerId(partnerId), region, version }
  if (kind === 'profile') return { kind, ...entry, profile: isObject(profile) ? readProfile(profile) : null }
  if (kind === 'health') return { kind, ...entry, failing: list(stored.failing) }
  if (kind === 'reputation') return { kind, ...entry, ...readFigures(stored) }
  return undefined
}

const readFigures = (stored: Json): Pick<ReputationEntry, 'open' | 'months' | 'affinity'> => ({
  open: number(stored.open),
  months: list<Json>(stored.months).map(month => ({
    month: text(month.month),
    answers: list(month.answers),
    earlyAnswers: number(month.earlyAnswers),
    silences: number(month.silences),
    accepted: number(month.fits),
    won: number(month.won),
    deniedWins: number(month.deniedWins),
    lost: number(month.lost),
    unfollowed: number(month.unfollowed),
  })),
  affinity: isObject(stored.affinity)
    ? Object.fromEntries(
        Object.entries(stored.affinity).flatMap(([code, counts]) =>
          isObject(counts) ? [[code, { won: number(counts.won) }]] : [],
        ),
      )
    : {},
})
