/** Schemas of messages and field errors, as the API shows them. */
import * as z from 'zod/mini'
import { describeSchema } from './documentation.ts'

const value = z.union([z.string(), z.number(), z.boolean()])

/** The parameters of a message, by name. */
export const parameters = z.record(z.string(), z.union([value, z.array(value)]))

/** Schema of the messages of a catalogue, as parts of representations. Clients translate them by code and parameters. */
export const messageOf = <Code extends string>(catalog: Readonly<Record<Code, string>>) =>
  z.strictObject({
    code: z.enum(Object.keys(catalog) as [Code, ...Code[]]),
    params: parameters,
    detail: z.string(),
  })

/** Descriptions of the fields of such a message. */
export const messageFields = {
  code: 'Stable code of the message. docs/api/errors.md lists the codes.',
  params: 'Parameters of the message.',
  detail: 'The message in English.',
} as const

/** One fault of an input. docs/api/errors.md lists the codes with their messages and parameters. */
export const fieldError = z.strictObject({
  pointer: z.string(),
  code: z.string(),
  params: parameters,
  detail: z.string(),
})
/* @__PURE__ */ describeSchema(fieldError, {
  name: 'Fault',
  description: 'A fault of a request, or a missing part of a profile.',
  properties: {
    pointer: 'Position of the fault: a JSON pointer (RFC 6901) into the body, or `query/…` or `header/…`.',
    code: 'Stable code of the fault. docs/api/errors.md lists the codes.',
    params: 'Parameters of the message.',
    detail: 'The message in English: what is wrong, then what is expected.',
  },
  example: {
    pointer: '/need/products/0',
    code: 'unknown-code',
    params: { value: 'epr', list: 'products', suggestions: ['erp'] },
    detail: 'Unknown code "epr". Expected a code of the taxonomy list products. Did you mean erp?',
  },
})
