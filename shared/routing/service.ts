/** Routing: who could get an RFI that names nobody, whom it goes to, and what other weights would have made of it. */
import { needQuery } from '../directory/rules.ts'
import { snapshotOf } from '../directory/snapshot.ts'
import { locate } from '../gazetteer/store.ts'
import { partnerKey, readPartner } from '../partner/store.ts'
import { invalid } from '../platform/problem.ts'
import { getAll } from '../platform/table.ts'
import type { Customer, Need } from '../referral/contract.ts'
import type { DryRun, DryRunRequest, RoutingDecision } from './contract.ts'
import { type Ranked, replay, type Shortlist, windowErrors } from './rules.ts'
import { latestRouting, listRouting } from './store.ts'

/** Whom partners are looked for, where, and what for. */
interface Wish {
  readonly region: string
  readonly need: Need
  readonly customer: Customer
  /** Partners that have it already. */
  readonly asked: readonly string[]
  /** The same one gives the same order all day. */
  readonly seed: string
}

/** So many candidates stand in the trace of a decision, so that its item stays small. */
const mostTraced = 30

/** Who could get an RFI, by what was known of the region's partners at the last look; when warm, without a trip. */
export const shortlist = async (
  { region, need, customer, asked, seed }: Wish,
  now: Date,
): Promise<Shortlist> => {
  const { index, policy } = await snapshotOf(region, now)
  const { ranking, mostRecipients, version: policyVersion } = policy
  const routing = { ...policy.routing, fanOut: Math.min(policy.routing.fanOut, mostRecipients) }
  const { size, address, contact } = customer
  const near = locate(address.city, address.country)
  const query = { ...needQuery(need, customer, near), without: new Set(asked) }
  const context = { now: now.toISOString(), ranking, seed }
  const found = index.search({ ...query, limit: mostTraced, trace: true }, context)
  const { industries, products, services, solutions } = need
  return {
    ...{ region, policyVersion, ranking, routing },
    asked: {
      ...{ industries, products, services, solutions },
      ...{ size, language: contact.locale, city: address.city },
    },
    considered: index.size,
    exclusions: Object.fromEntries(
      Object.entries(found.excluded?.counts ?? {}).filter(([, count]) => count > 0),
    ),
    excluded: (found.excluded?.named ?? []).map(({ partnerId, why }) => ({ partnerId, reason: why })),
    ranked: found.hits.map(({ partnerId, locationId, parts, explored }): Ranked => {
      const { open = 0, mostOpen = null } = index.standingOf(partnerId, context) ?? {}
      return { partnerId, locationId, parts, explored, open, capacity: mostOpen ?? routing.capacity }
    }),
  }
}

/** @throws Problem not-found */
export const getRouting = async (rfiId: string): Promise<{ items: RoutingDecision[] }> => ({
  items: await listRouting(rfiId),
})

/** So many decisions are replayed at once: about 3 MB of the table. */
const mostReplayed = 500

/** @throws Problem invalid-request for a window that is none, or too long */
export const dryRun = async ({ from, to, region, ranking, routing }: DryRunRequest): Promise<DryRun> => {
  const errors = windowErrors({ from, to })
  if (errors.length > 0) throw invalid(...errors)
  const window = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), region }
  const { decisions, more } = await latestRouting(window, mostReplayed)
  const ids = [...new Set(decisions.flatMap(({ candidates }) => candidates.map(one => one.partnerId)))]
  const partners = await getAll(ids.map(partnerKey))
  const names = new Map(ids.map((id, index) => [id, partners[index] && readPartner(partners[index]).name]))
  const other = { ...(ranking && { ranking }), ...(routing && { routing }) }
  return { ...replay(decisions, other, id => names.get(id) ?? id), more }
}
