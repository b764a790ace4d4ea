/** Public face of policy, taxonomy and the vocabulary of a request: services and stores that other modules may use. */
export * as policies from './policy/service.ts'
export { policyKey, readPolicy } from './policy/store.ts'
export * as taxonomies from './taxonomy/service.ts'
export { readableTaxonomy } from './taxonomy/service.ts'
export { readTaxonomy, taxonomyKey } from './taxonomy/store.ts'
