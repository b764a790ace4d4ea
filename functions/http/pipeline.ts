/** The way of a request through an API function, as a list of middlewares. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { DomainError, type Fault, isDomainError } from '../../shared/kernel/errors.ts'
import { fault } from '../../shared/kernel/faults.ts'
import { loggableError, logger } from '../../shared/kernel/logger.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { Principal } from '../../shared/kernel/principal.ts'
import { type Attempt, attempt, isCursor } from '../../shared/persistence/index.ts'
import type { LanguagePreference } from '../../shared/text/locale.ts'
import type { ApiEvent, Call } from './call.ts'
import { callerId, callerOf, callerScope, requireOwnRfi } from './caller.ts'
import { languagesOf, localeOf } from './locale.ts'
import { parseBody, parsePath, parseQuery, requireSizes } from './parse.ts'
import {
  type ExpectedVersion,
  lacksOnlyIfMatch,
  readExpectedVersion,
  readIdempotencyKey,
} from './preconditions.ts'
import { type Failure, RequestError, requestReason } from './problem.ts'

type Response = APIGatewayProxyStructuredResultV2
type AnyHandler<T> = (call: Call<Operation>) => Promise<T>
type AnyCheck = (call: Call<Operation>) => Promise<readonly Fault[]> | readonly Fault[]

/** The answers of a kind of API: JSON, or pages. */
export interface Answers<T> {
  readonly success: (operation: Operation, result: T, event: ApiEvent) => Response
  readonly failure: (failure: Failure, event: ApiEvent) => Response
}

/** A request on its way: each middleware reads the parts that earlier ones have added, and adds its own. */
interface Progress {
  operation: Operation
  handler: AnyHandler<unknown>
  check: AnyCheck | undefined
  now: Date
  languages: LanguagePreference
  locale: string
  principal: Principal
  params: unknown
  query: unknown
  list: string
  expected: ExpectedVersion | undefined
  idempotencyKey: string | undefined
  body: unknown
  attempt: Attempt | undefined
  /** The faults that were found so far. */
  faults: readonly Fault[]
  /** Number of further faults that are not described. */
  omitted: number
}

type RequestContext = Context & { progress: Progress }

type Middleware = middy.MiddlewareObj<ApiEvent, Response>

/** A middleware that reads a part of the request, and adds it to the progress. */
const step = (
  read: (progress: Progress, event: ApiEvent) => Partial<Progress> | Promise<Partial<Progress>>,
): Middleware => ({
  before: async ({ event, context }) => {
    const { progress } = context as RequestContext
    Object.assign(progress, await read(progress, event))
  },
})

/** HEAD has a route of its own, and the handler of GET. */
const methodOf = (event: ApiEvent): string => event.routeKey.split(' ')[0] ?? ''

/** API Gateway has matched the route: its key names the operation. */
const matchRoute = <T>(
  operations: readonly Operation[],
  handlers: Readonly<Record<string, AnyHandler<T>>>,
  checks: Readonly<Record<string, AnyCheck>>,
): Middleware => {
  const routes = new Map(operations.map(operation => [`${operation.method} ${operation.path}`, operation]))
  return {
    before: ({ event, context }) => {
      const operation = routes.get(event.routeKey.replace(/^HEAD /, 'GET '))
      const handler = operation && handlers[operation.id]
      if (!handler) throw new Error(`no handler for the route ${event.routeKey}`)
      const progress: Partial<Progress> = {
        operation,
        handler,
        check: checks[operation.id],
        now: new Date(),
        languages: languagesOf(event),
        locale: localeOf(event),
        faults: [],
        omitted: 0,
      }
      Object.assign(context, { progress })
    },
  }
}

/** Checks sizes first, so that no other step reads a part that is too large. */
const limitSizes = step(({ operation }, event) => {
  requireSizes(operation, event)
  return {}
})

const identifyCaller = step(({ operation, now }, event) => ({ principal: callerOf(operation, event, now) }))

const readPath = step(({ operation, principal }, event) => {
  const params = parsePath(operation, event)
  requireOwnRfi(principal, params)
  return { params }
})

const readHeaders = step(({ operation, faults }, event) => {
  const expected = readExpectedVersion(operation, event)
  const key = readIdempotencyKey(operation, event)
  return {
    expected: expected.value,
    idempotencyKey: key.value,
    faults: [...faults, ...expected.faults, ...key.faults],
  }
})

const readQuery = step(({ operation, faults, omitted }, event) => {
  const query = parseQuery(operation, event)
  return { query: query.data, faults: [...faults, ...query.faults], omitted: omitted + query.omitted }
})

const readBody = step(({ operation, faults, omitted }, event) => {
  const body = parseBody(operation, event)
  return { body: body.data, faults: [...faults, ...body.faults], omitted: omitted + body.omitted }
})

/**
 * Refuses a request that has faults. The operation's own check adds the faults of the parts that are valid, so that the
 * answer names all of them.
 */
