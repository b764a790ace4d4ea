/** Effects of commands: the fields that a command changes, and the events of a decision. */
import type { Actor, Deadline, Event, EventType } from '../../events/contract.ts'
import { DomainError, type Fault, notFound, requireNoFaults } from '../../kernel/errors.ts'
import { fault } from '../../kernel/faults.ts'
import { messages } from '../../kernel/messages.ts'
import { checkAll } from '../../kernel/partial-input.ts'
import { type RegionTime, tagsIn, universalTime } from '../../program/rules.ts'
import { dateIn } from '../../time/calendar.ts'
import { after } from '../../time/duration.ts'
import type { Instant } from '../../time/instant.ts'
import {
  type AcceptRequest,
  type CloseRequest,
  type Colleague,
  type Deal,
  type DealPatch,
  referralReasons,
} from './contract.ts'
import { deadlines, firstNudge, nextNudge, reopenedRespondBy, reopenUntil } from './deadlines.ts'
import type { Command, CommandName, Referral } from './referral.ts'
import { isOverdue, isPast } from './status.ts'
import { allows, stateConflict, type Transition, transitions } from './transitions.ts'

/** Fields that a command changes in addition to the status, and the data of its event. */
interface Effect<N extends CommandName> {
  readonly fields: Partial<Referral>
  readonly data: Event<(typeof transitions)[N]['event']>['data']
}

type EffectOf<N extends CommandName> = (
  referral: Referral,
  command: Command & { name: N },
  now: Instant,
  time: RegionTime,
) => Effect<N>

