/** Public interface of the module: reads members from token claims. */
export { memberOf } from './claims.ts'
