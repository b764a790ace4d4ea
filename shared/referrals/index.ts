/** Public interface of the module: services and stores of RFIs, referrals and timers. */
export { indexRfi } from './lookup/index-rfi.ts'
export { findReferrals, lookUpProgram } from './lookup/look-up.ts'
export { acceptCommand, addColleagueCommand, closeCommand, declineCommand } from './referral/commands.ts'
export {
  checkAcceptance,
  checkClosing,
  checkDealPatch,
  checkDecline,
  executeCommand,
} from './referral/execute-command.ts'
export { getReferral, getTimeline } from './referral/get-referral.ts'
export { getSimilar } from './referral/get-similar.ts'
export { getAlert, listAllReferrals, listReferrals } from './referral/list-referrals.ts'
export { findReferralAddress } from './referral/load.ts'
export { neededLocations } from './referral/needed-locations.ts'
export { completeEvents, eventsOfPartner, rfiIdsOfPartner } from './referral/partner-events.ts'
export { reopenReferral, resumeReferral, undoAnswer } from './referral/revive-referral.ts'
export { readReferral, referralKey, reindexedReferral } from './referral/store.ts'
export { addRecipients, checkRecipients } from './rfi/add-recipients.ts'
export { capabilityToken, readCapability } from './rfi/capability.ts'
export { chooseOutcome, denyWin, dismissPartner, reopenRfi } from './rfi/choose-outcome.ts'
export { correctAddress } from './rfi/correct-address.ts'
export { checkNewRfi, createRfi } from './rfi/create-rfi.ts'
export { listRfis } from './rfi/list-rfis.ts'
export { getRfi } from './rfi/load.ts'
export { recordReachableCustomer, recordUnreachableCustomer } from './rfi/record-reachability.ts'
export { getRouting, routeRfi } from './rfi/route-rfi.ts'
export {
  customerKey,
  listUnrouted as listUnroutedRfis,
  readCustomer,
  readCustomerRecord,
  readRfi,
  reindexedRfi,
  rfiKey,
  unroutedIds,
} from './rfi/store.ts'
export { suggestionsFor } from './rfi/suggestions.ts'
export { withdrawRfi } from './rfi/withdraw-rfi.ts'
export { armTimers } from './timer/arm-timers.ts'
export { handleTimer } from './timer/handle-timer.ts'
export { sweep } from './timer/sweep.ts'
