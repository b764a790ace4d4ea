/** Parsing of headers, answers to unknown routes, and idempotency keys. */
import { describe, expect, it } from 'vitest'
import { callerOf } from '../../functions/http/caller.ts'
import { contentTag, namesTag, readTags, versionIn, versionTag } from '../../functions/http/etag.ts'
import { isUtf8, readMediaType } from '../../functions/http/media-type.ts'
import { parseBody, requireSizes } from '../../functions/http/parse.ts'
import { readExpectedVersion } from '../../functions/http/preconditions.ts'
import { resourceAt, unknownRoute } from '../../functions/http/unknown-route.ts'
import { handler as openApi } from '../../functions/open-api.ts'
import { allOperations, limits } from '../../shared/api/contract.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { attempt, createOnce, recordKeys } from '../../shared/persistence/idempotency.ts'
import { referralOperations, rfiOperations } from '../../shared/referrals/contract.ts'
import { pageOperations } from '../../shared/site/contract.ts'

describe('readTags', () => {
  const opaquesIn = (header: string) => {
    const tags = readTags(header)
    return Array.isArray(tags) ? tags.map(({ opaque }) => opaque) : tags
  }

  it.each([
    ['*', '*'],
    [' * ', '*'],
    ['"1"', ['1']],
    ['W/"1"', ['1']],
    ['"1", W/"2" ,"3"', ['1', '2', '3']],
    ['"a,b", "c"', ['a,b', 'c']],
    [',"1",,', ['1']],
    ['""', ['']],
    ['"\u00e9"', ['\u00e9']],
  ])('reads %s', (header, tags) => {
    expect(opaquesIn(header)).toEqual(tags)
  })

  it.each([
    '',
    ' ',
    ',',
    '1',
    '"1',
    '1"',
    '"1" "2"',
    '"1";"2"',
    'w/"1"',
    'W/ "1"',
    '*, "1"',
    '"a"b"',
    '"\u0000"',
  ])('refuses the header <%s>', header => {
    expect(readTags(header)).toBeUndefined()
  })

  it('takes time in proportion to the length of the header', () => {
    const start = performance.now()
    for (const part of ['"', ' ', ',', '" ', 'W/', '"a",']) readTags(part.repeat(10_000))
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe('the version in a tag', () => {
  it.each([
    ['3', 3],
    ['3.9f2c4e7a1b0d', 3],
    ['3-gzip', 3],
    ['3--gzip', 3],
    ['3.9f2c4e7a1b0d-br', 3],
    ['999999999999999', 999_999_999_999_999],
  ])('of "%s" is %d', (opaque, version) => {
    expect(versionIn({ opaque })).toBe(version)
  })

  it.each([
    '',
    '0',
    '03',
    '3.',
    '3.9f2c',
    '3-zip',
    '3-gzip-gzip',
    '-3',
    '3.5',
    '9f2c4e7a1b0d',
    '1e3',
    '9999999999999999',
  ])('of "%s" is not known', opaque => {
    expect(versionIn({ opaque })).toBeUndefined()
  })
})

describe('an entity tag', () => {
  it('changes with the version and with the content', () => {
    const tags = [versionTag(1, 'a'), versionTag(2, 'a'), versionTag(1, 'b'), contentTag('a')]
    expect(new Set(tags).size).toBe(4)
    expect(versionTag(1, 'a')).toBe(versionTag(1, 'a'))
  })

  it('does not change with the order of fields, but with the order of a list', () => {
    const tagOf = (body: unknown) => versionTag(1, body)
    expect(tagOf({ id: 'a', labels: { pl: 'x', de: 'y' } })).toBe(
      tagOf({ labels: { de: 'y', pl: 'x' }, id: 'a' }),
    )
    expect(tagOf({ list: ['a', 'b'] })).not.toBe(tagOf({ list: ['b', 'a'] }))
  })

  it.each([
    ['"1.aaaaaaaaaaaa"', true],
    ['W/"1.aaaaaaaaaaaa"', true],
    ['"1.aaaaaaaaaaaa-gzip"', true],
    ['"0", "1.aaaaaaaaaaaa"', true],
    ['*', true],
    ['"1"', false],
    ['"1.bbbbbbbbbbbb"', false],
    ['1.aaaaaaaaaaaa', false],
    ['', false],
  ])('is named by the If-None-Match <%s>: %s', (header, isNamed) => {
    expect(namesTag(header, '"1.aaaaaaaaaaaa"')).toBe(isNamed)
    expect(namesTag(header, 'W/"1.aaaaaaaaaaaa"')).toBe(isNamed)
  })
})

describe('readExpectedVersion', () => {
  const read = (ifMatch: string | undefined, operation: Partial<Operation> = { ifMatch: 'required' }) =>
    readExpectedVersion(operation as Operation, { headers: { 'if-match': ifMatch } } as never)

  it.each([
    ['"7"', 7, [7]],
    ['"8", "7"', 8, [7, 8]],
    ['*', Number.NaN, [1, 7, 8]],
    ['"other"', Number.NaN, []],
    ['"other", "7"', 7, [7]],
  ])('tries a version that %s accepts', (header, version, accepted) => {
    const { value, faults } = read(header)
    expect(faults).toEqual([])
    expect(value?.version).toBe(version)
    expect([1, 7, 8].filter(other => value?.accepts(other))).toEqual(accepted)
  })

  it('finds that a required header is missing or malformed', () => {
    expect(read(undefined).faults).toMatchObject([{ code: 'required' }])
    expect(read('7').faults).toMatchObject([{ code: 'invalid-format' }])
    expect(read(undefined, { ifMatch: 'if-exists' })).toEqual({ value: undefined, faults: [] })
    expect(read('7', {})).toEqual({ value: undefined, faults: [] })
  })
})

describe('readMediaType', () => {
  it.each([
    ['application/json', 'application/json', {}],
    ['Application/JSON', 'application/json', {}],
    ['application/json;charset=utf-8', 'application/json', { charset: 'utf-8' }],
    ['application/json ; Charset="UTF\\-8" ;a=b', 'application/json', { charset: 'UTF-8', a: 'b' }],
    ['application/json;;', 'application/json', {}],
    ['application/json; a="b;c=d"', 'application/json', { a: 'b;c=d' }],
    ['application/json; charset=utf-8; charset=utf-8', 'application/json', { charset: 'utf-8' }],
  ])('reads %s', (header, type, parameters) => {
    const read = readMediaType(header)
    expect(read?.type).toBe(type)
    expect(Object.fromEntries(read?.parameters ?? [])).toEqual(parameters)
  })

  it.each([
    '',
    'json',
    '/json',
    'application/',
    'application /json',
    'application/json charset=utf-8',
    'application/json; charset',
    'application/json; charset=',
    'application/json; charset = utf-8',
    'application/json; charset="utf-8',
    'application/json, application/json',
    'application/json; charset=utf-8; charset=latin1',
  ])('refuses <%s>', header => {
    expect(readMediaType(header)).toBeUndefined()
  })

  it('takes UTF-8 as the charset if none is given', () => {
    const isUtf8In = (header: string) => isUtf8(readMediaType(header) ?? { type: '', parameters: new Map() })
    expect(isUtf8In('application/json')).toBe(true)
    expect(isUtf8In('application/json;charset=UTF8')).toBe(true)
    expect(isUtf8In('application/json;charset=us-ascii')).toBe(false)
  })
})

describe('the size of a request', () => {
  const { createRfi, getRfi } = rfiOperations
  const sizesOf = (operation: Operation, event: object) => () =>
    requireSizes(operation, { headers: {}, rawQueryString: '', ...event } as never)

  it('is that of the decoded body', () => {
    const encoded = (bytes: number) => ({
      body: Buffer.alloc(bytes).toString('base64'),
      isBase64Encoded: true,
    })
    expect(sizesOf(createRfi, encoded(limits.bodyBytes))).not.toThrow()
    expect(sizesOf(createRfi, encoded(limits.bodyBytes + 1))).toThrow('Too many bytes in the body: 262145')
    expect(sizesOf(createRfi, { body: 'é'.repeat(limits.bodyBytes / 2) })).not.toThrow()
    expect(sizesOf(createRfi, { body: 'é'.repeat(limits.bodyBytes / 2 + 1) })).toThrow('262146')
  })

  it('does not count the body of a read, which is not parsed', () => {
    const event = { headers: {}, body: 'x'.repeat(10 * limits.bodyBytes) }
    expect(sizesOf(getRfi, event)).not.toThrow()
    expect(parseBody(getRfi, event as never).faults).toMatchObject([{ code: 'unexpected-body' }])
  })

  it('of a form is limited by its fields before they are parsed', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const parse = (fields: number) => () =>
      parseBody(pageOperations.postRequest, { headers, body: 'a=1&'.repeat(fields - 1) } as never)
    expect(parse(limits.formFields)).not.toThrow()
    expect(parse(limits.formFields + 1)).toThrow('Too many fields in the form')
  })

  it('of all faults that are described is limited', () => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({
      recipients: Array.from({ length: 20 }, () => ({})),
      ...Object.fromEntries(Array.from({ length: 9000 }, (_, index) => [`k${index}`, 0])),
    })
    const { faults, omitted } = parseBody(createRfi, { headers, body } as never)
    expect(faults.length).toBeLessThanOrEqual(2 * limits.listedFaults + limits.listedFields)
    expect(omitted).toBe(0)
    expect(faults.find(({ code }) => code === 'more-unknown-fields')?.params).toEqual({ count: 8980 })
  })
})

describe('an unknown route', () => {
  const request = async (method: string, rawPath: string) => {
    const event = {
      routeKey: '$default',
      rawPath,
      headers: {},
      requestContext: { requestId: 'r1', http: { method } },
    }
    return openApi(event as never, {} as never)
  }
  const pathOf = ({ path }: Operation) => path.replace(/\{\w+\}/g, 'x')

  it.each(allOperations.map(operation => [operation.path, operation] as const))(
    'at %s gets 405 with the methods of all operations there',
    async (path, operation) => {
      const methods = allOperations.filter(other => other.path === path).map(({ method }) => method)
      const { statusCode, headers } = await request('TRACE', pathOf(operation))
      const allowed = String(headers?.allow).split(', ')
      expect(statusCode).toBe(405)
      const head = methods.includes('GET') ? ['HEAD'] : []
      expect(allowed.toSorted()).toEqual([...methods, ...head, 'OPTIONS'].toSorted())
    },
  )

  it('matches the whole path, and a parameter as one segment', () => {
    const answer = unknownRoute([resourceAt('/v1/a.json', ['GET']), resourceAt('/v1/b/{id}', ['PUT'])])
    const statusAt = (rawPath: string) =>
      answer({ rawPath, headers: {}, requestContext: { requestId: 'r', http: { method: 'PATCH' } } } as never)
        .statusCode
    expect(['/v1/a.json', '/v1/b/1', '/v1/b/%2F'].map(statusAt)).toEqual([405, 405, 405])
    expect(['/v1/aXjson', '/v1/b/', '/v1/b/1/2', '/x/v1/b/1', ''].map(statusAt)).toEqual([
      404, 404, 404, 404, 404,
    ])
  })
})

describe('an attempt with a scope', () => {
  const now = new Date('2026-03-02T09:00:00Z')
  const record = (fingerprint: string, pk: string) => ({
    pk,
    sk: 'IDEMPOTENCY',
    entity: 'idempotency',
    fingerprint,
    answer: 'first',
    ttl: now.getTime() / 1000 + 60,
  })
  const scoped = attempt('customer', 'key', 'createRfi', { a: 1 }, 'a@customer.example')

  it('has a key of its own', () => {
    const other = attempt('customer', 'key', 'createRfi', { a: 1 }, 'b@customer.example')
    const unscoped = attempt('customer', 'key', 'createRfi', { a: 1 })
    expect(new Set([scoped, other, unscoped].map(({ key }) => key.pk)).size).toBe(3)
    expect(recordKeys(scoped)).toEqual([scoped.key, unscoped.key])
    expect(recordKeys(unscoped)).toEqual([unscoped.key])
  })

  it('gets the answer that an earlier version of the program stored without the scope', async () => {
    const items = [undefined, record(scoped.fingerprint, String(scoped.earlierKey?.pk))]
    const answer = await createOnce(scoped, items, now, () => {
      throw new Error('must not create')
    })
    expect(answer).toBe('first')
  })

  it('is not disturbed by the record of another caller under the earlier key', async () => {
    const items = [undefined, record('of another request', String(scoped.earlierKey?.pk))]
    const creation = createOnce(scoped, items, now, () => {
      throw new Error('creates')
    })
    await expect(creation).rejects.toThrow('creates')
  })

  it('is refused for another request under its own key', async () => {
    const items = [record('of another request', scoped.key.pk)]
    await expect(createOnce(scoped, items, now, () => ({ answer: '', writes: [] }))).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    })
  })
})

