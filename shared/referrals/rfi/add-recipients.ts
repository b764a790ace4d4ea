/** Sending an RFI on to partners that the customer or the operator names. */
import type { CommandContext } from '../../events/index.ts'
import { requireNoErrors } from '../../kernel/errors.ts'
import type { RfiId } from '../../kernel/ids.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { getGroups } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Recipient, RfiView } from './contract.ts'
import { loadRfi, represent } from './load.ts'
import { requireCustomer, requireRfiVersion } from './preconditions.ts'
import { nameOf, recipientKeys, unavailable } from './recipients.ts'
import { askedBy, sendOnErrors, wentTo } from './rules.ts'
import { sendOn } from './send-on.ts'
import { customerKey } from './store.ts'

/**
 * Sends an RFI on to further partners, all in one transaction. If it went to all of them before, it is returned as it is,
 * on any version.
 * @throws DomainError not-found; invalid-request, naming each recipient that is wrong; state-conflict when it was withdrawn,
 * its customer erased, or its own deadline has passed; stale-version, also when somebody sends it on, withdraws or reopens
 * at the same moment
 */
export const addRecipients = async (
  rfiId: RfiId,
  recipients: readonly Recipient[],
  { actor, version, now }: CommandContext,
): Promise<Versioned<RfiView>> => {
  const [loaded, found] = await Promise.all([
    loadRfi(rfiId),
    getGroups({ ...recipientKeys(recipients), customers: [customerKey(rfiId)], policies: [policyKey] }),
  ])
  const { rfi, referrals } = loaded
  if (wentTo(rfi, recipients)) return represent(loaded, now)
  const customer = requireCustomer(loaded, found.customers[0], now)
  await requireRfiVersion(loaded, version, now)
  const policy = readPolicy(found.policies[0])
  requireNoErrors([
    ...sendOnErrors(recipients, rfi, referrals, policy, instantOf(now)),
    ...unavailable(recipients, found, { asked: askedBy(customer, rfi.need), now }),
  ])
  const names = found.partners.map(nameOf)
  return sendOn(loaded, { recipients, names, customer, policy, actor }, now)
}
