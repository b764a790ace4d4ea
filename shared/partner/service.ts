/** Partner companies: taken in and kept by the operator, read by their members. */

import type { Attempt } from '../platform/attempt.ts'
import type { Page, Versioned } from '../platform/contract.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { createOnce } from '../platform/idempotency.ts'
import { newId } from '../platform/ids.ts'
import { notFound } from '../platform/problem.ts'
import { get, put } from '../platform/table.ts'
import { lostRace, requireVersion } from '../platform/version.ts'
import type { NewPartner, PartnerPatch, PartnerView } from './contract.ts'
import * as store from './store.ts'

const shown = ({ version, ...body }: store.Partner): Versioned<PartnerView> => ({ body, version })

export const createPartner = async (
  asked: NewPartner,
  attempt: Attempt,
  now: Date,
): Promise<Versioned<PartnerView>> => {
  const at = now.toISOString()
  const { name, website = null, admins } = asked
  const partner = await createOnce(attempt, await get(attempt.key), now, () => {
    const answer: store.Partner = {
      id: newId('ptr', now),
      name,
      website,
      admins,
      createdAt: at,
      updatedAt: at,
      version: 1,
    }
    return { answer, writes: [store.putPartner(answer, { pk: 'absent' })] }
  })
  return shown(partner)
}

export const getPartner = async (partnerId: string): Promise<Versioned<PartnerView>> =>
  shown(await load(partnerId))

export const listPartners = async (limit: number, scope: CursorScope): Promise<Page<PartnerView>> => {
  const { items, nextCursor } = await store.listPartners(limit, scope)
  return { items: items.map(partner => shown(partner).body), nextCursor }
}

export const editPartner = async (
  partnerId: string,
  patch: PartnerPatch,
  version: number,
  now: Date,
): Promise<Versioned<PartnerView>> => {
  const partner = await load(partnerId)
  requireVersion(shown(partner), version)
  const { name = partner.name, website = partner.website, admins = partner.admins } = patch
  const next = { ...partner, name, website, admins, updatedAt: now.toISOString(), version: version + 1 }
  try {
    await put(store.putPartner(next, { version }))
  } catch (error) {
    throw lostRace(error, item => shown(store.readPartner(item)))
  }
  return shown(next)
}

const load = async (partnerId: string): Promise<store.Partner> => {
  const partner = await store.getPartner(partnerId)
  if (!partner) throw notFound()
  return partner
}
