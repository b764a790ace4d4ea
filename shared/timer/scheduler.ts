/** Timers as schedules of EventBridge Scheduler, which hand their message to the timers queue when due. */
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { setting } from '../platform/settings.ts'
import { timeouts } from '../platform/timeouts.ts'
import type { Timer } from './contract.ts'
import { atExpression, timerName } from './rules.ts'

const scheduler = new SchedulerClient({ requestHandler: timeouts })
const queue = new SQSClient({ requestHandler: timeouts })

/** Scheduler fires up to this much late, so what is due sooner goes to the queue at once, with a delay. */
const precisionMs = 60_000

/** Arms a timer. Arming it again is no error and arms nothing more. */
export const arm = async (timer: Timer, now: Date): Promise<void> => {
  const aheadMs = Date.parse(timer.dueAt) - now.getTime()
  if (aheadMs <= precisionMs) return enqueue(timer, Math.max(0, Math.ceil(aheadMs / 1000)))
  const command = new CreateScheduleCommand({
    Name: timerName(timer),
    GroupName: setting('SCHEDULE_GROUP'),
    ScheduleExpression: atExpression(timer.dueAt),
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: setting('TIMERS_QUEUE_ARN'),
      RoleArn: setting('SCHEDULER_ROLE_ARN'),
      Input: JSON.stringify(timer),
      // A queue that does not take a message for a day will be seen by its alarm, and the sweeper does the timer's work.
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      DeadLetterConfig: { Arn: setting('TIMERS_DEAD_LETTER_ARN') },
    },
  })
  await unless(ConflictException, scheduler.send(command))
}

/** Disarms a timer. One that fired already, or never was, is no error. */
export const disarm = async (timer: Pick<Timer, 'kind' | 'referralId'>): Promise<void> => {
  const command = new DeleteScheduleCommand({ Name: timerName(timer), GroupName: setting('SCHEDULE_GROUP') })
  await unless(ResourceNotFoundException, scheduler.send(command))
}

const enqueue = async (timer: Timer, DelaySeconds: number): Promise<void> => {
  const MessageBody = JSON.stringify(timer)
  await queue.send(
    new SendMessageCommand({ QueueUrl: setting('TIMERS_QUEUE_URL'), MessageBody, DelaySeconds }),
  )
}

const unless = async (kind: new (...args: never[]) => Error, sent: Promise<unknown>): Promise<void> => {
  try {
    await sent
  } catch (error) {
    if (!(error instanceof kind)) throw error
  }
}
