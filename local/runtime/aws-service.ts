/**
 * The interface between the AWS endpoint and the services behind it.
 */
import type { IncomingMessage } from 'node:http'
import type { AwsError } from './aws-error.ts'

/** One action on one resource, with the condition keys that AWS would set. */
export interface AccessRequest {
  /** Example: `dynamodb:PutItem`. */
  readonly action: string
  readonly resource: string
  readonly context?: Readonly<Record<string, string | readonly string[]>>
}

/** Checks the policies of the functions' roles. */
export interface Authorizer {
  /** Throws AccessDeniedException unless the role of the function allows every request. */
  authorizeFunction(logicalId: string, requests: readonly AccessRequest[]): void
}

/** A call whose protocol has been decoded. */
export interface AwsCall {
  /** Logical id of the calling function; `anonymous` for any other caller on this machine. */
  readonly caller: string
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

export interface AwsAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

export interface AwsRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Decodes the requests of a service and encodes its answers. */
export interface Protocol {
  decode(request: AwsRequest): { operation: string; input: Record<string, unknown> }
  encode(operation: string, output: object): AwsAnswer
  encodeError(error: AwsError, requestId: string): AwsAnswer
}

export interface AwsService {
  /** The name in the credential scope of a signature. */
  readonly name: string
  readonly protocol: Protocol
  /** Permissions that the caller needs. */
  access(call: AwsCall): AccessRequest[]
  /** Resolves to the operation's output, or to an answer that is returned unchanged. */
  handle(call: AwsCall): Promise<object | AwsAnswer>
}
