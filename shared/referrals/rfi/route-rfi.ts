/** Routes an RFI on the operator's request: chooses partners by rank. */
import type { RoutingDecision } from '../../discovery/contract.ts'
import { listRouting, shortlist } from '../../discovery/index.ts'
import { chosenIn, decideRouting, finalists } from '../../discovery/rules.ts'
import type { CommandContext } from '../../events/index.ts'
import { notFound } from '../../kernel/errors.ts'
import type { RfiId } from '../../kernel/ids.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { get, getGroups } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { RfiView } from './contract.ts'
import { loadRfi } from './load.ts'
import { requireCustomer, requireRfiVersion, rfiConflict, rfiReason } from './preconditions.ts'
import { detailsIn, knownOf, placesOf, recipientKeys } from './recipients.ts'
import { askedBy, remainingRecipients } from './rules.ts'
import { sendOn } from './send-on.ts'
import { customerKey, rfiKey } from './store.ts'

/**
 * Chooses partners for an RFI and sends it to them. It can be repeated if some partners declined it or let it expire.
 * @throws DomainError as `addRecipients`; state-conflict also when the RFI may go to no further partner, or none fits
 */
export const routeRfi = async (
  rfiId: RfiId,
  { actor, version, now }: CommandContext,
): Promise<Versioned<RfiView>> => {
  const nowInstant = instantOf(now)
  const [loaded, program] = await Promise.all([
    loadRfi(rfiId),
    getGroups({ customers: [customerKey(rfiId)], policies: [policyKey] }),
  ])
  const { rfi, referrals } = loaded
  const customer = requireCustomer(loaded, program.customers[0], now)
  await requireRfiVersion(loaded, version, now)
  const policy = readPolicy(program.policies[0])
  const maxRecipients = remainingRecipients(referrals, policy, nowInstant)
  if (maxRecipients === 0) throw rfiConflict(loaded, rfiReason('no-room'), now)

  const { need, place, region = customer.address.country } = rfi
  const asked = rfi.recipients.map(({ partnerId }) => partnerId)
  const list = await shortlist({ region, need, customer, place, asked, maxRecipients, seed: rfiId }, now)
  const candidates = placesOf(finalists(list), region)
  const items = await getGroups(recipientKeys(candidates))
  const known = knownOf(candidates, items, { asked: askedBy(customer, need), now })
  const routing = decideRouting(list, known, { rfiId, at: nowInstant, maxRecipients })
  const recipients = placesOf(chosenIn(routing), region)
  if (recipients.length === 0)
    throw rfiConflict(loaded, rfiReason('no-partner-fits'), now, { exclusions: routing.exclusions })
  const details = detailsIn(recipients, candidates, items)
  return sendOn(loaded, { recipients, details, customer, policy, actor, routing }, now)
}

/** Returns the routing decisions of an RFI; none if the customer chose its recipients. @throws DomainError not-found */
export const getRouting = async (rfiId: RfiId): Promise<{ items: RoutingDecision[] }> => {
  const items = await listRouting(rfiId)
  if (items.length === 0 && !(await get(rfiKey(rfiId)))) throw notFound()
  return { items }
}
