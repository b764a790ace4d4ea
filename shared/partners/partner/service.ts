/** Partner companies: the operator creates and edits them, their members read and edit their own. */

import type { Actor } from '../../events/contract.ts'
import type { CommandContext } from '../../events/index.ts'
import { notFound } from '../../kernel/errors.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { newId } from '../../kernel/new-id.ts'
import type { Page } from '../../kernel/page.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import {
  type Attempt,
  type CursorScope,
  createOnce,
  get,
  put,
  readConsistently,
  requireVersion,
  retryOnConflict,
  transact,
  type Write,
} from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { changedFields } from '../profile/rules.ts'
import { listProfiles, putProfile, readProfile } from '../profile/store.ts'
import type { NewPartner, PartnerPatch, PartnerView } from './contract.ts'
import * as store from './store.ts'

/** Copies the public fields, because stored partners can have fields that only a newer version of the program uses. */
const view = ({ id, name, website, admins, createdAt, updatedAt }: PartnerView): PartnerView => ({
  id,
  name,
  website,
  admins,
  createdAt,
  updatedAt,
})

const represent = (partner: PartnerView & { readonly version: number }): Versioned<PartnerView> => ({
  body: view(partner),
  version: partner.version,
})

/** Author and time of a creation, and its idempotency key. */
interface PartnerCreation {
  readonly attempt: Attempt
  readonly actor: Actor
  readonly now: Date
}

export const createPartner = async (
  asked: NewPartner,
  { attempt, actor, now }: PartnerCreation,
): Promise<Versioned<PartnerView>> => {
  const nowInstant = instantOf(now)
  const { name, website = null, admins } = asked
  const partner = await createOnce(attempt, [await get(attempt.key)], now, () => {
    const answer: store.NewPartner = {
      id: newId('ptr', now),
      name,
      website,
      admins,
      createdAt: nowInstant,
      updatedAt: nowInstant,
      version: 1,
    }
    return { answer, writes: store.putPartner(answer, undefined, actor) }
  })
  return represent(partner)
}

export const getPartner = async (partnerId: PartnerId): Promise<Versioned<PartnerView>> =>
  represent(await loadPartner(partnerId))

export const listPartners = async (limit: number, scope: CursorScope): Promise<Page<PartnerView>> => {
  const { items, nextCursor } = await store.listPartners(limit, scope)
  return { items: items.map(view), nextCursor }
}

/**
 * Changes a partner. A new name is also written to the partner's profiles, from which the directory is built. One
 * transaction holds the partner and up to 10 profiles; further profiles follow in later transactions. If the process stops
 * in between, repeating the request renames the rest.
 * @throws DomainError not-found; stale-version; busy if concurrent writes made every attempt fail
 */
export const editPartner = async (
  partnerId: PartnerId,
  patch: PartnerPatch,
  { actor, version, now }: CommandContext,
): Promise<Versioned<PartnerView>> => {
  const next = await retryOnConflict(async () => {
    const partner = await loadPartner(partnerId)
    requireVersion(represent(partner), version)
    const { name = partner.name, website = partner.website, admins = partner.admins } = patch
    const next = { ...partner, name, website, admins, updatedAt: instantOf(now), version: version + 1 }
    const renamed = patch.name === undefined ? [] : await renamedProfiles(next, actor, now)
    const [first, ...others] = [...store.putPartner(next, partner, actor), ...renamed]
    if (first) await (others.length === 0 ? put(first) : transact([first, ...others]))
    return next
  })
  if (patch.name !== undefined) await renameRemainingProfiles(partnerId, actor, now)
  return represent(next)
}

/**
 * Maximum number of profiles renamed in one transaction. DynamoDB's quotas are 100 items and 4 MB. A profile and its
 * version are two items of up to 345 KB together, as test/unit/renaming.test.ts measures: every field at its maximum length,
 * with three bytes per character.
 */
const maxRenamedAtOnce = 10

/** Returns the writes that rename the profiles that still have another name, for up to `maxRenamedAtOnce` of them. */
const renamedProfiles = async ({ id, name }: store.Partner, by: Actor, now: Date): Promise<Write[]> => {
  const profiles = await readConsistently(async () => {
    const loaded = await listProfiles(id, () => ({}))
    return loaded.profiles.map(({ item, people }) => readProfile(item, people))
  })
  const others = profiles.filter(({ partnerName }) => partnerName !== name)
  return others.slice(0, maxRenamedAtOnce).flatMap(profile => {
    const { version } = profile
    const next = { ...profile, partnerName: name, updatedAt: instantOf(now), version: version + 1 }
    return putProfile(next, profile, { by, changed: changedFields(profile, next) })
  })
}

/** Renames profiles in rounds. Each round reads the partner's name again, so that concurrent renames are respected. */
const renameRemainingProfiles = async (partnerId: PartnerId, by: Actor, now: Date): Promise<void> => {
  const isMore = await retryOnConflict(async () => {
    const partner = await loadPartner(partnerId)
    const writes = await renamedProfiles(partner, by, now)
    if (writes.length === 0) return false
    await transact([...writes, store.checkPartner(partner)])
    return true
  })
  if (isMore) await renameRemainingProfiles(partnerId, by, now)
}

/** @throws DomainError not-found */
const loadPartner = async (partnerId: PartnerId): Promise<store.Partner> => {
  const partner = await store.findPartner(partnerId)
  if (!partner) throw notFound()
  return partner
}
