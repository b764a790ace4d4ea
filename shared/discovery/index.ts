/** Public interface of the module: services and stores of directory, reputation, routing and insights. */
export { checkSearch, getDirectoryProfile, searchDirectory, suggest } from './directory/service.ts'
export { locate } from './gazetteer/store.ts'
export { getVisibility } from './insights/service.ts'
export { correctReputations, differences, isCorrect, type Recount, recount } from './reputation/recount.ts'
export { learnFrom, reputationIdOf } from './reputation/service.ts'
export { readReputation, reputationKey } from './reputation/store.ts'
export { checkDryRun, dryRun, shortlist } from './routing/service.ts'
export { listRouting, putRouting } from './routing/store.ts'
