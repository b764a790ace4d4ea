/** Publishes committed events: the table's stream brings them here, and they go on to the bus in their order. */
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
 * Publishes the events of a batch. It stops at the first that the bus does not take, and Lambda brings the batch again from
 * there. An event that cannot be read goes to the dead letters with its content, and the others go on.
 */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  let waiting: StreamedEvent[] = []
  for (const record of Records) {
    const entry = await entryOf(record)
    if (entry === 'stuck') {
      const refused = await firstRefused(waiting)
      return again(refused ?? sequenceNumberOf(record))
    }
    if (entry) waiting = [...waiting, entry]
    if (waiting.length < publishLimit) continue
    const refused = await firstRefused(waiting)
    if (refused !== undefined) return again(refused)
    waiting = []
  }
  const refused = await firstRefused(waiting)
  return refused === undefined ? { batchItemFailures: [] } : again(refused)
}

const again = (itemIdentifier: string): DynamoDBBatchResponse => ({ batchItemFailures: [{ itemIdentifier }] })

const sequenceNumberOf = ({ dynamodb }: DynamoDBRecord): string => dynamodb?.SequenceNumber ?? ''

/** @returns undefined for an event that was put aside; `stuck` for one that could be neither read nor put aside */
const entryOf = async (record: DynamoDBRecord): Promise<StreamedEvent | 'stuck' | undefined> => {
  const { pk, sk, event } = unmarshall((record.dynamodb?.NewImage ?? {}) as Parameters<typeof unmarshall>[0])
  try {
    return { sequenceNumber: sequenceNumberOf(record), event: checkEvent(event) }
  } catch (error) {
    const fault = faultOf(error)
    logger.error('an event cannot be read', { fault })
    try {
      await sendToDeadLetters(JSON.stringify({ pk, sk, event }), fault.message)
      return undefined
    } catch (failure) {
      logger.error('an event could not be put aside', { fault: faultOf(failure) })
      return 'stuck'
    }
  }
}

/** Publishes up to ten events. @returns the sequence number of the first that the bus did not take */
const firstRefused = async (entries: readonly StreamedEvent[]): Promise<string | undefined> => {
  if (entries.length === 0) return undefined
  try {
    const refused = await publish(entries.map(({ event }) => event))
    return refused === undefined ? undefined : entries[refused]?.sequenceNumber
  } catch (error) {
    logger.error('events were not published', { fault: faultOf(error) })
    return entries[0]?.sequenceNumber
  }
}
