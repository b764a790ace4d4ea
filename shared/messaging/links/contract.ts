/** Links in mails. */

/** Pages that links in mails open. */
export const pageNames = ['answer', 'request', 'mute'] as const
export type PageName = (typeof pageNames)[number]

/** Answers that a link in a mail can give. */
export const answerActions = [
  'accept',
  'decline',
  'extend',
  'misaddressed',
  'reopen',
  'win',
  'lose',
  'reschedule',
  'still-open',
  'resume',
] as const
export type AnswerAction = (typeof answerActions)[number]
