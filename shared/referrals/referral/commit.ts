/** Decides commands and writes the decisions. */
import type { Actor } from '../../events/contract.ts'
import { type Check, ConditionFailed, transact } from '../../persistence/index.ts'
import type { RegionTime } from '../../program/rules.ts'
import type { Instant } from '../../time/instant.ts'
import { decide } from './effects.ts'
import type { Command, CommandName, Referral } from './referral.ts'
import { putDecision, readReferral } from './store.ts'
import { condition } from './transitions.ts'

/** Commands that set an instant for people, or use the local date of the region. */
const timedCommands: readonly CommandName[] = [
  'accept',
  'extend',
  'resume',
  'reopen',
  'nudge',
  'edit-deal',
  'win',
  'lose',
  'reinstate',
]

/** Tests if a command needs the local time and working time of the region. */
export const needsRegionTime = ({ name }: Command): boolean => timedCommands.includes(name)

/**
 * Decides a command and writes the decision in one transaction.
 * @param time local time and working time of the region; undefined for a command that `needsRegionTime` does not name
 * @param checks conditions on other items
 * @throws DomainError as `decide`; ConditionFailed if the referral or another item has changed since it was read
 */
export const decideAndCommit = async (
  referral: Referral,
  command: Command,
  actor: Actor,
  now: Instant,
  time: RegionTime | undefined,
  checks: readonly Check[] = [],
): Promise<Referral> => {
  const decision = decide(referral, command, actor, now, time)
  await transact([...putDecision(decision, condition(command.name, referral, now)), ...checks])
  return decision.next
}

/**
 * Returns the referral that a concurrent write has stored.
 * @returns undefined if `error` is not a failed condition on the referral
 */
export const competingReferral = (error: unknown): Referral | undefined => {
  if (!(error instanceof ConditionFailed)) return undefined
  // The referral is the first write of its transaction.
  const lost = error.failed.find(({ index }) => index === 0)
  return lost?.found && readReferral(lost.found)
}
