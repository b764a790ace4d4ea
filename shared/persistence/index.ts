/** Public interface of the module: services and stores of the table. */
export { type CursorScope, isCursor, readCursor, writeCursor } from './cursor.ts'
export { type Attempt, attempt, createOnce, recordKeys } from './idempotency.ts'
export {
  type Check,
  type Condition,
  ConditionFailed,
  contentOf,
  type Item,
  type Key,
  key,
  partition,
  shardOf,
  type Write,
} from './item.ts'
export { type MergedList, mergedItems, mergedPage } from './merged-page.ts'
export { retryOnConflict } from './retry-on-conflict.ts'
export {
  readRows,
  readStored,
  storedAddress,
  storedMoney,
  storedPerson,
  storedTexts,
  UnreadableItem,
  unknownFields,
} from './stored.ts'
export { get, getAll, getGroups, put, query, queryPage, remove, transact } from './table.ts'
export { readConsistently, TornRead } from './torn-read.ts'
export { requireVersion, staleVersion } from './version.ts'
export { versionedData } from './versioned-data.ts'
