/** Schemas of messages and field errors, as the API shows them. */
import * as z from 'zod/mini'

const value = z.union([z.string(), z.number(), z.boolean()])

/** The parameters of a message, by name. */
export const parameters = z.record(z.string(), z.union([value, z.array(value)]))

/** One fault of an input. docs/api/errors.md lists the codes with their messages and parameters. */
export const fieldError = z.strictObject({
  /** A JSON pointer (RFC 6901) into the body, or `query/x`, `header/x`. */
  pointer: z.string(),
  code: z.string(),
  params: parameters,
  /** The message in English. */
  detail: z.string(),
})
