/** Recognition of repeated commands. */
import type { Acceptance, Closing } from './contract.ts'
import type { Command, Referral } from './referral.ts'

/**
 * Whether the referral is already what the command would make of it, so that a repeat is no conflict.
 * @param version the one that the caller knows
 */
export const isRepeat = (referral: Referral, command: Command, version: number): boolean => {
  if (command.name === 'extend') {
    const last = referral.extensions.at(-1)
    return (
      version < referral.version && last?.reason === command.request.reason && last.at === referral.updatedAt
    )
  }
  if (command.name === 'reopen') return referral.status === 'new' && referral.reopened !== null
  if (command.name === 'accept') return isAcceptedAs(referral, command.acceptance)
  if (command.name === 'decline') {
    const { reason, notes = null } = command.refusal
    return isSame(referral.decline, { reason, notes })
  }
  if (command.name === 'win' || command.name === 'lose') return isClosedAs(referral, command.closing)
  return command.name === 'edit-deal' && isSame(referral.deal, { ...referral.deal, ...command.patch })
}

const isClosedAs = ({ outcome }: Referral, closing: Closing): boolean => {
  const { notes = null, value = null, closedOn = outcome?.closedOn } = closing
  const reason = closing.result === 'lost' ? closing.reason : null
  return isSame(outcome, { result: closing.result, reason, notes, value, closedOn })
}

const isAcceptedAs = ({ deal, contacts }: Referral, acceptance: Acceptance): boolean => {
  const { contacts: given, notes = null, crmId = null, ...rest } = acceptance
  const kept = contacts.map(({ id: _, ...colleague }) => colleague)
  return isSame(deal, { ...rest, notes, crmId }) && given.every(one => kept.some(other => isSame(one, other)))
}

export const isSame = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every(key => isSame(a[key as keyof typeof a], b[key as keyof typeof b]))
}
