/** Calls operations with the typed client, and checks each response against the contract. */
import { expect, inject } from 'vitest'
import type * as z from 'zod/mini'
import { createClient, ProblemError } from '../../shared/api/client/index.ts'
import { problem, problemsOf } from '../../shared/api/problem/contract.ts'
import type { Operation } from '../../shared/kernel/operation.ts'

export interface Input {
  readonly token?: string | undefined
  readonly params?: Record<string, string>
  readonly query?: Record<string, string | number>
  readonly body?: unknown
  readonly ifMatch?: string | undefined
  readonly idempotencyKey?: string
  readonly headers?: Record<string, string>
}

type BodyOf<O extends Operation> = O['response'] extends z.ZodMiniType ? z.output<O['response']> : undefined

export interface Answer<T> {
  readonly status: number
  readonly etag: string
  readonly headers: Headers
  readonly body: T
}

// biome-ignore lint/suspicious/noExplicitAny: a problem has members of its own kind
export type Problem = z.output<typeof problem> & Record<string, any>

/** A client whose requests also carry what the types of the client refuse: other headers, no key, or text that is not JSON. */
const clientFor = ({ body, idempotencyKey, headers }: Input) =>
  createClient({
    baseUrl: inject('url'),
    fetch: (url, init) => {
      const sent = new Headers(init?.headers)
      if (idempotencyKey === undefined) sent.delete('idempotency-key')
      for (const [name, value] of Object.entries(headers ?? {})) sent.set(name, value)
      return fetch(url, { ...init, headers: sent, ...(typeof body === 'string' && { body }) })
    },
  })

const request = async (operation: Operation, input: Input): Promise<Answer<unknown>> => {
  const { call } = clientFor(input) as unknown as UntypedClient
  try {
    return await call(operation.id, input)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const { status, headers, body } = error
    return { status, etag: headers.get('etag') ?? '', headers, body }
  }
}

/** The client, without the check that an input fits the operation. */
interface UntypedClient {
  call(id: string, input: Input): Promise<Answer<unknown>>
}

/** Returns the numbers with 16 or more digits, which are results of binary calculations, such as 0.30000000000000004. */
const noisyNumbersIn = (body: unknown): string[] =>
  (JSON.stringify(body) ?? '')
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .match(/\d+\.\d+/g)
    ?.filter(number => number.length > 16) ?? []

/** Calls an operation. Expects success and a response that satisfies the contract. */
export const call = async <O extends Operation>(
  operation: O,
  input: Input = {},
): Promise<Answer<BodyOf<O>>> => {
  const answer = await request(operation, input)
  expect(answer.status, JSON.stringify(answer.body)).toBe(operation.status)
  const parsed = operation.response?.safeParse(answer.body)
  expect(parsed?.error?.issues ?? [], `the answer of ${operation.id}`).toEqual([])
  // Parsing puts the fields into the order of the contract.
  expect(JSON.stringify(answer.body), `the order of the fields in the response of ${operation.id}`).toBe(
    JSON.stringify(parsed ? parsed.data : undefined),
  )
  expect(noisyNumbersIn(answer.body), `numbers in the response of ${operation.id}`).toEqual([])
  if (operation.versioned) expect(answer.etag).toMatch(/^"\d+\.[0-9a-f]{12}"$/)
  return answer as Answer<BodyOf<O>>
}

/** Calls an operation. Expects one of the problems that its contract lists. */
export const expectProblem = async (operation: Operation, input: Input = {}): Promise<Answer<Problem>> => {
  const answer = await request(operation, input)
  expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(400)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const parsed = problem.parse(answer.body)
  expect(parsed.status).toBe(answer.status)
  expect(problemsOf(operation), `${operation.id} may answer ${parsed.code}`).toContain(parsed.code)
  return answer as Answer<Problem>
}

/** Calls an operation without checks, for requests that the API gateway rejects. */
export const callUnchecked = (operation: Operation, input: Input = {}) => request(operation, input)

/** Calls any path of the local cloud. @throws Error if the response is not successful */
export const fetchLocal = async <T>(path: string, body?: object): Promise<T> => {
  const response = await fetch(inject('url') + path, {
    ...(body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return JSON.parse(text) as T
}
