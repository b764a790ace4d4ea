/** EventBridge Scheduler and the timers queue in memory. Schedules fire only when a test calls `fire`. */
import { ConflictException, ResourceNotFoundException } from '@aws-sdk/client-scheduler'
import { type Call, inputOf } from './aws.ts'

export interface Schedule {
  readonly name: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly message: string
}

/** A message of the timers queue, with the time from which it is visible. */
interface Message {
  readonly body: string
  readonly visibleAt: number
}

export class Timers {
  readonly schedules = new Map<string, Schedule>()
  readonly messages: Message[] = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  async handle(call: Call): Promise<object> {
    const operation = this.#operations[call.operation]
    if (!operation)
      throw new Error(`unsupported operation of EventBridge Scheduler or SQS: ${call.operation}`)
    return operation(call)
  }

  /** Sends the message of a schedule to the queue and deletes the schedule. */
  fire({ name, message }: Schedule): void {
    this.messages.push({ body: message, visibleAt: this.#now() })
    this.schedules.delete(name)
  }

  readonly #operations: Readonly<Record<string, (call: Call) => object>> = {
    CreateSchedule: call => {
      const { Name, ScheduleExpression, Target } = inputOf<{
        Name: string
        ScheduleExpression: string
        Target: { Input: string }
      }>(call)
      const at = Date.parse(`${/^at\((.+)\)$/.exec(ScheduleExpression)?.[1]}Z`)
      if (!(at > this.#now()))
        throw new Error(`schedule ${Name} is in the past: ${ScheduleExpression}. Expected a future instant`)
      if (this.schedules.has(Name))
        throw new ConflictException({ $metadata: {}, message: 'exists', Message: 'exists' })
      this.schedules.set(Name, { name: Name, at, message: Target.Input })
      return {}
    },
    DeleteSchedule: call => {
      if (this.schedules.delete(inputOf<{ Name: string }>(call).Name)) return {}
      throw new ResourceNotFoundException({ $metadata: {}, message: 'not found', Message: 'not found' })
    },
    SendMessage: call => {
      const { MessageBody: body, DelaySeconds } = inputOf<{ MessageBody: string; DelaySeconds: number }>(call)
      if (DelaySeconds > 900) throw new Error(`DelaySeconds is ${DelaySeconds}, expected at most 900`)
      this.messages.push({ body, visibleAt: this.#now() + DelaySeconds * 1000 })
      return {}
    },
  }
}
