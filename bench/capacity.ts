/**
 * Computes the capacity units of DynamoDB writes from the items. The figures of DynamoDB Local for transactions follow
 * no documented rule; its figures for single writes are used to check the computation.
 */
import { isDeepStrictEqual } from 'node:util'
import { tableSchema } from '../shared/persistence/schema.ts'

type Value = Readonly<Record<string, unknown>>
/** An item in DynamoDB JSON. */
export type Item = Readonly<Record<string, Value>>

const bytes = (text: string): number => Buffer.byteLength(text)

/** A list or map costs 3 bytes, plus 1 byte per element. */
const containerBytes = 3
const sumOf = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0)

const valueBytes: Readonly<Record<string, (value: never) => number>> = {
  S: bytes,
  N: (digits: string) => Math.ceil(digits.replace(/^[-0.]+|[-.]/g, '').length / 2) + 1,
  BOOL: () => 1,
  NULL: () => 1,
  L: (values: Value[]) => containerBytes + sumOf(values.map(value => sizeOfValue(value) + 1)),
  M: (item: Item) => containerBytes + sizeOf(item) + Object.keys(item).length,
}

const sizeOfValue = (value: Value): number => {
  const [[type, content] = []] = Object.entries(value)
  const size = valueBytes[type ?? '']
  if (!size) throw new Error(`unknown attribute type ${type}`)
  return size(content as never)
}

/**
 * Returns the size of an item in bytes: names and values, as described under "DynamoDB item sizes and formats" in the
 * DynamoDB Developer Guide.
 */
const sizeOf = (item: Item): number =>
  sumOf(Object.entries(item).map(([name, value]) => bytes(name) + sizeOfValue(value)))

const unitBytes = 1024
const units = (size: number): number => Math.ceil(size / unitBytes)

const tableKey = [tableSchema.partitionKey, tableSchema.sortKey]
const indexes = Object.values(tableSchema.indexes).map(index => ({
  name: index.name,
  key: [index.partitionKey, index.sortKey],
  projected: [...tableKey, index.partitionKey, index.sortKey, ...('include' in index ? index.include : [])],
}))

const pick = (item: Item, names: readonly string[]): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))

/** Returns the projection of an item in an index, or undefined if the item lacks a key attribute of the index. */
const entryOf = (item: Item | undefined, { key, projected }: (typeof indexes)[number]): Item | undefined =>
  item && key.every(name => item[name]) ? pick(item, projected) : undefined

/**
 * Returns the write units of an index. A changed key costs a delete and a put; an unchanged projection costs nothing.
 */
const indexUnits = (index: (typeof indexes)[number], before?: Item, after?: Item): number => {
  const [left, entered] = [entryOf(before, index), entryOf(after, index)]
  if (isDeepStrictEqual(left, entered)) return 0
  const sizes = [left, entered].flatMap(entry => (entry ? [units(sizeOf(entry))] : []))
  const moved = left && entered && !isDeepStrictEqual(pick(left, index.key), pick(entered, index.key))
  return moved ? sumOf(sizes) : Math.max(...sizes)
}

/**
 * Returns the write units of replacing an item: 1 per started KB of the larger version, twice that in a transaction,
 * plus 1 per started KB of each change in an index (DynamoDB Developer Guide, "DynamoDB write operations",
 * "Transactions: capacity management", "Using Global Secondary Indexes").
 */
export const writeUnits = (before: Item | undefined, after: Item, transactional: boolean): number => {
  const size = Math.max(sizeOf(after), before ? sizeOf(before) : 0)
  return units(size) * (transactional ? 2 : 1) + sumOf(indexes.map(index => indexUnits(index, before, after)))
}

/** Returns the part of these write units that the due index causes. */
export const dueUnits = (before: Item | undefined, after: Item): number =>
  sumOf(indexes.filter(({ name }) => name === 'due').map(index => indexUnits(index, before, after)))

/**
 * Returns the write units of a condition check in a transaction: those of writing the item. The guide does not state
 * them; martinhicks.dev/articles/what-a-conditional-dynamodb-transaction-costs has measured them in AWS.
 */
export const checkUnits = (item: Item | undefined): number => 2 * Math.max(1, units(item ? sizeOf(item) : 0))
