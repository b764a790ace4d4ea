import { describe, expect, it } from 'vitest'
import type * as z from 'zod/mini'
import { allOperations } from '../../shared/api/contract.ts'
import { exampleOf } from '../../shared/api/examples.ts'
import { openApiDocument } from '../../shared/api/index.ts'
import { problem } from '../../shared/api/problem/contract.ts'
import { describedSchemas, describeSchema } from '../../shared/kernel/documentation.ts'
import { money } from '../../shared/kernel/money.ts'
import type { Operation } from '../../shared/kernel/operation.ts'

type Json = { readonly [key: string]: Json } & readonly Json[] & string

const document = openApiDocument() as unknown as Json
const described = allOperations.filter(({ path }) => path.startsWith('/v1/'))

/** Each part of a JSON document that satisfies a condition, by its JSON pointer. */
const partsOf = (
  value: unknown,
  isWanted: (part: Record<string, unknown>, pointer: string) => boolean,
  pointer = '',
): (readonly [pointer: string, part: Record<string, unknown>])[] => {
  if (typeof value !== 'object' || value === null) return []
  const part = value as Record<string, unknown>
  return [
    ...(isWanted(part, pointer) ? [[pointer, part] as const] : []),
    ...Object.entries(part).flatMap(([key, inner]) =>
      key === 'example' || key === 'examples' || key === 'value'
        ? []
        : partsOf(inner, isWanted, `${pointer}/${key}`),
    ),
  ]
}

const operationsIn = (of: Json): (readonly [string, Json])[] =>
  Object.values(of.paths as Json).flatMap(methods =>
    Object.values(methods as Json).map(operation => [operation.operationId as string, operation] as const),
  )

/** The pointers of parts without a description. */
const withoutDescription = (
  isWanted: (part: Record<string, unknown>, pointer: string) => boolean,
): string[] =>
  partsOf(document, isWanted)
    .filter(([, { description, $ref }]) => !description && !$ref)
    .map(([pointer]) => pointer)

describe('openApiDocument', () => {
  it('contains only the operations under /v1', () => {
    const common = { summary: '', method: 'GET', audience: 'open', access: 'public', status: 200 } as const
    const operations: Operation[] = [
      { ...common, id: 'listThings', path: '/v1/things' },
      { ...common, id: 'exportThings', path: '/odata/things' },
    ]
    expect(Object.keys(openApiDocument(operations).paths as object)).toEqual(['/v1/things'])
  })

  it('describes every property of every schema', () => {
    const properties = partsOf(document, (_, pointer) => pointer.endsWith('/properties')).flatMap(
      ([pointer, part]) => Object.entries(part).map(([name, property]) => ({ pointer, name, property })),
    )
    expect(properties.length).toBeGreaterThan(500)
    expect(
      properties
        .filter(({ property }) => !(property as { description?: string }).description)
        .map(({ pointer, name }) => `${pointer}/${name}`),
    ).toEqual([])
  })

  it('describes every parameter, header and response', () => {
    expect(withoutDescription((part, pointer) => 'in' in part && pointer.includes('/parameters/'))).toEqual(
      [],
    )
    expect(withoutDescription((_, pointer) => /\/headers\/[^/]+$/.test(pointer))).toEqual([])
    expect(withoutDescription((_, pointer) => /\/responses\/[^/]+$/.test(pointer))).toEqual([])
  })

  it('describes every component', () => {
    expect(withoutDescription((_, pointer) => /^\/components\/schemas\/[^/]+$/.test(pointer))).toEqual([])
    expect(
      withoutDescription((_, pointer) => /^\/components\/(responses|securitySchemes)\/[^/]+$/.test(pointer)),
    ).toEqual([])
  })

  it('has an example in every component schema, parameter, request and response with content', () => {
    const withoutExample = partsOf(
      document,
      (part, pointer) =>
        /^\/components\/schemas\/[^/]+$/.test(pointer) ||
        /\/content\/[^/]+\/[^/]+$/.test(pointer) ||
        ('in' in part && pointer.includes('/parameters/') && part.name !== 'cursor' && part.name !== 'done'),
    ).filter(([, part]) => !('example' in part) && !('examples' in part))
    expect(withoutExample.map(([pointer]) => pointer)).toEqual([])
  })

  it('gives recurring schemas a name', () => {
    const names = Object.keys((document.components as Json).schemas as Json)
    expect(names.length).toBeGreaterThanOrEqual(25)
    expect(names).toEqual(
      expect.arrayContaining(['Need', 'CustomerInput', 'Money', 'Referral', 'ReferralListItem', 'Profile']),
    )
    expect(names).toEqual(expect.arrayContaining(['TimelineItem', 'Problem', 'Fault', 'GatewayMessage']))
  })

  it('describes the responses of the gateway for each operation', () => {
    for (const [id, operation] of operationsIn(document)) {
      const statuses = Object.keys(operation.responses as Json)
      expect(statuses, id).toEqual(expect.arrayContaining(['429', '431', '500', '503']))
      const isRead = allOperations.find(other => other.id === id)?.method === 'GET'
      expect(statuses.includes('413'), id).toBe(!isRead)
    }
  })

  it('lists the status 401 for every operation that needs a token', () => {
    for (const [id, operation] of operationsIn(document)) {
      const needsToken = (operation.security as Json).length > 0
      expect('401' in (operation.responses as Json), id).toBe(needsToken)
    }
  })
})

