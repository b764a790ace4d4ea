import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { parseBody, parseQuery } from '../../functions/http/parse.ts'
import { allOperations, faultCatalogs } from '../../shared/api/contract.ts'
import type { Fault } from '../../shared/kernel/errors.ts'
import { maxLength, minLength, rule } from '../../shared/kernel/fields.ts'
import { formats, requiredValues } from '../../shared/kernel/formats.ts'
import { date } from '../../shared/kernel/instants.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { taxonomyOperations } from '../../shared/program/contract.ts'

const event = (body: unknown) =>
  ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) as never

const faultsIn = (schema: z.ZodMiniType, value: unknown): readonly Fault[] =>
  parseBody({ body: z.strictObject({ x: schema }) } as unknown as Operation, event({ x: value })).faults

const detailsIn = (schema: z.ZodMiniType, value: unknown) =>
  faultsIn(schema, value).map(({ pointer, code, detail }) => `${pointer} ${code}: ${detail}`)

const shape = z.strictObject({ name: z.string(), names: z.optional(z.string()) })

describe('a fault of input', () => {
  it.each<readonly [string, z.ZodMiniType, unknown, string]>([
    ['missing value', z.string(), undefined, '/x required: Missing. A value is required.'],
    ['null', z.string(), null, '/x wrong-type: Wrong type: null. Expected string.'],
    ['other type', z.int(), 'a', '/x wrong-type: Wrong type: string. Expected number.'],
    ['fraction', z.int(), 1.5, '/x wrong-type: Wrong type: number. Expected integer.'],
    ['list', z.object({}), [], '/x wrong-type: Wrong type: array. Expected object.'],
    [
      'object with a length, for a list of limited length',
      z.array(z.string()).check(minLength(1), maxLength(3)),
      { length: {} },
      '/x wrong-type: Wrong type: object. Expected array.',
    ],
    [
      'object that has no primitive value',
      z.string(),
      { toString: null, valueOf: null },
      '/x wrong-type: Wrong type: object. Expected string.',
    ],
    [
      'list with more elements than the text may have characters',
      z.string().check(maxLength(2)),
      [1, 2, 3],
      '/x wrong-type: Wrong type: array. Expected string.',
    ],
    [
      'object with a length that is no number, for a text of limited length',
      z.string().check(maxLength(3)),
      { length: { toString: null } },
      '/x wrong-type: Wrong type: object. Expected string.',
    ],
    ['record', z.record(z.string(), z.string()), 1, '/x wrong-type: Wrong type: number. Expected object.'],
    [
      'text for a coerced number',
      z.coerce.number(),
      'many',
      '/x wrong-type: Wrong type: text that is not a number. Expected number.',
    ],
    [
      'long text',
      z.string().check(z.maxLength(2)),
      'abc',
      '/x too-long: Too long: 3 characters. Expected at most 2.',
    ],
    [
      'short text',
      z.string().check(z.minLength(2)),
      'a',
      '/x too-short: Too short: 1 characters. Expected at least 2.',
    ],
    [
      'empty text',
      z.string().check(z.minLength(1)),
      '',
      '/x blank: The text is empty. Expected at least one visible character.',
    ],
    [
      'text of a length',
      z.string().check(z.length(2)),
      'a',
      '/x wrong-length: Wrong length: 1. Expected exactly 2.',
    ],
    ['big number', z.number().check(z.lte(2)), 3, '/x too-big: Too big: 3. Expected at most 2.'],
    ['small number', z.number().check(z.gte(2)), 1, '/x too-small: Too small: 1. Expected at least 2.'],
    ['number at a limit', z.number().check(z.lt(2)), 2, '/x not-below: Too big: 2. Expected less than 2.'],
    [
      'number at a lower limit',
      z.number().check(z.gt(2)),
      2,
      '/x not-above: Too small: 2. Expected more than 2.',
    ],
    [
      'long list',
      z.array(z.string()).check(z.maxLength(1)),
      ['a', 'b'],
      '/x too-many: Too many entries: 2. Expected at most 1.',
    ],
    [
      'short list',
      z.array(z.string()).check(z.minLength(1)),
      [],
      '/x too-few: Too few entries: 0. Expected at least 1.',
    ],
    [
      'no multiple',
      z.number().check(z.multipleOf(5)),
      3,
      '/x not-multiple: Wrong number: 3. Expected a multiple of 5.',
    ],
    ['form with a text', z.iso.date('a day'), 'x', '/x invalid-format: Wrong format. Expected a day.'],
    [
      'form without a message',
      z.email(),
      'x',
      '/x invalid-format: Wrong format. Expected an email address, such as ada@customer.example.',
    ],
    ['unknown form', z.uuid(), 'x', '/x invalid-format: Wrong format. Expected uuid.'],
    ['choice', z.enum(['a', 'b']), 'c', '/x unknown-choice: Unknown value "c". Expected a or b.'],
    ['choice of a list', z.enum(['a', 'b']), [], '/x unknown-choice: Unknown value. Expected a or b.'],
    ['missing choice', z.enum(['a', 'b']), undefined, '/x required: Missing. A value is required.'],
    ['constant', z.literal(true, 'true'), false, '/x wrong-value: Wrong value. Expected true.'],
    [
      'rule',
      z.string().check(rule(() => false, 'unknown-currency')),
      'EURO',
      '/x unknown-currency: Unknown currency code "EURO". Expected an ISO 4217 code, such as EUR.',
    ],
    [
      'refinement without a code',
      z.string().check(z.refine(() => false)),
      'x',
      '/x wrong-value: Wrong value. Expected a valid value.',
    ],
    [
      'field with a suggestion',
      shape,
      { name: 'a', Name: 'b', nmaes: 'c' },
      '/x/Name unknown-field: Unknown field "Name". Did you mean names?|/x/nmaes unknown-field: Unknown field "nmaes". Did you mean names?',
    ],
    [
      'field without a suggestion',
      shape,
      { name: 'a', colour: 'b' },
      '/x/colour unknown-field: Unknown field "colour". Expected fields: name or names.',
    ],
    [
      'field of an object without fields',
      z.strictObject({}),
      { a: 1 },
      '/x/a unknown-field: Unknown field "a". Expected fields: none.',
    ],
    [
      'key of a record',
      z.record(z.string().check(rule(() => false, 'unknown-country')), z.string()),
      { 'a/b': 'x' },
      '/x/a~1b unknown-country: Unknown country code "a/b". Expected an ISO 3166-1 alpha-2 code, such as DE.',
    ],
    [
      'discriminator',
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('a') }),
        z.strictObject({ kind: z.literal('b') }),
      ]),
      { kind: 'c' },
      '/x/kind unknown-choice: Unknown value "c". Expected a or b.',
    ],
    [
      'missing discriminator',
      z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('a') })]),
      {},
      '/x/kind required: Missing. A value is required.',
    ],
    [
      'union of types',
      z.union([z.string(), z.number()]),
      true,
      '/x wrong-type: Wrong type: boolean. Expected string or number.',
    ],
    [
      'union of forms',
      z.union([z.string().check(z.maxLength(1)), z.number()]),
      'ab',
      '/x too-long: Too long: 2 characters. Expected at most 1.',
    ],
    [
      'missing union',
      z.union([z.string(), z.number()]),
      undefined,
      '/x required: Missing. A value is required.',
    ],
    [
      'exclusive union',
      z.xor([z.string(), z.string().check(z.maxLength(9))]),
      'a',
      '/x ambiguous: The value matches more than one of the allowed forms. Use exactly one.',
    ],
  ])('is reported in our words: %s', (_, schema, value, expected) => {
    expect(detailsIn(schema, value).join('|')).toBe(expected)
  })

  it('is reported for elements of maps and sets', () => {
    const operation = {
      body: z.pipe(
        z.transform(() => new Set(['ab'])),
        z.set(z.string().check(z.maxLength(1))),
      ),
    }
    const { faults } = parseBody(operation as unknown as Operation, event({}))
    expect(faults.map(({ code }) => code)).toEqual(['too-long'])
  })

  it('is reported beside a wrong discriminator if every alternative has it', () => {
    const won = z.strictObject({ result: z.literal('won'), notes: z.string(), value: z.number() })
    const lost = z.strictObject({ result: z.literal('lost'), notes: z.string(), reason: z.string() })
    const input = { result: 'wonn', notes: 5, value: 'many', foo: 1 }
    expect(detailsIn(z.discriminatedUnion('result', [won, lost]), input)).toEqual([
      '/x/result unknown-choice: Unknown value "wonn". Expected won or lost.',
      '/x/notes wrong-type: Wrong type: number. Expected string.',
      '/x/foo unknown-field: Unknown field "foo". Expected fields: result, notes, value, or reason.',
    ])
  })

  it('suggests no field that the object has', () => {
    expect(detailsIn(shape, { name: 'a', names: 'b', namez: 'c' })).toEqual([
      '/x/namez unknown-field: Unknown field "namez". Expected fields: name or names.',
    ])
  })

  it('suggests fields of a query too', () => {
    const { faults } = parseQuery(taxonomyOperations.getTaxonomy, {
      queryStringParameters: Object.fromEntries(
        Object.keys(taxonomyOperations.getTaxonomy.query.shape).map(name => [`${name}s`, 'de']),
      ),
    } as never)
    expect(faults[0]?.detail).toMatch(/Did you mean \w+\?$/)
  })

  it('names a key __proto__, and other faults beside it', () => {
    const body = '{"x":{"__proto__":{}}}'
    const operation = { body: z.strictObject({ y: z.string() }) } as unknown as Operation
    const { faults } = parseBody(operation, {
      headers: { 'content-type': 'application/json' },
      body,
    } as never)
    expect(faults.map(({ code, params }) => [code, params.field])).toEqual([
      ['unknown-field', '__proto__'],
      ['required', undefined],
      ['unknown-field', 'x'],
    ])
  })
})

