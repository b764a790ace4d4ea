/** The directory of active profiles for customers: search, one profile, and suggestions of the best partners. */

import type { Fault } from '../../kernel/errors.ts'
import { notFound, requireNoFaults } from '../../kernel/errors.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import type { PartnerId, ProfileId } from '../../kernel/ids.ts'
import { checkAll, ifValid } from '../../kernel/partial-input.ts'
import { profileKey, readPublicProfile } from '../../partners/index.ts'
import { ownerOf, type PublicProfile, profileIdOf, withoutRemoved } from '../../partners/rules.ts'
import { type CursorScope, get, getAll, readCursor, writeCursor } from '../../persistence/index.ts'
import type { Customer, Need } from '../../program/contract.ts'
import { policyKey, readPolicy, readTaxonomy, taxonomyKey } from '../../program/index.ts'
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
import { coordinatesIn, directorySearch, needQuery, placeFaults, searchFaults } from './rules.ts'
import { snapshotOf } from './snapshot.ts'

/** Position in a list of hits at which the next page starts. */
interface CursorPosition {
  /** Date of the first page. It is the seed for the order of equal hits, so that later pages have the same order. */
  readonly day: string
  readonly after: Position
}

/**
 * Returns a page of the partners of a region that match a search, best first. It is answered from memory, which is at most
 * ten seconds old.
 * @throws DomainError invalid-request with every wrong parameter
 */
export const searchDirectory = async (
  query: DirectoryQuery,
  scope: CursorScope,
  now: Date,
): Promise<DirectoryPage> => {
  const { region, limit } = query
  const { index, policy, taxonomy } = await snapshotOf(region, now)
  const place = placeIn(query, index)
  requireNoFaults([...searchFaults(query, taxonomy), ...nearFaults(query, place)])
  const nowInstant = instantOf(now)
  const { day, after } = readCursor<CursorPosition>(scope) ?? {
    day: nowInstant.slice(0, 10),
    after: undefined,
  }
  const result = index.search(
    { ...directorySearch(query, place), limit, after },
    { now: nowInstant, ranking: policy.ranking, seed: `${scope.list} ${day}` },
  )
  return {
    items: result.hits.map(hit => directoryHit(hit, region)),
    total: result.total,
    facets: result.facets as Facets,
    nextCursor: writeCursor(scope, result.next && { day, after: result.next }),
  }
}

/** Returns the faults in the valid parameters of a search. */
export const checkSearch = async (query: DirectoryQuery, now: Date): Promise<Fault[]> => {
  const region = ifValid(() => query.region)
  if (region === undefined) return searchFaults(query, readTaxonomy(await get(taxonomyKey)))
  const { index, taxonomy } = await snapshotOf(region, now)
  return [...searchFaults(query, taxonomy), ...checkAll(() => nearFaults(query, placeIn(query, index)))]
}

/** Returns the coordinates of `near`; undefined without `near`, and for an unknown city. */
const placeIn = ({ near, region }: DirectoryQuery, index: PartnerSearch): Coordinates | undefined =>
  near === undefined ? undefined : (coordinatesIn(near) ?? locate(near, region) ?? index.whereIs(near))

const nearFaults = (query: DirectoryQuery, place: Coordinates | undefined): Fault[] =>
  query.near === undefined ? [] : placeFaults(query, place)

const directoryHit = (hit: Hit, region: string): DirectoryHit => ({
  ...suggestionOf(hit, region),
  region,
  // Rounded to 0.1 km: the coordinates of cities are not more precise.
  ...(hit.distanceKm !== undefined && { distanceKm: Math.round(hit.distanceKm * 10) / 10 }),
  matched: [...hit.matched],
  words: [...hit.words],
  answerTime: hit.answerTime,
})

const suggestionOf = (
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
  const nowInstant = instantOf(now)
  return {
    ...publicFields(profile),
    answerTime: answerTimeOf(months, nowInstant, readPolicy(policyItem).ranking),
    takesReferrals:
      whyExcluded(profile, { industries: [] }, { open, today: nowInstant.slice(0, 10) }) === undefined,
  }
}

const publicFields = (profile: PublicProfile): Omit<DirectoryProfile, 'answerTime' | 'takesReferrals'> => {
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
    locations: withoutRemoved(profile.locations).map(({ id, name, address }) => ({ id, name, address })),
    updatedAt,
  }
}

/** A request for suggestions. */
interface SuggestionRequest {
  readonly need: Need
  readonly customer: Customer
  /** Coordinates of the customer, if known. */
  readonly place: Coordinates | undefined
  /** Partners to leave out, because they already have the request. */
  readonly asked: readonly PartnerId[]
  /** Maximum number of suggestions. */
  readonly limit: number
}

/**
 * Returns the partners of a region that fit a need best, best first. If fewer than `limit` match, other partners of the
 * region follow. A warm function answers from memory.
 * @param seed decides the order of equal partners; the same seed gives the same order
 */
export const suggest = async (
  region: string,
  { need, customer, place, asked, limit }: SuggestionRequest,
  seed: string,
  now: Date,
): Promise<Suggestion[]> => {
  const { index, policy } = await snapshotOf(region, now)
  const context = { now: instantOf(now), ranking: policy.ranking, seed }
  const search = needQuery(need, customer, place ?? index.whereIs(customer.address.city))
  const { hits } = index.search({ ...search, without: new Set(asked), limit }, context)
  const matching = hits.map(hit => suggestionOf(hit, region))
  if (matching.length === limit) return matching
  const without = new Set([...asked, ...matching.map(({ partnerId }) => partnerId)])
  const rest = { ...search, codes: {}, industries: need.industries, without, limit: limit - matching.length }
  return [...matching, ...index.search(rest, context).hits.map(hit => suggestionOf(hit, region))]
}
