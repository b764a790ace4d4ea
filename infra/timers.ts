/**
 * Timers of deadlines. The function arm-timers creates one schedule for each deadline of a referral. The schedule sends a
 * message to the timers queue. Every 15 minutes, the sweeper executes the commands of missed deadlines and creates missing
 * schedules.
 *
 * Schedules send to queues and not to functions: EventBridge Scheduler invokes functions asynchronously and does not notice
 * when they fail.
 */
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { Role } from 'aws-cdk-lib/aws-iam'
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { timedEvents } from '../shared/referrals/contract.ts'
import { type Alarms, alarmPeriod } from './alarms.ts'
import type { Events } from './events.ts'
import type { FunctionProps } from './function.ts'
import type { WorkQueue } from './queue.ts'
import { RecurringMessage, schedulerRoleFor } from './recurring-message.ts'
import type { ItemRights, ReferralTable } from './table.ts'
import { Worker } from './worker.ts'

interface TimersProps extends Pick<FunctionProps, 'alarms' | 'logLevel'> {
  readonly table: ReferralTable
  readonly events: Events
}

/** Metrics of the sweeper that should be 0, with the impact if they are not. */
const sweepMetrics = {
  OverdueFound: 'Timers were lost: the sweeper found missed deadlines and executed their commands late.',
  SweepUnfinished: 'The sweep runs out of time: if timers are lost, their commands are executed even later.',
  TimersRearmed:
    'Timers were lost: the sweeper created them again before their deadlines. No user is affected yet.',
}

/** The target of the timers' schedules: a queue, and the role that may send to it. */
interface SchedulerTarget {
  readonly timers: WorkQueue
  readonly role: Role
}

/**
 * Rights for an expiry: it reads the other referrals of the RFI, and can check that the RFI has not changed. A nudge reads the
 * policy, too.
 */
const expiryRights = {
  batchGet: ['referrals', 'program'],
  check: ['rfi'],
} as const satisfies ItemRights

export class Timers extends Construct {
  /** Only for timers of referrals, so that the functions that may delete them cannot delete the sweeper's schedule. */
  readonly #group: ScheduleGroup

  constructor(scope: Construct, id: string, props: TimersProps) {
    super(scope, id)
    this.#group = new ScheduleGroup(this, 'Schedules', {
      // Can be deleted with the stack: after a new deployment, the sweeper finds overdue deadlines.
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.#addAlarms(props.alarms)
    const timers = this.#addTimerWorker(props).work
    const target = { timers, role: schedulerRoleFor(this, 'TimerRole', timers, this.#group) }
    this.#addArmingWorker(props, target)
    this.#addSweeper(props, target)
  }

  #addTimerWorker({ table, ...props }: TimersProps): Worker {
    const worker = new Worker(this, 'on-timer', {
      ...props,
      impact: 'expiries, ends of hot time and reminders are late, until the sweeper finds them.',
      environment: { TABLE_NAME: table.tableName },
      batchSize: 10,
    })
    table.allowItems(worker, { ...expiryRights, get: ['rfi', 'referrals'], put: ['referrals'] })
    return worker
  }

  #addArmingWorker({ events, table, ...props }: TimersProps, target: SchedulerTarget): void {
    const worker = new Worker(this, 'arm-timers', {
      ...props,
      impact: 'deadlines have no timer until the sweeper creates it, 20 to 35 minutes before they are due.',
      environment: { TABLE_NAME: table.tableName, ...this.#schedulingEnvironment(target) },
      batchSize: 10,
    })
    table.allowItems(worker, { get: ['referrals'] })
    this.#grantScheduling(worker, target)
    events.deliver(timedEvents, worker)
  }

  #schedulingEnvironment({ timers, role }: SchedulerTarget): Record<string, string> {
    return {
      TIMERS_QUEUE_ARN: timers.queue.queueArn,
      TIMERS_QUEUE_URL: timers.queue.queueUrl,
      TIMERS_DEAD_LETTER_ARN: timers.deadLetters.queueArn,
      SCHEDULE_GROUP: this.#group.scheduleGroupName,
      SCHEDULER_ROLE_ARN: role.roleArn,
    }
  }

  /** Allows a worker to create and delete schedules of the group. */
  #grantScheduling(worker: Worker, { timers, role }: SchedulerTarget): void {
    const schedules = `schedule/${this.#group.scheduleGroupName}/*`
    worker.allow(
      ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
      [`arn:${Aws.PARTITION}:scheduler:${Aws.REGION}:${Aws.ACCOUNT_ID}:${schedules}`],
    )
    worker.acknowledge(
      `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:${schedules}]`,
      'Schedules are created at run time. The wildcard is limited to a group that has no other schedules.',
    )
    worker.allow(['iam:PassRole'], [role.roleArn], {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    })
    // Deadlines within a minute are sent to the queue directly.
    worker.allow(['sqs:SendMessage'], [timers.queue.queueArn])
  }

  #addSweeper({ table, ...props }: TimersProps, target: SchedulerTarget): void {
    const impact = 'commands of lost timers are not executed: no expiry, no reminder.'
    const worker = new Worker(this, 'sweep-overdue', {
      ...props,
      impact,
      environment: { TABLE_NAME: table.tableName, ...this.#schedulingEnvironment(target) },
      batchSize: 1,
    })
    table.allowItems(worker, {
      ...expiryRights,
      get: ['rfi', 'referrals', 'sweep'],
      put: ['referrals', 'sweep'],
    })
    table.allowQuery(worker, 'due')
    this.#grantScheduling(worker, target)
    new RecurringMessage(this, 'Sweep', {
      worker,
      description: 'Executes commands of missed deadlines and creates missing schedules',
      every: Duration.minutes(15),
    })
    props.alarms.raiseOnSilence(worker, 'Silent', {
      metric: worker.lambda.metricInvocations({ period: Duration.hours(1) }),
      impact: 'The sweeper has not run for an hour: commands of lost timers are not executed.',
    })
    for (const [metricName, impact] of Object.entries(sweepMetrics)) {
      props.alarms.raise(worker, metricName, {
        metric: new Metric({
          namespace: 'ReferralCenter',
          metricName,
          dimensionsMap: { service: 'sweep-overdue' },
          statistic: 'Sum',
          period: Duration.minutes(15),
        }),
        above: 0,
        impact,
      })
    }
  }

  #addAlarms(alarms: Alarms): void {
    const options = { period: alarmPeriod, statistic: 'Sum' }
    const failures = {
      Dropped: this.#group.metricDropped(options),
      TargetErrors: this.#group.metricTargetErrors(options),
      DeadLettersLost: this.#group.metricFailedToBeSentToDLQ(undefined, options),
    }
    for (const [id, metric] of Object.entries(failures)) {
      alarms.raise(this, id, {
        metric,
        above: 0,
        impact:
          'EventBridge Scheduler cannot send to the queues: expiries, ends of hot time and reminders are late.',
      })
    }
  }
}
