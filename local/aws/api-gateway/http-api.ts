/**
 * API Gateway HTTP API: the routes, JWT authorizers and CORS settings of the template, with payload format 2.0 and the
 * error responses of AWS.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { VirtualClock } from '../../runtime/clock.ts'
import type { InvocationResult } from '../../runtime/execution-environment.ts'
import { account } from '../../runtime/resource-kinds.ts'
import type { Resource, Template } from '../../runtime/template.ts'
import type { LambdaService } from '../lambda/service.ts'

export interface ApiGatewayOptions {
  readonly template: Template
  readonly lambda: LambdaService
  readonly clock: VirtualClock
  /** The issuer's public keys. */
  readonly keys: JWTVerifyGetKey
  /** Multiplies the time limits of the integrations. */
  readonly timeLimitFactor?: number | undefined
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly body?: string | Buffer
}

interface Route {
  readonly key: string
  readonly method: string
  readonly segments: readonly string[]
  readonly functionArn: string
  readonly timeoutMs: number
  readonly authorizer: Authorizer | undefined
  readonly scopes: readonly string[]
}

interface Authorizer {
  readonly issuer: string
  readonly audience: readonly string[]
}

interface Cors {
  readonly AllowOrigins?: readonly string[]
  readonly AllowHeaders?: readonly string[]
  readonly AllowMethods?: readonly string[]
  readonly ExposeHeaders?: readonly string[]
  readonly MaxAge?: number
  readonly AllowCredentials?: boolean
}

/** Quotas of HTTP APIs. */
const maxBodyBytes = 10 * 1024 * 1024
const defaultTimeoutMs = 30_000

const message = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ message: text }),
})

/** Serves the HTTP API of the template. A template has exactly one. */
export const apiGateway = (options: ApiGatewayOptions): RequestHandler => {
  const { template } = options
  const [api] = template.ofType('AWS::ApiGatewayV2::Api')
  const cors = api?.properties.CorsConfiguration as Cors | undefined
  const routes = template.ofType('AWS::ApiGatewayV2::Route').map(route => routeOf(template, route))
  return async (request, response) => {
    const requestId = randomBytes(11).toString('base64url')
    const origin = request.headers.origin
    const answer: Answer =
      cors && origin !== undefined && request.method === 'OPTIONS'
        ? { status: 204, headers: preflightHeaders(cors, origin) }
        : await answerTo(options, routes, request, { requestId, apiId: api?.ref ?? 'local' })
    if (answer.cookies) response.setHeader('set-cookie', answer.cookies)
    response.writeHead(answer.status, {
      date: new Date(options.clock.now()).toUTCString(),
      ...answer.headers,
      ...corsHeaders(cors, origin),
      ...(hasLength(answer, request) && { 'content-length': Buffer.byteLength(answer.body ?? '') }),
      'apigw-requestid': requestId,
    })
    response.end(answer.body)
  }
}

/**
 * 204 and 304 have no content (RFC 9110, 15.3.5 and 15.4.5). The length of an answer to HEAD would have to be that of the
 * answer to GET (8.6), which the function leaves out.
 */
const hasLength = ({ status, body }: Answer, { method }: IncomingMessage): boolean =>
  body !== undefined && method !== 'HEAD' && status !== 204 && status !== 304

const answerTo = async (
  { lambda, clock, keys, timeLimitFactor = 1 }: ApiGatewayOptions,
  routes: readonly Route[],
  request: IncomingMessage,
  { requestId, apiId }: { readonly requestId: string; readonly apiId: string },
): Promise<Answer> => {
  // Requests are handled before or after an advance of the clock, never during one.
  await clock.whenStopped()
  const url = new URL(`http://localhost${request.url ?? '/'}`)
  const match = matchRoute(routes, request.method ?? 'GET', url.pathname)
  if (!match) return message(404, 'Not Found')
  const authorization = await authorize(match.route, request.headers.authorization, keys, clock.now())
  if (!authorization.ok) return authorization.answer
  const body = await readBody(request)
  if (!body) return message(413, 'Request Entity Too Large')
  const event = toEvent({
    request,
    url,
    body,
    routeKey: match.route.key,
    pathParameters: match.parameters,
    claims: authorization.claims,
    requestId,
    apiId,
    now: clock.now(),
  })
  const limitMs = match.route.timeoutMs * timeLimitFactor
  const result = await withTimeout(lambda.invoke(match.route.functionArn, event), limitMs)
  return result ? toAnswer(result) : message(503, 'Service Unavailable')
}

/** Key of the route for requests that match no other route. */
const defaultRoute = '$default'

