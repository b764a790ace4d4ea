import { join } from 'node:path'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { createClient, ProblemError } from '../../shared/api/client/index.ts'
import { routes } from '../../shared/api/client/routes.ts'
import { allOperations } from '../../shared/api/contract.ts'

interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly body: unknown
}

/** A client whose requests are recorded and get these responses, one after the other. */
const clientWith = (...responses: readonly Response[]) => {
  const sent: Sent[] = []
  const client = createClient({
    baseUrl: 'https://program.example',
    token: 'token-1',
    fetch: async (url, { method = '', headers, body } = {}) => {
      sent.push({
        url: String(url),
        method,
        headers: new Headers(headers),
        body: typeof body === 'string' ? JSON.parse(body) : undefined,
      })
      const response = responses[sent.length - 1]
      if (!response) throw new Error('unexpected request')
      return response
    },
  })
  return { client, sent }
}

const json = (body: unknown, init?: ResponseInit): Response => Response.json(body, init)

const referralId = 'ref_01KB0A1B2C3D4E5F6G7H8J9K0M_8K3M2N'

describe('createClient', () => {
  it('knows the route of each operation but those of pages', () => {
    const callable = allOperations.filter(({ page }) => !page)
    expect(routes).toEqual(
      Object.fromEntries(callable.map(({ id, method, path }) => [id, `${method} ${path}`])),
    )
  })

  it('sends parameters, body, ETag and token', async () => {
    const { client, sent } = clientWith(json({ id: referralId }, { headers: { etag: '"4"' } }))
    const { body, etag, status } = await client.call('declineReferral', {
      params: { referralId },
      body: { reason: 'no-capacity' },
      ifMatch: '"3"',
    })
    expect(sent).toMatchObject([
      {
        url: `https://program.example/v1/referrals/${referralId}/decline`,
        method: 'POST',
        body: { reason: 'no-capacity' },
      },
    ])
    expect(sent[0]?.headers.get('if-match')).toBe('"3"')
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer token-1')
    expect({ body, etag, status }).toEqual({ body: { id: referralId }, etag: '"4"', status: 200 })
  })

  it('joins lists in the query with commas, and leaves out empty lists and undefined parameters', async () => {
    const { client, sent } = clientWith(json({ items: [] }))
    const query = { region: 'DE', products: ['erp', 'crm'], services: [], radiusKm: 50, near: undefined }
    await client.call('searchDirectory', { query })
    expect(sent[0]?.url).toBe('https://program.example/v1/directory?region=DE&products=erp%2Ccrm&radiusKm=50')
  })

  it('creates with a new idempotency key in each call, unless one is given', async () => {
    const { client, sent } = clientWith(json({}), json({}), json({}))
    const body = { name: 'Spreewerk Systeme' }
    await client.call('createPartner', { body })
    await client.call('createPartner', { body })
    await client.call('createPartner', { body, idempotencyKey: 'key-1' })
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'))
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(keys[1]).not.toBe(keys[0])
    expect(keys[2]).toBe('key-1')
  })

  it('takes the token of each request from a function', async () => {
    const tokens: string[] = []
    const client = createClient({
      baseUrl: 'https://program.example',
      token: async () => `token-${tokens.length + 1}`,
      fetch: async (_, init) => {
        tokens.push(new Headers(init?.headers).get('authorization') ?? '')
        return json({})
      },
    })
    await client.call('getAlert')
    await client.call('getAlert')
    await client.call('getAlert', { token: 'other' })
    expect(tokens).toEqual(['Bearer token-1', 'Bearer token-2', 'Bearer other'])
  })

  it('throws a ProblemError with the problem document', async () => {
    const problem = { title: 'That cannot be done in the present state', status: 409, code: 'state-conflict' }
    const { client } = clientWith(
      json(problem, { status: 409, headers: { 'content-type': 'application/problem+json' } }),
    )
    const error = await client.call('getReferral', { params: { referralId } }).catch(thrown => thrown)
    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({ operation: 'getReferral', status: 409, code: 'state-conflict', problem })
  })

  it('throws a ProblemError without a document for a response of the gateway', async () => {
    const { client } = clientWith(json({ message: 'Too Many Requests' }, { status: 429 }))
    const error = await client.call('getAlert').catch(thrown => thrown)
    expect(error).toMatchObject({
      status: 429,
      problem: undefined,
      message: 'getAlert: 429 Too Many Requests',
    })
  })

  it('iterates over the pages of a list', async () => {
    const { client, sent } = clientWith(
      json({ items: [{ id: 1 }], nextCursor: 'c2' }),
      json({ items: [], nextCursor: 'c3' }),
      json({ items: [{ id: 2 }], nextCursor: null }),
    )
    const items: unknown[] = []
    for await (const page of client.pages('listReferrals', { query: { stage: 'active' } }))
      items.push(...page.items)
    expect(items).toEqual([{ id: 1 }, { id: 2 }])
    expect(sent.map(({ url }) => new URL(url).search)).toEqual([
      '?stage=active',
      '?stage=active&cursor=c2',
      '?stage=active&cursor=c3',
    ])
  })
})

describe('the types of the client', () => {
  /** Takes code for the compiler to check, and does not run it. */
  const compile = (_: (client: ReturnType<typeof createClient>) => unknown): void => {}

  it('require parameters, body and ETag', () => {
    compile(client => {
      // @ts-expect-error the parameters are missing
      client.call('getReferral')
      // @ts-expect-error the ETag is missing
      client.call('reopenReferral', { params: { referralId } })
      // @ts-expect-error the reason is missing
      client.call('declineReferral', { params: { referralId }, body: {}, ifMatch: '"3"' })
      // @ts-expect-error the region is missing
      client.call('searchDirectory', { query: { near: 'Berlin' } })
    })
  })

  it('refuse unknown operations, pages and lists', () => {
    compile(client => {
      // @ts-expect-error there is no such operation
      client.call('nothing')
      // @ts-expect-error pages are for browsers
      client.call('getMutePage', { query: { token: 't' } })
      // @ts-expect-error the alert has no pages
      client.pages('getAlert')
    })
  })

  it('give the body the type of the response', () => {
    compile(async client => {
      const { body } = await client.call('getReferral', { params: { referralId } })
      const company: string | undefined = body.customer?.company
      // @ts-expect-error there is no field `value`
      return [company, body.value]
    })
  })
})

it('the client is bundled for browsers without schemas and packages', async () => {
  const { metafile } = await build({
    entryPoints: [join(import.meta.dirname, '../../shared/api/client/index.ts')],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    metafile: true,
  })
  const files = Object.keys(metafile.inputs).filter(file => !file.includes('shared/api/client/'))
  expect(files).toEqual([])
})
