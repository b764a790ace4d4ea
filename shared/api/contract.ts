/** Public interface of the API as a whole: operations and problems that other modules may use. */
export { allOperations, apiOperations, type OperationsOf } from './catalog/contract.ts'
export { gatewayResponses } from './gateway/contract.ts'
export { limits } from './limits/contract.ts'
export { adviceCatalogs, faultCatalogs, reasonCatalogs, terms } from './messages/contract.ts'
export {
  type ProblemCode,
  type ProblemHeader,
  type ProblemType,
  problems,
  requestReasons,
} from './problem/contract.ts'
