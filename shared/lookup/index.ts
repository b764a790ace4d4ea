/** Public interface of the module: writing entries, and looking up by them. */
export { type Found, lookUp } from './entries/look-up.ts'
export { replaceEntries, type WantedEntries } from './entries/replace-entries.ts'
export type { Position } from './entries/store.ts'
