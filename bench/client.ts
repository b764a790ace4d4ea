/** Calls operations of a local cloud over HTTP, as their contracts declare them, and counts the requests. */
import { randomUUID } from 'node:crypto'
import type * as z from 'zod/mini'
import type { Operation, Role } from '../shared/platform/contract.ts'

export interface Input {
  readonly token?: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly etag?: string
}

export interface Answer<T> {
  readonly body: T
  readonly etag: string
}

type BodyOf<O extends Operation> = O['response'] extends z.ZodMiniType ? z.output<O['response']> : undefined

export class Client {
  readonly #url: string
  #requests = 0

  constructor(url: string) {
    this.#url = url
  }

  /** How many operations were called. */
  get requests(): number {
    return this.#requests
  }

  /** Each call that creates is an attempt of its own. Throws when the operation is refused. */
  async call<O extends Operation>(operation: O, input: Input = {}): Promise<Answer<BodyOf<O>>> {
    this.#requests++
    const { token, params = {}, query = {}, body, etag } = input
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''))
    const search = new URLSearchParams(query)
    const response = await this.#send(operation.method, search.size > 0 ? `${path}?${search}` : path, body, {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(etag && { 'if-match': etag }),
      ...(operation.idempotent && { 'idempotency-key': randomUUID() }),
    })
    return { body: (await response.json()) as BodyOf<O>, etag: response.headers.get('etag') ?? '' }
  }

  async token(role: Role, partnerId?: string): Promise<string> {
    const response = await this.#send('POST', '/_local/token', { role, partnerId })
    const { accessToken } = (await response.json()) as { accessToken: string }
    return accessToken
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (response.ok) return response
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  }
}
