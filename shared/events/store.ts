/** Events as the outbox of the table: put in the transaction that they tell of, carried on by the table's stream. */

import * as z from 'zod/mini'
import { faultOf, logger } from '../kernel/logger.ts'
import { eventEntity } from '../persistence/contract.ts'
import type { Item, Write } from '../persistence/index.ts'
import { type Event, eventData, event as eventSchema, type TimelineItem } from './contract.ts'
import { inData, parseEvent, requireSubject, storedMailedItem, UnreadableEvent } from './stored.ts'

/** The sort key of an event of the item with this sort key. Zero-padded, so that sort keys sort as versions do. */
export const eventSortKey = (ofItem: string, version: number): string =>
  `${eventsOf(ofItem)}${String(version).padStart(8, '0')}`

/** The sort key prefix of the events of the item with this sort key. */
export const eventsOf = (ofItem: string): string => `${ofItem}#EVENT#`

/**
 * The write of an event of the item at `pk`, `sk`. Two writers cannot both own a version.
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

/** Types that were logged by this function already: a newer version's events come by the thousand. */
const loggedTypes = new Set<string>()

/**
 * Reads the content of an event.
 * @returns undefined for a type that this version does not know; each such type is logged once
 * @throws UnreadableEvent
 */
const readEventContent = (content: unknown): Event | undefined => {
  const found = parseEvent(content)
  if (!('unknownType' in found)) return found
  if (!loggedTypes.has(found.unknownType))
    logger.warn('events of an unknown type are skipped', { type: found.unknownType })
  loggedTypes.add(found.unknownType)
  return undefined
}

/** Reads an event's item; undefined for an unknown type. @throws UnreadableEvent */
export const readEvent = (item: Item): Event | undefined => readEventContent(item.event)

/** Reads an event's item for a list: one that cannot be read is logged and left out. */
export const readEventIfPossible = (item: Item): Event | undefined => {
  try {
    return readEvent(item)
  } catch (error) {
    logger.error('an event is left out', { fault: faultOf(error) })
    return undefined
  }
}

/** The message that a rule of the bus puts into a queue. */
const delivery = z.looseObject({ detail: z.unknown() })

/** Reads the event that the bus delivered; undefined for an unknown type. @throws UnreadableEvent; ZodError for no delivery */
export const readDelivery = (body: unknown): Event | undefined =>
  readEventContent(delivery.parse(body).detail)

/**
 * Reads a row of a timeline: an event, or a mail, which is stored as the timeline shows it.
 * @returns undefined for an event that is left out, because it cannot be read or its type is unknown
 */
export const readTimelineItem = (item: Item): TimelineItem | undefined => {
  if (item.timelineItem !== undefined) return readMailedItem(item)
  const event = readEventIfPossible(item)
  return event && shownEvent(event)
}

const readMailedItem = (item: Item): TimelineItem | undefined => {
  const found = storedMailedItem.safeParse(item.timelineItem)
  if (found.success) return found.data
  logger.error('a mail is left out of a timeline', { mail: `${item.pk} ${item.sk}` })
  return undefined
}

/** The facts that reputation learns from stand in the referral already, and its timeline does not repeat them. */
const shownEvent = ({ at, actor, version, type, data }: Event): TimelineItem => {
  const { receivedAt: _receivedAt, tags: _tags, ...shown } = data as Record<string, unknown>
  return { type, at, actor, version, data: shown }
}
