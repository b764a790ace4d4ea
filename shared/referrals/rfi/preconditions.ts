/** Preconditions of the commands on an RFI. */
import { DomainError, type ErrorData } from '../../kernel/errors.ts'
import { type Message, messages } from '../../kernel/messages.ts'
import { type Item, staleVersion } from '../../persistence/index.ts'
import type { Customer } from '../../program/contract.ts'
import { instantOf } from '../../time/instant.ts'
import { rfiReasons } from './contract.ts'
import { type LoadedRfi, represent } from './load.ts'
import { isCorrectable, statusOf, versionOf } from './rules.ts'
import { type CustomerRecord, readCustomer } from './store.ts'

export const rfiReason = messages(rfiReasons)

export const rfiConflict = (
  { rfi, referrals }: LoadedRfi,
  reason: Message,
  now: Date,
  more: Pick<ErrorData['state-conflict'], 'exclusions'> = {},
): DomainError =>
  new DomainError(
    'state-conflict',
    { currentStatus: statusOf(rfi, referrals, instantOf(now)), ...more },
    reason,
  )

/** @throws DomainError state-conflict if the RFI cannot be sent to further partners */
export const requireOpen = (loaded: LoadedRfi, now: Date): void => {
  const { status, respondBy, choice } = loaded.rfi
  if (status === 'withdrawn') throw rfiConflict(loaded, rfiReason('rfi-withdrawn'), now)
  if (choice) throw rfiConflict(loaded, rfiReason('customer-decided'), now)
  if (respondBy !== undefined && respondBy <= instantOf(now))
    throw rfiConflict(loaded, rfiReason('deadline-passed', { respondBy }), now)
}

/**
 * Returns the customer of an open RFI.
 * @throws DomainError state-conflict when it is not open, or the customer was erased
 */
export const requireCustomer = (loaded: LoadedRfi, item: Item | undefined, now: Date): Customer => {
  requireOpen(loaded, now)
  const customer = readCustomer(item)
  if (customer) return customer
  throw rfiConflict(loaded, rfiReason('customer-erased'), now)
}

/**
 * Returns the customer whose address can be corrected. Only an address that mail does not reach can be, so that nobody can
 * send receipts to one address after the other.
 * @throws DomainError state-conflict
 */
export const requireCorrectable = (loaded: LoadedRfi, now: Date): CustomerRecord => {
  if (loaded.rfi.status === 'withdrawn') throw rfiConflict(loaded, rfiReason('rfi-withdrawn'), now)
  const { customer } = loaded
  if (!customer) throw rfiConflict(loaded, rfiReason('customer-erased'), now)
  if (isCorrectable(loaded)) return customer
  throw rfiConflict(loaded, rfiReason('address-not-unreachable'), now)
}

/** @throws DomainError stale-version */
export const requireRfiVersion = async (loaded: LoadedRfi, version: number, now: Date): Promise<void> => {
  if (version !== versionOf(loaded.rfi, loaded.referrals)) throw staleVersion(await represent(loaded, now))
}
