/** Public face of the table: schemas, types and operations that other modules may use. */
export { eventEntity, tableSchema } from './schema.ts'
