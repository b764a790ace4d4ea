import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { directoryOperations } from '../../shared/discovery/directory/contract.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { policyOperations } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, callUnchecked, expectProblem, type Input } from './client.ts'
import {
  acceptance,
  advance,
  enroll,
  get,
  type Partner,
  profileContent,
  referralOf,
  rfiBody,
  sendRfi,
  settle,
  tokenOf,
} from './program.ts'

const { createRfi, createRfiByOperator, getRfi, withdrawRfi } = rfiOperations
const {
  acceptReferral,
  declineReferral,
  closeReferral,
  editDeal,
  addColleague,
  removeColleague,
  listReferrals,
} = referralOperations

let partner: Partner
let other: Partner
let operator: string
let rfi: CreatedRfi
let inbox: Input
let active: Input

/** Returns a copy of `base` with the value at a dotted path replaced, or removed if it is undefined. */
const altered = (base: object, path: string, value: unknown): unknown => {
  const copy = structuredClone(base) as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, copy)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}

beforeAll(async () => {
  ;[partner, other] = (await Promise.all([enroll(), enroll()])) as [Partner, Partner]
  operator = await tokenOf('operator')
  rfi = await sendRfi([partner])
  inbox = await referralInput(rfi)
  const accepted = await sendRfi([partner])
  const input = await referralInput(accepted)
  await call(acceptReferral, { ...input, body: acceptance })
  active = await referralInput(accepted)
})

const referralInput = async (of: CreatedRfi): Promise<Input> => {
  const referralId = referralOf(of, partner)
  const { etag } = await get(partner, referralId)
  return { token: partner.user, params: { referralId }, ifMatch: etag }
}

/** A change of a valid request, the expected status and code, and the pointer of an expected error. */
type Row = readonly [
  title: string,
  change: (input: Input) => Input,
  status: number,
  code: string,
  pointer?: string,
]

const body =
  (path: string, value: unknown) =>
  (input: Input): Input => ({ ...input, body: altered(input.body as object, path, value) })

const without = (name: keyof Input) => (input: Input) => ({ ...input, [name]: undefined }) as Input
const withInput = (more: Input) => (input: Input) => ({ ...input, ...more })

const check = (operation: Operation, base: () => Input, rows: readonly Row[]) => {
  for (const [title, change, status, code, pointer] of rows)
    it(`${operation.id} rejects ${title}`, async () => {
      const answer = await expectProblem(operation, change(base()))
      expect(answer.body).toMatchObject({ status, code })
      if (pointer !== undefined) expect(answer.body.errors?.map(error => error.pointer)).toContain(pointer)
    })
}

const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString()

