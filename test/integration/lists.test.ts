/** Lists as a CRM and the operator use them, over HTTP. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Page } from '../../shared/kernel/page.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { call, expectProblem } from './client.ts'
import {
  acceptance,
  advance,
  enroll,
  execute,
  type Partner,
  referralOf,
  sendRfi,
  signedIn,
  tokenOf,
  unique,
} from './program.ts'

const { acceptReferral, closeReferral, declineReferral, editDeal, listReferrals, listReferralsByOperator } =
  referralOperations
const { listRfis } = rfiOperations

/** Reads all pages of a list, and checks that no row is repeated. */
const allPages = async <T extends { id: string }>(
  read: (cursor: { cursor?: string }) => Promise<{ body: Page<T> }>,
): Promise<T[]> => {
  const rows: T[] = []
  let cursor: string | null = null
  do {
    const { body }: { body: Page<T> } = await read(cursor ? { cursor } : {})
    rows.push(...body.items)
    cursor = body.nextCursor
  } while (cursor)
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  return rows
}

const idsOf = async (partner: Partner, query: Record<string, string | number>): Promise<string[]> => {
  const { user: token } = await signedIn(partner)
  const rows = await allPages(cursor =>
    call(listReferrals, { token, query: { limit: 2, ...query, ...cursor } }),
  )
  return rows.map(({ id }) => id)
}

describe('a CRM', () => {
  it('finds its referral, changes it with the version of the row, and reads only what has changed', async () => {
    const partner = await enroll()
    const crmId = `CRM#${unique()}`
    const [first, second, third] = [
      referralOf(await sendRfi([partner]), partner),
      referralOf(await sendRfi([partner]), partner),
      referralOf(await sendRfi([partner]), partner),
    ]
    await execute(partner, acceptReferral, second, { ...acceptance, crmId })
    const { body: found } = await call(listReferrals, { token: partner.user, query: { crmId } })
    const [row] = found.items
    expect(found.items).toHaveLength(1)
    expect(row).toMatchObject({
      id: second,
      version: 2,
      status: 'active',
      crmId,
      estimatedValue: acceptance.estimatedValue,
      estimatedCloseDate: acceptance.estimatedCloseDate,
      outcomeValue: null,
    })

    const body = { result: 'won', value: { amount: 47_000, currency: 'EUR' } }
    const params = { referralId: second }
    await call(closeReferral, { token: partner.user, params, ifMatch: `"${row?.version}"`, body })
    const { body: closed } = await call(listReferrals, { token: partner.user, query: { crmId } })
    expect(closed.items).toMatchObject([{ status: 'won', outcomeValue: body.value }])

    await advance('PT2M')
    const renewed = await signedIn(partner)
    await execute(renewed, declineReferral, first, { reason: 'budget' })
    const updatedSince = new Date(Date.parse(closed.items[0]?.updatedAt ?? '') + 60_000).toISOString()
    expect(await idsOf(partner, { updatedSince })).toEqual([first])
    expect(await idsOf(partner, { sort: 'updated' })).toEqual([third, second, first])
    expect(await idsOf(partner, { stage: 'all' })).toEqual([third, second, first])
    expect(await idsOf(partner, { stage: 'all', sort: 'oldest' })).toEqual([first, second, third])
    expect(await idsOf(partner, { status: 'declined,won' })).toEqual([first, second])
    expect(await idsOf(partner, { stage: 'archived', locationId: 'main' })).toEqual([first, second])
    expect(await idsOf(partner, { stage: 'archived', locationId: 'branch' })).toEqual([])
  })

  it('finds a deal under its new CRM id, and no longer under the old one', async () => {
    const partner = await enroll()
    const referralId = referralOf(await sendRfi([partner]), partner)
    const [before, after] = [`CRM-${unique()}`, `CRM-${unique()}`]
    await execute(partner, acceptReferral, referralId, { ...acceptance, crmId: before })
    await execute(partner, editDeal, referralId, { crmId: after })
    expect(await idsOf(partner, { crmId: before })).toEqual([])
    expect(await idsOf(partner, { crmId: after })).toEqual([referralId])
  })
})

