/** Public face of events and their outbox: services and stores that other modules may use. */
export { publish, publishLimit } from './bus.ts'
export { appendEvent, eventSortKey, eventsOf, readEvent, readTimelineItem } from './store.ts'
