/** Every operation of the HTTP API, in the order of its documentation. */
import * as z from 'zod/mini'
import { directoryOperations } from '../directory/contract.ts'
import { insightOperations } from '../insights/contract.ts'
import { pageOperations } from '../page/contract.ts'
import { partnerOperations } from '../partner/contract.ts'
import { type Operation, operations } from '../platform/contract.ts'
import { policyOperations } from '../policy/contract.ts'
import { profileOperations } from '../profile/contract.ts'
import { referralOperations } from '../referral/contract.ts'
import { rfiOperations } from '../rfi/contract.ts'
import { routingOperations } from '../routing/contract.ts'
import { taxonomyOperations } from '../taxonomy/contract.ts'

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
