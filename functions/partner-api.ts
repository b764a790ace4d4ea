/** What partners call: their referrals, their business profiles, their company. */

import { insightOperations } from '../shared/discovery/contract.ts'
import { getVisibility, locate } from '../shared/discovery/index.ts'
import type { Actor } from '../shared/events/contract.ts'
import type { PartnerPrincipal } from '../shared/kernel/principal.ts'
import { partnerOperations, profileOperations } from '../shared/partners/contract.ts'
import { editPartner, getPartner, profiles } from '../shared/partners/index.ts'
import { referralOperations } from '../shared/referrals/contract.ts'
import { neededLocations, referrals } from '../shared/referrals/index.ts'
import type { Command } from '../shared/referrals/rules.ts'
import { api, plain } from './http/api.ts'

const { getOwnPartner, editOwnPartner } = partnerOperations
const { listProfiles, getProfile, putProfile, activateProfile, deactivateProfile } = profileOperations
const { confirmContact, confirmContacts, reviewProfile, listProfileVersions } = profileOperations
const {
  listReferrals,
  getAlert,
  getReferral,
  getTimeline,
  getSimilar,
  acceptReferral,
  declineReferral,
  extendReferral,
  reopenReferral,
  editDeal,
  addContact,
  removeContact,
  closeReferral,
} = referralOperations

const actor = ({ id }: PartnerPrincipal): Actor => ({ kind: 'partner', id })

interface Write<Version = number> {
  readonly principal: PartnerPrincipal
  readonly version: Version
  readonly now: Date
}

const execute = (
  { principal, params, version, now }: Write & { readonly params: { readonly referralId: string } },
  command: Command,
) => {
  const address = { partnerId: principal.partnerId, referralId: params.referralId }
  return referrals.execute(address, command, actor(principal), version, now)
}

interface OfRegion {
  readonly principal: PartnerPrincipal
  readonly params: { readonly region: string }
}

const profileOf = ({ principal: { partnerId }, params: { region } }: OfRegion) => ({ partnerId, region })

const revision = <V>({ principal, version, now }: Write<V>) => ({ by: actor(principal), version, now })

const profileContext: profiles.ProfileContext = { locate, neededLocations }

export const handler = api(
  {
    listReferrals,
    getAlert,
    getReferral,
    getTimeline,
    getSimilar,
    acceptReferral,
    declineReferral,
    extendReferral,
    reopenReferral,
    editDeal,
    addContact,
    removeContact,
    closeReferral,
    getOwnPartner,
    editOwnPartner,
    listProfiles,
    getProfile,
    putProfile,
    activateProfile,
    deactivateProfile,
    confirmContact,
    confirmContacts,
    reviewProfile,
    listProfileVersions,
    ...insightOperations,
  },
  {
    listReferrals: ({ principal: { partnerId }, query: { cursor, ...options }, list, now }) =>
      plain(referrals.listReferrals(partnerId, options, { list, cursor }, now)),
    getAlert: ({ principal: { partnerId }, now }) => plain(referrals.getAlert(partnerId, now)),
    getReferral: ({ principal: { partnerId }, params: { referralId }, now }) =>
      referrals.getReferral({ partnerId, referralId }, 'partner', now),
    getTimeline: ({ principal: { partnerId }, params: { referralId }, query: { limit, cursor }, list }) =>
      plain(referrals.getTimeline({ partnerId, referralId }, limit, { list, cursor })),
    getSimilar: ({ principal: { partnerId }, params: { referralId }, now }) =>
      plain(referrals.getSimilar({ partnerId, referralId }, now)),
    acceptReferral: call => execute(call, referrals.accept(call.body, call.now)),
    declineReferral: call => execute(call, referrals.decline(call.body)),
    extendReferral: call => execute(call, { name: 'extend', request: call.body }),
    reopenReferral: ({ principal, params: { referralId }, version, now }) =>
      referrals.reopen({ partnerId: principal.partnerId, referralId }, actor(principal), version, now),
    editDeal: call => execute(call, { name: 'edit-deal', patch: call.body }),
    addContact: call => execute(call, referrals.addContact(call.body, call.now)),
    removeContact: call => execute(call, { name: 'remove-contact', contactId: call.params.contactId }),
    closeReferral: call => execute(call, referrals.close(call.body)),

    getOwnPartner: ({ principal }) => getPartner(principal.partnerId),
    editOwnPartner: ({ principal, body, version, now }) =>
      editPartner(principal.partnerId, body, actor(principal), version, now),

    listProfiles: ({ principal, now }) => plain(profiles.listProfiles(principal.partnerId, now)),
    getProfile: call => profiles.getProfile(profileOf(call), call.query.version, call.now),
    putProfile: call => profiles.putProfile(profileOf(call), call.body, revision(call), profileContext),
    activateProfile: call => profiles.setActive(profileOf(call), true, revision(call)),
    deactivateProfile: call => profiles.setActive(profileOf(call), false, revision(call)),
    confirmContact: call => profiles.confirmContact(profileOf(call), call.body.email, call.now),
    confirmContacts: call => profiles.confirmContacts(profileOf(call), revision(call)),
    reviewProfile: call => plain(profiles.reviewProfile(profileOf(call))),
    listProfileVersions: ({ query: { limit, cursor }, list, ...call }) =>
      plain(profiles.listProfileVersions(profileOf(call), limit, { list, cursor })),

    getVisibility: ({ principal, query: { region }, now }) =>
      plain(getVisibility(principal.partnerId, region, now)),
  },
)