const routeOf = (template: Template, { properties }: Resource): Route => {
  const key = String(properties.RouteKey)
  const [method = 'ANY', path = ''] = key.split(' ')
  const integrationId = String(properties.Target).replace('integrations/', '')
  const find = (type: string, ref: unknown) => template.ofType(type).find(resource => resource.ref === ref)
  const integration = find('AWS::ApiGatewayV2::Integration', integrationId)?.properties
  if (!integration) throw new Error(`Route ${key} has no integration`)
  const isProtected = properties.AuthorizationType === 'JWT'
  const authorizer = find('AWS::ApiGatewayV2::Authorizer', properties.AuthorizerId)?.properties
  if (isProtected && !authorizer) throw new Error(`Route ${key} has no authorizer`)
  const jwt = authorizer?.JwtConfiguration as { Issuer: string; Audience: string[] } | undefined
  return {
    key,
    method: key === defaultRoute ? 'ANY' : method,
    segments: path.split('/').slice(1),
    functionArn: functionOf(String(integration.IntegrationUri)),
    timeoutMs: Number(integration.TimeoutInMillis ?? defaultTimeoutMs),
    authorizer: isProtected && jwt ? { issuer: jwt.Issuer, audience: jwt.Audience } : undefined,
    scopes: (properties.AuthorizationScopes ?? []) as string[],
  }
}

/** Returns the ARN of the function of an integration URI, which is the ARN itself or an invocation path. */
const functionOf = (uri: string) => uri.match(/functions\/(arn:.+)\/invocations$/)?.[1] ?? uri

/**
 * Finds the most specific route: literal segments before parameters before `{proxy+}`, a method before ANY, and `$default`
 * last. HEAD matches no GET route, and a trailing slash is part of the path.
 *
 * Source: API Gateway Developer Guide, "Create routes for HTTP APIs", section "Routing API requests": a full match of route
 * and method, then a match with a greedy path variable, then `$default`. `$default` has no path parameters.
 */
export const matchRoute = <T extends Pick<Route, 'key' | 'method' | 'segments'>>(
  routes: readonly T[],
  method: string,
  path: string,
): { route: T; parameters: Record<string, string> } | undefined => {
  const parts = path.split('/').slice(1)
  const matches = routes.flatMap(route => {
    if (route.key === defaultRoute || (route.method !== 'ANY' && route.method !== method)) return []
    const parameters = matchSegments(route.segments, parts)
    return parameters ? [{ route, parameters, rank: rankOf(route) }] : []
  })
  const [best] = matches.sort((a, b) => (a.rank < b.rank ? -1 : 1))
  const fallback = routes.find(({ key }) => key === defaultRoute)
  return best ?? (fallback && { route: fallback, parameters: {} })
}

const rankOf = ({ method, segments }: Pick<Route, 'method' | 'segments'>): string => {
  const segmentRank = (segment: string) => (segment.endsWith('+}') ? 2 : segment.startsWith('{') ? 1 : 0)
  return segments.map(segmentRank).join('') + (method === 'ANY' ? 1 : 0)
}

const matchSegments = (
  segments: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined => {
  const parameters: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const part = parts[index]
    if (part === undefined) return undefined
    if (segment.endsWith('+}')) {
      parameters[segment.slice(1, -2)] = decode(parts.slice(index).join('/'))
      return parameters
    }
    if (segment.startsWith('{') && part !== '') parameters[segment.slice(1, -1)] = decode(part)
    else if (segment !== part) return undefined
  }
  return parts.length === segments.length ? parameters : undefined
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

type Authorization =
  | { readonly ok: true; readonly claims: JWTPayload | undefined }
  | { readonly ok: false; readonly answer: Answer }

const authorize = async (
  { authorizer, scopes }: Route,
  header: string | undefined,
  keys: JWTVerifyGetKey,
  now: number,
): Promise<Authorization> => {
  if (!authorizer) return { ok: true, claims: undefined }
  const token = header?.replace(/^Bearer\s+/i, '')
  if (!token) return unauthorized('Bearer')
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: authorizer.issuer,
      algorithms: ['RS256', 'RS384', 'RS512'],
      currentDate: new Date(now),
    })
    if (!isForAudience(payload, authorizer.audience)) return unauthorized(invalidToken('invalid audience'))
    if (!holdsScope(payload, scopes)) return insufficientScope
    return { ok: true, claims: payload }
  } catch (error) {
    return unauthorized(invalidToken(error instanceof Error ? error.message : 'invalid token'))
  }
}

const invalidToken = (why: string) =>
  `Bearer scope="" error="invalid_token" error_description="${why.replaceAll('"', "'")}"`

const unauthorized = (challenge: string): Authorization => ({
  ok: false,
  answer: message(401, 'Unauthorized', { 'www-authenticate': challenge }),
})

const insufficientScope: Authorization = {
  ok: false,
  answer: message(403, 'Forbidden', { 'www-authenticate': 'Bearer error="insufficient_scope"' }),
}

/** `client_id` is used when there is no `aud`, as in access tokens of Cognito. */
const isForAudience = ({ aud, client_id }: JWTPayload, accepted: readonly string[]): boolean => {
  const audience = [aud ?? client_id ?? []].flat()
  return audience.some(item => accepted.includes(String(item)))
}

const holdsScope = ({ scope, scp }: JWTPayload, needed: readonly string[]): boolean => {
  const held = [scope ?? scp ?? []].flat().flatMap(item => String(item).split(' '))
  return needed.length === 0 || needed.some(item => held.includes(item))
}

