/**
 * The life of a referral: one table of transitions, and the decision of what a command makes of a referral.
 * The DynamoDB condition, each representation's `actions`, the diagram in the docs and the tests come from the table.
 */
import type { Actor, ActorKind, Event, EventType } from '../event/contract.ts'
import type { Operation } from '../platform/contract.ts'
import { invalid, notFound, Problem } from '../platform/problem.ts'
import type {
  Acceptance,
  Action,
  Closing,
  Colleague,
  Customer,
  Deal,
  DealPatch,
  Need,
  ReferralView,
  Refusal,
  Source,
  Stage,
  Status,
} from './contract.ts'
import { referralOperations } from './contract.ts'

/** A referral as it is kept. Instants are RFC 3339 in UTC, so that they compare as text. */
export interface Referral {
  readonly id: string
  readonly rfiId: string
  readonly partnerId: string
  readonly profileId: string
  readonly region: string
  readonly locationId: string
  readonly source: Source
  /** What may be known of the customer without naming a person. */
  readonly customer: Pick<Customer, 'company' | 'size'> & Pick<Customer['address'], 'city' | 'country'>
  readonly need: Need
  readonly policyVersion: number
  readonly version: number
  readonly status: Status
  readonly receivedAt: string
  readonly respondBy: string
  readonly urgentUntil: string | null
  readonly urgency: 'hot' | 'cooled' | null
  readonly answeredAt: string | null
  readonly closedAt: string | null
  readonly updatedAt: string
  readonly deal: Deal | null
  readonly contacts: readonly Colleague[]
  readonly decline: ReferralView['decline']
  readonly outcome: ReferralView['outcome']
}

export type Command =
  | { readonly name: 'accept'; readonly acceptance: Acceptance; readonly contacts: readonly Colleague[] }
  | { readonly name: 'decline'; readonly refusal: Refusal }
  | { readonly name: 'expire' | 'cool' | 'withdraw' }
  | { readonly name: 'edit-deal'; readonly patch: DealPatch }
  | { readonly name: 'add-contact'; readonly contact: Colleague }
  | { readonly name: 'remove-contact'; readonly contactId: string }
  | { readonly name: 'win' | 'lose'; readonly closing: Closing }
export type CommandName = Command['name']

