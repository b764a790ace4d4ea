/** Languages of mails and pages. */
export { languages } from '../../program/contract.ts'

/** The two sets of texts of a language. Pages do not load the texts of mails. */
export const textSets = ['pages', 'mails'] as const
export type TextSet = (typeof textSets)[number]