const effects: { readonly [N in CommandName]: EffectOf<N> } = {
  accept: (referral, { request, colleagues, acceptedBy = null }, now, time) => {
    const { name, estimatedValue, estimatedCloseDate, notes = null, crmId = null } = request
    const { estimated = 'given' } = request
    return {
      fields: {
        answeredAt: now,
        deal: { name, estimatedValue, estimatedCloseDate, estimated, notes, crmId },
        nudgeAt: firstNudge(referral, estimatedCloseDate, time),
        colleagues: [...referral.colleagues, ...colleagues],
        acceptedBy,
      },
      data: { estimatedValue, estimatedCloseDate, estimated, ...requestOf(referral) },
    }
  },
  decline: (referral, { request: { reason, notes = null }, neutral = false }, now) => ({
    fields: {
      answeredAt: now,
      closedAt: now,
      decline: { reason, notes, neutral },
      ...undoable(referral, earlier(undoEnd(referral, now), referral.respondBy), now),
    },
    data: { reason, neutral, ...requestOf(referral) },
  }),
  'show-contact': (_, __, now) => ({ fields: { contactShownAt: now }, data: {} }),
  'undo-decline': referral => ({
    fields: { ...notUndoable, ...restoredLinks(referral), answeredAt: null, closedAt: null, decline: null },
    data: undoneData(referral, 'declined', referral.decline?.reason ?? null),
  }),
  'undo-close': referral => ({
    fields: {
      ...notUndoable,
      ...restoredLinks(referral),
      closedAt: null,
      outcome: null,
      isWinTakenBack: false,
    },
    data: undoneData(referral, referral.status === 'won' ? 'won' : 'lost', referral.outcome?.reason ?? null),
  }),
  // Moves a nudge that was due while the referral was won: the partner could not heed it.
  resume: ({ nudgeAt, terms }, _, now, time) => ({
    fields: {
      ...notUndoable,
      closedAt: null,
      outcome: null,
      winDeniedAt: null,
      nudgeAt: nudgeAt !== null && isPast(nudgeAt, now) ? nextNudge(nudgeAt, terms, time, now) : nudgeAt,
    },
    data: {},
  }),
  extend: (referral, { request: { reason } }, now, time) => {
    const { respondBy: previously, extensions, extensionsLeft, terms } = referral
    const [span, ...left] = extensionsLeft
    if (!span) throw new Error('no extension left, expected at least one after the guard of extend')
    const { respondBy } = span
    const [remindAt = null, ...laterReminders] = span.reminders
    return {
      fields: {
        respondBy,
        remindAt,
        laterReminders,
        extensionsLeft: left,
        extensions: [...extensions, { at: now, reason, respondBy }],
        reopenUntil: reopenUntil(respondBy, terms, time),
      },
      data: { respondBy, previously },
    }
  },
  remind: ({ remindAt, laterReminders, respondBy, remindersSent }, _, now) => {
    const number = remindersSent + 1
    const reminders = remindAt ? [remindAt, ...laterReminders] : []
    const [next = null, ...rest] = reminders.filter(instant => instant > now)
    const due = reminders.filter(instant => instant <= now)
    return {
      fields: { remindAt: next, laterReminders: rest, remindersSent: number },
      data: { due, respondBy, number },
    }
  },
  expire: ({ respondBy }, { neutral = false }) => ({
    fields: { closedAt: respondBy, isExpiryNeutral: neutral },
    data: { respondBy, neutral },
  }),
  cool: ({ hotUntil }) => ({
    fields: { urgency: 'cooled' },
    data: { urgentUntil: (hotUntil ?? '') as Instant },
  }),
  // Removes reminders, extensions and the time for reopening, because a referral can be reopened only once.
  reopen: ({ respondBy: expiredAt, urgency, terms, isExpiryNeutral: neutral }, _, now, time) => {
    const respondBy = reopenedRespondBy(terms, time, now)
    if (!respondBy) throw new Error('no reopening in the terms, expected one after the guard of reopen')
    return {
      fields: {
        respondBy,
        remindAt: null,
        laterReminders: [],
        extensionsLeft: [],
        reopenUntil: null,
        closedAt: null,
        // The hot time ends at `respondBy` at the latest, even if its timer has not fired.
        urgency: urgency && 'cooled',
        reopened: { expiredAt, at: now },
        isExpiryNeutral: false,
      },
      data: { respondBy, expiredAt, neutral },
    }
  },
  nudge: ({ nudgeAt, nudgesSent, deal, terms }, _, now, time) => {
    const { estimatedCloseDate = '' } = deal ?? {}
    const sent = nudgesSent + 1
    const next = sent < terms.maxNudges ? nextNudge(nudgeAt ?? now, terms, time, now) : null
    return { fields: { nudgeAt: next, nudgesSent: sent }, data: { estimatedCloseDate } }
  },
  'edit-deal': (referral, { patch }, _, time) => {
    const { estimatedCloseDate: date } = patch
    const isMoved = date !== undefined && date !== referral.deal?.estimatedCloseDate
    const isEstimated = isOtherValue(patch.estimatedValue, referral.deal?.estimatedValue)
    return {
      fields: {
        deal: { ...referral.deal, ...patch, ...(isEstimated && { estimated: 'given' }) } as Deal,
        ...(isMoved && { nudgeAt: firstNudge(referral, date, time), nudgesSent: 0 }),
      },
      data: { changed: Object.keys(patch) },
    }
  },
  'add-colleague': (referral, { colleague }) => ({
    fields: { colleagues: [...referral.colleagues, colleague] },
    data: { contactId: colleague.id },
  }),
  'remove-colleague': ({ colleagues }, { colleagueId }) => {
    if (!colleagues.some(({ id }) => id === colleagueId)) throw notFound()
    return {
      fields: { colleagues: colleagues.filter(({ id }) => id !== colleagueId) },
      data: { contactId: colleagueId },
    }
  },
  win: (referral, { request }, now, time) => {
    const outcome = outcomeOf(request, now, time)
    const { value, closedOn } = outcome
    const takenBack = referral.customerChoice === 'other'
    return {
      fields: {
        closedAt: now,
        outcome,
        isWinTakenBack: takenBack,
        ...undoable(referral, undoEnd(referral, now), now),
      },
      data: { value, closedOn, takenBack, ...requestOf(referral) },
    }
  },
  lose: (referral, { request }, now, time) => {
    const outcome = outcomeOf(request, now, time)
    const { reason, value, closedOn } = outcome
    return {
      fields: { closedAt: now, outcome, ...undoable(referral, undoEnd(referral, now), now) },
      data: { reason: reason ?? '', value, closedOn, ...requestOf(referral) },
    }
  },
  withdraw: (referral, _, now) => ({
    fields: { closedAt: now },
    data: { accepted: isAccepted(referral), ...requestOf(referral) },
  }),
  supersede: (_, __, now) => ({ fields: { closedAt: now, customerChoice: 'other' }, data: {} }),
  // Removes the extensions, which are instants after the old deadline. The hot time goes on.
  reinstate: (referral, { span: { respondBy, reminders } }, now, time) => {
    const { urgency, hotUntil, terms, reopened } = referral
    const [remindAt = null, ...laterReminders] = reminders
    return {
      fields: {
        respondBy,
        remindAt,
        laterReminders,
        extensionsLeft: [],
        // A referral can be reopened only once.
        reopenUntil: reopened ? null : reopenUntil(respondBy, terms, time),
        closedAt: null,
        customerChoice: null,
        urgency: isPast(hotUntil, now) ? urgency && 'cooled' : urgency,
      },
      data: { respondBy },
    }
  },
  'note-choice': (referral, { choice }) => {
    const win = winChangeBy(choice, referral)
    const { wonAt, ...request } = wonData(referral)
    return {
      fields: { customerChoice: choice, ...(win && { isWinTakenBack: win === 'taken-back' }) },
      data: { choice, win, wonAt: win && wonAt, ...request },
    }
  },
  // A denied win is never taken back too: it would be subtracted twice.
  'deny-win': (referral, _, now) => ({
    fields: {
      winDeniedAt: now,
      isWinTakenBack: false,
      // The denial of a win that the customer had confirmed takes the choice back.
      customerChoice: referral.customerChoice === 'this' ? 'open' : referral.customerChoice,
      ...notUndoable,
    },
    data: { ...wonData(referral), takenBack: referral.isWinTakenBack },
  }),
  'confirm-win': referral => ({
    fields: { winDeniedAt: null, customerChoice: 'this' },
    data: wonData(referral),
  }),
}

