/** Sends content that a function cannot read to its dead-letter queue, because retries would not make it readable. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { setting } from '../../shared/kernel/settings.ts'
import { timeouts } from '../../shared/kernel/timeouts.ts'
import { oneLine } from '../../shared/kernel/unreadable.ts'

const client = new SQSClient({ requestHandler: timeouts })

/**
 * Sends content to the function's dead-letter queue. SQS itself moves a message there only after `maxReceiveCount` receives,
 * and has no call to reject one earlier, so the consumer sends a copy and then acknowledges the original. The copy can be
 * redriven: StartMessageMoveTask works on every dead-letter queue of an SQS queue; its destination must be named, because the
 * copy has no queue of origin (Amazon SQS API Reference, “StartMessageMoveTask”).
 * @param fault description that names fields, and no values of the content
 */
export const sendToDeadLetters = async (body: string, fault: string): Promise<void> => {
  await client.send(
    new SendMessageCommand({
      QueueUrl: setting('DEAD_LETTERS_URL'),
      MessageBody: body,
      MessageAttributes: { FAULT: { DataType: 'String', StringValue: oneLine(fault).slice(0, 1000) } },
    }),
  )
}
