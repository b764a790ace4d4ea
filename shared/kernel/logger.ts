/** Structured logs. Log only ids, states and counts: logs must not contain personal data. */
import { Logger } from '@aws-lambda-powertools/logger'
import type * as z from 'zod/mini'
import { unreadable } from './unreadable.ts'

export const logger = new Logger()

interface LoggableError {
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
}

/**
 * Returns the parts of an error that can be logged. Other properties can contain items of the table.
 * @param what name of the content that did not match its schema, for the message
 */
export const loggableError = (error: unknown, what = 'the content'): LoggableError => {
  if (isSchemaError(error)) return loggableSchemaError(error, what)
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

/** Shortens a ZodError: its message is JSON with many lines, which is repeated at the start of the stack. */
const loggableSchemaError = ({ issues, stack }: z.core.$ZodError, what: string): LoggableError => {
  const message = unreadable(what, issues)
  const calls = stack?.split('\n').filter(line => line.startsWith('    at ')) ?? []
  return { name: 'ZodError', message, stack: [`ZodError: ${message}`, ...calls].join('\n') }
}
