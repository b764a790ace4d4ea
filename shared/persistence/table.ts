/** Reads and writes of the single table. Every write has a condition. */
import {
  type AttributeValue,
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { backOff } from '../kernel/back-off.ts'
import { DomainError } from '../kernel/errors.ts'
import { setting } from '../kernel/settings.ts'
import { timeouts } from '../kernel/timeouts.ts'
import { type CursorScope, readCursor, writeCursor } from './cursor.ts'
import { type Check, type Condition, ConditionFailed, type Item, type Key, type Write } from './item.ts'
import { type IndexName, tableSchema } from './schema.ts'
import { readRows } from './stored.ts'

const client = DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler: timeouts }), {
  marshallOptions: { removeUndefinedValues: true },
})

const name = () => setting('TABLE_NAME')

export const get = async (key: Key): Promise<Item | undefined> => {
  const { Item } = await client.send(new GetCommand({ TableName: name(), Key: key, ConsistentRead: true }))
  return Item as Item | undefined
}

/** DynamoDB's limit on the keys of one BatchGetItem. */
const batchLimit = 100

/**
 * Reads items by key, strongly consistent, in one round trip per 100 keys.
 * @returns the items in the order of the keys, undefined for a missing item
 * @throws DomainError busy when the table left keys unread in every attempt
 */
export const getAll = async (keys: readonly Key[]): Promise<(Item | undefined)[]> => {
  const items = new Map<string, Item>()
  const address = ({ pk, sk }: Key) => `${pk}\n${sk}`
  let pending = [...new Map(keys.map(({ pk, sk }) => [address({ pk, sk }), { pk, sk }])).values()]
  for (let attempt = 0; pending.length > 0; ) {
    const request = { Keys: pending.slice(0, batchLimit), ConsistentRead: true }
    const response = await client.send(new BatchGetCommand({ RequestItems: { [name()]: request } }))
    for (const item of (response.Responses?.[name()] ?? []) as Item[]) items.set(address(item), item)
    const unread = (response.UnprocessedKeys?.[name()]?.Keys ?? []) as Key[]
    pending = [...unread, ...pending.slice(batchLimit)]
    if (unread.length > 0) await pauseOrGiveUp(++attempt)
  }
  return keys.map(key => items.get(address(key)))
}

/** Maximum number of attempts of a call that is throttled or conflicts with another transaction. */
const attempts = 4

/** Pauses after a failed attempt. @throws DomainError busy after the last attempt */
const pauseOrGiveUp = async (attempt: number): Promise<void> => {
  if (attempt >= attempts) throw new DomainError('busy', { retryAfterSeconds: 1 })
  await backOff(attempt)
}

/** Reads items as `getAll` does, for keys in named groups. */
export const getGroups = async <G extends string>(
  groups: Readonly<Record<G, readonly Key[]>>,
): Promise<Record<G, (Item | undefined)[]>> => {
  const names = Object.keys(groups) as G[]
  const items = await getAll(names.flatMap(group => groups[group]))
  const take = (count: number) => items.splice(0, count)
  return Object.fromEntries(names.map(group => [group, take(groups[group].length)])) as Record<
    G,
    (Item | undefined)[]
  >
}

interface Query {
  readonly index?: IndexName
  readonly partition: string
  readonly beginsWith?: string
  readonly from?: string
  readonly upTo?: string
  readonly filter?: { readonly path: string; readonly equals: string }
  readonly descending?: boolean
  /** Strongly consistent, at twice the price. Not available for indexes. */
  readonly isConsistent?: boolean
  readonly limit: number
  readonly after?: Record<string, unknown> | undefined
}

interface SortCondition {
  readonly text: string
  readonly values: Readonly<Record<string, string>>
}

const sortCondition = ({ beginsWith, from, upTo }: Query): SortCondition | undefined => {
  if (beginsWith !== undefined)
    return { text: ' AND begins_with(#sk, :prefix)', values: { ':prefix': beginsWith } }
  if (from !== undefined && upTo !== undefined)
    return { text: ' AND #sk BETWEEN :from AND :upTo', values: { ':from': from, ':upTo': upTo } }
  if (from !== undefined) return { text: ' AND #sk >= :from', values: { ':from': from } }
  if (upTo !== undefined) return { text: ' AND #sk <= :upTo', values: { ':upTo': upTo } }
  return undefined
}