describe('every fault of every operation', () => {
  const known = new Set(faultCatalogs.flatMap(catalog => Object.keys(catalog)))
  const zodWords =
    /Invalid input|Invalid option|Unrecognized key|expected .* to (be|have)|\[object|undefined|NaN/
  const values = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.constant({}),
  )
  const depth = { maxDepth: 3 }
  const random = fc.letrec(tie => ({
    any: fc.oneof(depth, values, fc.array(tie('any'), { maxLength: 3 }), fc.dictionary(names, tie('any'))),
  })).any

  const expectOurs = (faults: readonly Fault[], value: unknown) => {
    for (const { code, detail } of faults) {
      expect(known, JSON.stringify(value)).toContain(code)
      // Values of the request are quoted.
      expect(detail.replace(/"[\s\S]*"/g, '""'), JSON.stringify(value)).not.toMatch(zodWords)
    }
  }

  it.each(
    allOperations
      .filter(({ body, page }) => body && !page)
      .map(operation => [operation.id, operation] as const),
  )('has a code of the catalogue, and none of the words of zod: %s', (_, operation) => {
    fc.assert(
      fc.property(random, value => expectOurs(parseBody(operation, event(value)).faults, value)),
      { numRuns: 60 },
    )
  })

  it.each(allOperations.filter(({ query }) => query).map(operation => [operation.id, operation] as const))(
    'has a code of the catalogue, and none of the words of zod, in the query of %s',
    (_, operation) => {
      fc.assert(
        fc.property(fc.dictionary(names, fc.string()), queryStringParameters => {
          const { faults } = parseQuery(operation, { queryStringParameters } as never)
          expectOurs(faults, queryStringParameters)
        }),
        { numRuns: 60 },
      )
    },
  )
})

