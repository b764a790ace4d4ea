/**
 * In-memory DynamoDB table. It supports only the conditions and queries that the program uses. The test
 * histories-on-dynamodb runs random histories on it and on DynamoDB Local, and compares the results.
 */
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import type { Item, Key } from '../../shared/persistence/item.ts'
import { tableSchema } from '../../shared/persistence/schema.ts'
import { type Call, inputOf } from './aws.ts'

/** Common interface of the in-memory table and DynamoDB Local. */
export interface Table {
  handle(call: Call): Promise<object>
  /** Returns all items, in any order. */
  items(): Promise<Item[]>
}

interface Conditional {
  readonly ConditionExpression: string
  readonly ExpressionAttributeNames: Record<string, string>
  readonly ExpressionAttributeValues?: Record<string, string | number>
}
type Put = Conditional & { readonly Item: Item }
type TransactItem = { readonly Put: Put } | { readonly ConditionCheck: Conditional & { readonly Key: Key } }

interface QueryInput {
  readonly IndexName?: keyof typeof tableSchema.indexes
  readonly KeyConditionExpression: string
  readonly FilterExpression?: string
  readonly ExpressionAttributeNames: Record<string, string>
  readonly ExpressionAttributeValues: Record<string, string>
  readonly ScanIndexForward: boolean
  readonly Limit: number
  readonly ExclusiveStartKey?: Record<string, string>
}

const address = ({ pk, sk }: Key): string => `${pk}\n${sk}`

export class MemoryTable implements Table {
  readonly #items = new Map<string, Item>()

