/**
 * The life of a referral: one table of transitions, and the decision of what a command makes of a referral.
 * The DynamoDB condition, each representation's `actions`, the diagram in the docs and the tests come from the table.
 */
import {
  type Actor,
  type ActorKind,
  type Deadline,
  type DeadlineKind,
  deadlineKinds,
  type Event,
  type EventType,
} from '../../events/contract.ts'
import type { Operation } from '../../kernel/contract.ts'
import { invalid, notFound, Problem } from '../../kernel/problem.ts'
import type { Customer, Need, Source } from '../../program/contract.ts'
import type { Span, Terms } from '../../program/rules.ts'
import { after, milliseconds, wholeSecond } from '../../time/duration.ts'
import {
  type Acceptance,
  type Action,
  type Closing,
  type Colleague,
  type Deal,
  type DealPatch,
  type ExtensionRequest,
  type ReferralView,
  type Refusal,
  referralOperations,
  type Stage,
  type Status,
} from './contract.ts'

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
  readonly terms: Terms
  readonly version: number
  /** The last version that somebody made, and not time: links in mails of that version or later still work. */
  readonly actedVersion: number
  readonly status: Status
  readonly receivedAt: string
  readonly answerAdvisedBy: string
  readonly respondBy: string
  /** The next reminder, and those after it; they mean something while the referral is new. */
  readonly remindAt: string | null
  readonly laterReminders: readonly string[]
  /** What further extensions lead to, one after the other. */
  readonly extensionsLeft: readonly Span[]
  readonly extensions: ReferralView['extensions']
  readonly urgentUntil: string | null
  readonly urgency: 'hot' | 'cooled' | null
  /** When the partner is next asked what has become of an active referral. */
  readonly nudgeAt: string | null
  /** Until when it can be reopened, should it expire. */
  readonly reopenUntil: string | null
  readonly reopened: ReferralView['reopened']
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
  | { readonly name: DeadlineKind | 'reopen' | 'withdraw' }
  | { readonly name: 'extend'; readonly request: ExtensionRequest }
  | { readonly name: 'edit-deal'; readonly patch: DealPatch }
  | { readonly name: 'add-contact'; readonly contact: Colleague }
  | { readonly name: 'remove-contact'; readonly contactId: string }
  | { readonly name: 'win' | 'lose'; readonly closing: Closing }
export type CommandName = Command['name']

/** What must hold besides the status. */
interface Guard {
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

const isFrom = (name: CommandName, { status }: Pick<Referral, 'status'>): boolean =>
  rows[name].from.includes(status)

/** What time will do to the referral as it is, soonest first. */
export const deadlines = (referral: Referral): Deadline[] =>
  deadlineKinds
    .flatMap(kind => {
      const { past, urgency }: Guard = transitions[kind].guard
      const dueAt = past && referral[past]
      if (!dueAt || !isFrom(kind, referral) || (urgency && urgency !== referral.urgency)) return []
      return [{ kind, dueAt }]
    })
    .filter(({ kind, dueAt }) => kind === 'expire' || !isOverdue(referral, dueAt))
    .toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : Number(a.dueAt > b.dueAt)))

