/** Creates an OpenAPI 3.1 document from the operations. */
import type * as z from 'zod/mini'
import { describedOperations } from '../kernel/documentation.ts'
import type { Access, Operation, Prefix } from '../kernel/operation.ts'
import { type Transition, transitions } from '../referrals/rules.ts'
import { allOperations } from './catalog/contract.ts'
import { exampleOf } from './examples.ts'
import { type GatewayResponse, gatewayMessage, gatewayResponses } from './gateway/contract.ts'
import { introduction, tags } from './introduction.ts'
import { type ProblemCode, type ProblemType, problem, problems, problemsOf } from './problem/contract.ts'
import { problemExample } from './problem/examples.ts'
import { type Json, type JsonSchemas, jsonSchemas, withExamples } from './schemas.ts'

/** Path prefix of the operations in the document. */
const prefix: `/${Prefix}/` = '/v1/'

/** @param operations operations with another path prefix are left out */
export const openApiDocument = (operations = allOperations): { openapi: string } & Json => {
  const described = operations.filter(({ path }) => path.startsWith(prefix))
  const schemas = jsonSchemas(rootSchemasOf(described))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Referral Center',
      version: '1',
      summary: 'Refers the customers of a partner program to its partners.',
      description: introduction,
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: '/', description: 'The program that serves this document' },
      { url: 'http://localhost:3000', description: 'The local cloud (`npm start`)' },
    ],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths: paths(described, schemas),
    components: {
      schemas: withExamples(schemas.components),
      parameters: sharedParameters,
      responses: sharedResponses(described),
      examples: Object.fromEntries(
        (Object.keys(problems) as ProblemCode[]).map(code => [
          code,
          { summary: problems[code].title, value: problemExample(code) },
        ]),
      ),
      securitySchemes,
    },
  }
}

const rootSchemasOf = (operations: readonly Operation[]) => ({
  input: operations.flatMap(({ params, query, body }) => present([params, query, body])),
  output: [...operations.flatMap(({ response }) => present([response])), problem, gatewayMessage],
})

const present = <T>(values: readonly (T | undefined)[]): T[] => values.filter(value => value !== undefined)

const paths = (operations: readonly Operation[], schemas: JsonSchemas): Json =>
  Object.fromEntries(
    [...Map.groupBy(operations, ({ path }) => path)].map(([path, ofPath]) => [
      path,
      Object.fromEntries(
        ofPath.map(operation => [operation.method.toLowerCase(), describeOperation(operation, schemas)]),
      ),
    ]),
  )

const describeOperation = (operation: Operation, schemas: JsonSchemas): Json => {
  const { id, summary, audience, access, params, query, body } = operation
  const { description } = describedOperations.get(id) ?? {}
  return {
    operationId: id,
    summary,
    ...(description !== undefined && {
      description: [`${description}${eventsOf(id)}`, callers(access)].join('\n\n'),
    }),
    tags: [audience],
    security: securityOf(access),
    parameters: [
      ...(params ? parameters(params, 'path', schemas) : []),
      ...(query ? parameters(query, 'query', schemas) : []),
      ...headers(operation),
    ],
    ...(body && { requestBody: requestBody(operation, body, schemas) }),
    responses: { ...success(operation, schemas), ...failures(operation) },
  }
}

/** Names the events of the commands that an operation executes. */
const eventsOf = (operation: string): string => {
  const commands = Object.values<Transition>(transitions).filter(
    ({ action }) => action?.operation === operation,
  )
  const events = [...new Set(commands.map(({ event }) => `\`${event}\``))]
  if (events.length === 0) return ''
  return ` ${events.length === 1 ? 'Event' : 'Events'}: ${events.join(' or ')}.`
}

