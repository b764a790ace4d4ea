/** Handlers of an audience: the compiler checks that they are complete; the declarations route to them. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { api, type HandlersOf, plain } from '../../functions/http/api.ts'
import { apiOperations } from '../../shared/api/catalog/contract.ts'
import { insightOperations } from '../../shared/discovery/insights/contract.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { policyOperations } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'

const document = { openapi: '3.1.0' }
const getOpenApi = () => plain(document)

const operations = {
  ...partnerOperations,
  ...profileOperations,
  ...insightOperations,
  ...referralOperations,
}

/** Type-checks the callback without running it. */
const compile = (_: (handlers: HandlersOf<'partner'>) => unknown): void => {}

describe('the handlers of an audience', () => {
  it('compile when every operation has a handler', () => {
    compile(handlers => api('partner', operations, handlers))
  })

  it('do not compile when an operation has no handler', () => {
    compile(({ acceptReferral: _, ...others }) => {
      // @ts-expect-error acceptReferral is missing
      return api('partner', operations, others)
    })
  })

  it("do not compile when an operation is missing from the router's list", () => {
    const { getVisibility: _, ...others } = operations
    compile(handlers => {
      // @ts-expect-error getVisibility is missing
      return api('partner', others, handlers)
    })
  })

  it('do not compile with a handler of another audience', () => {
    compile(({ listReferrals: listPartners }) => {
      // @ts-expect-error listPartners is an operation of the operator
      return api('open', apiOperations, { getOpenApi, listPartners })
    })
  })

  it('do not compile with a response that violates the contract', () => {
    compile(() => {
      // @ts-expect-error openapi is missing
      return api('open', apiOperations, { getOpenApi: () => plain({ version: 1 }) })
    })
  })

  it('do not compile when a versioned response has no version', () => {
    const getReferral = async () => ({ body: {} as never })
    compile(handlers => {
      // @ts-expect-error the ETag of getReferral needs a version
      return api('partner', operations, { ...handlers, getReferral })
    })
  })
})

describe('an API function', () => {
  const handler = api('open', { ...apiOperations, ...policyOperations }, { getOpenApi })
  const call = async (routeKey: string, query: Record<string, string> = {}) => {
    const event = {
      routeKey,
      headers: {},
      queryStringParameters: query,
      requestContext: { requestId: 'r1' },
    }
    const answer = (await handler(event as never, {} as never)) as APIGatewayProxyStructuredResultV2
    return { ...answer, body: JSON.parse(answer.body ?? '') }
  }

  it('responds on its routes', async () => {
    expect(await call('GET /v1/openapi.json')).toEqual({
      statusCode: 200,
      headers: {
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-type': 'application/json',
        etag: 'W/"1f7b61c52c66"',
      },
      body: document,
    })
  })

  it('has no route of another audience, even if its operation is in the list', async () => {
    expect(await call('GET /v1/operator/policy')).toMatchObject({
      statusCode: 500,
      headers: { 'content-type': 'application/problem+json' },
      body: { code: 'internal-error', requestId: 'r1' },
    })
  })

  it('rejects query parameters that the operation does not declare', async () => {
    expect(await call('GET /v1/openapi.json', { page: '2' })).toMatchObject({
      statusCode: 400,
      body: { code: 'invalid-request', errors: [{ pointer: 'query/page', code: 'unknown-field' }] },
    })
  })
})
