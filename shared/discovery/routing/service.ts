/** Routing: who could get an RFI that names nobody, whom it goes to, and what other weights would have made of it. */

import { requireNoErrors } from '../../kernel/errors.ts'
import type { Coordinates } from '../../kernel/geo.ts'
import type { PartnerId } from '../../kernel/ids.ts'
import { partnerKey, readCompany } from '../../partners/index.ts'
import { getAll } from '../../persistence/index.ts'
import type { Customer, Need } from '../../program/contract.ts'
import { tagsIn } from '../../program/rules.ts'
import type { Hit } from '../../search/index.ts'
import { instantOf } from '../../time/instant.ts'
import { needQuery } from '../directory/rules.ts'
import { snapshotOf } from '../directory/snapshot.ts'
import type { DryRun, DryRunRequest } from './contract.ts'
import { fits, kept, type Ranked, replay, type Shortlist, windowErrors } from './rules.ts'
import { latestRouting } from './store.ts'

/** Whom partners are looked for, where, and what for. */
export interface Wish {
  readonly region: string
  readonly need: Need
  readonly customer: Customer
  /** Where the customer is, if that is known. */
  readonly place: Coordinates | undefined
  /** Partners that have it already. */
  readonly asked: readonly PartnerId[]
  /** So many partners are wanted at most. */
  readonly maxRecipients: number
  /** The same one gives the same order all day. */
  readonly seed: string
}

/** So many candidates stand in the trace of a decision. */
const maxTraced = 30

/** Who could get an RFI, by what was known of the region's partners at the last look; when warm, without a trip. */
export const shortlist = async (
  { region, need, customer, place, asked, seed, ...wish }: Wish,
  now: Date,
): Promise<Shortlist> => {
  const { index, policy } = await snapshotOf(region, now)
  const { ranking, version: policyVersion } = policy
  const maxRecipients = Math.min(policy.maxRecipients, wish.maxRecipients)
  const routing = { ...policy.routing, fanOut: Math.min(policy.routing.fanOut, maxRecipients) }
  const { size, address, contact } = customer
  const found = index.search(
    {
      ...needQuery(need, customer, place ?? index.whereIs(address.city)),
      without: new Set(asked),
      capacity: routing.capacity,
      limit: maxTraced,
      trace: true,
    },
    { now: instantOf(now), ranking, seed },
  )
  const { counts, named } = found.excluded ?? { counts: {}, named: [] }
  return {
    region,
    policyVersion,
    ranking,
    routing,
    asked: { ...tagsIn(need), size, language: contact.locale, city: address.city },
    considered: index.size,
    exclusions: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    excluded: named.map(({ partnerId, why }) => ({ partnerId, reason: why })),
    ranked: found.hits.filter(fits).map(rankedOf),
  }
}

const rankedOf = ({ partnerId, locationId, parts, explored, open, maxOpen }: Hit): Ranked => ({
  partnerId,
  locationId,
  open,
  maxOpen,
  parts: { relevance: allKept(parts.relevance), visibility: allKept(parts.visibility) },
  explored: explored && { visibility: kept(explored.visibility) },
})

const allKept = <T extends { readonly [part: string]: number | undefined }>(parts: T): T =>
  Object.fromEntries(
    Object.entries(parts).flatMap(([part, share]) => (share === undefined ? [] : [[part, kept(share)]])),
  ) as T

/** So many decisions are replayed at once: 6 MB of the table at the most. */
const maxReplayed = 500

/** @throws DomainError invalid-request for a window that is none, or too long */
export const dryRun = async ({ from, to, region, ...otherwise }: DryRunRequest): Promise<DryRun> => {
  requireNoErrors(windowErrors({ from, to }))
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
