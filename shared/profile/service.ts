/** Business profiles: put, shown and switched by the partner they belong to. */
import { partnerKey } from '../partner/store.ts'
import type { Versioned } from '../platform/contract.ts'
import { invalid, notFound, Problem } from '../platform/problem.ts'
import { getAll, put } from '../platform/table.ts'
import { lostRace, requireVersion } from '../platform/version.ts'
import { defaultTaxonomy } from '../taxonomy/rules.ts'
import type { ProfileContent, ProfileView } from './contract.ts'
import { contentErrors, missing, type Profile, profileIdOf } from './rules.ts'
import * as store from './store.ts'

const shown = ({ version, ...body }: Profile): Versioned<ProfileView> => ({ body, version })

export const listProfiles = async (partnerId: string): Promise<{ items: ProfileView[] }> => {
  const profiles = await store.listProfiles(partnerId)
  return { items: profiles.map(profile => shown(profile).body) }
}

export const getProfile = async (partnerId: string, region: string): Promise<Versioned<ProfileView>> =>
  shown(await load(partnerId, region))

/**
 * Creates a draft, or replaces the content of a profile and leaves its status.
 * @param version the one that the caller read; undefined creates
 */
export const putProfile = async (
  { partnerId, region }: Pick<Profile, 'partnerId' | 'region'>,
  content: ProfileContent,
  version: number | undefined,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const errors = contentErrors(content, defaultTaxonomy)
  if (errors.length > 0) throw invalid(...errors)

  const [partner, item] = await getAll([partnerKey(partnerId), store.profileKey(partnerId, region)])
  if (!partner) throw notFound()
  const present = item && store.readProfile(item)
  if (present && version === undefined)
    throw new Problem('precondition-required', { detail: 'the profile exists: send If-Match with its ETag' })
  if (!present && version !== undefined) throw notFound()
  if (present && version !== undefined) requireVersion(shown(present), version)
  if (present?.status === 'active') requireComplete(content)

  const at = now.toISOString()
  const id = profileIdOf(partnerId, region)
  const { status = 'draft', createdAt = at } = present ?? {}
  const kept = { id, partnerId, region, status, createdAt }
  return save({ ...content, ...kept, updatedAt: at, version: (version ?? 0) + 1 })
}

export const setActive = async (
  { partnerId, region }: Pick<Profile, 'partnerId' | 'region'>,
  active: boolean,
  version: number,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const profile = await load(partnerId, region)
  requireVersion(shown(profile), version)
  const status = active ? 'active' : 'inactive'
  if (profile.status === status) return shown(profile)
  if (active) requireComplete(profile)
  return save({ ...profile, status, updatedAt: now.toISOString(), version: version + 1 })
}

const load = async (partnerId: string, region: string): Promise<Profile> => {
  const profile = await store.getProfile(partnerId, region)
  if (!profile) throw notFound()
  return profile
}

const requireComplete = (content: ProfileContent): void => {
  const errors = missing(content)
  if (errors.length > 0) throw new Problem('profile-incomplete', { errors })
}

const save = async (profile: Profile): Promise<Versioned<ProfileView>> => {
  const when = profile.version === 1 ? ({ pk: 'absent' } as const) : { version: profile.version - 1 }
  try {
    await put(store.putProfile(profile, when))
  } catch (error) {
    throw lostRace(error, item => shown(store.readProfile(item)))
  }
  return shown(profile)
}
