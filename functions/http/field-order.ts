/** Order of fields in responses: DynamoDB returns the fields of a map in any order, and contracts have `id` first. */
import type * as z from 'zod/mini'
import { definitionOf, type SchemaDefinition } from '../../shared/kernel/schema-definition.ts'

type Sort = (value: unknown) => unknown

const unchanged: Sort = value => value

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fields that the schema does not have stay, behind the others. */
const sortObject = (shape: Readonly<Record<string, z.ZodMiniType>>): Sort => {
  const fields = Object.entries(shape).map(([name, schema]) => [name, sortBy(schema)] as const)
  return value => {
    if (!isObject(value)) return value
    const sorted: Record<string, unknown> = {}
    for (const [name, sort] of fields) if (name in value) sorted[name] = sort(value[name])
    for (const name in value) if (!(name in sorted)) sorted[name] = value[name]
    return sorted
  }
}

const sortUnion = ({ options = [], discriminator = '' }: SchemaDefinition): Sort => {
  const byValue = options.flatMap(option => {
    const values = definitionOf(option).shape?.[discriminator]?._zod.values ?? []
    return [...values].map(value => [value, sortBy(option)] as const)
  })
  const sorts = new Map<unknown, Sort>(byValue)
  return value => (isObject(value) ? (sorts.get(value[discriminator])?.(value) ?? value) : value)
}

const sortBy = (schema: z.ZodMiniType): Sort => {
  const definition = definitionOf(schema)
  const { type, shape, element, valueType, innerType } = definition
  if (type === 'object' && shape) return sortObject(shape)
  if (type === 'array' && element) {
    const sort = sortBy(element)
    return value => (Array.isArray(value) ? value.map(sort) : value)
  }
  if (type === 'record' && valueType) {
    const sort = sortBy(valueType)
    return value =>
      isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, sort(part)]))
        : value
  }
  if (type === 'union') return sortUnion(definition)
  return innerType ? sortBy(innerType) : unchanged
}

const sorts = new WeakMap<z.ZodMiniType, Sort>()

/** Puts the fields of a representation into the order of its schema, at any depth. */
export const inContractOrder = <T>(schema: z.ZodMiniType | undefined, value: T): T => {
  if (!schema) return value
  const sort = sorts.get(schema) ?? sortBy(schema)
  sorts.set(schema, sort)
  return sort(value) as T
}
