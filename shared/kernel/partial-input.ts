/**
 * Input of which only parts are valid. Each invalid part is a hole: reading it throws. Rules are written for complete
 * input; `checkAll` and `checkEach` skip a rule that reads a hole, and report the faults of all others.
 */
import type { FieldError } from './errors.ts'

class HoleRead extends Error {
  constructor() {
    super('this part of the input is not valid')
  }
}

/** Reads a part of the input; undefined if it is a hole or has one. */
export const ifValid = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (error instanceof HoleRead) return undefined
    throw error
  }
}

/** Returns the faults that the checks find, without the checks that read a hole. */
export const checkAll = (...checks: readonly (() => readonly FieldError[])[]): FieldError[] =>
  checks.flatMap(check => ifValid(check) ?? [])

/** Returns the faults that a check finds in the entries of a list, without the entries that are holes or have one. */
export const checkEach = <T>(
  list: readonly T[],
  check: (entry: T, index: number) => readonly FieldError[],
): FieldError[] =>
  Array.from({ length: list.length }, (_, index) => index).flatMap(
    index => ifValid(() => check(list[index] as T, index)) ?? [],
  )

type Container = Record<PropertyKey, unknown>

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

const readHole = (): never => {
  throw new HoleRead()
}

const dig = (container: Container, key: PropertyKey): void => {
  Object.defineProperty(container, key, { get: readHole, enumerable: true, configurable: true })
}

/**
 * Makes holes in a value, which it changes.
 * @param paths of the invalid parts
 * @returns undefined if the whole value is invalid
 */
export const withHoles = <T>(value: T, paths: readonly (readonly PropertyKey[])[]): T | undefined => {
  if (!isContainer(value) || paths.some(path => path.length === 0)) return undefined
  for (const path of paths) digAt(value, path)
  return value
}

/** Stops at the first part that is a hole already, or that cannot have parts. */
const digAt = (value: Container, [key, ...rest]: readonly PropertyKey[]): void => {
  if (key === undefined) return
  const part = ifValid(() => value[key])
  if (rest.length === 0 || !isContainer(part)) dig(value, key)
  else digAt(part, rest)
}
