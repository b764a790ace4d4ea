/** Changes of a profile's contacts: confirms them, clears the problem of one, mutes one. */
import type { CommandContext } from '../../events/index.ts'
import { invalid } from '../../kernel/errors.ts'
import { faults } from '../../kernel/faults.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { ConditionFailed, put, retryOnConflict, staleVersion } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { addressOf, findPerson, withoutTrouble } from '../contact/rules.ts'
import { putHealth } from '../contact/store.ts'
import { type ProfileView, profileFaults } from './contract.ts'
import { findProfile, loadProfile, type ProfileAddress } from './load.ts'
import { withMuted } from './rules.ts'
import { nextVersion, reviseProfile, saveProfile } from './save.ts'
import { contactsOf, represent } from './view.ts'

const fault = faults(profileFaults)

/** Records that all contacts of a profile are right. @throws DomainError not-found; stale-version */
export const confirmContacts = (
  address: ProfileAddress,
  context: CommandContext,
): Promise<Versioned<ProfileView>> =>
  reviseProfile(address, context, () => ({ contactsConfirmedAt: instantOf(context.now) }))

/**
 * Removes the warning about a contact, because an administrator confirms its address. A contact without a warning is
 * left as it is.
 * @throws DomainError not-found; invalid-request when the profile has no such contact; stale-version when another write
 * came first
 */
export const confirmContact = async (
  address: ProfileAddress,
  email: string,
  now: Date,
): Promise<Versioned<ProfileView>> => {
  const loaded = await loadProfile(address)
  const { profile, partner, health } = loaded
  if (!findPerson(contactsOf(profile, partner), addressOf({ email })))
    throw invalid(fault('unknown-contact', '/email', { value: email }))
  const next = withoutTrouble(health, addressOf({ email }))
  if (next === health) return represent(loaded, now)
  try {
    await put(putHealth(next, instantOf(now)))
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    throw staleVersion(represent(await loadProfile(address), now))
  }
  return represent({ ...loaded, health: next }, now)
}

/**
 * Mutes a contact in every place where the profile names it. A missing profile or contact changes nothing.
 * @param isContact tests an address in lower case
 * @throws DomainError not-found for an unknown partner; busy if concurrent writes made every attempt fail
 */
export const muteContact = (
  address: ProfileAddress,
  isContact: (address: string) => boolean,
  now: Date,
): Promise<void> =>
  retryOnConflict(async () => {
    const { profile, others, ...found } = await findProfile(address)
    const content = profile && withMuted(profile, isContact)
    if (!profile || !content || content === profile) return
    const loaded = { ...found, profile }
    const next = { ...loaded, profile: nextVersion(loaded, content, now) }
    await saveProfile(next, loaded, { kind: 'partner' }, now)
  })
