/**
 * Applies rules to input that is valid only in part, so that all faults are reported at once. Each invalid part is replaced
 * by a *hole*: a property that throws when a rule reads it. `checkAll` and `checkEach` skip the rules that read a hole.
 */
import type { Fault } from './errors.ts'

class HoleRead extends Error {
  constructor() {
    super('this part of the input is not valid')
  }
}

/** Reads a part of the input. @returns undefined if it is or contains a hole */
export const ifValid = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (error instanceof HoleRead) return undefined
    throw error
  }
}

/** Returns the faults of all checks, except those that read a hole. */
export const checkAll = (...checks: readonly (() => readonly Fault[])[]): Fault[] =>
  checks.flatMap(check => ifValid(check) ?? [])

/** Returns the faults in the entries of a list, except the entries that are or contain holes. */
export const checkEach = <T>(
  list: readonly T[],
  check: (entry: T, index: number) => readonly Fault[],
): Fault[] =>
  Array.from({ length: list.length }, (_, index) => index).flatMap(
    index => ifValid(() => check(list[index] as T, index)) ?? [],
  )

type Container = Record<PropertyKey, unknown>

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

const readHole = (): never => {
  throw new HoleRead()
}

const makeHole = (container: Container, key: PropertyKey): void => {
  Object.defineProperty(container, key, { get: readHole, enumerable: true, configurable: true })
}

/**
 * Replaces parts of a value by holes. It changes the value.
 * @param paths of the invalid parts
 * @returns undefined if the whole value is invalid
 */
export const withHoles = <T>(value: T, paths: readonly (readonly PropertyKey[])[]): T | undefined => {
  if (!isContainer(value) || paths.some(path => path.length === 0)) return undefined
  for (const path of paths) makeHoleAt(value, path)
  return value
}

/** Stops at the first part that is a hole already, or that cannot have parts. */
const makeHoleAt = (value: Container, [key, ...rest]: readonly PropertyKey[]): void => {
  if (key === undefined) return
  const part = ifValid(() => value[key])
  if (rest.length === 0 || !isContainer(part)) makeHole(value, key)
  else makeHoleAt(part, rest)
}
