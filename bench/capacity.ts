/**
 * Capacity units of DynamoDB writes, computed from the items. DynamoDB Local's figures for transactions follow no
 * documented rule; its figures for single writes are used to check the computation.
 */
import { isDeepStrictEqual } from 'node:util'
import { tableSchema } from '../shared/persistence/schema.ts'

type Value = Readonly<Record<string, unknown>>
/** An item in DynamoDB JSON, each value under its type. */
export type Item = Readonly<Record<string, Value>>

const bytes = (text: string): number => Buffer.byteLength(text)

/** A list or map costs 3 bytes, and 1 for each element. */
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
  if (!size) throw new Error(`no size is known of a value of type ${type}`)
  return size(content as never)
}

/**
 * An item's size in bytes: names and values, as "DynamoDB item sizes and formats" in the DynamoDB Developer
 * Guide counts them.
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

/** The projection of an item in an index; empty unless the item has both key attributes of the index. */
const entryOf = (item: Item | undefined, { key, projected }: (typeof indexes)[number]): Item | undefined =>
  item && key.every(name => item[name]) ? pick(item, projected) : undefined

/** Write units of an index: an entry whose key changes is deleted and put, an unchanged projection costs nothing. */
const indexUnits = (index: (typeof indexes)[number], before?: Item, after?: Item): number => {
  const [left, entered] = [entryOf(before, index), entryOf(after, index)]
  if (isDeepStrictEqual(left, entered)) return 0
  const sizes = [left, entered].flatMap(entry => (entry ? [units(sizeOf(entry))] : []))
  const moved = left && entered && !isDeepStrictEqual(pick(left, index.key), pick(entered, index.key))
  return moved ? sumOf(sizes) : Math.max(...sizes)
}

/**
 * The write units of putting an item in the place of another: 1 for each KB begun of the larger of both, twice
 * that in a transaction, and the usual 1 for each KB of what changes in each index (DynamoDB Developer Guide,
 * "DynamoDB write operations", "Transactions: capacity management", "Using Global Secondary Indexes").
 */
export const writeUnits = (before: Item | undefined, after: Item, transactional: boolean): number => {
  const size = Math.max(sizeOf(after), before ? sizeOf(before) : 0)
  return units(size) * (transactional ? 2 : 1) + sumOf(indexes.map(index => indexUnits(index, before, after)))
}

/** The part of these write units that the due index causes. */
export const dueUnits = (before: Item | undefined, after: Item): number =>
  sumOf(indexes.filter(({ name }) => name === 'due').map(index => indexUnits(index, before, after)))

/**
 * The write units of a transaction's check of an item that stays as it is: those of writing it. The guide leaves it
 * open; martinhicks.dev/articles/what-a-conditional-dynamodb-transaction-costs has measured it in AWS.
 */
export const checkUnits = (item: Item | undefined): number => 2 * Math.max(1, units(item ? sizeOf(item) : 0))
