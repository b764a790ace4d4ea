/** HTTP client for the operations of a local cloud. It counts its requests. */
import { randomUUID } from 'node:crypto'
import type * as z from 'zod/mini'
import type { Operation } from '../shared/kernel/operation.ts'
import type { Role } from '../shared/kernel/principal.ts'

export interface Input {
  readonly token?: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  /** Form fields of a page. */
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

  /** Number of calls. */
  get requests(): number {
    return this.#requests
  }

  /**
   * Calls an operation; creating operations get a new idempotency key. @throws Error if the response is not the
   * declared one
   */
  async call<O extends Operation>(operation: O, input: Input = {}): Promise<Answer<BodyOf<O>>> {
    this.#requests++
    const { token, params = {}, query = {}, body, etag } = input
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''))
    const search = new URLSearchParams(query)
    const response = await this.#send(
      operation.method,
      search.size > 0 ? `${path}?${search}` : path,
      {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(etag && { 'if-match': etag }),
        ...(operation.idempotent && { 'idempotency-key': randomUUID() }),
      },
      operation.page ? formOf(body) : jsonOf(body),
    )
    await requireAnswer(operation, response)
    const answered = operation.page ? undefined : await response.json()
    return { body: answered as BodyOf<O>, etag: response.headers.get('etag') ?? '' }
  }

  async token(role: Role, partnerId?: string): Promise<string> {
    const response = await this.#send('POST', '/_local/token', {}, jsonOf({ role, partnerId }))
    const { accessToken } = (await response.json()) as { accessToken: string }
    return accessToken
  }

  #send(method: string, path: string, headers: Headers, { type, text }: Sent = {}): Promise<Response> {
    return fetch(this.#url + path, {
      method,
      headers: { ...headers, ...(type && { 'content-type': type }) },
      ...(text !== undefined && { body: text }),
      // Redirects of pages are not followed.
      redirect: 'manual',
    })
  }
}

type Headers = Readonly<Record<string, string>>

interface Sent {
  readonly type?: string
  readonly text?: string
}

const jsonOf = (body: unknown): Sent =>
  body === undefined ? {} : { type: 'application/json', text: JSON.stringify(body) }

const formOf = (fields: unknown): Sent =>
  fields === undefined
    ? {}
    : {
        type: 'application/x-www-form-urlencoded',
        text: String(new URLSearchParams(fields as Record<string, string>)),
      }

/** Checks the status and the content type of a response. @throws Error if they differ from the contract */
const requireAnswer = async ({ id, status, page }: Operation, response: Response): Promise<void> => {
  if (response.status !== status)
    throw new Error(`${id}: status ${response.status}, expected ${status}: ${await response.text()}`)
  const type = response.headers.get('content-type') ?? ''
  if (page && status === 200 && !type.startsWith('text/html'))
    throw new Error(`${id}: content type ${type}, expected text/html`)
}
