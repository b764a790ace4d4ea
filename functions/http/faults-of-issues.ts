/** Converts zod issues to faults with the messages of this program. */
import type * as z from 'zod/mini'
import { limits } from '../../shared/api/contract.ts'
import type { Fault } from '../../shared/kernel/errors.ts'
import { type CommonFaultCode, fault } from '../../shared/kernel/faults.ts'
import { nameOfExpected } from '../../shared/kernel/formats.ts'
import type { Parameter } from '../../shared/kernel/messages.ts'
import { similarWords } from '../../shared/text/edit-distance.ts'

type Issue = z.core.$ZodIssue
type IssueOf<C extends Issue['code']> = Extract<Issue, { code: C }>

const separator = '\n'

/**
 * Replaces zod's messages. An issue about unknown fields gets the known fields as message. All other issues have the
 * message of the schema, which says what is expected ("a date, such as 2026-03-15"), or an empty message.
 */
export const parseOptions: z.core.ParseContext<Issue> = {
  reportInput: true,
  error: issue => {
    if (issue.code === 'unrecognized_keys')
      return knownFieldsOf(issue.inst as WithFields | undefined).join(separator)
    if (issue.code === 'invalid_union' && issue.discriminator !== undefined)
      rememberShared(issue.inst as unknown as WithOptions, issue.input)
    return ''
  },
}

/** The internals of a union of objects. */
interface WithOptions {
  readonly _zod: { readonly def: { readonly options: readonly z.ZodMiniType[] } }
}

/** Issues that an object has in every alternative of a union, by object. zod itself stops at a wrong discriminator. */
const sharedIssues = new WeakMap<object, readonly Issue[]>()

const rememberShared = ({ _zod: { def } }: WithOptions, input: unknown): void => {
  if (typeof input !== 'object' || input === null) return
  const [first = [], ...others] = def.options.map(
    option => option.safeParse(input, parseOptions).error?.issues ?? [],
  )
  const isAt = (a: Issue) => (b: Issue) => a.code === b.code && a.path.join() === b.path.join()
  const shared = first.filter(issue => others.every(issues => issues.some(isAt(issue))))
  sharedIssues.set(
    input,
    shared.flatMap((issue): Issue[] => {
      if (issue.code !== 'unrecognized_keys') return [issue]
      const same = [issue, ...others.flatMap(issues => issues.filter(isAt(issue)))] as (typeof issue)[]
      const keys = issue.keys.filter(key => same.every(one => one.keys.includes(key)))
      const message = [...new Set(same.flatMap(one => one.message.split(separator)))].join(separator)
      return keys.length === 0 ? [] : [{ ...issue, keys, message }]
    }),
  )
}

/** The internals of an object schema, and of a record whose keys are an enumeration. */
interface WithFields {
  readonly _zod?: {
    readonly def?: {
      readonly shape?: object
      readonly keyType?: { readonly _zod: { readonly values?: Iterable<unknown> } }
    }
  }
}

const knownFieldsOf = (schema: WithFields | undefined): string[] => {
  const { shape, keyType } = schema?._zod?.def ?? {}
  return shape ? Object.keys(shape) : [...(keyType?._zod.values ?? [])].map(String)
}

/** Cuts a name that the request has made up, so that a response does not repeat kilobytes of it. */
const cutName = (name: string): string =>
  name.length > limits.repeatedCharacters
    ? `${name.slice(0, limits.repeatedCharacters).toWellFormed()}…`
    : name.toWellFormed()

/** RFC 6901. */
const escapePointer = (part: string): string => cutName(part).replaceAll('~', '~0').replaceAll('/', '~1')

/** Part of the request that was parsed, and prefix of its pointers: empty for the body. */
export type Place = '' | 'query'

const pointerTo = (place: Place, path: readonly PropertyKey[]): string =>
  `${place}${path.map(part => `/${escapePointer(String(part))}`).join('')}`

/** JSON type names for type names of zod that differ. */
const typeNames: Readonly<Record<string, string>> = {
  int: 'integer',
  record: 'object',
  map: 'object',
  set: 'array',
  tuple: 'array',
  bigint: 'integer',
  nan: 'number',
}

const typeOf = (input: unknown): string => {
  if (input === null) return 'null'
  if (Array.isArray(input)) return 'array'
  // A parameter that is coerced to a number is text.
  if (Number.isNaN(input)) return 'not-a-number'
  return typeof input === 'number' && Math.abs(input) === Infinity ? 'inexact-number' : typeof input
}

/** Returns a value that can be quoted in a message; undefined for objects and lists. */
const quotable = (input: unknown): Parameter | undefined =>
  typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean' ? input : undefined

const lengthOf = (input: unknown): number => (input as { length?: number } | undefined)?.length ?? 0

const numberIn = (input: unknown): number | string =>
  typeof input === 'number' ? input : input instanceof Date ? input.toISOString() : String(input)

type Faults<I extends Issue> = (issue: I, place: Place) => Fault[]

type Sized = IssueOf<'too_big'> | IssueOf<'too_small'>

const isOfLength = ({ origin }: Sized): boolean => origin === 'string'
const isOfSize = ({ origin }: Sized): boolean => ['array', 'set', 'map', 'file'].includes(origin)

/** Returns the faults of issues inside another issue, such as those of a record's key. */
const nestedFaults = (issues: readonly Issue[], path: readonly PropertyKey[], place: Place): Fault[] =>
  issues.flatMap(issue => faultsOf({ ...issue, path: [...path, ...issue.path] } as Issue, place))

