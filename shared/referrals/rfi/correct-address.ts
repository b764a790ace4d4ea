/** Corrects the email address of the customer of an RFI. */
import type { CommandContext } from '../../events/index.ts'
import type { RfiId } from '../../kernel/ids.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { ConditionFailed, staleVersion, transact } from '../../persistence/index.ts'
import { type Instant, instantOf } from '../../time/instant.ts'
import type { AddressCorrection, RfiView } from './contract.ts'
import { type LoadedRfi, loadRfi, represent } from './load.ts'
import { requireCorrectable, requireRfiVersion } from './preconditions.ts'
import { openVersions, rfiEventWith } from './rules.ts'
import { type CustomerRecord, putChangedCustomer, putRfi } from './store.ts'

/**
 * Replaces the customer's address that mail does not reach. If the customer has this address already, the RFI is returned
 * unchanged and the version is ignored. The same address can be given again, if it works now.
 * @throws DomainError not-found; state-conflict when the RFI was withdrawn, the customer was erased, or the address is not
 * known to be unreachable; stale-version, also after a concurrent change
 */
export const correctAddress = async (
  rfiId: RfiId,
  correction: AddressCorrection,
  context: CommandContext,
): Promise<Versioned<RfiView>> => {
  const { version, now } = context
  const loaded = await loadRfi(rfiId)
  if (isCorrected(loaded, correction)) return represent(loaded, now)
  const record = requireCorrectable(loaded, now)
  await requireRfiVersion(loaded, version, now)
  const { next, writes } = decideCorrection(loaded, record, correction, context, instantOf(now))
  try {
    await transact(writes)
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    const present = await loadRfi(rfiId)
    if (isCorrected(present, correction)) return represent(present, now)
    requireCorrectable(present, now)
    throw staleVersion(await represent(present, now))
  }
  return represent(next, now)
}

const isCorrected = ({ customer }: LoadedRfi, { email }: AddressCorrection): boolean =>
  customer !== null && customer.emailStatus !== 'unreachable' && customer.customer.contact.email === email

const decideCorrection = (
  loaded: LoadedRfi,
  record: CustomerRecord,
  { email }: AddressCorrection,
  { actor }: CommandContext,
  now: Instant,
) => {
  const { rfi, referrals } = loaded
  const { customer } = record
  const corrected: CustomerRecord = {
    ...record,
    customer: { ...customer, contact: { ...customer.contact, email } },
    emailStatus: 'unknown',
  }
  const nextRfi = { ...rfi, version: rfi.version + 1 }
  const data = { referrals: openVersions(referrals, now) }
  const event = rfiEventWith(nextRfi, 'rfi.address-corrected', data, actor, now)
  const next: LoadedRfi = { ...loaded, rfi: nextRfi, customer: corrected }
  return {
    next,
    writes: [
      ...putRfi(nextRfi, event, { version: rfi.version }),
      putChangedCustomer(rfi.id, record, corrected),
    ],
  }
}
