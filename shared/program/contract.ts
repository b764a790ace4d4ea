/** Public interface of policy, taxonomy and the schemas of a request: schemas, types and operations that other modules may use. */
export { languages } from './language/contract.ts'
export {
  type Policy,
  policyFaults,
  policyOperations,
  type Ranking,
  type Routing,
  ranking,
  routing,
} from './policy/contract.ts'
export {
  type Customer,
  channels,
  customer,
  type EmailStatus,
  emailStatus,
  type Need,
  need,
  newCustomer,
  operatorSource,
  type PreferredContact,
  preferredContacts,
  type Source,
  source,
  type Tags,
  tags,
} from './request/contract.ts'
export {
  type TagList,
  type Taxonomy,
  type TaxonomyContent,
  type TaxonomyEntry,
  tagLists,
  taxonomyFaults,
  taxonomyOperations,
} from './taxonomy/contract.ts'
