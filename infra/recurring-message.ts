/** A recurring schedule that sends a message to the queue of a worker. */
import { Aws, type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule, ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { WorkQueue } from './queue.ts'
import type { Worker } from './worker.ts'

interface RecurringMessageProps {
  readonly worker: Worker
  readonly description: string
  readonly every: Duration
}

export class RecurringMessage extends Construct {
  constructor(scope: Construct, id: string, { worker, description, every }: RecurringMessageProps) {
    super(scope, id)
    const group = new ScheduleGroup(this, 'Group', { removalPolicy: RemovalPolicy.DESTROY })
    const { queue, deadLetters } = worker.work
    const schedule = new CfnSchedule(this, 'Schedule', {
      description,
      groupName: group.scheduleGroupName,
      scheduleExpression: `rate(${every.toMinutes()} minutes)`,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: queue.queueArn,
        roleArn: schedulerRoleFor(this, 'Role', worker.work, group).roleArn,
        input: '{}',
        deadLetterConfig: { arn: deadLetters.queueArn },
        // A message is obsolete when the next one is sent.
        retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: every.toSeconds() },
      },
    })
    // The group's name is a literal, from which CloudFormation cannot derive the dependency.
    schedule.node.addDependency(group)
  }
}

/** Creates a role that only schedules of the group can assume. It can send only to the queue and its dead-letter queue. */
export const schedulerRoleFor = (
  scope: Construct,
  id: string,
  { queue, deadLetters }: WorkQueue,
  group: ScheduleGroup,
): Role => {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnEquals: { 'aws:SourceArn': group.scheduleGroupArn },
      },
    }),
  })
  role.addToPolicy(
    new PolicyStatement({
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn, deadLetters.queueArn],
    }),
  )
  return role
}
