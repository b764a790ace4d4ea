/** Executes the commands of deadlines. */
import type { DeadlineKind } from '../../events/contract.ts'
import { type Check, get, getAll, retryOnConflict } from '../../persistence/index.ts'
import { policyKey, readPolicy } from '../../program/index.ts'
import { type RegionTime, regionTime } from '../../program/rules.ts'
import { instantOf } from '../../time/instant.ts'
import { isWinAskedAt } from '../rfi/rules.ts'
import { checkRfi } from '../rfi/store.ts'
import { competingReferral, decideAndCommit, needsRegionTime } from './commit.ts'
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
        const { command, checks } =
          name === 'expire' ? await expiryOf(referral) : { command: { name }, checks: [] }
        const time = needsRegionTime(command) ? await loadRegionTime(referral) : undefined
        referral = await decideAndCommit(referral, command, { kind: 'timer' }, nowInstant, time, checks)
        executed.push(name)
      }
    } catch (error) {
      referral = competingReferral(error) ?? referral
      throw error
    }
  })
  return executed
}

/** Reads with the right to read the policy that an expiry also needs: `BatchGetItem`. */
const loadRegionTime = async ({ region }: Referral): Promise<RegionTime> => {
  const [policy] = await getAll([policyKey])
  return regionTime(readPolicy(policy), region)
}

interface Expiry {
  readonly command: Command
  readonly checks: readonly Check[]
}

/**
 * Returns the command, which is neutral if the customer was being asked about the win of another partner. If a partner reports
 * a win, the check makes sure that the customer does not take the choice back concurrently.
 */
const expiryOf = async (referral: Referral): Promise<Expiry> => {
  const found = await siblingsOf(referral)
  if (!found?.referrals.some(({ status }) => status === 'won'))
    return { command: { name: 'expire' }, checks: [] }
  const { rfi, referrals, policy } = found
  const neutral = isWinAskedAt(referral, rfi, referrals, policy.choice, referral.respondBy)
  return { command: { name: 'expire', neutral }, checks: [checkRfi(rfi)] }
}