/** Returns the effect of a choice on a reported win; null if there is none. A denial stays until the win is confirmed. */
const winChangeBy = (
  choice: NonNullable<Referral['customerChoice']>,
  { status, winDeniedAt, isWinTakenBack }: Referral,
): Event<'referral.choice-noted'>['data']['win'] => {
  const isTakenBack = choice === 'other'
  if (status !== 'won' || winDeniedAt !== null || isTakenBack === isWinTakenBack) return null
  return isTakenBack ? 'taken-back' : 'restored'
}

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b)

const undoEnd = ({ terms: { undoTime } }: Referral, now: Instant): Instant => after(now, undoTime)

/** Fields of an answer that can be undone until an instant. */
const undoable = ({ actedVersion }: Referral, undoUntil: Instant, now: Instant): Partial<Referral> =>
  undoUntil > now ? { undoUntil, actedBefore: actedVersion } : notUndoable

const notUndoable = { undoUntil: null, actedBefore: null } as const

/** Lets the links in earlier mails work again after an answer was undone. */
const restoredLinks = ({ actedBefore, actedVersion }: Referral): Partial<Referral> => ({
  actedVersion: actedBefore ?? actedVersion,
})

const undoneData = (
  referral: Referral,
  undone: Event<'referral.answer-undone'>['data']['undone'],
  reason: string | null,
): Event<'referral.answer-undone'>['data'] => ({
  undone,
  answeredAt: referral.closedAt ?? referral.updatedAt,
  reason,
  neutral: referral.decline?.neutral ?? false,
  takenBack: referral.isWinTakenBack,
  ...requestOf(referral),
})

const wonData = (referral: Referral) => ({
  wonAt: referral.closedAt ?? referral.updatedAt,
  ...requestOf(referral),
})