const callers = (access: Access): string => {
  if (access === 'public') return 'Open to everyone.'
  if (access === 'link') return 'For the holder of the link: the token is in its query.'
  if (access === 'capability') return 'For the holder of the tracking token of the RFI.'
  return `For members with the role ${access.map(role => `\`${role}\``).join(' or ')}.`
}

const securityOf = (access: Access): Json[] => {
  // The token of a link is a query parameter, which needs no security scheme here.
  if (access === 'public' || access === 'link') return []
  return access === 'capability' ? [{ trackingToken: [] }, { trackingLink: [] }] : [{ member: [] }]
}

const securitySchemes = {
  member: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'ID token of a member, from the identity provider of the program.',
  },
  trackingToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'Tracking token of an RFI: `trackingToken` in the response of `createRfi`.',
  },
  trackingLink: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'The tracking token as a query parameter, as links in mails carry it.',
  },
}

const parameters = (schema: z.ZodMiniObject, location: 'path' | 'query', schemas: JsonSchemas): Json[] => {
  const { properties = {}, required = [] } = schemas.of(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  const examples = exampleOf(schema, location) as Json
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: location,
    required: required.includes(name),
    description,
    schema: property,
    ...(examples[name] !== undefined && { example: examples[name] }),
  }))
}

const header = (name: string, required: boolean, description: string, example: string): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
  example,
})

/** Tests for a read that answers 304 to the ETag of its present representation. Pages have none. */
const isConditional = ({ method, page }: Operation): boolean => method === 'GET' && !page

const sharedParameters = {
  AcceptLanguage: header(
    'Accept-Language',
    false,
    'Languages of the reader with their weights (RFC 9110 §12.5.4).',
    'de-AT, de;q=0.9, en;q=0.5',
  ),
  IfNoneMatch: header(
    'If-None-Match',
    false,
    'The `ETag` of the last response, a list of ETags, or `*`. If the representation is the same, the response is 304.',
    '"3.9f2c4e7a1b0d"',
  ),
}

const headers = (operation: Operation): Json[] => {
  const { ifMatch, idempotent, negotiatesLanguage } = operation
  return [
    ...(negotiatesLanguage ? [{ $ref: '#/components/parameters/AcceptLanguage' }] : []),
    ...(isConditional(operation) ? [{ $ref: '#/components/parameters/IfNoneMatch' }] : []),
    ...(ifMatch
      ? [header('If-Match', ifMatch === 'required', ifMatchTexts[ifMatch], '"3.9f2c4e7a1b0d"')]
      : []),
    ...(idempotent
      ? [
          header(
            'Idempotency-Key',
            true,
            'A unique value for each new request, such as a UUID: 1 to 255 visible ASCII characters. A repeat with the same key and body gets the response of the first request.',
            '0f0e7b0c-5a0f-4a53-9b0e-3b7b8f2b7f0e',
          ),
        ]
      : []),
  ]
}

const ifMatchTexts = {
  required: 'The `ETag` of the version that the change is based on, a list of ETags, or `*` for any version.',
  'if-exists':
    'The `ETag` of the version that the change is based on, a list of ETags, or `*` for any version. Leave it out to create.',
} as const

const formType = 'application/x-www-form-urlencoded'

const requestBody = ({ id, page }: Operation, body: z.ZodMiniType, schemas: JsonSchemas): Json => ({
  required: !page,
  description: page ? 'The fields of the form.' : 'The request as JSON.',
  content: {
    [page ? formType : 'application/json']: {
      schema: schemas.of(body, 'input'),
      example: exampleOf(body, `${id} body`),
    },
  },
})

const pageContent = {
  'text/html': {
    schema: { type: 'string', description: 'An HTML page.' },
    example: '<!doctype html><html lang="en">…</html>',
  },
}

const etag = {
  description:
    'Identifies the representation. It begins with the version: send it as `If-Match` with a change.',
  schema: { type: 'string' },
  example: '"3.9f2c4e7a1b0d"',
}

const notModified = {
  description: 'The representation is the one that `If-None-Match` names. The response has no body.',
  headers: { ETag: etag },
}

const vary = {
  description: 'The response depends on `Accept-Language`.',
  schema: { type: 'string' },
  example: 'accept-language',
}

const location = (description: string, example: string): Json => ({
  Location: { description, schema: { type: 'string' }, example },
})

const success = (operation: Operation, schemas: JsonSchemas): Json => {
  const { status, response, versioned, page, idempotent, path, negotiatesLanguage } = operation
  const headers = {
    ...(negotiatesLanguage && { Vary: vary }),
    ...(versioned && { ETag: etag }),
    ...(idempotent && location('The path of the new resource.', `${path}/{id}`)),
    ...(status === 303 && location('The address of the page that shows the result.', path)),
  }
  return {
    [status]: {
      description: describedOperations.get(operation.id)?.returns ?? '',
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(page && status !== 303 && { content: pageContent }),
      ...(response && {
        content: {
          'application/json': {
            schema: schemas.of(response, 'output'),
            example: responseExample(operation, response),
          },
        },
      }),
    },
    ...(isConditional(operation) && { 304: { $ref: '#/components/responses/NotModified' } }),
  }
}

const responseExample = ({ id }: Operation, response: z.ZodMiniType): unknown => ({
  ...(exampleOf(response, `${id} response`) as Json),
  ...describedOperations.get(id)?.example,
})

const problemSchema = { $ref: '#/components/schemas/Problem' }
const messageSchema = { $ref: '#/components/schemas/GatewayMessage' }

/** A response that is not successful, as a component that operations share. */
interface Failure {
  readonly name: string
  readonly status: number
  readonly response: Json
}

/** Problems of our functions and responses of the gateway, by status. */
const failuresOf = (operation: Operation): Failure[] => {
  const codes = Map.groupBy(problemsOf(operation), code => problems[code].status as number)
  const gateway = new Map(
    Object.entries<GatewayResponse>(gatewayResponses)
      .filter(([, { appliesTo }]) => appliesTo(operation))
      .map(([name, response]) => [response.status, { name, response }]),
  )
  const statuses = [...new Set([...codes.keys(), ...gateway.keys()])].toSorted((a, b) => a - b)
  return statuses.map(status => {
    const ofStatus = codes.get(status) ?? []
    const own = gateway.get(status)
    if (own && ofStatus.length === 0)
      return { name: own.name, status, response: gatewayResponse(own.response) }
    const name = `${operation.page ? 'Page' : ''}${ofStatus.map(pascalCase).join('Or')}`
    return { name, status, response: problemResponse(operation, ofStatus, own?.response) }
  })
}

/** `stale-version` -> `StaleVersion` */
const pascalCase = (code: string): string => code.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase())

const failures = (operation: Operation): Json =>
  Object.fromEntries(
    failuresOf(operation).map(({ name, status }) => [status, { $ref: `#/components/responses/${name}` }]),
  )

