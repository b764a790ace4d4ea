/** Business profiles: put, shown and switched by the partner they belong to, with a look at who can be reached. */
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
import { type Partner, partnerKey, readPartner } from '../partner/store.ts'
import type { Page, Versioned } from '../platform/contract.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { ConditionFailed } from '../platform/item.ts'
import { invalid, notFound, Problem } from '../platform/problem.ts'
import { untilUndisturbed } from '../platform/race.ts'
import { getAll, getGroups, put, transact } from '../platform/table.ts'
import { requireVersion, staleVersion } from '../platform/version.ts'
import { defaultTaxonomy } from '../taxonomy/rules.ts'
import type { ProfileContent, ProfileView, UnhealthyProfile } from './contract.ts'
import { contentErrors, missing, type Profile, profileIdOf, withMuted } from './rules.ts'
import * as store from './store.ts'

interface Address {
  readonly partnerId: string
  readonly region: string
}

interface Loaded {
  readonly partner: Partner
  readonly profile: Profile
  readonly health: Health
}

/** A profile's version is its own and its contacts' health's, so that nobody changes what they have not seen. */
const shown = ({ partner, profile, health }: Loaded): Versioned<ProfileView> => {
  const { version, ...body } = profile
  const warnings = warningsOf(contactsOf(profile, partner), health)
  return { body: { ...body, warnings }, version: version + health.version }
}

const contactsOf = ({ locations, defaultContacts }: ProfileContent, { admins }: Partner) => ({
  locations,
  defaultContacts,
  admins,
})

/** The partner, and its profile of a region if there is one. @throws Problem not-found for no partner */
const find = async ({ partnerId, region }: Address) => {
  const keys = [partnerKey(partnerId), store.profileKey(partnerId, region), healthKey(partnerId, region)]
  const [partner, profile, health] = await getAll(keys)
  if (!partner) throw notFound()
  return {
    partner: readPartner(partner),
    profile: profile && store.readProfile(profile),
    health: readHealth(health, partnerId, region),
  }
}

/** @throws Problem not-found */
const load = async (address: Address): Promise<Loaded> => {
  const { profile, ...rest } = await find(address)
  if (!profile) throw notFound()
  return { ...rest, profile }
}

export const listProfiles = async (partnerId: string): Promise<{ items: ProfileView[] }> => {
  const profiles = await store.listProfiles(partnerId)
  const found = await getGroups({
    partners: [partnerKey(partnerId)],
    healths: profiles.map(({ region }) => healthKey(partnerId, region)),
  })
  const partner = found.partners[0] && readPartner(found.partners[0])
  if (!partner) return { items: [] }
  const items = profiles.map((profile, index) => {
    const health = readHealth(found.healths[index], partnerId, profile.region)
    return shown({ partner, profile, health }).body
  })
  return { items }
}

export const getProfile = async (partnerId: string, region: string): Promise<Versioned<ProfileView>> =>
  shown(await load({ partnerId, region }))

/**
 * Creates a draft, or replaces the content of a profile and leaves its status. What was wrong with contacts that it
 * names no more is forgotten.
 * @param version the one that the caller read; undefined creates
 */
export const putProfile = async (
  { partnerId, region }: Address,
  content: ProfileContent,
  version: number | undefined,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const errors = contentErrors(content, defaultTaxonomy)
  if (errors.length > 0) throw invalid(...errors)

  const { profile: present, partner, health } = await find({ partnerId, region })
  if (present && version === undefined)
    throw new Problem('precondition-required', { detail: 'the profile exists: send If-Match with its ETag' })
  if (!present && version !== undefined) throw notFound()
  if (present && version !== undefined) requireVersion(shown({ partner, profile: present, health }), version)
  if (present?.status === 'active') requireComplete(content)

  const at = now.toISOString()
  const id = profileIdOf(partnerId, region)
  const { status = 'draft', createdAt = at } = present ?? {}
  const kept = { id, partnerId, region, status, createdAt }
  const profile: Profile = { ...content, ...kept, updatedAt: at, version: (present?.version ?? 0) + 1 }
  const inUse = new Set(everybody(contactsOf(profile, partner)).map(addressOf))
  return save({ partner, profile, health: withinUse(health, inUse) }, health)
}

