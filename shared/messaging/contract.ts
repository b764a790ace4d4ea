/** Public interface of mails, digests and languages: schemas, types and operations that other modules may use. */
export { languages } from './language/contract.ts'
export { type AnswerAction, answerActions, type PageName, pageNames } from './links/contract.ts'
export {
  directEvents,
  preparedEvents,
  urgentTag,
} from './mail/contract.ts'
