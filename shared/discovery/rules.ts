/** Public face of directory, reputation, routing and insights: pure decisions that other modules may use. */
export {
  type CurrentLoad,
  type PreferenceExclusion,
  type RequestFacts,
  whyExcluded,
} from './directory/rules.ts'
export { chosenIn, decideRouting, finalists, type Known } from './routing/rules.ts'
