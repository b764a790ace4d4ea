/** An API function: the operations of an audience behind one middy stack. */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import * as z from 'zod/mini'
import en from 'zod/v4/locales/en.js'
import type { Operation, Versioned } from '../../shared/platform/contract.ts'
import { faultOf, logger } from '../../shared/platform/logger.ts'
import { Problem } from '../../shared/platform/problem.ts'
import { answer, problemAnswer } from './answer.ts'
import { type ApiEvent, type Call, readCall } from './call.ts'

// Without a locale zod's messages say nothing but "Invalid input".
z.config(en())

type Answered<O extends Operation> = O['response'] extends z.ZodMiniType ? z.input<O['response']> : undefined

/** What carries an operation out. A versioned answer gets an ETag. */
type Handler<O extends Operation> = (call: Call<O>) => Promise<{ body: Answered<O>; version?: number }>
export type Handlers<Operations extends Record<string, Operation>> = {
  readonly [Id in keyof Operations]: Handler<Operations[Id]>
}

/** For answers that have no version, such as lists. */
export const plain = async <T>(body: Promise<T> | T): Promise<{ body: T }> => ({ body: await body })

type Route = (event: ApiEvent) => Promise<APIGatewayProxyStructuredResultV2>

const route =
  (operation: Operation, handler: Handler<Operation>): Route =>
  async event =>
    answer(operation, (await handler(readCall(operation, event, new Date()))) as Partial<Versioned<unknown>>)

/** Turns what was thrown into an answer; what is no Problem is a fault of ours, and is logged. */
const problems = (): middy.MiddlewareObj<ApiEvent, APIGatewayProxyStructuredResultV2> => ({
  onError: request => {
    const { error, event } = request
    const problem = error instanceof Problem ? error : new Problem('internal-error')
    if (error !== problem && error)
      logger.error('request failed', { route: event.routeKey, fault: faultOf(error) })
    request.response = problemAnswer(problem, event.requestContext.requestId)
  },
})

/** The Lambda handler of these operations. API Gateway has matched the route already: its key names the operation. */
export const api = <Operations extends Record<string, Operation>>(
  operations: Operations,
  handlers: Handlers<Operations>,
) => {
  const routes = new Map<string, Route>(
    Object.entries(operations).map(([id, operation]) => [
      `${operation.method} ${operation.path}`,
      route(operation, handlers[id] as unknown as Handler<Operation>),
    ]),
  )
  return middy<ApiEvent, APIGatewayProxyStructuredResultV2, Error, Context>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(problems())
    .handler(async event => {
      const matched = routes.get(event.routeKey)
      if (!matched) throw new Error(`the route ${event.routeKey} leads here, but no operation is its`)
      return matched(event)
    })
}
