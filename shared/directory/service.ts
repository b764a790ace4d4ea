/** The directory of active profiles, as customers see it. */
import { createHash } from 'node:crypto'
import { partnerKey, readPartner } from '../partner/store.ts'
import type { Page } from '../platform/contract.ts'
import type { CursorScope } from '../platform/cursor.ts'
import { getAll } from '../platform/table.ts'
import { listActive, listPlaces } from '../profile/store.ts'
import type { DirectoryHit, Suggestion } from './contract.ts'
import { nextBest, type Wish } from './rules.ts'

/** A page of a region's places, each with its partner's present name. */
export const listDirectory = async (
  region: string,
  limit: number,
  scope: CursorScope,
): Promise<Page<DirectoryHit>> => {
  const { items, nextCursor } = await listPlaces(region, limit, scope)
  const hits = (await withNames(items)).map(hit => ({ ...hit, region }))
  return { items: hits, nextCursor }
}

type Places = Awaited<ReturnType<typeof listPlaces>>['items']

/** Places as customers see them, those of partners that are gone left out. */
const withNames = async (places: Places): Promise<Suggestion[]> => {
  const partners = await getAll(places.map(({ profile }) => partnerKey(profile.partnerId)))
  return places.flatMap(({ profile, location }, index) => {
    const partner = partners[index]
    if (!partner) return []
    const { id: profileId, partnerId, headline, languages } = profile
    const place = { locationId: location.id, city: location.city }
    return [{ profileId, partnerId, name: readPartner(partner).name, ...place, headline, languages }]
  })
}

/** From so many of a region's profiles the next best partners are chosen. */
const mostConsidered = 100

/**
 * The partners of a region that fit a need best, the best first; in one query, and one trip for their names.
 * @param drawnFor names what they are chosen for: those that fit alike come in an order of its own, the same each time
 */
export const suggest = async (region: string, wish: Wish, drawnFor: string): Promise<Suggestion[]> => {
  const draw = (partnerId: string) => createHash('sha256').update(`${drawnFor} ${partnerId}`).digest('hex')
  return withNames(nextBest(await listActive(region, mostConsidered), wish, draw))
}
