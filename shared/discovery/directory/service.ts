/** The directory of active profiles, as customers see it: searched, looked at, and asked for the next best partners. */

import type { FieldError } from '../../kernel/errors.ts'
import { notFound, requireNoErrors } from '../../kernel/errors.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import type { PartnerId, ProfileId } from '../../kernel/ids.ts'
import { profileKey, readPublicProfile } from '../../partners/index.ts'
import { ownerOf, type PublicProfile, present, profileIdOf } from '../../partners/rules.ts'
import { type CursorScope, getAll, readCursor, writeCursor } from '../../persistence/index.ts'
import type { Customer, Need } from '../../program/contract.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { answerTimeOf, type Hit, type PartnerSearch, type Position, whyExcluded } from '../../search/index.ts'
import { instantOf } from '../../time/instant.ts'
import { locate } from '../gazetteer/store.ts'
import { readReputation, reputationKey } from '../reputation/store.ts'
import type {
  DirectoryHit,
  DirectoryPage,
  DirectoryProfile,
  DirectoryQuery,
  Facets,
  Suggestion,
} from './contract.ts'
import { coordinatesIn, directorySearch, isOnEarth, needQuery, searchErrors } from './rules.ts'
import { snapshotOf } from './snapshot.ts'

/** Where a walk through the hits goes on. */
interface CursorPosition {
  /** The day of its first page: equals stay in the order of that day, and newcomers in their places. */
  readonly day: string
  readonly after: Position
}

/**
 * A page of the partners of a region that can be asked, the best first; from memory, as of at most ten seconds ago.
 * @throws DomainError invalid-request, naming each parameter that is wrong
 */
export const searchDirectory = async (
  query: DirectoryQuery,
  scope: CursorScope,
  now: Date,
): Promise<DirectoryPage> => {
  const { region, limit } = query
  const { index, policy, taxonomy } = await snapshotOf(region, now)
  const { place, errors } = placeIn(query, index)
  requireNoErrors([...searchErrors(query, taxonomy), ...errors])
  const at = instantOf(now)
  const { day, after } = readCursor<CursorPosition>(scope) ?? { day: at.slice(0, 10), after: undefined }
  const found = index.search(
    { ...directorySearch(query, place), limit, after },
    { now: at, ranking: policy.ranking, seed: `${scope.list} ${day}` },
  )
  return {
    items: found.hits.map(hit => shownHit(hit, region)),
    total: found.total,
    facets: found.facets as Facets,
    nextCursor: writeCursor(scope, found.next && { day, after: found.next }),
  }
}

/** The place that a search is made from, or what is wrong with what it is called. */
const placeIn = (
  { near, region }: DirectoryQuery,
  index: PartnerSearch,
): { readonly place?: Coordinates; readonly errors: readonly FieldError[] } => {
  if (near === undefined) return { errors: [] }
  const place = coordinatesIn(near) ?? locate(near, region) ?? index.whereIs(near)
  if (place && isOnEarth(place)) return { place, errors: [] }
  const detail = place
    ? 'latitudes go from -90 to 90, longitudes from -180 to 180'
    : `no city ${near} is known in ${region}: give degrees north and east, such as 52.52,13.40`
  return { errors: [{ pointer: 'query/near', code: place ? 'out-of-range' : 'unknown-place', detail }] }
}

const shownHit = (hit: Hit, region: string): DirectoryHit => ({
  ...suggested(hit, region),
  region,
  // As good as a city's middle is known.
  ...(hit.distanceKm !== undefined && { distanceKm: Math.round(hit.distanceKm * 10) / 10 }),
  matched: [...hit.matched],
  words: [...hit.words],
  answerTime: hit.answerTime,
})

const suggested = (
  { partnerId, name, locationId, city, headline, languages }: Hit,
  region: string,
): Suggestion => ({
  profileId: profileIdOf(partnerId, region),
  partnerId,
  name,
  locationId,
  city,
  headline,
  languages: [...languages],
})

/** Returns the public part of an active profile, read from the table. @throws DomainError not-found for an inactive one */
export const getDirectoryProfile = async (profileId: ProfileId, now: Date): Promise<DirectoryProfile> => {
  const { partnerId, region } = ownerOf(profileId)
  const [profileItem, reputationItem, policyItem] = await getAll([
    profileKey(partnerId, region),
    reputationKey(partnerId, region),
    policyKey,
  ])
  const profile = profileItem && readPublicProfile(profileItem)
  if (profile?.status !== 'active') throw notFound()
  const { open, months } = readReputation(reputationItem, partnerId, region)
  const at = instantOf(now)
  return {
    ...shownProfile(profile),
    answerTime: answerTimeOf(months, at, readPolicy(policyItem).ranking),
    takesReferrals: whyExcluded(profile, { industries: [] }, { open, today: at.slice(0, 10) }) === undefined,
  }
}

const shownProfile = (profile: PublicProfile): Omit<DirectoryProfile, 'answerTime' | 'takesReferrals'> => {
  const { id: profileId, partnerId, partnerName: name, region, updatedAt } = profile
  const { headline = '', description = null, website = null, logo = null, languages, keywords } = profile
  const { industries, products, services, solutions, customerSizes } = profile
  return {
    profileId,
    partnerId,
    name,
    region,
    headline,
    description,
    website,
    logo,
    languages,
    industries,
    products,
    services,
    solutions,
    customerSizes,
    keywords,
    locations: present(profile.locations).map(({ id, name, address }) => ({ id, name, address })),
    updatedAt,
  }
}

/** Whom a partner is looked for, and what for. */
interface Wish {
  readonly need: Need
  readonly customer: Customer
  /** Where the customer is, if that is known. */
  readonly place: Coordinates | undefined
  /** Partners that were asked already, whatever they said. */
  readonly asked: readonly PartnerId[]
  readonly limit: number
}

/**
 * The partners of a region that fit a need best, the best first; where fewer match it than are wanted, others come after
 * them. When warm, without a trip.
 * @param drawnFor names what they are chosen for: those that fit alike come in an order of its own, the same each time
 */
export const suggest = async (
  region: string,
  { need, customer, place, asked, limit }: Wish,
  drawnFor: string,
  now: Date,
): Promise<Suggestion[]> => {
  const { index, policy } = await snapshotOf(region, now)
  const context = { now: instantOf(now), ranking: policy.ranking, seed: drawnFor }
  const search = needQuery(need, customer, place ?? index.whereIs(customer.address.city))
  const { hits } = index.search({ ...search, without: new Set(asked), limit }, context)
  const shown = hits.map(hit => suggested(hit, region))
  if (shown.length === limit) return shown
  const without = new Set([...asked, ...shown.map(({ partnerId }) => partnerId)])
  const rest = { ...search, codes: {}, industries: need.industries, without, limit: limit - shown.length }
  return [...shown, ...index.search(rest, context).hits.map(hit => suggested(hit, region))]
}
