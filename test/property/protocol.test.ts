/** Any bytes as body, header or query get an answer that is not an internal error. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, inject, it } from 'vitest'
import * as z from 'zod/mini'
import { readTags } from '../../functions/http/etag.ts'
import { readMediaType } from '../../functions/http/media-type.ts'
import { pipeline } from '../../functions/http/pipeline.ts'
import { problemAnswer } from '../../functions/http/problem.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { rfiOperations } from '../../shared/referrals/contract.ts'
import { pageOperations } from '../../shared/site/contract.ts'

const runs = { numRuns: 300 * inject('depth') }

const versioned: Operation = {
  ...rfiOperations.createRfi,
  id: 'change',
  method: 'PATCH',
  path: '/v1/things',
  ifMatch: 'required',
  query: z.strictObject({ q: z.optional(z.string()) }),
}
const { postRequest } = pageOperations

const respond = pipeline(
  [rfiOperations.createRfi, versioned, postRequest],
  { createRfi: async () => ({}), change: async () => ({}), postRequest: async () => ({}) },
  {},
  {
    success: () => ({ statusCode: 200 }),
    failure: (failure, { requestContext }) => problemAnswer(failure, requestContext.requestId, same => same),
  },
)

const request = async (routeKey: string, event: object): Promise<APIGatewayProxyStructuredResultV2> =>
  respond(
    { routeKey, headers: {}, requestContext: { requestId: 'r' }, rawQueryString: '', ...event } as never,
    {} as never,
  )

const routes = fc.constantFrom('POST /v1/rfis', 'PATCH /v1/things', 'POST /v1/pages/request')
const types = fc.constantFrom(
  'application/json',
  'application/merge-patch+json',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=latin1',
)
const anyText = fc.string({ unit: 'binary' })

/** Texts that are nearly JSON, and texts of any characters. */
const bodies = fc.oneof(
  anyText,
  fc.json(),
  fc.tuple(fc.json(), fc.nat(), anyText).map(([text, at, more]) => text.slice(0, at) + more + text.slice(at)),
)

describe('a request', () => {
  it('with any body of text is not answered with an internal error', async () => {
    await fc.assert(
      fc.asyncProperty(routes, types, bodies, async (route, type, body) => {
        const headers = { 'content-type': type, 'if-match': '*', 'idempotency-key': 'k' }
        const { statusCode } = await request(route, { headers, body, queryStringParameters: { token: 't' } })
        expect(statusCode).toBeLessThan(500)
      }),
      runs,
    )
  })

  it('with any bytes as body is not answered with an internal error', async () => {
    await fc.assert(
      fc.asyncProperty(routes, types, fc.uint8Array({ maxLength: 200 }), async (route, type, bytes) => {
        const headers = { 'content-type': type, 'if-match': '"1"', 'idempotency-key': 'k' }
        const body = Buffer.from(bytes).toString('base64')
        const { statusCode } = await request(route, { headers, body, isBase64Encoded: true })
        expect(statusCode).toBeLessThan(500)
      }),
      runs,
    )
  })

  it('with any headers and query is not answered with an internal error', async () => {
    const names = [
      'content-type',
      'content-encoding',
      'if-match',
      'if-none-match',
      'idempotency-key',
      'accept-language',
    ]
    const headers = fc.dictionary(fc.constantFrom(...names), anyText)
    const query = fc.dictionary(fc.oneof(fc.constantFrom('q', 'token', '__proto__'), anyText), anyText)
    await fc.assert(
      fc.asyncProperty(routes, headers, query, async (route, given, parameters) => {
        const { statusCode } = await request(route, {
          headers: given,
          body: '{}',
          queryStringParameters: parameters,
          rawQueryString: String(new URLSearchParams(parameters)),
        })
        expect(statusCode).toBeLessThan(500)
      }),
      runs,
    )
  })
})

describe('a list of entity tags', () => {
  const opaque = fc.stringMatching(/^[!#-~]{0,20}$/)

  it('is read as it was written', () => {
    const tags = fc.array(fc.tuple(fc.boolean(), opaque), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(tags, fc.constantFrom(',', ', ', ' ,\t', ',,'), (list, separator) => {
        const header = list.map(([isWeak, text]) => `${isWeak ? 'W/' : ''}"${text}"`).join(separator)
        expect(readTags(header)).toEqual(list.map(([, text]) => ({ opaque: text })))
      }),
      runs,
    )
  })
})

describe('a media type', () => {
  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/)

  it('is read as it was written, in small letters', () => {
    fc.assert(
      fc.property(
        token,
        token,
        fc.dictionary(
          token.map(name => name.toLowerCase()),
          anyPrintable(),
          { maxKeys: 4 },
        ),
        (type, subtype, parameters) => {
          const written = Object.entries(parameters).map(
            ([name, value]) => `; ${name.toUpperCase()}="${value.replace(/["\\]/g, '\\$&')}"`,
          )
          const read = readMediaType(`${type}/${subtype}${written.join('')}`)
          expect(read?.type).toBe(`${type}/${subtype}`.toLowerCase())
          expect(Object.fromEntries(read?.parameters ?? [])).toEqual({ ...parameters })
        },
      ),
      runs,
    )
  })
})

function anyPrintable() {
  return fc.string({ unit: 'grapheme-ascii' })
}