/** Tests for a referral that the partner has accepted, now or before it ended. */
export const isAccepted = ({ deal }: Pick<Referral, 'deal'>): boolean => deal !== null

/** Returns the data of a referral that counts for reputation. */
export const requestOf = ({ receivedAt, need }: Pick<Referral, 'receivedAt' | 'need'>) => ({
  receivedAt,
  tags: tagsIn(need),
})

/** Tests for a value of a patch that differs from the present one. A moved close date says nothing about the value. */
const isOtherValue = (value: DealPatch['estimatedValue'], present: Deal['estimatedValue'] | undefined) =>
  value !== undefined && (value.amount !== present?.amount || value.currency !== present.currency)

/** Adds hours to an instant and returns the UTC date of the result. */
const shiftedDate = (instant: Instant, hours: number): string =>
  new Date(Date.parse(instant) + hours * 3_600_000).toISOString().slice(0, 10)

/** Returns the earliest current date of all time zones (UTC-12). */
const earliestToday = (now: Instant): string => shiftedDate(now, -12)

/** Returns the latest current date of all time zones (UTC+14). */
const latestToday = (now: Instant): string => shiftedDate(now, 14)

/** Maximum number of years until an estimated close date. */
const maxYearsAhead = 100

/** Rejects a date that is in the past in every time zone, and a date that is too far in the future. */
const closeDateFaults = (actual: string, now: Instant): Fault[] => {
  const pointer = '/estimatedCloseDate'
  const earliest = earliestToday(now)
  const latest = `${Number(now.slice(0, 4)) + maxYearsAhead}-12-31`
  if (actual < earliest) return [fault('in-the-past', pointer, { actual, earliest })]
  return actual > latest ? [fault('too-late', pointer, { actual, latest })] : []
}

/** Rejects a closing date that is in the future in every time zone. */
export const closedInFutureFaults = ({ closedOn: actual }: CloseRequest, now: Instant): Fault[] => {
  const latest = latestToday(now)
  return actual !== undefined && actual > latest
    ? [fault('in-the-future', '/closedOn', { actual, latest })]
    : []
}

/** Rejects a closing date in the future or before the receipt of the referral. */
const closingFaults = ({ receivedAt }: Referral, request: CloseRequest, now: Instant): Fault[] => {
  const { closedOn: actual = latestToday(now) } = request
  const earliest = earliestToday(receivedAt)
  return actual < earliest
    ? [fault('too-early', '/closedOn', { actual, earliest })]
    : closedInFutureFaults(request, now)
}

/** A deal without closing date was closed today, in the zone of the region. */
const outcomeOf = (request: CloseRequest, now: Instant, { zone }: RegionTime) => {
  const { result, notes = null, value = null, closedOn = dateIn(zone, now) } = request
  return { result, reason: request.result === 'lost' ? request.reason : null, notes, value, closedOn }
}

/** Maximum number of colleagues of a referral, as in Microsoft Partner Center. */
const maxColleagues = 50

/** Rejects more colleagues than a referral can have. */
const colleagueFaults = ({ colleagues }: Referral, added: number, pointer: string): Fault[] => {
  const actual = colleagues.length + added
  return actual > maxColleagues ? [fault('too-many', pointer, { actual, maximum: maxColleagues })] : []
}

/** Rejects another person with the address of a colleague. The same person again is a repeat, and changes nothing. */
const sameAddressFaults = ({ colleagues }: Referral, { id: _, ...added }: Colleague): Fault[] => {
  const value = added.email
  const isTaken = colleagues.some(
    ({ email, firstName, lastName, phone }) =>
      email.toLowerCase() === value.toLowerCase() &&
      !(firstName === added.firstName && lastName === added.lastName && phone === added.phone),
  )
  return isTaken ? [fault('repeated', '/email', { value })] : []
}

