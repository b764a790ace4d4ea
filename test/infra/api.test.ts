import { describe, expect, test } from 'vitest'
import { allOperations } from '../../shared/api/contract.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { synthesize } from './synthesis.ts'

/** One operation of each kind of access and audience, independent of the present contracts. */
const sample: readonly Operation[] = [
  {
    id: 'search',
    summary: '',
    method: 'GET',
    path: '/v1/things',
    audience: 'customer',
    access: 'public',
    status: 200,
  },
  {
    id: 'follow',
    summary: '',
    method: 'GET',
    path: '/v1/asks/{askId}',
    audience: 'customer',
    access: 'capability',
    status: 200,
  },
  {
    id: 'answer',
    summary: '',
    method: 'PATCH',
    path: '/v1/asks/{askId}',
    audience: 'partner',
    access: ['partner-admin'],
    status: 200,
  },
  {
    id: 'remove',
    summary: '',
    method: 'DELETE',
    path: '/v1/operator/things',
    audience: 'operator',
    access: ['operator'],
    status: 204,
  },
  {
    id: 'describe',
    summary: '',
    method: 'GET',
    path: '/v1/it',
    audience: 'open',
    access: 'public',
    status: 200,
  },
  {
    id: 'exportThings',
    summary: '',
    method: 'GET',
    path: '/odata/things',
    audience: 'partner',
    access: ['partner-admin'],
    status: 200,
  },
]

const functions = {
  customer: 'Api/CustomerApi',
  partner: 'Api/PartnerApi',
  operator: 'Api/OperatorApi',
  open: 'Api/OpenApi',
  reader: 'Api/Pages',
}

describe.each([
  ['a sample', sample],
  ['the contracts', allOperations],
])('with the operations of %s', (_, operations) => {
  const { ofType } = synthesize({}, operations)

  test('each operation has a route to the function of its audience, each read one for HEAD, and all other requests one', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route').map(({ properties }) => [
      properties.RouteKey,
      properties.Target,
    ])
    expect(routes.sort()).toEqual(
      operations
        .flatMap(({ method, path, audience }) =>
          [method, ...(method === 'GET' ? ['HEAD'] : [])].map(one => [
            `${one} ${path}`,
            `integrations/{${functions[audience]}/Lambda/Integration}`,
          ]),
        )
        .concat([['$default', 'integrations/{Api/OpenApi/Lambda/Integration}']])
        .sort(),
    )
  })

  // Source: API Gateway Developer Guide, "Quotas for configuring and running an HTTP API".
  test('the API stays below the quota of 300 routes', () => {
    expect(ofType('AWS::ApiGatewayV2::Route').length).toBeLessThanOrEqual(250)
  })

  test('only operations for members require a token', () => {
    const guarded = ofType('AWS::ApiGatewayV2::Route')
      .filter(({ properties }) => properties.AuthorizationType === 'JWT')
      .map(({ properties }) => [properties.RouteKey, properties.AuthorizerId])
    expect(guarded.sort()).toEqual(
      operations
        .filter(({ access }) => typeof access !== 'string')
        .flatMap(({ method, path }) =>
          [method, ...(method === 'GET' ? ['HEAD'] : [])].map(one => [`${one} ${path}`, '{Api/Members}']),
        )
        .sort(),
    )
  })
})

describe('the API', () => {
  const { ofType, at } = synthesize()

  test('integrations use payload format 2.0 with the function of their audience', () => {
    const integrations = ofType('AWS::ApiGatewayV2::Integration').map(({ properties }) => properties)
    expect(integrations).toEqual(
      Object.values(functions).map(path => ({
        ApiId: '{Api/Http}',
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: `{${path}/Lambda.Arn}`,
        PayloadFormatVersion: '2.0',
      })),
    )
  })

  test('tokens must be issued by the user pool for its client', () => {
    expect(at('Api/Members').properties).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: '{Members/Pool.ProviderURL}', Audience: ['{Members/Client}'] },
    })
  })

  test('the default stage throttles and writes access logs', () => {
    expect(at('Api/Stage').properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
      AccessLogSettings: { DestinationArn: '{Api/AccessLogs.Arn}' },
    })
  })

  test('createRfi has a lower rate limit', () => {
    expect(at('Api/Stage').properties.RouteSettings).toEqual({
      'POST /v1/rfis': { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 20 },
    })
  })

  test('access logs contain neither personal data nor tokens', () => {
    const format: string = at('Api/Stage').properties.AccessLogSettings.Format
    const variables = [...format.matchAll(/\$context\.([\w.]+)/g)].map(([, variable]) => variable)
    expect(variables).toEqual([
      'requestId',
      'requestTime',
      'routeKey',
      'status',
      'responseLength',
      'responseLatency',
      'integrationLatency',
      'integrationStatus',
      'integrationErrorMessage',
      'authorizer.error',
    ])
  })

  test('CORS is off unless the operator configures origins', () => {
    expect(at('Api/Http').properties).not.toHaveProperty('CorsConfiguration')
    expect(
      synthesize({ corsOrigins: 'https://a.example, https://b.example' }).at('Api/Http').properties,
    ).toMatchObject({
      CorsConfiguration: {
        AllowOrigins: ['https://a.example', 'https://b.example'],
        AllowMethods: ['*'],
        AllowHeaders: ['authorization', 'content-type', 'if-match', 'if-none-match', 'idempotency-key'],
        ExposeHeaders: ['etag', 'location', 'allow', 'retry-after'],
      },
    })
  })
})
