/** Timers as schedules of EventBridge Scheduler, which hand their message to the timers queue when due. */
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { setting } from '../../kernel/settings.ts'
import { timeouts } from '../../kernel/timeouts.ts'
import type { Timer } from './contract.ts'
import { atExpression, timerName } from './rules.ts'

const scheduler = new SchedulerClient({ requestHandler: timeouts })
const queue = new SQSClient({ requestHandler: timeouts })

/** Scheduler fires up to this much late, so what is due sooner goes to the queue at once, with a delay. */
const precisionMs = 60_000

/** Arms a timer. Arming it again is no error and arms nothing more. @returns whether it was not armed before */
export const arm = async (timer: Timer, now: Date): Promise<boolean> => {
  const aheadMs = Date.parse(timer.dueAt) - now.getTime()
  if (aheadMs <= precisionMs) {
    await enqueue(timer, Math.max(0, Math.ceil(aheadMs / 1000)))
    return true
  }
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
  return happened(scheduler.send(command), ConflictException)
}

/** Disarms a timer. One that fired already, or never was, is no error. */
export const disarm = async (timer: Timer): Promise<void> => {
  const command = new DeleteScheduleCommand({ Name: timerName(timer), GroupName: setting('SCHEDULE_GROUP') })
  await happened(scheduler.send(command), ResourceNotFoundException)
}

const enqueue = async (timer: Timer, DelaySeconds: number): Promise<void> => {
  const MessageBody = JSON.stringify(timer)
  await queue.send(
    new SendMessageCommand({ QueueUrl: setting('TIMERS_QUEUE_URL'), MessageBody, DelaySeconds }),
  )
}

/** Whether a call did something; not when it was refused because it was done already. */
const happened = async (
  sent: Promise<unknown>,
  refusal: new (...args: never[]) => Error,
): Promise<boolean> => {
  try {
    await sent
    return true
  } catch (error) {
    if (error instanceof refusal) return false
    throw error
  }
}