/** Returns the faults of an acceptance that do not depend on the referral. Invalid parts can be holes. */
export const acceptanceFaults = (request: AcceptRequest, now: Instant): Fault[] =>
  checkAll(() => closeDateFaults(request.estimatedCloseDate, now))

/** Returns the faults of a command for a referral. */
export const commandFaults = (referral: Referral, command: Command, now: Instant): Fault[] => {
  if (command.name === 'accept')
    return [
      ...acceptanceFaults(command.request, now),
      ...colleagueFaults(referral, command.colleagues.length, '/colleagues'),
    ]
  if (command.name === 'add-colleague')
    return [...colleagueFaults(referral, 1, ''), ...sameAddressFaults(referral, command.colleague)]
  if (command.name === 'win' || command.name === 'lose') return closingFaults(referral, command.request, now)
  if (command.name !== 'edit-deal') return []
  const { estimatedCloseDate: date } = command.patch
  // The stored date is accepted again, even if it has passed.
  return date === undefined || date === referral.deal?.estimatedCloseDate ? [] : closeDateFaults(date, now)
}

const reason = messages(referralReasons)

export interface Decision {
  readonly next: Referral
  /** Events in order. If the timer of the expiry is late, the expiry comes before the event of the command. */
  readonly events: readonly Event[]
}

/**
 * Applies a command to a referral.
 * @param time local time and working time of the referral's region. Commands that set no instant for people need none
 * @throws DomainError forbidden if the actor may not execute the command; state-conflict if it is not allowed now;
 * invalid-request, not-found for its content
 */
export const decide = (
  referral: Referral,
  command: Command,
  actor: Actor,
  now: Instant,
  time: RegionTime = universalTime,
): Decision => {
  const { by, to, endsLinks, event }: Transition = transitions[command.name]
  if (!by.includes(actor.kind))
    throw new DomainError(
      'forbidden',
      {},
      reason('not-your-command', { command: command.name, actor: actor.kind, expected: by }),
    )
  if (!allows(command.name, referral, now)) throw stateConflict(command.name, referral, actor.kind, now)
  const { next: present, events } =
    to === 'expired' ? { next: referral, events: [] } : withLateExpiry(referral, command, now)
  requireNoFaults(commandFaults(present, command, now))
  const effect = effects[command.name] as EffectOf<CommandName>
  const { fields, data } = effect(present, command, now, time)
  const version = present.version + 1
  const next: Referral = {
    ...present,
    ...fields,
    status: to === 'same' ? present.status : to,
    version,
    actedVersion: endsLinks ? version : (fields.actedVersion ?? present.actedVersion),
    updatedAt: now,
  }
  return { next, events: [...events, referralEvent(next, event, actor, data, now, present)] }
}

/** Applies `expire` to an overdue referral whose timer has not fired yet. */
const withLateExpiry = (referral: Referral, command: Command, now: Instant): Decision => {
  if (!isOverdue(referral, now)) return { next: referral, events: [] }
  const neutral = command.name === 'reopen' ? command.neutral : undefined
  return decide(referral, { name: 'expire', neutral }, { kind: 'timer' }, now)
}

/** @param before the referral before the event; undefined for its first one */
export const referralEvent = (
  referral: Referral,
  type: EventType,
  actor: Actor,
  data: Event['data'],
  at: Instant,
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

const isSameDeadline = (a: Deadline, b: Deadline): boolean => a.kind === b.kind && a.dueAt === b.dueAt

/** Returns new and removed deadlines. A past deadline is not removed, because its timer has fired. */
const changedDeadlines = (
  before: readonly Deadline[],
  present: readonly Deadline[],
  now: Instant,
): Pick<Event, 'deadlines'> => {
  const isIn = (list: readonly Deadline[], deadline: Deadline) =>
    list.some(other => isSameDeadline(deadline, other))
  const set = present.filter(deadline => !isIn(before, deadline))
  const lifted = before.filter(deadline => deadline.dueAt > now && !isIn(present, deadline))
  return set.length + lifted.length > 0 ? { deadlines: { set, lifted } } : {}
}
