import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { apiGateway } from '../../../local/aws/api-gateway/http-api.ts'
import type { LambdaService } from '../../../local/aws/lambda/service.ts'
import { VirtualClock } from '../../../local/runtime/clock.ts'
import type { InvocationResult } from '../../../local/runtime/execution-environment.ts'
import type { Resource, Template } from '../../../local/runtime/template.ts'

const issuer = 'http://localhost/identity'
const day = 86_400_000

const resource = (type: string, ref: string, properties: Record<string, unknown>): Resource => ({
  stack: 'App',
  logicalId: ref,
  type: `AWS::ApiGatewayV2::${type}`,
  properties,
  metadata: {},
  ref,
  arn: ref,
})

const route = (key: string, more: object = {}) =>
  resource('Route', key, { RouteKey: key, Target: 'integrations/pets', ...more })

const forMembers = { AuthorizationType: 'JWT', AuthorizerId: 'members' }
const resources = [
  resource('Api', 'api', {
    CorsConfiguration: {
      AllowOrigins: ['https://portal.example'],
      AllowMethods: ['*'],
      AllowHeaders: ['if-match'],
      ExposeHeaders: ['etag'],
      MaxAge: 60,
    },
  }),
  resource('Integration', 'pets', { IntegrationUri: 'arn:pets', TimeoutInMillis: 50 }),
  resource('Authorizer', 'members', { JwtConfiguration: { Issuer: issuer, Audience: ['client'] } }),
  route('GET /open'),
  route('POST /open'),
  route('GET /members', forMembers),
  route('GET /admins', { ...forMembers, AuthorizationScopes: ['admin'] }),
]
const template = {
  ofType: (...types: string[]) => resources.filter(({ type }) => types.includes(type)),
} as unknown as Template

const clock = new VirtualClock()
const invoke = vi.fn<LambdaService['invoke']>()
let server: Server
let sign: (claims: JWTPayload) => Promise<string>

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256' }] })
  sign = claims => new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
  const handle = apiGateway({ template, clock, keys, lambda: { invoke } as unknown as LambdaService })
  server = createServer(handle)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  server.close()
  clock.close()
})
beforeEach(() => {
  invoke.mockReset()
  invoke.mockResolvedValue({ ok: true, payload: { statusCode: 200, body: 'ok' } })
})

const request = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init)

const asMember = async (path: string, claims: JWTPayload) => {
  const exp = Math.floor((clock.now() + day) / 1000)
  const authorization = `Bearer ${await sign({ iss: issuer, aud: 'client', exp, ...claims })}`
  return request(path, { headers: { authorization } })
}

describe('the authorizer', () => {
  it.each<[string, JWTPayload]>([
    ['the right audience', {}],
    ['the right audience among several', { aud: ['other', 'client'] }],
  ])('accepts a token with %s', async (_, claims) => {
    expect((await asMember('/members', { sub: 's', ...claims })).status).toBe(200)
    expect(invoke).toHaveBeenCalledWith(
      'arn:pets',
      expect.objectContaining({
        requestContext: expect.objectContaining({
          authorizer: { jwt: { claims: expect.objectContaining({ sub: 's' }), scopes: null } },
        }),
      }),
    )
  })

  it.each<[string, JWTPayload]>([
    ['another issuer', { iss: 'http://elsewhere' }],
    ['another audience', { aud: 'other' }],
    ['the right client_id but another audience', { aud: 'other', client_id: 'client' }],
    ['exp in the past', { exp: 1 }],
    ['nbf in the future', { nbf: 4_000_000_000 }],
  ])('rejects a token with %s', async (_, claims) => {
    const response = await asMember('/members', claims)
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ message: 'Unauthorized' })
    expect(response.headers.get('www-authenticate')).toContain('invalid_token')
    expect(invoke).not.toHaveBeenCalled()
  })

  it.each([undefined, 'Bearer', 'Bearer x.y.z', 'Basic eDp5'])('returns 401 for %s', async authorization => {
    const response = await request(
      '/members',
      authorization === undefined ? {} : { headers: { authorization } },
    )
    expect(response.status).toBe(401)
  })

  it('requires the scope of the route', async () => {
    expect((await asMember('/admins', { scope: 'read' })).status).toBe(403)
    expect((await asMember('/admins', { scope: 'read admin' })).status).toBe(200)
  })

  it('checks the expiry of tokens by the virtual clock', async () => {
    const exp = Math.floor((clock.now() + day) / 1000)
    expect((await asMember('/members', { exp })).status).toBe(200)
    await clock.advance(2 * day)
    expect((await asMember('/members', { exp })).status).toBe(401)
  })
})

