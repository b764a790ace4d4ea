/** Schemas of the contracts as JSON Schemas: described schemas with a name become components, others are inlined. */
import * as z from 'zod/mini'
import { describedSchemas, type SchemaDocumentation } from '../kernel/documentation.ts'
import { documentationOf, exampleOf } from './examples.ts'

export type Json = Record<string, unknown>

/** The form in which a client sends a value, or receives it. They differ where a field has a default. */
type Direction = 'input' | 'output'

export interface JsonSchemas {
  readonly components: Readonly<Record<string, Json>>
  readonly of: (schema: z.ZodMiniType, direction: Direction) => Json
}

const prefix = '#/components/schemas/'

/** Links a JSON Schema to its documentation while it is converted. */
const mark = 'x-documentation'

/** @param roots the schemas that the document uses, by direction */
export const jsonSchemas = (roots: Readonly<Record<Direction, readonly z.ZodMiniType[]>>): JsonSchemas => {
  const input = convert(roots.input, 'input')
  const output = convert(roots.output, 'output')
  const differing = differingNames(input, output)
  const inputName = (name: string) => (differing.has(name) ? `${name}Input` : name)
  for (const name of differing)
    if (inputName(name) in output.components || inputName(name) in input.components)
      throw new Error(`two schemas would have the name ${inputName(name)}`)
  const rename = (schema: Json): Json => mapReferences(schema, inputName)
  const components = {
    ...output.components,
    ...Object.fromEntries(
      Object.entries(input.components).map(([name, schema]) => [inputName(name), rename(schema)]),
    ),
  }
  return {
    components: Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    of: (schema, direction) => (direction === 'input' ? rename(found(input, schema)) : found(output, schema)),
  }
}

const found = ({ roots }: Converted, schema: z.ZodMiniType): Json => {
  const json = roots.get(schema)
  if (!json) throw new Error('the schema is not among the roots')
  return json
}

interface Converted {
  readonly roots: ReadonlyMap<z.ZodMiniType, Json>
  /** The named schemas that the roots use, by name. */
  readonly components: Readonly<Record<string, Json>>
}

const convert = (roots: readonly z.ZodMiniType[], io: Direction): Converted => {
  const registry = z.registry<{ id: string }>()
  const ids = new Map<z.ZodMiniType, string>()
  const register = (schema: z.ZodMiniType, id: string) => {
    if (ids.has(schema)) return
    ids.set(schema, id)
    registry.add(schema, { id })
  }
  const documentations: SchemaDocumentation[] = []
  for (const [schema, { name }] of describedSchemas) if (name) register(schema, name)
  for (const [index, schema] of roots.entries()) register(schema, `root-${index}`)
  const { schemas } = z.toJSONSchema(registry, {
    io,
    target: 'draft-2020-12',
    uri: id => prefix + id,
    override: ({ zodSchema, jsonSchema }) => {
      const documentation = documentationOf(zodSchema as unknown as z.ZodMiniType)
      if (documentation) jsonSchema[mark] = documentations.push(documentation) - 1
    },
  })
  const described = (id: string) => describe(schemas[id] as Json, documentations)
  const named = (schema: z.ZodMiniType) => describedSchemas.get(schema)?.name
  const rootSchemas = new Map(
    roots.map(schema => {
      const name = named(schema)
      return [schema, name ? { $ref: prefix + name } : described(ids.get(schema) ?? '')]
    }),
  )
  return { roots: rootSchemas, components: reachable([...rootSchemas.values()], described) }
}

/**
 * Tests for a keyword that validators of all languages understand. Patterns with Unicode classes or lookarounds are left
 * out, because many regular expression engines refuse them; the descriptions say what is expected.
 */
const isPortable = ([key, value]: [string, unknown]): boolean =>
  !(key === 'pattern' && typeof value === 'string' && /\\p\{|\(\?[=!<]/i.test(value))

/** Adds descriptions, and removes what only the conversion needs. */
const describe = (schema: Json, documentations: readonly SchemaDocumentation[]): Json => {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit)
    if (typeof value !== 'object' || value === null) return value
    const { $schema: _, $id: __, [mark]: index, ...rest } = value as Json
    const visited = Object.fromEntries(
      Object.entries(rest)
        .filter(isPortable)
        .map(([key, part]) => [key, key === 'examples' ? part : visit(part)]),
    )
    return index === undefined ? visited : withTexts(visited, documentations[index as number])
  }
  return visit(schema) as Json
}

const withTexts = (schema: Json, documentation: SchemaDocumentation | undefined): Json => {
  const { description, format, properties: texts = {} } = documentation ?? {}
  const { properties, ...rest } = schema as { properties?: Record<string, Json> }
  return {
    ...(description !== undefined && { description }),
    ...rest,
    ...(format !== undefined && { format }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [
          name,
          texts[name] === undefined ? property : { ...property, description: texts[name] },
        ]),
      ),
    }),
  }
}

const referencesIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    key === '$ref' ? [String(part).slice(prefix.length)] : referencesIn(part),
  )
}

const mapReferences = <T>(value: T, rename: (name: string) => string): T => {
  if (Array.isArray(value)) return value.map(part => mapReferences(part, rename)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      key === '$ref' ? prefix + rename(String(part).slice(prefix.length)) : mapReferences(part, rename),
    ]),
  ) as T
}

/** The components that these schemas refer to, and the components that those refer to. */
const reachable = (schemas: readonly Json[], schemaOf: (name: string) => Json): Record<string, Json> => {
  const components: Record<string, Json> = {}
  const queue = schemas.flatMap(referencesIn)
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name in components) continue
    components[name] = schemaOf(name)
    queue.push(...referencesIn(components[name]))
  }
  return components
}

/** The components whose input and output forms differ, by themselves or by what they refer to. */
const differingNames = (input: Converted, output: Converted): ReadonlySet<string> => {
  const both = Object.keys(input.components).filter(name => name in output.components)
  const differing = new Set(
    both.filter(name => JSON.stringify(input.components[name]) !== JSON.stringify(output.components[name])),
  )
  for (let size = -1; size < differing.size; ) {
    size = differing.size
    for (const name of both)
      if (referencesIn(input.components[name]).some(used => differing.has(used))) differing.add(name)
  }
  return differing
}

/** Adds the example of each named schema to its component. */
export const withExamples = (components: Readonly<Record<string, Json>>): Record<string, Json> => {
  const byName = new Map(
    [...describedSchemas].flatMap(([schema, { name }]) => (name ? [[name, schema] as const] : [])),
  )
  return Object.fromEntries(
    Object.entries(components).map(([name, component]) => {
      const schema = byName.get(name) ?? byName.get(name.replace(/Input$/, ''))
      return [name, schema ? { ...component, examples: [exampleOf(schema, name)] } : component]
    }),
  )
}
