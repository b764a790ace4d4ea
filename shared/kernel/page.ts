/** Pages of lists. */
import * as z from 'zod/mini'

export const pageQuery = {
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(100)), 25),
  cursor: z.optional(z.string().check(z.maxLength(2000))),
}

/** A page of a list. It can have fewer items than `limit`; the list ends where `nextCursor` is null. */
export const page = <T extends z.ZodMiniType>(item: T) =>
  z.strictObject({ items: z.array(item), nextCursor: z.nullable(z.string()) })
export interface Page<T> {
  items: T[]
  nextCursor: string | null
}
