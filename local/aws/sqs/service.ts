/** SQS: the API of the template's standard queues, with the limits of AWS. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsError } from '../../runtime/aws-error.ts'
import { awsJson } from '../../runtime/aws-protocols.ts'
import type { AccessRequest, AwsCall, AwsService } from '../../runtime/aws-service.ts'
import type { ClockSource, Fired, VirtualClock } from '../../runtime/clock.ts'
import type { State } from '../../runtime/state.ts'
import type { Template } from '../../runtime/template.ts'
import {
  type MessageAttribute,
  Queue,
  type QueueDepth,
  type QueueMessage,
  type QueueSettings,
} from './queue.ts'

/** AWS's limits, in seconds and bytes. */
const maxDelaySeconds = 900
const maxVisibilitySeconds = 43_200
const defaultMessageBytes = 262_144
const maxBatch = 10
const longPollStepMs = 20

type Operation = (input: Record<string, unknown>) => object | Promise<object>

export class Sqs implements AwsService, ClockSource {
  readonly name = 'sqs'
  readonly protocol = awsJson('1.0')
  readonly #queues: ReadonlyMap<string, Queue>
  readonly #clock: VirtualClock

  constructor(template: Template, state: State, clock: VirtualClock) {
    this.#clock = clock
    this.#queues = new Map(
      template.ofType('AWS::SQS::Queue').map(resource => {
        if (resource.properties.FifoQueue) throw new Error('The local cloud does not support FIFO queues')
        const messages = state.collection<QueueMessage>(`sqs/${resource.arn}`)
        const target = (resource.properties as QueueSettings).RedrivePolicy?.deadLetterTargetArn
        const queue = new Queue(resource, messages, clock, message => this.queue(target ?? '').put(message))
        return [resource.arn, queue]
      }),
    )
    clock.register(this)
  }

  /** @throws AwsError QueueDoesNotExist */
  queue(arn: string): Queue {
    const queue = this.#queues.get(arn)
    if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
    return queue
  }

  depths(): QueueDepth[] {
    return [...this.#queues.values()].map(queue => queue.depth())
  }

  nextDue(): number | undefined {
    const due = [...this.#queues.values()].map(queue => queue.nextVisibleAt()).filter(at => at !== undefined)
    return due.length > 0 ? Math.min(...due) : undefined
  }

  runDue(now: number): Fired[] {
    const at = new Date(now).toISOString()
    return [...this.#queues.values()]
      .filter(queue => queue.release(now) > 0)
      .map(({ name }) => ({ name, at, source: 'sqs' }))
  }

  isIdle(): boolean {
    return true
  }

  access({ operation, input }: AwsCall): AccessRequest[] {
    const action = `sqs:${operation.replace(/Batch$/, '')}`
    if (operation === 'ListQueues') return [{ action, resource: '*' }]
    return [{ action, resource: this.#named(input).arn }]
  }

  async handle({ operation, input }: AwsCall): Promise<object> {
    const run = this.#operations[operation]
    if (!run) throw new AwsError('InvalidAction', `The local cloud does not support sqs:${operation}`)
    return run(input)
  }

  readonly #operations: Record<string, Operation> = {
    SendMessage: input => this.#send(this.#named(input), input),
    SendMessageBatch: input => this.#batch(input, (queue, entry) => this.#send(queue, entry)),
    DeleteMessage: input => this.#delete(this.#named(input), input),
    DeleteMessageBatch: input => this.#batch(input, (queue, entry) => this.#delete(queue, entry)),
    ChangeMessageVisibility: input => this.#changeVisibility(this.#named(input), input),
    ReceiveMessage: input => this.#receive(this.#named(input), input),
    PurgeQueue: input => {
      this.#named(input).purge()
      return {}
    },
    GetQueueUrl: input => ({ QueueUrl: this.#named(input).url }),
    GetQueueAttributes: input => ({ Attributes: attributesOf(this.#named(input)) }),
    ListQueues: input => ({
      QueueUrls: [...this.#queues.values()]
        .filter(({ name }) => name.startsWith(String(input.QueueNamePrefix ?? '')))
        .map(({ url }) => url),
    }),
  }

  #named({ QueueUrl, QueueName }: Readonly<Record<string, unknown>>): Queue {
    const name = String(QueueUrl ?? QueueName ?? '').replace(/^.*\//, '')
    for (const queue of this.#queues.values()) if (queue.name === name) return queue
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
  }

  #send(queue: Queue, input: Readonly<Record<string, unknown>>): object {
    const body = String(input.MessageBody ?? '')
    const attributes = input.MessageAttributes as Record<string, MessageAttribute> | undefined
    const delaySeconds = optionalNumber(input.DelaySeconds)
    if (!body) throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.')
    requireRange('DelaySeconds', delaySeconds, 0, maxDelaySeconds)
    const limit = Number(queue.settings.MaximumMessageSize ?? defaultMessageBytes)
    if (Buffer.byteLength(body) + Buffer.byteLength(JSON.stringify(attributes ?? '')) > limit) {
      throw invalid(`QueueMessage must be shorter than ${limit} bytes.`)
    }
    const message = queue.send(body, { delaySeconds, attributes })
    return { MessageId: message.id, MD5OfMessageBody: md5(body) }
  }

  #delete(queue: Queue, { ReceiptHandle }: Readonly<Record<string, unknown>>): object {
    queue.delete(String(ReceiptHandle))
    return {}
  }

  #changeVisibility(queue: Queue, input: Readonly<Record<string, unknown>>): object {
    const seconds = Number(input.VisibilityTimeout)
    requireRange('VisibilityTimeout', seconds, 0, maxVisibilitySeconds)
    queue.changeVisibility(String(input.ReceiptHandle), seconds)
    return {}
  }

  async #receive(queue: Queue, input: Readonly<Record<string, unknown>>): Promise<object> {
    const max = optionalNumber(input.MaxNumberOfMessages) ?? 1
    const visibilityTimeout = optionalNumber(input.VisibilityTimeout)
    requireRange('MaxNumberOfMessages', max, 1, maxBatch)
    requireRange('VisibilityTimeout', visibilityTimeout, 0, maxVisibilitySeconds)
    const deadline = this.#clock.now() + (optionalNumber(input.WaitTimeSeconds) ?? 0) * 1000
    let messages = queue.receive(max, visibilityTimeout)
    while (messages.length === 0 && this.#clock.now() < deadline) {
      await sleep(longPollStepMs)
      messages = queue.receive(max, visibilityTimeout)
    }
    return { Messages: messages.map(received) }
  }

  /** Runs each entry separately: a failed entry does not fail the others. */
  #batch(
    input: Readonly<Record<string, unknown>>,
    run: (queue: Queue, entry: Readonly<Record<string, unknown>>) => object,
  ): object {
    const queue = this.#named(input)
    const entries = (input.Entries ?? []) as Record<string, unknown>[]
    if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'The batch request has no entries.')
    if (entries.length > maxBatch) {
      throw new AwsError(
        'TooManyEntriesInBatchRequest',
        `Maximum number of entries per request are ${maxBatch}.`,
      )
    }
    if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
      throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.')
    }
    const Successful: object[] = []
    const Failed: object[] = []
    for (const entry of entries) {
      try {
        Successful.push({ Id: entry.Id, ...run(queue, entry) })
      } catch (error) {
        if (!(error instanceof AwsError)) throw error
        Failed.push({ Id: entry.Id, Code: error.code, QueueMessage: error.message, SenderFault: true })
      }
    }
    return { Successful, Failed }
  }
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** The attributes that SQS adds to a message, named as in the API and in Lambda's events. */
export const systemAttributes = (message: QueueMessage): Record<string, string> => ({
  ApproximateReceiveCount: String(message.receiveCount),
  SentTimestamp: String(Math.trunc(message.sentAt)),
  SenderId: 'AIDALOCAL',
  ApproximateFirstReceiveTimestamp: String(Math.trunc(message.firstReceivedAt ?? message.sentAt)),
  ...(message.deadLetterSource && { DeadLetterQueueSourceArn: message.deadLetterSource }),
})

const received = (message: QueueMessage) => ({
  MessageId: message.id,
  ReceiptHandle: message.receiptHandle,
  MD5OfBody: md5(message.body),
  Body: message.body,
  Attributes: systemAttributes(message),
  MessageAttributes: message.attributes,
})

const attributesOf = (queue: Queue): Record<string, string> => {
  const { visible, inFlight, delayed } = queue.depth()
  const { RedrivePolicy } = queue.settings
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(queue.visibilitySeconds),
    DelaySeconds: String(queue.delaySeconds),
    MessageRetentionPeriod: String(queue.retentionSeconds),
    ...(RedrivePolicy && { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
  }
}

const optionalNumber = (value: unknown): number | undefined =>
  value === undefined ? undefined : Number(value)

const invalid = (reason: string) =>
  new AwsError('InvalidParameterValue', `One or more parameters are invalid. Reason: ${reason}`)

const requireRange = (name: string, value: number | undefined, from: number, to: number): void => {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return
  throw invalid(`Value ${value} for parameter ${name} must be between ${from} and ${to}.`)
}
