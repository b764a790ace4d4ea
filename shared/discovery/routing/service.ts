/** Routing: candidates for an RFI without recipients, and dry runs of past decisions with other weights. */

import { type Fault, requireNoFaults } from '../../kernel/errors.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { roundShare } from '../../kernel/round.ts'
import { partnerKey, readCompany } from '../../partners/index.ts'
import { getAll } from '../../persistence/index.ts'
import type { Customer, Need } from '../../program/contract.ts'
import { tagsIn } from '../../program/rules.ts'
import type { Hit } from '../../search/index.ts'
import { instantOf } from '../../time/instant.ts'
import { needQuery } from '../directory/rules.ts'
import { snapshotOf } from '../directory/snapshot.ts'
import type { DryRun, DryRunRequest } from './contract.ts'
import { exclusionsOf, fits, type Ranked, replay, type Shortlist, windowFaults } from './rules.ts'
import { latestRouting } from './store.ts'

/** A request for candidates. */
export interface RoutingRequest {
  readonly region: string
  readonly need: Need
  readonly customer: Customer
  /** Coordinates of the customer, if known. */
  readonly place: Coordinates | undefined
  /** Partners to leave out, because they already have the RFI. */
  readonly asked: readonly PartnerId[]
  /** Maximum number of partners to choose. */
  readonly maxRecipients: number
  /** Decides the order of equal partners. The same seed gives the same order all day. */
  readonly seed: string
}

/** Maximum number of candidates that are stored with a decision. */
const maxTraced = 30

/** Finds the candidates for an RFI in the search index, which is at most ten seconds old. */
export const shortlist = async (
  { region, need, customer, place, asked, seed, ...request }: RoutingRequest,
  now: Date,
): Promise<Shortlist> => {
  const { index, policy } = await snapshotOf(region, now)
  const { ranking, version: policyVersion } = policy
  const maxRecipients = Math.min(policy.maxRecipients, request.maxRecipients)
  const routing = { ...policy.routing, fanOut: Math.min(policy.routing.fanOut, maxRecipients) }
  const { size, address, contact } = customer
  const result = index.search(
    {
      ...needQuery(need, customer, place ?? index.whereIs(address.city)),
      without: new Set(asked),
      capacity: routing.capacity,
      limit: maxTraced,
      trace: true,
    },
    { now: instantOf(now), ranking, seed },
  )
  const { counts, named } = result.excluded ?? { counts: {}, named: [] }
  const ranked = result.hits.filter(fits).map(rankedOf)
  const matching = result.total - (result.hits.length - ranked.length)
  return {
    region,
    policyVersion,
    ranking,
    routing,
    asked: { ...tagsIn(need), size, language: contact.locale, city: address.city },
    considered: index.size,
    exclusions: exclusionsOf(counts, { considered: index.size, matching, asked: asked.length }),
    excluded: named.map(({ partnerId, why }) => ({ partnerId, reason: why })),
    ranked,
  }
}

const rankedOf = ({ partnerId, locationId, parts, explored, open, maxOpen }: Hit): Ranked => ({
  partnerId,
  locationId,
  open,
  maxOpen,
  parts: { relevance: roundAll(parts.relevance), visibility: roundAll(parts.visibility) },
  explored: explored && { visibility: roundShare(explored.visibility) },
})

const roundAll = <T extends { readonly [part: string]: number | undefined }>(parts: T): T =>
  Object.fromEntries(
    Object.entries(parts).flatMap(([part, share]) =>
      share === undefined ? [] : [[part, roundShare(share)]],
    ),
  ) as T

/** Maximum number of decisions in one dry run: up to 6 MB of the table. */
const maxReplayed = 500

/** Returns the faults in the valid parts of a dry run. */
export const checkDryRun = (request: DryRunRequest): Fault[] => windowFaults(request)

/**
 * Repeats the routing decisions of a window with other weights and compares the results.
 * @throws DomainError invalid-request for a window that is empty or too long
 */
export const dryRun = async ({ from, to, region, ...otherwise }: DryRunRequest): Promise<DryRun> => {
  requireNoFaults(windowFaults({ from, to }))
  const window = { from: instantOf(new Date(from)), to: instantOf(new Date(to)), region }
  const { decisions, more } = await latestRouting(window, maxReplayed)
  const run = replay(decisions, otherwise)
  const partners = await getAll(run.partners.map(({ partnerId }) => partnerKey(partnerId)))
  const named = run.partners.map((partner, index) => {
    const item = partners[index]
    return { ...partner, name: item ? readCompany(item).name : '' }
  })
  return { ...run, partners: named, more }
}
