/** Business profiles in the table: under their partner, and in the directory of their region while active. */
import type { CursorScope } from '../platform/cursor.ts'
import { readCursor, writeCursor } from '../platform/cursor.ts'
import {
  type Condition,
  contentOf,
  get,
  type Item,
  type Key,
  key,
  query,
  type Write,
} from '../platform/table.ts'
import type { Profile } from './rules.ts'

const prefix = 'PROFILE#'
export const profileKey = (partnerId: string, region: string): Key => ({
  pk: key('PARTNER', partnerId),
  sk: `${prefix}${region}`,
})

const directoryPartition = (region: string): string => key('DIRECTORY', region)

/** What the directory shows of a profile: never its contacts. */
const overviewOf = ({ id, partnerId, region, headline = '', languages, locations }: Profile) => ({
  ...{ id, partnerId, region, headline, languages },
  locations: locations.map(location => ({ id: location.id, city: location.address.city })),
})
type ProfileOverview = ReturnType<typeof overviewOf>

const toItem = (profile: Profile): Item => ({
  ...profile,
  ...profileKey(profile.partnerId, profile.region),
  entity: 'profile',
  ...(profile.status === 'active' && {
    listPk: directoryPartition(profile.region),
    listSk: profile.partnerId,
    overview: overviewOf(profile),
  }),
})

export const readProfile = (item: Item): Profile => contentOf(item)

export const getProfile = async (partnerId: string, region: string): Promise<Profile | undefined> => {
  const item = await get(profileKey(partnerId, region))
  return item && readProfile(item)
}

export const putProfile = (profile: Profile, when: Condition): Write => ({ put: toItem(profile), when })

/** All profiles of a partner; at most one per country, so the loop is bounded. */
export const listProfiles = async (partnerId: string): Promise<Profile[]> => {
  const found: Profile[] = []
  let after: Record<string, unknown> | undefined
  do {
    const page = await query({ partition: key('PARTNER', partnerId), beginsWith: prefix, limit: 100, after })
    found.push(...page.items.map(readProfile))
    after = page.next
  } while (after)
  return found
}

interface Position {
  /** The region's last partner that was shown in full. */
  readonly after: string | null
  /** How many locations of the next one were shown. */
  readonly skip: number
}

interface Place {
  readonly profile: ProfileOverview
  readonly location: ProfileOverview['locations'][number]
}

/** A page of the places where active profiles of a region do business, in one query. */
export const listPlaces = async (
  region: string,
  limit: number,
  scope: CursorScope,
): Promise<{ items: Place[]; nextCursor: string | null }> => {
  const { after, skip } = readCursor<Position>(scope) ?? { after: null, skip: 0 }
  const { items, next } = await query({
    index: 'list',
    partition: directoryPartition(region),
    // Each active profile has a place, so so many profiles fill the page, less the one begun before.
    limit: limit + 1,
    after: after === null ? undefined : startAfter(region, after),
  })
  const places = items
    .map(item => item.overview as ProfileOverview)
    .flatMap(profile => profile.locations.map(location => ({ profile, location })))
  const shown = places.slice(skip, skip + limit)
  const last = shown.at(-1)?.profile
  if (!last || (skip + limit >= places.length && !next)) return { items: shown, nextCursor: null }
  return { items: shown, nextCursor: writeCursor(scope, positionAfter(places, skip + limit, after)) }
}

const positionAfter = (places: readonly Place[], end: number, after: string | null): Position => {
  const following = places[end]?.profile
  const complete = places.slice(0, end).findLast(({ profile }) => profile !== following)?.profile
  const skip = places.slice(0, end).filter(({ profile }) => profile === following).length
  return { after: complete?.partnerId ?? after, skip }
}

const startAfter = (region: string, partnerId: string) => ({
  ...profileKey(partnerId, region),
  listPk: directoryPartition(region),
  listSk: partnerId,
})
