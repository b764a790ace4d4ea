/** The way of a request through an API function, as a list of middlewares. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { DomainError } from '../../shared/kernel/errors.ts'
import { faultOf, logger } from '../../shared/kernel/logger.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { Principal } from '../../shared/kernel/principal.ts'
import { type Attempt, attempt } from '../../shared/persistence/index.ts'
import type { ApiEvent, Call } from './call.ts'
import { callerId, callerOf, requireOwnRfi } from './caller.ts'
import { localeOf } from './locale.ts'
import { parseBody, parseParameters } from './parse.ts'
import { readIdempotencyKey, readVersion } from './preconditions.ts'
import { type Failure, RequestError } from './problem.ts'

type Response = APIGatewayProxyStructuredResultV2
type AnyHandler<T> = (call: Call<Operation>) => Promise<T>

/** The answers of a kind of API: JSON, or pages. */
export interface Answers<T> {
  readonly success: (operation: Operation, result: T) => Response
  readonly failure: (failure: Failure, event: ApiEvent) => Response
}

/** A request on its way: each middleware reads the parts that earlier ones have added, and adds its own. */
interface Progress {
  operation: Operation
  handler: AnyHandler<unknown>
  now: Date
  locale: string
  principal: Principal
  params: unknown
  query: unknown
  list: string
  version: number | undefined
  idempotencyKey: string | undefined
  body: unknown
  attempt: Attempt | undefined
}

type RequestContext = Context & { progress: Progress }

type Middleware = middy.MiddlewareObj<ApiEvent, Response>

/** A middleware that reads a part of the request, and adds it to the progress. */
const step = (read: (progress: Progress, event: ApiEvent) => Partial<Progress>): Middleware => ({
  before: ({ event, context }) => {
    const { progress } = context as RequestContext
    Object.assign(progress, read(progress, event))
  },
})

/** API Gateway has matched the route: its key names the operation. */
const matchRoute = <T>(
  operations: readonly Operation[],
  handlers: Readonly<Record<string, AnyHandler<T>>>,
): Middleware => {
  const routes = new Map(operations.map(operation => [`${operation.method} ${operation.path}`, operation]))
  return {
    before: ({ event, context }) => {
      const operation = routes.get(event.routeKey)
      const handler = operation && handlers[operation.id]
      if (!handler) throw new Error(`no handler for the route ${event.routeKey}`)
      const progress: Partial<Progress> = { operation, handler, now: new Date(), locale: localeOf(event) }
      Object.assign(context, { progress })
    },
  }
}

const identifyCaller = step(({ operation, now }, event) => ({ principal: callerOf(operation, event, now) }))

const readParameters = step(({ operation, principal }, event) => {
  const { params, query } = parseParameters(operation, event)
  return { params, query, list: listName(operation, principal, params, query) }
})

/** The operation, the caller and the filters make a list; `cursor` and `limit` choose a page of it. */
const listName = (operation: Operation, principal: Principal, params: unknown, query: unknown): string => {
  const { cursor: _, limit: __, ...filters } = (query ?? {}) as Record<string, unknown>
  return JSON.stringify([operation.id, callerId(principal), params ?? {}, filters])
}

const checkOwner = step(({ principal, params }) => {
  requireOwnRfi(principal, params)
  return {}
})

const readPreconditions = step(({ operation }, event) => ({
  version: readVersion(operation, event),
  idempotencyKey: readIdempotencyKey(operation, event),
}))

const readBody = step(({ operation, principal, idempotencyKey }, event) => {
  const body = parseBody(operation, event)
  return {
    body,
    attempt: idempotencyKey ? attempt(callerId(principal), idempotencyKey, operation.id, body) : undefined,
  }
})

/** Answers errors with problems. An error that is not meant for the caller is logged, and answered as internal. */
const answerErrors = (answer: Answers<never>['failure']): Middleware => ({
  onError: request => {
    const { error, event } = request
    const isFailure = error instanceof DomainError || error instanceof RequestError
    if (error && !isFailure) logger.error('request failed', { route: event.routeKey, fault: faultOf(error) })
    request.response = answer(isFailure ? error : new RequestError('internal-error'), event)
  },
})

/** The Lambda handler of these operations. The first middleware that throws decides the answer. */
export const pipeline = <T>(
  operations: readonly Operation[],
  handlers: Readonly<Record<string, AnyHandler<T>>>,
  answers: Answers<T>,
) =>
  middy<ApiEvent, Response>()
    .use([
      injectLambdaContext(logger, { resetKeys: true }),
      answerErrors(answers.failure),
      matchRoute(operations, handlers),
      identifyCaller,
      readParameters,
      checkOwner,
      readPreconditions,
      readBody,
    ])
    .handler(async (_, context) => {
      const { operation, handler, ...call } = (context as RequestContext).progress
      return answers.success(operation, (await handler(call as unknown as Call<Operation>)) as T)
    })
