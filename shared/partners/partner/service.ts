/** Partner companies: taken in and kept by the operator, read by their members. */

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

/** Stored partners can have fields that only a newer version of the program knows. */
const view = ({ id, name, website, admins, createdAt, updatedAt }: PartnerView): PartnerView => ({
  id,
  name,
  website,
  admins,
  createdAt,
  updatedAt,
})

const shown = (partner: PartnerView & { readonly version: number }): Versioned<PartnerView> => ({
  body: view(partner),
  version: partner.version,
})

export const createPartner = async (
  asked: NewPartner,
  attempt: Attempt,
  now: Date,
): Promise<Versioned<PartnerView>> => {
  const at = instantOf(now)
  const { name, website = null, admins } = asked
  const partner = await createOnce(attempt, await get(attempt.key), now, () => {
    const answer: Omit<store.Partner, 'peopleVersion'> = {
      id: newId('ptr', now),
      name,
      website,
      admins,
      createdAt: at,
      updatedAt: at,
      version: 1,
    }
    return { answer, writes: store.putPartner(answer, undefined) }
  })
  return shown(partner)
}

export const getPartner = async (partnerId: PartnerId): Promise<Versioned<PartnerView>> =>
  shown(await load(partnerId))

export const listPartners = async (limit: number, scope: CursorScope): Promise<Page<PartnerView>> => {
  const { items, nextCursor } = await store.listPartners(limit, scope)
  return { items: items.map(view), nextCursor }
}

/**
 * Changes a partner. With its name its profiles change, which the directory is made of: those that one transaction does
 * not hold follow in others, and a repeat completes what was broken off.
 * @throws DomainError not-found; stale-version
 */
export const editPartner = async (
  partnerId: PartnerId,
  patch: PartnerPatch,
  { actor, version, now }: CommandContext,
): Promise<Versioned<PartnerView>> => {
  const next = await retryOnConflict(async () => {
    const partner = await load(partnerId)
    requireVersion(shown(partner), version)
    const { name = partner.name, website = partner.website, admins = partner.admins } = patch
    const next = { ...partner, name, website, admins, updatedAt: instantOf(now), version: version + 1 }
    const renamed = patch.name === undefined ? [] : await renamedProfiles(next, actor, now)
    const [write, ...more] = [...store.putPartner(next, partner), ...renamed]
    if (write) await (more.length === 0 ? put(write) : transact([write, ...more]))
    return next
  })
  if (patch.name !== undefined) await renameOthers(partnerId, actor, now)
  return shown(next)
}

/**
 * A transaction takes 100 items and 4 MB (DynamoDB's quotas). A profile and its version, which are two of them, take up to
 * 345 KB, as test/unit/renaming.test.ts measures: all that may be said, in three bytes each character.
 */
const maxRenamedAtOnce = 10

/** The writes that give profiles of another name the partner's, up to so many. */
const renamedProfiles = async ({ id, name }: store.Partner, by: Actor, now: Date): Promise<Write[]> => {
  const profiles = await readConsistently(async () => {
    const found = await listProfiles(id, () => ({}))
    return found.profiles.map(({ item, people }) => readProfile(item, people))
  })
  const others = profiles.filter(({ partnerName }) => partnerName !== name)
  return others.slice(0, maxRenamedAtOnce).flatMap(profile => {
    const { version } = profile
    const next = { ...profile, partnerName: name, updatedAt: instantOf(now), version: version + 1 }
    return putProfile(next, profile, { by, changed: changedFields(profile, next) })
  })
}

/** Each round gives the name that the partner has by then: whoever edits it meanwhile is neither undone nor in the way. */
const renameOthers = async (partnerId: PartnerId, by: Actor, now: Date): Promise<void> => {
  const isMore = await retryOnConflict(async () => {
    const partner = await load(partnerId)
    const writes = await renamedProfiles(partner, by, now)
    if (writes.length === 0) return false
    await transact([...writes, store.checkPartner(partner)])
    return true
  })
  if (isMore) await renameOthers(partnerId, by, now)
}

const load = async (partnerId: PartnerId): Promise<store.Partner> => {
  const partner = await store.findPartner(partnerId)
  if (!partner) throw notFound()
  return partner
}
