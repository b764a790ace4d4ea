/** Public face of RFIs, referrals and timers: services and stores that other modules may use. */
export { neededLocations } from './referral/needed-locations.ts'
export { completeEvents, eventsOfPartner } from './referral/partner-events.ts'
export {
  accept as acceptCommand,
  addContact as addContactCommand,
  close as closeCommand,
  decline as declineCommand,
  execute as executeCommand,
  findAddress as findReferral,
  getAlert,
  getReferral,
  getSimilar,
  getTimeline,
  listReferrals,
  reopen as reopenReferral,
} from './referral/service.ts'
export { readReferral, referralKey } from './referral/store.ts'
export { capabilityToken, readCapability } from './rfi/capability.ts'
export {
  addRecipients,
  createRfi,
  getRfi,
  getRouting,
  listUnroutedRfis,
  routeRfi,
  suggestionsFor,
  withdrawRfi,
} from './rfi/service.ts'
export { customerKey, readCustomer, readRfi, rfiKey } from './rfi/store.ts'
export { applyEvent, fire, sweep } from './timer/service.ts'
