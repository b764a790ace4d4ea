/** Public interface of the module: texts, theme and rules of mails, without I/O. */

export type { MessageId } from './language/catalog.ts'
export { phrase } from './language/html.ts'
export { type PageLocalizer, plain, userText, type Words } from './language/rules.ts'
export { mailRules } from './mail/rules.ts'
export { type Palette, theme } from './mail/theme.ts'
export { type CustomerReach, callingOf, preferredOf } from './reach/rules.ts'
