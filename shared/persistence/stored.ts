/**
 * Reads stored items, which can be older or newer than the running code. Each entity has a schema for its items. A field
 * that an older item lacks gets a default; a wrong value throws UnreadableItem. Fields that only a newer version of the
 * program knows are kept at the top level of an item, so that an older version does not lose them when it writes the item
 * back; inside nested objects they are dropped.
 */
import * as z from 'zod/mini'
import { loggableError, logger } from '../kernel/logger.ts'
import { type Issue, Unreadable } from '../kernel/unreadable.ts'
import { contentOf, type Item, type Key } from './item.ts'

/** An item that does not match the schema of its entity. The message names fields, and no values. */
export class UnreadableItem extends Unreadable {
  readonly entity: string
  /** The partition key and the sort key. */
  readonly key: string
  constructor(entity: string, { pk, sk }: Key, issues: readonly Issue[]) {
    super(`the ${entity} at ${pk} ${sk}`, issues)
    this.name = 'UnreadableItem'
    this.entity = entity
    this.key = `${pk} ${sk}`
  }
}

/**
 * Reads the content of an item with its entity's schema.
 * @param part the part of the item to read, such as the projection of an index; by default the whole content
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

/** Reads the rows of a list. A row that cannot be read is logged and left out, so that the others are still returned. */
export const readRows = <T, R>(rows: readonly T[], read: (row: T, index: number) => R): R[] =>
  rows.flatMap((row, index) => {
    try {
      return [read(row, index)]
    } catch (error) {
      if (!(error instanceof UnreadableItem)) throw error
      const { entity, key } = error
      logger.error('left an unreadable item out of a list', { entity, key, error: loggableError(error) })
      return []
    }
  })

/** Returns the top-level fields that a schema does not know. Code that replaces a whole item must write them back. */
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
  state: z.optional(z.string()),
  postalCode: z.optional(z.string()),
  country: z.string(),
})

export const storedPerson = z.object({
  firstName: z.optional(z.string()),
  lastName: z.optional(z.string()),
  email: z.string(),
  phone: z.optional(z.string()),
  locale: z._default(z.string(), 'en'),
})

/** A list of codes or other texts; empty in items that lack it. */
export const storedTexts = z._default(z.array(z.string()), [])