describe('createRfi', () => {
  const base = (): Input => ({ body: rfiBody([partner]), idempotencyKey: randomUUID() })
  check(createRfi, base, [
    ['malformed JSON', withInput({ body: '{"customer":' }), 400, 'malformed-json'],
    ['an empty body', withInput({ body: '' }), 400, 'malformed-json'],
    [
      'lists nested 10,000 times',
      withInput({ body: '['.repeat(10_000) + ']'.repeat(10_000) }),
      400,
      'malformed-json',
    ],
    ['not JSON', withInput({ headers: { 'content-type': 'text/plain' } }), 415, 'unsupported-media-type'],
    ['a wrong type', body('need.summary', 7), 400, 'invalid-request', '/need/summary'],
    ['a list for an object', withInput({ body: [] }), 400, 'invalid-request', ''],
    ['an unknown field', body('customer.vatId', 'x'), 400, 'invalid-request', '/customer/vatId'],
    ['a missing field', body('customer.company', undefined), 400, 'invalid-request', '/customer/company'],
    [
      'a text without visible characters',
      body('customer.company', '\u200b'),
      400,
      'invalid-request',
      '/customer/company',
    ],
    [
      'a text that was not sent in UTF-8',
      body('customer.company', 'M\ufffdller'),
      400,
      'invalid-request',
      '/customer/company',
    ],
    [
      'a person without a name',
      input => body('customer.contact.firstName', '')(body('customer.contact.lastName', null)(input)),
      400,
      'invalid-request',
      '/customer/contact/firstName',
    ],
    [
      'a telephone number without digits',
      body('customer.contact.phone', '(((((('),
      400,
      'invalid-request',
      '/customer/contact/phone',
    ],
    [
      'an email address that SES cannot deliver to',
      body('customer.contact.email', 'jörg@customer.example'),
      400,
      'invalid-request',
      '/customer/contact/email',
    ],
    ['an unpaired surrogate', body('need.summary', '\ud800x'), 400, 'invalid-request', '/need/summary'],
    ['an empty text', body('customer.company', '  '), 400, 'invalid-request', '/customer/company'],
    ['an over-long text', body('need.summary', 'x'.repeat(4001)), 400, 'invalid-request', '/need/summary'],
    [
      'a header in a name',
      body('customer.contact.lastName', 'x\r\nBcc: a@b.example'),
      400,
      'invalid-request',
      '/customer/contact/lastName',
    ],
    [
      'a link for a name',
      body('customer.contact.firstName', 'Visit http://a.example'),
      400,
      'invalid-request',
      '/customer/contact/firstName',
    ],
    [
      'a bad address',
      body('customer.contact.email', 'a@b'),
      400,
      'invalid-request',
      '/customer/contact/email',
    ],
    [
      'a bad country',
      body('customer.address.country', 'XX'),
      400,
      'invalid-request',
      '/customer/address/country',
    ],
    ['a bad currency', body('need.budget.currency', 'EURO'), 400, 'invalid-request', '/need/budget/currency'],
    [
      'a currency that was replaced',
      body('need.budget.currency', 'DEM'),
      400,
      'invalid-request',
      '/need/budget/currency',
    ],
    [
      'a currency that was withdrawn',
      body('need.budget.currency', 'BGN'),
      400,
      'invalid-request',
      '/need/budget/currency',
    ],
    ['a negative value', body('need.budget.amount', -1), 400, 'invalid-request', '/need/budget/amount'],
    [
      'a fraction of a cent',
      body('need.budget.amount', 0.005),
      400,
      'invalid-request',
      '/need/budget/amount',
    ],
    [
      'a bad locale',
      body('customer.contact.locale', 'not a locale'),
      400,
      'invalid-request',
      '/customer/contact/locale',
    ],
    ['an unknown size', body('customer.size', 'huge'), 400, 'invalid-request', '/customer/size'],
    ['an unknown product', body('need.products', ['abacus']), 400, 'invalid-request', '/need/products/0'],
    ['no consent to contact', body('consent.contact', false), 400, 'invalid-request', '/consent/contact'],
    ['no consent to share', body('consent.share', undefined), 400, 'invalid-request', '/consent/share'],
    ['no recipient', body('recipients', []), 400, 'invalid-request', '/recipients'],
    [
      'the same recipient twice',
      input => ({ ...input, body: rfiBody([partner, partner]) }),
      400,
      'invalid-request',
      '/recipients/1',
    ],
    [
      'more recipients than the policy allows',
      input => ({ ...input, body: rfiBody(Array.from({ length: 6 }, () => partner)) }),
      400,
      'invalid-request',
      '/recipients',
    ],
    [
      'more recipients than any policy can allow',
      input => ({ ...input, body: rfiBody(Array.from({ length: 21 }, () => partner)) }),
      400,
      'invalid-request',
      '/recipients',
    ],
    [
      'a profile that does not exist',
      body('recipients', [{ profileId: 'ptr_00000000000000000000000000.DE', locationId: 'main' }]),
      400,
      'invalid-request',
      '/recipients/0/profileId',
    ],
    [
      'an unknown location',
      input => ({ ...input, body: rfiBody([partner], {}, 'moon') }),
      400,
      'invalid-request',
      '/recipients/0/locationId',
    ],
    [
      'a source set by the customer',
      body('source', { channel: 'campaign' }),
      400,
      'invalid-request',
      '/source',
    ],
    ['no Idempotency-Key', without('idempotencyKey'), 400, 'invalid-request', 'header/idempotency-key'],
    [
      'a malformed Idempotency-Key',
      withInput({ idempotencyKey: 'a b' }),
      400,
      'invalid-request',
      'header/idempotency-key',
    ],
  ])

  it('returns all faults at once', async () => {
    const asked = altered(rfiBody([partner]), 'customer.address.country', 'XX') as object
    const { body: answer } = await expectProblem(createRfi, {
      body: altered(asked, 'need.summary', ''),
      idempotencyKey: randomUUID(),
    })
    expect(answer.errors?.map(({ pointer }) => pointer)).toEqual([
      '/customer/address/country',
      '/need/summary',
    ])
  })

  it('returns the fault of a cursor beside other faults of the query', async () => {
    const input = { token: partner.admin, query: { limit: 'many', cursor: 'nonsense' } } as never
    const { body: answer } = await expectProblem(referralOperations.listReferrals, input)
    expect(answer.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      'query/limit wrong-type',
      'query/cursor wrong-cursor',
    ])
  })

  it('rejects an inactive profile', async () => {
    const inactive = await enroll()
    const params = { region: 'DE' }
    const { etag } = await call(profileOperations.getProfile, { token: inactive.admin, params })
    await call(profileOperations.deactivateProfile, { token: inactive.admin, params, ifMatch: etag })
    const answer = await expectProblem(createRfi, { body: rfiBody([inactive]), idempotencyKey: randomUUID() })
    expect(answer.body.errors?.[0]).toMatchObject({
      pointer: '/recipients/0/profileId',
      code: 'not-available',
    })
  })

  it('returns the first answer for a repeated request and 422 for the same key with another body', async () => {
    const idempotencyKey = randomUUID()
    const asked = rfiBody([partner])
    const first = await call(createRfi, { body: asked, idempotencyKey })
    const again = await call(createRfi, { body: asked, idempotencyKey })
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('location')).toBe(`/v1/rfis/${first.body.id}`)
    const answer = await expectProblem(createRfi, {
      body: altered(asked, 'directContact', true),
      idempotencyKey,
    })
    expect(answer.body).toMatchObject({ status: 422, code: 'idempotency-key-reused' })
  })
})

