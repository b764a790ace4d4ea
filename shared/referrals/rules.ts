/** Public face of RFIs, referrals and timers: pure decisions that other modules may use. */
export type { Command, CommandName, Referral } from './referral/referral.ts'
export { effective, isAnsweredAfter } from './referral/status.ts'
export { allows, guardTexts, type Transition, transitions } from './referral/transitions.ts'
export type { Rfi } from './rfi/rules.ts'
