/** Reopens expired referrals, undoes answers, and resumes deals whose wins were denied. */
import type { CommandContext } from '../../events/index.ts'
import { DomainError } from '../../kernel/errors.ts'
import { messages } from '../../kernel/messages.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { get, readRows, retryOnConflict } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { regionTime } from '../../program/rules.ts'
import { instantOf } from '../../time/instant.ts'
import { rfiReasons } from '../rfi/contract.ts'
import { isWinAskedAt, type Rfi, whyNotRevived } from '../rfi/rules.ts'
import { checkRfi } from '../rfi/store.ts'
import type { ReferralView } from './contract.ts'
import { executeOn } from './execute-command.ts'
import { loadReferral, loadRfiOf } from './load.ts'
import type { Referral } from './referral.ts'
import { referralItems } from './siblings.ts'
import { effective } from './status.ts'
import { type Address, readReferral } from './store.ts'
import { allows, type Revival } from './transitions.ts'

/**
 * Tests if the customer of an archived referral still needs its partner. If a referral of the same RFI cannot be read, this is
 * logged and the result is false, because the RFI may have been sent on to that partner.
 */
export const isRevivalOffered = async (name: Revival, referral: Referral, rfi: Rfi): Promise<boolean> => {
  const items = await referralItems(rfi)
  const referrals = readRows(items, readReferral)
  return referrals.length === items.length && whyNotRevived(name, referral, rfi, referrals) === undefined
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
      return executeOn(loaded, { name: 'reopen' }, context, undefined, [checkRfi(rfi)])
    const [items, policyItem] = await Promise.all([referralItems(rfi), get(policyKey)])
    const policy = readPolicy(policyItem)
    const referrals = items.map(readReferral)
    requireNeeded('reopen', loaded.referral, rfi, referrals, context)
    const { respondBy, region } = loaded.referral
    const neutral = isWinAskedAt(loaded.referral, rfi, referrals, policy.choice, respondBy)
    const time = regionTime(policy, region)
    return executeOn(loaded, { name: 'reopen', neutral }, context, time, [checkRfi(rfi)])
  })

/**
 * Undoes the decline or the reported end of a referral, unless its customer has withdrawn the RFI, or has chosen or sent the
 * RFI on since the decline. If the RFI changes concurrently, this is checked again.
 * @throws DomainError as `reopenReferral`
 */
export const undoAnswer = (address: Address, context: CommandContext): Promise<Versioned<ReferralView>> =>
  retryOnConflict(async () => {
    const [loaded, rfi] = await Promise.all([loadReferral(address), loadRfiOf(address.referralId)])
    const { referral } = loaded
    const name = referral.status === 'declined' ? 'undo-decline' : 'undo-close'
    if (allows(name, referral, instantOf(context.now))) {
      const referrals = (await referralItems(rfi)).map(readReferral)
      requireNeeded(name, referral, rfi, referrals, context)
    }
    return executeOn(loaded, { name }, context, undefined, [checkRfi(rfi)])
  })

/**
 * Makes a referral active again whose win the customer has denied, unless the customer has withdrawn the RFI. If the RFI
 * changes concurrently, this is checked again.
 * @throws DomainError as `reopenReferral`
 */
export const resumeReferral = (address: Address, context: CommandContext): Promise<Versioned<ReferralView>> =>
  retryOnConflict(async () => {
    const [{ others, ...loaded }, rfi] = await Promise.all([
      loadReferral(address, policyKey),
      loadRfiOf(address.referralId),
    ])
    const { referral } = loaded
    if (allows('resume', referral, instantOf(context.now)))
      requireNeeded('resume', referral, rfi, [referral], context)
    const time = regionTime(readPolicy(others[0]), referral.region)
    return executeOn(loaded, { name: 'resume' }, context, time, [checkRfi(rfi)])
  })

const reasonOf = messages(rfiReasons)

/** @throws DomainError state-conflict */
const requireNeeded = (
  name: Revival,
  referral: Referral,
  rfi: Rfi,
  referrals: readonly Referral[],
  { now }: CommandContext,
): void => {
  const reason = whyNotRevived(name, referral, rfi, referrals)
  if (!reason) return
  const { status } = effective(referral, instantOf(now))
  throw new DomainError('state-conflict', { currentStatus: status, actions: [] }, reasonOf(reason))
}