describe('input that is folded before it is judged', () => {
  it('is stored in its folded form, without its empty optional fields', async () => {
    const asked = rfiBody([partner])
    const customer = {
      ...asked.customer,
      company: ' \u202aHavelland\u3000Getriebe\u202c',
      address: { line1: '', line2: null, postalCode: '０４８６１６', country: 'sg' },
      contact: {
        firstName: '',
        lastName: 'Plato',
        email: 'R&D\u200b＠Customer.EXAMPLE',
        phone: '０３‑１２３４‑５６７８ x12',
        locale: 'de',
      },
    }
    const need = { ...asked.need, products: ['ERP'], budget: null }
    const created = await call(createRfi, {
      body: { ...asked, customer, need, preferredContact: '' } as never,
      idempotencyKey: randomUUID(),
    })
    const { body: referral } = await get(partner, referralOf(created.body, partner))
    const { etag } = await get(partner, referral.id)
    const input = { token: partner.user, params: { referralId: referral.id }, ifMatch: etag }
    const { body: accepted } = await call(acceptReferral, { ...input, body: acceptance })
    expect(accepted.customer).toMatchObject({
      company: 'Havelland Getriebe',
      address: { city: 'Singapore', postalCode: '048616', country: 'SG' },
      contact: { lastName: 'Plato', email: 'R&D@customer.example', phone: '03-1234-5678 ext. 12' },
    })
    expect(accepted.customer?.address).not.toHaveProperty('line1')
    expect(accepted.customer?.contact).not.toHaveProperty('firstName')
    expect(referral).toMatchObject({ need: { products: ['erp'] }, preferredContact: null })
  })

  it('counts empty parameters of a query as absent, and reads digits of all scripts', async () => {
    const query = { region: 'de', q: '', near: ' ', products: ',ERP,', languages: '', limit: '１' }
    const { body: page } = await call(directoryOperations.searchDirectory, { query: query as never })
    expect(page.items.length).toBeLessThanOrEqual(1)
    const answer = await expectProblem(directoryOperations.searchDirectory, { query: { region: '' } })
    expect(answer.body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      'query/region required',
    ])
  })

  it('keeps null and empty text in a merge patch, where null removes a field', async () => {
    const params = active.params as never
    const { etag } = await get(partner, String((active.params as { referralId: string }).referralId) as never)
    const answer = await expectProblem(editDeal, {
      token: partner.user,
      params,
      ifMatch: etag,
      body: { crmId: '' } as never,
    })
    expect(answer.body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(['/crmId blank'])
  })

  it('tells numbers that the table cannot hold', async () => {
    const { body: policy, etag } = await call(policyOperations.getPolicy, { token: operator })
    const ranking = { ...policy.ranking, relevance: { ...policy.ranking.relevance, tags: 1e-200 } }
    const answer = await expectProblem(policyOperations.putPolicy, {
      token: operator,
      ifMatch: etag,
      body: { ...policy, ranking } as never,
    })
    expect(answer.body.errors).toContainEqual(
      expect.objectContaining({ pointer: '/ranking/relevance/tags', code: 'not-storable' }),
    )
  })
})

