/** Creates and replaces profiles. */
import type { CommandContext } from '../../events/index.ts'
import { DomainError, type Fault, notFound, requireNoFaults } from '../../kernel/errors.ts'
import { ifValid } from '../../kernel/partial-input.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { requireVersion, retryOnConflict } from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { programLanguages, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { localeOfCountry } from '../../program/rules.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import { addressOf, allPeople, withinUse } from '../contact/rules.ts'
import type { Location, NewProfile, ProfileContent, ProfileView } from './contract.ts'
import { findProfile, type LoadedProfile, type ProfileAddress } from './load.ts'
import {
  changedFields,
  contentFaults,
  contentIn,
  dropped,
  faultsIn,
  type KeptLocation,
  locationsAfter,
  missingParts,
  namesAnew,
  type Profile,
  profileIdOf,
  removedFaults,
  withoutRemoved,
} from './rules.ts'
import { requireComplete, saveProfile } from './save.ts'
import { contactsOf, represent } from './view.ts'

/** Functions that the caller hands in, because the facts belong to modules that use this one. */
export interface ProfileContext {
  /** Returns the coordinates of a city, or undefined for an unknown city. */
  readonly locate: (
    city: string,
    country: string,
  ) => { readonly latitude: number; readonly longitude: number } | undefined
  /** Returns those of a profile's locations that must be kept, because referrals name them that may still be worked on. */
  readonly neededLocations: (
    profile: ProfileAddress,
    locationIds: readonly string[],
    policy: Policy,
    now: Instant,
  ) => Promise<ReadonlySet<string>>
}

type ProfileBefore = Awaited<ReturnType<typeof findProfile>>['profile']

/**
 * Creates a draft, or replaces the content of a profile and keeps its status.
 *
 * A location that the new content leaves out is kept, marked as removed, while referrals name it that are open or can be
 * reopened. Problems of contacts that it leaves out are forgotten. Content without a change writes nothing.
 * @throws DomainError invalid-request with every wrong field; profile-incomplete when an active profile would lack
 * something; not-found; stale-version; precondition-required when the profile exists and the context has no version
 */
export const putProfile = async (
  address: ProfileAddress,
  asked: NewProfile,
  command: CommandContext<number | undefined>,
  context: ProfileContext,
): Promise<Versioned<ProfileView>> => {
  const { actor, now } = command
  const content = contentIn(asked, localeOfCountry(address.region, programLanguages()))
  return retryOnConflict(async () => {
    const { profile: before, others, ...found } = await findProfile(address, taxonomyKey)
    const { partner, health } = found
    requireNoFaults(faultsIn(asked, contentFaults(content, readTaxonomy(others[0]), before)))
    requireVersionBefore(before, found, command)
    if (before?.status === 'active') requireComplete(faultsIn(asked, missingParts(content)))

    const locations = await locationsOf(content, before, found.policy, instantOf(now), context)
    requireNoFaults(removedFaults(locations))

    const profile = composeProfile(address, content, { locations, before, partnerName: partner.name, now })
    const inUse = new Set(allPeople(contactsOf(profile, partner)).map(addressOf))
    const next = { ...found, profile, health: withinUse(health, inUse) }
    if (before && next.health === health && changedFields(before, profile).length === 0)
      return represent({ ...found, profile: before }, now)
    return saveProfile(next, { profile: before, health }, actor, now)
  })
}

/**
 * Returns the faults in the valid parts of a profile.
 * @throws DomainError not-found for an unknown partner
 */
export const checkProfile = async (address: ProfileAddress, given: NewProfile): Promise<Fault[]> => {
  const { profile: before, others } = await findProfile(address, taxonomyKey)
  // The content inherits the holes of what is given, and leaves out removed locations.
  const content: ProfileContent = Object.create(given, {
    locations: { get: () => withoutRemoved(given.locations) },
  })
  const errors = contentFaults(content, readTaxonomy(others[0]), before)
  return ifValid(() => faultsIn(given, errors)) ?? errors
}

const requireVersionBefore = (
  before: ProfileBefore,
  found: Omit<LoadedProfile, 'profile'>,
  { version, now }: CommandContext<number | undefined>,
): void => {
  if (!before && version !== undefined) throw notFound()
  if (!before) return
  if (version === undefined) throw new DomainError('precondition-required', { existing: 'profile' })
  requireVersion(represent({ ...found, profile: before }, now), version)
}

interface Composition {
  readonly locations: KeptLocation[]
  readonly before: ProfileBefore
  readonly partnerName: string
  readonly now: Date
}

const composeProfile = (
  { partnerId, region }: ProfileAddress,
  content: ProfileContent,
  { locations, before, partnerName, now }: Composition,
): Profile => {
  const nowInstant = instantOf(now)
  const { status = 'draft', createdAt = nowInstant } = before ?? {}
  return {
    ...content,
    locations,
    id: profileIdOf(partnerId, region),
    partnerId,
    region,
    partnerName,
    status,
    createdAt,
    updatedAt: nowInstant,
    version: (before?.version ?? 0) + 1,
    contactsConfirmedAt: before && !namesAnew(before, content) ? before.contactsConfirmedAt : nowInstant,
    learningFrom: before?.learningFrom,
  }
}

/** Returns the locations of the new content, and those that it leaves out but referrals still need. */
const locationsOf = async (
  content: ProfileContent,
  before: Profile | undefined,
  policy: Policy,
  now: Instant,
  { locate, neededLocations }: ProfileContext,
): Promise<KeptLocation[]> => {
  const named = content.locations.map(location => withCoordinates(location, locate))
  const droppedIds = before ? dropped(before.locations, named).map(({ id }) => id) : []
  if (!before || droppedIds.length === 0) return named
  const needed = await neededLocations(before, droppedIds, policy, now)
  return locationsAfter(before.locations, named, id => needed.has(id))
}

/** Adds coordinates at the time of writing, so that readers need no gazetteer. */
const withCoordinates = (location: Location, locate: ProfileContext['locate']): KeptLocation => {
  const { coordinates, address } = location
  const resolved = coordinates ?? locate(address.city, address.country)
  if (!resolved) return { ...location, resolvedCoordinates: null, removed: false }
  return {
    ...location,
    resolvedCoordinates: { ...resolved, from: coordinates ? 'profile' : 'gazetteer' },
    removed: false,
  }
}
