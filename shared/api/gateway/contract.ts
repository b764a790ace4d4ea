/**
 * Responses of API Gateway itself. They are sent before or after our function runs, as `{"message": …}` and not as problem
 * documents: HTTP APIs cannot change them.
 *
 * Sources: API Gateway Developer Guide, "Quotas for configuring and running an HTTP API" (10 MB of payload, 10,240 bytes of
 * request line and headers, 30 seconds), "Throttle requests to your HTTP APIs" (429) and "Control access to HTTP APIs with
 * JWT authorizers" (401).
 */
import * as z from 'zod/mini'
import { describeSchema } from '../../kernel/documentation.ts'
import type { Operation } from '../../kernel/operation.ts'

export const gatewayMessage = z.strictObject({ message: z.string() })
/* @__PURE__ */ describeSchema(gatewayMessage, {
  name: 'GatewayMessage',
  description: 'The body of a response that API Gateway sends by itself. It is not a problem document.',
  properties: { message: 'Explanation in English. The text is not stable: use the status.' },
  example: { message: 'Too Many Requests' },
})

export interface GatewayResponse {
  readonly status: number
  readonly message: string
  readonly description: string
  /** Name and description of a header that the response has. */
  readonly header?: readonly [name: string, description: string, example: string]
  readonly appliesTo: (operation: Operation) => boolean
}

const always = () => true

/** By the name of the component in the OpenAPI document. */
export const gatewayResponses = {
  GatewayUnauthorized: {
    status: 401,
    message: 'Unauthorized',
    description:
      'The request has no bearer token, or the token is expired, malformed or from another issuer.',
    header: ['WWW-Authenticate', 'The reason, as in RFC 6750.', 'Bearer'],
    appliesTo: ({ access }) => typeof access !== 'string',
  },
  GatewayPayloadTooLarge: {
    status: 413,
    message: 'Request Entity Too Large',
    description:
      'The body is larger than 10 MB, the limit of API Gateway. From 256 KB, the program answers 413 itself.',
    appliesTo: ({ method }) => method !== 'GET',
  },
  GatewayTooManyRequests: {
    status: 429,
    message: 'Too Many Requests',
    description:
      'There are more requests per second than the limit of the API or of this operation allows. The response has no `Retry-After` header: retry with exponential backoff and jitter, starting with one second.',
    appliesTo: always,
  },
  GatewayHeadersTooLarge: {
    status: 431,
    message: 'Request Header Fields Too Large',
    description: 'The request line and the headers together exceed 10,240 bytes.',
    appliesTo: always,
  },
  GatewayError: {
    status: 500,
    message: 'Internal Server Error',
    description:
      'The function could not be started, ended without a response, or timed out. The request may have been carried out.',
    appliesTo: always,
  },
  GatewayUnavailable: {
    status: 503,
    message: 'Service Unavailable',
    description: 'The function did not respond within 30 seconds. The request may have been carried out.',
    appliesTo: always,
  },
} as const satisfies Readonly<Record<string, GatewayResponse>>
