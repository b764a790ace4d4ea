/**
 * One standard queue of SQS: delays, visibility timeouts, retention and redrive on the virtual clock. A message is
 * durable before its sender gets the response, and is delivered at least once.
 */
import { randomUUID } from 'node:crypto'
import { AwsError } from '../../runtime/aws-error.ts'
import type { VirtualClock } from '../../runtime/clock.ts'
import type { Collection } from '../../runtime/state.ts'
import type { Resource } from '../../runtime/template.ts'

export interface MessageAttribute {
  readonly DataType: string
  readonly StringValue?: string
  readonly BinaryValue?: string
}

export const textAttribute = (value: string): MessageAttribute => ({ DataType: 'String', StringValue: value })

export interface QueueMessage {
  readonly id: string
  readonly body: string
  readonly attributes: Readonly<Record<string, MessageAttribute>>
  /** Virtual epoch milliseconds, like all instants here. */
  readonly sentAt: number
  /** End of its delay or of its visibility timeout. */
  readonly visibleAt: number
  readonly receiveCount: number
  readonly firstReceivedAt?: number
  /** Present while a consumer holds the message. */
  readonly receiptHandle?: string
  /** ARN of the queue from which the message was moved as a dead letter. */
  readonly deadLetterSource?: string
}

export interface SendOptions {
  readonly delaySeconds?: number | undefined
  readonly attributes?: Readonly<Record<string, MessageAttribute>> | undefined
}

export interface QueueDepth {
  readonly name: string
  readonly arn: string
  readonly visible: number
  readonly inFlight: number
  readonly delayed: number
  /** Name of the dead-letter queue. */
  readonly deadLetterQueue: string | null
}

export interface QueueSettings {
  readonly VisibilityTimeout?: number
  readonly DelaySeconds?: number
  readonly MessageRetentionPeriod?: number
  readonly MaximumMessageSize?: number
  readonly RedrivePolicy?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number }
}

/** AWS's defaults, in seconds. */
const defaultVisibilitySeconds = 30
const defaultRetentionSeconds = 345_600

export class Queue {
  readonly name: string
  readonly arn: string
  readonly url: string
  readonly settings: QueueSettings
  /** Called when messages have become visible. */
  onVisible: (() => void) | undefined

  readonly #clock: VirtualClock
  readonly #messages: Collection<QueueMessage>
  readonly #moveToDeadLetters: (message: QueueMessage) => void
  /** Ids of messages that can be received, in order of arrival. */
  readonly #visible = new Set<string>()
  /** Ids of messages in their delay or visibility timeout. */
  readonly #waiting = new Set<string>()

