/** All operations of the HTTP API, in the order of the documentation. */
import * as z from 'zod/mini'
import { directoryOperations, insightOperations, routingOperations } from '../../discovery/contract.ts'
import { describeOperations, describeSchema } from '../../kernel/documentation.ts'
import { type Audience, type Operation, operations } from '../../kernel/operation.ts'
import { partnerOperations, profileOperations } from '../../partners/contract.ts'
import { policyOperations, taxonomyOperations } from '../../program/contract.ts'
import { lookupOperations, referralOperations, rfiOperations } from '../../referrals/contract.ts'
import { pageOperations } from '../../site/contract.ts'

const openApi = z.looseObject({ openapi: z.string() })
/* @__PURE__ */ describeSchema(openApi, {
  description: 'An OpenAPI document.',
  properties: { openapi: 'Version of the OpenAPI specification.' },
  example: { openapi: '3.1.0' },
})

export const apiOperations = operations({
  getOpenApi: {
    summary: 'Get the OpenAPI document',
    method: 'GET',
    path: '/v1/openapi.json',
    audience: 'open',
    access: 'public',
    status: 200,
    response: openApi,
  },
})

/* @__PURE__ */ describeOperations(apiOperations, {
  getOpenApi: {
    description: 'Returns this description of the API.',
    returns: 'The OpenAPI 3.1 document.',
  },
})

const catalog = {
  ...directoryOperations,
  ...taxonomyOperations,
  ...rfiOperations,
  ...routingOperations,
  ...referralOperations,
  ...lookupOperations,
  ...profileOperations,
  ...insightOperations,
  ...partnerOperations,
  ...policyOperations,
  ...pageOperations,
  ...apiOperations,
}

export type Catalog = typeof catalog

/** The operations of an audience, by their ids. */
export type OperationsOf<A extends Audience> = {
  readonly [Id in keyof Catalog as Catalog[Id]['audience'] extends A ? Id : never]: Catalog[Id]
}

export const allOperations: readonly Operation[] = Object.values(catalog)
