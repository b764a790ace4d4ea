/** When events are committed: the table's stream brings them here, and they go on to the bus in their order. */
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import { publish, publishLimit } from '../shared/event/bus.ts'
import { readEvent } from '../shared/event/store.ts'
import { faultOf, logger } from '../shared/platform/logger.ts'
import type { Item } from '../shared/platform/table.ts'

/** Stops at the first event that the bus does not take; Lambda brings the batch again from there. */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  for (let start = 0; start < Records.length; start += publishLimit) {
    const chunk = Records.slice(start, start + publishLimit)
    const failed = await firstFailure(chunk)
    const record = failed === undefined ? undefined : chunk[failed]
    if (record) return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] }
  }
  return { batchItemFailures: [] }
}

const firstFailure = async (records: readonly DynamoDBRecord[]): Promise<number | undefined> => {
  try {
    return await publish(records.map(eventIn))
  } catch (error) {
    logger.error('events were not published', { fault: faultOf(error) })
    return 0
  }
}

const eventIn = ({ dynamodb }: DynamoDBRecord) =>
  readEvent(unmarshall((dynamodb?.NewImage ?? {}) as Parameters<typeof unmarshall>[0]) as Item)