describe('a response to a request with several faults', () => {
  const faultsOf = async (operation: Operation, input: Input, status = 400) => {
    const { body: answer } = await expectProblem(operation, input)
    expect(answer).toMatchObject({ status, params: { count: answer.errors?.length } })
    return answer.errors?.map(({ pointer, code }) => `${pointer} ${code}`).toSorted()
  }

  it('lists the faults of header, schema, policy, taxonomy and recipients of an RFI', async () => {
    const asked = rfiBody([partner, partner])
    const faulty = {
      ...asked,
      customer: { ...asked.customer, company: 'x'.repeat(201), size: 'huge' },
      need: { ...asked.need, product: ['erp'], products: ['epr', 'erp', 7], services: ['x y'] },
      recipients: [
        ...asked.recipients,
        { profileId: 'ptr_00000000000000000000000000.DE', locationId: 'main' },
        { profileId: 'nobody', locationId: 'main' },
      ],
    }
    expect(await faultsOf(createRfi, { body: faulty })).toEqual(
      [
        'header/idempotency-key required',
        '/customer/company too-long',
        '/customer/size unknown-code',
        '/need/product unknown-field',
        '/need/products/0 unknown-code',
        '/need/products/2 wrong-type',
        '/need/services/0 invalid-format',
        '/recipients/1 repeated-partner',
        '/recipients/2/profileId not-available',
        '/recipients/3/profileId invalid-format',
      ].toSorted(),
    )
  })

  it('lists the faults of deadline, region and unknown fields', async () => {
    const body = {
      ...rfiBody([partner]),
      region: 'DE',
      respondBy: '2020-01-01T00:00:00Z',
      source: { channel: 'campaign', campaignId: '' },
    }
    expect(await faultsOf(createRfiByOperator, { token: operator, body })).toEqual([
      '/region recipients-and-region',
      '/respondBy in-the-past',
      '/source/campaignId blank',
      'header/idempotency-key required',
    ])
  })

  it('lists the faults of codes, languages, places, limit and unknown parameters of a search', async () => {
    const query = {
      region: 'de',
      radiusKm: 5,
      customerSizes: 'huge',
      languages: 'zz',
      limit: 0,
      colour: 'red',
    }
    expect(await faultsOf(directoryOperations.searchDirectory, { query })).toEqual([
      'query/colour unknown-field',
      'query/customerSizes/0 unknown-code',
      'query/languages/0 unknown-language',
      'query/limit too-small',
      'query/near near-required',
    ])
    const elsewhere = { ...query, region: 'Germany' }
    expect(await faultsOf(directoryOperations.searchDirectory, { query: elsewhere })).toContain(
      'query/customerSizes/0 unknown-code',
    )
  })

  it('lists the faults of a command and a missing If-Match', async () => {
    const { ifMatch: _, ...unread } = inbox
    const accepting = { ...acceptance, name: '', estimatedCloseDate: '2020-01-01' }
    expect(await faultsOf(acceptReferral, { ...unread, body: accepting })).toEqual([
      '/estimatedCloseDate in-the-past',
      '/name blank',
      'header/if-match required',
    ])
    expect(await faultsOf(declineReferral, { ...unread, body: { reason: 'mood' } })).toEqual([
      '/reason unknown-code',
      'header/if-match required',
    ])
    const closing = { result: 'lost', reason: 'mood', closedOn: '2099-01-01' }
    expect(await faultsOf(closeReferral, { ...active, body: closing })).toEqual([
      '/closedOn in-the-future',
      '/reason unknown-code',
    ])
    expect(
      await faultsOf(editDeal, { ...active, body: { crmId: '', estimatedCloseDate: '2020-01-01' } }),
    ).toEqual(['/crmId blank', '/estimatedCloseDate in-the-past'])
  })

  it('lists the faults of a profile and of a policy', async () => {
    const content = profileContent(location => `${location}@partner.example`)
    const profile = {
      ...content,
      headline: 7,
      products: ['abacus'],
      keywords: ['erp', 'ERP', ''],
      locations: [content.locations[0], { ...content.locations[0], name: '' }],
    }
    const params = { region: 'FR' }
    expect(
      await faultsOf(profileOperations.putProfile, { token: other.admin, params, body: profile }),
    ).toEqual([
      '/headline wrong-type',
      '/keywords/1 repeated',
      '/keywords/2 blank',
      '/locations/1/id repeated',
      '/locations/1/name blank',
      '/products/0 unknown-code',
    ])
    const { body: policy, etag } = await call(policyOperations.getPolicy, { token: operator })
    const body = { ...policy, nudgeInterval: 'PT1H', trackingTime: 'for good' }
    expect(await faultsOf(policyOperations.putPolicy, { token: operator, ifMatch: etag, body })).toEqual([
      '/nudgeInterval duration-too-short',
      '/trackingTime invalid-format',
    ])
  })

  it('lists at most 100 faults, and contains their total number', async () => {
    const unknown = { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }
    const body = { ...rfiBody([partner]), recipients: Array.from({ length: 20 }, () => unknown) }
    const { body: answer } = await expectProblem(createRfi, { body })
    expect(answer.errors).toHaveLength(100)
    expect(answer).toMatchObject({ reason: 'too-many-faults', params: { count: 162, listed: 100 } })
  })

  it('lists 20 unknown fields of an object by their names, at most 100 characters of each, and the number of all others', async () => {
    const extra = Object.fromEntries(
      Array.from({ length: 120 }, (_, index) => [`${index}`.padEnd(500, 'x'), index]),
    )
    const body = { ...rfiBody([partner]), ...extra }
    const { body: answer } = await expectProblem(createRfi, { body, idempotencyKey: randomUUID() })
    expect(answer.errors).toHaveLength(21)
    expect(answer.errors?.[0]).toMatchObject({ code: 'unknown-field', pointer: `/${'0'.padEnd(100, 'x')}…` })
    expect(answer.errors?.[20]).toMatchObject({
      code: 'more-unknown-fields',
      pointer: '',
      params: { count: 100 },
    })
  })

  it('is returned only if role, id and JSON syntax are valid', async () => {
    const input = { token: partner.admin, body: '{' }
    expect((await expectProblem(createRfiByOperator, input)).status).toBe(403)
    const unknown = { ...inbox, params: { referralId: 'ref_unknown' }, body: '{' }
    expect((await expectProblem(acceptReferral, unknown)).status).toBe(404)
    expect((await expectProblem(createRfi, { body: '{' })).body.code).toBe('malformed-json')
  })
})

