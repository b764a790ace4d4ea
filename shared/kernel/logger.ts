/** Structured logs. They hold no personal data: log ids, states and counts. */
import { Logger } from '@aws-lambda-powertools/logger'
import type * as z from 'zod/mini'
import { unreadable } from './unreadable.ts'

export const logger = new Logger()

interface Fault {
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
}

/**
 * Returns the loggable part of an error: other properties can hold items of the table.
 * @param what names the content that a schema refused
 */
export const faultOf = (error: unknown, what = 'the content'): Fault => {
  if (isSchemaError(error)) return faultOfSchema(error, what)
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: 'unknown', message: typeof error }
}

/** Tests the name, because `z.core` as a value would put all of zod into every bundle. */
export const isSchemaError = (error: unknown): error is z.core.$ZodError =>
  error instanceof Error &&
  error.name.endsWith('ZodError') &&
  'issues' in error &&
  Array.isArray(error.issues)

/** Shortens a ZodError, whose message is JSON of many lines and also the beginning of its stack. */
const faultOfSchema = ({ issues, stack }: z.core.$ZodError, what: string): Fault => {
  const message = unreadable(what, issues)
  const calls = stack?.split('\n').filter(line => line.startsWith('    at ')) ?? []
  return { name: 'ZodError', message, stack: [`ZodError: ${message}`, ...calls].join('\n') }
}
