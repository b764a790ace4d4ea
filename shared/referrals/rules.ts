/** Public interface of the module: rules of RFIs, referrals and timers, without I/O. */
export { reopenedRespondBy } from './referral/deadlines.ts'
export { type ListRule, partnerLists, programLists } from './referral/lists.ts'
export type { Command, CommandName, Referral } from './referral/referral.ts'
export { effective, isAnsweredAfter, isContactVisible, isWinInQuestion } from './referral/status.ts'
export { allows, guardTexts, type Transition, transitions } from './referral/transitions.ts'
export { isWinAskedAt, type Rfi, whyNotRevived } from './rfi/rules.ts'
