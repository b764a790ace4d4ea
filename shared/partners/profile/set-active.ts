/** Activates and deactivates profiles. */
import type { CommandContext } from '../../events/index.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { after } from '../../time/duration.ts'
import { instantOf } from '../../time/instant.ts'
import type { ProfileView } from './contract.ts'
import type { ProfileAddress } from './load.ts'
import { missingParts, withoutRemoved } from './rules.ts'
import { requireComplete, reviseProfile } from './save.ts'

/**
 * Makes a profile active or inactive. Deactivating a draft changes nothing. The first activation starts the first days of the
 * partner in the region, in which nothing negative counts for it.
 * @throws DomainError profile-incomplete with all missing parts; not-found; stale-version
 */
export const setActive = (
  address: ProfileAddress,
  active: boolean,
  context: CommandContext,
): Promise<Versioned<ProfileView>> =>
  reviseProfile(address, context, (profile, { learningGrace }) => {
    const status = active ? 'active' : 'inactive'
    // A profile that was never active has no entry in the directory to remove.
    if (profile.status === status || (profile.status === 'draft' && !active)) return undefined
    if (active) requireComplete(missingParts({ ...profile, locations: withoutRemoved(profile.locations) }))
    const isFirst = profile.status === 'draft'
    return isFirst ? { status, learningFrom: after(instantOf(context.now), learningGrace) } : { status }
  })