/** Of what time does to the referral: the first that is due. */
export const firstDue = (referral: Referral, now: string): DeadlineKind | undefined =>
  deadlines(referral).find(({ kind, dueAt }) => dueAt <= now && allows(kind, referral, now))?.kind

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
        nudgeAt: firstNudge(referral, estimatedCloseDate),
        contacts: withMore(referral, contacts, '/contacts'),
      },
      data: { estimatedValue, estimatedCloseDate },
    }
  },
  decline: (_, { refusal: { reason, notes = null } }, now) => ({
    fields: { answeredAt: now, closedAt: now, decline: { reason, notes } },
    data: { reason },
  }),
  extend: ({ respondBy: previously, extensions, extensionsLeft, terms }, { request: { reason } }, now) => {
    const [span, ...left] = extensionsLeft
    if (!span) throw new Error('an extension was allowed that is not left')
    const { respondBy } = span
    const [remindAt = null, ...laterReminders] = span.reminders
    return {
      fields: {
        respondBy,
        remindAt,
        laterReminders,
        extensionsLeft: left,
        extensions: [...extensions, { at: now, reason, respondBy }],
        reopenUntil: reopenUntil(respondBy, terms),
      },
      data: { respondBy, previously },
    }
  },
  remind: ({ remindAt, laterReminders, respondBy }, _, now) => {
    const reminders = remindAt ? [remindAt, ...laterReminders] : []
    const [next = null, ...rest] = reminders.filter(instant => instant > now)
    const due = reminders.filter(instant => instant <= now)
    return { fields: { remindAt: next, laterReminders: rest }, data: { due, respondBy } }
  },
  expire: ({ respondBy }) => ({ fields: { closedAt: respondBy }, data: { respondBy } }),
  cool: ({ urgentUntil }) => ({ fields: { urgency: 'cooled' }, data: { urgentUntil: urgentUntil ?? '' } }),
  // Once: who lets it expire again has had their time.
  reopen: ({ respondBy: expiredAt, urgency, terms }, _, now) => {
    if (!terms.reopening) throw new Error('a reopening was allowed that the terms do not know')
    const respondBy = after(wholeSecond(now), terms.reopening.responseTime)
    return {
      fields: {
        respondBy,
        remindAt: null,
        laterReminders: [],
        extensionsLeft: [],
        reopenUntil: null,
        closedAt: null,
        // Its urgent time is over too, whether or not that was written down.
        urgency: urgency && 'cooled',
        reopened: { expiredAt, at: now },
      },
      data: { respondBy, expiredAt },
    }
  },
  nudge: ({ nudgeAt, deal, terms }, _, now) => {
    const { estimatedCloseDate = '' } = deal ?? {}
    return { fields: { nudgeAt: nextNudge(nudgeAt ?? now, terms, now) }, data: { estimatedCloseDate } }
  },
  'edit-deal': (referral, { patch }, now) => {
    const { estimatedCloseDate: date } = patch
    const isMoved = date !== undefined && date !== referral.deal?.estimatedCloseDate
    // A date that has passed meanwhile may stay as it is.
    if (isMoved) refuseEarlier('/estimatedCloseDate', date, now)
    return {
      fields: {
        deal: { ...referral.deal, ...patch } as Deal,
        ...(isMoved && { nudgeAt: firstNudge(referral, date) }),
      },
      data: { changed: Object.keys(patch) },
    }
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

/** How many years ahead a deal may be expected to close. */
const furthestClose = 100

const refuseEarlier = (pointer: string, date: string, now: string): void => {
  if (date < day(now, -12)) throw invalid({ pointer, code: 'in-the-past', detail: `${date} is in the past` })
  if (Number(date.slice(0, 4)) > Number(now.slice(0, 4)) + furthestClose)
    throw invalid({ pointer, code: 'too-late', detail: `${date} is more than ${furthestClose} years ahead` })
}

export const reopenUntil = (respondBy: string, { reopening }: Terms): string | null =>
  reopening && after(respondBy, reopening.within)

/** When the day that a deal should have closed on is over everywhere on earth. */
const firstNudge = ({ terms }: Referral, estimatedCloseDate: string): string | null =>
  terms.nudgeInterval && after(`${estimatedCloseDate}T00:00:00.000Z`, 'PT36H')

/** The first after now that lies a whole number of intervals after another nudge. */
const nextNudge = (last: string, { nudgeInterval }: Terms, now: string): string | null => {
  if (!nudgeInterval) return null
  const every = milliseconds(nudgeInterval)
  const passed = Math.floor((Date.parse(now) - Date.parse(last)) / every)
  return new Date(Date.parse(last) + (passed + 1) * every).toISOString()
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
  /** What happened, in its order: the command, and before it what time had done already. */
  readonly events: readonly Event[]
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
  if (!allows(command.name, referral, now)) throw stateConflict(command.name, referral, actor.kind, now)
  const { next: present, events } =
    to === 'expired' ? { next: referral, events: [] } : caughtUp(referral, now)
  const effect = effects[command.name] as (referral: Referral, command: Command, now: string) => Change
  const { fields, data } = effect(present, command, now)
  const next: Referral = {
    ...present,
    ...fields,
    status: to === 'same' ? present.status : to,
    version: present.version + 1,
    actedVersion: actor.kind === 'timer' ? present.actedVersion : present.version + 1,
    updatedAt: now,
  }
  return { next, events: [...events, eventOf(next, event, actor, data, now, present)] }
}

/** The referral once it is written down that it has expired, if it has. */
const caughtUp = (referral: Referral, now: string): Decision =>
  isOverdue(referral, now)
    ? decide(referral, { name: 'expire' }, { kind: 'timer' }, now)
    : { next: referral, events: [] }

/** @param before the referral as the event found it, if there was one */
export const eventOf = (
  referral: Referral,
  type: EventType,
  actor: Actor,
  data: Event['data'],
  at: string,
  before?: Referral,
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
    ...changedDeadlines(before ? deadlines(before) : [], deadlines(referral), at),
  }) as Event

/** What has passed is not lifted: it was met, or is on its way. */
const changedDeadlines = (
  before: readonly Deadline[],
  present: readonly Deadline[],
  now: string,
): Pick<Event, 'deadlines'> => {
  const set = present.filter(deadline => !before.some(other => isSame(deadline, other)))
  const lifted = before.filter(
    deadline => deadline.dueAt > now && !present.some(other => isSame(deadline, other)),
  )
  return set.length + lifted.length > 0 ? { deadlines: { set, lifted } } : {}
}

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

const isSame = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every(key => isSame(a[key as keyof typeof a], b[key as keyof typeof b]))
}
