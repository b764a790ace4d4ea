/** The API of partners: referrals, profiles, company and visibility. */

import { insightOperations } from '../shared/discovery/contract.ts'
import { getVisibility, locate } from '../shared/discovery/index.ts'
import type { CommandContext } from '../shared/events/index.ts'
import type { ReferralId } from '../shared/kernel/ids.ts'
import type { PartnerPrincipal } from '../shared/kernel/principal.ts'
import { partnerOperations, profileOperations } from '../shared/partners/contract.ts'
import {
  checkProfile,
  confirmContact,
  confirmContacts,
  editPartner,
  getPartner,
  getProfile,
  listProfiles,
  listProfileVersions,
  type ProfileContext,
  putProfile,
  reviewProfile,
  setActive,
} from '../shared/partners/index.ts'
import { referralOperations } from '../shared/referrals/contract.ts'
import {
  acceptCommand,
  addColleagueCommand,
  checkAcceptance,
  checkClosing,
  checkDealPatch,
  checkDecline,
  closeCommand,
  declineCommand,
  executeCommand,
  findReferrals,
  getAlert,
  getReferral,
  getSimilar,
  getTimeline,
  listReferrals,
  neededLocations,
  reopenReferral,
  resumeReferral,
  undoAnswer,
} from '../shared/referrals/index.ts'
import type { Command } from '../shared/referrals/rules.ts'
import { api, plain } from './http/api.ts'

interface WriteCall<Version = number> {
  readonly principal: PartnerPrincipal
  readonly version: Version
  readonly now: Date
}

const contextOf = <V>({ principal: { id }, version, now }: WriteCall<V>): CommandContext<V> => ({
  actor: { kind: 'partner', id },
  version,
  now,
})

type ReferralWrite = WriteCall & { readonly params: { readonly referralId: ReferralId } }

const addressOf = ({ principal: { partnerId }, params: { referralId } }: ReferralWrite) => ({
  partnerId,
  referralId,
})

const execute = (call: ReferralWrite, command: Command) =>
  executeCommand(addressOf(call), command, contextOf(call))

interface ProfileCall {
  readonly principal: PartnerPrincipal
  readonly params: { readonly region: string }
}

const profileOf = ({ principal: { partnerId }, params: { region } }: ProfileCall) => ({ partnerId, region })

const profileContext: ProfileContext = { locate, neededLocations }

export const handler = api(
  'partner',
  { ...referralOperations, ...partnerOperations, ...profileOperations, ...insightOperations },
  {
    listReferrals: ({ principal: { partnerId }, query: { cursor, ...options }, list, now }) =>
      plain(
        options.q === undefined
          ? listReferrals(partnerId, options, { list, cursor }, 'partner', now)
          : findReferrals(partnerId, { ...options, q: options.q }, { list, cursor }, now),
      ),
    getAlert: ({ principal: { partnerId }, now }) => plain(getAlert(partnerId, now)),
    getReferral: ({ principal: { partnerId }, params: { referralId }, now }) =>
      getReferral({ partnerId, referralId }, 'partner', now),
    getTimeline: ({ principal: { partnerId }, params: { referralId }, query: { limit, cursor }, list }) =>
      plain(getTimeline({ partnerId, referralId }, limit, { list, cursor })),
    getSimilar: ({ principal: { partnerId }, params: { referralId }, now }) =>
      plain(getSimilar({ partnerId, referralId }, now)),
    acceptReferral: call => execute(call, acceptCommand(call.body, call.now)),
    declineReferral: call => execute(call, declineCommand(call.body)),
    extendReferral: call => execute(call, { name: 'extend', request: call.body }),
    showContact: call => execute(call, { name: 'show-contact' }),
    undoAnswer: call => undoAnswer(addressOf(call), contextOf(call)),
    resumeReferral: call => resumeReferral(addressOf(call), contextOf(call)),
    reopenReferral: call => reopenReferral(addressOf(call), contextOf(call)),
    editDeal: call => execute(call, { name: 'edit-deal', patch: call.body }),
    addColleague: call => execute(call, addColleagueCommand(call.body, call.now)),
    removeColleague: call =>
      execute(call, { name: 'remove-colleague', colleagueId: call.params.colleagueId }),
    closeReferral: call => execute(call, closeCommand(call.body)),

    getOwnPartner: ({ principal }) => getPartner(principal.partnerId),
    editOwnPartner: call => editPartner(call.principal.partnerId, call.body, contextOf(call)),

    listProfiles: ({ principal, now }) => plain(listProfiles(principal.partnerId, now)),
    getProfile: call => getProfile(profileOf(call), call.query.version, call.now),
    putProfile: call => putProfile(profileOf(call), call.body, contextOf(call), profileContext),
    activateProfile: call => setActive(profileOf(call), true, contextOf(call)),
    deactivateProfile: call => setActive(profileOf(call), false, contextOf(call)),
    confirmContact: call => confirmContact(profileOf(call), call.body.email, call.now),
    confirmContacts: call => confirmContacts(profileOf(call), contextOf(call)),
    reviewProfile: call => plain(reviewProfile(profileOf(call))),
    listProfileVersions: ({ query: { limit, cursor }, list, ...call }) =>
      plain(listProfileVersions(profileOf(call), limit, { list, cursor })),

    getVisibility: ({ principal, query: { region }, now }) =>
      plain(getVisibility(principal.partnerId, region, now)),
  },
  {
    acceptReferral: ({ body, now }) => checkAcceptance(body, now),
    declineReferral: ({ body }) => checkDecline(body),
    editDeal: ({ principal: { partnerId }, params: { referralId }, body, now }) =>
      checkDealPatch({ partnerId, referralId }, body, now),
    closeReferral: ({ body, now }) => checkClosing(body, now),
    putProfile: call => checkProfile(profileOf(call), call.body),
  },
)
