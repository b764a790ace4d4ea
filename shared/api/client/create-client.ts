/** A typed client of the HTTP API, for browsers and Node.js. It needs nothing but `fetch`. */
import { ProblemError } from './problem-error.ts'
import { routes } from './routes.ts'
import type {
  CallArguments,
  CallResponse,
  CallSettings,
  ListOperationId,
  OperationId,
  OperationOf,
  ResponseBody,
} from './types.ts'

export interface ClientSettings {
  /** Origin of the API, such as `http://localhost:3000`. */
  readonly baseUrl: string
  /** Bearer token, or a function that returns the token for each request. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>)
  /** By default the global `fetch`. */
  readonly fetch?: typeof fetch
}

export interface Client {
  /**
   * Calls an operation by its id.
   * @throws ProblemError for a response that is not successful
   */
  call<Id extends OperationId>(
    id: Id,
    ...input: CallArguments<OperationOf<Id>>
  ): Promise<CallResponse<ResponseBody<OperationOf<Id>>>>
  /**
   * Requests the pages of a list, one after the other.
   * @throws ProblemError for a response that is not successful
   */
  pages<Id extends ListOperationId>(
    id: Id,
    ...input: CallArguments<OperationOf<Id>>
  ): AsyncGenerator<ResponseBody<OperationOf<Id>>, void, undefined>
}

export const createClient = (settings: ClientSettings): Client => {
  const call = async (id: OperationId, input: AnyInput = {}): Promise<CallResponse<unknown>> => {
    const { url, ...init } = requestOf(id, input)
    const token = input.token ?? (await tokenOf(settings))
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...init.headers }
    const send = settings.fetch ?? fetch
    const response = await send(new URL(url, settings.baseUrl), { ...init, headers })
    const text = await response.text()
    const body = text ? parse(text) : undefined
    if (!response.ok) throw new ProblemError(id, response, body)
    return {
      status: response.status,
      etag: response.headers.get('etag') ?? '',
      headers: response.headers,
      body,
    }
  }
  return {
    call: ((id: OperationId, input?: AnyInput) => call(id, input)) as Client['call'],
    pages: async function* (id: OperationId, input: AnyInput = {}) {
      let cursor: string | null | undefined = input.query?.cursor as string | undefined
      do {
        const { body } = await call(id, { ...input, query: { ...input.query, cursor } })
        yield body
        cursor = (body as { nextCursor: string | null }).nextCursor
      } while (cursor !== null)
    } as Client['pages'],
  }
}

/** The input of a call without its types: `CallInput` checks it where the client is used. */
interface AnyInput extends CallSettings {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly ifMatch?: string | undefined
}

interface Request extends RequestInit {
  readonly url: string
  readonly headers: Record<string, string>
}

const requestOf = (id: OperationId, input: AnyInput): Request => {
  const [method = '', path = ''] = routes[id].split(' ')
  const { params = {}, query = {}, body, ifMatch, idempotencyKey, headers, signal } = input
  const search = searchOf(query)
  return {
    url: `${path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? ''))}${search}`,
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(ifMatch && { 'if-match': ifMatch }),
      // Operations that do not create ignore the key.
      ...(method === 'POST' && { 'idempotency-key': idempotencyKey ?? crypto.randomUUID() }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const searchOf = (query: Readonly<Record<string, unknown>>): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && !isEmptyList(value)) search.set(name, String(value))
  return search.size > 0 ? `?${search}` : ''
}

const tokenOf = async ({ token }: ClientSettings): Promise<string | undefined> =>
  typeof token === 'function' ? token() : token

/** A proxy may answer with HTML. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
