/** Methods, headers, media types and sizes of requests over HTTP. Each row names the source of the right response. */
import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import {
  allMailsTo,
  enroll,
  type Partner,
  referralOf,
  rfiBody,
  sendRfi,
  signedIn,
  tokenOf,
  unique,
} from './program.ts'

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Sends a request as it is: `fetch` refuses a body of GET and sets headers of its own. */
const send = ({ method, path, headers = {}, body }: Sent): Promise<Received> =>
  new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sending = request(
      inject('url') + path,
      { method, headers: { ...headers, ...length } },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        )
        response.on('error', reject)
      },
    )
    sending.on('error', reject)
    sending.end(body)
  })

type Caller = 'customer' | 'partner' | 'operator'

/** A request without the parts that are known at run time: `{name}` in a path or header is replaced by its value. */
interface Asked extends Sent {
  readonly as?: Caller
}

interface Expected {
  readonly status: number
  readonly code?: string
  readonly reason?: string
  /** Code of a fault in `errors`. */
  readonly fault?: string
  readonly headers?: Readonly<Record<string, string | RegExp | undefined>>
  /** True if the response must not have a body. */
  readonly isEmpty?: true
}

type Row = readonly [title: string, asked: Asked, expected: Expected, source: string]

let partner: Partner
const values: Record<string, string> = {}
const tokens: Record<Caller, string> = { customer: '', partner: '', operator: '' }

beforeAll(async () => {
  partner = await signedIn(await enroll())
  const email = `buyer-${unique()}@customer.example`
  const rfi = await sendRfi([partner], { email })
  const [receipt] = await allMailsTo(email)
  const link = /\/v1\/pages\/request\?token=[^"&\s]+/.exec(receipt?.html ?? '')?.[0] ?? ''
  Object.assign(tokens, {
    customer: rfi.trackingToken,
    partner: partner.admin,
    operator: await tokenOf('operator'),
  })
  Object.assign(values, { rfi: rfi.id, referral: referralOf(rfi, partner), page: link, partner: partner.id })
})

const filledIn = (text: string): string =>
  text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? `{${name}}`)

/** Reads the ETag of the partner's company, and its version: writes of other rows change both. */
const readTags = async (): Promise<void> => {
  const headers = { authorization: `Bearer ${tokens.partner}` }
  const { headers: found } = await send({ method: 'GET', path: '/v1/partner', headers })
  const etag = String(found.etag)
  values.etag = etag
  values.version = /\d+/.exec(etag)?.[0] ?? ''
}

const check = (rows: readonly Row[]) => {
  it.each(rows)('%s', async (_, { as, method, path, headers = {}, body }, expected, source) => {
    await readTags()
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filledIn(value)]))
    const response = await send({
      method,
      path: filledIn(path),
      headers: { ...(as && { authorization: `Bearer ${tokens[as]}` }), ...sent },
      ...(body !== undefined && { body }),
    })
    expect(response.status, `${source}: ${response.body.slice(0, 500)}`).toBe(expected.status)
    for (const [name, value] of Object.entries(expected.headers ?? {})) {
      const found = response.headers[name]
      if (value instanceof RegExp) expect(found, name).toMatch(value)
      else expect(found, name).toBe(value && filledIn(value))
    }
    if (expected.isEmpty) expect(response.body).toBe('')
    const { code, reason, fault } = expected
    if (!code) return
    expect(response.headers['content-type']).toBe('application/problem+json')
    const problem = JSON.parse(response.body)
    expect(problem).toMatchObject({ status: expected.status, code, ...(reason && { reason }) })
    if (fault) expect(problem.errors.map((one: { code: string }) => one.code)).toContain(fault)
  })
}

const json = { 'content-type': 'application/json' }
const get = (path: string, more: Partial<Asked> = {}): Asked => ({ method: 'GET', path, ...more })
const head = (path: string, more: Partial<Asked> = {}): Asked => ({ method: 'HEAD', path, ...more })