describe('a fault of a request', () => {
  it('has a code that describes its kind', async () => {
    const wrong = altered(rfiBody([partner]), 'customer.contact.locale', 'x y') as object
    const { body: answer } = await expectProblem(createRfi, {
      body: altered(altered(wrong, 'need.budget.amount', 0.001) as object, 'customer.address.country', 'XX'),
      idempotencyKey: randomUUID(),
    })
    expect(answer.errors?.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/customer/address/country', 'unknown-country'],
      ['/customer/contact/locale', 'unknown-language'],
      ['/need/budget/amount', 'too-precise'],
    ])
    expect(answer.errors?.at(-1)?.params).toEqual({ maximum: 2, currency: 'EUR' })
  })
})

describe('createRfiByOperator', () => {
  const base = (): Input => ({
    token: operator,
    body: {
      ...rfiBody([partner]),
      source: { channel: 'campaign', campaignId: 'spring' },
      respondBy: inTwoDays,
    },
    idempotencyKey: randomUUID(),
  })
  check(createRfiByOperator, base, [
    [
      'a respond-by in the past',
      body('respondBy', '2020-01-01T00:00:00Z'),
      400,
      'invalid-request',
      '/respondBy',
    ],
    [
      'a respond-by years ahead',
      body('respondBy', '2099-01-01T00:00:00Z'),
      400,
      'invalid-request',
      '/respondBy',
    ],
    [
      'a respond-by without a zone',
      body('respondBy', '2099-01-01T00:00:00'),
      400,
      'invalid-request',
      '/respondBy',
    ],
    ['no source', body('source', undefined), 400, 'invalid-request', '/source'],
    [
      'a campaign without its id',
      body('source.campaignId', undefined),
      400,
      'invalid-request',
      '/source/campaignId',
    ],
    ["a customer's source", body('source', { channel: 'search' }), 400, 'invalid-request', '/source/channel'],
    ["a partner's token", () => ({ ...base(), token: partner.admin }), 403, 'forbidden'],
  ])
})

