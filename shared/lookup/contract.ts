/** Public interface of the lookup: the schema of a query. */
import { describeSchema } from '../kernel/documentation.ts'
import { text } from '../kernel/fields.ts'

/** A query of a lookup. */
export const lookupText = text(200)
/* @__PURE__ */ describeSchema(lookupText, {
  description: 'Words of a name, or a request number.',
  example: 'Havelland Getriebe',
})
