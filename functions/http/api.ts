/** An API function: the operations of an audience behind one middy stack. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import { DomainError } from '../../shared/kernel/errors.ts'
import { faultOf, logger } from '../../shared/kernel/logger.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import type { Versioned } from '../../shared/kernel/versioned.ts'
import { answer } from './answer.ts'
import { type ApiEvent, type Call, readCall } from './call.ts'
import { type Failure, problemAnswer, RequestError } from './problem.ts'

// Without a locale zod's messages say nothing but "Invalid input".
z.config(en())

type Result = APIGatewayProxyStructuredResultV2
type Answered<O extends Operation> = O['response'] extends z.ZodMiniType ? z.input<O['response']> : undefined

/** What carries an operation out. A versioned answer gets an ETag. */
type Handler<O extends Operation> = (call: Call<O>) => Promise<{ body: Answered<O>; version?: number }>
export type Handlers<Operations extends Record<string, Operation>> = {
  readonly [Id in keyof Operations]: Handler<Operations[Id]>
}

/** For answers that have no version, such as lists. */
export const plain = async <T>(body: Promise<T> | T): Promise<{ body: T }> => ({ body: await body })

type AnyHandler<T> = (call: Call<Operation>) => Promise<T>

/**
 * The Lambda handler of these operations. API Gateway has matched the route already: its key names the operation.
 * @param answered makes an answer of what a handler returns
 * @param told makes one of what was thrown; what is no Problem is a fault of ours, and is logged
 */
export const serve = <T>(
  operations: Readonly<Record<string, Operation>>,
  handlers: Readonly<Record<string, AnyHandler<T>>>,
  answered: (operation: Operation, result: T) => Result,
  told: (failure: Failure, event: ApiEvent) => Result,
) => {
  const routes = new Map(
    Object.entries(operations).map(([id, operation]) => [
      `${operation.method} ${operation.path}`,
      { operation, handler: handlers[id] as AnyHandler<T> },
    ]),
  )
  const problems: middy.MiddlewareObj<ApiEvent, Result> = {
    onError: request => {
      const { error, event } = request
      const problem =
        error instanceof DomainError || error instanceof RequestError
          ? error
          : new RequestError('internal-error')
      if (error !== problem && error)
        logger.error('request failed', { route: event.routeKey, fault: faultOf(error) })
      request.response = told(problem, event)
    },
  }
  return middy<ApiEvent, Result, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(problems)
    .handler(async event => {
      const matched = routes.get(event.routeKey)
      if (!matched) throw new Error(`the route ${event.routeKey} leads here, but no operation is its`)
      const { operation, handler } = matched
      return answered(operation, await handler(readCall(operation, event, new Date())))
    })
}

/** The Lambda handler of operations that answer with JSON. */
export const api = <Operations extends Record<string, Operation>>(
  operations: Operations,
  handlers: Handlers<Operations>,
) =>
  serve<Partial<Versioned<unknown>>>(operations, handlers as never, answer, (problem, event) =>
    problemAnswer(problem, event.requestContext.requestId),
  )
