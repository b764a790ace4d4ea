/**
 * SQS: the template's standard queues, with delays, visibility timeouts, retention and redrive on the virtual
 * clock. A message is durable before its sender has an answer, and is delivered at least once.
 */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsError } from './aws-error.ts'
import { awsJson } from './aws-protocols.ts'
import type { AwsCall, AwsService } from './aws-service.ts'
import type { ClockSource, Fired, VirtualClock } from './clock.ts'
import type { AccessRequest } from './iam.ts'
import type { Collection, State } from './state.ts'
import type { Resource, Template } from './template.ts'

export interface MessageAttribute {
  DataType: string
  StringValue?: string
  BinaryValue?: string
}

export interface Message {
  id: string
  body: string
  attributes: Record<string, MessageAttribute>
  /** Virtual epoch milliseconds, as all instants here. */
  sentAt: number
  /** When it can be received: after its delay, or after the visibility timeout of whoever holds it. */
  visibleAt: number
  receiveCount: number
  firstReceivedAt?: number
  /** Present while someone holds it. */
  receiptHandle?: string
  /** The queue from which it was moved as a dead letter. */
  deadLetterSource?: string
}

export interface SendOptions {
  delaySeconds?: number | undefined
  attributes?: Record<string, MessageAttribute> | undefined
}

export interface QueueDepth {
  name: string
  arn: string
  visible: number
  inFlight: number
  delayed: number
  /** Name of the queue that takes what this one gives up on. */
  deadLetterQueue: string | null
}

interface QueueSettings {
  VisibilityTimeout?: number
  DelaySeconds?: number
  MessageRetentionPeriod?: number
  MaximumMessageSize?: number
  RedrivePolicy?: { deadLetterTargetArn: string; maxReceiveCount: number }
}

/** AWS's limits and defaults, in seconds and bytes. */
const maxDelaySeconds = 900
const maxVisibilitySeconds = 43_200
const defaultVisibilitySeconds = 30
const defaultRetentionSeconds = 345_600
const defaultMessageBytes = 262_144
const maxBatch = 10
const longPollStepMs = 20

export class Queue {
  readonly name: string
  readonly arn: string
  readonly url: string
  readonly settings: QueueSettings
  /** Called when messages have become visible. */
  onVisible: (() => void) | undefined

  readonly #clock: VirtualClock
  readonly #messages: Collection<Message>
  readonly #moveToDeadLetters: (message: Message) => void
  /** Ids in order of arrival: what can be received, and what waits for its delay or visibility timeout. */
  readonly #visible = new Set<string>()
  readonly #waiting = new Set<string>()

  constructor(
    { ref, arn, properties }: Resource,
    messages: Collection<Message>,
    clock: VirtualClock,
    moveToDeadLetters: (message: Message) => void,
  ) {
    this.name = arn.replace(/^.*:/, '')
    this.arn = arn
    this.url = ref
    this.settings = properties as QueueSettings
    this.#clock = clock
    this.#messages = messages
    this.#moveToDeadLetters = moveToDeadLetters
    for (const message of messages.values()) this.#restore(message)
  }

  send(body: string, { delaySeconds, attributes = {} }: SendOptions = {}): Message {
    const sentAt = this.#clock.now()
    const delay = delaySeconds ?? Number(this.settings.DelaySeconds ?? 0)
    const visibleAt = sentAt + delay * 1000
    const message = { id: randomUUID(), body, attributes, sentAt, visibleAt, receiveCount: 0 }
    this.put(message)
    return message
  }

