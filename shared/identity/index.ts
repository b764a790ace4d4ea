/** Public face of members: services and stores that other modules may use. */
export { memberOf } from './claims.ts'
