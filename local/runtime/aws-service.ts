/**
 * What the AWS endpoint and the services behind it agree on.
 */
import type { IncomingMessage } from 'node:http'
import type { AccessRequest } from '../aws/iam/policies.ts'
import type { AwsError } from './aws-error.ts'

/** What a call holds once its protocol has been read. */
export interface AwsCall {
  /** Logical id of the calling function, or `anonymous` for anyone else on this machine. */
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
