/** Public face of mails, digests and languages: pure decisions that other modules may use. */
export type { MessageId } from './language/catalog.ts'
export { phrase } from './language/html.ts'
export { type PageLocalizer, plain, userText, type Words } from './language/rules.ts'
export { mailRules } from './mail/rules.ts'
export { theme } from './mail/theme.ts'