/** What must hold besides the status: an instant of the referral that lies at or before now, an urgency. */
interface Guard {
  readonly past: 'respondBy' | 'urgentUntil'
  readonly urgency?: 'hot'
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
  expire: {
    from: ['new'],
    to: 'expired',
    by: ['timer'],
    guard: { past: 'respondBy' },
    event: 'referral.expired',
  },
  cool: {
    from: ['new'],
    to: 'same',
    by: ['timer'],
    guard: { past: 'urgentUntil', urgency: 'hot' },
    event: 'referral.cooled',
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

const stageOf: Readonly<Record<Status, Stage>> = {
  new: 'inbox',
  active: 'active',
  won: 'archived',
  lost: 'archived',
  declined: 'archived',
  expired: 'archived',
  withdrawn: 'archived',
}
export const stage = ({ status }: Pick<Referral, 'status'>): Stage => stageOf[status]

/** What time alone changes of a referral. */
type Timed = Pick<Referral, 'status' | 'respondBy' | 'closedAt' | 'urgency' | 'urgentUntil'>

const isOverdue = ({ status, respondBy }: Timed, now: string): boolean => status === 'new' && respondBy <= now

/** The referral as everyone must see it now, whether or not its timers have fired yet. */
export const effective = <T extends Timed>(referral: T, now: string): T => {
  const { urgency, urgentUntil, respondBy } = referral
  const seen: T = { ...referral, urgency: isPast(urgentUntil, now) ? 'cooled' : urgency }
  return isOverdue(referral, now) ? { ...seen, status: 'expired', closedAt: respondBy } : seen
}

const isPast = (instant: string | null, now: string): boolean => instant !== null && instant <= now

const holds = (guard: Guard, referral: Referral, now: string): boolean =>
  isPast(referral[guard.past], now) && (!guard.urgency || guard.urgency === referral.urgency)

export const allows = (name: CommandName, referral: Referral, now: string): boolean => {
  const { from, to, guard } = rows[name]
  if (!from.includes(referral.status)) return false
  if (isOverdue(referral, now) && to !== 'expired') return false
  return !guard || holds(guard, referral, now)
}

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
  const { to, guard } = rows[name]
  return {
    version: referral.version,
    status: referral.status,
    ...(referral.status === 'new' && to !== 'expired' && { respondBy: { after: now } }),
    ...(guard && { [guard.past]: { atOrBefore: now } }),
    ...(guard?.urgency && { urgency: guard.urgency }),
  }
}

export const stateConflict = (referral: Referral, actor: ActorKind, now: string): Problem => {
  const { status } = effective(referral, now)
  return new Problem('state-conflict', {
    detail: `the referral is ${status}`,
    extra: { currentStatus: status, actions: actions(referral, actor, now) },
  })
}

interface Change {
  readonly fields: Partial<Referral>
  readonly data: Event['data']
}

type Effects = {
  readonly [N in CommandName]: (referral: Referral, command: Command & { name: N }, now: string) => Change
}

const effects: Effects = {
  accept: (referral, { acceptance, contacts }, now) => {
    refuseEarlier('/estimatedCloseDate', acceptance.estimatedCloseDate, now)
    const { name, estimatedValue, estimatedCloseDate, notes = null, crmId = null } = acceptance
    return {
      fields: {
        answeredAt: now,
        deal: { name, estimatedValue, estimatedCloseDate, notes, crmId },
        contacts: withMore(referral, contacts, '/contacts'),
      },
      data: { estimatedValue, estimatedCloseDate },
    }
  },
  decline: (_, { refusal: { reason, notes = null } }, now) => ({
    fields: { answeredAt: now, closedAt: now, decline: { reason, notes } },
    data: { reason },
  }),
  expire: ({ respondBy }) => ({ fields: { closedAt: respondBy }, data: { respondBy } }),
  cool: ({ urgentUntil }) => ({ fields: { urgency: 'cooled' }, data: { urgentUntil: urgentUntil ?? '' } }),
  'edit-deal': ({ deal }, { patch }, now) => {
    if (patch.estimatedCloseDate) refuseEarlier('/estimatedCloseDate', patch.estimatedCloseDate, now)
    return { fields: { deal: { ...deal, ...patch } as Deal }, data: { changed: Object.keys(patch) } }
  },
  'add-contact': (referral, { contact }) => ({
    fields: { contacts: withMore(referral, [contact], '') },
    data: { contactId: contact.id },
  }),
  'remove-contact': ({ contacts }, { contactId }) => {
    if (!contacts.some(({ id }) => id === contactId)) throw notFound()
    return { fields: { contacts: contacts.filter(({ id }) => id !== contactId) }, data: { contactId } }
  },
  win: (referral, { closing }, now) => {
    const outcome = outcomeOf(referral, closing, now)
    return { fields: { closedAt: now, outcome }, data: { value: outcome.value, closedOn: outcome.closedOn } }
  },
  lose: (referral, { closing }, now) => {
    const outcome = outcomeOf(referral, closing, now)
    const { reason, value, closedOn } = outcome
    return { fields: { closedAt: now, outcome }, data: { reason: reason ?? '', value, closedOn } }
  },
  withdraw: (_, __, now) => ({ fields: { closedAt: now }, data: {} }),
}

/** A day has begun somewhere on earth 14 hours before, and lasts somewhere until 12 hours after, it does in UTC. */
const day = (now: string, offsetHours: number): string =>
  new Date(Date.parse(now) + offsetHours * 3_600_000).toISOString().slice(0, 10)

const refuseEarlier = (pointer: string, date: string, now: string): void => {
  if (date < day(now, -12)) throw invalid({ pointer, code: 'in-the-past', detail: `${date} is in the past` })
}

const outcomeOf = ({ receivedAt }: Referral, closing: Closing, now: string) => {
  const { result, notes = null, value = null, closedOn = now.slice(0, 10) } = closing
  const refusal = (code: string, detail: string) => invalid({ pointer: '/closedOn', code, detail })
  if (closedOn > day(now, 14)) throw refusal('in-the-future', `${closedOn} is in the future`)
  if (closedOn < day(receivedAt, -12))
    throw refusal('too-early', 'the referral had not been received by then')
  return { result, reason: closing.result === 'lost' ? closing.reason : null, notes, value, closedOn }
}

/** Partner Center's limit on a deal's team. */
const mostContacts = 50

const withMore = (
  { contacts }: Referral,
  more: readonly Colleague[],
  pointer: string,
): readonly Colleague[] => {
  const all = [...contacts, ...more]
  if (all.length <= mostContacts) return all
  throw invalid({ pointer, code: 'too-many', detail: `a referral has at most ${mostContacts} contacts` })
}

export interface Decision {
  readonly next: Referral
  readonly event: Event
}

/**
 * What a command makes of a referral.
 * @throws Problem forbidden when it is not this actor's to give; state-conflict when the transition is not allowed now;
 * invalid-request for what the command says
 */
export const decide = (referral: Referral, command: Command, actor: Actor, now: string): Decision => {
  const { by, to, event } = rows[command.name]
  if (!by.includes(actor.kind))
    throw new Problem('forbidden', { detail: `${by.join(' or ')} may ${command.name}` })
  if (!allows(command.name, referral, now)) throw stateConflict(referral, actor.kind, now)
  const effect = effects[command.name] as (referral: Referral, command: Command, now: string) => Change
  const { fields, data } = effect(referral, command, now)
  const next: Referral = {
    ...referral,
    ...fields,
    status: to === 'same' ? referral.status : to,
    version: referral.version + 1,
    updatedAt: now,
  }
  return { next, event: eventOf(next, event, actor, data, now) }
}

export const eventOf = (
  referral: Referral,
  type: EventType,
  actor: Actor,
  data: Event['data'],
  at: string,
): Event =>
  ({
    id: `${referral.id}.${referral.version}`,
    type,
    at,
    actor,
    subject: {
      rfiId: referral.rfiId,
      referral: {
        id: referral.id,
        partnerId: referral.partnerId,
        region: referral.region,
        locationId: referral.locationId,
      },
    },
    version: referral.version,
    data,
  }) as Event

/** Whether the referral is already what the command would make of it, so that a repeat is no conflict. */
export const isRepeat = (referral: Referral, command: Command): boolean => {
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

const isSame = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every(key => isSame(a[key as keyof typeof a], b[key as keyof typeof b]))
}
