/** The directory of active profiles, as customers see it. */

import { partnerKey, readPartner } from '../partner/store.ts'
import type { Page } from '../platform/contract.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { getAll } from '../platform/table.ts'
import { listPlaces } from '../profile/store.ts'
import type { DirectoryHit } from './contract.ts'

/** A page of a region's places, each with its partner's present name. */
export const listDirectory = async (
  region: string,
  limit: number,
  scope: CursorScope,
): Promise<Page<DirectoryHit>> => {
  const { items, nextCursor } = await listPlaces(region, limit, scope)
  const partners = await getAll(items.map(({ profile }) => partnerKey(profile.partnerId)))
  const hits = items.flatMap(({ profile, location }, index) => {
    const partner = partners[index]
    if (!partner) return []
    const { id: profileId, partnerId, headline, languages } = profile
    const place = { locationId: location.id, city: location.city }
    return [{ profileId, partnerId, name: readPartner(partner).name, region, ...place, headline, languages }]
  })
  return { items: hits, nextCursor }
}
