/** Public face of events and their outbox: services and stores that other modules may use. */
export { type BusEntry, busEntryOf, fitsInOneCall, publish } from './bus.ts'
export type { CommandContext } from './command-context.ts'
export {
  appendEvent,
  eventSortKey,
  readDelivery,
  readEventIfPossible,
} from './store.ts'
export { storedMailedItem, storedSubject } from './stored.ts'
export { mailPartition, readTimeline } from './timeline.ts'
