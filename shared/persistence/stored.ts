/**
 * Reading of stored items, which outlive the code that wrote them. Each entity has a schema in which its items are stored: a
 * field that is younger than an item gets a default, and a wrong value is a clear error. Fields that only a newer version of
 * the program knows are kept at the top level of an item, so that an older version which writes the item back loses none of
 * them; inside nested objects they are dropped.
 */
import * as z from 'zod/mini'
import { faultOf, logger } from '../kernel/logger.ts'
import { Unreadable } from '../kernel/unreadable.ts'
import { contentOf, type Item, type Key } from './item.ts'

/** An item that does not match the schema of its entity. The message names fields, and no values. */
class UnreadableItem extends Unreadable {
  readonly entity: string
  /** The partition key and the sort key. */
  readonly key: string
  constructor(entity: string, { pk, sk }: Key, issues: readonly z.core.$ZodIssue[]) {
    super(`the ${entity} at ${pk} ${sk}`, issues)
    this.name = 'UnreadableItem'
    this.entity = entity
    this.key = `${pk} ${sk}`
  }
}

/**
 * Reads what an item stores.
 * @param part of the item, where that is read alone, such as the projection of an index
 * @throws UnreadableItem
 */
export const readStored = <S extends z.ZodMiniType>(
  schema: S,
  entity: string,
  item: Item,
  part: unknown = contentOf(item),
): z.output<S> => {
  const result = schema.safeParse(part)
  if (result.success) return result.data
  throw new UnreadableItem(entity, item, result.error.issues)
}

/**
 * Reads the rows of a list. A row with an item that cannot be read is logged and left out, so that it does not take the
 * others with it.
 */
export const readRows = <T, R>(rows: readonly T[], read: (row: T, index: number) => R): R[] =>
  rows.flatMap((row, index) => {
    try {
      return [read(row, index)]
    } catch (error) {
      if (!(error instanceof UnreadableItem)) throw error
      const { entity, key } = error
      logger.error('an item is left out of a list', { entity, key, fault: faultOf(error) })
      return []
    }
  })

/** Fields of a stored thing that its schema does not know. Who replaces the thing as a whole puts them back. */
export const unknownFields = (
  schema: { readonly shape: object },
  stored: object = {},
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(stored).filter(([name]) => !(name in schema.shape)))

export const storedMoney = z.object({ amount: z.number(), currency: z.string() })

export const storedAddress = z.object({
  line1: z.optional(z.string()),
  line2: z.optional(z.string()),
  city: z.string(),
  postalCode: z.optional(z.string()),
  country: z.string(),
})

export const storedPerson = z.object({
  firstName: z.string(),
  lastName: z.string(),
  email: z.string(),
  phone: z.optional(z.string()),
  locale: z._default(z.string(), 'en'),
})

/** A list of codes or other texts; empty in items that lack it. */
export const storedTexts = z._default(z.array(z.string()), [])