describe('a method', () => {
  const rfc = (section: string) => `RFC 9110, section ${section}`
  check([
    [
      'HEAD of a list',
      head('/v1/directory?region=DE'),
      {
        status: 200,
        isEmpty: true,
        headers: { 'content-type': 'application/json', etag: /^W\/"/, 'content-length': undefined },
      },
      rfc('9.3.2'),
    ],
    ['HEAD of the taxonomy', head('/v1/taxonomy'), { status: 200, isEmpty: true }, rfc('9.1')],
    ['HEAD of the OpenAPI document', head('/v1/openapi.json'), { status: 200, isEmpty: true }, rfc('9.1')],
    [
      'HEAD of a representation for members',
      head('/v1/partner', { as: 'partner' }),
      { status: 200, isEmpty: true, headers: { etag: '{etag}' } },
      rfc('9.3.2'),
    ],
    [
      'HEAD of a representation for the holder of a token',
      head('/v1/rfis/{rfi}', { as: 'customer' }),
      { status: 200, isEmpty: true },
      rfc('9.1'),
    ],
    ['HEAD for members without a token', head('/v1/partner'), { status: 401, isEmpty: true }, rfc('9.3.2')],
    [
      'HEAD of an unknown id',
      head('/v1/referrals/ref_unknown', { as: 'partner' }),
      { status: 404, isEmpty: true, headers: { 'content-type': 'application/problem+json' } },
      rfc('9.3.2'),
    ],
    [
      'HEAD with an invalid query',
      head('/v1/directory?region=XX'),
      { status: 400, isEmpty: true },
      rfc('9.3.2'),
    ],
    [
      'HEAD of a page',
      head('{page}'),
      { status: 200, isEmpty: true, headers: { 'content-type': 'text/html; charset=utf-8' } },
      'dart-lang/pub-dev#1246: link checkers probe with HEAD',
    ],
    [
      'HEAD of a page with a dead link',
      head('/v1/pages/answer?token=x'),
      { status: 404, isEmpty: true },
      rfc('9.3.2'),
    ],
    [
      'HEAD of a path with POST only',
      head('/v1/rfis'),
      { status: 405, isEmpty: true, headers: { allow: 'POST, OPTIONS' } },
      rfc('15.5.6'),
    ],
    [
      'DELETE of a list',
      { method: 'DELETE', path: '/v1/directory' },
      {
        status: 405,
        code: 'method-not-allowed',
        reason: 'unknown-method',
        headers: { allow: 'GET, HEAD, OPTIONS' },
      },
      rfc('15.5.6'),
    ],
    [
      'DELETE of an RFI',
      { method: 'DELETE', path: '/v1/rfis/{rfi}' },
      { status: 405, code: 'method-not-allowed', headers: { allow: 'GET, HEAD, OPTIONS' } },
      rfc('15.5.6'),
    ],
    [
      'GET of a path with POST only',
      get('/v1/rfis'),
      { status: 405, code: 'method-not-allowed', headers: { allow: 'POST, OPTIONS' } },
      rfc('15.5.6'),
    ],
    [
      'PUT of a resource that is changed by PATCH',
      { method: 'PUT', path: '/v1/partner' },
      { status: 405, code: 'method-not-allowed', headers: { allow: 'GET, PATCH, HEAD, OPTIONS' } },
      rfc('15.5.6'),
    ],
    [
      'PATCH of a profile',
      { method: 'PATCH', path: '/v1/profiles/DE' },
      { status: 405, code: 'method-not-allowed', headers: { allow: 'GET, PUT, HEAD, OPTIONS' } },
      rfc('15.5.6'),
    ],
    [
      'a method of another protocol',
      { method: 'PROPFIND', path: '/v1/taxonomy' },
      { status: 405, code: 'method-not-allowed' },
      rfc('9.1'),
    ],
    [
      'DELETE of a page',
      { method: 'DELETE', path: '/v1/pages/answer?token=x' },
      { status: 405, code: 'method-not-allowed', headers: { allow: 'GET, POST, HEAD, OPTIONS' } },
      rfc('15.5.6'),
    ],
    [
      'OPTIONS of a known path',
      { method: 'OPTIONS', path: '/v1/rfis' },
      { status: 204, isEmpty: true, headers: { allow: 'POST, OPTIONS' } },
      rfc('9.3.7'),
    ],
    [
      'OPTIONS of a path for members, without a token',
      { method: 'OPTIONS', path: '/v1/partner' },
      { status: 204, isEmpty: true, headers: { allow: 'GET, PATCH, HEAD, OPTIONS' } },
      rfc('9.3.7'),
    ],
    [
      'OPTIONS of an unknown path',
      { method: 'OPTIONS', path: '/v1/nothing' },
      { status: 404, code: 'not-found', reason: 'unknown-path' },
      rfc('15.5.5'),
    ],
  ])
})

describe('a path', () => {
  const source = 'RFC 9110, section 15.5.5; RFC 9457'
  check([
    [
      'that is unknown',
      get('/v1/nothing'),
      { status: 404, code: 'not-found', reason: 'unknown-path' },
      source,
    ],
    ['that is the root', get('/'), { status: 404, code: 'not-found', reason: 'unknown-path' }, source],
    [
      'of another version of the API',
      get('/v2/directory?region=DE'),
      { status: 404, code: 'not-found' },
      source,
    ],
    [
      'with a slash at the end',
      get('/v1/taxonomy/'),
      { status: 404, code: 'not-found', reason: 'unknown-path' },
      'RFC 3986, section 6.2.4: another path',
    ],
    [
      'with a slash at the end, for members',
      get('/v1/referrals/', { as: 'partner' }),
      { status: 404, code: 'not-found', reason: 'unknown-path' },
      'RFC 3986, section 6.2.4',
    ],
    ['with two slashes', get('//v1/taxonomy'), { status: 404, code: 'not-found' }, 'RFC 3986, section 3.3'],
    [
      'in capitals',
      get('/V1/TAXONOMY'),
      { status: 404, code: 'not-found' },
      'RFC 3986, section 6.2.2.1: paths are case-sensitive',
    ],
    [
      'with an unknown id',
      get('/v1/rfis/rfi_unknown', { as: 'customer' }),
      { status: 404, code: 'not-found' },
      source,
    ],
    [
      'with one segment too many',
      get('/v1/rfis/{rfi}/more/still', { as: 'customer' }),
      { status: 404, code: 'not-found', reason: 'unknown-path' },
      source,
    ],
    ['with a name of JavaScript', get('/v1/__proto__'), { status: 404, code: 'not-found' }, source],
  ])

  it('that is nearly known is answered with the known one', async () => {
    const suggestionAt = async (path: string) =>
      JSON.parse((await send({ method: 'GET', path })).body).params.suggestion
    expect(
      await Promise.all(['/v1/taxonomy/', '//v1/taxonomy', '/V1/Taxonomy', '/v1/nothing/'].map(suggestionAt)),
    ).toEqual(['/v1/taxonomy', '/v1/taxonomy', '/v1/taxonomy', undefined])
  })
})

describe('If-Match', () => {
  const patch = (ifMatch?: string, path = '/v1/partner'): Asked => ({
    method: 'PATCH',
    path,
    as: 'partner',
    headers: { ...json, ...(ifMatch !== undefined && { 'if-match': ifMatch }) },
    body: JSON.stringify({ website: `https://${unique()}.example` }),
  })
  const changed = { status: 200, headers: { etag: /^"\d+\.[0-9a-f]{12}"$/ } }
  const stale = { status: 412, code: 'stale-version', headers: { etag: '{etag}' } }
  const malformed = { status: 400, code: 'invalid-request', fault: 'invalid-format' }
  const strong = 'RFC 9110, section 13.1.1'
  const syntax = 'RFC 9110, section 8.8.3'
  check([
    ['with the ETag of the response', patch('{etag}'), changed, strong],
    ['with the version alone', patch('"{version}"'), changed, 'the ETag of earlier versions of the program'],
    ['with *', patch('*'), changed, strong],
    ['with * and spaces', patch(' * '), changed, strong],
    ['with a list that has the ETag', patch('"999", {etag}'), changed, strong],
    ['with a list that has the ETag first', patch('{etag}, "999"'), changed, strong],
    ['with a list with empty elements', patch(', "999",, {etag} ,'), changed, 'RFC 9110, section 5.6.1.2'],
    [
      'with a weak tag of the version',
      patch('W/"{version}"'),
      changed,
      'koreader/koreader#15707: a proxy weakens every tag',
    ],
    ['with the weakened ETag', patch('W/{etag}'), changed, 'koreader/koreader#15707'],
    [
      'with the tag of a compressed response',
      patch('"{version}-gzip"'),
      changed,
      'Apache HTTP Server, mod_deflate: DeflateAlterETag',
    ],
    [
      'with the tag of a compressed response of another proxy',
      patch('W/"{version}--br"'),
      changed,
      'Jetty GzipHandler',
    ],
    ['with another version', patch('"999"'), stale, strong],
    ['with a list of other versions', patch('"998", "999"'), stale, strong],
    ['with a tag that is no version', patch('"abc"'), stale, `${strong}: a valid tag that matches nothing`],
    ['with a padded version', patch('"0{version}"'), stale, strong],
    ['with an empty tag', patch('""'), stale, syntax],
    ['with a tag that has a comma', patch('"1,2"'), stale, syntax],
    ['without quotes', patch('{version}'), malformed, syntax],
    ['with single quotes', patch("'{version}'"), malformed, syntax],
    ['with one quote', patch('"{version}'), malformed, syntax],
    ['with two tags without a comma', patch('"1" "2"'), malformed, syntax],
    ['with * in a list', patch('*, "1"'), malformed, strong],
    ['with a small w', patch('w/"{version}"'), malformed, `${syntax}: case-sensitive`],
    ['that is empty', patch(''), malformed, syntax],
    [
      'that is missing',
      patch(),
      { status: 428, code: 'precondition-required', reason: 'if-match-missing' },
      'RFC 6585, section 3',
    ],
    [
      'of a GET is ignored',
      get('/v1/taxonomy', { headers: { 'if-match': '"1"' } }),
      { status: 200 },
      'documented in the OpenAPI document',
    ],
  ])

  it('with * on an archived referral gets the conflict of its status', async () => {
    const rfi = await sendRfi([partner])
    const path = `/v1/referrals/${referralOf(rfi, partner)}`
    const headers = { ...json, authorization: `Bearer ${tokens.partner}`, 'if-match': '*' }
    const decline = { method: 'POST', path: `${path}/decline`, headers, body: '{"reason":"budget"}' }
    expect((await send(decline)).status).toBe(200)
    const again = await send({ ...decline, body: '{"reason":"no-capacity"}' })
    expect([again.status, JSON.parse(again.body).code]).toEqual([409, 'state-conflict'])
  })
})

describe('If-None-Match', () => {
  const source = 'RFC 9110, section 13.1.2'
  const read = (ifNoneMatch: string, method = 'GET'): Asked => ({
    method,
    path: '/v1/partner',
    as: 'partner',
    headers: { 'if-none-match': ifNoneMatch },
  })
  const same = {
    status: 304,
    isEmpty: true,
    headers: { etag: '{etag}', 'content-type': 'application/json' },
  } as const
  check([
    ['with the present ETag', read('{etag}'), same, source],
    ['with the present ETag, of HEAD', read('{etag}', 'HEAD'), same, source],
    ['with the weakened ETag', read('W/{etag}'), same, 'RFC 9110, section 8.8.3.2: weak comparison'],
    ['with a list that has the ETag', read('"1.000000000000", {etag}'), same, source],
    ['with *', read('*'), same, source],
    ['with another ETag', read('"1.000000000000"'), { status: 200, headers: { etag: '{etag}' } }, source],
    [
      'with the version alone, because the content can change with time',
      read('"{version}"'),
      { status: 200 },
      'RFC 9110, section 8.8.1',
    ],
    ['that is malformed', read('1'), { status: 200 }, 'RFC 9110, section 13.1.2: only a valid tag can match'],
    [
      'without a token',
      { method: 'GET', path: '/v1/partner', headers: { 'if-none-match': '*' } },
      { status: 401 },
      'RFC 9110, section 13.2.1',
    ],
    [
      'of an unknown id',
      { ...read('*'), path: '/v1/referrals/ref_unknown' },
      { status: 404, code: 'not-found' },
      'RFC 9110, section 13.2.1',
    ],
  ])

  it('gets 304 for a list until it changes', async () => {
    const headers = { authorization: `Bearer ${tokens.partner}` }
    const list = { method: 'GET', path: '/v1/referrals?stage=inbox&limit=100', headers }
    const first = await send(list)
    const repeated = { ...list, headers: { ...headers, 'if-none-match': String(first.headers.etag) } }
    expect([first.status, (await send(repeated)).status]).toEqual([200, 304])
    await sendRfi([partner])
    expect((await send(repeated)).status).toBe(200)
  })
})

describe('a body', () => {
  const rfi = (headers: Record<string, string>, body?: string | Buffer): Asked => ({
    method: 'POST',
    path: '/v1/rfis',
    headers: { 'idempotency-key': randomUUID(), ...headers },
    body: body ?? JSON.stringify({}),
  })
  const edit = (type: string): Asked => ({
    method: 'PATCH',
    path: '/v1/partner',
    as: 'partner',
    headers: { 'content-type': type, 'if-match': '*' },
    body: '{"website":"https://partner.example"}',
  })
  /** The body was read as JSON, and has the faults of an empty object. */
  const read = { status: 400, code: 'invalid-request', fault: 'required' }
  const refused = (reason: string, accept: string | undefined = 'application/json') => ({
    status: 415,
    code: 'unsupported-media-type',
    reason,
    headers: { accept },
  })
  const type = (value: string) => ({ 'content-type': value })
  const mediaTypes = 'RFC 9110, section 8.3.1'
  const utf8 = 'RFC 8259, section 8.1'
  check([
    ['of JSON', rfi(json), read, 'RFC 8259'],
    ['of JSON in UTF-8', rfi(type('application/json; charset=utf-8')), read, utf8],
    [
      'with a charset in capitals',
      rfi(type('Application/JSON;Charset=UTF-8')),
      read,
      `${mediaTypes}: case-insensitive`,
    ],
    ['with a quoted charset', rfi(type('application/json; charset="utf-8"')), read, mediaTypes],
    [
      'with the common name of the charset',
      rfi(type('application/json; charset=utf8')),
      read,
      'many clients send it',
    ],
    [
      'with another parameter',
      rfi(type('application/json; profile="a;b"')),
      read,
      'RFC 8259, section 11: no parameters are defined',
    ],
    ['with an empty parameter', rfi(type('application/json;')), read, 'RFC 9110, section 5.6.6'],
    [
      'with spaces before the parameter',
      rfi(type('application/json  ;  charset=utf-8')),
      read,
      'RFC 9110, section 5.6.6',
    ],
    [
      'in Latin-1',
      rfi(type('application/json; charset=iso-8859-1')),
      refused('charset'),
      'coreruleset/coreruleset#3527',
    ],
    ['in UTF-16', rfi(type('application/json; charset=utf-16')), refused('charset'), utf8],
    [
      'with two charsets',
      rfi(type('application/json; charset=utf-8; charset=latin1')),
      refused('content-type'),
      'RFC 9110, section 5.6.6',
    ],
    ['with two types', rfi(type('application/json, text/plain')), refused('content-type'), mediaTypes],
    [
      'with spaces around the equals sign',
      rfi(type('application/json; charset = utf-8')),
      refused('content-type'),
      'RFC 9110, section 5.6.6',
    ],
    ['without a type', rfi({}), refused('content-type'), 'RFC 9110, section 8.3: the type is not guessed'],
    ['with a malformed type', rfi(type('json')), refused('content-type'), mediaTypes],
    ['of text', rfi(type('text/plain')), refused('content-type'), 'RFC 9110, section 15.5.16'],
    [
      'of a form',
      rfi(type('application/x-www-form-urlencoded'), 'a=1'),
      refused('content-type'),
      'RFC 9110, section 15.5.16',
    ],
    ['of a JSON patch', rfi(type('application/json-patch+json')), refused('content-type'), 'RFC 6902'],
    ['of JSON sequences', rfi(type('application/json-seq')), refused('content-type'), 'RFC 7464'],
    [
      'of another format that is based on JSON',
      rfi(type('application/problem+json')),
      refused('content-type'),
      'RFC 6838, section 4.2.8',
    ],
    [
      'of a merge patch for a POST',
      rfi(type('application/merge-patch+json')),
      refused('content-type'),
      'RFC 7396: for PATCH',
    ],
    ['of a merge patch for a PATCH', edit('application/merge-patch+json'), { status: 200 }, 'RFC 7396'],
    [
      'of a merge patch in UTF-8',
      edit('application/merge-patch+json;charset=UTF-8'),
      { status: 200 },
      'RFC 7396',
    ],
    ['of JSON for a PATCH', edit('application/json'), { status: 200 }, 'documented in the OpenAPI document'],
    [
      'of a JSON patch for a PATCH',
      edit('application/json-patch+json'),
      refused('content-type', 'application/json, application/merge-patch+json'),
      'RFC 5789, section 2.2',
    ],
    [
      'that is compressed',
      rfi({ ...json, 'content-encoding': 'gzip' }),
      { ...refused('content-encoding', undefined), headers: { 'accept-encoding': 'identity' } },
      'RFC 9110, section 15.5.16',
    ],
    [
      'with the encoding identity',
      rfi({ ...json, 'content-encoding': 'identity' }),
      read,
      'RFC 9110, section 8.4.1',
    ],
    ['with a byte order mark', rfi(json, '\ufeff{}'), read, `${utf8}: a parser may ignore it`],
    [
      'that is not UTF-8, of a merge patch',
      { ...edit('application/merge-patch+json'), body: Buffer.from('{"name":"M\xfcller"}', 'latin1') },
      { status: 400, code: 'malformed-json', reason: 'body-not-utf-8' },
      utf8,
    ],
    ['that is empty', rfi(json, ''), { status: 400, code: 'malformed-json' }, 'RFC 8259'],
    [
      'with a comma too many',
      rfi(json, '{"a":1,}'),
      { status: 400, code: 'malformed-json', reason: 'json-syntax' },
      'RFC 8259',
    ],
    ['with NaN', rfi(json, '{"a":NaN}'), { status: 400, code: 'malformed-json' }, 'RFC 8259, section 6'],
    [
      'of null',
      rfi(json, 'null'),
      { status: 400, code: 'invalid-request', fault: 'wrong-type' },
      'RFC 8259, section 3',
    ],
    [
      'with a key of JavaScript',
      rfi(json, '{"__proto__":{"a":1}}'),
      { status: 400, code: 'invalid-request', fault: 'unknown-field' },
      'OWASP: prototype pollution',
    ],
    [
      'of a GET',
      get('/v1/taxonomy', { headers: json, body: '{"locale":"de"}' }),
      { status: 400, code: 'invalid-request', fault: 'unexpected-body' },
      'RFC 9110, section 9.3.1: no defined meaning',
    ],
    [
      'of a GET that is an empty object',
      get('/v1/taxonomy', { headers: json, body: '{}' }),
      { status: 200 },
      'clients send it with each request',
    ],
    [
      'of a GET that is huge',
      get('/v1/taxonomy', { headers: json, body: `[${'1,'.repeat(500_000)}1]` }),
      { status: 400, code: 'invalid-request', fault: 'unexpected-body' },
      'OWASP API4:2023',
    ],
    [
      'of an operation without one',
      {
        method: 'POST',
        path: '/v1/referrals/{referral}/show-contact',
        as: 'partner',
        headers: { ...json, 'if-match': '"999"' },
        body: '{"why":"now"}',
      },
      { status: 400, code: 'invalid-request', fault: 'unexpected-body' },
      'a field without an effect',
    ],
    [
      'of an operation without one that is an empty object',
      {
        method: 'POST',
        path: '/v1/referrals/{referral}/show-contact',
        as: 'partner',
        headers: { ...json, 'if-match': '"999"' },
        body: ' {} ',
      },
      { status: 412, code: 'stale-version' },
      'clients send it with each POST',
    ],
  ])
})

describe('Accept', () => {
  const source = 'RFC 9110, section 12.4.1: a response may disregard the preference'
  check([
    [
      'of HTML gets JSON',
      get('/v1/taxonomy', { headers: { accept: 'text/html' } }),
      { status: 200, headers: { 'content-type': 'application/json' } },
      source,
    ],
    [
      'that excludes JSON gets JSON',
      get('/v1/taxonomy', { headers: { accept: 'application/json;q=0' } }),
      { status: 200, headers: { 'content-type': 'application/json' } },
      source,
    ],
    [
      'that is malformed gets JSON',
      get('/v1/taxonomy', { headers: { accept: ';;' } }),
      { status: 200 },
      source,
    ],
  ])
})

describe('a size', () => {
  const post = (body: string): Asked => ({
    method: 'POST',
    path: '/v1/rfis',
    headers: { ...json, 'idempotency-key': randomUUID() },
    body,
  })
  const tooLarge = (reason: string) => ({ status: 413, code: 'body-too-large', reason })
  const source = 'RFC 9110, section 15.5.14; OWASP API4:2023'
  const padded = (length: number) => `{${' '.repeat(length - 2)}}`
  const form = (body: string, headers = {}): Asked => ({
    method: 'POST',
    path: '{page}',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  })
  check([
    ['of 256 KB of a body is read', post(padded(262_144)), { status: 400, code: 'invalid-request' }, source],
    ['of one byte more is refused', post(padded(262_145)), tooLarge('body-bytes'), source],
    [
      'of a body counts bytes, not characters',
      post(`{"a":"${'é'.repeat(131_072)}"}`),
      tooLarge('body-bytes'),
      source,
    ],
    [
      'of 4 MB is refused before it is parsed',
      post(`{"recipients":[${'1,'.repeat(2_000_000)}1]}`),
      tooLarge('body-bytes'),
      source,
    ],
    ['of 100,000 values is refused', post(`[${'1,'.repeat(100_000)}1]`), tooLarge('body-values'), source],
    [
      'of a body is checked before the token',
      { ...post(padded(262_145)), path: '/v1/operator/rfis', as: 'partner' },
      tooLarge('body-bytes'),
      source,
    ],
    [
      'of a body for PATCH is checked as bytes',
      {
        method: 'PATCH',
        path: '/v1/partner',
        as: 'partner',
        headers: { 'content-type': 'application/merge-patch+json', 'if-match': '*' },
        body: padded(262_145),
      },
      tooLarge('body-bytes'),
      source,
    ],
    [
      'of 101 levels is refused',
      post(`${'['.repeat(101)}${']'.repeat(101)}`),
      { status: 400, code: 'malformed-json', reason: 'json-depth' },
      source,
    ],
    [
      'of a query above 8 KB is refused',
      get(`/v1/taxonomy?q=${'x'.repeat(8200)}`),
      { status: 414, code: 'query-too-long', reason: 'query-bytes' },
      'RFC 9110, section 15.5.15',
    ],
    [
      'of a request line above 10 KB is refused by the gateway',
      get(`/v1/taxonomy?q=${'x'.repeat(10_300)}`),
      { status: 431 },
      'API Gateway quotas: request line and headers',
    ],
    [
      'of a form above 50 fields is refused',
      form(Array.from({ length: 51 }, (_, index) => `f${index}=1`).join('&')),
      { status: 413, headers: { 'content-type': 'text/html; charset=utf-8' } },
      source,
    ],
    ['of a form of 400,000 fields is refused', form('a=1&'.repeat(400_000)), { status: 413 }, source],
    [
      'of a form of 50 fields is read',
      form(Array.from({ length: 50 }, (_, index) => `f${index}=1`).join('&')),
      { status: 303 },
      source,
    ],
  ])

  it('of a response to 1,000 unknown parameters is small', async () => {
    const query = Array.from({ length: 1000 }, (_, index) => `k${index}=v`).join('&')
    const { status, body } = await send({ method: 'GET', path: `/v1/taxonomy?${query}` })
    const { errors } = JSON.parse(body)
    expect([status, errors.length, errors.at(-1).code]).toEqual([400, 21, 'more-unknown-fields'])
    expect(body.length).toBeLessThan(8000)
  })

  it('of a response to long unknown fields is small', async () => {
    const fields = Array.from({ length: 20 }, (_, index) => `"${index}${'k'.repeat(12_000)}":1`)
    const { status, body } = await send(post(`{${fields.join(',')}}`))
    expect([status, body.length < 30_000]).toEqual([400, true])
  })
})

describe('a query', () => {
  const source =
    'API Gateway Developer Guide, payload format 2.0: values of a repeated parameter are joined with commas'
  check([
    [
      'with a repeated list',
      get('/v1/directory?region=DE&products=erp&products=crm'),
      { status: 200 },
      source,
    ],
    [
      'with a repeated single value',
      get('/v1/directory?region=DE&region=AT'),
      { status: 400, code: 'invalid-request' },
      source,
    ],
    [
      'with the singular of a name',
      get('/v1/directory?region=DE&product=erp'),
      { status: 400, code: 'invalid-request', fault: 'unknown-field' },
      'names of lists are plural, as in bodies',
    ],
    [
      'with an invalid escape',
      get('/v1/directory?region=%ZZ'),
      { status: 400, code: 'invalid-request' },
      'RFC 3986, section 2.1',
    ],
  ])

  it('with the singular of a name is answered with the plural', async () => {
    const singulars = ['product', 'industry', 'language', 'customerSize', 'service', 'solution']
    const answers = await Promise.all(
      singulars.map(name => send({ method: 'GET', path: `/v1/directory?region=DE&${name}=x` })),
    )
    expect(answers.map(({ body }) => JSON.parse(body).errors[0].params.suggestions[0])).toEqual([
      'products',
      'industries',
      'languages',
      'customerSizes',
      'services',
      'solutions',
    ])
  })
})

describe('a form of a page', () => {
  const form = (body: string, type = 'application/x-www-form-urlencoded'): Asked => ({
    method: 'POST',
    path: '{page}',
    headers: { 'content-type': type },
    body,
  })
  const shown = { status: 303 }
  const whatwg = 'WHATWG URL, section 5: forms are UTF-8'
  const stored = 'DynamoDB: a sort key has at most 1,024 bytes'
  check([
    ['in UTF-8', form('do=withdraw&version=1'), shown, whatwg],
    [
      'with a charset',
      form('do=withdraw&version=1', 'application/x-www-form-urlencoded; charset=UTF-8'),
      shown,
      whatwg,
    ],
    [
      'in ASCII with another charset',
      form('do=withdraw&version=1', 'application/x-www-form-urlencoded; charset=iso-8859-1'),
      shown,
      'ASCII is the same in both charsets',
    ],
    [
      'in Latin-1',
      form('do=withdraw&version=1&note=M%FCller', 'application/x-www-form-urlencoded; charset=iso-8859-1'),
      { status: 415 },
      whatwg,
    ],
    ['of another type counts as empty', form('anything', 'text/plain'), shown, 'RFC 8058'],
    [
      'with a profile id of 3,000 characters',
      form(`do=ask&version=1&profileId=${'x'.repeat(3000)}&locationId=main`),
      shown,
      stored,
    ],
    [
      'with a location id of 3,000 characters',
      form(`do=ask&version=1&profileId={partner}.DE&locationId=${'x'.repeat(3000)}`),
      shown,
      stored,
    ],
    [
      'with a referral id of 3,000 characters',
      form(`do=dismiss&version=1&referralId=${'x'.repeat(3000)}`),
      shown,
      stored,
    ],
    [
      'with a chosen referral of 3,000 characters',
      form(`do=choose&version=1&choice=${'x'.repeat(3000)}`),
      shown,
      stored,
    ],
    [
      'with a referral to ask again of 3,000 characters',
      form(`do=reopen&version=1&again-0=${'x'.repeat(3000)}`),
      shown,
      stored,
    ],
    [
      'with a separator of keys in an id',
      form('do=deny-win&version=1&referralId=ref%23STAGE'),
      shown,
      stored,
    ],
    ['with a field of JavaScript', form('__proto__=1&do=withdraw'), shown, 'OWASP: prototype pollution'],
  ])
})

describe('an Idempotency-Key', () => {
  const create = (email: string, key: string) =>
    send({
      method: 'POST',
      path: '/v1/rfis',
      headers: { ...json, 'idempotency-key': key },
      body: JSON.stringify(rfiBody([partner], { email })),
    })

  it('of one customer is another one than the same key of another customer', async () => {
    const [key, one, other] = [unique(), `a-${unique()}@customer.example`, `b-${unique()}@customer.example`]
    const [first, second, repeated] = [
      await create(one, key),
      await create(other, key),
      await create(one, key),
    ]
    expect([first.status, second.status, repeated.status]).toEqual([201, 201, 201])
    expect(JSON.parse(second.body).id).not.toBe(JSON.parse(first.body).id)
    expect(JSON.parse(repeated.body).id).toBe(JSON.parse(first.body).id)
  })
})

it('a HEAD changes nothing', async () => {
  const before = await send({
    method: 'GET',
    path: `/v1/referrals/${values.referral}`,
    headers: { authorization: `Bearer ${tokens.partner}` },
  })
  const paths = [`/v1/referrals/${values.referral}`, `/v1/referrals/${values.referral}/timeline`, '/v1/alert']
  const headers = { authorization: `Bearer ${tokens.partner}` }
  for (const path of paths) expect((await send({ method: 'HEAD', path, headers })).status).toBe(200)
  const after = await send({ method: 'GET', path: `/v1/referrals/${values.referral}`, headers })
  expect(after.headers.etag).toBe(before.headers.etag)
})
