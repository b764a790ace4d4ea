/** The wire protocols of AWS, as the SDK's clients use them. */
import { randomUUID } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import type { AwsAnswer, Protocol } from './aws-service.ts'

const parseJson = (body: Buffer): Record<string, unknown> => {
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
  readonly operation: string
  readonly method: string
  /** Named groups become fields of the input. */
  readonly path: RegExp
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
    throw new AwsError('UnknownOperationException', `The local cloud does not support ${method} ${path}`, 404)
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
