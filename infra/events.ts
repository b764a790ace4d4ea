/**
 * Delivery of events: from the table's stream to the bus, and from there to the queue of each worker that subscribes.
 * Operators can add rules of their own to the bus.
 */
import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { EventBus, Rule, type RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { type EventType, eventSource } from '../shared/events/contract.ts'
import { eventEntity } from '../shared/persistence/contract.ts'
import { alarmPeriod } from './alarms.ts'
import { type FunctionProps, LambdaFunction } from './function.ts'
import { DeadLetterQueue } from './queue.ts'
import type { ReferralTable } from './table.ts'
import type { Worker } from './worker.ts'

interface EventsProps extends Pick<FunctionProps, 'alarms' | 'logLevel'> {
  readonly table: ReferralTable
}

const impact = 'partners and customers get no mail, and deadlines get no timers.'

export class Events extends Construct {
  readonly bus: EventBus

  constructor(scope: Construct, id: string, props: EventsProps) {
    super(scope, id)
    this.bus = new EventBus(this, 'Bus', { description: 'Events of Referral Center' })
    this.bus.archive('Archive', {
      description: 'For replays after a failure. The table keeps all events permanently.',
      retention: Duration.days(30),
      eventPattern: { account: [Stack.of(this).account] },
    })
    this.#publish(props)
  }

  /** Sends the events of these types to the queue of a worker. */
  deliver(types: EventType[], worker: Worker): void {
    const rule = new Rule(this, `To${worker.node.id}`, {
      eventBus: this.bus,
      description: `Events for ${worker.node.id}`,
      eventPattern: { source: [eventSource], detailType: types },
    })
    deliverTo(rule, worker)
  }

  #publish({ table, alarms, logLevel }: EventsProps): void {
    const publisher = new LambdaFunction(this, 'publish-events', {
      alarms,
      impact,
      logLevel,
      timeout: Duration.seconds(30),
      environment: { BUS_NAME: this.bus.eventBusName },
    })
    const deadLetters = new DeadLetterQueue(publisher, 'DeadLetters', { alarms, impact })
    Validations.of(deadLetters).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SQS3',
      reason:
        'It is the on-failure destination of the stream’s event source mapping, which cdk-nag does not recognize.',
    })
    publisher.allow(['events:PutEvents'], [this.bus.eventBusArn])
    // For the event source mapping, and for the function, which sends unreadable events there.
    publisher.allow(['sqs:SendMessage'], [deadLetters.queueArn])
    publisher.lambda.addEnvironment('DEAD_LETTERS_URL', deadLetters.queueUrl)
    publisher.allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      [table.streamArn],
    )
    new EventSourceMapping(publisher, 'Outbox', {
      target: publisher.lambda,
      eventSourceArn: table.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('INSERT'),
          dynamodb: { NewImage: { entity: { S: FilterRule.isEqual(eventEntity) } } },
        }),
      ],
      // PutEvents takes at most ten entries.
      batchSize: 10,
      // Lambda keeps the order per partition key, here of a partner or RFI, at any factor.
      parallelizationFactor: 4,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // Limits the age and not the attempts, so that an outage of the bus for some hours loses no event.
      maxRecordAge: Duration.hours(12),
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    })
    alarms.raise(publisher, 'Late', {
      metric: publisher.lambda.metric('IteratorAge', { period: alarmPeriod, statistic: 'Maximum' }),
      above: Duration.minutes(1).toMilliseconds(),
      impact: `Events wait for more than a minute: ${impact}`,
    })
  }
}

/**
 * Sends the events that a rule matches to the queue of a worker.
 * @param input the part of the event that is sent, if not all of it
 */
export const deliverTo = (rule: Rule, { work }: Worker, input?: RuleTargetInput): void => {
  const { queue, deadLetters } = work
  rule.addTarget({
    bind: () => ({
      arn: queue.queueArn,
      ...(input && { input }),
      deadLetterConfig: { arn: deadLetters.queueArn },
      retryPolicy: { maximumRetryAttempts: 185, maximumEventAgeInSeconds: Duration.hours(24).toSeconds() },
    }),
  })
  work.acceptFrom(new ServicePrincipal('events.amazonaws.com'), rule.ruleArn)
}
