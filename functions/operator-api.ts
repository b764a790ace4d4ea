/** What the operator calls: partners, the policy, the taxonomy, RFIs of agents and campaigns, referrals of any partner. */

import { routingOperations } from '../shared/discovery/contract.ts'
import { dryRun } from '../shared/discovery/index.ts'
import type { Actor } from '../shared/events/contract.ts'
import type { OperatorPrincipal } from '../shared/kernel/principal.ts'
import { partnerOperations, profileOperations } from '../shared/partners/contract.ts'
import { partners, profiles } from '../shared/partners/index.ts'
import { policyOperations, taxonomyOperations } from '../shared/program/contract.ts'
import { policies, taxonomies } from '../shared/program/index.ts'
import { referralOperations, rfiOperations } from '../shared/referrals/contract.ts'
import { referrals, rfis } from '../shared/referrals/index.ts'
import { api, plain } from './http/api.ts'

const { listProfilesByOperator, listUnhealthyProfiles } = profileOperations
const { listPartners, createPartner, getPartner, editPartner } = partnerOperations
const { getTaxonomyByOperator, putTaxonomy } = taxonomyOperations
const {
  createRfiByOperator,
  getRfiByOperator,
  listUnroutedRfis,
  routeRfi,
  addRecipientsByOperator,
  withdrawRfiByOperator,
} = rfiOperations
const { listReferralsByOperator, getReferralByOperator, getTimelineByOperator, withdrawReferral } =
  referralOperations

const actor = ({ id }: OperatorPrincipal): Actor => ({ kind: 'operator', id })

export const handler = api(
  {
    listPartners,
    createPartner,
    getPartner,
    editPartner,
    listProfilesByOperator,
    listUnhealthyProfiles,
    ...policyOperations,
    getTaxonomyByOperator,
    putTaxonomy,
    createRfiByOperator,
    getRfiByOperator,
    listUnroutedRfis,
    routeRfi,
    addRecipientsByOperator,
    withdrawRfiByOperator,
    ...routingOperations,
    listReferralsByOperator,
    getReferralByOperator,
    getTimelineByOperator,
    withdrawReferral,
  },
  {
    listPartners: ({ query: { limit, cursor }, list }) =>
      plain(partners.listPartners(limit, { list, cursor })),
    createPartner: ({ body, attempt, now }) => partners.createPartner(body, attempt, now),
    getPartner: ({ params }) => partners.getPartner(params.partnerId),
    editPartner: ({ principal, params, body, version, now }) =>
      partners.editPartner(params.partnerId, body, actor(principal), version, now),

    listUnhealthyProfiles: ({ query: { limit, cursor }, list, now }) =>
      plain(profiles.listUnhealthyProfiles(limit, { list, cursor }, now)),
    listProfilesByOperator: ({ params, now }) =>
      plain(profiles.listProfilesByOperator(params.partnerId, now)),

    getPolicy: ({ query }) => policies.getPolicy(query.version),
    putPolicy: ({ principal, body, version, now }) => policies.putPolicy(body, principal.id, version, now),
    getTaxonomyByOperator: ({ query }) => taxonomies.getTaxonomy(query.version),
    putTaxonomy: ({ principal, body, version, now }) =>
      taxonomies.putTaxonomy(body, principal.id, version, now),

    createRfiByOperator: ({ principal, body, attempt, now }) =>
      rfis.createRfi(body, attempt, actor(principal), now),
    getRfiByOperator: ({ params, now }) => rfis.getRfi(params.rfiId, now),
    listUnroutedRfis: ({ query: { limit, cursor }, list }) =>
      plain(rfis.listUnroutedRfis(limit, { list, cursor })),
    routeRfi: ({ principal, params, version, now }) =>
      rfis.routeRfi(params.rfiId, actor(principal), version, now),
    getRouting: ({ params }) => plain(rfis.getRouting(params.rfiId)),
    dryRunRouting: ({ body }) => plain(dryRun(body)),
    addRecipientsByOperator: ({ principal, params, body, version, now }) =>
      rfis.addRecipients(params.rfiId, body.recipients, actor(principal), version, now),
    withdrawRfiByOperator: ({ principal, params, version, now }) =>
      rfis.withdrawRfi(params.rfiId, actor(principal), version, now),

    listReferralsByOperator: ({ query: { partnerId, cursor, ...options }, list, now }) =>
      plain(referrals.listReferrals(partnerId, options, { list, cursor }, now)),
    getReferralByOperator: async ({ params, now }) =>
      referrals.getReferral(await referrals.findAddress(params.referralId), 'operator', now),
    getTimelineByOperator: async ({ params, query: { limit, cursor }, list }) =>
      plain(referrals.getTimeline(await referrals.findAddress(params.referralId), limit, { list, cursor })),
    withdrawReferral: async ({ principal, params, version, now }) => {
      const address = await referrals.findAddress(params.referralId)
      return referrals.execute(address, { name: 'withdraw' }, actor(principal), version, now)
    },
  },
)
