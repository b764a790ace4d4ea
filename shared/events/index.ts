/** Public interface of the module: services and stores of events and their outbox. */
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
