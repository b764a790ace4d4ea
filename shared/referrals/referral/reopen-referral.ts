/** Reopening of expired referrals. */
import type { CommandContext } from '../../events/index.ts'
import { DomainError } from '../../kernel/errors.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { getAll, retryOnConflict } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { type Rfi, whyGone } from '../rfi/rules.ts'
import { checkRfi } from '../rfi/store.ts'
import type { ReferralView } from './contract.ts'
import { executeOn } from './execute-command.ts'
import { loadReferral, loadRfiOf } from './load.ts'
import type { Referral } from './referral.ts'
import { type Address, readReferral, referralKey } from './store.ts'
import { allows } from './transitions.ts'

/** Returns the reason why the customer of an expired referral cannot be helped any more, if there is one. */
export const whyCustomerIsGone = async (
  expired: Referral,
  { recipients, status }: Rfi,
): Promise<string | undefined> => {
  const keys = recipients.map(({ partnerId, referralId }) => referralKey(partnerId, referralId))
  const referrals = (await getAll(keys)).flatMap(item => (item ? [readReferral(item)] : []))
  return whyGone(expired, status, referrals)
}

/**
 * Reopens an expired referral, unless its customer has withdrawn or chosen another partner. When the RFI changes at the
 * same moment, the customer is looked at again.
 * @throws DomainError as `executeCommand`; state-conflict also when the customer is gone; busy when the RFI kept changing
 */
export const reopenReferral = (address: Address, context: CommandContext): Promise<Versioned<ReferralView>> =>
  retryOnConflict(async () => {
    const [loaded, rfi] = await Promise.all([loadReferral(address), loadRfiOf(address.referralId)])
    const isPossible = allows('reopen', loaded.referral, instantOf(context.now))
    const reason = isPossible ? await whyCustomerIsGone(loaded.referral, rfi) : undefined
    if (reason) throw customerGone(reason)
    return executeOn(loaded, { name: 'reopen' }, context, [checkRfi(rfi)])
  })

const customerGone = (reason: string): DomainError =>
  new DomainError('state-conflict', { currentStatus: 'expired', actions: [] }, reason)
