/** Public interface of the module. Contracts of other modules import contract.ts instead, which contains no code. */

export { answerTimeOf, bandOf, medianAnswerMs } from './answer-time.ts'
export {
  type Exclusion,
  exclusions,
  type LearnedPart,
  learnedParts,
} from './contract.ts'
export type {
  Affinity,
  DirectoryEntry,
  HealthEntry,
  ListedLocation,
  ListedProfile,
  Month,
  Preferences,
  ProfileEntry,
  ReputationEntry,
} from './entry.ts'
export {
  type CurrentLoad,
  isPaused,
  type PreferenceExclusion,
  type RequestFacts,
  whyExcluded,
} from './exclusion.ts'
export { lostIn, type Means, neutral, type Observations, speedPart, worthOfAnswer } from './observations.ts'
export { createPartnerSearch } from './partner-index.ts'
export type {
  Hit,
  PartnerSearch,
  Position,
  SearchContext,
  SearchQuery,
  Standing,
} from './partner-search.ts'
export {
  freeShare,
  type Scored,
  scoreUnder,
  type VisibilityParts,
  visibilityOf,
  visibilityParts,
} from './ranking.ts'
