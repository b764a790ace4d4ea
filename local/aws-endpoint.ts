/**
 * The one AWS endpoint of the local cloud: tells by the credential scope which service is called and by the
 * access key which function calls, checks the caller's policies, and speaks each service's wire protocol.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { VirtualClock } from './clock.ts'
import type { AccessRequest, Iam } from './iam.ts'

/** What a call holds once its protocol has been read. */
export interface AwsCall {
  /** Logical id of the calling function, or `anonymous` for anyone else on this machine. */
  caller: string
  operation: string
  input: Record<string, unknown>
  body: Buffer
}

export interface AwsAnswer {
  status: number
  headers: Record<string, string>
  body: string | Buffer
}

export interface AwsRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: Buffer
}

/** How a service reads a request and writes its answers. */
export interface Protocol {
  decode(request: AwsRequest): { operation: string; input: Record<string, unknown> }
  encode(operation: string, output: object): AwsAnswer
  encodeError(error: AwsError, requestId: string): AwsAnswer
}

export interface AwsService {
  /** The name in the credential scope of a signature. */
  readonly name: string
  readonly protocol: Protocol
  /** What the caller must be allowed to do. */
  access(call: AwsCall): AccessRequest[]
  /** Resolves to the operation's output, or to an answer that is passed on as it is. */
  handle(call: AwsCall): Promise<object | AwsAnswer>
}

/** An error in AWS's words, which reaches the caller through the service's protocol. */
export class AwsError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.name = code
    this.code = code
    this.status = status
  }
}

export const anonymous = 'anonymous'

/** Larger than any request of the emulated services: DynamoDB's 16 MB batch. */
const maxBodyBytes = 16 * 1024 * 1024
const credentialPattern = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/

export class AwsEndpoint {
  readonly #services: Map<string, AwsService>
  readonly #callers: (accessKeyId: string) => string | undefined
  readonly #iam: Iam
  readonly #clock: VirtualClock

  /** @param callers tells the logical id of the function that an access key belongs to */
  constructor(
    services: AwsService[],
    callers: (accessKeyId: string) => string | undefined,
    iam: Iam,
    clock: VirtualClock,
  ) {
    this.#services = new Map(services.map(service => [service.name, service]))
    this.#callers = callers
    this.#iam = iam
    this.#clock = clock
  }

  /** Whether a request is signed as AWS clients sign. */
  static isAwsRequest(request: IncomingMessage): boolean {
    return request.headers.authorization?.startsWith('AWS4-HMAC-SHA256') ?? false
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID()
    const answer = await this.#answer(request, requestId)
    response.writeHead(answer.status, {
      'x-amzn-requestid': requestId,
      // Clients correct their clocks by this header, and theirs is the virtual one.
      date: new Date(this.#clock.now()).toUTCString(),
      ...answer.headers,
      'content-length': Buffer.byteLength(answer.body),
    })
    response.end(answer.body)
  }

  async #answer(message: IncomingMessage, requestId: string): Promise<AwsAnswer> {
    const [, accessKeyId = '', scope = ''] = credentialPattern.exec(message.headers.authorization ?? '') ?? []
    const service = this.#services.get(scope)
    if (!service) {
      const unknown = new AwsError('UnknownService', `The local cloud has no service "${scope}"`, 404)
      return awsJson('1.1').encodeError(unknown, requestId)
    }
    try {
      const request = await readRequest(message)
      const decoded = service.protocol.decode(request)
      const call = { caller: this.#callers(accessKeyId) ?? anonymous, ...decoded, body: request.body }
      if (call.caller !== anonymous) this.#iam.authorizeFunction(call.caller, service.access(call))
      const output = await service.handle(call)
      return isAnswer(output) ? output : service.protocol.encode(call.operation, output)
    } catch (error) {
      return service.protocol.encodeError(asAwsError(error), requestId)
    }
  }
}

const isAnswer = (output: object): output is AwsAnswer =>
  'status' in output && 'headers' in output && 'body' in output

function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error
  return new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), 500)
}

async function readRequest(message: IncomingMessage): Promise<AwsRequest> {
  const url = new URL(message.url ?? '/', 'http://localhost')
  return {
    method: message.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: message.headers,
    body: await readBody(message),
  }
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBodyBytes) throw new AwsError('RequestEntityTooLarge', 'Request is too long', 413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseJson(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON')
  }
}

/** JSON with the operation in `X-Amz-Target`: DynamoDB, SQS (1.0) and EventBridge (1.1). */
export const awsJson = (version: '1.0' | '1.1'): Protocol => {
  const headers = { 'content-type': `application/x-amz-json-${version}` }
  return {
    decode: request => ({
      operation: String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, ''),
      input: parseJson(request.body),
    }),
    encode: (_operation, output) => ({ status: 200, headers, body: JSON.stringify(output) }),
    encodeError: ({ code, message, status }) => ({
      status,
      headers: { ...headers, 'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}` },
      body: JSON.stringify({ __type: code, message, Message: message }),
    }),
  }
}

export interface RestRoute {
  operation: string
  method: string
  /** Named groups become fields of the input. */
  path: RegExp
}

/** JSON with the operation in method and path: EventBridge Scheduler. */
export const restJson = (routes: readonly RestRoute[]): Protocol => ({
  decode: ({ method, path, query, body }) => {
    for (const route of routes) {
      const match = route.method === method ? route.path.exec(path) : null
      if (!match) continue
      const input = { ...parseJson(body), ...Object.fromEntries(query), ...match.groups }
      return { operation: route.operation, input }
    }
    throw new AwsError('UnknownOperationException', `The local cloud does not know ${method} ${path}`, 404)
  },
  encode: (_operation, output) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(output),
  }),
  encodeError: ({ code, message, status }) => ({
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: JSON.stringify({ Message: message }),
  }),
})

/** Form fields in, XML out: SES. Fields keep their flat names, such as `Destinations.member.1`. */
export const awsQuery = (namespace: string): Protocol => ({
  decode: ({ body }) => {
    const { Action: operation = '', ...input } = Object.fromEntries(new URLSearchParams(body.toString()))
    return { operation, input }
  },
  encode: (operation, output) => {
    const fields = Object.entries(output).map(([name, value]) => element(name, escapeXml(String(value))))
    const result = element(`${operation}Result`, fields.join(''))
    const metadata = element('ResponseMetadata', element('RequestId', randomUUID()))
    return xml(200, `<${operation}Response xmlns="${namespace}">${result}${metadata}</${operation}Response>`)
  },
  encodeError: ({ code, message, status }, requestId) => {
    const type = element('Type', status < 500 ? 'Sender' : 'Receiver')
    const error = element('Error', type + element('Code', code) + element('Message', escapeXml(message)))
    const body = `<ErrorResponse xmlns="${namespace}">${error}${element('RequestId', requestId)}</ErrorResponse>`
    return xml(status, body)
  },
})

const xml = (status: number, body: string): AwsAnswer => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body,
})
const element = (name: string, content: string) => `<${name}>${content}</${name}>`
const xmlEntities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeXml = (text: string) => text.replace(/[&<>"]/g, character => xmlEntities[character] ?? character)
