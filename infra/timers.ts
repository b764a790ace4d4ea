/**
 * Deadlines: one schedule per deadline of a referral, made at run time by arm-timers, fired into the
 * timers queue; and a sweeper that every quarter of an hour does what lost timers left undone, and arms
 * timers that are missing.
 * Schedules go to queues and not to functions: Scheduler does not see whether a function failed.
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
import type { ReferralTable } from './table.ts'
import { senderTo, Tick } from './tick.ts'
import { Worker } from './worker.ts'

interface TimersProps extends Pick<FunctionProps, 'alarms' | 'logLevel'> {
  readonly table: ReferralTable
  readonly events: Events
}

/** What the sweeper reports, and what it means when it is not nothing. */
const found = {
  OverdueFound: 'Timers are lost: deadlines were found missed, and were seen to late.',
  SweepUnfinished:
    'The sweep runs out of time: should timers get lost, they are made up for later than they could be.',
  TimersRearmed:
    'Timers are lost: some that fall due soon were missing, and were armed. Nobody has noticed yet.',
}

/** What it takes to arm timers. */
interface Armoury {
  readonly timers: WorkQueue
  readonly role: Role
}

export class Timers extends Construct {
  /** Of the timers of referrals alone: who arms them must not be able to take the sweeper's ticks away. */
  readonly #group: ScheduleGroup

  constructor(scope: Construct, id: string, props: TimersProps) {
    super(scope, id)
    this.#group = new ScheduleGroup(this, 'Schedules', {
      // It can go with the stack: the sweeper finds what is overdue once there is a stack again.
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.#watch(props.alarms)
    const timers = this.#onTimer(props).work
    const armoury = { timers, role: senderTo(this, 'TimerRole', timers, this.#group) }
    this.#arm(props, armoury)
    this.#sweep(props, armoury)
  }

  #onTimer({ table, ...props }: TimersProps): Worker {
    const worker = new Worker(this, 'on-timer', {
      ...props,
      impact: 'referrals are not expired, reminded of or cooled in time, until the sweeper finds them.',
      environment: { TABLE_NAME: table.tableName },
      batchSize: 10,
    })
    table.allowItems(worker, { get: ['referrals'], put: ['referrals'] })
    return worker
  }

  #arm({ events, table, ...props }: TimersProps, armoury: Armoury): void {
    const worker = new Worker(this, 'arm-timers', {
      ...props,
      impact: 'deadlines have no timer until the sweeper arms them, half an hour before they are due.',
      environment: { TABLE_NAME: table.tableName, ...this.#armouryEnvironment(armoury) },
      batchSize: 10,
    })
    table.allowItems(worker, { get: ['referrals'] })
    this.#letArm(worker, armoury)
    events.deliver(timedEvents, worker)
  }

  #armouryEnvironment({ timers, role }: Armoury): Record<string, string> {
    return {
      TIMERS_QUEUE_ARN: timers.queue.queueArn,
      TIMERS_QUEUE_URL: timers.queue.queueUrl,
      TIMERS_DEAD_LETTER_ARN: timers.deadLetters.queueArn,
      SCHEDULE_GROUP: this.#group.scheduleGroupName,
      SCHEDULER_ROLE_ARN: role.roleArn,
    }
  }

  #letArm(worker: Worker, { timers, role }: Armoury): void {
    const schedules = `schedule/${this.#group.scheduleGroupName}/*`
    worker.allow(
      ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
      [`arn:${Aws.PARTITION}:scheduler:${Aws.REGION}:${Aws.ACCOUNT_ID}:${schedules}`],
    )
    worker.acknowledge(
      `AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:${schedules}]`,
      'Schedules are made per referral at run time; the wildcard ends at the group that holds nothing else.',
    )
    worker.allow(['iam:PassRole'], [role.roleArn], {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    })
    // What is due within a minute goes straight to the queue.
    worker.allow(['sqs:SendMessage'], [timers.queue.queueArn])
  }

  #sweep({ table, ...props }: TimersProps, armoury: Armoury): void {
    const impact = 'what a lost timer should have done is not done: no notice of an expiry, no reminder.'
    const worker = new Worker(this, 'sweep-overdue', {
      ...props,
      impact,
      environment: { TABLE_NAME: table.tableName, ...this.#armouryEnvironment(armoury) },
      batchSize: 1,
    })
    table.allowItems(worker, { get: ['referrals', 'sweep'], put: ['referrals', 'sweep'] })
    table.allowQuery(worker, 'due')
    this.#letArm(worker, armoury)
    new Tick(this, 'Sweep', {
      worker,
      description: 'Looks for deadlines that were missed, and for timers that are missing',
      every: Duration.minutes(15),
    })
    props.alarms.raiseOnSilence(worker, 'Silent', {
      metric: worker.lambda.metricInvocations({ period: Duration.hours(1) }),
      impact: 'The sweeper has not run for an hour: should timers get lost, nobody makes up for them.',
    })
    for (const [metricName, impact] of Object.entries(found)) {
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

  #watch(alarms: Alarms): void {
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
        impact: 'Scheduler cannot fill its queues: referrals are not expired, reminded of or cooled in time.',
      })
    }
  }
}
