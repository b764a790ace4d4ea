/** Public face of RFIs, referrals and timers: pure decisions that other modules may use. */
export {
  allows,
  type Command,
  type CommandName,
  decide,
  effective,
  type Referral,
  type Transition,
  transitions,
} from './referral/lifecycle.ts'
export { receive } from './referral/rules.ts'