/** API Gateway passes claims on as text: a list as `[a b]`, and other values as they are written in JSON. */
describe('the claim of the partner', () => {
  const partnerId = 'ptr_01HZX3V8N4Q5R6S7T8V9W0X1Y2'
  const callerWith = (claim: unknown) => () => {
    const claims = { sub: 's', 'cognito:groups': '[partner-admin]', 'custom:partnerId': claim }
    const event = { headers: {}, requestContext: { authorizer: { jwt: { claims } } } }
    return callerOf(referralOperations.listReferrals, event as never, new Date())
  }

  it('is the id of a partner', () => {
    expect(callerWith(partnerId)()).toMatchObject({ kind: 'partner', partnerId })
  })

  it.each([
    ['a list', `[${partnerId} ${partnerId}]`],
    ['a list of one', `[${partnerId}]`],
    ['a number', '0'],
    ['null', 'null'],
    ['nothing', undefined],
    ['a key of the table', `${partnerId}#STAGE#inbox`],
    ['a space before the id', ` ${partnerId}`],
    ['a line break after the id', `${partnerId}\n`],
    ['small letters', partnerId.toLowerCase()],
    ['3,000 characters', `ptr_${'A'.repeat(3000)}`],
  ])('with %s gets 403', (_, claim) => {
    expect(callerWith(claim)).toThrow(expect.objectContaining({ code: 'forbidden' }))
  })
})
