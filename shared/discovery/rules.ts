/** Public face of directory, reputation, routing and insights: pure decisions that other modules may use. */
export { type Asked, type Present, type Unwillingness, whyExcluded } from './directory/rules.ts'
export { chosenIn, decideRouting, finalists, type Known } from './routing/rules.ts'
