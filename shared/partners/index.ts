/** Public face of partners, profiles and contacts: services and stores that other modules may use. */
export { report } from './contact/service.ts'
export { addressFingerprint, healthKey } from './contact/store.ts'
export { directoryAttributes, readEntries, readEntry } from './listing/store.ts'
export { createPartner, editPartner, getPartner, listPartners } from './partner/service.ts'
export { isPartner, partnerIds, partnerKey, readCompany } from './partner/store.ts'
export {
  confirmContact,
  confirmContacts,
  getProfile,
  listProfiles,
  listProfilesByOperator,
  listProfileVersions,
  listUnhealthyProfiles,
  muteContact,
  type ProfileContext,
  putProfile,
  reviewProfile,
  setActive,
} from './profile/service.ts'
export { profileKey, readPublicProfile } from './profile/store.ts'
export { loadProfileContacts } from './recipients/store.ts'
