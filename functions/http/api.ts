/** An API function: the operations of an audience, answered with JSON. */
import type * as z from 'zod/mini'
import type { OperationsOf } from '../../shared/api/contract.ts'
import type { Fault } from '../../shared/kernel/errors.ts'
import type { Audience, Operation } from '../../shared/kernel/operation.ts'
import type { Versioned } from '../../shared/kernel/versioned.ts'
import { answer } from './answer.ts'
import type { Call } from './call.ts'
import { inContractOrder } from './field-order.ts'
import { linksTo, type WithOperationNames } from './links.ts'
import { pipeline } from './pipeline.ts'
import { problemAnswer } from './problem.ts'

type BodyOf<O extends Operation> = O['response'] extends z.ZodMiniType
  ? WithOperationNames<z.input<O['response']>>
  : undefined

/** The version of a versioned answer becomes its ETag. */
type Answer<O extends Operation> = O['versioned'] extends true
  ? Versioned<BodyOf<O>>
  : { readonly body: BodyOf<O>; readonly version?: undefined }

/** A handler for each operation of an audience, and for no other. */
export type HandlersOf<A extends Audience> = {
  readonly [Id in keyof OperationsOf<A>]: OperationsOf<A>[Id] extends infer O extends Operation
    ? (call: Call<O>) => Promise<Answer<O>>
    : never
}

/** A call with some invalid parts. */
type PartialCall<O extends Operation> = Omit<Call<O>, 'version' | 'attempt' | 'list'>

/**
 * Checks of operations whose rules look at single parts of the input. A check runs when the request has other faults. In
 * the call that it gets, the invalid parts are holes: see shared/kernel/partial-input.ts.
 */
export type ChecksOf<A extends Audience> = {
  readonly [Id in keyof OperationsOf<A>]?: OperationsOf<A>[Id] extends infer O extends Operation
    ? (call: PartialCall<O>) => Promise<readonly Fault[]> | readonly Fault[]
    : never
}

/** Wraps an answer without a version, such as a list. */
export const plain = async <T>(body: Promise<T> | T): Promise<{ body: T }> => ({ body: await body })

/**
 * The Lambda handler of an audience.
 * @param declared the operations of the audience; those of other audiences are left out
 */
export const api = <A extends Audience>(
  audience: A,
  declared: OperationsOf<A>,
  handlers: HandlersOf<A>,
  checks: ChecksOf<A> = {},
) => {
  const operations = Object.values<Operation>(declared).filter(operation => operation.audience === audience)
  const addLinks = linksTo(operations)
  const responses = new Map(operations.map(({ method, path, response }) => [`${method} ${path}`, response]))
  return pipeline<Partial<Versioned<unknown>>>(operations, handlers as never, checks as never, {
    success: (operation, { body, version }, event) =>
      answer(operation, { body: inContractOrder(operation.response, addLinks(body)), version }, event),
    failure: (failure, { requestContext, routeKey }) =>
      problemAnswer(failure, requestContext.requestId, representation =>
        inContractOrder(responses.get(routeKey), addLinks(representation)),
      ),
  })
}
