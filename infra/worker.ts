/**
 * A function with its own queue. A message that fails five times goes to the dead-letter queue. The function itself sends
 * messages there that it cannot read.
 */
import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { type FunctionName, type FunctionProps, LambdaFunction } from './function.ts'
import { WorkQueue } from './queue.ts'

interface WorkerProps extends Omit<FunctionProps, 'timeout'> {
  /** Maximum number of messages per invocation. Only those that fail are retried. */
  readonly batchSize: number
  /** Time to wait for more messages. AWS requires at least one second for batches of more than ten. */
  readonly batchingWindow?: Duration
  /** Maximum number of concurrent invocations, if a service that the worker calls has a limit. */
  readonly maxConcurrency?: number
}

const timeout = Duration.seconds(30)

export class Worker extends LambdaFunction {
  readonly work: WorkQueue

  constructor(
    scope: Construct,
    name: FunctionName,
    { batchSize, batchingWindow, maxConcurrency, ...props }: WorkerProps,
  ) {
    super(scope, name, { ...props, timeout })
    this.work = new WorkQueue(this, 'Work', { ...props, consumerTimeout: timeout })
    const { queueArn } = this.work.queue
    this.lambda.addEnvironment('DEAD_LETTERS_URL', this.work.deadLetters.queueUrl)
    this.allow(['sqs:SendMessage'], [this.work.deadLetters.queueArn])
    this.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [queueArn])
    new EventSourceMapping(this, 'Messages', {
      target: this.lambda,
      eventSourceArn: queueArn,
      batchSize,
      reportBatchItemFailures: true,
      ...(batchingWindow && { maxBatchingWindow: batchingWindow }),
      ...(maxConcurrency && { maxConcurrency }),
    })
  }
}
