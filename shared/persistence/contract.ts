/** Public interface of the table: schemas, types and operations that other modules may use. */
export { dataLayout, eventEntity, type IndexName, type KeyClass, keyPattern, tableSchema } from './schema.ts'
