/** The taxonomy as its operator changes it, and as all others meet it: in forms, mails, profiles and requests. */
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
import { call, refused } from './client.ts'
import {
  act,
  ask,
  awaitMail,
  enroll,
  get,
  getPage,
  linkIn,
  type Partner,
  profileContent,
  profileOf,
  referralOf,
  rfiBody,
  settle,
  somebody,
  submit,
  tokenOf,
  unique,
} from './program.ts'

const { getTaxonomy, getTaxonomyByOperator, putTaxonomy } = taxonomyOperations
let operator: string

const taxonomyNow = () => call(getTaxonomyByOperator, { token: operator })

const put = async (change: (taxonomy: NewTaxonomy) => NewTaxonomy) => {
  const { body, etag } = await taxonomyNow()
  return call(putTaxonomy, { token: operator, ifMatch: etag, body: change(body) })
}

/** Adds an entry, or replaces the one of its code: all tests share one program, and no code is ever lost. */
const putEntry = (list: TaxonomyList, entry: TaxonomyEntry) =>
  put(taxonomy => ({
    ...taxonomy,
    [list]: [...taxonomy[list].filter(({ code }) => code !== entry.code), entry],
  }))

/** A new entry, of a code that no other test knows. */
const added = async (list: TaxonomyList, more: Partial<TaxonomyEntry> = {}): Promise<TaxonomyEntry> => {
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
  it('is replaced as a whole, by whoever has seen it; each version can be read again', async () => {
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

    const stale = await refused(putTaxonomy, { token: operator, ifMatch: before.etag, body: before.body })
    expect([stale.status, stale.etag, stale.body.current]).toEqual([412, after.etag, after.body])
    const never = await refused(getTaxonomyByOperator, { token: operator, query: { version: 99_999 } })
    expect(never.status).toBe(404)
  })

  it('is the operator’s alone to replace', async () => {
    const { body, etag } = await taxonomyNow()
    const token = await tokenOf('partner-admin', (await enroll()).id)
    expect((await refused(putTaxonomy, { token, ifMatch: etag, body })).status).toBe(403)
  })

  it('never loses a code: each that is missing is named, with what to do instead', async () => {
    const { code } = await added('solutions')
    const { body, etag } = await taxonomyNow()
    const without = { ...body, solutions: body.solutions.filter(entry => entry.code !== code) }
    const { body: problem } = await refused(putTaxonomy, { token: operator, ifMatch: etag, body: without })
    expect(problem.errors).toMatchObject([
      { pointer: '/solutions', code: 'code-removed', params: { value: code } },
    ])
  })

  it('is labelled for anyone: as they ask, else as their browser does, else in English', async () => {
    const entry = await added('products', { labels: { de: 'Rechenbrett', 'pt-BR': 'Ábaco' } })
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
    const bad = await refused(getTaxonomy, { query: { locale: 'x_y' } })
    expect(bad.body.errors?.[0]?.pointer).toBe('query/locale')
  })
})

describe('what the operator calls a code', () => {
  it('stands in mails and on pages at once, in each reader’s language', async () => {
    const size = await added('customerSizes', { label: 'Just me', labels: { fr: 'Moi seul' } })
    const reason = await added('declineReasons', { labels: { fr: 'Phase de la lune' } })
    const reader = somebody('Zoe', { locale: 'fr-CA' })
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

describe('a code that is retired', () => {
  const declining = async (partner: Partner) => {
    const referralId = referralOf(await ask([partner]), partner)
    const { etag } = await get(partner, referralId)
    return { token: partner.user, params: { referralId }, ifMatch: etag }
  }

  it('is refused in a request', async () => {
    const product = await added('products')
    const partner = await enroll()
    const request = rfiBody([partner])
    const body = { ...request, need: { ...request.need, products: ['erp', product.code] } }
    await retire('products', product)
    const { body: problem } = await refused(rfiOperations.createRfi, { body, idempotencyKey: randomUUID() })
    expect(problem.errors).toMatchObject([
      { pointer: '/need/products/1', code: 'retired-code', params: { value: product.code } },
    ])
  })

  it('may be said again by a profile that says it, and by no other', async () => {
    const product = await added('products')
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
    const { body: problem } = await refused(profileOperations.putProfile, await putting(other))
    expect(problem.errors).toEqual([
      expect.objectContaining({ pointer: '/products/0', code: 'retired-code' }),
    ])
  })

  it('declines nothing any more; what it declined stays declined, also when that is said twice', async () => {
    const reason = await added('declineReasons')
    const partner = await enroll()
    const [first, second] = [await declining(partner), await declining(partner)]
    const body = { reason: reason.code }
    const done = await call(referralOperations.declineReferral, { ...first, body })
    await retire('declineReasons', reason)
    const repeat = await call(referralOperations.declineReferral, { ...first, body })
    expect(repeat.body).toEqual(done.body)
    const { body: problem } = await refused(referralOperations.declineReferral, { ...second, body })
    expect(problem.errors).toEqual([expect.objectContaining({ pointer: '/reason', code: 'retired-code' })])
  })

  it('is offered on no page, and refused where a form still has it', async () => {
    const reason = await added('declineReasons')
    const reader = somebody('Ann')
    const partner = await enroll(undefined, 'DE', { main: [reader] })
    await ask([partner])
    const [mail] = await awaitMail(reader.email)
    const page = await getPage(linkIn(mail, 'Decline'))
    expect(page.forms[0]?.fields.reason).toContain(reason.code)
    await retire('declineReasons', reason)
    const wrong = await submit(page, { reason: reason.code })
    expect(wrong.status).toBe(400)
    expect(wrong.forms[0]?.invalid).toEqual(['reason'])
    expect(wrong.forms[0]?.fields.reason).not.toContain(reason.code)
  })

  it('loses nothing any more, and explains what was lost with it', async () => {
    const reason = await added('lossReasons', { notesRequired: true })
    const partner = await enroll()
    const referralId = referralOf(await ask([partner]), partner)
    await act(partner, referralOperations.acceptReferral, referralId, {
      name: 'ERP',
      estimatedCloseDate: '2099-01-31',
      estimatedValue: { amount: 45_000, currency: 'EUR' },
    })
    const { etag } = await get(partner, referralId)
    const closing = { token: partner.user, params: { referralId }, ifMatch: etag }
    const lost = { result: 'lost', reason: reason.code }
    const unexplained = await refused(referralOperations.closeReferral, { ...closing, body: lost })
    expect(unexplained.body.errors?.[0]?.pointer).toBe('/notes')
    await retire('lossReasons', reason)
    const body = { ...lost, notes: 'Moved.' }
    const retired = await refused(referralOperations.closeReferral, { ...closing, body })
    expect(retired.body.errors?.[0]?.code).toBe('retired-code')
    await settle()
  })
})

it('a code that there is not is met with what was meant', async () => {
  const partner = await enroll()
  const request = rfiBody([partner])
  const body = { ...request, need: { ...request.need, solutions: ['complience'] } }
  const { body: problem } = await refused(rfiOperations.createRfi, { body, idempotencyKey: randomUUID() })
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
