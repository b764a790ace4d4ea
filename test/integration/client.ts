/** Calls operations over HTTP, as anyone would, and holds each answer against what its contract promises. */
import { expect, inject } from 'vitest'
import type * as z from 'zod/mini'
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

const request = async (operation: Operation, input: Input): Promise<Answer<unknown>> => {
  const { token, params = {}, query = {}, body, ifMatch, idempotencyKey, headers } = input
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, `${value}`]),
  )
  const response = await fetch(`${inject('url')}${path}${search.size > 0 ? `?${search}` : ''}`, {
    method: operation.method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(ifMatch && { 'if-match': ifMatch }),
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    etag: response.headers.get('etag') ?? '',
    headers: response.headers,
    body: text ? JSON.parse(text) : undefined,
  }
}

/** Calls an operation that must succeed; its answer must be what the contract says. */
export const call = async <O extends Operation>(
  operation: O,
  input: Input = {},
): Promise<Answer<BodyOf<O>>> => {
  const answer = await request(operation, input)
  expect(answer.status, JSON.stringify(answer.body)).toBe(operation.status)
  const parsed = operation.response?.safeParse(answer.body)
  expect(parsed?.error?.issues ?? [], `the answer of ${operation.id}`).toEqual([])
  if (operation.versioned) expect(answer.etag).toMatch(/^"\d+"$/)
  return answer as Answer<BodyOf<O>>
}

/** Calls an operation that must be refused with one of the problems that its contract lists. */
export const refused = async (operation: Operation, input: Input = {}): Promise<Answer<Problem>> => {
  const answer = await request(operation, input)
  expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(400)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const parsed = problem.parse(answer.body)
  expect(parsed.status).toBe(answer.status)
  expect(problemsOf(operation), `${operation.id} may answer ${parsed.code}`).toContain(parsed.code)
  return answer as Answer<Problem>
}

/** Calls an operation that the gateway itself must turn away. */
export const turnedAway = (operation: Operation, input: Input = {}) => request(operation, input)

/** Calls whatever stands at a path. */
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
