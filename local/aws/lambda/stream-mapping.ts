/**
 * Event source mapping of a DynamoDB stream: reads the stream from DynamoDB Local and passes the filtered records to a
 * function, in order per partition key. A checkpoint is stored after its records were handled or given up.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsError } from '../../runtime/aws-error.ts'
import type { ClockSource, Fired, VirtualClock } from '../../runtime/clock.ts'
import type { Collection, State } from '../../runtime/state.ts'
import type { Resource, Template } from '../../runtime/template.ts'
import type { DynamoDb } from '../dynamodb/service.ts'
import { type EventPattern, matchesPattern } from '../eventbridge/event-pattern.ts'
import type { Iam } from '../iam/policies.ts'
import type { Sqs } from '../sqs/service.ts'
import type { LambdaService } from './service.ts'
import { BatchDelivery, deadLetter, type StreamRecord } from './stream-delivery.ts'

/** Services that event source mappings need. */
export interface MappingOptions {
  readonly template: Template
  readonly clock: VirtualClock
  readonly state: State
  readonly iam: Iam
  readonly lambda: LambdaService
  readonly sqs: Sqs
  readonly dynamodb: DynamoDb
}

interface MappingProperties {
  readonly FilterCriteria?: { readonly Filters: readonly { readonly Pattern: string }[] }
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } }
}

interface Shard {
  readonly ShardId: string
  readonly ParentShardId?: string
}

/** Position in a shard; `closed` when the shard ends there. */
interface Checkpoint {
  readonly sequenceNumber?: string
  readonly closed?: boolean
}

const api = 'DynamoDBStreams_20120810'
/** Limit of one GetRecords call. */
const maxRecordsPerRead = 1000
/** Poll interval for writes that did not pass through the local cloud; other writes wake the reader. */
const idlePollMs = 1000
/** Pause after a failed read, in real time. */
const retryDelayMs = 500

export class StreamMapping implements ClockSource {
  readonly #streamArn: string
  readonly #eventSourceArn: string
  readonly #dynamodb: DynamoDb
  readonly #checkpoints: Collection<Checkpoint>
  readonly #delivery: BatchDelivery
  readonly #patterns: readonly EventPattern[]
  readonly #iterators = new Map<string, string>()
  readonly #clock: VirtualClock
  #reading: Promise<void> | undefined
  #again = false
  #stopped = false
  #timer: NodeJS.Timeout | undefined

  private constructor(
    mapping: Resource,
    streamArn: string,
    delivery: BatchDelivery,
    options: MappingOptions,
  ) {
    const { FilterCriteria } = mapping.properties as MappingProperties
    this.#streamArn = streamArn
    this.#eventSourceArn = String(mapping.properties.EventSourceArn)
    this.#dynamodb = options.dynamodb
    this.#clock = options.clock
    this.#checkpoints = options.state.collection<Checkpoint>(`stream/${mapping.logicalId}`)
    this.#delivery = delivery
    this.#patterns = (FilterCriteria?.Filters ?? []).map(({ Pattern }) => JSON.parse(Pattern) as EventPattern)
  }

  static async start(mapping: Resource, target: Resource, options: MappingOptions): Promise<StreamMapping> {
    const eventSourceArn = String(mapping.properties.EventSourceArn)
    const { clock, dynamodb, iam, lambda, sqs } = options
    const actions = ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator']
    iam.authorizeFunction(
      target.logicalId,
      actions.map(action => ({ action, resource: eventSourceArn })),
    )
    const table = /:table\/([^/]+)\/stream\//.exec(eventSourceArn)?.[1]
    if (!table) throw new Error(`${mapping.logicalId}: the local cloud has no event source ${eventSourceArn}`)
    const properties = mapping.properties as MappingProperties
    const destination = properties.DestinationConfig?.OnFailure?.Destination
    if (destination) {
      iam.authorizeFunction(target.logicalId, [{ action: 'sqs:SendMessage', resource: destination }])
    }
    const delivery = new BatchDelivery(mapping.properties, {
      clock,
      invoke: event => lambda.invoke(target.arn, event),
      giveUp: (records, result, attempts) => {
        if (!destination) return
        const letter = deadLetter({ records, result, attempts, target, eventSourceArn, now: clock.now() })
        sqs.queue(destination).send(JSON.stringify(letter))
      },
    })
    const reader = new StreamMapping(mapping, await dynamodb.streamArn(table), delivery, options)
    const previous = dynamodb.onWrite
    dynamodb.onWrite = () => {
      previous?.()
      reader.#wake()
    }
    clock.register(reader)
    reader.#wake()
    return reader
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  nextDue(): undefined {
    return undefined
  }

  runDue(): Fired[] {
    return []
  }

  isIdle(): boolean {
    return this.#reading === undefined
  }

  /** Reads to the end of the stream. Records are in the stream before their write returns. */
  async drain(): Promise<void> {
    this.#wake()
    await this.#reading
  }

  #wake(): void {
    if (this.#reading) {
      this.#again = true
      return
    }
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.#reading = this.#readAll().finally(() => {
      this.#reading = undefined
      if (this.#again) this.#wake()
      else if (!this.#stopped) this.#timer = setTimeout(() => this.#wake(), idlePollMs).unref()
    })
  }

