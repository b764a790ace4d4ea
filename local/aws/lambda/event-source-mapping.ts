/**
 * Event source mappings of queues: pass messages to a function in batches, as Lambda's pollers do. Handled messages are
 * deleted; the others return after their visibility timeout, and finally become dead letters.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClockSource, Fired, VirtualClock } from '../../runtime/clock.ts'
import type { InvocationResult } from '../../runtime/execution-environment.ts'
import type { Resource, Template } from '../../runtime/template.ts'
import type { Queue, QueueMessage } from '../sqs/queue.ts'
import { md5, systemAttributes } from '../sqs/service.ts'
import { failedItems, reportsFailures } from './batch-item-failures.ts'
import { type MappingOptions, StreamMapping } from './stream-mapping.ts'

/** Concurrent batches per mapping. AWS begins with 5 pollers and grows to 1000. */
const maxConcurrentBatches = 4
const defaultBatchSize = 10

/** Time for running batches to end when stopping; after it, their messages are delivered again at the next start. */
const stopGraceMs = 2000

export interface EventSourceMappings {
  /** Stops polling and waits a limited time for running batches. */
  stop(): Promise<void>
}

/** Starts every mapping of the template. @throws when AWS would refuse to create one */
export const startEventSourceMappings = async (options: MappingOptions): Promise<EventSourceMappings> => {
  const started: (QueueMapping | StreamMapping)[] = []
  for (const mapping of options.template.ofType('AWS::Lambda::EventSourceMapping')) {
    if (mapping.properties.Enabled === false) continue
    const target = functionOf(mapping, options.template)
    const isQueue = String(mapping.properties.EventSourceArn).startsWith('arn:aws:sqs:')
    started.push(
      isQueue
        ? startQueueMapping(mapping, target, options)
        : await StreamMapping.start(mapping, target, options),
    )
  }
  return {
    async stop() {
      for (const mapping of started) mapping.stop()
      const deadline = performance.now() + stopGraceMs
      while (performance.now() < deadline && !started.every(mapping => mapping.isIdle())) await sleep(5)
    },
  }
}

const functionOf = ({ logicalId, properties }: Resource, template: Template): Resource => {
  const name = String(properties.FunctionName)
  const target = template.ofType('AWS::Lambda::Function').find(({ ref, arn }) => ref === name || arn === name)
  if (!target) throw new Error(`${logicalId} names the function ${name}, which the template does not declare`)
  return target
}

const startQueueMapping = (
  mapping: Resource,
  target: Resource,
  { clock, iam, lambda, sqs }: MappingOptions,
): QueueMapping => {
  const queue = sqs.queue(String(mapping.properties.EventSourceArn))
  const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
  iam.authorizeFunction(
    target.logicalId,
    actions.map(action => ({ action, resource: queue.arn })),
  )
  if (mapping.properties.FilterCriteria) {
    throw new Error(`${mapping.logicalId}: the local cloud filters streams only, not queues`)
  }
  const started = new QueueMapping(mapping, queue, event => lambda.invoke(target.arn, event), clock)
  clock.register(started)
  return started
}

export class QueueMapping implements ClockSource {
  readonly #queue: Queue
  readonly #invoke: (event: unknown) => Promise<InvocationResult>
  readonly #clock: VirtualClock
  readonly #region: string
  readonly #batchSize: number
  readonly #reportsFailures: boolean
  readonly #limit: number
  #running = 0
  #planned = false
  #stopped = false

  constructor(
    { properties }: Resource,
    queue: Queue,
    invoke: (event: unknown) => Promise<InvocationResult>,
    clock: VirtualClock,
  ) {
    const { MaximumConcurrency = maxConcurrentBatches } = (properties.ScalingConfig ?? {}) as {
      MaximumConcurrency?: number
    }
    this.#queue = queue
    this.#invoke = invoke
    this.#clock = clock
    this.#region = queue.arn.split(':')[3] ?? ''
    this.#batchSize = Number(properties.BatchSize ?? defaultBatchSize)
    this.#reportsFailures = reportsFailures(properties)
    this.#limit = Math.min(MaximumConcurrency, maxConcurrentBatches)
    queue.onVisible = () => this.#plan()
    this.#plan()
  }

  stop(): void {
    this.#stopped = true
  }

  nextDue(): undefined {
    return undefined
  }

  runDue(): Fired[] {
    return []
  }

  isIdle(): boolean {
    return this.#running === 0 && !this.#planned
  }

  /** Polls at the end of the current event loop turn, so that messages sent together form one batch. */
  #plan(): void {
    if (this.#planned) return
    this.#planned = true
    setImmediate(() => {
      this.#planned = false
      this.#poll()
    })
  }

  #poll(): void {
    while (!this.#stopped && this.#running < this.#limit) {
      const messages = this.#queue.receive(this.#batchSize)
      if (messages.length === 0) return
      this.#running++
      void this.#deliver(messages)
    }
  }

  async #deliver(messages: readonly QueueMessage[]): Promise<void> {
    const Records = messages.map(message => this.#record(message))
    const result = await this.#invoke({ Records })
    const failed = failedItems(
      result,
      messages.map(({ id }) => id),
      this.#reportsFailures,
    )
    for (const { id, receiptHandle = '' } of messages) if (!failed.has(id)) this.#queue.delete(receiptHandle)
    this.#running--
    this.#clock.notify()
    this.#poll()
  }

  #record(message: QueueMessage): object {
    return {
      messageId: message.id,
      receiptHandle: message.receiptHandle,
      body: message.body,
      attributes: systemAttributes(message),
      messageAttributes: Object.fromEntries(
        Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
          name,
          { dataType: DataType, stringValue: StringValue, binaryValue: BinaryValue },
        ]),
      ),
      md5OfBody: md5(message.body),
      eventSource: 'aws:sqs',
      eventSourceARN: this.#queue.arn,
      awsRegion: this.#region,
    }
  }
}
