/**
 * Delivery of stream records to a function: batches in order per partition key, retries, bisecting, limits on attempts
 * and age, and a message to the on-failure destination about records that were given up.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { VirtualClock } from '../../runtime/clock.ts'
import type { InvocationResult } from '../../runtime/execution-environment.ts'
import type { Resource } from '../../runtime/template.ts'
import { failedItems, reportsFailures } from './batch-item-failures.ts'

export interface StreamRecord {
  readonly eventID: string
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE'
  readonly awsRegion: string
  readonly dynamodb: {
    readonly Keys: Readonly<Record<string, unknown>>
    readonly SequenceNumber: string
    readonly ApproximateCreationDateTime: number
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

interface DeliveryProperties {
  readonly BatchSize?: number
  readonly BisectBatchOnFunctionError?: boolean
  readonly MaximumRetryAttempts?: number
  readonly MaximumRecordAgeInSeconds?: number
  readonly ParallelizationFactor?: number
}

const defaultBatchSize = 100
/** Pause between attempts, in real time. */
const retryDelayMs = { first: 50, max: 500 }

interface DeliveryTarget {
  readonly clock: VirtualClock
  readonly invoke: (event: unknown) => Promise<InvocationResult>
  /** Called with records that are given up. */
  readonly giveUp: (records: readonly StreamRecord[], result: InvocationResult, attempts: number) => void
}

/** Delivers records to the function, with the retries, bisecting and limits of the mapping. */
export class BatchDelivery {
  readonly #properties: DeliveryProperties
  readonly #target: DeliveryTarget
  readonly #reportsFailures: boolean

  constructor(properties: Readonly<Record<string, unknown>>, target: DeliveryTarget) {
    this.#properties = properties as DeliveryProperties
    this.#target = target
    this.#reportsFailures = reportsFailures(properties)
  }

  /** Resolves when every record was handled or given up. Records of one partition key stay in order. */
  async deliver(records: readonly StreamRecord[]): Promise<void> {
    const lanes = lanesOf(records, this.#properties.ParallelizationFactor ?? 1)
    await Promise.all(lanes.map(lane => this.#deliverLane(lane)))
  }

  async #deliverLane(records: readonly StreamRecord[]): Promise<void> {
    const size = this.#properties.BatchSize ?? defaultBatchSize
    for (let start = 0; start < records.length; start += size) {
      await this.#deliverBatch(records.slice(start, start + size), 0)
    }
  }

  async #deliverBatch(records: readonly StreamRecord[], failures: number): Promise<void> {
    const result = await this.#target.invoke({ Records: records })
    const rest = this.#unhandled(records, result)
    if (rest.length === 0) return
    const attempts = failures + 1
    if (this.#isSpent(rest, attempts)) return this.#target.giveUp(rest, result, attempts)
    await sleep(Math.min(retryDelayMs.first * 2 ** failures, retryDelayMs.max))
    const half = Math.ceil(rest.length / 2)
    // A reported failure names the first failed record, so that only a batch that failed as a whole is bisected.
    const bisects =
      this.#properties.BisectBatchOnFunctionError && rest.length > 1 && rest.length === records.length
    if (!bisects) return this.#deliverBatch(rest, attempts)
    await this.#deliverBatch(rest.slice(0, half), attempts)
    await this.#deliverBatch(rest.slice(half), attempts)
  }

  /** Returns the records from the first failed one: a stream is retried from there. */
  #unhandled(records: readonly StreamRecord[], result: InvocationResult): StreamRecord[] {
    const numbers = records.map(({ dynamodb }) => dynamodb.SequenceNumber)
    const failed = failedItems(result, numbers, this.#reportsFailures)
    const first = numbers.findIndex(number => failed.has(number))
    return first === -1 ? [] : records.slice(first)
  }

  #isSpent(records: readonly StreamRecord[], attempts: number): boolean {
    const { MaximumRetryAttempts: retries = -1, MaximumRecordAgeInSeconds: maxAge = -1 } = this.#properties
    if (retries >= 0 && attempts > retries) return true
    const oldest = records[0]?.dynamodb.ApproximateCreationDateTime ?? 0
    return maxAge >= 0 && this.#target.clock.now() / 1000 - oldest > maxAge
  }
}

/** Splits records into lanes that may run in parallel. A partition key always has the same lane. */
const lanesOf = (records: readonly StreamRecord[], count: number): StreamRecord[][] => {
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
  readonly records: readonly StreamRecord[]
  readonly result: InvocationResult
  readonly attempts: number
  readonly target: Resource
  readonly eventSourceArn: string
  readonly now: number
}

/** Returns the message of Lambda to an on-failure destination. It contains the position of the records, not the records. */
export const deadLetter = ({
  records,
  result,
  attempts,
  target,
  eventSourceArn,
  now,
}: DeadLetter): object => {
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
