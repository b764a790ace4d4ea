/** When events are committed: the table's stream brings them here, and they go on to the bus in their order. */
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import type { Event } from '../shared/events/contract.ts'
import { publish, publishLimit, readEvent } from '../shared/events/index.ts'
import { faultOf, logger } from '../shared/kernel/logger.ts'
import type { Item } from '../shared/persistence/index.ts'

/** Stops at the first event that cannot be read or that the bus does not take; Lambda brings the batch again from there. */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const events = readable(Records)
  const published = await publishInOrder(events)
  const stuck = Records[published]
  if (!stuck) return { batchItemFailures: [] }
  return { batchItemFailures: [{ itemIdentifier: stuck.dynamodb?.SequenceNumber ?? '' }] }
}

/** The events up to the first that cannot be read, so that no other waits for it. */
const readable = (records: readonly DynamoDBRecord[]): Event[] => {
  const events: Event[] = []
  try {
    for (const record of records) events.push(eventIn(record))
  } catch (error) {
    logger.error('an event cannot be read', { fault: faultOf(error) })
  }
  return events
}

const eventIn = ({ dynamodb }: DynamoDBRecord): Event =>
  readEvent(unmarshall((dynamodb?.NewImage ?? {}) as Parameters<typeof unmarshall>[0]) as Item)

/** How many events, from the first, the bus has taken. */
const publishInOrder = async (events: readonly Event[]): Promise<number> => {
  for (let start = 0; start < events.length; start += publishLimit) {
    const refused = await firstRefused(events.slice(start, start + publishLimit))
    if (refused !== undefined) return start + refused
  }
  return events.length
}

const firstRefused = async (events: readonly Event[]): Promise<number | undefined> => {
  try {
    return await publish(events)
  } catch (error) {
    logger.error('events were not published', { fault: faultOf(error) })
    return 0
  }
}
