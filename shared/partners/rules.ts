/** Public interface of the module: rules of partners, profiles and contacts, without I/O. */
export {
  addressOf,
  allPeople,
  findPerson,
  isReachable,
  mayAnswer,
  type Reader,
  readersOf,
  uniqueByAddress,
} from './contact/rules.ts'
export {
  ownerOf,
  type PublicProfile,
  profileIdOf,
  qualityOf,
  withoutRemoved,
} from './profile/rules.ts'
export {
  type AboutReferral,
  aboutReferral,
  type DirectContact,
  locationNameOf,
  officeZoneOf,
  type ProfileContacts,
} from './recipients/rules.ts'
