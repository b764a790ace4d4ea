/** Public face of policy, taxonomy and the vocabulary of a request: pure decisions that other modules may use. */
export { defaultPolicy, planOf, type Span, type Terms } from './policy/rules.ts'
export {
  codeError,
  codeErrors,
  entryOf,
  inUse,
  labelsFor,
  listErrors,
  reasonErrors,
  tagsIn,
} from './taxonomy/rules.ts'
