/** Queues of the house: encrypted, TLS only, and nothing is dropped unseen. */
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

/** Keeps what could not be done for 14 days, the most that SQS keeps, and says so at once. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string, { alarms, impact }: QueueProps) {
    super(scope, id, { ...safe, retentionPeriod: Duration.days(14) })
    alarms.raise(this, 'NotEmpty', {
      metric: this.metricApproximateNumberOfMessagesVisible({ period: alarmPeriod, statistic: 'Maximum' }),
      above: 0,
      impact: `Given up on, to be looked at and redriven: ${impact}`,
    })
  }
}

export class WorkQueue extends Construct {
  readonly queue: Queue
  /** Takes what the consumer gave up on, and what a sender could not put into the queue. */
  readonly deadLetters: DeadLetterQueue

  /** `consumerTimeout`: of the function that reads it; AWS advises a visibility of six times that. */
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
      impact: `Waiting for more than 15 minutes: ${props.impact}`,
    })
  }

  /** Lets a service of AWS put messages into the queue and, when it cannot, among its dead letters. */
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
