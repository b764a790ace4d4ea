/**
 * Reads events, which can be older or newer than the running code. Unknown fields are dropped, fields that an older event
 * lacks may be missing, and an unknown type is no error.
 */
import * as z from 'zod/mini'
import { storedReferralId } from '../kernel/ids.ts'
import { Unreadable } from '../kernel/unreadable.ts'
import {
  type Event,
  type EventType,
  eventDataSchemas,
  eventEnvelope,
  eventTypes,
  mailedItem,
  missingSubject,
} from './contract.ts'

const tolerantData = eventDataSchemas(z.object, z.optional)

/** Data of `contact.failed` in the first version of the program: at most one event, in `about`. */
const contactFailureV1 = z.looseObject({
  about: z.nullable(z.object({ referralId: storedReferralId, version: z.int() })),
})

/** Functions that convert the data of older events to the current format, by event type. */
const upgrades: Readonly<Partial<Record<EventType, (data: unknown) => unknown>>> = {
  'contact.failed': data => {
    const first = contactFailureV1.safeParse(data)
    if (!first.success) return data
    const { about, ...rest } = first.data
    return { known: false, missed: about ? [about] : [], ...rest }
  },
}

const { to, ...mailed } = mailedItem.shape

/** Stored form of a mail in a timeline. */
export const storedMailedItem = z.object({ ...mailed, to: z.object(to.shape) })

const withType = z.object({ type: z.string() })
const tolerantEnvelope = eventEnvelope(z.object, z.string())

/** Subject of an event, as it is stored with the mails about this event. */
export const storedSubject = tolerantEnvelope.shape.subject

/** An event of an unknown type, which a newer version of the program wrote. */
export interface UnknownEvent {
  readonly unknownType: string
}

type Issue = Pick<z.core.$ZodIssue, 'path' | 'code'>

/** An event of a known type with wrong data, or something that is no event. The message names fields and no values. */
export class UnreadableEvent extends Unreadable {
  constructor(issues: readonly Issue[], content: unknown) {
    const { id, type } = (content ?? {}) as { id?: unknown; type?: unknown }
    super(`the event${named('', id)}${named('of type ', type)}`, issues)
    this.name = 'UnreadableEvent'
  }
}

/** Returns a part of the event's name; empty if the event lacks it. */
const named = (words: string, value: unknown): string =>
  typeof value === 'string' && value !== '' ? ` ${words}${value.slice(0, 100)}` : ''

/** An event as it is stored, with all its fields, including those that this version of the program does not know. */
export interface StoredEvent {
  readonly type: string
  /** An instant in events of known types. */
  readonly at?: unknown
}

/** Maximum length of a detail type in EventBridge, which must not be empty (API Reference, “PutEventsRequestEntry”). */
const maxTypeLength = 128

/**
 * Checks that an event can be read, and returns it unchanged, so that fields and types of a newer version are published too.
 * @throws UnreadableEvent also for a type that EventBridge does not accept
 */
export const checkEvent = (content: unknown): StoredEvent => {
  parseEvent(content)
  const event = content as StoredEvent
  if (event.type === '' || event.type.length > maxTypeLength)
    throw new UnreadableEvent([{ path: ['type'], code: 'invalid_format' }], content)
  return event
}

/** @throws UnreadableEvent */
export const parseEvent = (content: unknown): Event | UnknownEvent => {
  const typed = withType.safeParse(content)
  if (!typed.success) throw new UnreadableEvent(typed.error.issues, content)
  const { type } = typed.data
  // Events of an unknown type are not checked further: a newer version may have other fields.
  if (!isKnown(type)) return { unknownType: type }
  const outer = tolerantEnvelope.safeParse(content)
  if (!outer.success) throw new UnreadableEvent(outer.error.issues, content)
  requireSubject({ ...outer.data, type })
  const upgrade = upgrades[type] ?? (data => data)
  const inner = tolerantData[type].safeParse(upgrade(outer.data.data))
  if (inner.success) return { ...outer.data, data: inner.data } as Event
  throw new UnreadableEvent(inData(inner.error.issues), content)
}

/** Converts paths in an event's data to paths in the event. */
export const inData = (issues: readonly Issue[]): Issue[] =>
  issues.map(({ path, code }) => ({ path: ['data', ...path], code }))

/** @throws UnreadableEvent for an event without the subject that its type requires */
export const requireSubject = (event: Pick<Event, 'id' | 'type' | 'subject'>): void => {
  const missing = missingSubject(event.type, event.subject)
  if (missing.length === 0) return
  throw new UnreadableEvent(
    missing.map(part => ({ path: ['subject', part], code: 'invalid_type' })),
    event,
  )
}

const isKnown = (type: string): type is EventType => (eventTypes as readonly string[]).includes(type)
