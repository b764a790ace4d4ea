/** Events as the outbox of the table: written in the transaction of the change, and published from the table's stream. */

import * as z from 'zod/mini'
import { loggableError, logger } from '../kernel/logger.ts'
import { eventEntity } from '../persistence/contract.ts'
import type { Item, Write } from '../persistence/index.ts'
import { type Event, eventData, event as eventSchema, type TimelineItem } from './contract.ts'
import { inData, parseEvent, requireSubject, storedMailedItem, UnreadableEvent } from './stored.ts'

/**
 * Returns the sort key of an event. The version is padded with zeros, so that sort keys are in order of versions.
 * @param itemSortKey sort key of the item that the event is about
 */
export const eventSortKey = (itemSortKey: string, version: number): string =>
  `${eventPrefix(itemSortKey)}${String(version).padStart(8, '0')}`

/** Returns the sort key prefix of the events of the item with this sort key. */
export const eventPrefix = (itemSortKey: string): string => `${itemSortKey}#EVENT#`

/**
 * Returns the write of an event of the item at `pk`, `sk`. It fails if the version has an event already.
 * @throws UnreadableEvent for an event that does not match its entry in the catalogue
 */
export const appendEvent = (pk: string, sk: string, event: Event): Write => {
  requireCatalogued(event)
  return {
    put: { pk, sk: eventSortKey(sk, event.version), entity: eventEntity, event },
    when: { pk: 'absent' },
  }
}

const requireCatalogued = (event: Event): void => {
  const envelope = eventSchema.safeParse(event)
  if (!envelope.success) throw new UnreadableEvent(envelope.error.issues, event)
  requireSubject(event)
  const data = eventData[event.type].safeParse(event.data)
  if (!data.success) throw new UnreadableEvent(inData(data.error.issues), event)
}

/** Unknown types that this process has logged. Each is logged once, because a newer version can send thousands of events. */
const loggedTypes = new Set<string>()

/**
 * Reads the content of an event.
 * @returns undefined for a type that this version does not know; each such type is logged once
 * @throws UnreadableEvent
 */
const readEventContent = (content: unknown): Event | undefined => {
  const parsed = parseEvent(content)
  if (!('unknownType' in parsed)) return parsed
  if (!loggedTypes.has(parsed.unknownType))
    logger.warn('skipping events of an unknown type', { type: parsed.unknownType })
  loggedTypes.add(parsed.unknownType)
  return undefined
}

/** Reads an event's item; undefined for an unknown type. @throws UnreadableEvent */
export const readEvent = (item: Item): Event | undefined => readEventContent(item.event)

/** Reads an event's item for a list: one that cannot be read is logged and left out. */
export const readEventIfPossible = (item: Item): Event | undefined => {
  try {
    return readEvent(item)
  } catch (error) {
    logger.error('left an unreadable event out of a list', { error: loggableError(error) })
    return undefined
  }
}

/** The message that a rule of the bus puts into a queue. */
const delivery = z.looseObject({ detail: z.unknown() })

/**
 * Reads the event in a message from the bus.
 * @returns undefined for an unknown type
 * @throws UnreadableEvent; ZodError for a message of another form
 */
export const readDelivery = (body: unknown): Event | undefined =>
  readEventContent(delivery.parse(body).detail)

/**
 * Reads a row of a timeline: an event, or a mail, which is stored in the form in which the timeline shows it.
 * @returns undefined for a row that cannot be read, which is logged, and for an event of an unknown type
 */
export const readTimelineItem = (item: Item): TimelineItem | undefined => {
  if (item.timelineItem !== undefined) return readMailedItem(item)
  const event = readEventIfPossible(item)
  return event && timelineEvent(event)
}

const readMailedItem = (item: Item): TimelineItem | undefined => {
  const result = storedMailedItem.safeParse(item.timelineItem)
  if (result.success) return result.data
  logger.error('left an unreadable mail out of a timeline', { mail: `${item.pk} ${item.sk}` })
  return undefined
}

/** Leaves out the facts of the request, which are in the event for reputation; readers of a timeline have the referral. */
const timelineEvent = ({ at, actor, version, type, data }: Event): TimelineItem => {
  const { receivedAt: _receivedAt, tags: _tags, ...shown } = data as Record<string, unknown>
  return { type, at, actor, version, data: shown }
}