const byCode: { readonly [C in Issue['code']]: Faults<IssueOf<C>> } = {
  invalid_type: ({ path, expected, input }, place) => {
    const at = pointerTo(place, path)
    if (input === undefined) return [fault('required', at)]
    return [fault('wrong-type', at, { actual: typeOf(input), expected: typeNames[expected] ?? expected })]
  },

  too_big: (issue, place) => {
    const { path, input, exact, inclusive } = issue
    const [at, maximum] = [pointerTo(place, path), Number(issue.maximum)]
    if (isOfLength(issue) || isOfSize(issue)) {
      const actual = lengthOf(input)
      if (exact) return [fault('wrong-length', at, { actual, expected: maximum })]
      return [fault(isOfLength(issue) ? 'too-long' : 'too-many', at, { actual, maximum })]
    }
    const actual = numberIn(input)
    return inclusive === false
      ? [fault('not-below', at, { actual, limit: maximum })]
      : [fault('too-big', at, { actual, maximum })]
  },

  too_small: (issue, place) => {
    const { path, input, exact, inclusive } = issue
    const [at, minimum] = [pointerTo(place, path), Number(issue.minimum)]
    if (isOfLength(issue) || isOfSize(issue)) {
      const actual = lengthOf(input)
      if (exact) return [fault('wrong-length', at, { actual, expected: minimum })]
      if (isOfLength(issue) && actual === 0) return [fault('blank', at)]
      return [fault(isOfLength(issue) ? 'too-short' : 'too-few', at, { actual, minimum })]
    }
    const actual = numberIn(input)
    return inclusive === false
      ? [fault('not-above', at, { actual, limit: minimum })]
      : [fault('too-small', at, { actual, minimum })]
  },

  invalid_format: ({ path, format, message }, place) => [
    fault('invalid-format', pointerTo(place, path), { format: message ? nameOfExpected(message) : format }),
  ],

  not_multiple_of: ({ path, input, divisor }, place) => [
    fault('not-multiple', pointerTo(place, path), { actual: numberIn(input), divisor: Number(divisor) }),
  ],

  unrecognized_keys: ({ path, keys, input = {}, message }, place) => {
    const fields = message.split(separator).filter(name => name !== '')
    const absent = fields.filter(name => !Object.hasOwn(input, name))
    const named = keys.slice(0, limits.listedFields).map(key => {
      const field = cutName(key)
      const similar = similarWords(field, absent, 3)
      const hint = similar.length > 0 ? { suggestions: similar } : { fields }
      return fault('unknown-field', pointerTo(place, [...path, key]), { field, ...hint })
    })
    const count = keys.length - named.length
    return count > 0 ? [...named, fault('more-unknown-fields', pointerTo(place, path), { count })] : named
  },

  invalid_union: ({ path, input, errors, discriminator, inclusive, ...rest }, place) => {
    const at = pointerTo(place, path)
    if (discriminator !== undefined) {
      const given = (input as Readonly<Record<string, unknown>> | undefined)?.[discriminator]
      const choices = 'options' in rest ? (rest.options ?? []).map(String) : []
      const own =
        given === undefined
          ? fault('required', at)
          : fault('unknown-choice', at, { actual: quotable(given), choices })
      const shared = sharedIssues.get(input as object) ?? []
      const others = shared.filter(issue => issue.path[0] !== discriminator)
      return [own, ...nestedFaults(others, path.slice(0, -1), place)]
    }
    if (inclusive === false) return [fault('ambiguous', at)]
    return nearestFaults(errors, input, path, place)
  },

  invalid_key: ({ path, issues }, place) => nestedFaults(issues, path, place),

  invalid_element: ({ path, key, issues }, place) =>
    nestedFaults(issues, [...path, key as PropertyKey], place),

  invalid_value: ({ path, input, values, message }, place) => {
    const at = pointerTo(place, path)
    if (input === undefined) return [fault('required', at)]
    if (message) return [fault('wrong-value', at, { expected: nameOfExpected(message) })]
    return [fault('unknown-choice', at, { actual: quotable(input), choices: values.map(String) })]
  },

  custom: ({ path, input, params, message }, place) => {
    const at = pointerTo(place, path)
    if (typeof params?.code !== 'string')
      return [fault('wrong-value', at, { expected: message || 'a valid value' })]
    const value = quotable(input)
    const more = typeof params.paramsOf === 'function' ? params.paramsOf(input) : {}
    return [
      fault(params.code as CommonFaultCode, at, { ...(value !== undefined && { value }), ...more } as never),
    ]
  },
}

/** Returns the faults of the alternative that has the type of the input and the fewest faults. */
const nearestFaults = (
  alternatives: readonly (readonly Issue[])[],
  input: unknown,
  path: readonly PropertyKey[],
  place: Place,
): Fault[] => {
  const isOfOtherType = (issue: Issue) => issue.code === 'invalid_type' && issue.path.length === 0
  const [nearest] = alternatives
    .filter(issues => !issues.some(isOfOtherType))
    .toSorted((a, b) => a.length - b.length)
  if (nearest) return nestedFaults(nearest, path, place)
  const types = alternatives
    .flat()
    .flatMap(issue => (isOfOtherType(issue) && 'expected' in issue ? [issue.expected] : []))
  const at = pointerTo(place, path)
  if (types.length === 0) return [fault('no-alternative', at)]
  if (input === undefined) return [fault('required', at)]
  const expected = [...new Set(types.map(type => typeNames[type] ?? type))]
  return [fault('wrong-type', at, { actual: typeOf(input), expected })]
}

/** Returns the faults of an issue. An issue about several fields has several faults. */
export const faultsOf = (issue: Issue, place: Place): Fault[] => {
  const build = byCode[issue.code] as Faults<Issue>
  return build(issue, place)
}
