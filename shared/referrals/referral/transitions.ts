/**
 * Transition table of a referral. DynamoDB conditions, the `actions` of representations, the diagram in the docs and
 * tests are derived from it.
 */
import type { ActorKind, EventType } from '../../events/contract.ts'
import { DomainError } from '../../kernel/errors.ts'
import { messages } from '../../kernel/messages.ts'
import type { OfferedAction } from '../../kernel/offered-action.ts'
import type { Instant } from '../../time/instant.ts'
import { type referralOperations, referralReasons, type Status } from './contract.ts'
import type { CommandName, Referral } from './referral.ts'
import { effective, isContactOnRequest, isContactVisible, isOverdue, isPast } from './status.ts'

/** A DynamoDB condition: attributes that are equal to a value, or before or after an instant. */
type Condition = Readonly<
  Record<string, string | number | { readonly after: string } | { readonly atOrBefore: string }>
>

/** Conditions of a transition in addition to the status. */
interface Guard {
  /** Field with an instant that must not be after `now`. */
  readonly past?: 'respondBy' | 'hotUntil' | 'remindAt' | 'nudgeAt'
  /** Field with an instant that must be after `now`. */
  readonly before?: 'reopenUntil' | 'undoUntil'
  readonly urgency?: 'hot'
  /** Field with a list that must not be empty. */
  readonly left?: 'extensionsLeft'
  /** Field that must be null. */
  readonly unset?: 'winDeniedAt'
  /** Field that must not be null. */
  readonly present?: 'winDeniedAt'
  /** The contact details of the customer must be hidden, and the policy must allow to show them. */
  readonly contact?: 'hidden'
  /** Reason of the `state-conflict` if the guard fails. */
  readonly otherwise?:
    | 'no-extension-left'
    | 'not-reopenable'
    | 'not-undoable'
    | 'contact-not-shown'
    | 'win-already-denied'
    | 'win-not-denied'
}

export interface Transition {
  /**
   * Effective status before the transition. A new referral whose `respondBy` has passed counts as expired, except for
   * `expire`.
   */
  readonly from: readonly Status[]
  /** Status after the transition; `same` if only other fields change. */
  readonly to: Status | 'same'
  readonly by: readonly ActorKind[]
  readonly guard?: Guard
  /** True if the links in earlier mails about the referral no longer work after the transition. */
  readonly endsLinks: boolean
  readonly event: EventType
  /** Action of the API for the transition. Transitions with the same action name share one action. */
  readonly action?: {
    readonly name: string
    /** Id of the operation. */
    readonly operation: keyof typeof referralOperations
    readonly requires: readonly string[]
    /** Field with a list: the action is offered only if the list is not empty. */
    readonly takesFrom?: 'colleagues'
  }
}

const undo = { name: 'undo', operation: 'undoAnswer', requires: [] } as const
const close = { name: 'close', operation: 'closeReferral', requires: ['result'] } as const

