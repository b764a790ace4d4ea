/**
 * The AWS endpoint of the local cloud. The credential scope of a request names the service, the access key names the
 * calling function. The policies of the function's role are checked before the service handles the call.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AwsError } from './aws-error.ts'
import { awsJson } from './aws-protocols.ts'
import type { Authorizer, AwsAnswer, AwsRequest, AwsService } from './aws-service.ts'
import type { VirtualClock } from './clock.ts'

const anonymous = 'anonymous'

/** The largest request of the emulated services is DynamoDB's batch of 16 MB. */
const maxBodyBytes = 16 * 1024 * 1024
const credentialPattern = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/

export class AwsEndpoint {
  readonly #services: Map<string, AwsService>
  readonly #callers: (accessKeyId: string) => string | undefined
  readonly #authorizer: Authorizer
  readonly #clock: VirtualClock

  /** @param callers returns the logical id of the function that an access key belongs to */
  constructor(
    services: readonly AwsService[],
    callers: (accessKeyId: string) => string | undefined,
    authorizer: Authorizer,
    clock: VirtualClock,
  ) {
    this.#services = new Map(services.map(service => [service.name, service]))
    this.#callers = callers
    this.#authorizer = authorizer
    this.#clock = clock
  }

  /** Returns true for a request that is signed with AWS Signature Version 4. */
  static isAwsRequest(request: IncomingMessage): boolean {
    return request.headers.authorization?.startsWith('AWS4-HMAC-SHA256') ?? false
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID()
    const answer = await this.#answer(request, requestId)
    response.writeHead(answer.status, {
      'x-amzn-requestid': requestId,
      // AWS clients correct their clock by this header: inside a function it is the virtual clock.
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
      const unknown = new AwsError(
        'UnknownService',
        `The local cloud does not support the service "${scope}"`,
        404,
      )
      return awsJson('1.1').encodeError(unknown, requestId)
    }
    try {
      const request = await readRequest(message)
      const decoded = service.protocol.decode(request)
      const call = { caller: this.#callers(accessKeyId) ?? anonymous, ...decoded, body: request.body }
      if (call.caller !== anonymous) this.#authorizer.authorizeFunction(call.caller, service.access(call))
      const output = await service.handle(call)
      return isAnswer(output) ? output : service.protocol.encode(call.operation, output)
    } catch (error) {
      return service.protocol.encodeError(asAwsError(error), requestId)
    }
  }
}

const isAnswer = (output: object): output is AwsAnswer =>
  'status' in output && 'headers' in output && 'body' in output

const asAwsError = (error: unknown): AwsError => {
  if (error instanceof AwsError) return error
  return new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), 500)
}

const readRequest = async (message: IncomingMessage): Promise<AwsRequest> => {
  const url = new URL(message.url ?? '/', 'http://localhost')
  return {
    method: message.method ?? 'GET',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: message.headers,
    body: await readBody(message),
  }
}

const readBody = async (message: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBodyBytes) throw new AwsError('RequestEntityTooLarge', 'Request is too long', 413)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
