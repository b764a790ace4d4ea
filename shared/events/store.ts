/** Events as the outbox of the table: put in the transaction that they tell of, carried on by the table's stream. */

import { eventEntity } from '../persistence/contract.ts'
import type { Item, Write } from '../persistence/index.ts'
import { type Event, event as schema, type TimelineItem } from './contract.ts'

/** The sort key of an event of the item with this sort key. Zero-padded, so that sort keys sort as versions do. */
export const eventSortKey = (ofItem: string, version: number): string =>
  `${eventsOf(ofItem)}${String(version).padStart(8, '0')}`

/** The sort key prefix of the events of the item with this sort key. */
export const eventsOf = (ofItem: string): string => `${ofItem}#EVENT#`

/** The write of an event of the item at `pk`, `sk`. Two writers cannot both own a version. */
export const appendEvent = (pk: string, sk: string, event: Event): Write => ({
  put: { pk, sk: eventSortKey(sk, event.version), entity: eventEntity, event },
  when: { pk: 'absent' },
})

export const readEvent = (item: Item): Event => schema.parse(item.event) as Event

/** Behind an event stand the mails that told of it, which say themselves what the timeline shows. */
export const readTimelineItem = (item: Item): TimelineItem => {
  if (item.timelineItem) return item.timelineItem as TimelineItem
  const { id: _id, subject: _subject, deadlines: _deadlines, ...shown } = readEvent(item)
  return shown
}
