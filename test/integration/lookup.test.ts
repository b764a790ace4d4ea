/** Lookup over HTTP: the operator finds what a caller asks about, and a partner finds its own referrals. */
import { beforeAll, describe, expect, it } from 'vitest'
import { asRfiId, referenceOf } from '../../shared/kernel/ids.ts'
import type { Operation } from '../../shared/kernel/operation.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { lookupOperations } from '../../shared/referrals/lookup/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, callUnchecked, expectProblem } from './client.ts'
import { enroll, type Partner, rfiBody, settle, tokenOf, unique } from './program.ts'

const { lookUp } = lookupOperations
const { listReferrals, acceptReferral } = referralOperations

let operator: string
/** Words that no other test uses, without figures, so that they can be names. */
let family: string
let company: string

beforeAll(async () => {
  operator = await tokenOf('operator')
})

const uniqueName = (): string =>
  `X${unique().replaceAll(/\d/g, figure => String.fromCharCode('g'.charCodeAt(0) + Number(figure)))}`

const found = async (q: string) => (await call(lookUp, { token: operator, query: { q } })).body
const own = async ({ user }: Partner, q: string) =>
  (await call(listReferrals, { token: user, query: { q } })).body.items.map(({ rfiId }) => rfiId)

const send = async (partners: readonly Partner[], email: string) => {
  family = uniqueName()
  company = `${uniqueName()} Getriebe GmbH`
  const body = rfiBody(partners, { email, company })
  const contact = { ...body.customer.contact, firstName: 'Zoë', lastName: `${family}-Müller` }
  const sent = await call(rfiOperations.createRfi, {
    body: { ...body, customer: { ...body.customer, contact } },
    idempotencyKey: unique(),
  })
  await settle()
  return sent.body
}

describe('when Mrs Muster rings', () => {
  it('the operator finds her request by address, name, company and number, with what became of it', async () => {
    const partner = await enroll()
    const email = `Muster.${unique()}@customer.example`
    const rfi = await send([partner], email)
    const queries = [
      email.toUpperCase(),
      family,
      `zoe ${family.toLowerCase()} mueller`,
      company,
      company.slice(0, 5),
      referenceOf(asRfiId(rfi.id)),
      rfi.id,
    ]
    for (const q of queries)
      expect(
        (await found(q)).rfis.map(({ id }) => id),
        q,
      ).toEqual([rfi.id])
    expect((await found(family)).rfis).toMatchObject([
      {
        status: 'open',
        customer: { company, name: `Zoë ${family}-Müller`, email },
        referrals: [{ partnerId: partner.id, partnerName: partner.name, status: 'new' }],
      },
    ])
  })

  it('a partner finds its own referral by company and number, and by her name after its acceptance', async () => {
    const [partner, other] = [await enroll(), await enroll()]
    const rfi = await send([partner], `muster.${unique()}@customer.example`)
    for (const q of [company, referenceOf(asRfiId(rfi.id))]) {
      expect(await own(partner, q), q).toEqual([rfi.id])
      expect(await own(other, q), q).toEqual([])
    }
    expect(await own(partner, family)).toEqual([])
    const referralId = rfi.recipients[0]?.referralId ?? ''
    await call(acceptReferral, {
      token: partner.user,
      params: { referralId },
      body: {
        name: 'ERP',
        estimatedValue: { amount: 1000, currency: 'EUR' },
        estimatedCloseDate: '2099-01-01',
      },
      ifMatch: '"1"',
    })
    expect(await own(partner, family)).toEqual([rfi.id])
  })

  it('nobody else may look her up', async () => {
    const partner = await enroll()
    for (const token of [partner.user, partner.admin, undefined])
      expect([401, 403]).toContain((await callUnchecked(lookUp, { token, query: { q: 'muster' } })).status)
  })
})

describe('the operator', () => {
  it('finds a partner by words of its present name, in the lookup and in the list', async () => {
    const [before, after] = [uniqueName(), uniqueName()]
    const partner = await enroll(`${before} Systeme`)
    await settle()
    const list = async (q: string) =>
      (await call(partnerOperations.listPartners, { token: operator, query: { q } })).body.items.map(
        ({ id }) => id,
      )
    expect(await list(`systeme ${before}`)).toEqual([partner.id])
    expect(await list(partner.id)).toEqual([partner.id])
    const params = { partnerId: partner.id }
    const { etag } = await call(partnerOperations.getPartner, { token: operator, params })
    await call(partnerOperations.editPartner, {
      token: operator,
      params,
      body: { name: `${after} Systeme` },
      ifMatch: etag,
    })
    await settle()
    expect(await list(before)).toEqual([])
    expect((await found(after)).partners).toEqual([expect.objectContaining({ id: partner.id })])
  })

  it('is told that a query is missing, too long, or combined with filters', async () => {
    const partner = await enroll()
    const faultsOf = async (operation: Operation, token: string, query: Record<string, string>) =>
      (await expectProblem(operation, { token, query })).body.errors?.map(({ code }) => code)
    expect(await faultsOf(lookUp, operator, {})).toEqual(['required'])
    expect(await faultsOf(lookUp, operator, { q: 'x'.repeat(201) })).toEqual(['too-long'])
    expect(await faultsOf(listReferrals, partner.user, { q: 'muster', stage: 'inbox' })).toEqual([
      'query-alone',
    ])
  })
})