/** The whole body; undefined when it is larger than API Gateway accepts. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= maxBodyBytes) chunks.push(chunk)
  }
  return size <= maxBodyBytes ? Buffer.concat(chunks) : undefined
}

interface EventSource {
  readonly request: Pick<IncomingMessage, 'method' | 'headers' | 'httpVersion'> & {
    readonly socket: { readonly remoteAddress?: string | undefined }
  }
  readonly url: URL
  readonly body: Buffer
  readonly routeKey: string
  readonly pathParameters: Readonly<Record<string, string>>
  readonly claims: JWTPayload | undefined
  readonly requestId: string
  readonly apiId: string
  readonly now: number
}

/** The event of payload format 2.0. */
export const toEvent = (source: EventSource): Record<string, unknown> => {
  const { request, url, body, routeKey, pathParameters, claims } = source
  const { cookie, ...headers } = request.headers
  const path = decode(url.pathname)
  const domainName = request.headers.host ?? 'localhost'
  const isText = body.length === 0 || isTextual(request.headers['content-type'])
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: url.search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: joined(headers),
    ...(url.search.length > 1 && { queryStringParameters: queryOf(url.searchParams) }),
    requestContext: {
      accountId: account,
      apiId: source.apiId,
      ...(claims && { authorizer: { jwt: { claims: flattenClaims(claims), scopes: null } } }),
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: source.requestId,
      routeKey,
      stage: '$default',
      time: accessLogTime(source.now),
      timeEpoch: source.now,
    },
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: !isText,
  }
}

const isTextual = (contentType = '') =>
  /^(text\/|application\/(json|javascript|xml)\s*(;|$))/i.test(contentType)

const joined = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]))

/** Joins the values of a repeated parameter with commas, as AWS does. */
const queryOf = (parameters: URLSearchParams): Record<string, string> => {
  const names = new Set(parameters.keys())
  return Object.fromEntries([...names].map(name => [name, parameters.getAll(name).join(',')]))
}

/** Converts every claim to a string, as AWS does; a list becomes "[a b]". */
export const flattenClaims = (claims: JWTPayload): Record<string, string> => {
  const flatten = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(flatten).join(' ')}]`
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, flatten(value)]))
}

/** Time in the format of access logs: 12/Mar/2026:19:03:58 +0000. */
const accessLogTime = (now: number): string => {
  const [, day, month, year, time] = new Date(now).toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}

const withTimeout = async (
  invocation: Promise<InvocationResult>,
  timeoutMs: number,
): Promise<InvocationResult | undefined> => {
  const abort = new AbortController()
  const timeout = sleep(timeoutMs, undefined, { signal: abort.signal }).catch(() => undefined)
  try {
    return await Promise.race([invocation, timeout])
  } finally {
    abort.abort()
  }
}

interface ProxyResponse {
  readonly statusCode: number
  readonly headers?: Readonly<Record<string, string | number | boolean>>
  readonly cookies?: readonly string[]
  readonly body?: unknown
  readonly isBase64Encoded?: boolean
}

const internalServerError = message(500, 'Internal Server Error')

const toAnswer = (result: InvocationResult): Answer => {
  if (!result.ok) return internalServerError
  const { payload } = result
  if (!isProxyResponse(payload)) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }
  const { statusCode, headers = {}, cookies, body = '', isBase64Encoded = false } = payload
  if (typeof body !== 'string') return internalServerError
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...Object.fromEntries(named) },
    ...(cookies && { cookies }),
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  }
}

const isProxyResponse = (payload: unknown): payload is ProxyResponse =>
  typeof payload === 'object' && payload !== null && Number.isInteger((payload as ProxyResponse).statusCode)

const allowedOrigin = (cors: Cors, origin: string): string | undefined => {
  const origins = cors.AllowOrigins ?? []
  if (origins.includes('*')) return '*'
  return origins.includes(origin) ? origin : undefined
}

const corsHeaders = (cors: Cors | undefined, origin: string | undefined): Record<string, string> => {
  const allowed = cors && origin !== undefined ? allowedOrigin(cors, origin) : undefined
  if (!cors || allowed === undefined) return {}
  return {
    'access-control-allow-origin': allowed,
    ...(cors.AllowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(cors.ExposeHeaders?.length && { 'access-control-expose-headers': cors.ExposeHeaders.join(',') }),
    ...(allowed !== '*' && { vary: 'Origin' }),
  }
}

const preflightHeaders = (cors: Cors, origin: string): Record<string, string> => {
  if (allowedOrigin(cors, origin) === undefined) return {}
  return {
    ...(cors.AllowMethods && { 'access-control-allow-methods': cors.AllowMethods.join(',') }),
    ...(cors.AllowHeaders && { 'access-control-allow-headers': cors.AllowHeaders.join(',') }),
    ...(cors.MaxAge !== undefined && { 'access-control-max-age': String(cors.MaxAge) }),
  }
}
