/**
 * A function behind its own queue. A message is tried five times and then kept as a dead letter; one that cannot be read is
 * put there by the function itself.
 */
import { Duration } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { type FunctionName, type FunctionProps, LambdaFunction } from './function.ts'
import { WorkQueue } from './queue.ts'

interface WorkerProps extends Omit<FunctionProps, 'timeout'> {
  /** Messages that one invocation takes; those that fail alone are retried alone. */
  readonly batchSize: number
  /** Time to wait for more messages of a batch; AWS requires at least a second for batches of more than ten. */
  readonly batchingWindow?: Duration
  /** Invocations at once, where what stands behind the worker bears only so many. */
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