  async #readAll(): Promise<void> {
    try {
      do {
        this.#again = false
        for (const { ShardId } of await this.#openShards()) await this.#readShard(ShardId)
      } while (this.#again && !this.#stopped)
    } catch (error) {
      this.#iterators.clear()
      // The emulator is stopping: the next run reads on from the checkpoint.
      if (isConnectionError(error)) {
        this.#again = false
        return
      }
      if (!(error instanceof AwsError)) throw error
      // Example: the iterator has expired while the machine slept. The next read starts at the checkpoint.
      await sleep(retryDelayMs)
      this.#again = true
    }
  }

  async #readShard(shardId: string): Promise<void> {
    while (!this.#stopped && (await this.#readOnce(shardId))) this.#clock.notify()
  }

  /** The open shards, parents before children, which keeps the order across a split. */
  async #openShards(): Promise<Shard[]> {
    if (this.#iterators.size > 0) return [...this.#iterators.keys()].map(ShardId => ({ ShardId }))
    const { StreamDescription } = await this.#call<{ StreamDescription: { Shards: Shard[] } }>(
      'DescribeStream',
      {
        StreamArn: this.#streamArn,
      },
    )
    return StreamDescription.Shards.filter(({ ShardId }) => !this.#checkpoints.get(ShardId)?.closed)
  }

  /** Resolves to true when there may be more records. */
  async #readOnce(shardId: string): Promise<boolean> {
    const ShardIterator = this.#iterators.get(shardId) ?? (await this.#iterator(shardId))
    const { Records, NextShardIterator } = await this.#call<{
      Records: StreamRecord[]
      NextShardIterator?: string
    }>('GetRecords', { ShardIterator, Limit: maxRecordsPerRead })
    const last = Records.at(-1)?.dynamodb.SequenceNumber
    if (last) {
      await this.#delivery.deliver(this.#selected(Records))
      this.#checkpoints.set(shardId, { sequenceNumber: last })
    }
    if (NextShardIterator) this.#iterators.set(shardId, NextShardIterator)
    else this.#close(shardId)
    return last !== undefined && NextShardIterator !== undefined
  }

  async #iterator(shardId: string): Promise<string> {
    const SequenceNumber = this.#checkpoints.get(shardId)?.sequenceNumber
    const fromStart = { StreamArn: this.#streamArn, ShardId: shardId, ShardIteratorType: 'TRIM_HORIZON' }
    const input = SequenceNumber
      ? { ...fromStart, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber }
      : fromStart
    const { ShardIterator } = await this.#call<{ ShardIterator: string }>('GetShardIterator', input).catch(
      error => {
        // Streams keep records for a day: after a longer pause, reading starts at the oldest record.
        if (!(error instanceof AwsError && error.code === 'TrimmedDataAccessException')) throw error
        return this.#call<{ ShardIterator: string }>('GetShardIterator', fromStart)
      },
    )
    return ShardIterator
  }

  /** Marks a shard as read to its end, and looks for its children. */
  #close(shardId: string): void {
    this.#checkpoints.set(shardId, { closed: true })
    this.#iterators.clear()
    this.#again = true
  }

  #selected(records: readonly StreamRecord[]): StreamRecord[] {
    return records
      .filter(
        record =>
          this.#patterns.length === 0 || this.#patterns.some(pattern => matchesPattern(pattern, record)),
      )
      .map(record => this.#asInAws(record))
  }

  /** Replaces the real time and the region that DynamoDB Local reports. */
  #asInAws(record: StreamRecord): StreamRecord {
    const created = Math.trunc(record.dynamodb.ApproximateCreationDateTime + this.#clock.offset / 1000)
    return {
      ...record,
      awsRegion: this.#eventSourceArn.split(':')[3] ?? '',
      dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: created },
      eventSourceARN: this.#eventSourceArn,
    }
  }

  #call<Output>(operation: string, input: object): Promise<Output> {
    return this.#dynamodb.request<Output>(operation, input, api)
  }
}

const isConnectionError = (error: unknown): boolean =>
  error instanceof Error &&
  ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(String((error as { code?: string }).code))
