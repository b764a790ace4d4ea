/** Writes of profiles, and the decisions that several use cases share. */
import type { Actor } from '../../events/contract.ts'
import type { CommandContext } from '../../events/index.ts'
import { DomainError, type Fault } from '../../kernel/errors.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { requireVersion, retryOnConflict, transact } from '../../persistence/index.ts'
import type { Policy } from '../../program/contract.ts'
import { instantOf } from '../../time/instant.ts'
import type { Health } from '../contact/rules.ts'
import { putHealth } from '../contact/store.ts'
import { checkPartner } from '../partner/store.ts'
import type { ProfileView } from './contract.ts'
import { type LoadedProfile, loadProfile, type ProfileAddress } from './load.ts'
import { changedFields, type Profile } from './rules.ts'
import { putProfile, type StoredProfile } from './store.ts'
import { represent } from './view.ts'

interface StateBefore {
  /** Undefined for a new profile. */
  readonly profile: StoredProfile | undefined
  readonly health: Health
}

/**
 * Writes a profile, its version history and, if it changed, the health of its contacts, in one transaction.
 * @param before the state on which the change was decided
 * @throws ConditionFailed when the profile, the health or the partner has changed since it was loaded
 */
export const saveProfile = async (
  next: LoadedProfile,
  before: StateBefore,
  by: Actor,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const { profile, health, partner } = next
  await transact([
    ...putProfile(profile, before.profile, { by, changed: changedFields(before.profile, profile) }),
    ...(health === before.health ? [] : [putHealth(health, instantOf(now))]),
    // A rename of the partner at the same moment would leave the old name in the directory.
    checkPartner(partner),
  ])
  return represent(next, now)
}

/** Returns the next version of a profile with some fields changed. */
export const nextVersion = (
  { profile, partner }: LoadedProfile,
  change: Partial<Profile>,
  now: Date,
): Profile => ({
  ...profile,
  ...change,
  partnerName: partner.name,
  updatedAt: instantOf(now),
  version: profile.version + 1,
})

/**
 * Changes a profile, provided that it is still at the version that the caller read.
 * @param decide returns the fields to change, or undefined to change nothing
 * @throws DomainError not-found; stale-version; busy if concurrent writes made every attempt fail
 */
export const reviseProfile = (
  address: ProfileAddress,
  { actor, version, now }: CommandContext,
  decide: (profile: Profile, policy: Policy) => Partial<Profile> | undefined,
): Promise<Versioned<ProfileView>> =>
  retryOnConflict(async () => {
    const loaded = await loadProfile(address)
    requireVersion(represent(loaded, now), version)
    const change = decide(loaded.profile, loaded.policy)
    if (!change) return represent(loaded, now)
    return saveProfile({ ...loaded, profile: nextVersion(loaded, change, now) }, loaded, actor, now)
  })

/** @throws DomainError profile-incomplete when an active profile would lack something */
export const requireComplete = (missing: readonly Fault[]): void => {
  if (missing.length > 0) throw new DomainError('profile-incomplete', { errors: missing })
}
