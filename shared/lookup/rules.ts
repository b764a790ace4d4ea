/** Public interface of the module: words of names and queries, and the entries that are made of them. */
export { entriesOf, type Subject } from './entries/rules.ts'
export { allWords, readQuery, type Sought, wordsOf, wordsOfNumber, wordsOfPerson } from './words/rules.ts'