const sharedResponses = (operations: readonly Operation[]): Json => {
  const responses = operations.flatMap(failuresOf).map(({ name, response }) => [name, response] as const)
  // No operation answers 405. The component is for requests that match no operation.
  const own = { NotModified: notModified, MethodNotAllowed: unknownMethod() }
  return Object.fromEntries([...responses, ...Object.entries(own)].toSorted(([x], [y]) => (x < y ? -1 : 1)))
}

const unknownMethod = (): Json => ({
  description: `\`method-not-allowed\`: ${problems['method-not-allowed'].title}.`,
  headers: problemHeaders(['method-not-allowed']),
  content: problemContent(['method-not-allowed']),
})

const problemResponse = (
  { page }: Operation,
  codes: readonly ProblemCode[],
  gateway: GatewayResponse | undefined,
): Json => {
  const own = gateway && gatewayResponse(gateway)
  const texts = codes.map(code => `\`${code}\`: ${problems[code].title}.`)
  const headers = { ...problemHeaders(codes), ...(own?.headers as Json) }
  return {
    description: [...texts, ...(own ? [`From the gateway: ${own.description}`] : [])].join(' '),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { ...(page ? pageContent : problemContent(codes)), ...(own?.content as Json) },
  }
}

const problemContent = (codes: readonly ProblemCode[]): Json => ({
  'application/problem+json': {
    schema: problemSchema,
    examples: Object.fromEntries(codes.map(code => [code, { $ref: `#/components/examples/${code}` }])),
  },
})

const headerTexts = {
  etag: ['ETag', 'The tag of the present representation.', '"4.51b7a8e20c3f"'],
  'retry-after': ['Retry-After', 'Seconds to wait before the request is repeated.', '1'],
  'www-authenticate': ['WWW-Authenticate', 'The authentication scheme.', 'Bearer'],
  allow: ['Allow', 'The methods of the resource.', 'GET, HEAD, OPTIONS'],
  accept: ['Accept', 'The media types that a body can have.', 'application/json'],
} as const

const headersOf = (...entries: readonly (readonly [string, string, string])[]): Json =>
  Object.fromEntries(
    entries.map(([name, description, example]) => [
      name,
      { description, schema: { type: 'string' }, example },
    ]),
  )

const problemHeaders = (codes: readonly ProblemCode[]): Json =>
  headersOf(
    ...codes.flatMap(code => {
      const { header }: ProblemType = problems[code]
      return header ? [headerTexts[header]] : []
    }),
  )

const gatewayResponse = ({ description, message, header }: GatewayResponse): Json => ({
  description,
  ...(header && { headers: headersOf(header) }),
  content: { 'application/json': { schema: messageSchema, example: { message } } },
})