  async items(): Promise<Item[]> {
    return [...this.#items.values()]
  }

  /** Adds items and replaces existing ones. */
  fill(items: readonly Item[]): void {
    for (const item of items) this.#put(item)
  }

  async handle(call: Call): Promise<object> {
    const operation = this.#operations[call.operation]
    if (!operation) throw new Error(`unsupported operation: ${call.operation}`)
    return operation(call)
  }

  readonly #operations: Readonly<Record<string, (call: Call) => object>> = {
    Get: call => ({ Item: this.#items.get(address(inputOf<{ Key: Key }>(call).Key)) }),
    BatchGet: call => {
      const { RequestItems } = inputOf<{ RequestItems: Record<string, { Keys: Key[] }> }>(call)
      const read = ({ Keys }: { Keys: Key[] }) => Keys.flatMap(key => this.#items.get(address(key)) ?? [])
      const found = Object.entries(RequestItems).map(([name, wanted]) => [name, read(wanted)])
      return { Responses: Object.fromEntries(found), UnprocessedKeys: {} }
    },
    Put: call => {
      const put = inputOf<Put>(call)
      const found = this.#items.get(address(put.Item))
      if (!holds(put, found))
        throw new ConditionalCheckFailedException({
          $metadata: {},
          message: 'The conditional request failed',
          ...(found && { Item: marshall(found, { removeUndefinedValues: true }) }),
        })
      this.#put(put.Item)
      return {}
    },
    Delete: call => {
      const { Key, ...condition } = inputOf<Conditional & { readonly Key: Key }>(call)
      if (!holds(condition, this.#items.get(address(Key))))
        throw new ConditionalCheckFailedException({
          $metadata: {},
          message: 'The conditional request failed',
        })
      this.#items.delete(address(Key))
      return {}
    },
    TransactWrite: call => this.#transact(inputOf<{ TransactItems: TransactItem[] }>(call).TransactItems),
    Query: call => this.#query(inputOf<QueryInput>(call)),
  }

  #put(item: Item): void {
    this.#items.set(address(item), deepFreeze(item))
  }

  #transact(writes: TransactItem[]): object {
    const keys = writes.map(write => address('Put' in write ? write.Put.Item : write.ConditionCheck.Key))
    if (new Set(keys).size < keys.length)
      throw new Error('a transaction contains the same item twice. Expected each item once')
    const reasons = writes.map((write, index) => {
      const found = this.#items.get(keys[index] ?? '')
      if (holds('Put' in write ? write.Put : write.ConditionCheck, found)) return { Code: 'None' }
      return {
        Code: 'ConditionalCheckFailed',
        ...(found && { Item: marshall(found, { removeUndefinedValues: true }) }),
      }
    })
    if (reasons.some(({ Code }) => Code !== 'None'))
      throw new TransactionCanceledException({
        $metadata: {},
        message: 'Transaction cancelled',
        CancellationReasons: reasons,
      })
    for (const write of writes) if ('Put' in write) this.#put(write.Put.Item)
    return {}
  }

  #query(wanted: QueryInput): object {
    const { IndexName, ScanIndexForward, Limit, ExclusiveStartKey } = wanted
    const { partitionKey, sortKey } = IndexName ? tableSchema.indexes[IndexName] : tableSchema
    const order = (item: Readonly<Record<string, unknown>>) =>
      `${item[sortKey]}\n${item.pk}\n${item.sk}${ScanIndexForward ? '' : '￿'}`
    const matchesKeys = keyCondition(wanted, partitionKey, sortKey)
    const sorted = [...this.#items.values()]
      .filter(matchesKeys)
      .sort((a, b) => (order(a) < order(b) ? -1 : 1) * (ScanIndexForward ? 1 : -1))
    const start = ExclusiveStartKey && order(ExclusiveStartKey)
    const isAfter = (item: Item) =>
      start === undefined || (ScanIndexForward ? order(item) > start : order(item) < start)
    const page = sorted.filter(isAfter).slice(0, Limit)
    const last = page.length === Limit ? page.at(-1) : undefined
    const keysOf = (item: Item) => {
      const { pk, sk } = item
      return IndexName ? { pk, sk, [partitionKey]: item[partitionKey], [sortKey]: item[sortKey] } : { pk, sk }
    }
    return {
      Items: page.filter(item => passes(wanted, item)).map(item => projected(item, IndexName, keysOf)),
      ...(last && { LastEvaluatedKey: keysOf(last) }),
    }
  }
}

const projected = (
  item: Item,
  index: QueryInput['IndexName'],
  keysOf: (item: Item) => object,
): Readonly<Record<string, unknown>> => {
  if (!index) return item
  const schema = tableSchema.indexes[index]
  const include: readonly string[] = 'include' in schema ? schema.include : []
  const included = include.filter(attribute => item[attribute] !== undefined)
  return { ...keysOf(item), ...Object.fromEntries(included.map(attribute => [attribute, item[attribute]])) }
}

const sortConditions: Readonly<
  Record<string, (value: string, operands: Readonly<Record<string, string>>) => boolean>
> = {
  'begins_with(#sk, :prefix)': (value, operands) => value.startsWith(operands[':prefix'] ?? ''),
  '#sk BETWEEN :from AND :upTo': (value, operands) =>
    value >= (operands[':from'] ?? '') && value <= (operands[':upTo'] ?? ''),
  '#sk >= :from': (value, operands) => value >= (operands[':from'] ?? ''),
  '#sk <= :upTo': (value, operands) => value <= (operands[':upTo'] ?? ''),
}

const keyCondition = (wanted: QueryInput, partitionKey: string, sortKey: string) => {
  const [, sort = ''] = /^#pk = :pk(?: AND (.+))?$/.exec(wanted.KeyConditionExpression) ?? []
  const sortCondition = sort ? sortConditions[sort] : () => true
  if (!sortCondition) throw new Error(`unsupported key condition: ${wanted.KeyConditionExpression}`)
  const operands = wanted.ExpressionAttributeValues
  return (item: Item): boolean =>
    item[partitionKey] === operands[':pk'] && sortCondition(String(item[sortKey]), operands)
}

const passes = (
  { FilterExpression, ExpressionAttributeNames, ExpressionAttributeValues }: QueryInput,
  item: Item,
): boolean => {
  if (!FilterExpression) return true
  const [path = ''] = FilterExpression.split(' = :f')
  const value = path
    .split('.')
    .reduce(
      (found: unknown, part) => (found as Record<string, unknown>)?.[ExpressionAttributeNames[part] ?? ''],
      item,
    )
  return value === ExpressionAttributeValues[':f']
}

type Clause = (
  item: Item | undefined,
  names: Readonly<Record<string, string>>,
  values: Readonly<Record<string, unknown>>,
) => boolean

const absent = /^attribute_not_exists\((#\w+)\)$/
const comparison = /^(#\w+) (=|>|<=) (:\w+)$/

const compare: Readonly<Record<string, (a: string | number, b: string | number) => boolean>> = {
  '=': (a, b) => a === b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
}

const clauseOf = (text: string): Clause => {
  const [, missing] = absent.exec(text) ?? []
  if (missing) return (item, names) => item?.[names[missing] ?? ''] === undefined
  const [, name = '', operator = '', operand = ''] = comparison.exec(text) ?? []
  const matches = compare[operator]
  if (!matches) throw new Error(`unsupported condition: ${text}`)
  return (item, names, values) => {
    const value = item?.[names[name] ?? '']
    const wanted = values[operand]
    // In DynamoDB, a comparison with a missing attribute or a value of another type is false.
    return typeof value === typeof wanted && matches(value as string, wanted as string)
  }
}

const parsed = new Map<string, readonly (readonly Clause[])[]>()

const alternativesOf = (expression: string): readonly (readonly Clause[])[] => {
  const known = parsed.get(expression)
  if (known) return known
  const alternatives = expression.split(' OR ').map(alternative => {
    const [, clauses] = /^\((.+)\)$/.exec(alternative) ?? []
    if (!clauses) throw new Error(`unsupported condition: ${expression}`)
    return clauses.split(' AND ').map(clauseOf)
  })
  parsed.set(expression, alternatives)
  return alternatives
}

const holds = (
  { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues = {} }: Conditional,
  item: Item | undefined,
): boolean =>
  alternativesOf(ConditionExpression).some(clauses =>
    clauses.every(clause => clause(item, ExpressionAttributeNames, ExpressionAttributeValues)),
  )

/** Freezes an item: stored items are returned without a copy, so readers must not change them. */
const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
