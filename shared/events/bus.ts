/** The event bus, to which committed events are published. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { setting } from '../kernel/settings.ts'
import { timeouts } from '../kernel/timeouts.ts'
import { eventSource } from './contract.ts'
import type { StoredEvent } from './stored.ts'

const client = new EventBridgeClient({ requestHandler: timeouts })

/** EventBridge's limit on the entries of one PutEvents. */
export const publishLimit = 10

/** Returns the instant of an event; undefined if an event of an unknown type has none, and EventBridge then sets it. */
const timeOf = ({ at }: StoredEvent): Date | undefined => {
  const time = new Date(typeof at === 'string' ? at : Number.NaN)
  return Number.isNaN(time.getTime()) ? undefined : time
}

/** Publishes up to ten events. @returns the index of the first event that the bus rejected, or undefined */
export const publish = async (events: readonly StoredEvent[]): Promise<number | undefined> => {
  const Entries = events.map(event => ({
    EventBusName: setting('BUS_NAME'),
    Source: eventSource,
    DetailType: event.type,
    Time: timeOf(event),
    Detail: JSON.stringify(event),
  }))
  const { Entries: results = [] } = await client.send(new PutEventsCommand({ Entries }))
  const refused = results.findIndex(({ ErrorCode }) => ErrorCode)
  return refused < 0 ? undefined : refused
}