  /** Takes in a message as it is. */
  put(message: Message): void {
    this.#messages.set(message.id, message)
    if (message.visibleAt > this.#clock.now()) this.#waiting.add(message.id)
    else this.#show(message.id)
    this.#clock.poke()
  }

  /** Takes up to `max` messages for the visibility timeout; those received too often become dead letters. */
  receive(max: number, visibilityTimeout?: number): Message[] {
    this.release(this.#clock.now())
    const received: Message[] = []
    for (const id of this.#visible) {
      if (received.length === max) break
      const message = this.#live(id)
      if (!message) continue
      this.#visible.delete(id)
      if (this.#isExhausted(message)) this.#redrive(message)
      else received.push(this.#hold(message, visibilityTimeout))
    }
    if (received.length > 0) this.#clock.poke()
    return received
  }

  /** A handle that a later receipt has replaced deletes nothing, as in AWS. */
  delete(receiptHandle: string): void {
    const message = this.#held(receiptHandle)
    if (message) this.#drop(message.id)
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.#held(receiptHandle)
    if (!message) return
    this.#messages.set(message.id, { ...message, visibleAt: this.#clock.now() + seconds * 1000 })
    this.release(this.#clock.now())
    this.#clock.poke()
  }

  purge(): void {
    for (const { id } of this.#messages.values()) this.#drop(id)
  }

  depth(): QueueDepth {
    const waiting = [...this.#waiting].flatMap(id => this.#messages.get(id) ?? [])
    const inFlight = waiting.filter(({ receiptHandle }) => receiptHandle).length
    return {
      name: this.name,
      arn: this.arn,
      visible: [...this.#visible].filter(id => this.#live(id)).length,
      inFlight,
      delayed: waiting.length - inFlight,
      deadLetterQueue: this.settings.RedrivePolicy?.deadLetterTargetArn.replace(/^.*:/, '') ?? null,
    }
  }

  /** When the next waiting message becomes visible. */
  nextVisibleAt(): number | undefined {
    let next: number | undefined
    for (const id of this.#waiting) {
      const at = this.#messages.get(id)?.visibleAt
      if (at !== undefined && (next === undefined || at < next)) next = at
    }
    return next
  }

  /** Makes visible whatever has waited long enough, and says how much that was. */
  release(now: number): number {
    let released = 0
    for (const id of this.#waiting) {
      const message = this.#messages.get(id)
      if (message && message.visibleAt > now) continue
      this.#waiting.delete(id)
      this.#show(id)
      released++
    }
    return released
  }

  /** Whoever held a message has died with the last run, so that it need not wait for its timeout. */
  #restore({ receiptHandle, ...message }: Message): void {
    if (receiptHandle) this.#messages.set(message.id, { ...message, visibleAt: this.#clock.now() })
    if (receiptHandle || message.visibleAt <= this.#clock.now()) this.#visible.add(message.id)
    else this.#waiting.add(message.id)
  }

  #show(id: string): void {
    this.#visible.add(id)
    this.onVisible?.()
  }

  /** The message, unless its retention period is over. */
  #live(id: string): Message | undefined {
    const message = this.#messages.get(id)
    const retention = Number(this.settings.MessageRetentionPeriod ?? defaultRetentionSeconds) * 1000
    if (message && message.sentAt + retention > this.#clock.now()) return message
    this.#drop(id)
    return undefined
  }

  #hold(message: Message, visibilityTimeout: number | undefined): Message {
    const now = this.#clock.now()
    const seconds = visibilityTimeout ?? Number(this.settings.VisibilityTimeout ?? defaultVisibilitySeconds)
    const receiveCount = message.receiveCount + 1
    const held: Message = {
      ...message,
      receiveCount,
      visibleAt: now + seconds * 1000,
      firstReceivedAt: message.firstReceivedAt ?? now,
      receiptHandle: Buffer.from(`${message.id} ${receiveCount} ${randomUUID()}`).toString('base64'),
    }
    this.#messages.set(held.id, held)
    this.#waiting.add(held.id)
    return held
  }

  #held(receiptHandle: string): Message | undefined {
    const [id = ''] = Buffer.from(receiptHandle, 'base64').toString().split(' ')
    if (!/^[\da-f-]{36}$/.test(id)) {
      throw new AwsError(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${receiptHandle}" is not valid.`,
      )
    }
    const message = this.#messages.get(id)
    return message?.receiptHandle === receiptHandle ? message : undefined
  }

  #isExhausted({ receiveCount }: Message): boolean {
    const { RedrivePolicy } = this.settings
    return RedrivePolicy !== undefined && receiveCount >= Number(RedrivePolicy.maxReceiveCount)
  }

  /** It is in the other queue before it leaves this one: whoever kills the cloud in between loses nothing. */
  #redrive({ receiptHandle: _, ...message }: Message): void {
    const visibleAt = this.#clock.now()
    this.#moveToDeadLetters({ ...message, visibleAt, deadLetterSource: this.arn })
    this.#drop(message.id)
  }

  #drop(id: string): void {
    this.#messages.delete(id)
    this.#visible.delete(id)
    this.#waiting.delete(id)
  }
}

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
        if (resource.properties.FifoQueue) throw new Error('The local cloud has no FIFO queues')
        const messages = state.collection<Message>(`sqs/${resource.arn}`)
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
    if (!run) throw new AwsError('InvalidAction', `The local cloud does not know sqs:${operation}`)
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

  #named({ QueueUrl, QueueName }: Record<string, unknown>): Queue {
    const name = String(QueueUrl ?? QueueName ?? '').replace(/^.*\//, '')
    for (const queue of this.#queues.values()) if (queue.name === name) return queue
    throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
  }

  #send(queue: Queue, input: Record<string, unknown>): object {
    const body = String(input.MessageBody ?? '')
    const attributes = input.MessageAttributes as Record<string, MessageAttribute> | undefined
    const delaySeconds = optionalNumber(input.DelaySeconds)
    if (!body) throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.')
    requireRange('DelaySeconds', delaySeconds, 0, maxDelaySeconds)
    const limit = Number(queue.settings.MaximumMessageSize ?? defaultMessageBytes)
    if (Buffer.byteLength(body) + Buffer.byteLength(JSON.stringify(attributes ?? '')) > limit) {
      throw invalid(`Message must be shorter than ${limit} bytes.`)
    }
    const message = queue.send(body, { delaySeconds, attributes })
    return { MessageId: message.id, MD5OfMessageBody: md5(body) }
  }

  #delete(queue: Queue, { ReceiptHandle }: Record<string, unknown>): object {
    queue.delete(String(ReceiptHandle))
    return {}
  }

