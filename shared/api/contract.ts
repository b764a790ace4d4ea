/** Every operation of the HTTP API, in the order of its documentation. */
import type { Operation } from '../platform/contract.ts'

export const allOperations: readonly Operation[] = []