describe('a list by due date', () => {
  it('has new referrals by deadline and active ones by close date, and no others', async () => {
    const partner = await enroll()
    const [late, soon, ended] = [
      referralOf(await sendRfi([partner]), partner),
      referralOf(await sendRfi([partner]), partner),
      referralOf(await sendRfi([partner]), partner),
    ]
    await execute(partner, acceptReferral, late, acceptance)
    await execute(partner, declineReferral, ended, { reason: 'budget' })
    expect(await idsOf(partner, { sort: 'due' })).toEqual([soon, late])
    expect(await idsOf(partner, { dueBefore: '2098-12-31T00:00:00Z' })).toEqual([soon])
    expect(await idsOf(partner, { dueBefore: '2099-02-01T00:00:00Z', stage: 'active' })).toEqual([late])
  })
})

describe('a combination that no index serves', () => {
  it.each([
    { stage: 'inbox', status: 'won' },
    { stage: 'all', locationId: 'main' },
    { stage: 'active', sort: 'hot-first' },
  ])('%j returns 400 with the combinations that exist', async query => {
    const partner = await enroll()
    const { status, body } = await expectProblem(listReferrals, { token: partner.user, query })
    expect(status).toBe(400)
    expect(body.errors).toMatchObject([{ code: 'unknown-combination' }])
    expect(body.errors?.[0]?.detail).toContain('stage=')
  })
})

describe('the operator', () => {
  let operator: string
  beforeAll(async () => {
    operator = await tokenOf('operator')
  })

  it('lists the referrals of all partners by status, region and time, without their CRM ids', async () => {
    const partners = [await enroll(undefined, 'LU'), await enroll(undefined, 'LU')] as const
    operator = await tokenOf('operator')
    const rfi = await sendRfi(partners)
    const [won, open] = partners.map(partner => referralOf(rfi, partner)) as [string, string]
    const receivedSince = rfi.createdAt
    await execute(partners[0], acceptReferral, won, acceptance)
    const list = async (query: Record<string, string>) =>
      allPages(cursor =>
        call(listReferralsByOperator, { token: operator, query: { limit: 1, ...query, ...cursor } }),
      )
    const all = await list({ stage: 'all', region: 'lu', receivedSince })
    expect(all.map(({ id }) => id).toSorted()).toEqual([won, open].toSorted())
    expect(all.find(({ id }) => id === won)).toMatchObject({ status: 'active', crmId: null })
    expect((await list({ region: 'LU', receivedSince })).map(({ id }) => id)).toEqual([open])
    expect((await list({ status: 'active', receivedSince })).map(({ id }) => id)).toContain(won)
    expect((await list({ updatedSince: receivedSince })).map(({ id }) => id)).toEqual(
      expect.arrayContaining([open, won]),
    )
    const ofPartner = await list({ partnerId: partners[0].id, stage: 'all' })
    expect(ofPartner).toMatchObject([{ id: won, crmId: null }])
  })

  it('lists RFIs with their customers, by status and time', async () => {
    const partner = await enroll()
    operator = await tokenOf('operator')
    const company = `Muster ${unique()}`
    const rfi = await sendRfi([partner], { company })
    const query = { createdSince: rfi.createdAt, limit: 5 }
    const rows = await allPages(cursor => call(listRfis, { token: operator, query: { ...query, ...cursor } }))
    expect(rows.find(({ id }) => id === rfi.id)).toMatchObject({
      requestNumber: rfi.requestNumber,
      status: 'open',
      region: 'DE',
      customer: { company, city: 'Potsdam' },
      recipients: [{ partnerId: partner.id, referralId: referralOf(rfi, partner) }],
    })
    await call(rfiOperations.withdrawRfiByOperator, {
      token: operator,
      params: { rfiId: rfi.id },
      ifMatch: (await call(rfiOperations.getRfiByOperator, { token: operator, params: { rfiId: rfi.id } }))
        .etag,
    })
    const withStatus = (status: string) =>
      allPages(cursor => call(listRfis, { token: operator, query: { ...query, status, ...cursor } }))
    expect((await withStatus('withdrawn')).map(({ id }) => id)).toContain(rfi.id)
    expect((await withStatus('open,unrouted,decided')).map(({ id }) => id)).not.toContain(rfi.id)
  })
})
