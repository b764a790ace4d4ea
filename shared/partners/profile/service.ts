/** Business profiles: put, shown and switched by the partner they belong to, with a look at who can be reached. */

import type { Actor } from '../../events/contract.ts'
import type { CommandContext } from '../../events/index.ts'
import type { FieldError } from '../../kernel/errors.ts'
import { DomainError, invalid, notFound, requireNoErrors } from '../../kernel/errors.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import type { Page } from '../../kernel/page.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import {
  ConditionFailed,
  type CursorScope,
  get,
  getGroups,
  type Key,
  put,
  readConsistently,
  readRows,
  requireVersion,
  retryOnConflict,
  staleVersion,
  transact,
} from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import {
  addressOf,
  everybody,
  findPerson,
  type Health,
  warningsOf,
  withinUse,
  withoutTrouble,
} from '../contact/rules.ts'
import { healthKey, listUnhealthy, putHealth, readHealth } from '../contact/store.ts'
import {
  administratorsKey,
  checkPartner,
  isPartner,
  type Partner,
  partnerKey,
  readPartner,
} from '../partner/store.ts'
import type {
  Location,
  NewProfile,
  ProfileContent,
  ProfileVersion,
  ProfileView,
  Review,
  UnhealthyProfile,
} from './contract.ts'
import {
  changedFields,
  confirmationOf,
  contentErrors,
  contentIn,
  dropped,
  errorsIn,
  type KeptLocation,
  locationsAfter,
  missing,
  namesAnew,
  type Profile,
  present,
  profileIdOf,
  removedErrors,
  reviewOf,
  statusOn,
  withMuted,
} from './rules.ts'
import * as store from './store.ts'

interface Address {
  readonly partnerId: PartnerId
  readonly region: string
}

interface Loaded {
  readonly partner: Partner
  readonly profile: Profile
  readonly health: Health
  readonly policy: Policy
}

/** A profile's version is its own and its contacts' health's, so that nobody changes what they have not seen. */
const shown = ({ partner, profile, health, policy }: Loaded, now: Date): Versioned<ProfileView> => {
  const warnings = warningsOf(contactsOf(profile, partner), health)
  const confirmation = confirmationOf(profile, policy.contactConfirmationInterval, instantOf(now))
  const body = { ...bodyOf(profile), ...confirmation, status: statusOn(profile, dayOf(now)), warnings }
  return { body, version: profile.version + health.version }
}