describe('the response', () => {
  it.each<[string, InvocationResult, number, string]>([
    ['a value without statusCode', { ok: true, payload: { a: 1 } }, 200, '{"a":1}'],
    ['a string without statusCode', { ok: true, payload: 'hello' }, 200, 'hello'],
    [
      'a base64 body',
      { ok: true, payload: { statusCode: 201, body: 'aGk=', isBase64Encoded: true } },
      201,
      'hi',
    ],
    ['no body', { ok: true, payload: { statusCode: 204 } }, 204, ''],
    [
      'a body that is not a string',
      { ok: true, payload: { statusCode: 200, body: {} } },
      500,
      '{"message":"Internal Server Error"}',
    ],
    [
      'a failed invocation',
      { ok: false, errorType: 'Error', errorMessage: 'secret' },
      500,
      '{"message":"Internal Server Error"}',
    ],
  ])('is correct for %s', async (_, result, status, body) => {
    invoke.mockResolvedValue(result)
    const response = await request('/open')
    expect([response.status, await response.text()]).toEqual([status, body])
  })

  it('contains the headers and cookies of the function', async () => {
    const payload = { statusCode: 200, headers: { ETag: '"1"' }, cookies: ['a=1', 'b=2'], body: '{}' }
    invoke.mockResolvedValue({ ok: true, payload })
    const { headers } = await request('/open')
    expect([headers.get('etag'), headers.getSetCookie()]).toEqual(['"1"', ['a=1', 'b=2']])
  })

  it('is 503 when the function exceeds the timeout', async () => {
    invoke.mockReturnValue(new Promise(() => {}))
    const response = await request('/open')
    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }])
  })

  it.each(['/nowhere', '/open/', '//open'])('is 404 for %s', async path => {
    const response = await request(path)
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }])
  })

  it('is 413 for a body of more than 10 MB', async () => {
    const response = await request('/open', { method: 'POST', body: 'x'.repeat(10 * 1024 * 1024 + 1) })
    expect([response.status, invoke.mock.calls.length]).toEqual([413, 0])
  })
})

describe('CORS', () => {
  const preflight = (origin: string) =>
    request('/members', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } })

  it('responds to the preflight of an allowed origin', async () => {
    const { status, headers } = await preflight('https://portal.example')
    expect(status).toBe(204)
    expect(Object.fromEntries(headers)).toMatchObject({
      'access-control-allow-origin': 'https://portal.example',
      'access-control-allow-headers': 'if-match',
      'access-control-max-age': '60',
    })
  })

  it('returns no CORS headers to other origins', async () => {
    const { headers } = await preflight('https://elsewhere.example')
    expect([...headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
  })

  it('adds CORS headers to responses of the function', async () => {
    const { headers } = await request('/open', { headers: { origin: 'https://portal.example' } })
    expect(headers.get('access-control-expose-headers')).toBe('etag')
  })
})

describe('an advance of the clock', () => {
  it('delays requests until it has finished', async () => {
    let isIdle = false
    clock.register({ nextDue: () => undefined, runDue: () => [], isIdle: () => isIdle })
    const advance = clock.advance(day)
    const arrival = once(server, 'request')
    const answer = request('/open')
    await arrival
    for (let turn = 0; turn < 10; turn++) await setImmediate()
    expect(invoke).not.toHaveBeenCalled()
    isIdle = true
    await advance
    expect((await answer).status).toBe(200)
    expect(invoke).toHaveBeenCalledOnce()
  })
})
