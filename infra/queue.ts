/** Queues with the settings that all queues share: encrypted, TLS only, with dead letters and alarms. */
import { Duration } from 'aws-cdk-lib'
import { type IPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { type Alarms, alarmPeriod } from './alarms.ts'

interface QueueProps {
  readonly alarms: Alarms
  readonly impact: string
}

const safe = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true }

/** A dead-letter queue. Keeps messages for 14 days, the maximum of SQS, and raises an alarm as soon as it has one. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, { alarms, impact }: QueueProps) {
    super(scope, id, { ...safe, retentionPeriod: Duration.days(14) })
    alarms.raise(this, 'NotEmpty', {
      metric: this.metricApproximateNumberOfMessagesVisible({ period: alarmPeriod, statistic: 'Maximum' }),
      above: 0,
      impact: `Messages failed for good; check and redrive them: ${impact}`,
    })
  }
}

export class WorkQueue extends Construct {
  readonly queue: Queue
  /** Receives messages that failed five times, and those that a sender could not put into the queue. */
  readonly deadLetters: DeadLetterQueue

  /** @param props `consumerTimeout` is the timeout of the consumer. AWS recommends a visibility timeout of six times that. */
  constructor(scope: Construct, id: string, props: QueueProps & { readonly consumerTimeout: Duration }) {
    super(scope, id)
    this.deadLetters = new DeadLetterQueue(this, 'DeadLetters', props)
    this.queue = new Queue(this, 'Queue', {
      ...safe,
      visibilityTimeout: Duration.seconds(6 * props.consumerTimeout.toSeconds()),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 5 },
    })
    props.alarms.raise(this, 'Late', {
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: alarmPeriod }),
      above: Duration.minutes(15).toSeconds(),
      impact: `Messages wait for more than 15 minutes: ${props.impact}`,
    })
  }

  /** Allows an AWS service to send messages to the queue and, if that fails, to its dead-letter queue. */
  acceptFrom(sender: IPrincipal, sourceArn: string): void {
    for (const queue of [this.queue, this.deadLetters]) {
      queue.addToResourcePolicy(
        new PolicyStatement({
          principals: [sender],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': sourceArn } },
        }),
      )
    }
  }
}
