import type * as z from 'zod/mini'
import type { ProblemCode, problem } from '../problem/contract.ts'

export type ProblemDocument = z.output<typeof problem>

/** The message of API Gateway, which creates some responses itself. */
interface GatewayMessage {
  readonly message?: string
}

/** A response that is not successful. */
export class ProblemError extends Error {
  readonly operation: string
  readonly status: number
  readonly headers: Headers
  /** The parsed body: a problem document, or `{ message }` from API Gateway. */
  readonly body: unknown
  /** Undefined if the response came from API Gateway, such as 401 and 429. */
  readonly problem: ProblemDocument | undefined

  constructor(operation: string, { status, headers }: Response, body: unknown) {
    const isProblem = headers.get('content-type')?.startsWith('application/problem+json') ?? false
    const problem = isProblem ? (body as ProblemDocument) : undefined
    super(`${operation}: ${status} ${problem ? textOf(problem) : ((body as GatewayMessage)?.message ?? '')}`)
    this.name = 'ProblemError'
    this.operation = operation
    this.status = status
    this.headers = headers
    this.body = body
    this.problem = problem
  }

  /** The stable code of the problem. */
  get code(): ProblemCode | undefined {
    return this.problem?.code
  }
}

const textOf = ({ title, detail, errors = [] }: ProblemDocument): string =>
  [title, detail, ...errors.map(({ pointer, detail }) => `${pointer}: ${detail}`)]
    .filter(text => text !== undefined)
    .join('; ')
