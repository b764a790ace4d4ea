/** The taxonomy: changes by the operator and their effects on forms, mails, profiles and requests. */
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import {
  type NewTaxonomy,
  type TaxonomyEntry,
  type TaxonomyList,
  taxonomyOperations,
} from '../../shared/program/taxonomy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, expectProblem } from './client.ts'
import {
  awaitMail,
  enroll,
  execute,
  get,
  getPage,
  linkIn,
  type Partner,
  personNamed,
  profileContent,
  profileOf,
  referralOf,
  rfiBody,
  sendRfi,
  settle,
  submit,
  tokenOf,
  unique,
  type WebPage,
} from './program.ts'

const { getTaxonomy, getTaxonomyByOperator, putTaxonomy } = taxonomyOperations
let operator: string

const taxonomyNow = () => call(getTaxonomyByOperator, { token: operator })

const put = async (change: (taxonomy: NewTaxonomy) => NewTaxonomy) => {
  const { body, etag } = await taxonomyNow()
  return call(putTaxonomy, { token: operator, ifMatch: etag, body: change(body) })
}

/** Adds an entry or replaces the entry with the same code. All tests share one program, so no code is ever removed. */
const putEntry = (list: TaxonomyList, entry: TaxonomyEntry) =>
  put(taxonomy => ({
    ...taxonomy,
    [list]: [...taxonomy[list].filter(({ code }) => code !== entry.code), entry],
  }))

/** Adds an entry with a unique code. */
const addEntry = async (list: TaxonomyList, more: Partial<TaxonomyEntry> = {}): Promise<TaxonomyEntry> => {
  const code = `c-${unique()}`
  const entry = { code, label: `Label of ${code}`, ...more }
  await putEntry(list, entry)
  return entry
}

const retire = (list: TaxonomyList, entry: TaxonomyEntry) => putEntry(list, { ...entry, retired: true })

beforeAll(async () => {
  operator = await tokenOf('operator')
})

describe('the taxonomy', () => {
  it('is replaced as a whole with If-Match, and keeps its versions', async () => {
    const before = await taxonomyNow()
    const after = await put(taxonomy => ({ ...taxonomy, industries: taxonomy.industries.toReversed() }))
    expect(after.body.version).toBe(before.body.version + 1)
    expect(after.body).toMatchObject({ changedBy: expect.any(String), changedAt: expect.any(String) })
    expect((await taxonomyNow()).body).toEqual(after.body)
    const { version } = before.body
    expect((await call(getTaxonomyByOperator, { token: operator, query: { version } })).body).toEqual(
      before.body,
    )
    const first = await call(getTaxonomyByOperator, { token: operator, query: { version: 1 } })
    expect(first.body).toMatchObject({ version: 1, changedAt: null })

    const stale = await expectProblem(putTaxonomy, {
      token: operator,
      ifMatch: before.etag,
      body: before.body,
    })
    expect([stale.status, stale.etag, stale.body.current]).toEqual([412, after.etag, after.body])
    const never = await expectProblem(getTaxonomyByOperator, { token: operator, query: { version: 99_999 } })
    expect(never.status).toBe(404)
  })

  it('can be replaced only by the operator', async () => {
    const { body, etag } = await taxonomyNow()
    const token = await tokenOf('partner-admin', (await enroll()).id)
    expect((await expectProblem(putTaxonomy, { token, ifMatch: etag, body })).status).toBe(403)
  })

  it('cannot lose a code: the error names each missing code', async () => {
    const { code } = await addEntry('solutions')
    const { body, etag } = await taxonomyNow()
    const without = { ...body, solutions: body.solutions.filter(entry => entry.code !== code) }
    const { body: problem } = await expectProblem(putTaxonomy, {
      token: operator,
      ifMatch: etag,
      body: without,
    })
    expect(problem.errors).toMatchObject([
      { pointer: '/solutions', code: 'code-removed', params: { value: code } },
    ])
  })

  it('is labelled in the requested locale, else in the language of the browser, else in English', async () => {
    const entry = await addEntry('products', { labels: { de: 'Rechenbrett', 'pt-BR': 'Ábaco' } })
    const labelOf = async (input: Parameters<typeof call>[1]) => {
      const { products } = (await call(getTaxonomy, input)).body
      return products.find(({ code }) => code === entry.code)?.label
    }
    expect(await labelOf({ query: { locale: 'de-AT' } })).toBe('Rechenbrett')
    expect(await labelOf({ headers: { 'accept-language': 'pt-BR,pt;q=0.9' } })).toBe('Ábaco')
    expect(await labelOf({ query: { locale: 'de' }, headers: { 'accept-language': 'pt' } })).toBe(
      'Rechenbrett',
    )
    expect(await labelOf({ headers: { 'accept-language': '*' } })).toBe(entry.label)
    const bad = await expectProblem(getTaxonomy, { query: { locale: 'x_y' } })
    expect(bad.body.errors?.[0]?.pointer).toBe('query/locale')
  })
})

describe('a label', () => {
  it('appears in mails and on pages at once, in the language of each reader', async () => {
    const size = await addEntry('customerSizes', { label: 'Just me', labels: { fr: 'Moi seul' } })
    const reason = await addEntry('declineReasons', { labels: { fr: 'Phase de la lune' } })
    const reader = personNamed('Zoe', { locale: 'fr-CA' })
    const partner = await enroll(undefined, 'DE', { main: [reader] })
    const body = rfiBody([partner])
    await call(rfiOperations.createRfi, {
      body: { ...body, customer: { ...body.customer, size: size.code } },
      idempotencyKey: randomUUID(),
    })
    const [mail] = await awaitMail(reader.email)
    expect(mail?.text).toContain('Moi seul')

    await putEntry('customerSizes', { ...size, labels: { fr: 'Seul' }, retired: true })
    const page = await getPage(linkIn(mail, 'Refuser'))
    expect(page.text).toContain('Seul')
    expect(page.text).not.toContain('Moi seul')
    expect(page.html).toContain(`<option value="${reason.code}" >Phase de la lune</option>`)
  })
})

