/** Public face of policy, taxonomy and the vocabulary of a request: services and stores that other modules may use. */
export { programLanguages } from './language/service.ts'
export { checkPolicy, getPolicy, putPolicy } from './policy/service.ts'
export { policyKey, readPolicy } from './policy/store.ts'
export { storedRanking, storedRouting } from './policy/stored.ts'
export { storedCustomer, storedNeed, storedSource, storedTags } from './request/stored.ts'
export { checkTaxonomy, getTaxonomy, putTaxonomy, readableTaxonomy } from './taxonomy/service.ts'
export { readTaxonomy, taxonomyKey } from './taxonomy/store.ts'