describe('commands of a partner', () => {
  const accepting = () => ({ ...inbox, body: acceptance })
  check(acceptReferral, accepting, [
    ['no If-Match', without('ifMatch'), 428, 'precondition-required'],
    ['a malformed If-Match', withInput({ ifMatch: '3' }), 400, 'invalid-request', 'header/if-match'],
    ['a stale If-Match', withInput({ ifMatch: '"99"' }), 412, 'stale-version'],
    ['no name', body('name', undefined), 400, 'invalid-request', '/name'],
    ['a negative value', body('estimatedValue.amount', -5), 400, 'invalid-request', '/estimatedValue/amount'],
    [
      'a bad currency',
      body('estimatedValue.currency', 'XXX'),
      400,
      'invalid-request',
      '/estimatedValue/currency',
    ],
    [
      'a close date in the past',
      body('estimatedCloseDate', '2020-01-01'),
      400,
      'invalid-request',
      '/estimatedCloseDate',
    ],
    [
      'a date that does not exist',
      body('estimatedCloseDate', '2099-02-30'),
      400,
      'invalid-request',
      '/estimatedCloseDate',
    ],
    ['over-long notes', body('notes', 'x'.repeat(10_001)), 400, 'invalid-request', '/notes'],
    [
      'a colleague without a phone',
      body('colleagues.0.phone', undefined),
      400,
      'invalid-request',
      '/colleagues/0/phone',
    ],
    ['an unknown referral', withInput({ params: { referralId: 'ref_unknown' } }), 404, 'not-found'],
  ])
  check(declineReferral, () => ({ ...inbox, body: { reason: 'budget' } }), [
    ['no reason', body('reason', undefined), 400, 'invalid-request', '/reason'],
    ['an unknown reason', body('reason', 'mood'), 400, 'invalid-request', '/reason'],
    ['the reason other without notes', body('reason', 'other'), 400, 'invalid-request', '/notes'],
  ])
  check(closeReferral, () => ({ ...active, body: { result: 'lost', reason: 'budget' } }), [
    ['no result', body('result', undefined), 400, 'invalid-request', '/result'],
    ['lost without a reason', body('reason', undefined), 400, 'invalid-request', '/reason'],
    ['lost for an unknown reason', body('reason', 'mood'), 400, 'invalid-request', '/reason'],
    ['won for a reason', body('result', 'won'), 400, 'invalid-request', '/reason'],
    ['closed before it was received', body('closedOn', '1900-01-01'), 400, 'invalid-request', '/closedOn'],
    ['closed in the future', body('closedOn', '2099-01-01'), 400, 'invalid-request', '/closedOn'],
    ['a referral that is not active', () => ({ ...inbox, body: { result: 'won' } }), 409, 'state-conflict'],
  ])
  check(editDeal, () => ({ ...active, body: { notes: null } }), [
    ['an empty change', withInput({ body: {} }), 400, 'invalid-request', ''],
    ['the removal of the name', body('name', null), 400, 'invalid-request', '/name'],
    [
      'a close date in the past',
      body('estimatedCloseDate', '2020-01-01'),
      400,
      'invalid-request',
      '/estimatedCloseDate',
    ],
    ['a referral that is not active', () => ({ ...inbox, body: { notes: null } }), 409, 'state-conflict'],
  ])
  check(addColleague, () => ({ ...active, body: acceptance.colleagues[0] }), [
    ['a bad address', body('email', 'nobody'), 400, 'invalid-request', '/email'],
    ['a bad phone', body('phone', 'call me'), 400, 'invalid-request', '/phone'],
  ])
  it('removeColleague returns 404 for an unknown colleague', async () => {
    const params = { ...active.params, colleagueId: 'con_00000000000000000000000000' }
    expect((await expectProblem(removeColleague, { ...active, params })).status).toBe(404)
  })

  it('acceptReferral returns 412 with the current referral when If-Match is stale', async () => {
    const answer = await expectProblem(acceptReferral, { ...inbox, body: acceptance, ifMatch: '"7"' })
    expect(answer.etag).toBe(inbox.ifMatch)
    expect(answer.body.current).toMatchObject({ id: inbox.params?.referralId, status: 'new' })
  })

  it('a rejected command leaves the referral unchanged', async () => {
    const { body: still, etag } = await get(partner, referralOf(rfi, partner))
    expect(still.status).toBe('new')
    expect(etag).toBe(inbox.ifMatch)
  })
})

