/** Event patterns of EventBridge rules and of Lambda's event filters. */

export type EventPattern = { readonly [field: string]: unknown }

type Matcher = (argument: unknown, value: unknown) => boolean

/** True when every field of the pattern matches; `$or` lists alternatives. Throws for an unknown operator. */
export const matchesPattern = (pattern: EventPattern, event: unknown): boolean =>
  Object.entries(pattern).every(([field, expected]) => {
    if (field === '$or') return (expected as EventPattern[]).some(branch => matchesPattern(branch, event))
    const value = isObject(event) ? event[field] : undefined
    if (Array.isArray(expected)) return matchesAny(expected, value)
    return candidates(value).some(item => matchesPattern(expected as EventPattern, item))
  })

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The values to compare: an array in the event matches when one of its items does. */
const candidates = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

const matchesAny = (alternatives: readonly unknown[], value: unknown): boolean =>
  alternatives.some(alternative => {
    if (!isObject(alternative)) return candidates(value).some(item => item === alternative)
    const [[operator, argument] = []] = Object.entries(alternative)
    if (operator === 'exists') return (value !== undefined) === argument
    const matcher = matchers[operator ?? '']
    if (!matcher) throw new Error(`The local cloud does not support the event pattern operator "${operator}"`)
    return candidates(value).some(item => matcher(argument, item))
  })

const onText =
  (compare: (argument: string, value: string) => boolean): Matcher =>
  (argument, value) => {
    if (typeof value !== 'string') return false
    if (isObject(argument)) {
      const folded = String(argument['equals-ignore-case']).toLowerCase()
      return compare(folded, value.toLowerCase())
    }
    return compare(String(argument), value)
  }

const matchers: Record<string, Matcher> = {
  prefix: onText((prefix, value) => value.startsWith(prefix)),
  suffix: onText((suffix, value) => value.endsWith(suffix)),
  'equals-ignore-case': onText((text, value) => text.toLowerCase() === value.toLowerCase()),
  wildcard: onText((wildcard, value) => wildcardPattern(wildcard).test(value)),
  'anything-but': (argument, value) =>
    value !== undefined &&
    !(isObject(argument) ? matchesAny([argument], value) : candidates(argument).includes(value)),
  numeric: (argument, value) => typeof value === 'number' && withinBounds(argument as unknown[], value),
}

const wildcardPattern = (wildcard: string): RegExp => {
  const parts = wildcard.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's')
}

const numericComparisons: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

/** Bounds are pairs in one list, such as `['>', 0, '<=', 5]`. */
const withinBounds = (bounds: readonly unknown[], value: number): boolean => {
  for (let index = 0; index < bounds.length; index += 2) {
    const compare = numericComparisons[String(bounds[index])]
    if (!compare?.(value, Number(bounds[index + 1]))) return false
  }
  return true
}
