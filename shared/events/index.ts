/** Public face of events and their outbox: services and stores that other modules may use. */
export { publish, publishLimit } from './bus.ts'
export {
  appendEvent,
  eventSortKey,
  eventsOf,
  readDelivery,
  readEventIfPossible,
  readTimelineItem,
} from './store.ts'
export { checkEvent } from './stored.ts'