describe('an operation without body and query', () => {
  it('rejects both', async () => {
    const params = { region: 'DE' }
    const { etag } = await call(profileOperations.getProfile, { token: partner.admin, params })
    const input = { token: partner.admin, params, ifMatch: etag }
    const withBody = await expectProblem(profileOperations.deactivateProfile, {
      ...input,
      body: { reason: 'holiday' },
    })
    expect(withBody.body.errors?.map(({ code }) => code)).toEqual(['unexpected-body'])
    const withQuery = await expectProblem(profileOperations.deactivateProfile, {
      ...input,
      query: { until: 'May' },
    })
    expect(withQuery.body.errors?.map(({ pointer }) => pointer)).toEqual(['query/until'])
    expect((await call(profileOperations.getProfile, { token: partner.admin, params })).etag).toBe(etag)
  })
})

describe('putProfile', () => {
  const content = () => profileContent(location => `${location}@partner.example`)
  const base = (): Input => ({ token: other.admin, params: { region: 'FR' }, body: content() })
  check(profileOperations.putProfile, base, [
    ['an unknown region', withInput({ params: { region: 'XX' } }), 404, 'not-found'],
    ['the same location twice', body('locations.1.id', 'main'), 400, 'invalid-request', '/locations/1/id'],
    [
      'six locations',
      body('locations', Array(6).fill(content().locations[0])),
      400,
      'invalid-request',
      '/locations',
    ],
    ['an unknown product', body('products', ['abacus']), 400, 'invalid-request', '/products/0'],
    [
      'a javascript: URL as website',
      body('website', 'javascript:alert(1)'),
      400,
      'invalid-request',
      '/website',
    ],
    ['If-Match for a profile that does not exist', withInput({ ifMatch: '"1"' }), 404, 'not-found'],
    ['the role of a user', () => ({ ...base(), token: other.user }), 403, 'forbidden'],
    [
      'no If-Match for an existing profile',
      withInput({ params: { region: 'DE' } }),
      428,
      'precondition-required',
    ],
  ])

  it('activateProfile returns the missing fields of an incomplete profile', async () => {
    const params = { region: 'AT' }
    const draft = {
      locations: [{ id: 'vienna', name: 'Vienna', address: { city: 'Vienna', country: 'AT' } }],
    }
    const { etag } = await call(profileOperations.putProfile, { token: other.admin, params, body: draft })
    const answer = await expectProblem(profileOperations.activateProfile, {
      token: other.admin,
      params,
      ifMatch: etag,
    })
    expect(answer.body.code).toBe('profile-incomplete')
    expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual(['/headline', '/locations/0/contacts'])
  })
})

describe('a token', () => {
  it('is required for operations of members', async () => {
    const answer = await callUnchecked(listReferrals)
    expect(answer.status).toBe(401)
  })

  it('must be signed by the program', async () => {
    const [head, payload] = partner.user.split('.')
    const forged = `${head}.${payload}.${Buffer.from('forged').toString('base64url')}`
    expect((await callUnchecked(listReferrals, { token: forged })).status).toBe(401)
  })

  it('must not be expired', async () => {
    const shortLived = await tokenOf('partner-user', partner.id, { expiresIn: 'PT1M' })
    expect((await call(listReferrals, { token: shortLived })).status).toBe(200)
    await advance('PT2M')
    expect((await callUnchecked(listReferrals, { token: shortLived })).status).toBe(401)
  })

  it('must have a role of the audience', async () => {
    expect((await expectProblem(listReferrals, { token: operator })).body.code).toBe('forbidden')
    const answer = await expectProblem(partnerOperations.listPartners, { token: partner.admin })
    expect(answer.body.code).toBe('forbidden')
  })

  it('for tracking is valid only for its own RFI', async () => {
    const foreign = await sendRfi([other])
    const params = { rfiId: foreign.id }
    expect((await expectProblem(getRfi, { token: rfi.trackingToken, params })).status).toBe(404)
    expect(
      (await expectProblem(withdrawRfi, { token: rfi.trackingToken, params, ifMatch: '"1"' })).status,
    ).toBe(404)
    expect((await expectProblem(getRfi, { params })).status).toBe(401)
    expect(
      (await expectProblem(getRfi, { params, query: { token: `${foreign.trackingToken}x` } })).status,
    ).toBe(401)
    expect((await expectProblem(getRfi, { params, token: partner.user })).status).toBe(401)
  })
})

