/** Handles timers that fire. */
import type { DeadlineKind } from '../../events/contract.ts'
import { executeDueCommands } from '../referral/execute-due-commands.ts'
import type { Timer } from './contract.ts'

/** Thrown if a timer fired before its deadline. The queue delivers the message again. */
class TooEarly extends Error {}

/**
 * Executes all commands of the timer's referral that are due.
 * @returns the executed commands; none if the message is a repeat or the referral was answered in the meantime
 * @throws TooEarly
 */
export const handleTimer = async ({ kind, dueAt, ...address }: Timer, now: Date): Promise<DeadlineKind[]> => {
  if (now.getTime() < Date.parse(dueAt))
    throw new TooEarly(`${kind} ${address.referralId} is due at ${dueAt}`)
  return executeDueCommands(address, now)
}