  constructor(
    { ref, arn, properties }: Resource,
    messages: Collection<QueueMessage>,
    clock: VirtualClock,
    moveToDeadLetters: (message: QueueMessage) => void,
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

  get delaySeconds(): number {
    return Number(this.settings.DelaySeconds ?? 0)
  }

  get visibilitySeconds(): number {
    return Number(this.settings.VisibilityTimeout ?? defaultVisibilitySeconds)
  }

  get retentionSeconds(): number {
    return Number(this.settings.MessageRetentionPeriod ?? defaultRetentionSeconds)
  }

  send(body: string, { delaySeconds, attributes = {} }: SendOptions = {}): QueueMessage {
    const sentAt = this.#clock.now()
    const visibleAt = sentAt + (delaySeconds ?? this.delaySeconds) * 1000
    const message = { id: randomUUID(), body, attributes, sentAt, visibleAt, receiveCount: 0 }
    this.put(message)
    return message
  }

  /** Adds a message without changing it. */
  put(message: QueueMessage): void {
    this.#messages.set(message.id, message)
    if (message.visibleAt > this.#clock.now()) this.#waiting.add(message.id)
    else this.#makeVisible(message.id)
    this.#clock.notify()
  }

  /**
   * Receives up to `max` messages. A message that was received `maxReceiveCount` times is moved to the dead-letter queue.
   */
  receive(max: number, visibilityTimeout?: number): QueueMessage[] {
    this.release(this.#clock.now())
    const received: QueueMessage[] = []
    for (const id of this.#visible) {
      if (received.length === max) break
      const message = this.#unexpired(id)
      if (!message) continue
      this.#visible.delete(id)
      if (this.#isExhausted(message)) this.#redrive(message)
      else received.push(this.#markReceived(message, visibilityTimeout))
    }
    if (received.length > 0) this.#clock.notify()
    return received
  }

  /** Ignores a receipt handle that a later receipt has replaced, as in AWS. */
  delete(receiptHandle: string): void {
    const message = this.#findReceived(receiptHandle)
    if (message) this.#remove(message.id)
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.#findReceived(receiptHandle)
    if (!message) return
    this.#messages.set(message.id, { ...message, visibleAt: this.#clock.now() + seconds * 1000 })
    this.release(this.#clock.now())
    this.#clock.notify()
  }

  purge(): void {
    for (const { id } of this.#messages.values()) this.#remove(id)
  }

  depth(): QueueDepth {
    const waiting = [...this.#waiting].flatMap(id => this.#messages.get(id) ?? [])
    const inFlight = waiting.filter(({ receiptHandle }) => receiptHandle).length
    return {
      name: this.name,
      arn: this.arn,
      visible: [...this.#visible].filter(id => this.#unexpired(id)).length,
      inFlight,
      delayed: waiting.length - inFlight,
      deadLetterQueue: this.settings.RedrivePolicy?.deadLetterTargetArn.replace(/^.*:/, '') ?? null,
    }
  }

  /** Returns the instant at which the next waiting message becomes visible. */
  nextVisibleAt(): number | undefined {
    let next: number | undefined
    for (const id of this.#waiting) {
      const at = this.#messages.get(id)?.visibleAt
      if (at !== undefined && (next === undefined || at < next)) next = at
    }
    return next
  }

  /** Makes messages visible whose delay or visibility timeout has ended. @returns their number */
  release(now: number): number {
    let released = 0
    for (const id of this.#waiting) {
      const message = this.#messages.get(id)
      if (message && message.visibleAt > now) continue
      this.#waiting.delete(id)
      this.#makeVisible(id)
      released++
    }
    return released
  }

  /**
   * Restores a message of the last run. Messages in their visibility timeout become visible, because their consumer has
   * ended.
   */
  #restore({ receiptHandle, ...message }: QueueMessage): void {
    if (receiptHandle) this.#messages.set(message.id, { ...message, visibleAt: this.#clock.now() })
    if (receiptHandle || message.visibleAt <= this.#clock.now()) this.#visible.add(message.id)
    else this.#waiting.add(message.id)
  }

  #makeVisible(id: string): void {
    this.#visible.add(id)
    this.onVisible?.()
  }

  /** Returns a message; undefined if its retention period has ended. */
  #unexpired(id: string): QueueMessage | undefined {
    const message = this.#messages.get(id)
    const isUnexpired = message && message.sentAt + this.retentionSeconds * 1000 > this.#clock.now()
    if (isUnexpired) return message
    this.#remove(id)
    return undefined
  }

  #markReceived(message: QueueMessage, visibilityTimeout: number | undefined): QueueMessage {
    const now = this.#clock.now()
    const seconds = visibilityTimeout ?? this.visibilitySeconds
    const receiveCount = message.receiveCount + 1
    const received: QueueMessage = {
      ...message,
      receiveCount,
      visibleAt: now + seconds * 1000,
      firstReceivedAt: message.firstReceivedAt ?? now,
      receiptHandle: Buffer.from(`${message.id} ${receiveCount} ${randomUUID()}`).toString('base64'),
    }
    this.#messages.set(received.id, received)
    this.#waiting.add(received.id)
    return received
  }

  #findReceived(receiptHandle: string): QueueMessage | undefined {
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

  #isExhausted({ receiveCount }: QueueMessage): boolean {
    const { RedrivePolicy } = this.settings
    return RedrivePolicy !== undefined && receiveCount >= Number(RedrivePolicy.maxReceiveCount)
  }

  /**
   * Moves a message to the dead-letter queue: first added there and then deleted here, so that no message is lost if the
   * process is killed.
   */
  #redrive({ receiptHandle: _, ...message }: QueueMessage): void {
    const visibleAt = this.#clock.now()
    this.#moveToDeadLetters({ ...message, visibleAt, deadLetterSource: this.arn })
    this.#remove(message.id)
  }

  #remove(id: string): void {
    this.#messages.delete(id)
    this.#visible.delete(id)
    this.#waiting.delete(id)
  }
}
