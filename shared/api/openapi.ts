/** The operations as an OpenAPI 3.1 document. */
import * as z from 'zod/mini'
import type { Access, Operation, Prefix } from '../kernel/operation.ts'
import { partner, profile } from '../partners/contract.ts'
import { policy, taxonomy } from '../program/contract.ts'
import { alert, referral, rfi } from '../referrals/contract.ts'
import { allOperations } from './catalog/contract.ts'
import { type ProblemCode, problem, problems, problemsOf } from './problem/contract.ts'

type Json = Record<string, unknown>

const named = {
  Problem: problem,
  Referral: referral,
  Alert: alert,
  Rfi: rfi,
  Profile: profile,
  Partner: partner,
  Policy: policy,
  Taxonomy: taxonomy,
}

const jsonSchema = (schema: z.ZodMiniType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' }) as Json
  return rest
}

const responseSchema = (schema: z.ZodMiniType): Json => {
  const name = Object.entries(named).find(([, candidate]) => candidate === schema)?.[0]
  return name ? { $ref: `#/components/schemas/${name}` } : jsonSchema(schema, 'output')
}

const parameters = (schema: z.ZodMiniObject | undefined, place: 'path' | 'query'): Json[] => {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }))
}

const header = (name: string, required: boolean, description: string): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
})

const headers = ({ ifMatch, idempotent }: Operation): Json[] => [
  ...(ifMatch
    ? [
        header(
          'If-Match',
          ifMatch === 'required',
          ifMatch === 'required'
            ? 'The ETag of the representation that the change was made on'
            : 'The same, where the thing exists already',
        ),
      ]
    : []),
  ...(idempotent
    ? [header('Idempotency-Key', true, 'Unique per request; a repeat gets the first answer')]
    : []),
]

const pageContent = { 'text/html': { schema: { type: 'string' } } }
const formContent = { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } }

const success = ({ status, response, versioned, page }: Operation): Json => ({
  [status]: {
    description: status === 303 ? 'Done: the page to look at is at `Location`' : 'Done',
    ...(page && status !== 303 && { content: pageContent }),
    ...(versioned && {
      headers: { ETag: { description: 'The version, for If-Match', schema: { type: 'string' } } },
    }),
    ...(response && { content: { 'application/json': { schema: responseSchema(response) } } }),
  },
})

const failures = (operation: Operation): Json => {
  const byStatus = Map.groupBy(problemsOf(operation), code => problems[code].status)
  const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map(describe).join('; '),
        content: operation.page ? pageContent : problemContent,
      },
    ]),
  )
}

const describe = (code: ProblemCode): string => `\`${code}\`: ${problems[code].title}`

const securityOf = (access: Access): Json[] => {
  // A link's token stands in its query.
  if (access === 'public' || access === 'link') return []
  return access === 'capability' ? [{ trackingToken: [] }, { trackingLink: [] }] : [{ member: [] }]
}

/** Answers of the gateway itself: plain JSON, no problem documents. */
const throttled = { 429: { description: 'Too many requests: slow down' } }
const refused = { 401: { description: 'No valid token' } }

const describeOperation = (operation: Operation): Json => {
  const { id, summary, audience, access, params, query, body, page } = operation
  return {
    operationId: id,
    summary,
    ...(Array.isArray(access) && { description: `For ${access.join(' and ')}.` }),
    tags: [audience],
    security: securityOf(access),
    parameters: [...parameters(params, 'path'), ...parameters(query, 'query'), ...headers(operation)],
    ...(body && {
      requestBody: page
        ? { content: formContent }
        : { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } },
    }),
    responses: {
      ...success(operation),
      ...failures(operation),
      ...throttled,
      ...(Array.isArray(access) && refused),
    },
  }
}

/** The wire format that the document describes. */
const prefix: `/${Prefix}/` = '/v1/'

const paths = (operations: readonly Operation[]): Json => {
  const described = operations.filter(({ path }) => path.startsWith(prefix))
  const byPath = Map.groupBy(described, ({ path }) => path)
  return Object.fromEntries(
    [...byPath].map(([path, ofPath]) => [
      path,
      Object.fromEntries(
        ofPath.map(operation => [operation.method.toLowerCase(), describeOperation(operation)]),
      ),
    ]),
  )
}

/** @param operations those of other wire formats are left out */
export const openApiDocument = (operations = allOperations): { openapi: string } & Json => ({
  openapi: '3.1.0',
  info: {
    title: 'Referral Center',
    version: '1',
    description:
      'A referral desk for partner programs: customers ask, partners answer, the operator keeps watch.',
    license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'customer', description: 'The directory and requests for information; no login' },
    { name: 'partner', description: 'Referrals and business profiles of the caller’s company' },
    { name: 'operator', description: 'The partner program' },
    { name: 'reader', description: 'Pages behind the links in mails; no login, no script' },
    { name: 'open', description: 'About this API' },
  ],
  paths: paths(operations),
  components: {
    schemas: Object.fromEntries(
      Object.entries(named).map(([name, schema]) => [name, jsonSchema(schema, 'output')]),
    ),
    securitySchemes: {
      member: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A member’s ID token' },
      trackingToken: { type: 'http', scheme: 'bearer', description: 'The RFI’s tracking token' },
      trackingLink: {
        type: 'apiKey',
        in: 'query',
        name: 'token',
        description: 'The same, as links carry it',
      },
    },
  },
})
