/** Public interface of partners, profiles and contacts: schemas, types and operations that other modules may use. */
export { partnerOperations } from './partner/contract.ts'
export {
  locationId,
  profileContent,
  profileFaults,
  profileId,
  profileOperations,
  reviewAdvice,
} from './profile/contract.ts'
