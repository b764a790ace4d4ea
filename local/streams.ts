/**
 * DynamoDB Streams to Lambda: reads a table's stream from DynamoDB Local and hands the filtered records to a
 * function, in order per partition key. A checkpoint is durable only after its records have been dealt with.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsError } from './aws-error.ts'
import { failedItems, reportsFailures } from './batch-item-failures.ts'
import type { ClockSource, Fired, VirtualClock } from './clock.ts'
import type { DynamoDb } from './dynamodb.ts'
import { type EventPattern, matchesPattern } from './event-pattern.ts'
import type { Iam } from './iam.ts'
import type { InvocationResult, LambdaService } from './lambda.ts'
import type { Sqs } from './sqs.ts'
import type { Collection, State } from './state.ts'
import type { Resource, Template } from './template.ts'

/** What event source mappings stand on. */
export interface MappingOptions {
  template: Template
  clock: VirtualClock
  state: State
  iam: Iam
  lambda: LambdaService
  sqs: Sqs
  dynamodb: DynamoDb
}

export interface StreamRecord {
  eventID: string
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE'
  awsRegion: string
  dynamodb: {
    Keys: Record<string, unknown>
    SequenceNumber: string
    ApproximateCreationDateTime: number
    [field: string]: unknown
  }
  [field: string]: unknown
}

interface MappingProperties {
  BatchSize?: number
  BisectBatchOnFunctionError?: boolean
  MaximumRetryAttempts?: number
  MaximumRecordAgeInSeconds?: number
  ParallelizationFactor?: number
  FilterCriteria?: { Filters: { Pattern: string }[] }
  DestinationConfig?: { OnFailure?: { Destination?: string } }
}

interface Shard {
  ShardId: string
  ParentShardId?: string
}

/** How far a shard has been read; `closed` when nothing more can come. */
interface Checkpoint {
  sequenceNumber?: string
  closed?: boolean
}

const api = 'DynamoDBStreams_20120810'
const defaultBatchSize = 100
/** As many records as one GetRecords call returns. */
const maxRecordsPerRead = 1000
/** Writes wake the reader; this is for what was written past the local cloud. */
const idlePollMs = 1000
/** AWS waits between attempts as well; in real time here, so that a failing function does not spin. */
const retryDelayMs = { first: 50, longest: 500 }

export class StreamMapping implements ClockSource {
  readonly #streamArn: string
  readonly #eventSourceArn: string
  readonly #dynamodb: DynamoDb
  readonly #checkpoints: Collection<Checkpoint>
  readonly #delivery: BatchDelivery
  readonly #patterns: EventPattern[]
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

  /** Reads until the stream has nothing more: records are in it before their write is answered. */
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
      // The emulator is stopping: what is unread is read from the checkpoint by the next run.
      if (isConnectionError(error)) {
        this.#again = false
        return
      }
      if (!(error instanceof AwsError)) throw error
      // Such as an iterator that has expired while the machine slept: the checkpoint still knows the place.
      await sleep(retryDelayMs.longest)
      this.#again = true
    }
  }

  async #readShard(shardId: string): Promise<void> {
    while (!this.#stopped && (await this.#readOnce(shardId))) this.#clock.poke()
  }

  /** Parents come before their children in the answer, which keeps the order across a split. */
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

  /** Whether there were records. */
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
        // Streams keep a day: after a longer pause, what is left is read from its beginning.
        if (!(error instanceof AwsError && error.code === 'TrimmedDataAccessException')) throw error
        return this.#call<{ ShardIterator: string }>('GetShardIterator', fromStart)
      },
    )
    return ShardIterator
  }

  /** A closed shard has children that are yet to be found. */
  #close(shardId: string): void {
    this.#checkpoints.set(shardId, { closed: true })
    this.#iterators.clear()
    this.#again = true
  }

  #selected(records: StreamRecord[]): StreamRecord[] {
    return records
      .filter(
        record =>
          this.#patterns.length === 0 || this.#patterns.some(pattern => matchesPattern(pattern, record)),
      )
      .map(record => this.#asInAws(record))
  }

  /** DynamoDB Local tells real time and a region of its own. */
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

interface DeliveryTarget {
  clock: VirtualClock
  invoke: (event: unknown) => Promise<InvocationResult>
  /** Takes the records that were tried in vain. */
  giveUp: (records: StreamRecord[], result: InvocationResult, attempts: number) => void
}

