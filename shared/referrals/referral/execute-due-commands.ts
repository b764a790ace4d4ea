/** Executes the commands of deadlines. */
import type { DeadlineKind } from '../../events/contract.ts'
import { get, retryOnConflict } from '../../persistence/index.ts'
import { instantOf } from '../../time/instant.ts'
import { isWinAskedAt } from '../rfi/rules.ts'
import { competingReferral, decideAndCommit } from './commit.ts'
import { firstDue } from './deadlines.ts'
import type { Command, Referral } from './referral.ts'
import { siblingsOf } from './siblings.ts'
import { type Address, readReferral, referralKey } from './store.ts'

/**
 * Executes all commands of a referral that are due, each in its own transaction.
 * @returns the commands that were executed; none for an unknown referral
 * @throws DomainError busy if concurrent writes made every attempt fail
 */
export const executeDueCommands = async (
  { partnerId, referralId }: Address,
  now: Date,
): Promise<DeadlineKind[]> => {
  const nowInstant = instantOf(now)
  const executed: DeadlineKind[] = []
  const item = await get(referralKey(partnerId, referralId))
  let referral = item && readReferral(item)
  await retryOnConflict(async () => {
    try {
      for (
        let name = referral && firstDue(referral, nowInstant);
        referral && name;
        name = firstDue(referral, nowInstant)
      ) {
        const command = name === 'expire' ? await expireCommand(referral) : { name }
        referral = await decideAndCommit(referral, command, { kind: 'timer' }, nowInstant)
        executed.push(name)
      }
    } catch (error) {
      referral = competingReferral(error) ?? referral
      throw error
    }
  })
  return executed
}

/** Returns the command, which is neutral if the customer was being asked about the win of another partner. */
const expireCommand = async (referral: Referral): Promise<Command> => {
  const found = await siblingsOf(referral)
  if (!found) return { name: 'expire' }
  const { rfi, referrals, policy } = found
  const neutral = isWinAskedAt(referral, rfi, referrals, policy.choice, referral.respondBy)
  return { name: 'expire', neutral }
}
