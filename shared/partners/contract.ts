/** Public face of partners, profiles and contacts: schemas, types and operations that other modules may use. */
export { partner, partnerOperations } from './partner/contract.ts'
export {
  locationId,
  profile,
  profileFaults,
  profileId,
  profileOperations,
  reviewAdvice,
} from './profile/contract.ts'
