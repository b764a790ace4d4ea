/** Reopens expired referrals. */
import type { CommandContext } from '../../events/index.ts'
import { DomainError } from '../../kernel/errors.ts'
import { messages } from '../../kernel/messages.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { get, readRows, retryOnConflict } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { instantOf } from '../../time/instant.ts'
import { rfiReasons } from '../rfi/contract.ts'
import { isWinAskedAt, type Rfi, whyGone } from '../rfi/rules.ts'
import { checkRfi } from '../rfi/store.ts'
import type { ReferralView } from './contract.ts'
import { executeOn } from './execute-command.ts'
import { loadReferral, loadRfiOf } from './load.ts'
import type { Referral } from './referral.ts'
import { referralItems } from './siblings.ts'
import { type Address, readReferral } from './store.ts'
import { allows } from './transitions.ts'

/**
 * Tests if the customer of an expired referral still needs a partner. If a referral of the same RFI cannot be read, this is
 * logged and the result is false, because the customer may have chosen that partner.
 */
export const isReopeningOffered = async (expired: Referral, rfi: Rfi): Promise<boolean> => {
  const items = await referralItems(rfi)
  const referrals = readRows(items, readReferral)
  return referrals.length === items.length && whyGone(expired, rfi, referrals) === undefined
}

/**
 * Reopens an expired referral, unless its customer has withdrawn the RFI or chosen another partner. If the RFI changes
 * concurrently, this is checked again.
 * @throws DomainError as `executeCommand`; state-conflict also if the customer no longer needs the partner; busy if the RFI
 * changed in every attempt
 */
export const reopenReferral = (address: Address, context: CommandContext): Promise<Versioned<ReferralView>> =>
  retryOnConflict(async () => {
    const [loaded, rfi] = await Promise.all([loadReferral(address), loadRfiOf(address.referralId)])
    if (!allows('reopen', loaded.referral, instantOf(context.now)))
      return executeOn(loaded, { name: 'reopen' }, context, [checkRfi(rfi)])
    const [items, policy] = await Promise.all([referralItems(rfi), get(policyKey)])
    const referrals = items.map(readReferral)
    const reason = whyGone(loaded.referral, rfi, referrals)
    if (reason) throw customerGone(reason)
    const { respondBy } = loaded.referral
    const neutral = isWinAskedAt(loaded.referral, rfi, referrals, readPolicy(policy).choice, respondBy)
    return executeOn(loaded, { name: 'reopen', neutral }, context, [checkRfi(rfi)])
  })

const reasonOf = messages(rfiReasons)

const customerGone = (reason: NonNullable<ReturnType<typeof whyGone>>): DomainError =>
  new DomainError('state-conflict', { currentStatus: 'expired', actions: [] }, reasonOf(reason))