export const transitions = {
  accept: {
    from: ['new'],
    to: 'active',
    by: ['partner'],
    endsLinks: true,
    event: 'referral.accepted',
    action: {
      name: 'accept',
      operation: 'acceptReferral',
      requires: ['name', 'estimatedValue', 'estimatedCloseDate'],
    },
  },
  decline: {
    from: ['new'],
    to: 'declined',
    by: ['partner'],
    endsLinks: true,
    event: 'referral.declined',
    action: { name: 'decline', operation: 'declineReferral', requires: ['reason'] },
  },
  extend: {
    from: ['new'],
    to: 'same',
    by: ['partner'],
    guard: { left: 'extensionsLeft', otherwise: 'no-extension-left' },
    endsLinks: true,
    event: 'referral.extended',
    action: { name: 'extend', operation: 'extendReferral', requires: ['reason'] },
  },
  'show-contact': {
    from: ['new'],
    to: 'same',
    by: ['partner'],
    guard: { contact: 'hidden', otherwise: 'contact-not-shown' },
    endsLinks: false,
    event: 'referral.contact-shown',
    action: { name: 'show-contact', operation: 'showContact', requires: [] },
  },
  'undo-decline': {
    from: ['declined'],
    to: 'new',
    by: ['partner'],
    guard: { before: 'undoUntil', otherwise: 'not-undoable' },
    endsLinks: false,
    event: 'referral.answer-undone',
    action: undo,
  },
  'undo-close': {
    from: ['won', 'lost'],
    to: 'active',
    by: ['partner'],
    guard: { before: 'undoUntil', otherwise: 'not-undoable' },
    endsLinks: false,
    event: 'referral.answer-undone',
    action: undo,
  },
  resume: {
    from: ['won'],
    to: 'active',
    by: ['partner'],
    guard: { present: 'winDeniedAt', otherwise: 'win-not-denied' },
    endsLinks: true,
    event: 'referral.resumed',
    action: { name: 'resume', operation: 'resumeReferral', requires: [] },
  },
  remind: {
    from: ['new'],
    to: 'same',
    by: ['timer'],
    guard: { past: 'remindAt' },
    endsLinks: false,
    event: 'referral.reminder-due',
  },
  expire: {
    from: ['new'],
    to: 'expired',
    by: ['timer'],
    guard: { past: 'respondBy' },
    endsLinks: false,
    event: 'referral.expired',
  },
  reopen: {
    from: ['expired'],
    to: 'new',
    by: ['partner'],
    guard: { before: 'reopenUntil', otherwise: 'not-reopenable' },
    endsLinks: true,
    event: 'referral.reopened',
    action: { name: 'reopen', operation: 'reopenReferral', requires: [] },
  },
  cool: {
    from: ['new'],
    to: 'same',
    by: ['timer'],
    guard: { past: 'hotUntil', urgency: 'hot' },
    endsLinks: false,
    event: 'referral.cooled',
  },
  nudge: {
    from: ['active'],
    to: 'same',
    by: ['timer'],
    guard: { past: 'nudgeAt' },
    endsLinks: false,
    event: 'referral.nudge-due',
  },
  'edit-deal': {
    from: ['active'],
    to: 'same',
    by: ['partner'],
    endsLinks: false,
    event: 'referral.deal-edited',
    action: { name: 'edit-deal', operation: 'editDeal', requires: [] },
  },
  'add-colleague': {
    from: ['new', 'active'],
    to: 'same',
    by: ['partner'],
    endsLinks: false,
    event: 'referral.contact-added',
    action: {
      name: 'add-colleague',
      operation: 'addColleague',
      requires: ['email', 'phone'],
    },
  },
  'remove-colleague': {
    from: ['new', 'active'],
    to: 'same',
    by: ['partner'],
    endsLinks: false,
    event: 'referral.contact-removed',
    action: {
      name: 'remove-colleague',
      operation: 'removeColleague',
      requires: ['colleagueId'],
      takesFrom: 'colleagues',
    },
  },
  win: {
    from: ['active'],
    to: 'won',
    by: ['partner'],
    endsLinks: true,
    event: 'referral.won',
    action: close,
  },
  lose: {
    from: ['active'],
    to: 'lost',
    by: ['partner'],
    endsLinks: true,
    event: 'referral.lost',
    action: close,
  },
  withdraw: {
    from: ['new', 'active'],
    to: 'withdrawn',
    by: ['customer', 'operator'],
    endsLinks: true,
    event: 'referral.withdrawn',
    action: { name: 'withdraw', operation: 'withdrawReferral', requires: [] },
  },
  supersede: {
    from: ['new'],
    to: 'superseded',
    by: ['customer', 'operator'],
    endsLinks: true,
    event: 'referral.superseded',
  },
  reinstate: {
    from: ['superseded'],
    to: 'new',
    by: ['customer', 'operator'],
    endsLinks: true,
    event: 'referral.reinstated',
  },
  'note-choice': {
    from: ['active', 'won', 'lost'],
    to: 'same',
    by: ['customer', 'operator'],
    endsLinks: false,
    event: 'referral.choice-noted',
  },
  'deny-win': {
    from: ['won'],
    to: 'same',
    by: ['customer', 'operator'],
    guard: { unset: 'winDeniedAt', otherwise: 'win-already-denied' },
    endsLinks: false,
    event: 'referral.win-denied',
  },
  'confirm-win': {
    from: ['won'],
    to: 'same',
    by: ['customer', 'operator'],
    guard: { present: 'winDeniedAt', otherwise: 'win-not-denied' },
    endsLinks: false,
    event: 'referral.win-confirmed',
  },
} as const satisfies Readonly<Record<CommandName, Transition>>

/** The table without its literal types. */
const rows: Readonly<Record<CommandName, Transition>> = transitions

const isFrom = (name: CommandName, { status }: Pick<Referral, 'status'>): boolean =>
  rows[name].from.includes(status)

type GuardKind = keyof Omit<Guard, 'otherwise'>

