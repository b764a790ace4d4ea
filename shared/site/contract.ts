/** Public interface of server-rendered pages: schemas, types and operations that other modules may use. */
export { pageOperations } from './page/contract.ts'
