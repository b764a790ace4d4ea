/** What partners call: their referrals, their business profiles, their company. */
import { insightOperations } from '../shared/insights/contract.ts'
import { getVisibility } from '../shared/insights/service.ts'
import { partnerOperations } from '../shared/partner/contract.ts'
import { editPartner, getPartner } from '../shared/partner/service.ts'
import type { PartnerPrincipal } from '../shared/platform/principal.ts'
import { profileOperations } from '../shared/profile/contract.ts'
import * as profiles from '../shared/profile/service.ts'
import { referralOperations } from '../shared/referral/contract.ts'
import type { Command } from '../shared/referral/lifecycle.ts'
import * as referrals from '../shared/referral/service.ts'
import { api, plain } from './http/api.ts'

const { getOwnPartner, editOwnPartner } = partnerOperations
const { listProfiles, getProfile, putProfile, activateProfile, deactivateProfile, confirmContact } =
  profileOperations
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

interface Write {
  readonly principal: PartnerPrincipal
  readonly params: { readonly referralId: string }
  readonly version: number
  readonly now: Date
}

const execute = ({ principal: { id, partnerId }, params, version, now }: Write, command: Command) => {
  const address = { partnerId, referralId: params.referralId }
  return referrals.execute(address, command, { kind: 'partner', id }, version, now)
}

export const handler = api(
  {
    ...{ listReferrals, getAlert, getReferral, getTimeline, getSimilar, acceptReferral, declineReferral },
    ...{ extendReferral, reopenReferral, editDeal, addContact, removeContact, closeReferral },
    ...{ getOwnPartner, editOwnPartner },
    ...{ listProfiles, getProfile, putProfile, activateProfile, deactivateProfile, confirmContact },
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
    reopenReferral: ({ principal: { id, partnerId }, params: { referralId }, version, now }) =>
      referrals.reopen({ partnerId, referralId }, { kind: 'partner', id }, version, now),
    editDeal: call => execute(call, { name: 'edit-deal', patch: call.body }),
    addContact: call => execute(call, referrals.addContact(call.body, call.now)),
    removeContact: call => execute(call, { name: 'remove-contact', contactId: call.params.contactId }),
    closeReferral: call => execute(call, referrals.close(call.body)),

    getOwnPartner: ({ principal }) => getPartner(principal.partnerId),
    editOwnPartner: ({ principal, body, version, now }) =>
      editPartner(principal.partnerId, body, version, now),

    listProfiles: ({ principal, now }) => plain(profiles.listProfiles(principal.partnerId, now)),
    getProfile: ({ principal, params, now }) => profiles.getProfile(principal.partnerId, params.region, now),
    putProfile: ({ principal: { partnerId }, params: { region }, body, version, now }) =>
      profiles.putProfile({ partnerId, region }, body, version, now),
    activateProfile: ({ principal: { partnerId }, params: { region }, version, now }) =>
      profiles.setActive({ partnerId, region }, true, version, now),
    deactivateProfile: ({ principal: { partnerId }, params: { region }, version, now }) =>
      profiles.setActive({ partnerId, region }, false, version, now),
    confirmContact: ({ principal: { partnerId }, params: { region }, body, now }) =>
      profiles.confirmContact({ partnerId, region }, body.email, now),

    getVisibility: ({ principal, query: { region }, now }) =>
      plain(getVisibility(principal.partnerId, region, now)),
  },
)
