import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import {
  withoutEmptyFields,
  withoutEmptyFieldsInLists,
  withoutEmptyParameters,
} from '../../functions/http/empty-fields.ts'
import { allOperations } from '../../shared/api/contract.ts'
import { definitionOf } from '../../shared/kernel/schema-definition.ts'

const line = z.strictObject({ text: z.string(), note: z.optional(z.string()) })
const schema = z.strictObject({
  name: z.string(),
  phone: z.optional(z.string()),
  limit: z.optional(z.nullable(z.number())),
  tags: z._default(z.array(z.string()), []),
  place: z.optional(line),
  lines: z._default(z.array(line), []),
  source: z.optional(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('agent'), agent: z.optional(z.string()) }),
      z.strictObject({ kind: z.literal('search') }),
    ]),
  ),
})

describe('a body', () => {
  it.each([
    ['an empty text', { phone: '' }, {}],
    ['a blank text', { phone: ' \u00a0' }, {}],
    ['a text of hidden characters', { phone: '\u200b\u00ad\u2060\u3164' }, {}],
    ['null', { phone: null, tags: null, place: null }, {}],
    ['fields of an object', { place: { text: 'x', note: '' } }, { place: { text: 'x' } }],
    ['fields in a list', { lines: [{ text: 'x', note: null }] }, { lines: [{ text: 'x' }] }],
    ['fields of a variant', { source: { kind: 'agent', agent: '' } }, { source: { kind: 'agent' } }],
  ])('has no optional field with %s', (_, body, expected) => {
    expect(withoutEmptyFields(schema, body)).toEqual(expected)
  })

  it.each([
    ['a required field', { name: '', place: { text: null } }],
    ['null as a value', { limit: null }],
    ['an unknown field', { colour: '', toString: null }],
    ['values of a list', { tags: [''] }],
    ['false and 0', { limit: 0, phone: false }],
    ['an unknown variant', { source: { kind: '', agent: '' } }],
    ['a wrong type', { lines: 'x', place: [] }],
  ])('keeps %s', (_, body) => {
    expect(withoutEmptyFields(schema, body)).toEqual(body)
  })

  it.each([undefined, null, '', 7, []])('that is %j stays', body => {
    expect(withoutEmptyFields(schema, body)).toEqual(body)
  })
})

it('a merge patch keeps its own empty fields, and loses those in its lists', () => {
  const patch = { phone: null, name: '', lines: [{ text: 'x', note: '' }] }
  expect(withoutEmptyFieldsInLists(schema, patch)).toEqual({ ...patch, lines: [{ text: 'x' }] })
})

it('a query has no empty parameters, no empty values in lists, and numbers of ASCII digits', () => {
  const list = z.pipe(
    z.string(),
    z.transform((joined: string) => joined.split(',')),
  )
  const query = z.strictObject({
    region: z.string(),
    q: z.optional(z.string()),
    codes: list,
    limit: z.number(),
  })
  expect(
    withoutEmptyParameters(query, { region: '', q: ' ', codes: ',erp, ,crm,', limit: '１０', x: '' }),
  ).toEqual({
    codes: 'erp,crm',
    limit: '10',
    x: '',
  })
})

it.each(['0x10', '1e2', '0b1', '0o7', 'Infinity', '1_0', '5.'])(
  'a number of a query is decimal, and not %s',
  limit => {
    const query = z.strictObject({ limit: z.coerce.number() })
    expect(withoutEmptyParameters(query, { limit })).toEqual({ limit: 'NaN' })
  },
)

it.each(['25', '-1', '+3', '1.5', '٢٥'])('a number of a query can be %s', limit => {
  const query = z.strictObject({ limit: z.coerce.number() })
  expect(Number(withoutEmptyParameters(query, { limit }).limit)).not.toBeNaN()
})

/** The parts of a schema, with their paths. */
const partsOf = (part: z.ZodMiniType, path: string): (readonly [path: string, schema: z.ZodMiniType])[] => {
  const { shape = {}, element, valueType, innerType, options = [] } = definitionOf(part)
  return [
    [path, part] as const,
    ...Object.entries(shape).flatMap(([name, field]) => partsOf(field, `${path}/${name}`)),
    ...[element, valueType, innerType, ...options].flatMap(inner => (inner ? partsOf(inner, path) : [])),
  ]
}

const numbers = allOperations.flatMap(({ id, body }) =>
  body ? partsOf(body, id).filter(([, part]) => definitionOf(part).type === 'number') : [],
)

it.each(numbers)('the number %s is refused if the table cannot hold it', (_, number) => {
  for (const value of [1e-131, -1e-200, 5e-324, 1e126, Number.MAX_VALUE])
    expect(number.safeParse(value).success).toBe(false)
})
