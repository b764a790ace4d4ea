/** Timers as schedules of EventBridge Scheduler, which send a message to the timers queue when they are due. */
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

/**
 * EventBridge Scheduler fires up to 60 seconds late. A timer that is due within 60 seconds is sent to the queue directly,
 * with a delay. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
const precisionMs = 60_000

/** Creates a timer. An existing timer is not an error. @returns false if it exists already */
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
      // Retries for a day. If the queue is unavailable for longer, the sweeper executes the command.
      RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      DeadLetterConfig: { Arn: setting('TIMERS_DEAD_LETTER_ARN') },
    },
  })
  return isEffective(scheduler.send(command), ConflictException)
}

/** Deletes a timer. A missing timer is not an error. */
export const disarm = async (timer: Timer): Promise<void> => {
  const command = new DeleteScheduleCommand({ Name: timerName(timer), GroupName: setting('SCHEDULE_GROUP') })
  await isEffective(scheduler.send(command), ResourceNotFoundException)
}

const enqueue = async (timer: Timer, DelaySeconds: number): Promise<void> => {
  const MessageBody = JSON.stringify(timer)
  await queue.send(
    new SendMessageCommand({ QueueUrl: setting('TIMERS_QUEUE_URL'), MessageBody, DelaySeconds }),
  )
}

/** Waits for a call. @returns false if it was rejected because it changes nothing */
const isEffective = async (
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
