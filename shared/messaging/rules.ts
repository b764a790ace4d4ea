/** Public face of mails, digests and languages: pure decisions that other modules may use. */
export type { MessageId } from './language/catalog.ts'
export { phrase } from './language/html.ts'
export { foreign, type PageSpeaker, type Words } from './language/rules.ts'
export { callings } from './mail/rules.ts'
export { look } from './mail/theme.ts'
