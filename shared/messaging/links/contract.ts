/** Links in mails. */

/** Answers that a link in a mail can give. */
export const answerActions = ['accept', 'decline', 'extend', 'misaddressed'] as const
export type AnswerAction = (typeof answerActions)[number]
