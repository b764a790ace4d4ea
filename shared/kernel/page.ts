/** Pages of lists. */
import * as z from 'zod/mini'
import { describeSchema } from './documentation.ts'
import { maxLength } from './fields.ts'

export const pageQuery = {
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(100)), 25),
  cursor: z.optional(z.string().check(maxLength(2000))),
}

/** The parameters of a list without filters. */
export const pageParameters = z.strictObject(pageQuery)
/* @__PURE__ */ describeSchema(pageParameters, {
  properties: {
    limit: 'Maximum number of items on the page.',
    cursor: '`nextCursor` of the previous page. Leave it out for the first page.',
  },
  example: { limit: 25 },
})

/** A page of a list. It can have fewer items than `limit`; the list ends where `nextCursor` is null. */
export const page = <T extends z.ZodMiniType>(item: T) => {
  const schema = z.strictObject({ items: z.array(item), nextCursor: z.nullable(z.string()) })
  /* @__PURE__ */ describeSchema(schema, {
    properties: {
      items: 'The items of the page, in the order of the list.',
      nextCursor: 'The `cursor` of the next page, or null on the last page.',
    },
  })
  return schema
}
export interface Page<T> {
  items: T[]
  nextCursor: string | null
}
