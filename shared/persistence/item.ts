/** Items, keys and conditions of the table. */
import { type KeyClass, keyClasses, tableSchema } from './schema.ts'

/** Joins the parts of a key with `#`, which no id or code contains. */
export const key = (...parts: readonly string[]): string => parts.join('#')

/** Returns the partition key of a class, or of one partner's, RFI's or other owner's items of that class. */
export const partition = (of: KeyClass, ...owner: readonly string[]): string => key(keyClasses[of], ...owner)

/** Returns the shard of an id, from 0 to `shards` - 1. It depends on the last characters of the id, which are random. */
export const shardOf = (id: string, shards: number): number =>
  [...id.slice(-6)].reduce((sum, character) => sum + character.charCodeAt(0), 0) % shards

export interface Key {
  readonly pk: string
  readonly sk: string
}
export type Item = Key & Readonly<Record<string, unknown>>

const { partitionKey, sortKey, timeToLive, indexes } = tableSchema

/** Attributes of the indexes: their keys, and the attributes that exist for their projections only. */
const indexAttributes: readonly string[] = Object.values(indexes).flatMap(index => [
  index.partitionKey,
  index.sortKey,
  ...('include' in index ? index.include : []),
])

/** Attributes for the table and its indexes, which are no content of an item. */
const tableAttributes = new Set<string>([partitionKey, sortKey, timeToLive, 'entity', ...indexAttributes])

/** Returns the content of an item, without the attributes for the table and its indexes. */
export const contentOf = (item: Item): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(item).filter(([attribute]) => !tableAttributes.has(attribute)))

type Operand = string | number
/** Conditions on attributes of the stored item; `absent` is for items that are being created. */
export type Condition = Readonly<
  Record<string, Operand | { readonly after: Operand } | { readonly atOrBefore: Operand } | 'absent'>
>

/** One write of a transaction. */
export interface Write {
  readonly put: Item
  readonly when: Condition
  readonly orWhen?: Condition
}

/** A condition on an item that a transaction does not write. */
export interface Check {
  readonly check: Key
  readonly when: Condition
}

/** Conditions of some writes did not hold, so nothing was written. `found` is the stored item of each such write. */
export class ConditionFailed extends Error {
  readonly failed: readonly { index: number; found: Item | undefined }[]
  constructor(failed: ConditionFailed['failed']) {
    super('a condition of the transaction did not hold')
    this.name = 'ConditionFailed'
    this.failed = failed
  }
}
