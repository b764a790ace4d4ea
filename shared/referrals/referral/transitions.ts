/**
 * The table of transitions of a referral. The DynamoDB condition, each representation's `actions`, the diagram in the
 * docs and the tests come from it.
 */
import type { ActorKind, EventType } from '../../events/contract.ts'
import type { Operation } from '../../kernel/contract.ts'
import { Problem } from '../../kernel/problem.ts'
import { type Action, referralOperations, type Status } from './contract.ts'
import type { CommandName, Referral } from './referral.ts'
import { effective, isOverdue, isPast } from './status.ts'

/** What must hold besides the status. */
export interface Guard {
  /** An instant of the referral that lies at or before now. */
  readonly past?: 'respondBy' | 'urgentUntil' | 'remindAt' | 'nudgeAt'
  /** An instant of the referral that lies after now. */
  readonly before?: 'reopenUntil'
  readonly urgency?: 'hot'
  /** A list of the referral that there is something left in. */
  readonly left?: 'extensionsLeft'
  /** What a caller is told when the guard does not hold. */
  readonly otherwise?: string
}

export interface Transition {
  /** `new` means in time as well: past its respond-by, a new referral can only expire. */
  readonly from: readonly Status[]
  /** Where it leads; `same` changes the referral and not its status. */
  readonly to: Status | 'same'
  readonly by: readonly ActorKind[]
  readonly guard?: Guard
  readonly event: EventType
  /** How a caller asks for it over HTTP; actions of the same name are one action. */
  readonly action?: {
    readonly name: string
    readonly operation: Operation
    readonly requires: readonly string[]
    /** Offered only while there is something in this list to take away. */
    readonly takesFrom?: 'contacts'
  }
}

const {
  acceptReferral,
  declineReferral,
  extendReferral,
  reopenReferral,
  editDeal,
  addContact,
  removeContact,
  closeReferral,
  withdrawReferral,
} = referralOperations

const close = { name: 'close', operation: closeReferral, requires: ['result'] } as const

export const transitions = {
  accept: {
    from: ['new'],
    to: 'active',
    by: ['partner'],
    event: 'referral.accepted',
    action: {
      name: 'accept',
      operation: acceptReferral,
      requires: ['name', 'estimatedValue', 'estimatedCloseDate'],
    },
  },
  decline: {
    from: ['new'],
    to: 'declined',
    by: ['partner'],
    event: 'referral.declined',
    action: { name: 'decline', operation: declineReferral, requires: ['reason'] },
  },
  extend: {
    from: ['new'],
    to: 'same',
    by: ['partner'],
    guard: { left: 'extensionsLeft', otherwise: 'no more time can be asked for' },
    event: 'referral.extended',
    action: { name: 'extend', operation: extendReferral, requires: ['reason'] },
  },
  remind: {
    from: ['new'],
    to: 'same',
    by: ['timer'],
    guard: { past: 'remindAt' },
    event: 'referral.reminder-due',
  },
  expire: {
    from: ['new'],
    to: 'expired',
    by: ['timer'],
    guard: { past: 'respondBy' },
    event: 'referral.expired',
  },
  reopen: {
    from: ['expired'],
    to: 'new',
    by: ['partner'],
    guard: { before: 'reopenUntil', otherwise: 'it cannot be reopened' },
    event: 'referral.reopened',
    action: { name: 'reopen', operation: reopenReferral, requires: [] },
  },
  cool: {
    from: ['new'],
    to: 'same',
    by: ['timer'],
    guard: { past: 'urgentUntil', urgency: 'hot' },
    event: 'referral.cooled',
  },
  nudge: {
    from: ['active'],
    to: 'same',
    by: ['timer'],
    guard: { past: 'nudgeAt' },
    event: 'referral.nudge-due',
  },
  'edit-deal': {
    from: ['active'],
    to: 'same',
    by: ['partner'],
    event: 'referral.deal-edited',
    action: { name: 'edit-deal', operation: editDeal, requires: [] },
  },
  'add-contact': {
    from: ['new', 'active'],
    to: 'same',
    by: ['partner'],
    event: 'referral.contact-added',
    action: {
      name: 'add-contact',
      operation: addContact,
      requires: ['firstName', 'lastName', 'email', 'phone'],
    },
  },
  'remove-contact': {
    from: ['new', 'active'],
    to: 'same',
    by: ['partner'],
    event: 'referral.contact-removed',
    action: {
      name: 'remove-contact',
      operation: removeContact,
      requires: ['contactId'],
      takesFrom: 'contacts',
    },
  },
  win: { from: ['active'], to: 'won', by: ['partner'], event: 'referral.won', action: close },
  lose: { from: ['active'], to: 'lost', by: ['partner'], event: 'referral.lost', action: close },
  withdraw: {
    from: ['new', 'active'],
    to: 'withdrawn',
    by: ['customer', 'operator'],
    event: 'referral.withdrawn',
    action: { name: 'withdraw', operation: withdrawReferral, requires: [] },
  },
} as const satisfies Readonly<Record<CommandName, Transition>>