/** Each kind of guard: its check, its part of the DynamoDB condition, and its text in the docs. */
const guardKinds: {
  readonly [K in GuardKind]: {
    readonly holds: (value: NonNullable<Guard[K]>, referral: Referral, now: Instant) => boolean
    /** Empty if checking `version` is enough, because only commands change the field. */
    readonly condition: (value: NonNullable<Guard[K]>, now: Instant) => Condition
    readonly text: (value: NonNullable<Guard[K]>) => string
  }
} = {
  past: {
    holds: (field, referral, now) => isPast(referral[field], now),
    condition: (field, now) => ({ [field]: { atOrBefore: now } }),
    text: field => `now ≥ ${field}`,
  },
  before: {
    holds: (field, referral, now) => (referral[field] ?? '') > now,
    condition: (field, now) => ({ [field]: { after: now } }),
    text: field => `now < ${field}`,
  },
  urgency: {
    holds: (urgency, referral) => referral.urgency === urgency,
    condition: urgency => ({ urgency }),
    text: urgency => `still ${urgency}`,
  },
  unset: {
    holds: (field, referral) => referral[field] === null,
    condition: () => ({}),
    text: field => `${field} is not set`,
  },
  present: {
    holds: (field, referral) => referral[field] !== null,
    condition: () => ({}),
    text: field => `${field} is set`,
  },
  contact: {
    holds: (_, referral) => !isContactVisible(referral) && isContactOnRequest(referral),
    condition: () => ({}),
    text: () => 'the contact details are hidden, and the policy shows them on request',
  },
  left: {
    holds: (list, referral) => referral[list].length > 0,
    condition: () => ({}),
    text: list => `${list} is not empty`,
  },
}

/** Calls a function with each kind of guard that a transition has, and the value of the guard. */
const mapGuards = <T>(
  guard: Guard | undefined,
  use: (kind: (typeof guardKinds)[GuardKind], value: never) => T,
): T[] =>
  (Object.keys(guardKinds) as GuardKind[]).flatMap(kind => {
    const value = guard?.[kind]
    return value === undefined ? [] : [use(guardKinds[kind], value as never)]
  })

/** Describes the conditions in addition to the status. */
export const guardTexts = ({ guard }: Transition): string[] =>
  mapGuards(guard, (kind, value) => kind.text(value))

const holds = (guard: Guard, referral: Referral, now: Instant): boolean =>
  mapGuards(guard, (kind, value) => kind.holds(value, referral, now)).every(Boolean)

/**
 * Tests if the status and the guard allow a command now. `expire` is checked against the stored status, because its
 * job is to persist what time has already done. All other commands are checked against the effective status.
 */
export const allows = (name: CommandName, referral: Referral, now: Instant): boolean => {
  const { to, guard } = rows[name]
  if (guard && !holds(guard, referral, now)) return false
  return isFrom(name, to === 'expired' ? referral : effective(referral, now))
}

/** Commands of partners that make an archived referral open again. */
export type Revival = 'reopen' | 'undo-decline' | 'undo-close' | 'resume'
const revivals: readonly Revival[] = ['reopen', 'undo-decline', 'undo-close', 'resume']

/** Returns the command with which the partner can make an archived referral open again; undefined if there is none. */
export const revivalOf = (referral: Referral, now: Instant): Revival | undefined =>
  revivals.find(name => allows(name, referral, now))

/** Returns the actions that an actor may take now. */
export const actions = (referral: Referral, actor: ActorKind, now: Instant): OfferedAction[] => {
  const allowed = (Object.keys(rows) as CommandName[]).filter(
    name => rows[name].by.includes(actor) && allows(name, referral, now),
  )
  const possible = allowed
    .flatMap(name => rows[name].action ?? [])
    .filter(({ takesFrom }) => !takesFrom || referral[takesFrom].length > 0)
  const offered = new Map(possible.map(action => [action.name, action]))
  return [...offered.values()].map(({ name, operation, requires }) => ({
    name,
    operation,
    params: { referralId: referral.id },
    requires,
  }))
}

/**
 * Builds the DynamoDB condition of a command: version and status unchanged, and the result of every time guard
 * unchanged.
 */
export const condition = (name: CommandName, referral: Referral, now: Instant): Condition => {
  const { guard } = rows[name]
  const respondBy = isOverdue(referral, now) ? { atOrBefore: now } : { after: now }
  return {
    version: referral.version,
    status: referral.status,
    ...(referral.status === 'new' && { respondBy }),
    ...Object.assign({}, ...mapGuards(guard, (kind, value) => kind.condition(value, now))),
  }
}

const reason = messages(referralReasons)

/** Creates the error for a command that is not allowed now, with the present status and the possible actions. */
export const stateConflict = (
  name: CommandName,
  referral: Referral,
  actor: ActorKind,
  now: Instant,
): DomainError<'state-conflict'> => {
  const { guard, from } = rows[name]
  const seen = effective(referral, now)
  const { status } = seen
  return new DomainError(
    'state-conflict',
    { currentStatus: status, actions: actions(referral, actor, now) },
    guard?.otherwise && isFrom(name, seen)
      ? reason(guard.otherwise, { status })
      : reason('wrong-status', { status, expected: from }),
  )
}
