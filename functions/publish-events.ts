/** Publishes committed events from the table's stream to the bus, in order. */
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import { type BusEntry, busEntryOf, fitsInOneCall, publish } from '../shared/events/index.ts'
import { loggableError, logger } from '../shared/kernel/logger.ts'
import { sendToDeadLetters } from './queue/dead-letters.ts'

interface StreamedEvent extends BusEntry {
  readonly sequenceNumber: string
}

/**
 * Publishes the events of a batch. It stops at the first event that the bus rejects, and Lambda delivers the batch again from
 * there. An event that can never be published is sent to the dead-letter queue with its content, and the others are published.
 */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  let waiting: StreamedEvent[] = []
  for (const record of Records) {
    const event = await readRecord(record)
    if (event === 'stuck') {
      const refused = await firstRefused(waiting)
      return retryFrom(refused ?? sequenceNumberOf(record))
    }
    if (!event) continue
    if (!fitsInOneCall(waiting, event)) {
      const refused = await firstRefused(waiting)
      if (refused !== undefined) return retryFrom(refused)
      waiting = []
    }
    waiting = [...waiting, event]
  }
  const refused = await firstRefused(waiting)
  return refused === undefined ? { batchItemFailures: [] } : retryFrom(refused)
}

const retryFrom = (itemIdentifier: string): DynamoDBBatchResponse => ({
  batchItemFailures: [{ itemIdentifier }],
})

const sequenceNumberOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.SequenceNumber ?? ''

type Image = Parameters<typeof unmarshall>[0]

const imageOf = ({ dynamodb }: DynamoDBRecord): Image => (dynamodb?.NewImage ?? {}) as Image

/** @returns undefined for an unreadable event that was sent to the dead-letter queue, `stuck` if that failed too */
const readRecord = async (record: DynamoDBRecord): Promise<StreamedEvent | 'stuck' | undefined> => {
  try {
    const { event } = unmarshall(imageOf(record))
    return { ...busEntryOf(event), sequenceNumber: sequenceNumberOf(record) }
  } catch (error) {
    const readError = loggableError(error)
    logger.error('cannot read an event', { error: readError })
    try {
      await sendToDeadLetters(deadLetterOf(record), readError.message)
      return undefined
    } catch (failure) {
      logger.error('cannot send an unreadable event to the dead-letter queue', {
        error: loggableError(failure),
      })
      return 'stuck'
    }
  }
}

/** Below the limit of an SQS message, 256 KiB. Larger content stays in the table only, under the keys. */
const maxContentBytes = 250 * 1024

/** Keeps a number that JavaScript cannot hold exactly as text. */
const exactNumber = (text: string): number | string => (String(Number(text)) === text ? Number(text) : text)

/** Returns the keys and the content of an event that cannot be read. */
const deadLetterOf = (record: DynamoDBRecord): string => {
  const { pk, sk, event } = unmarshall(imageOf(record), { wrapNumbers: exactNumber })
  const letter = JSON.stringify({ pk, sk, event })
  return Buffer.byteLength(letter) < maxContentBytes ? letter : JSON.stringify({ pk, sk })
}

/** Publishes events that fit in one call. @returns the sequence number of the first event that the bus rejected */
const firstRefused = async (events: readonly StreamedEvent[]): Promise<string | undefined> => {
  if (events.length === 0) return undefined
  try {
    const refused = await publish(events)
    return refused === undefined ? undefined : events[refused]?.sequenceNumber
  } catch (error) {
    logger.error('cannot publish events', { error: loggableError(error) })
    return events[0]?.sequenceNumber
  }
}