/** Names of fields of any operation, and others. */
const names = fc.oneof(
  fc.constantFrom(
    ...allOperations.flatMap(({ body, query }) => [
      ...Object.keys((body as { shape?: object } | undefined)?.shape ?? {}),
      ...Object.keys(query?.shape ?? {}),
    ]),
    'contact',
    'address',
    'products',
    'amount',
  ),
  fc.string({ maxLength: 12 }),
)

/** Returns the messages that a schema and the checks inside it declare. */
const messagesIn = (schema: unknown, seen = new Set<unknown>()): string[] => {
  const { def } = (schema as { _zod?: { def: Record<string, unknown> } })._zod ?? {}
  if (!def || seen.has(def)) return []
  seen.add(def)
  const { error, shape, ...parts } = def
  const own = typeof error === 'function' ? [error({})].filter(text => typeof text === 'string') : []
  const inner = [...Object.values((shape ?? {}) as object), ...Object.values(parts).flat()]
  const schemas = inner.filter(part => typeof part === 'object' && part !== null && '_zod' in part)
  return [...own, ...schemas.flatMap(part => messagesIn(part, seen))]
}

it('schemas of the API have no other messages than the texts of formats and required values', () => {
  const all = allOperations as readonly Operation[]
  const declared = all.flatMap(({ body, query, params }) =>
    [body, query, params].flatMap(part => messagesIn(part ?? {})),
  )
  const known: readonly string[] = Object.values({ ...formats, ...requiredValues })
  expect(new Set(declared).size).toBeGreaterThan(10)
  expect(declared.filter(text => !known.includes(text))).toEqual([])
})

it('a fault of a format names the format, and has its text', () => {
  const [faultOfDate] = faultsIn(date, '1.2.2026')
  expect(faultOfDate).toEqual({
    pointer: '/x',
    code: 'invalid-format',
    params: { format: 'date' },
    detail: 'Wrong format. Expected a date, such as 2026-03-15.',
  })
})
