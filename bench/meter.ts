/** Counts the DynamoDB calls of functions: number, sequential round trips and capacity units. */

import type { DynamoDbCall } from '../local/aws/dynamodb/service.ts'
import type { Cloud } from '../local/runtime/cloud.ts'
import { tableSchema } from '../shared/persistence/schema.ts'
import { checkUnits, dueUnits, type Item, writeUnits } from './capacity.ts'

/** Kinds of calls that have a budget. */
export type CallKind = 'read' | 'query' | 'write' | 'transaction'

const kinds: Readonly<Record<string, CallKind>> = {
  GetItem: 'read',
  BatchGetItem: 'read',
  Query: 'query',
  PutItem: 'write',
  DeleteItem: 'write',
  TransactWriteItems: 'transaction',
}

export interface MeteredCall {
  /** File name of the calling function in `functions/`. */
  readonly by: string
  readonly operation: string
  readonly kind: CallKind
  readonly startedAt: number
  readonly endedAt: number
  readonly readUnits: number
  readonly writeUnits: number
  /** Write units that the due index causes. */
  readonly dueUnits: number
  readonly written: readonly Item[]
}

export class Meter {
  readonly #functions: ReadonlyMap<string, string>
  readonly #images = new Map<string, Item>()
  #calls: MeteredCall[] = []
  readonly #differences: string[] = []

  /** Requires a cloud with an empty table, because the cost of a write depends on the item that it replaces. */
  constructor(cloud: Cloud) {
    this.#functions = new Map(
      cloud.template
        .ofType('AWS::Lambda::Function')
        .map(({ logicalId, properties }) => [logicalId, serviceNameOf(properties)]),
    )
    cloud.dynamodb.onCall = call => this.#record(call)
  }

  /** Returns the calls since the last `take`. */
  take(): MeteredCall[] {
    const taken = this.#calls
    this.#calls = []
    return taken
  }

  /** Checks the computed cost of single writes against DynamoDB Local. @throws Error if they differ */
  verify(): void {
    if (this.#differences.length > 0)
      throw new Error(`computed write units differ from DynamoDB Local: ${this.#differences.join('; ')}`)
  }

  #record({ caller, operation, input, startedAt, durationMs, status, consumedCapacity }: DynamoDbCall): void {
    const kind = kinds[operation]
    if (!kind) throw new Error(`unknown operation ${operation}`)
    const reported = unitsIn(consumedCapacity)
    const isDeletion = operation === 'DeleteItem'
    const isWrite = kind === 'write' || kind === 'transaction'
    const { puts, checks } = isWrite && !isDeletion ? writesIn(input) : noWrites
    const cost = isDeletion ? this.#delete(input.Key as Item, reported) : this.#write(puts, kind, status)
    const writeUnits = checks.reduce((sum, key) => sum + checkUnits(this.#images.get(key)), cost.writeUnits)
    if (kind === 'write' && status === 200 && writeUnits !== reported)
      this.#differences.push(`${JSON.stringify(input.Item)}: computed ${writeUnits}, reported ${reported}`)
    this.#calls.push({
      by: this.#functions.get(caller) ?? caller,
      operation,
      kind,
      startedAt,
      endedAt: startedAt + durationMs,
      readUnits: this.#read(operation, input, reported),
      writeUnits,
      dueUnits: cost.dueUnits,
      written: status === 200 ? puts : [],
    })
  }

  /** Adds the minimum cost of reads without a result. DynamoDB Local counts it only for GetItem. */
  #read(operation: string, input: Record<string, unknown>, reported: number): number {
    if (operation === 'GetItem') return reported
    if (operation === 'Query') return Math.max(reported, minUnits(input))
    if (operation !== 'BatchGetItem') return 0
    const requests = Object.values(input.RequestItems as Record<string, BatchRequest>)
    const missing = requests.flatMap(request =>
      request.Keys.filter(key => !this.#images.has(addressOf(key))).map(() => minUnits(request)),
    )
    return missing.reduce((sum, units) => sum + units, reported)
  }

  /** A deletion costs what DynamoDB Local reports. */
  #delete(key: Item, reported: number) {
    this.#images.delete(addressOf(key))
    return { writeUnits: reported, dueUnits: 0 }
  }

  /** A rejected write costs the same as a successful one and changes nothing. */
  #write(items: readonly Item[], kind: CallKind, status: number) {
    const total = { writeUnits: 0, dueUnits: 0 }
    for (const item of items) {
      const address = addressOf(item)
      const before = this.#images.get(address)
      total.writeUnits += writeUnits(before, item, kind === 'transaction')
      total.dueUnits += dueUnits(before, item)
      if (status === 200) this.#images.set(address, item)
    }
    return total
  }
}

const serviceNameOf = ({ Environment }: Record<string, unknown>): string => {
  const { Variables } = Environment as { Variables: Record<string, string> }
  return String(Variables.POWERTOOLS_SERVICE_NAME)
}

interface BatchRequest {
  readonly Keys: readonly Item[]
  readonly ConsistentRead?: boolean
}

/** Read units of a read of up to 4 KB. */
const minUnits = ({ ConsistentRead }: { ConsistentRead?: unknown }): number => (ConsistentRead ? 1 : 0.5)

const unitsIn = (consumed: readonly unknown[]): number =>
  consumed.reduce<number>((sum, entry) => sum + Number((entry as { CapacityUnits: number }).CapacityUnits), 0)

interface Writes {
  readonly puts: readonly Item[]
  /** Addresses of items that are checked and not changed. */
  readonly checks: readonly string[]
}

const noWrites: Writes = { puts: [], checks: [] }

interface TransactItem {
  readonly Put?: { readonly Item?: Item | undefined }
  readonly ConditionCheck?: { readonly Key: Item }
}

const writesIn = (input: Record<string, unknown>): Writes => {
  const { Item, TransactItems = [{ Put: { Item } }] } = input as {
    Item?: Item
    TransactItems?: readonly TransactItem[]
  }
  const known = TransactItems.filter(({ Put, ConditionCheck }) => Put?.Item || ConditionCheck)
  if (known.length < TransactItems.length)
    throw new Error('a transaction contains other operations than Put and ConditionCheck')
  return {
    puts: TransactItems.flatMap(({ Put }) => (Put?.Item ? [Put.Item] : [])),
    checks: TransactItems.flatMap(({ ConditionCheck }) =>
      ConditionCheck ? addressOf(ConditionCheck.Key) : [],
    ),
  }
}

const addressOf = (item: Item): string =>
  JSON.stringify([item[tableSchema.partitionKey], item[tableSchema.sortKey]])

/** Returns the number of sequential round trips: the longest chain of calls that do not overlap in time. */
export const sequentialTrips = (calls: readonly MeteredCall[]): number => {
  let trips = 0
  let free = Number.NEGATIVE_INFINITY
  for (const { startedAt, endedAt } of calls.toSorted((a, b) => a.endedAt - b.endedAt)) {
    if (startedAt < free) continue
    trips++
    free = endedAt
  }
  return trips
}