/** The part of a view that a profile states itself. Stored profiles can have fields that only a newer version knows. */
const bodyOf = (
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

/** In UTC. */
const dayOf = (now: Date): string => now.toISOString().slice(0, 10)

const contactsOf = (
  { locations, defaultContacts }: Pick<ProfileContent, 'locations' | 'defaultContacts'>,
  { admins }: Partner,
) => ({
  locations,
  defaultContacts,
  admins,
})

/**
 * The partner, and its profile of a region if there is one.
 * @param also what else to read on the way
 * @throws DomainError not-found for no partner
 */
const find = ({ partnerId, region }: Address, ...also: readonly Key[]) =>
  readConsistently(async () => {
    const found = await getGroups({
      partners: [partnerKey(partnerId), administratorsKey(partnerId)],
      profiles: [store.profileKey(partnerId, region), store.profilePeopleKey(partnerId, region)],
      healths: [healthKey(partnerId, region)],
      policies: [policyKey],
      others: also,
    })
    const [company, administrators] = found.partners
    const [profile, people] = found.profiles
    if (!company) throw notFound()
    return {
      partner: readPartner(company, administrators),
      profile: profile && store.readProfile(profile, people),
      health: readHealth(found.healths[0], partnerId, region),
      policy: readPolicy(found.policies[0]),
      others: found.others,
    }
  })

/** @throws DomainError not-found */
const load = async (address: Address): Promise<Loaded & { readonly profile: store.StoredProfile }> => {
  const { profile, others, ...found } = await find(address)
  if (!profile) throw notFound()
  return { ...found, profile }
}

export const listProfiles = (partnerId: PartnerId, now: Date): Promise<{ items: ProfileView[] }> =>
  readConsistently(async () => {
    const { profiles, found } = await store.listProfiles(partnerId, regions => ({
      partners: [partnerKey(partnerId), administratorsKey(partnerId)],
      policies: [policyKey],
      healths: regions.map(region => healthKey(partnerId, region)),
    }))
    const [company, administrators] = found.partners
    if (!company) return { items: [] }
    const partner = readPartner(company, administrators)
    const policy = readPolicy(found.policies[0])
    const items = readRows(profiles, ({ item, people }, index) => {
      const profile = store.readProfile(item, people)
      const health = readHealth(found.healths[index], partnerId, profile.region)
      return shown({ partner, profile, health, policy }, now).body
    })
    return { items }
  })

/** @throws DomainError not-found */
export const listProfilesByOperator = async (
  partnerId: PartnerId,
  now: Date,
): Promise<{ items: ProfileView[] }> => {
  if (!(await isPartner(partnerId))) throw notFound()
  return listProfiles(partnerId, now)
}

/** @param version an earlier one, which names no contacts; without it, the present one @throws DomainError not-found */
export const getProfile = async (
  address: Address,
  version: number | undefined,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const loaded = await load(address)
  if (version === undefined || version === loaded.profile.version) return shown(loaded, now)
  const item = await get(store.profileVersionKey(address.partnerId, address.region, version))
  if (!item) throw notFound()
  const past = store.readProfileVersion(item)
  const { contactsConfirmedUntil } = confirmationOf(
    past,
    loaded.policy.contactConfirmationInterval,
    instantOf(now),
  )
  const body = {
    ...bodyOf(past),
    status: past.status,
    contactsConfirmedUntil,
    contactConfirmationDue: false,
    warnings: [],
  }
  return { body, version }
}

/** @throws DomainError not-found */
export const listProfileVersions = async (
  address: Address,
  limit: number,
  scope: CursorScope,
): Promise<Page<ProfileVersion>> => {
  const { partnerId, region } = address
  await load(address)
  return store.listVersions(partnerId, region, limit, scope)
}

/** @throws DomainError not-found */
export const reviewProfile = async (address: Address): Promise<Review> => {
  const { profile, partner, health, policy } = await load(address)
  const { contactConfirmationInterval: confirmedEvery } = policy
  return reviewOf({ profile, contacts: contactsOf(profile, partner), health, confirmedEvery })
}

/** Facts that profiles need and that modules above own; the caller hands the functions in. */
export interface ProfileContext {
  /** Returns the coordinates of a city, or undefined if it is not known. */
  readonly locate: (
    city: string,
    country: string,
  ) => { readonly latitude: number; readonly longitude: number } | undefined
  /** Returns those of a profile's locations that must be kept, because referrals name them that may still be worked on. */
  readonly neededLocations: (
    profile: Address,
    locationIds: readonly string[],
    policy: Policy,
    now: Instant,
  ) => Promise<ReadonlySet<string>>
}

/**
 * Creates a draft, or replaces the content of a profile and leaves its status. Locations that it names no more are kept as
 * removed while referrals name them that are open or can be reopened. What was wrong with contacts that it names no more is
 * forgotten. Where nothing changes, nothing is written.
 * @throws DomainError invalid-request, naming each field that is wrong; profile-incomplete for an active one that would lack
 * something; not-found; stale-version; precondition-required when the profile exists and the context has no version
 */
export const putProfile = async (
  { partnerId, region }: Address,
  asked: NewProfile,
  { actor, version, now }: CommandContext<number | undefined>,
  context: ProfileContext,
): Promise<Versioned<ProfileView>> => {
  const content = contentIn(asked)
  return retryOnConflict(async () => {
    const { profile: before, others, ...found } = await find({ partnerId, region }, taxonomyKey)
    const { partner, health } = found
    requireNoErrors(errorsIn(asked, contentErrors(content, readTaxonomy(others[0]), before)))
    if (before && version === undefined)
      throw new DomainError('precondition-required', { existing: 'profile' })
    if (!before && version !== undefined) throw notFound()
    if (before && version !== undefined) requireVersion(shown({ ...found, profile: before }, now), version)
    if (before?.status === 'active') requireNothing(errorsIn(asked, missing(content)))

    const locations = await locationsOf(content, before, found.policy, instantOf(now), context)
    requireNoErrors(removedErrors(locations))

    const at = instantOf(now)
    const { status = 'draft', createdAt = at } = before ?? {}
    const profile: Profile = {
      ...content,
      locations,
      id: profileIdOf(partnerId, region),
      partnerId,
      region,
      partnerName: partner.name,
      status,
      createdAt,
      updatedAt: at,
      version: (before?.version ?? 0) + 1,
      contactsConfirmedAt: before && !namesAnew(before, content) ? before.contactsConfirmedAt : at,
    }
    const inUse = new Set(everybody(contactsOf(profile, partner)).map(addressOf))
    const next = { ...found, profile, health: withinUse(health, inUse) }
    if (before && next.health === health && changedFields(before, profile).length === 0)
      return shown({ ...found, profile: before }, now)
    return save(next, { profile: before, health }, actor, now)
  })
}

/** The locations that a profile is put with, and those that it drops but referrals still need. */
const locationsOf = async (
  content: ProfileContent,
  before: Profile | undefined,
  policy: Policy,
  now: Instant,
  { locate, neededLocations }: ProfileContext,
): Promise<KeptLocation[]> => {
  const named = content.locations.map(location => withCoordinates(location, locate))
  const gone = before ? dropped(before.locations, named).map(({ id }) => id) : []
  if (!before || gone.length === 0) return named
  const needed = await neededLocations(before, gone, policy, now)
  return locationsAfter(before.locations, named, id => needed.has(id))
}

/** Adds coordinates when the profile is put, so that its readers need no gazetteer. */
const withCoordinates = (location: Location, locate: ProfileContext['locate']): KeptLocation => {
  const { coordinates, address } = location
  const found = coordinates ?? locate(address.city, address.country)
  if (!found) return { ...location, resolvedCoordinates: null, removed: false }
  return {
    ...location,
    resolvedCoordinates: { ...found, from: coordinates ? 'profile' : 'gazetteer' },
    removed: false,
  }
}

/**
 * Makes a profile active, or inactive; a draft that is deactivated stays one.
 * @throws DomainError profile-incomplete, naming all that it lacks to be active; not-found; stale-version
 */
export const setActive = (
  address: Address,
  active: boolean,
  context: CommandContext,
): Promise<Versioned<ProfileView>> =>
  revise(address, context, profile => {
    const status = active ? 'active' : 'inactive'
    // A profile that was never active has no entry in the directory to remove.
    if (profile.status === status || (profile.status === 'draft' && !active)) return undefined
    if (active) requireNothing(missing({ ...profile, locations: present(profile.locations) }))
    return { status }
  })

/** Somebody says that the contacts are right. @throws DomainError not-found; stale-version */
export const confirmContacts = (address: Address, context: CommandContext): Promise<Versioned<ProfileView>> =>
  revise(address, context, () => ({ contactsConfirmedAt: instantOf(context.now) }))

/** Changes a profile on the version that the caller read; undefined: there is nothing to change. */
const revise = (
  address: Address,
  { actor, version, now }: CommandContext,
  decide: (profile: Profile) => Partial<Profile> | undefined,
): Promise<Versioned<ProfileView>> =>
  retryOnConflict(async () => {
    const loaded = await load(address)
    requireVersion(shown(loaded, now), version)
    const change = decide(loaded.profile)
    if (!change) return shown(loaded, now)
    return save({ ...loaded, profile: changed(loaded, change, now) }, loaded, actor, now)
  })

/**
 * Forgets what was wrong with a contact, since an administrator vouches for it. Nothing wrong is no error.
 * @throws DomainError not-found; invalid-request when it is no contact of the profile; stale-version when something changed
 * at the same moment
 */
export const confirmContact = async (
  address: Address,
  email: string,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const loaded = await load(address)
  const { profile, partner, health } = loaded
  if (!findPerson(contactsOf(profile, partner), addressOf({ email })))
    throw invalid({ pointer: '/email', code: 'unknown-contact', detail: 'the profile has no such contact' })
  const next = withoutTrouble(health, addressOf({ email }))
  if (next === health) return shown(loaded, now)
  try {
    await put(putHealth(next, instantOf(now)))
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    throw staleVersion(shown(await load(address), now))
  }
  return shown({ ...loaded, health: next }, now)
}

/**
 * Mutes a contact, wherever the profile names it.
 * @param isMeant tells by an address, in lower case, whether it is the contact's
 * @throws DomainError busy when others kept changing the profile
 */
export const muteContact = (
  address: Address,
  isMeant: (address: string) => boolean,
  now: Date,
): Promise<void> =>
  retryOnConflict(async () => {
    const { profile, others, ...found } = await find(address)
    const content = profile && withMuted(profile, isMeant)
    if (!profile || !content || content === profile) return
    const loaded = { ...found, profile }
    await save({ ...loaded, profile: changed(loaded, content, now) }, loaded, { kind: 'partner' }, now)
  })

/** A page of the profiles with a contact that cannot be reached. Those whose contacts were confirmed since are left out. */
export const listUnhealthyProfiles = async (
  limit: number,
  scope: CursorScope,
  now: Date,
): Promise<Page<UnhealthyProfile>> => {
  const { items, nextCursor } = await listUnhealthy(limit, scope)
  return { items: await readConsistently(() => unhealthyAmong(items, now)), nextCursor }
}

const unhealthyAmong = async (
  healths: readonly Pick<Health, 'partnerId' | 'region'>[],
  now: Date,
): Promise<UnhealthyProfile[]> => {
  const found = await getGroups({
    companies: healths.map(({ partnerId }) => partnerKey(partnerId)),
    administrators: healths.map(({ partnerId }) => administratorsKey(partnerId)),
    profiles: healths.map(({ partnerId, region }) => store.profileKey(partnerId, region)),
    people: healths.map(({ partnerId, region }) => store.profilePeopleKey(partnerId, region)),
    contactHealths: healths.map(({ partnerId, region }) => healthKey(partnerId, region)),
  })
  const rows = readRows(healths, ({ partnerId, region }, index) => {
    const [company, profileItem] = [found.companies[index], found.profiles[index]]
    if (!company || !profileItem) return undefined
    const partner = readPartner(company, found.administrators[index])
    const profile = store.readProfile(profileItem, found.people[index])
    const health = readHealth(found.contactHealths[index], partnerId, region)
    const warnings = warningsOf(contactsOf(profile, partner), health)
    const status = statusOn(profile, dayOf(now))
    return { profileId: profile.id, partnerId, name: partner.name, region, status, warnings }
  })
  return rows.filter(row => row !== undefined).filter(({ warnings }) => warnings.length > 0)
}

const requireNothing = (lacking: readonly FieldError[]): void => {
  if (lacking.length > 0) throw new DomainError('profile-incomplete', { errors: lacking })
}

const changed = ({ profile, partner }: Loaded, change: Partial<Profile>, now: Date): Profile => ({
  ...profile,
  ...change,
  partnerName: partner.name,
  updatedAt: instantOf(now),
  version: profile.version + 1,
})

interface LoadedState {
  readonly profile: store.StoredProfile | undefined
  readonly health: Health
}

/** @param known what was loaded @throws ConditionFailed when something changed since */
const save = async (
  next: Loaded,
  known: LoadedState,
  by: Actor,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const { profile, health, partner } = next
  await transact([
    ...store.putProfile(profile, known.profile, { by, changed: changedFields(known.profile, profile) }),
    ...(health === known.health ? [] : [putHealth(health, instantOf(now))]),
    // It is not renamed at the same moment: the directory would go on with the old name.
    checkPartner(partner),
  ])
  return shown(next, now)
}
