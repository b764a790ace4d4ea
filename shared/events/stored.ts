/**
 * Reading of events. Stored and queued events outlive the code that wrote them, so they are read tolerantly: unknown
 * fields are dropped, fields that are younger than the event may be missing, and an unknown type is no error.
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

/** Data of `contact.failed` as the first version wrote it: it named one event, or none, in `about`. */
const firstContactFailure = z.looseObject({
  about: z.nullable(z.object({ referralId: storedReferralId, version: z.int() })),
})

/** Brings data of an earlier form to the present one. */
const upgrades: Readonly<Partial<Record<EventType, (data: unknown) => unknown>>> = {
  'contact.failed': data => {
    const first = firstContactFailure.safeParse(data)
    if (!first.success) return data
    const { about, ...rest } = first.data
    return { known: false, missed: about ? [about] : [], ...rest }
  },
}

const { to, ...mailed } = mailedItem.shape

/** A mail as it is stored, and as the timeline shows it. */
export const storedMailedItem = z.object({ ...mailed, to: z.object(to.shape) })

const withType = z.object({ type: z.string() })
const tolerantEnvelope = eventEnvelope(z.object, z.string())

/** The subject of an event, as mails about it store it. */
export const storedSubject = tolerantEnvelope.shape.subject

/** An event of a type that this version of the program does not know: it was written by a newer one. */
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

/** An event as it stands in the table, with all its fields, those that this version does not know included. */
export interface StoredEvent {
  readonly type: string
  /** An instant in events of known types. */
  readonly at?: unknown
}

/** EventBridge's limit on the characters of a detail type; it takes no empty one (API Reference, “PutEventsRequestEntry”). */
const longestType = 128

/**
 * Checks that an event can be read, and returns it as it is stored: a publisher passes on fields and types that only a
 * newer version knows.
 * @throws UnreadableEvent also for a type that the bus does not take
 */
export const checkEvent = (content: unknown): StoredEvent => {
  parseEvent(content)
  const event = content as StoredEvent
  if (event.type === '' || event.type.length > longestType)
    throw new UnreadableEvent([{ path: ['type'], code: 'invalid_format' }], content)
  return event
}

/** @throws UnreadableEvent */
export const parseEvent = (content: unknown): Event | UnknownEvent => {
  const typed = withType.safeParse(content)
  if (!typed.success) throw new UnreadableEvent(typed.error.issues, content)
  const { type } = typed.data
  // The type comes first: nothing is known about the other fields of an event that a newer version wrote.
  if (!isKnown(type)) return { unknownType: type }
  const outer = tolerantEnvelope.safeParse(content)
  if (!outer.success) throw new UnreadableEvent(outer.error.issues, content)
  requireSubject({ ...outer.data, type })
  const upgrade = upgrades[type] ?? (data => data)
  const inner = tolerantData[type].safeParse(upgrade(outer.data.data))
  if (inner.success) return { ...outer.data, data: inner.data } as Event
  throw new UnreadableEvent(inData(inner.error.issues), content)
}

/** Prefixes the paths of issues of an event's data, as they are in the event. */
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
