/**
 * Recognition of repeated commands. A client that did not get the answer sends its command again with the old version:
 * it gets the referral as it is, and no conflict.
 */
import type { Acceptance, Closing } from './contract.ts'
import type { Command, CommandName, Referral } from './referral.ts'

/** @param version the version that the caller knows */
type Recognition<N extends CommandName> = (
  referral: Referral,
  command: Command & { name: N },
  version: number,
) => boolean

const isNeverRepeat = (): boolean => false

const recognitions: { readonly [N in CommandName]: Recognition<N> } = {
  accept: ({ deal, contacts }, { acceptance }) => isAcceptedAs({ deal, contacts }, acceptance),
  decline: ({ decline }, { refusal: { reason, notes = null } }) => isDeepEqual(decline, { reason, notes }),
  extend: ({ version: present, extensions, updatedAt }, { request }, version) => {
    const last = extensions.at(-1)
    return version < present && last?.reason === request.reason && last.at === updatedAt
  },
  reopen: ({ status, reopened }) => status === 'new' && reopened !== null,
  'edit-deal': ({ deal }, { patch }) => isDeepEqual(deal, { ...deal, ...patch }),
  win: ({ outcome }, { closing }) => isClosedAs(outcome, closing),
  lose: ({ outcome }, { closing }) => isClosedAs(outcome, closing),
  // A version may add and remove several contacts: the result does not tell whether the command was carried out.
  'add-contact': isNeverRepeat,
  'remove-contact': isNeverRepeat,
  withdraw: isNeverRepeat,
  expire: isNeverRepeat,
  cool: isNeverRepeat,
  remind: isNeverRepeat,
  nudge: isNeverRepeat,
}

/**
 * Tells whether the command was carried out before, with the same content.
 * @param version the version that the caller knows
 */
export const isRepeat = (referral: Referral, command: Command, version: number): boolean => {
  const recognition = recognitions[command.name] as Recognition<CommandName>
  return recognition(referral, command, version)
}

const isClosedAs = (outcome: Referral['outcome'], closing: Closing): boolean => {
  const { notes = null, value = null, closedOn = outcome?.closedOn } = closing
  const reason = closing.result === 'lost' ? closing.reason : null
  return isDeepEqual(outcome, { result: closing.result, reason, notes, value, closedOn })
}

const isAcceptedAs = (
  { deal, contacts }: Pick<Referral, 'deal' | 'contacts'>,
  acceptance: Acceptance,
): boolean => {
  const { contacts: given, notes = null, crmId = null, ...rest } = acceptance
  const present = contacts.map(({ id: _, ...colleague }) => colleague)
  return (
    isDeepEqual(deal, { ...rest, notes, crmId }) &&
    given.every(one => present.some(other => isDeepEqual(one, other)))
  )
}

/** Compares JSON values. A property that is undefined equals one that is absent. */
const isDeepEqual = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every(key => isDeepEqual(a[key as keyof typeof a], b[key as keyof typeof b]))
}
