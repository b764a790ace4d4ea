/** Public face of policy, taxonomy and the vocabulary of a request: pure decisions that other modules may use. */
export { localeOfCountry } from './language/rules.ts'
export {
  deadlineIn,
  defaultPolicy,
  mailTimeIn,
  planOf,
  type RegionTime,
  regionTime,
  type Span,
  type Terms,
  universalTime,
} from './policy/rules.ts'
export {
  codeError,
  codeFaults,
  entryOf,
  inUse,
  labelsFor,
  listFaults,
  reasonFaults,
  tagsIn,
} from './taxonomy/rules.ts'
