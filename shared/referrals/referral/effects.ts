/** Effects of commands: the fields that each one changes, and the events that a decision appends. */
import type { Actor, Deadline, Event, EventType } from '../../events/contract.ts'
import { invalid, notFound, Problem } from '../../kernel/problem.ts'
import { after, wholeSecond } from '../../time/duration.ts'
import type { Closing, Colleague, Deal } from './contract.ts'
import { deadlines, firstNudge, nextNudge, reopenUntil } from './deadlines.ts'
import type { Command, CommandName, Referral } from './referral.ts'
import { isSame } from './repeat.ts'
import { isOverdue } from './status.ts'
import { allows, stateConflict, type Transition, transitions } from './transitions.ts'

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
  const { by, to, event }: Transition = transitions[command.name]
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
