/** Public interface of RFIs, referrals and timers: schemas, types and operations that other modules may use. */
export { indexedEvents, lookupFaults, lookupOperations } from './lookup/contract.ts'
export {
  type AcceptRequest,
  action,
  type CloseRequest,
  type DealPatch,
  type DeclineRequest,
  directContactMessages,
  type ExtendRequest,
  referralFaults,
  referralOperations,
  referralReasons,
  type Status,
  statuses,
} from './referral/contract.ts'
export { type RfiView, rfiFaults, rfiOperations, rfiReasons } from './rfi/contract.ts'
export { timedEvents, timer } from './timer/contract.ts'
