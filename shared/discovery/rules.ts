/** Public face of directory, reputation, routing and insights: pure decisions that other modules may use. */
export {
  type CurrentLoad,
  type PreferenceExclusion,
  type RequestFacts,
  whyExcluded,
} from './directory/rules.ts'
export { type Availability, chosenIn, decideRouting, finalists } from './routing/rules.ts'