describe('a retired code', () => {
  const declineInput = async (partner: Partner) => {
    const referralId = referralOf(await sendRfi([partner]), partner)
    const { etag } = await get(partner, referralId)
    return { token: partner.user, params: { referralId }, ifMatch: etag }
  }

  it('is rejected in a request', async () => {
    const product = await addEntry('products')
    const partner = await enroll()
    const request = rfiBody([partner])
    const body = { ...request, need: { ...request.need, products: ['erp', product.code] } }
    await retire('products', product)
    const { body: problem } = await expectProblem(rfiOperations.createRfi, {
      body,
      idempotencyKey: randomUUID(),
    })
    expect(problem.errors).toMatchObject([
      { pointer: '/need/products/1', code: 'retired-code', params: { value: product.code } },
    ])
  })

  it('is accepted in a profile that already has it, and rejected in others', async () => {
    const product = await addEntry('products')
    const [holder, other] = [await enroll(), await enroll()]
    const contentOf = ({ contactOf }: Partner) => ({ ...profileContent(contactOf), products: [product.code] })
    const putting = async (partner: Partner) => ({
      token: partner.admin,
      params: { region: 'DE' },
      body: contentOf(partner),
      ifMatch: (await profileOf(partner)).etag,
    })
    await call(profileOperations.putProfile, await putting(holder))
    await retire('products', product)
    const again = await call(profileOperations.putProfile, await putting(holder))
    expect(again.body.products).toEqual([product.code])
    const { body: problem } = await expectProblem(profileOperations.putProfile, await putting(other))
    expect(problem.errors).toEqual([
      expect.objectContaining({ pointer: '/products/0', code: 'retired-code' }),
    ])
  })

  it('is rejected as decline reason, but a repeated decline is recognized', async () => {
    const reason = await addEntry('declineReasons')
    const partner = await enroll()
    const [first, second] = [await declineInput(partner), await declineInput(partner)]
    // The receipts arrive, which changes the status of the customer's address.
    await settle()
    const body = { reason: reason.code }
    const done = await call(referralOperations.declineReferral, { ...first, body })
    await retire('declineReasons', reason)
    const repeat = await call(referralOperations.declineReferral, { ...first, body })
    expect(repeat.body).toEqual(done.body)
    const { body: problem } = await expectProblem(referralOperations.declineReferral, { ...second, body })
    expect(problem.errors).toEqual([expect.objectContaining({ pointer: '/reason', code: 'retired-code' })])
  })

  it('is offered on no page, and rejected when an old form sends it', async () => {
    const reason = await addEntry('declineReasons')
    const reader = personNamed('Ann')
    const partner = await enroll(undefined, 'DE', { main: [reader] })
    await sendRfi([partner])
    const [mail] = await awaitMail(reader.email)
    const page = await getPage(linkIn(mail, 'Decline'))
    const reasonsOn = ({ forms }: WebPage) => forms.find(({ fields }) => fields.reason)?.fields.reason
    expect(reasonsOn(page)).toContain(reason.code)
    await retire('declineReasons', reason)
    const wrong = await submit(page, { reason: reason.code })
    expect(wrong.status).toBe(400)
    expect(wrong.forms.flatMap(({ invalid }) => invalid)).toEqual(['reason'])
    expect(reasonsOn(wrong)).not.toContain(reason.code)
  })

  it('is rejected as loss reason', async () => {
    const reason = await addEntry('lossReasons', { notesRequired: true })
    const partner = await enroll()
    const referralId = referralOf(await sendRfi([partner]), partner)
    await execute(partner, referralOperations.acceptReferral, referralId, {
      name: 'ERP',
      estimatedCloseDate: '2099-01-31',
      estimatedValue: { amount: 45_000, currency: 'EUR' },
    })
    const { etag } = await get(partner, referralId)
    const closing = { token: partner.user, params: { referralId }, ifMatch: etag }
    const lost = { result: 'lost', reason: reason.code }
    const unexplained = await expectProblem(referralOperations.closeReferral, { ...closing, body: lost })
    expect(unexplained.body.errors?.[0]?.pointer).toBe('/notes')
    await retire('lossReasons', reason)
    const body = { ...lost, notes: 'Moved.' }
    const retired = await expectProblem(referralOperations.closeReferral, { ...closing, body })
    expect(retired.body.errors?.[0]?.code).toBe('retired-code')
    await settle()
  })
})

it('an unknown code is rejected with a suggestion', async () => {
  const partner = await enroll()
  const request = rfiBody([partner])
  const body = { ...request, need: { ...request.need, solutions: ['complience'] } }
  const { body: problem } = await expectProblem(rfiOperations.createRfi, {
    body,
    idempotencyKey: randomUUID(),
  })
  expect(problem.errors).toEqual([
    {
      pointer: '/need/solutions/0',
      code: 'unknown-code',
      params: { value: 'complience', list: 'solutions', suggestions: ['compliance'] },
      detail:
        'Unknown code "complience". Expected a code of the taxonomy list solutions. Did you mean compliance?',
    },
  ])
})
