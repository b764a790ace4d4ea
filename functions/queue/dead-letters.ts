/** Dead letters that a function sends itself: content that it cannot read, and that no repeat would make readable. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { setting } from '../../shared/kernel/settings.ts'
import { timeouts } from '../../shared/kernel/timeouts.ts'
import { oneLine } from '../../shared/kernel/unreadable.ts'

const client = new SQSClient({ requestHandler: timeouts })

/**
 * Puts content into the function's dead-letter queue. SQS itself moves a message there only after `maxReceiveCount`
 * receives, and has no call to reject one earlier, so the consumer sends a copy and then acknowledges the original. The
 * copy can be moved back as any other: StartMessageMoveTask works on queues that are dead-letter queues of SQS queues,
 * and a destination is named for messages without a queue of origin (Amazon SQS API Reference, “StartMessageMoveTask”).
 * @param fault names fields, and holds no value of the content
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
