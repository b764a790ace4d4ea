/**
 * Removes empty optional fields before input is parsed: forms and clients send `""` or `null` for a field that was left empty.
 * A schema decides which fields may be absent. Empty required fields stay, so that they are reported.
 */
import type * as z from 'zod/mini'
import { definitionOf, type SchemaDefinition } from '../../shared/kernel/schema-definition.ts'
import { foldMachineText } from '../../shared/text/folding.ts'

type Change = (value: unknown) => unknown

const unchanged: Change = value => value

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Tests for text of spaces and characters that nobody can see. Controls are no empty text: schemas refuse them. */
const isBlank = (value: unknown): boolean =>
  typeof value === 'string' && /^[\s\p{Default_Ignorable_Code_Point}]*$/u.test(value)

/** Tests if a field may be absent, and if null is one of its values. */
const traitsOf = (schema: z.ZodMiniType): { readonly isOptional: boolean; readonly takesNull: boolean } => {
  const { type, innerType } = definitionOf(schema)
  const inner = innerType ? traitsOf(innerType) : { isOptional: false, takesNull: false }
  return {
    isOptional: inner.isOptional || type === 'optional' || type === 'default' || type === 'prefault',
    takesNull: inner.takesNull || type === 'nullable',
  }
}

const changeObject = (shape: Readonly<Record<string, z.ZodMiniType>>): Change => {
  const fields = new Map(
    Object.entries(shape).map(([name, schema]) => [name, { ...traitsOf(schema), change: changeBy(schema) }]),
  )
  const isAbsent = (name: string, value: unknown): boolean => {
    const field = fields.get(name)
    return field?.isOptional === true && (isBlank(value) || (value === null && !field.takesNull))
  }
  return value =>
    isObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([name, part]) => !isAbsent(name, part))
            .map(([name, part]) => [name, fields.get(name)?.change(part) ?? part]),
        )
      : value
}

const changeUnion = ({ options = [], discriminator }: SchemaDefinition): Change => {
  if (discriminator === undefined) return unchanged
  const changes = new Map<unknown, Change>(
    options.flatMap(option => {
      const values = definitionOf(option).shape?.[discriminator]?._zod.values ?? []
      return [...values].map(value => [value, changeBy(option)] as const)
    }),
  )
  return value => (isObject(value) ? (changes.get(value[discriminator])?.(value) ?? value) : value)
}

const changeBy = (schema: z.ZodMiniType): Change => {
  const definition = definitionOf(schema)
  const { type, shape, element, innerType } = definition
  if (type === 'object' && shape) return changeObject(shape)
  if (type === 'array' && element) {
    const change = changeBy(element)
    return value => (Array.isArray(value) ? value.map(change) : value)
  }
  if (type === 'union') return changeUnion(definition)
  return innerType ? changeBy(innerType) : unchanged
}

const changes = new WeakMap<z.ZodMiniType, Change>()

/** Returns the body without its empty optional fields, at any depth. Values of a wrong type stay. */
export const withoutEmptyFields = (schema: z.ZodMiniType, body: unknown): unknown => {
  const change = changes.get(schema) ?? changeBy(schema)
  changes.set(schema, change)
  return change(body)
}

/**
 * Returns a JSON merge patch without the empty optional fields of objects in its lists. The fields of the patch itself stay,
 * because null removes a field there. A list replaces the stored one as a whole (RFC 7396 §1), so null has no meaning in it.
 */
export const withoutEmptyFieldsInLists = (schema: z.ZodMiniType, patch: unknown): unknown => {
  const { shape = {} } = definitionOf(schema)
  if (!isObject(patch)) return patch
  return Object.fromEntries(
    Object.entries(patch).map(([name, part]) => {
      const field = Object.hasOwn(shape, name) ? shape[name] : undefined
      return [name, field && Array.isArray(part) ? withoutEmptyFields(field, part) : part]
    }),
  )
}

const typeOf = (schema: z.ZodMiniType): string => {
  const { type, innerType } = definitionOf(schema)
  return innerType ? typeOf(innerType) : type
}

/** Removes empty values from a list in a parameter, such as `erp,`. */
const withoutEmptyValues = (list: string): string =>
  list
    .split(',')
    .filter(value => !isBlank(value))
    .join(',')

/** Returns a number in ASCII digits, and `NaN` for text that is no decimal number. */
const readNumber = (typed: string): string => {
  const number = foldMachineText(typed)
  return number === '' || /^[+-]?\d+(?:\.\d+)?$/.test(number) ? number : 'NaN'
}

/**
 * Returns the parameters of a query without the empty ones. An empty required parameter counts as missing. Numbers may have
 * digits of any script, and lists may have empty values. Other notations of JavaScript, such as 0x10 and 1e2, are no numbers.
 */
export const withoutEmptyParameters = (
  { shape }: z.ZodMiniObject,
  query: Readonly<Record<string, string | undefined>>,
): Record<string, string> => {
  const read = (name: string, value: string): string => {
    if (!Object.hasOwn(shape, name)) return value
    const field = shape[name] as z.ZodMiniType
    if (typeOf(field) === 'number') return readNumber(value)
    return typeOf(field) === 'pipe' ? withoutEmptyValues(value) : value
  }
  return Object.fromEntries(
    Object.entries(query)
      .map(([name, value = '']) => [name, read(name, value)] as const)
      .filter(([name, value]) => !Object.hasOwn(shape, name) || !isBlank(value)),
  )
}
