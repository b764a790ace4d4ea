/** Public face of mails, digests and languages: services and stores that other modules may use. */
export { sendDigests } from './digest/service.ts'
export { pageSpeakerOf } from './language/pages.ts'
export {
  type AnswerLink,
  doneMark,
  type MuteLink,
  readAnswerLink,
  readDoneMark,
  readMuteLink,
} from './links/links.ts'
export { hear, readFeedback } from './mail/feedback.ts'
export { mailEvent } from './mail/service.ts'
export { mailIdOf, recordResult, referralMailKey } from './mail/store.ts'
export { addSuggestions } from './mail/suggest-partners.ts'
export { readMailTask } from './mail/task.ts'
