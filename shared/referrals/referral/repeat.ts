/**
 * Detects repeated commands. A client that got no response sends its command again with the old version. It gets the
 * current referral instead of a conflict.
 */
import type { AcceptRequest, CloseRequest, Colleague } from './contract.ts'
import type { Command, CommandName, Referral } from './referral.ts'
import { isContactVisible } from './status.ts'

/** @param version the version that the caller has read */
type Recognition<N extends CommandName> = (
  referral: Referral,
  command: Command & { name: N },
  version: number,
) => boolean

const isNeverRepeat = (): boolean => false

const recognitions: { readonly [N in CommandName]: Recognition<N> } = {
  accept: ({ deal, colleagues }, { request }) => isAcceptedAs({ deal, colleagues }, request),
  decline: ({ decline }, { request: { reason, notes = null } }) =>
    decline !== null && isDeepEqual({ reason: decline.reason, notes: decline.notes }, { reason, notes }),
  'show-contact': isContactVisible,
  // A repeated undo has nothing to undo: its conflict shows that the referral is new or active.
  'undo-decline': isNeverRepeat,
  'undo-close': isNeverRepeat,
  resume: isNeverRepeat,
  supersede: isNeverRepeat,
  reinstate: isNeverRepeat,
  'note-choice': ({ customerChoice }, { choice }) => customerChoice === choice,
  'deny-win': ({ winDeniedAt }) => winDeniedAt !== null,
  'confirm-win': isNeverRepeat,
  extend: ({ version: present, extensions, updatedAt }, { request }, version) => {
    const last = extensions.at(-1)
    return version < present && last?.reason === request.reason && last.at === updatedAt
  },
  reopen: ({ status, reopened }) => status === 'new' && reopened !== null,
  'edit-deal': ({ deal }, { patch }) => isDeepEqual(deal, { ...deal, ...patch }),
  // A win that the customer has denied cannot be reported again: the referral must be resumed first.
  win: ({ outcome, winDeniedAt }, { request }) => winDeniedAt === null && isClosedAs(outcome, request),
  lose: ({ outcome }, { request }) => isClosedAs(outcome, request),
  'add-colleague': ({ colleagues }, { colleague }) =>
    colleagues.some(present => isSamePerson(present, colleague)),
  // A repeat cannot be told from an unknown id.
  'remove-colleague': isNeverRepeat,
  withdraw: isNeverRepeat,
  expire: isNeverRepeat,
  cool: isNeverRepeat,
  remind: isNeverRepeat,
  nudge: isNeverRepeat,
}

/**
 * Tests if the command was executed before, with the same content.
 * @param version the version that the caller has read
 */
export const isRepeat = (referral: Referral, command: Command, version: number): boolean => {
  const recognition = recognitions[command.name] as Recognition<CommandName>
  return recognition(referral, command, version)
}

const isClosedAs = (outcome: Referral['outcome'], request: CloseRequest): boolean => {
  const { notes = null, value = null, closedOn = outcome?.closedOn } = request
  const reason = request.result === 'lost' ? request.reason : null
  return isDeepEqual(outcome, { result: request.result, reason, notes, value, closedOn })
}

/** Compares colleagues without their ids. */
const isSamePerson = ({ id: _, ...a }: Colleague, { id: __, ...b }: Colleague): boolean => isDeepEqual(a, b)

const isAcceptedAs = (
  { deal, colleagues }: Pick<Referral, 'deal' | 'colleagues'>,
  request: AcceptRequest,
): boolean => {
  const { colleagues: given, estimated = 'given', notes = null, crmId = null, ...rest } = request
  const present = colleagues.map(({ id: _, ...colleague }) => colleague)
  return (
    isDeepEqual(deal, { ...rest, estimated, notes, crmId }) &&
    given.every(colleague => present.some(other => isDeepEqual(colleague, other)))
  )
}

/** Compares JSON values. An undefined property equals a missing one. */
const isDeepEqual = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every(key => isDeepEqual(a[key as keyof typeof a], b[key as keyof typeof b]))
}