export const setActive = async (
  address: Address,
  active: boolean,
  version: number,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const loaded = await load(address)
  const { profile, health } = loaded
  requireVersion(shown(loaded), version)
  const status = active ? 'active' : 'inactive'
  if (profile.status === status) return shown(loaded)
  if (active) requireComplete(profile)
  return save({ ...loaded, profile: changed(profile, { status }, now) }, health)
}

/**
 * Forgets what was wrong with a contact, since an administrator vouches for it. Nothing wrong is no error.
 * @throws Problem not-found; invalid-request when it is no contact of the profile; stale-version when something changed
 * at the same moment
 */
export const confirmContact = async (address: Address, email: string): Promise<Versioned<ProfileView>> => {
  const loaded = await load(address)
  const { profile, partner, health } = loaded
  if (!findPerson(contactsOf(profile, partner), addressOf({ email })))
    throw invalid({ pointer: '/email', code: 'unknown-contact', detail: 'the profile has no such contact' })
  const next = withoutTrouble(health, addressOf({ email }))
  if (next === health) return shown(loaded)
  try {
    await put(putHealth(next))
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    throw staleVersion(shown(await load(address)))
  }
  return shown({ ...loaded, health: next })
}

/**
 * Mutes a contact, wherever the profile names it.
 * @param isMeant tells by an address, in lower case, whether it is the contact's
 * @throws ConditionFailed when others kept changing the profile: it is worth coming again
 */
export const muteContact = (
  { partnerId, region }: Address,
  isMeant: (address: string) => boolean,
  now: Date,
): Promise<void> =>
  untilUndisturbed(async () => {
    const profile = await store.getProfile(partnerId, region)
    const content = profile && withMuted(profile, isMeant)
    if (!profile || !content || content === profile) return
    await put(store.putProfile(changed(profile, content, now), { version: profile.version }))
  })

/** A page of the profiles of which somebody cannot be reached. What was mended since is left out. */
export const listUnhealthyProfiles = async (
  limit: number,
  scope: CursorScope,
): Promise<Page<UnhealthyProfile>> => {
  const { items, nextCursor } = await listUnhealthy(limit, scope)
  const found = await getGroups({
    partners: items.map(({ partnerId }) => partnerKey(partnerId)),
    profiles: items.map(({ partnerId, region }) => store.profileKey(partnerId, region)),
    healths: items.map(({ partnerId, region }) => healthKey(partnerId, region)),
  })
  const unhealthy = items.flatMap(({ partnerId, region }, index) => {
    const [partner, profile] = [found.partners[index], found.profiles[index]]
    if (!partner || !profile) return []
    const health = readHealth(found.healths[index], partnerId, region)
    const { body } = shown({ partner: readPartner(partner), profile: store.readProfile(profile), health })
    const { id: profileId, status, warnings } = body
    return [{ profileId, partnerId, name: readPartner(partner).name, region, status, warnings }]
  })
  return { items: unhealthy.filter(({ warnings }) => warnings.length > 0), nextCursor }
}

const requireComplete = (content: ProfileContent): void => {
  const errors = missing(content)
  if (errors.length > 0) throw new Problem('profile-incomplete', { errors })
}

const changed = (profile: Profile, change: Partial<Profile>, now: Date): Profile => ({
  ...profile,
  ...change,
  updatedAt: now.toISOString(),
  version: profile.version + 1,
})

/** @param known the health as it was loaded */
const save = async (next: Loaded, known: Health): Promise<Versioned<ProfileView>> => {
  const { profile, health } = next
  const when = profile.version === 1 ? ({ pk: 'absent' } as const) : { version: profile.version - 1 }
  const write = store.putProfile(profile, when)
  try {
    if (health === known) await put(write)
    else await transact([write, putHealth(health)])
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    throw staleVersion(shown(await load(profile)))
  }
  return shown(next)
}