/** Reads one page of a partition, in one round trip. @returns `next` to pass as `after`, undefined on the last page */
export const query = async (wanted: Query): Promise<{ items: Item[]; next?: Record<string, unknown> }> => {
  const keys = wanted.index ? tableSchema.indexes[wanted.index] : tableSchema
  const sort = sortCondition(wanted)
  const path = wanted.filter?.path.split('.') ?? []
  const input: QueryCommandInput = {
    TableName: name(),
    IndexName: wanted.index,
    KeyConditionExpression: `#pk = :pk${sort?.text ?? ''}`,
    FilterExpression: wanted.filter && `${path.map((_, i) => `#f${i}`).join('.')} = :f`,
    ExpressionAttributeNames: {
      '#pk': keys.partitionKey,
      ...(sort && { '#sk': keys.sortKey }),
      ...Object.fromEntries(path.map((part, i) => [`#f${i}`, part])),
    },
    ExpressionAttributeValues: {
      ':pk': wanted.partition,
      ...sort?.values,
      ...(wanted.filter && { ':f': wanted.filter.equals }),
    },
    ScanIndexForward: !wanted.descending,
    ConsistentRead: wanted.isConsistent,
    Limit: wanted.limit,
    ExclusiveStartKey: wanted.after,
  }
  const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(input))
  return { items: Items as Item[], ...(LastEvaluatedKey && { next: LastEvaluatedKey }) }
}

/** Reads a page of a list with cursors. Items that cannot be read are logged and left out. */
export const queryPage = async <T>(
  wanted: Omit<Query, 'after'>,
  scope: CursorScope,
  view: (item: Item) => T,
): Promise<{ items: T[]; nextCursor: string | null }> => {
  const { items, next } = await query({ ...wanted, after: readCursor(scope) })
  return { items: readRows(items, view), nextCursor: writeCursor(scope, next) }
}

/** Builds a ConditionExpression with its attribute names and values. */
class ConditionBuilder {
  readonly names: Record<string, string> = {}
  readonly values: Record<string, unknown> = {}

  #value(operand: unknown): string {
    const key = `:v${Object.keys(this.values).length}`
    this.values[key] = operand
    return key
  }

  #comparison(attribute: string, wanted: Condition[string]): string {
    const key = `#n${Object.keys(this.names).length}`
    this.names[key] = attribute
    if (wanted === 'absent') return `attribute_not_exists(${key})`
    if (typeof wanted !== 'object') return `${key} = ${this.#value(wanted)}`
    if ('after' in wanted) return `${key} > ${this.#value(wanted.after)}`
    return `${key} <= ${this.#value(wanted.atOrBefore)}`
  }

  conjunction(condition: Condition): string {
    return Object.entries(condition)
      .map(([attribute, wanted]) => this.#comparison(attribute, wanted))
      .join(' AND ')
  }
}

const conditional = (...alternatives: readonly (Condition | undefined)[]) => {
  const expression = new ConditionBuilder()
  const text = alternatives
    .flatMap(condition => (condition ? `(${expression.conjunction(condition)})` : []))
    .join(' OR ')
  return {
    TableName: name(),
    ConditionExpression: text,
    ExpressionAttributeNames: expression.names,
    ...(Object.keys(expression.values).length > 0 && { ExpressionAttributeValues: expression.values }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  }
}

const toPut = ({ put, when, orWhen }: Write) => ({ Item: put, ...conditional(when, orWhen) })

const toTransactItem = (write: Write | Check) =>
  'put' in write
    ? { Put: toPut(write) }
    : { ConditionCheck: { Key: write.check, ...conditional(write.when) } }

const itemIn = (item: Record<string, AttributeValue> | undefined) => item && (unmarshall(item) as Item)

/** Makes one write, at half the price of a transaction. @throws ConditionFailed */
export const put = async (write: Write): Promise<void> => {
  try {
    await client.send(new PutCommand(toPut(write)))
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    throw new ConditionFailed([{ index: 0, found: itemIn(error.Item) }])
  }
}

/** Deletes one item. Only items that can be made again from others may be deleted. @throws ConditionFailed */
export const remove = async (key: Key, when: Condition): Promise<void> => {
  try {
    await client.send(new DeleteCommand({ Key: key, ...conditional(when) }))
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    throw new ConditionFailed([{ index: 0, found: itemIn(error.Item) }])
  }
}

/**
 * Makes all writes in one transaction, or none if a condition or check does not hold.
 * @throws ConditionFailed when a condition does not hold
 * @throws DomainError busy when throttling or other transactions made every attempt fail
 */
export const transact = async (writes: readonly (Write | Check)[]): Promise<void> => {
  const command = new TransactWriteCommand({ TransactItems: writes.map(toTransactItem) })
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(command)
      return
    } catch (error) {
      const reasons = cancellation(error)
      const failed = reasons.flatMap(({ Code, Item }, index) =>
        Code === 'ConditionalCheckFailed' ? [{ index, found: itemIn(Item) }] : [],
      )
      if (failed.length > 0) throw new ConditionFailed(failed)
    }
    await pauseOrGiveUp(attempt)
  }
}

/** Returns the reasons why a transaction was cancelled. @throws any other error as it is */
const cancellation = (error: unknown): CancellationReason[] => {
  if (!(error instanceof TransactionCanceledException)) throw error
  const reasons = error.CancellationReasons ?? []
  const retryableCodes = new Set([
    'None',
    'ConditionalCheckFailed',
    'TransactionConflict',
    'ThrottlingError',
    'ProvisionedThroughputExceeded',
  ])
  if (reasons.some(({ Code }) => !retryableCodes.has(Code ?? 'None'))) throw error
  return reasons
}
