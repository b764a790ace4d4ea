/** Every operation of the HTTP API, in the order of its documentation. */
import * as z from 'zod/mini'
import { directoryOperations, insightOperations, routingOperations } from '../../discovery/contract.ts'
import { type Audience, type Operation, operations } from '../../kernel/operation.ts'
import { partnerOperations, profileOperations } from '../../partners/contract.ts'
import { policyOperations, taxonomyOperations } from '../../program/contract.ts'
import { referralOperations, rfiOperations } from '../../referrals/contract.ts'
import { pageOperations } from '../../site/contract.ts'

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

const catalog = {
  ...directoryOperations,
  ...taxonomyOperations,
  ...rfiOperations,
  ...routingOperations,
  ...referralOperations,
  ...profileOperations,
  ...insightOperations,
  ...partnerOperations,
  ...policyOperations,
  ...pageOperations,
  ...apiOperations,
}

type Catalog = typeof catalog

/** The operations of an audience, by their ids. */
export type OperationsOf<A extends Audience> = {
  readonly [Id in keyof Catalog as Catalog[Id]['audience'] extends A ? Id : never]: Catalog[Id]
}

export const allOperations: readonly Operation[] = Object.values(catalog)
