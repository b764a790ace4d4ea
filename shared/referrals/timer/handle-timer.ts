/** Handles timers that fire. */
import type { DeadlineKind } from '../../events/contract.ts'
import { executeDueCommands } from '../referral/execute-due-commands.ts'
import type { Timer } from './contract.ts'

/** A timer that fired before its deadline. The queue delivers its message again. */
class TooEarly extends Error {}

/**
 * Executes all commands of the timer's referral that are due.
 * @returns the executed commands; none if the timer is repeated or the referral was answered meanwhile
 * @throws TooEarly
 */
export const handleTimer = async ({ kind, dueAt, ...address }: Timer, now: Date): Promise<DeadlineKind[]> => {
  if (now.getTime() < Date.parse(dueAt))
    throw new TooEarly(`${kind} ${address.referralId} is due at ${dueAt}`)
  return executeDueCommands(address, now)
}