describe('the documentation of operations', () => {
  it.each(described.map(operation => [operation.id, operation]))(
    '%s has a summary in the imperative, a description and a success description',
    (id, { summary }) => {
      const [, operation] = operationsIn(document).find(([other]) => other === id) ?? []
      expect(summary).toMatch(/^[A-Z][a-z]+ .{1,55}[^.]$/)
      expect(operation?.description).toMatch(/\.\n\n.+\.$/s)
      const success = Object.entries((operation?.responses ?? {}) as Json).find(([status]) => status < '400')
      expect(success?.[1]?.description).toMatch(/\w+ .*\.$/)
    },
  )
})

describe('an example', () => {
  const parse = (schema: z.ZodMiniType, example: unknown, what: string) =>
    expect(
      schema.safeParse(example).error?.issues ?? [],
      `The example of ${what} is not valid. Correct it beside the schema (describeSchema) or the operation (describeOperations)`,
    ).toEqual([])

  it.each([...describedSchemas].flatMap(([schema, { name }]) => (name ? [[name, schema] as const] : [])))(
    'is valid for %s',
    (name, schema) => {
      parse(schema, exampleOf(schema, name), `the schema ${name}`)
    },
  )

  it.each(operationsIn(document))('is valid for %s in each request and response', (id, operation) => {
    const { body, response, status } = allOperations.find(other => other.id === id) ?? {}
    const exampleIn = (part: Json | undefined) => Object.values((part?.content ?? {}) as Json)[0]?.example
    if (body) parse(body, exampleIn(operation.requestBody), `the body of ${id}`)
    const success = ((operation.responses ?? {}) as Json)[String(status)]
    if (response) parse(response, exampleIn(success), `the response of ${id}`)
  })

  it.each(Object.entries((document.components as Json).examples as Json))(
    'is valid for the problem %s',
    (code, { value }) => {
      parse(problem, value, `the problem ${code}`)
    },
  )
})

describe('describeSchema', () => {
  /** Takes code for the compiler to check, and does not run it. */
  const compile = (_: () => unknown): void => {}

  it('does not compile without a description of each property', () => {
    compile(() => {
      // @ts-expect-error the currency is missing
      describeSchema(money, { properties: { amount: 'The amount.' } })
    })
  })

  it('does not compile with a description of a property that does not exist', () => {
    compile(() => {
      const properties = { amount: 'The amount.', currency: 'The currency.' }
      // @ts-expect-error there is no field `tax`
      describeSchema(money, { properties: { ...properties, tax: 'The tax.' } })
    })
  })

  it('does not compile with an example of another type', () => {
    compile(() => {
      const properties = { amount: 'The amount.', currency: 'The currency.' }
      // @ts-expect-error the amount is a number
      describeSchema(money, { properties, example: { amount: '1' } })
    })
  })
})
