/** The API of the operator: partners, policy, taxonomy, RFIs from sales agents and campaigns, referrals of all partners. */

import { routingOperations } from '../shared/discovery/contract.ts'
import { checkDryRun, dryRun } from '../shared/discovery/index.ts'
import type { Actor } from '../shared/events/contract.ts'
import type { CommandContext } from '../shared/events/index.ts'
import type { OperatorPrincipal } from '../shared/kernel/principal.ts'
import { partnerOperations, profileOperations } from '../shared/partners/contract.ts'
import {
  createPartner,
  editPartner,
  findPartners,
  getPartner,
  listPartners,
  listProfilesByOperator,
  listUnhealthyProfiles,
} from '../shared/partners/index.ts'
import { policyOperations, taxonomyOperations } from '../shared/program/contract.ts'
import {
  checkPolicy,
  checkTaxonomy,
  getPolicy,
  getTaxonomy,
  putPolicy,
  putTaxonomy,
} from '../shared/program/index.ts'
import { lookupOperations, referralOperations, rfiOperations } from '../shared/referrals/contract.ts'
import {
  addRecipients,
  checkNewRfi,
  checkRecipients,
  createRfi,
  executeCommand,
  findReferralAddress,
  getReferral,
  getRfi,
  getRouting,
  getTimeline,
  listAllReferrals,
  listReferrals,
  listRfis,
  listUnroutedRfis,
  lookUpProgram,
  routeRfi,
  withdrawRfi,
} from '../shared/referrals/index.ts'
import { api, plain } from './http/api.ts'

const actor = ({ id }: OperatorPrincipal): Actor => ({ kind: 'operator', id })

interface WriteCall {
  readonly principal: OperatorPrincipal
  readonly version: number
  readonly now: Date
}

const contextOf = ({ principal, version, now }: WriteCall): CommandContext => ({
  actor: actor(principal),
  version,
  now,
})

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
    ...lookupOperations,
  },
  {
    listPartners: ({ query: { q, limit, cursor }, list }) =>
      plain(
        q === undefined ? listPartners(limit, { list, cursor }) : findPartners(q, limit, { list, cursor }),
      ),
    createPartner: ({ principal, body, attempt, now }) =>
      createPartner(body, { attempt, actor: actor(principal), now }),
    getPartner: ({ params }) => getPartner(params.partnerId),
    editPartner: call => editPartner(call.params.partnerId, call.body, contextOf(call)),

    listUnhealthyProfiles: ({ query: { limit, cursor }, list, now }) =>
      plain(listUnhealthyProfiles(limit, { list, cursor }, now)),
    listProfilesByOperator: ({ params, now }) => plain(listProfilesByOperator(params.partnerId, now)),

    getPolicy: ({ query }) => getPolicy(query.version),
    putPolicy: call => putPolicy(call.body, contextOf(call)),
    getTaxonomyByOperator: ({ query }) => getTaxonomy(query.version),
    putTaxonomy: call => putTaxonomy(call.body, contextOf(call)),

    createRfiByOperator: ({ principal, body, attempt, now }) =>
      createRfi(body, { attempt, actor: actor(principal), now }),
    getRfiByOperator: ({ params, now }) => getRfi(params.rfiId, now),
    listRfis: ({ query: { cursor, ...options }, list }) => plain(listRfis(options, { list, cursor })),
    listUnroutedRfis: ({ query: { limit, cursor }, list }) =>
      plain(listUnroutedRfis(limit, { list, cursor })),
    routeRfi: call => routeRfi(call.params.rfiId, contextOf(call)),
    getRouting: ({ params }) => plain(getRouting(params.rfiId)),
    dryRunRouting: ({ body }) => plain(dryRun(body)),
    addRecipientsByOperator: call => addRecipients(call.params.rfiId, call.body.recipients, contextOf(call)),
    withdrawRfiByOperator: call => withdrawRfi(call.params.rfiId, contextOf(call)),

    lookUp: ({ query: { cursor, ...options }, list, now }) =>
      plain(lookUpProgram(options, { list, cursor }, now)),

    listReferralsByOperator: ({ query: { partnerId, cursor, ...options }, list, now }) =>
      plain(
        partnerId
          ? listReferrals(partnerId, options, { list, cursor }, 'operator', now)
          : listAllReferrals(options, { list, cursor }, now),
      ),
    getReferralByOperator: async ({ params, now }) =>
      getReferral(await findReferralAddress(params.referralId), 'operator', now),
    getTimelineByOperator: async ({ params, query: { limit, cursor }, list }) =>
      plain(getTimeline(await findReferralAddress(params.referralId), limit, { list, cursor })),
    withdrawReferral: async call => {
      const address = await findReferralAddress(call.params.referralId)
      return executeCommand(address, { name: 'withdraw' }, contextOf(call))
    },
  },
  {
    putPolicy: ({ body }) => checkPolicy(body),
    putTaxonomy: ({ body }) => checkTaxonomy(body),
    createRfiByOperator: ({ body, now }) => checkNewRfi(body, now),
    addRecipientsByOperator: ({ body, now }) => checkRecipients(body, now),
    dryRunRouting: ({ body }) => checkDryRun(body),
  },
)
