/** Public interface of the module: services and stores of mails and digests. */
export { sendDigests } from './digest/send-digests.ts'
export { pageLocalizer } from './language/pages.ts'
export {
  type AnswerLink,
  answerToken,
  type MuteLink,
  outcomeMark,
  readAnswerLink,
  readMuteLink,
  readOutcomeMark,
} from './links/links.ts'
export { mailEvent } from './mail/mail-event.ts'
export { readFeedback, recordFeedback } from './mail/record-feedback.ts'
export { mailIdOf, recordResult, referralMailKey } from './mail/store.ts'
export { prepareMail } from './mail/suggest-partners.ts'
export { readMailTask } from './mail/task.ts'
