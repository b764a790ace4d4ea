/** The event bus, to which committed events are published. */
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { setting } from '../kernel/settings.ts'
import { timeouts } from '../kernel/timeouts.ts'
import { eventSource } from './contract.ts'
import { checkEvent, type StoredEvent, UnreadableEvent } from './stored.ts'

const client = new EventBridgeClient({ requestHandler: timeouts })

/** Limit on the entries of one PutEvents. */
const maxEntries = 10
/** The entries of one PutEvents must be smaller than this. EventBridge User Guide, “Calculating PutEvents event entry size”. */
const maxBytes = 256 * 1024
/** Size of the parameter Time, as EventBridge counts it. */
const timeBytes = 14

/** An event as EventBridge takes it, with its size in bytes as EventBridge counts it. */
export interface BusEntry {
  readonly entry: PutEventsRequestEntry
  readonly bytes: number
}

/**
 * Converts the content of a stored event to an entry of the bus.
 * @throws UnreadableEvent also for an event that EventBridge would refuse on each attempt because of its size
 */
export const busEntryOf = (content: unknown): BusEntry => {
  const event = checkEvent(content)
  const entry = {
    EventBusName: setting('BUS_NAME'),
    Source: eventSource,
    DetailType: event.type,
    Time: timeOf(event),
    Detail: JSON.stringify(event),
  }
  const texts = [entry.Source, entry.DetailType, entry.Detail]
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), timeBytes)
  if (bytes >= maxBytes) throw new UnreadableEvent([{ path: [], code: 'too_big' }], content)
  return { entry, bytes }
}

/** Returns the instant of an event; undefined if an event of an unknown type has none, and EventBridge then sets it. */
const timeOf = ({ at }: StoredEvent): Date | undefined => {
  const time = new Date(typeof at === 'string' ? at : Number.NaN)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** Tests whether one PutEvents can have these entries and one more. */
export const fitsInOneCall = (entries: readonly BusEntry[], { bytes }: BusEntry): boolean =>
  entries.length < maxEntries && entries.reduce((sum, entry) => sum + entry.bytes, bytes) < maxBytes

/** Publishes entries that fit in one call. @returns the index of the first entry that the bus rejected, or undefined */
export const publish = async (entries: readonly BusEntry[]): Promise<number | undefined> => {
  const { Entries: results = [] } = await client.send(
    new PutEventsCommand({ Entries: entries.map(({ entry }) => entry) }),
  )
  const refused = results.findIndex(({ ErrorCode }) => ErrorCode)
  return refused < 0 ? undefined : refused
}