const rows: Readonly<Record<CommandName, Transition>> = transitions

const holds = ({ past, before, urgency, left }: Guard, referral: Referral, now: string): boolean =>
  (!past || isPast(referral[past], now)) &&
  (!before || (referral[before] ?? '') > now) &&
  (!urgency || urgency === referral.urgency) &&
  (!left || referral[left].length > 0)

export const allows = (name: CommandName, referral: Referral, now: string): boolean => {
  const { to, guard } = rows[name]
  if (guard && !holds(guard, referral, now)) return false
  // That it has expired can be written down as long as it is not; all else is for what it is by now.
  return isFrom(name, to === 'expired' ? referral : effective(referral, now))
}

export const isFrom = (name: CommandName, { status }: Pick<Referral, 'status'>): boolean =>
  rows[name].from.includes(status)

/** What `actor` may do with the referral now. */
export const actions = (referral: Referral, actor: ActorKind, now: string): Action[] => {
  const open = (Object.keys(rows) as CommandName[]).filter(
    name => rows[name].by.includes(actor) && allows(name, referral, now),
  )
  const possible = open
    .flatMap(name => rows[name].action ?? [])
    .filter(({ takesFrom }) => !takesFrom || referral[takesFrom].length > 0)
  const offered = new Map(possible.map(action => [action.name, action]))
  return [...offered.values()].map(({ name, operation, requires }) => ({
    name,
    method: operation.method,
    href: operation.path.replace('{referralId}', referral.id),
    requires: [...requires],
  }))
}

/** What the table must hold for the command to be carried out: exactly what the decision was made on. */
export const condition = (name: CommandName, referral: Referral, now: string) => {
  const { guard }: Transition = rows[name]
  const respondBy = isOverdue(referral, now) ? { atOrBefore: now } : { after: now }
  return {
    version: referral.version,
    status: referral.status,
    ...(referral.status === 'new' && { respondBy }),
    ...(guard?.past && { [guard.past]: { atOrBefore: now } }),
    ...(guard?.before && { [guard.before]: { after: now } }),
    ...(guard?.urgency && { urgency: guard.urgency }),
  }
}

/** Why a command cannot be carried out now, and what can. */
export const stateConflict = (
  name: CommandName,
  referral: Referral,
  actor: ActorKind,
  now: string,
): Problem => {
  const { guard }: Transition = rows[name]
  const seen = effective(referral, now)
  const state = `the referral is ${seen.status}`
  return new Problem('state-conflict', {
    detail: guard?.otherwise && isFrom(name, seen) ? `${state}, and ${guard.otherwise}` : state,
    extra: { currentStatus: seen.status, actions: actions(referral, actor, now) },
  })
}
