/** Sends an RFI on to partners that the customer or the operator names. */
import type { CommandContext } from '../../events/index.ts'
import { type Fault, requireNoFaults } from '../../kernel/errors.ts'
import type { RfiId } from '../../kernel/ids.ts'
import { ifValid } from '../../kernel/partial-input.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { getGroups } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import type { Recipient, RfiView } from './contract.ts'
import { loadRfi, represent } from './load.ts'
import { requireCustomer, requireRfiVersion } from './preconditions.ts'
import { detailsIn, readableRecipients, recipientKeys, unavailable } from './recipients.ts'
import { askedBy, repeatFaults, sendOnFaults, wentTo } from './rules.ts'
import { sendOn } from './send-on.ts'
import { customerKey } from './store.ts'

/**
 * Sends an RFI to further partners in one transaction. If all of them have it already, returns it unchanged and ignores the
 * version.
 * @throws DomainError not-found; invalid-request with every wrong recipient; state-conflict when the RFI was withdrawn, its
 * customer was erased, or its own deadline has passed; stale-version, also if a concurrent write sent it on, withdrew it or
 * reopened a referral
 */
export const addRecipients = async (
  rfiId: RfiId,
  recipients: readonly Recipient[],
  { actor, version, now }: CommandContext,
): Promise<Versioned<RfiView>> => {
  const [loaded, items] = await Promise.all([
    loadRfi(rfiId),
    getGroups({ ...recipientKeys(recipients), customers: [customerKey(rfiId)], policies: [policyKey] }),
  ])
  const { rfi, referrals } = loaded
  if (wentTo(rfi, recipients)) return represent(loaded, now)
  const customer = requireCustomer(loaded, items.customers[0], now)
  await requireRfiVersion(loaded, version, now)
  const policy = readPolicy(items.policies[0])
  requireNoFaults([
    ...sendOnFaults(recipients, rfi, referrals, policy, instantOf(now)),
    ...unavailable(readableRecipients(recipients), items, { asked: askedBy(customer, rfi.need), now }),
  ])
  const details = detailsIn(recipients, recipients, items)
  return sendOn(loaded, { recipients, details, customer, policy, actor }, now)
}

/** Returns the faults of further recipients. Entries that do not match the schema are skipped. */
export const checkRecipients = async (
  given: { readonly recipients: readonly Recipient[] },
  now: Date,
): Promise<Fault[]> => {
  const recipients = ifValid(() => given.recipients) ?? []
  const readable = readableRecipients(recipients)
  const found = await getGroups(recipientKeys(readable.map(({ recipient }) => recipient)))
  return [...repeatFaults(recipients), ...unavailable(readable, found, { asked: { industries: [] }, now })]
}
