import { describe, expect, it } from 'vitest'
import { flattenClaims, matchRoute, toEvent } from '../../../local/aws/api-gateway/http-api.ts'

const route = (key: string) => {
  const [method = '', path = ''] = key.split(' ')
  return { key, method, segments: path.split('/').slice(1) }
}

describe('matchRoute', () => {
  const routes = [
    '$default',
    'ANY /v1/{proxy+}',
    'GET /v1/pets/{id}',
    'GET /v1/pets/new',
    'ANY /v1/pets/{id}',
  ].map(route)

  it.each([
    ['GET', '/v1/pets/new', 'GET /v1/pets/new', {}],
    ['GET', '/v1/pets/a%20b', 'GET /v1/pets/{id}', { id: 'a b' }],
    ['PUT', '/v1/pets/7', 'ANY /v1/pets/{id}', { id: '7' }],
    ['GET', '/v1/pets/7/toys', 'ANY /v1/{proxy+}', { proxy: 'pets/7/toys' }],
    ['HEAD', '/v1/pets/new', 'ANY /v1/pets/{id}', { id: 'new' }],
    ['GET', '/v2/pets', '$default', {}],
    ['OPTIONS', '/', '$default', {}],
  ])('%s %s matches the most specific route', (method, path, key, parameters) => {
    const match = matchRoute(routes, method, path)
    expect([match?.route.key, match?.parameters]).toEqual([key, parameters])
  })

  it.each([
    ['POST', '/v1/pets/new'],
    ['GET', '/v1/pets'],
    ['GET', '/v1/pets/'],
    ['GET', '/v1/pets/7/'],
    ['HEAD', '/v1/pets/7'],
  ])('%s %s matches no route', (method, path) => {
    expect(matchRoute([route('GET /v1/pets/{id}')], method, path)).toBeUndefined()
  })
})

const now = Date.UTC(2026, 2, 12, 19, 3, 58)

const event = (headers: Record<string, string> = {}, path = '/v1/pets/7', body = '') =>
  toEvent({
    request: { method: 'POST', headers, httpVersion: '1.1', socket: { remoteAddress: '127.0.0.1' } },
    url: new URL(path, 'http://localhost'),
    body: Buffer.from(body),
    routeKey: 'POST /v1/pets/{id}',
    pathParameters: { id: '7' },
    claims: { sub: 's', exp: 1 },
    requestId: 'r',
    apiId: 'a',
    now,
  })

describe('toEvent', () => {
  it('produces an event in payload format 2.0', () => {
    const headers = { host: 'localhost:3000', 'content-type': 'application/json' }
    expect(event({ ...headers, cookie: 'a=1; b=2' }, '/v1/pets/7?q=1&q=2', '{}')).toEqual({
      version: '2.0',
      routeKey: 'POST /v1/pets/{id}',
      rawPath: '/v1/pets/7',
      rawQueryString: 'q=1&q=2',
      cookies: ['a=1', 'b=2'],
      headers,
      queryStringParameters: { q: '1,2' },
      pathParameters: { id: '7' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'a',
        authorizer: { jwt: { claims: { sub: 's', exp: '1' }, scopes: null } },
        domainName: 'localhost:3000',
        domainPrefix: 'localhost:3000',
        http: {
          method: 'POST',
          path: '/v1/pets/7',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: '',
        },
        requestId: 'r',
        routeKey: 'POST /v1/pets/{id}',
        stage: '$default',
        time: '12/Mar/2026:19:03:58 +0000',
        timeEpoch: now,
      },
      body: '{}',
      isBase64Encoded: false,
    })
  })

  it('omits body, query and cookies that the request does not have', () => {
    expect(Object.keys(event())).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(body|cookies|queryStringParameters)$/)]),
    )
  })

  it('encodes a body that is not text as base64', () => {
    const { body, isBase64Encoded } = event({ 'content-type': 'application/pdf' }, '/v1/pets/7', 'x')
    expect([body, isBase64Encoded]).toEqual(['eA==', true])
  })
})

it('flattenClaims converts claims to strings, as AWS does', () => {
  expect(flattenClaims({ 'cognito:groups': ['a', 'b'], exp: 7, email_verified: true, sub: 's' })).toEqual({
    'cognito:groups': '[a b]',
    exp: '7',
    email_verified: 'true',
    sub: 's',
  })
})
