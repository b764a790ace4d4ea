/** Examples of schemas, composed from the examples of their parts. */
import type * as z from 'zod/mini'
import { describedSchemas, type SchemaDocumentation } from '../kernel/documentation.ts'
import { definitionOf, type SchemaDefinition } from '../kernel/schema-definition.ts'

/** Returns the documentation of a schema, with descriptions and examples of the similar schemas in `like`. */
export const documentationOf = (schema: z.ZodMiniType): SchemaDocumentation | undefined => {
  const own = describedSchemas.get(schema)
  if (!own?.like) return own
  const bases = own.like.map(base => documentationOf(base) ?? {})
  return {
    ...own,
    properties: Object.assign({}, ...bases.map(({ properties }) => properties), own.properties),
    example: Object.assign({}, ...bases.map(({ example }) => example), own.example),
  }
}

/** @param path path of the schema, for the error message @throws Error if a part has no example */
export const exampleOf = (schema: z.ZodMiniType, path = ''): unknown => {
  const { example } = documentationOf(schema) ?? {}
  const { type } = definitionOf(schema)
  if (type === 'object') return objectExample(schema, (example ?? {}) as Record<string, unknown>, path)
  if (example !== undefined) return example
  const compose = composers[type]
  if (compose) return compose(definitionOf(schema), path)
  throw new Error(`no example for ${path}`)
}

/** Optional fields are left out, unless the example names them. */
const objectExample = (
  schema: z.ZodMiniType,
  example: Readonly<Record<string, unknown>>,
  path: string,
): unknown =>
  Object.fromEntries(
    Object.entries(definitionOf(schema).shape ?? {}).flatMap(([key, field]) => {
      if (key in example) return [[key, example[key]]]
      return definitionOf(field).type === 'optional' ? [] : [[key, exampleOf(field, `${path}.${key}`)]]
    }),
  )

const innerExample = ({ innerType }: SchemaDefinition, path: string): unknown =>
  innerType && exampleOf(innerType, path)

const isDescribed = (schema: z.ZodMiniType | undefined): schema is z.ZodMiniType =>
  schema !== undefined && describedSchemas.has(schema)

const composers: Readonly<Record<string, (definition: SchemaDefinition, path: string) => unknown>> = {
  array: ({ element }, path) => (isDescribed(element) ? [exampleOf(element, path)] : []),
  nullable: ({ innerType }, path) => (isDescribed(innerType) ? exampleOf(innerType, path) : null),
  optional: innerExample,
  readonly: innerExample,
  default: ({ defaultValue }) => defaultValue,
  prefault: ({ innerType, defaultValue }, path) =>
    isDescribed(innerType) ? exampleOf(innerType, path) : defaultValue,
  pipe: (definition, path) => definition.in && exampleOf(definition.in, path),
  union: ({ options: [first] = [] }, path) => first && exampleOf(first, path),
  enum: ({ entries = {} }) => Object.values(entries)[0],
  literal: ({ values = [] }) => values[0],
  boolean: () => false,
  record: () => ({}),
}