  #changeVisibility(queue: Queue, input: Record<string, unknown>): object {
    const seconds = Number(input.VisibilityTimeout)
    requireRange('VisibilityTimeout', seconds, 0, maxVisibilitySeconds)
    queue.changeVisibility(String(input.ReceiptHandle), seconds)
    return {}
  }

  async #receive(queue: Queue, input: Record<string, unknown>): Promise<object> {
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

  /** One failed entry does not fail the others. */
  #batch(
    input: Record<string, unknown>,
    run: (queue: Queue, entry: Record<string, unknown>) => object,
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
        Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true })
      }
    }
    return { Successful, Failed }
  }
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

/** The attributes that SQS adds, named as in the API and in Lambda's events. */
export function systemAttributes(message: Message): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(Math.trunc(message.sentAt)),
    SenderId: 'AIDALOCAL',
    ApproximateFirstReceiveTimestamp: String(Math.trunc(message.firstReceivedAt ?? message.sentAt)),
    ...(message.deadLetterSource && { DeadLetterQueueSourceArn: message.deadLetterSource }),
  }
}

const received = (message: Message) => ({
  MessageId: message.id,
  ReceiptHandle: message.receiptHandle,
  MD5OfBody: md5(message.body),
  Body: message.body,
  Attributes: systemAttributes(message),
  MessageAttributes: message.attributes,
})

function attributesOf(queue: Queue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.depth()
  const { RedrivePolicy, VisibilityTimeout, DelaySeconds, MessageRetentionPeriod } = queue.settings
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(VisibilityTimeout ?? defaultVisibilitySeconds),
    DelaySeconds: String(DelaySeconds ?? 0),
    MessageRetentionPeriod: String(MessageRetentionPeriod ?? defaultRetentionSeconds),
    ...(RedrivePolicy && { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
  }
}

const optionalNumber = (value: unknown): number | undefined =>
  value === undefined ? undefined : Number(value)

const invalid = (reason: string) =>
  new AwsError('InvalidParameterValue', `One or more parameters are invalid. Reason: ${reason}`)

function requireRange(name: string, value: number | undefined, from: number, to: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return
  throw invalid(`Value ${value} for parameter ${name} must be between ${from} and ${to}.`)
}
