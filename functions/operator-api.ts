/** The API of the operator: partners, the policy, the taxonomy, RFIs of agents and campaigns, referrals of any partner. */

import { routingOperations } from '../shared/discovery/contract.ts'
import { dryRun } from '../shared/discovery/index.ts'
import type { Actor } from '../shared/events/contract.ts'
import type { OperatorPrincipal } from '../shared/kernel/principal.ts'
import { partnerOperations, profileOperations } from '../shared/partners/contract.ts'
import {
  createPartner,
  editPartner,
  getPartner,
  listPartners,
  listProfilesByOperator,
  listUnhealthyProfiles,
} from '../shared/partners/index.ts'
import { policyOperations, taxonomyOperations } from '../shared/program/contract.ts'
import { getPolicy, getTaxonomy, putPolicy, putTaxonomy } from '../shared/program/index.ts'
import { referralOperations, rfiOperations } from '../shared/referrals/contract.ts'
import {
  addRecipients,
  createRfi,
  executeCommand,
  findReferral,
  getReferral,
  getRfi,
  getRouting,
  getTimeline,
  listReferrals,
  listUnroutedRfis,
  routeRfi,
  withdrawRfi,
} from '../shared/referrals/index.ts'
import { api, plain } from './http/api.ts'

const actor = ({ id }: OperatorPrincipal): Actor => ({ kind: 'operator', id })

export const handler = api(
  'operator',
  {
    ...partnerOperations,
    ...profileOperations,
    ...policyOperations,
    ...taxonomyOperations,
    ...rfiOperations,
    ...routingOperations,
    ...referralOperations,
  },
  {
    listPartners: ({ query: { limit, cursor }, list }) => plain(listPartners(limit, { list, cursor })),
    createPartner: ({ body, attempt, now }) => createPartner(body, attempt, now),
    getPartner: ({ params }) => getPartner(params.partnerId),
    editPartner: ({ principal, params, body, version, now }) =>
      editPartner(params.partnerId, body, actor(principal), version, now),

    listUnhealthyProfiles: ({ query: { limit, cursor }, list, now }) =>
      plain(listUnhealthyProfiles(limit, { list, cursor }, now)),
    listProfilesByOperator: ({ params, now }) => plain(listProfilesByOperator(params.partnerId, now)),

    getPolicy: ({ query }) => getPolicy(query.version),
    putPolicy: ({ principal, body, version, now }) => putPolicy(body, principal.id, version, now),
    getTaxonomyByOperator: ({ query }) => getTaxonomy(query.version),
    putTaxonomy: ({ principal, body, version, now }) => putTaxonomy(body, principal.id, version, now),

    createRfiByOperator: ({ principal, body, attempt, now }) =>
      createRfi(body, attempt, actor(principal), now),
    getRfiByOperator: ({ params, now }) => getRfi(params.rfiId, now),
    listUnroutedRfis: ({ query: { limit, cursor }, list }) =>
      plain(listUnroutedRfis(limit, { list, cursor })),
    routeRfi: ({ principal, params, version, now }) => routeRfi(params.rfiId, actor(principal), version, now),
    getRouting: ({ params }) => plain(getRouting(params.rfiId)),
    dryRunRouting: ({ body }) => plain(dryRun(body)),
    addRecipientsByOperator: ({ principal, params, body, version, now }) =>
      addRecipients(params.rfiId, body.recipients, actor(principal), version, now),
    withdrawRfiByOperator: ({ principal, params, version, now }) =>
      withdrawRfi(params.rfiId, actor(principal), version, now),

    listReferralsByOperator: ({ query: { partnerId, cursor, ...options }, list, now }) =>
      plain(listReferrals(partnerId, options, { list, cursor }, now)),
    getReferralByOperator: async ({ params, now }) =>
      getReferral(await findReferral(params.referralId), 'operator', now),
    getTimelineByOperator: async ({ params, query: { limit, cursor }, list }) =>
      plain(getTimeline(await findReferral(params.referralId), limit, { list, cursor })),
    withdrawReferral: async ({ principal, params, version, now }) => {
      const address = await findReferral(params.referralId)
      return executeCommand(address, { name: 'withdraw' }, actor(principal), version, now)
    },
  },
)
