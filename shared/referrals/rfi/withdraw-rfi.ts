/** Withdraws an RFI on the request of its customer or the operator. */
import type { CommandContext } from '../../events/index.ts'
import type { RfiId } from '../../kernel/ids.ts'
import type { Versioned } from '../../kernel/versioned.ts'
import { ConditionFailed, staleVersion, transact } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { decide } from '../referral/effects.ts'
import { checkReferral, putDecision } from '../referral/store.ts'
import { allows, condition } from '../referral/transitions.ts'
import type { RfiView } from './contract.ts'
import { type LoadedRfi, loadRfi, represent } from './load.ts'
import { rfiConflict, rfiReason } from './preconditions.ts'
import { isWithdrawable, type Rfi, rfiEvent, unsettledIn, versionOf } from './rules.ts'
import { putRfi } from './store.ts'

/**
 * Withdraws an RFI and all its open referrals in one transaction. A withdrawn RFI is returned unchanged.
 * @throws DomainError not-found; stale-version, also if a partner answers or reopens concurrently; state-conflict if no
 * referral is open or can be reopened
 */
export const withdrawRfi = async (rfiId: RfiId, context: CommandContext): Promise<Versioned<RfiView>> => {
  const { version, now } = context
  const loaded = await loadRfi(rfiId)
  if (loaded.rfi.status === 'withdrawn') return represent(loaded, now)
  const isUpToDate = version === versionOf(loaded.rfi, loaded.referrals)
  if (!isWithdrawable(loaded.rfi, loaded.referrals, instantOf(now)) || !isUpToDate)
    return answerByPresentState(rfiId, now)

  const { next, writes } = decideWithdrawal(loaded, context)
  try {
    await transact(writes)
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error
    return answerByPresentState(rfiId, now)
  }
  return represent(next, now)
}

/**
 * Reads again after a failed withdrawal. The RFI and its referrals are not read at one moment, so a change in between can make
 * them look closed or the version look wrong.
 */
const answerByPresentState = async (rfiId: RfiId, now: Date): Promise<Versioned<RfiView>> => {
  const present = await loadRfi(rfiId)
  if (present.rfi.status === 'withdrawn') return represent(present, now)
  if (isWithdrawable(present.rfi, present.referrals, instantOf(now)))
    throw staleVersion(await represent(present, now))
  throw rfiConflict(present, rfiReason('nothing-to-withdraw'), now)
}

const decideWithdrawal = (loaded: LoadedRfi, { actor, now }: CommandContext) => {
  const { rfi, referrals } = loaded
  const nowInstant = instantOf(now)
  const nextRfi: Rfi = { ...rfi, status: 'withdrawn', version: rfi.version + 1 }
  const withdrawals = referrals
    .filter(referral => allows('withdraw', referral, nowInstant))
    .map(referral => ({
      decision: decide(referral, { name: 'withdraw' }, actor, nowInstant),
      when: condition('withdraw', referral, nowInstant),
    }))
  const withdrawn = new Map(withdrawals.map(({ decision: { next } }) => [next.id, next]))
  const next: LoadedRfi = {
    ...loaded,
    rfi: nextRfi,
    referrals: referrals.map(referral => withdrawn.get(referral.id) ?? referral),
  }
  return {
    next,
    writes: [
      ...putRfi(nextRfi, rfiEvent(nextRfi, 'rfi.withdrawn', actor, nowInstant), { version: rfi.version }),
      ...withdrawals.flatMap(({ decision, when }) => putDecision(decision, when)),
      // Fails if a partner reopens its referral or undoes its answer concurrently, which would stay open.
      ...unsettledIn(referrals, nowInstant)
        .filter(({ id }) => !withdrawn.has(id))
        .map(checkReferral),
    ],
  }
}
