/** Structured logs and metrics. Personal data never gets here: log ids, states and counts. */
import { Logger } from '@aws-lambda-powertools/logger'

export const logger = new Logger()
