/** Public interface of the module: rules of directory, reputation, routing and insights, without I/O. */
export {
  type CurrentLoad,
  type PreferenceExclusion,
  type RequestFacts,
  whyExcluded,
} from './directory/rules.ts'
export { type Availability, chosenIn, decideRouting, finalists } from './routing/rules.ts'