describe('a list', () => {
  it('rejects limits out of range, unknown filters and unknown values', async () => {
    for (const [query, pointer] of [
      [{ limit: 0 }, 'query/limit'],
      [{ limit: 101 }, 'query/limit'],
      [{ limit: 'many' }, 'query/limit'],
      [{ stage: 'limbo' }, 'query/stage'],
      [{ colour: 'red' }, 'query/colour'],
    ] as const) {
      const answer = await expectProblem(listReferrals, { token: partner.user, query })
      expect(answer.body.errors?.map(error => error.pointer)).toEqual([pointer])
    }
    const answer = await expectProblem(directoryOperations.searchDirectory, { query: { region: 'XX' } })
    expect(answer.body.errors?.[0]?.pointer).toBe('query/region')
  })

  it('rejects a cursor that was changed or belongs to another list', async () => {
    await sendRfi([partner])
    await settle()
    const { body: page } = await call(listReferrals, { token: partner.user, query: { limit: 1 } })
    const cursor = page.nextCursor ?? ''
    expect(cursor).not.toBe('')
    const forged = `${cursor.slice(0, -4)}${cursor.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
    for (const [token, query] of [
      [partner.user, { cursor: forged }],
      [partner.user, { cursor: 'x' }],
      [partner.user, { cursor, stage: 'archived' }],
      [partner.user, { cursor, sort: 'oldest' }],
      [other.user, { cursor }],
    ] as const) {
      const answer = await expectProblem(listReferrals, { token, query })
      expect(answer.body.errors?.[0]?.pointer).toBe('query/cursor')
    }
    await call(listReferrals, { token: partner.user, query: { cursor, limit: 2 } })
  })
})

describe('the errors of putPolicy', () => {
  const errorsOf = async (body: unknown) =>
    (await expectProblem(policyOperations.putPolicy, { token: operator, ifMatch: '"1"', body })).body.errors

  it('name missing fields, invalid formats and unknown fields', async () => {
    const { body: policy } = await call(policyOperations.getPolicy, { token: operator })
    const { hotTime: _, ...without } = policy
    expect(await errorsOf(without)).toEqual([
      { pointer: '/hotTime', code: 'required', params: {}, detail: 'Missing. A value is required.' },
    ])
    const expected = 'an ISO 8601 duration of days, hours, minutes and seconds, such as P14D or PT72H'
    expect(await errorsOf({ ...policy, hotTime: 'P1Y' })).toEqual([
      {
        pointer: '/hotTime',
        code: 'invalid-format',
        params: { format: 'duration' },
        detail: `Wrong format. Expected ${expected}.`,
      },
    ])
    const hidden = JSON.stringify({ ...policy, calendars: {} }).replace(
      '"calendars":{}',
      '"calendars":{"__proto__":{"zone":"x"}}',
    )
    expect(await errorsOf(hidden)).toEqual([
      {
        pointer: '',
        code: 'unknown-field',
        params: { field: '__proto__' },
        detail: 'Unknown field "__proto__".',
      },
    ])
    const bad = await expectProblem(policyOperations.getPolicy, {
      token: operator,
      query: { version: 'abc' },
    })
    expect(bad.body.errors).toEqual([
      {
        pointer: 'query/version',
        code: 'wrong-type',
        params: { actual: 'not-a-number', expected: 'number' },
        detail: 'Wrong type: text that is not a number. Expected number.',
      },
    ])
  })

  it('name an invalid region with the rule for regions', async () => {
    const { body: policy } = await call(policyOperations.getPolicy, { token: operator })
    const errors = await errorsOf({ ...policy, calendars: { xx: {} } })
    expect(errors?.[0]).toEqual({
      pointer: '/calendars/xx',
      code: 'unknown-country',
      params: { value: 'XX' },
      detail: 'Unknown country code "XX". Expected an ISO 3166-1 alpha-2 code, such as DE.',
    })
  })
})