/** Hands records to the function, with the retries, the bisecting and the bounds of the mapping. */
export class BatchDelivery {
  readonly #properties: MappingProperties
  readonly #target: DeliveryTarget
  readonly #reportsFailures: boolean

  constructor(properties: Record<string, unknown>, target: DeliveryTarget) {
    this.#properties = properties as MappingProperties
    this.#target = target
    this.#reportsFailures = reportsFailures(properties)
  }

  /** Resolves when every record was handled or given up; records of one partition key stay in order. */
  async deliver(records: StreamRecord[]): Promise<void> {
    const lanes = lanesOf(records, this.#properties.ParallelizationFactor ?? 1)
    await Promise.all(lanes.map(lane => this.#deliverLane(lane)))
  }

  async #deliverLane(records: StreamRecord[]): Promise<void> {
    const size = this.#properties.BatchSize ?? defaultBatchSize
    for (let start = 0; start < records.length; start += size) {
      await this.#deliverBatch(records.slice(start, start + size), 0)
    }
  }

  async #deliverBatch(records: StreamRecord[], failures: number): Promise<void> {
    const result = await this.#target.invoke({ Records: records })
    const rest = this.#unhandled(records, result)
    if (rest.length === 0) return
    const attempts = failures + 1
    if (this.#isSpent(rest, attempts)) return this.#target.giveUp(rest, result, attempts)
    await sleep(Math.min(retryDelayMs.first * 2 ** failures, retryDelayMs.longest))
    const half = Math.ceil(rest.length / 2)
    // A reported failure already says where to go on, so that only a whole failed batch is bisected.
    const bisects =
      this.#properties.BisectBatchOnFunctionError && rest.length > 1 && rest.length === records.length
    if (!bisects) return this.#deliverBatch(rest, attempts)
    await this.#deliverBatch(rest.slice(0, half), attempts)
    await this.#deliverBatch(rest.slice(half), attempts)
  }

  /** A stream goes on from its first failed record, whatever came after it. */
  #unhandled(records: StreamRecord[], result: InvocationResult): StreamRecord[] {
    const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber)
    const failed = failedItems(result, numbers, this.#reportsFailures)
    const first = numbers.findIndex(number => failed.has(number))
    return first === -1 ? [] : records.slice(first)
  }

  #isSpent(records: StreamRecord[], attempts: number): boolean {
    const { MaximumRetryAttempts: retries = -1, MaximumRecordAgeInSeconds: maxAge = -1 } = this.#properties
    if (retries >= 0 && attempts > retries) return true
    const oldest = records[0]?.dynamodb.ApproximateCreationDateTime ?? 0
    return maxAge >= 0 && this.#target.clock.now() / 1000 - oldest > maxAge
  }
}

/** Splits records into lanes that may run side by side: a partition key always takes the same lane. */
function lanesOf(records: StreamRecord[], count: number): StreamRecord[][] {
  const lanes = Map.groupBy(records, ({ dynamodb }) => {
    const [partitionKey] = Object.values(dynamodb.Keys)
    return laneOf(JSON.stringify(partitionKey), count)
  })
  return [...lanes.values()]
}

const laneOf = (key: string, count: number): number => {
  let hash = 0
  for (const character of key) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return hash % count
}

interface DeadLetter {
  records: StreamRecord[]
  result: InvocationResult
  attempts: number
  target: Resource
  eventSourceArn: string
  now: number
}

/** What Lambda sends to an on-failure destination: where the records are, not the records. */
function deadLetter({ records, result, attempts, target, eventSourceArn, now }: DeadLetter): object {
  const created = (record: StreamRecord | undefined) =>
    new Date((record?.dynamodb.ApproximateCreationDateTime ?? 0) * 1000).toISOString()
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: target.arn,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: attempts,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: result.ok ? null : 'Unhandled',
    },
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    DDBStreamBatchInfo: {
      startSequenceNumber: records[0]?.dynamodb.SequenceNumber,
      endSequenceNumber: records.at(-1)?.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: created(records[0]),
      approximateArrivalOfLastRecord: created(records.at(-1)),
      batchSize: records.length,
      streamArn: eventSourceArn,
    },
  }
}
