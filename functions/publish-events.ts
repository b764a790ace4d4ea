/** Publishes committed events from the table's stream to the bus, in order. */
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import { checkEvent, publish, publishLimit } from '../shared/events/index.ts'
import { faultOf, logger } from '../shared/kernel/logger.ts'
import { sendToDeadLetters } from './queue/dead-letters.ts'

type Published = Parameters<typeof publish>[0][number]

interface StreamedEvent {
  readonly sequenceNumber: string
  readonly event: Published
}

/**
 * Publishes the events of a batch. It stops at the first event that the bus rejects, and Lambda delivers the batch again from
 * there. An event that cannot be read is sent to the dead-letter queue with its content, and the others are published.
 */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  let waiting: StreamedEvent[] = []
  for (const record of Records) {
    const entry = await entryOf(record)
    if (entry === 'stuck') {
      const refused = await firstRefused(waiting)
      return retryFrom(refused ?? sequenceNumberOf(record))
    }
    if (entry) waiting = [...waiting, entry]
    if (waiting.length < publishLimit) continue
    const refused = await firstRefused(waiting)
    if (refused !== undefined) return retryFrom(refused)
    waiting = []
  }
  const refused = await firstRefused(waiting)
  return refused === undefined ? { batchItemFailures: [] } : retryFrom(refused)
}

const retryFrom = (itemIdentifier: string): DynamoDBBatchResponse => ({
  batchItemFailures: [{ itemIdentifier }],
})

const sequenceNumberOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.SequenceNumber ?? ''

/** @returns undefined for an unreadable event that was sent to the dead-letter queue, `stuck` if that failed too */
const entryOf = async (record: DynamoDBRecord): Promise<StreamedEvent | 'stuck' | undefined> => {
  const { pk, sk, event } = unmarshall((record.dynamodb?.NewImage ?? {}) as Parameters<typeof unmarshall>[0])
  try {
    return { sequenceNumber: sequenceNumberOf(record), event: checkEvent(event) }
  } catch (error) {
    const fault = faultOf(error)
    logger.error('cannot read an event', { fault })
    try {
      await sendToDeadLetters(JSON.stringify({ pk, sk, event }), fault.message)
      return undefined
    } catch (failure) {
      logger.error('cannot send an unreadable event to the dead-letter queue', { fault: faultOf(failure) })
      return 'stuck'
    }
  }
}

/** Publishes up to ten events. @returns the sequence number of the first event that the bus rejected */
const firstRefused = async (entries: readonly StreamedEvent[]): Promise<string | undefined> => {
  if (entries.length === 0) return undefined
  try {
    const refused = await publish(entries.map(({ event }) => event))
    return refused === undefined ? undefined : entries[refused]?.sequenceNumber
  } catch (error) {
    logger.error('cannot publish events', { fault: faultOf(error) })
    return entries[0]?.sequenceNumber
  }
}
