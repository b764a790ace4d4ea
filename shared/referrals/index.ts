/** Public face of RFIs, referrals and timers: services and stores that other modules may use. */
export { neededLocations } from './referral/needed-locations.ts'
export * as referrals from './referral/service.ts'
export { readReferral, referralKey } from './referral/store.ts'
export { capabilityToken, readCapability } from './rfi/capability.ts'
export * as rfis from './rfi/service.ts'
export { suggestionsFor } from './rfi/service.ts'
export { customerKey, readCustomer, readRfi, rfiKey } from './rfi/store.ts'
export { applyEvent, fire, sweep } from './timer/service.ts'
