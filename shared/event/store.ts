/** Events as the outbox of the table: put in the transaction that they tell of, carried on by the table's stream. */

import type { Item, Write } from '../platform/item.ts'
import { eventEntity } from '../platform/schema.ts'
import { type Event, event as schema, type TimelineItem } from './contract.ts'

/** Zero-padded, so that sort keys sort as versions do. */
const eventKey = (ofItem: string, version: number) => `${ofItem}#EVENT#${String(version).padStart(8, '0')}`

/** The sort key prefix of the events of the item with this sort key. */
export const eventsOf = (ofItem: string): string => `${ofItem}#EVENT#`

/** The write of an event of the item at `pk`, `sk`. Two writers cannot both own a version. */
export const appendEvent = (pk: string, sk: string, event: Event): Write => ({
  put: { pk, sk: eventKey(sk, event.version), entity: eventEntity, event },
  when: { pk: 'absent' },
})

export const readEvent = (item: Item): Event => schema.parse(item.event) as Event

export const readTimelineItem = (item: Item): TimelineItem => {
  const { id: _id, subject: _subject, deadlines: _deadlines, ...shown } = readEvent(item)
  return shown
}
