/** A worker that is woken again and again: a schedule fills its queue. */
import { Aws, type Duration, RemovalPolicy } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnSchedule, ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { WorkQueue } from './queue.ts'
import type { Worker } from './worker.ts'

interface TickProps {
  readonly worker: Worker
  readonly description: string
  readonly every: Duration
}

export class Tick extends Construct {
  constructor(scope: Construct, id: string, { worker, description, every }: TickProps) {
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
        roleArn: senderTo(this, 'Role', worker.work, group).roleArn,
        input: '{}',
        deadLetterConfig: { arn: deadLetters.queueArn },
        // A tick is worth nothing once the next one is there.
        retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: every.toSeconds() },
      },
    })
    // The group's name is a literal, which CloudFormation does not see as a reference.
    schedule.node.addDependency(group)
  }
}

/** A role that the schedules of one group alone may take, to fill one queue alone. */
export const senderTo = (
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
