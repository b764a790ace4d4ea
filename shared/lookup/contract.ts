/** Public interface of the lookup: the schema of a query. */
import { text } from '../kernel/fields.ts'

/** A query of a lookup. */
export const lookupText = text(200)
