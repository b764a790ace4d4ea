/** Structured logs. They hold no personal data: log ids, states and counts. */
import { Logger } from '@aws-lambda-powertools/logger'

export const logger = new Logger()

/** Returns the loggable part of an error: other properties can hold items of the table. */
export const faultOf = (error: unknown): { name: string; message: string; stack?: string | undefined } =>
  error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: 'unknown', message: typeof error }