const refuseFaults = step(async ({ faults, omitted, check, operation, handler, ...call }, event) => {
  if (faults.length === 0) return {}
  const isReadable = !operation.body || call.body !== undefined
  const more = check && isReadable ? await check(call as unknown as Call<Operation>) : []
  const all = [...faults, ...cursorFaults(operation, event, faults), ...more]
  if (lacksOnlyIfMatch(all))
    throw new RequestError('precondition-required', requestReason('if-match-missing'))
  throw new DomainError('invalid-request', { errors: all, omitted })
})

/** Returns the fault of a cursor that no list has issued. Whether it is of this list depends on the other parameters. */
const cursorFaults = (operation: Operation, event: ApiEvent, faults: readonly Fault[]): Fault[] => {
  const pointer = 'query/cursor'
  const { cursor } = event.queryStringParameters ?? {}
  if (cursor === undefined || !('cursor' in (operation.query?.shape ?? {}))) return []
  const isReported = faults.some(known => known.pointer === pointer)
  return isReported || isCursor(cursor) ? [] : [fault('wrong-cursor', pointer)]
}

const nameListAndAttempt = step(({ operation, principal, params, query, body, idempotencyKey }) => ({
  list: listName(operation, principal, params, query),
  attempt: idempotencyKey
    ? attempt(
        callerId(principal),
        idempotencyKey,
        operation.id,
        body,
        callerScope(operation, principal, body),
      )
    : undefined,
}))

/** The operation, the caller and the filters make a list; `cursor` and `limit` choose a page of it. */
const listName = (operation: Operation, principal: Principal, params: unknown, query: unknown): string => {
  const { cursor: _, limit: __, ...filters } = (query ?? {}) as Record<string, unknown>
  return JSON.stringify([operation.id, callerId(principal), params ?? {}, filters])
}

/** Says that another `Accept-Language` can get another answer (RFC 9110 §12.5.5), so that caches keep them apart. */
const addVary: Middleware = {
  after: ({ context, response }) => {
    const { operation } = (context as RequestContext).progress
    if (operation.negotiatesLanguage && response)
      response.headers = { ...response.headers, vary: 'accept-language' }
  },
}

/** Answers errors with problems. An error that is not meant for the caller is logged, and answered as internal. */
const answerFaults = (answer: Answers<never>['failure']): Middleware => ({
  onError: request => {
    const { error, event } = request
    const isFailure = error instanceof DomainError || error instanceof RequestError
    if (error && !isFailure)
      logger.error('request failed', { route: event.routeKey, error: loggableError(error) })
    request.response = answer(isFailure ? error : new RequestError('internal-error'), event)
  },
})

/**
 * The Lambda handler of these operations. The first middleware that throws decides the answer: authentication and role,
 * an id that does not exist, a body that cannot be read, then all faults of the request at once.
 * @param checks by operation: find faults in the valid parts of a request of which other parts are not valid
 */
export const pipeline = <T>(
  operations: readonly Operation[],
  handlers: Readonly<Record<string, AnyHandler<T>>>,
  checks: Readonly<Record<string, AnyCheck>>,
  answers: Answers<T>,
): ((event: ApiEvent, context: Context) => Promise<Response>) => {
  const respond = middy<ApiEvent, Response>()
    .use([
      injectLambdaContext(logger, { resetKeys: true }),
      answerFaults(answers.failure),
      matchRoute(operations, handlers, checks),
      limitSizes,
      identifyCaller,
      readPath,
      readHeaders,
      readQuery,
      readBody,
      refuseFaults,
      nameListAndAttempt,
      addVary,
    ])
    .handler(async (event, context) => {
      const { operation, handler, expected, check, faults, omitted, ...call } = (context as RequestContext)
        .progress
      const result = await withExpectedVersion(expected, version =>
        handler({ ...call, version } as unknown as Call<Operation>),
      )
      return answers.success(operation, result as T, event)
    })
  return async (event: ApiEvent, context: Context): Promise<Response> => {
    const response = await respond(event, context)
    return methodOf(event) === 'HEAD' ? { ...response, body: '' } : response
  }
}

/** Calls of a handler for an If-Match that accepts several versions, while concurrent changes make each one stale. */
const maxAttempts = 3

/**
 * Calls the handler of a write with a version that If-Match accepts. Handlers expect one version: a stale one tells the
 * present version, which is tried next if it is accepted.
 */
const withExpectedVersion = async <T>(
  expected: ExpectedVersion | undefined,
  execute: (version: number | undefined) => Promise<T>,
): Promise<T> => {
  let version = expected?.version
  for (let attempts = 1; ; attempts++)
    try {
      return await execute(version)
    } catch (error) {
      const present = isDomainError(error, 'stale-version') ? error.data.currentVersion : undefined
      const isAccepted = present !== undefined && present !== version && expected?.accepts(present)
      if (!isAccepted || attempts === maxAttempts) throw error
      version = present
    }
}
