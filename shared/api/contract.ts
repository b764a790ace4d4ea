/** Every operation of the HTTP API, in the order of its documentation. */
import * as z from 'zod/mini'
import { directoryOperations } from '../discovery/directory/contract.ts'
import { insightOperations } from '../discovery/insights/contract.ts'
import { routingOperations } from '../discovery/routing/contract.ts'
import { type Operation, operations } from '../kernel/contract.ts'
import { partnerOperations } from '../partners/partner/contract.ts'
import { profileOperations } from '../partners/profile/contract.ts'
import { policyOperations } from '../program/policy/contract.ts'
import { taxonomyOperations } from '../program/taxonomy/contract.ts'
import { referralOperations } from '../referrals/referral/contract.ts'
import { rfiOperations } from '../referrals/rfi/contract.ts'
import { pageOperations } from '../site/page/contract.ts'

export const apiOperations = operations({
  getOpenApi: {
    summary: 'This API as an OpenAPI 3.1 document',
    method: 'GET',
    path: '/v1/openapi.json',
    audience: 'open',
    access: 'public',
    status: 200,
    response: z.looseObject({ openapi: z.string() }),
  },
})

export const allOperations: readonly Operation[] = [
  directoryOperations,
  taxonomyOperations,
  rfiOperations,
  routingOperations,
  referralOperations,
  profileOperations,
  insightOperations,
  partnerOperations,
  policyOperations,
  pageOperations,
  apiOperations,
].flatMap(feature => Object.values<Operation>(feature))
