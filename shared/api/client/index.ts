/** The typed client of the HTTP API. */
export { type Client, type ClientSettings, createClient } from './create-client.ts'
export { type ProblemDocument, ProblemError } from './problem-error.ts'
export type { CallInput, CallResponse, ListOperationId, OperationId, ResponseBody } from './types.ts'
