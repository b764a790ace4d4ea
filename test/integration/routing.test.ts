import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { routingOperations } from '../../shared/discovery/routing/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english } from '../fixtures/texts.ts'
import { call, expectProblem } from './client.ts'
import {
  advance,
  awaitMail,
  enroll,
  get,
  getPage,
  linkIn,
  type Partner,
  profileContent,
  referralOf,
  rfiBody,
  settle,
  signedIn,
  submit,
  tokenOf,
  unique,
} from './program.ts'

const region = 'IS'
let operator: string
let partners: Partner[]

const enrollWith = async (name: string, more: object): Promise<Partner> => {
  const partner = await enroll(name, region)
  const params = { region }
  const { etag } = await call(profileOperations.getProfile, { token: partner.admin, params })
  const body = { ...profileContent(partner.contactOf), ...more }
  await call(profileOperations.putProfile, { token: partner.admin, params, ifMatch: etag, body })
  return partner
}

/** Returns an RFI of a sales agent without recipients. */
const bodyWithoutRecipients = (more: object = {}) => {
  const { recipients: _, ...body } = rfiBody([], {})
  return { ...body, region, source: { channel: 'sales-agent', agent: 'Desk 4' }, ...more }
}

const send = async (body: object): Promise<CreatedRfi> =>
  (await call(rfiOperations.createRfiByOperator, { token: operator, body, idempotencyKey: randomUUID() }))
    .body

const routingOf = async (rfiId: string) =>
  (await call(routingOperations.getRouting, { token: operator, params: { rfiId } })).body.items

const unrouted = async () =>
  (await call(rfiOperations.listUnroutedRfis, { token: operator, query: { limit: 100 } })).body.items

beforeAll(async () => {
  operator = await tokenOf('operator')
  partners = await Promise.all([
    ...['Kiwi', 'Kea', 'Kaka', 'Tui'].map(name => enrollWith(`${name} ${unique()}`, { products: ['erp'] })),
    enrollWith(`Weka ${unique()}`, { products: ['erp'], preferences: { excludedKeywords: ['plants'] } }),
    enrollWith(`Moa ${unique()}`, { products: ['crm'] }),
  ])
  await advance('PT10S')
})

describe('an RFI without recipients', () => {
  it('is sent to the best partners up to the fan-out, with a trace of the decision', async () => {
    const rfi = await send(bodyWithoutRecipients())
    expect(rfi.status).toBe('open')
    expect(rfi.recipients).toHaveLength(defaultPolicy.routing.fanOut)

    const [decision, ...more] = await routingOf(rfi.id)
    expect(more).toEqual([])
    expect(decision).toMatchObject({
      rfiId: rfi.id,
      region,
      ranking: defaultPolicy.ranking,
      considered: partners.length,
      asked: { products: ['erp'], size: '51-250', city: 'Potsdam' },
      exclusions: { keyword: 1, 'no-match': 1 },
      excluded: [{ partnerId: partners[4]?.id, reason: 'keyword' }],
    })
    const chosen = decision?.candidates.filter(candidate => candidate.chosen)
    expect(chosen?.map(({ partnerId }) => partnerId)).toEqual(
      rfi.recipients.map(({ partnerId }) => partnerId),
    )
    expect(decision?.candidates).toHaveLength(4)
    // The trace contains no personal data of the customer.
    expect(JSON.stringify(decision)).not.toContain('@')

    const partner = partners.find(({ id }) => id === chosen?.[0]?.partnerId) as Partner
    expect((await get(partner, referralOf(rfi, partner))).body.source).toEqual({
      channel: 'sales-agent',
      agent: 'Desk 4',
    })
    await awaitMail(partner.contactOf('main'))
  })

  it('prefers partners with fewer open referrals', async () => {
    await settle()
    await advance('PT10S')
    const rfi = await send(bodyWithoutRecipients())
    const [decision] = await routingOf(rfi.id)
    const open = decision?.candidates.map(candidate => candidate.open) ?? []
    expect(open).toEqual(open.toSorted((a, b) => a - b))
    expect(open[0]).toBeLessThan(open.at(-1) ?? 0)
  })

  it('is routed once for a repeated request', async () => {
    const body = bodyWithoutRecipients()
    const idempotencyKey = randomUUID()
    const input = { token: operator, body, idempotencyKey }
    const { body: first } = await call(rfiOperations.createRfiByOperator, input)
    const { body: again } = await call(rfiOperations.createRfiByOperator, input)
    expect(again).toEqual(first)
    expect(await routingOf(first.id)).toHaveLength(1)
  })

  it('is not sent to partners whose profile has changed since the last refresh', async () => {
    const rfi = await (async () => {
      const gone = partners[3] as Partner
      const params = { region }
      const { admin: token } = await signedIn(gone)
      const { etag } = await call(profileOperations.getProfile, { token, params })
      const off = await call(profileOperations.deactivateProfile, { token, params, ifMatch: etag })
      const sent = await send(bodyWithoutRecipients())
      await call(profileOperations.activateProfile, { token, params, ifMatch: off.etag })
      return sent
    })()
    expect(rfi.recipients.map(({ partnerId }) => partnerId)).not.toContain(partners[3]?.id)
    expect((await routingOf(rfi.id))[0]?.exclusions).toMatchObject({ changed: 1 })
  })

  it('waits for the operator if it fits no partner, and can be routed again, sent on or withdrawn', async () => {
    const need = { summary: 'Something rare.', products: ['analytics'] }
    const [first, second, third] = [
      await send(bodyWithoutRecipients({ need })),
      await send(bodyWithoutRecipients({ need })),
      await send(bodyWithoutRecipients({ need })),
    ]
    expect(first).toMatchObject({ status: 'unrouted', recipients: [] })
    const email = 'somebody-rare@customer.example'
    const rare = bodyWithoutRecipients({ need })
    await send({ ...rare, customer: { ...rare.customer, contact: { ...rare.customer.contact, email } } })
    const [mail] = await awaitMail(email)
    expect(mail?.subject).toBe(english('looking.subject'))
    const page = await getPage(linkIn(mail, english('follow')))
    expect(page.text).toContain('We are looking for a partner that can help you.')
    await submit(page, { sure: 'yes' }, english('request.withdraw'))
    const waiting = await unrouted()
    expect(waiting.map(({ id }) => id)).toEqual(expect.arrayContaining([first.id, second.id, third.id]))
    expect(waiting[0]).toMatchObject({ region, channel: 'sales-agent', products: ['analytics'] })

    const rfiOf = async (rfiId: string) =>
      call(rfiOperations.getRfiByOperator, { token: operator, params: { rfiId } })
    const ifMatch = async (rfiId: string) => ({
      token: operator,
      params: { rfiId },
      ifMatch: (await rfiOf(rfiId)).etag,
    })
    const { body: problem } = await expectProblem(rfiOperations.routeRfi, await ifMatch(first.id))
    expect(problem).toMatchObject({ code: 'state-conflict', reason: 'no-partner-fits' })

    const late = await enrollWith(`Moa ${unique()}`, { products: ['analytics'] })
    await advance('PT10S')
    const { body: routed } = await call(rfiOperations.routeRfi, await ifMatch(first.id))
    expect(routed).toMatchObject({ status: 'open', recipients: [{ partnerId: late.id }] })
    expect(await routingOf(first.id)).toHaveLength(2)
    const { body: again } = await expectProblem(rfiOperations.routeRfi, await ifMatch(first.id))
    expect(again.reason, 'a recipient is not a candidate').toBe('no-partner-fits')

    const recipients = [{ profileId: late.profileId, locationId: 'branch' }]
    await call(rfiOperations.addRecipientsByOperator, { ...(await ifMatch(second.id)), body: { recipients } })
    const { body: withdrawn } = await call(rfiOperations.withdrawRfiByOperator, await ifMatch(third.id))
    expect(withdrawn.status).toBe('withdrawn')
    expect(await unrouted()).toEqual([])
  })

  it('keeps its deadline while it waits', async () => {
    const { now } = await advance('PT0S')
    const respondBy = new Date(Math.floor(Date.parse(now) / 1000) * 1000 + 2 * 86_400_000).toISOString()
    const need = { summary: 'Something rare.', solutions: ['field-service'] }
    const [kept, late] = [
      await send(bodyWithoutRecipients({ need, respondBy })),
      await send(bodyWithoutRecipients({ need, respondBy })),
    ]
    const rfi = async (rfiId: string) =>
      call(rfiOperations.getRfiByOperator, { token: await tokenOf('operator'), params: { rfiId } })
    const route = async (rfiId: string) => ({
      token: await tokenOf('operator'),
      params: { rfiId },
      ifMatch: (await rfi(rfiId)).etag,
    })
    await enrollWith(`Ruru ${unique()}`, { solutions: ['field-service'] })
    await advance('PT1H')
    const { body } = await call(rfiOperations.routeRfi, await route(kept.id))
    expect(body.recipients).toMatchObject([{ respondBy }])
    await advance('P3D')
    const { body: problem } = await expectProblem(rfiOperations.routeRfi, await route(late.id))
    expect(problem.detail).toContain('has passed')
  })

  it('is sent to partners whose text matches if it has no codes, and waits if no partner matches', async () => {
    operator = await tokenOf('operator')
    const words = { summary: 'Violins repaired.', products: [] }
    expect((await send(bodyWithoutRecipients({ need: words }))).status).toBe('unrouted')
    const luthier = await enrollWith(`Luthier ${unique()}`, { keywords: ['violins', 'repaired'] })
    await advance('PT10S')
    const rfi = await send(bodyWithoutRecipients({ need: words }))
    expect(rfi.recipients.map(({ partnerId }) => partnerId)).toEqual([luthier.id])
  })

  it('requires either recipients or a region', async () => {
    const { body } = await expectProblem(rfiOperations.createRfiByOperator, {
      token: operator,
      body: { ...bodyWithoutRecipients(), recipients: rfiBody(partners.slice(0, 1)).recipients },
      idempotencyKey: randomUUID(),
    })
    expect(body.errors).toMatchObject([{ pointer: '/region' }])
  })

  it('has no routing decision if it names its recipients', async () => {
    const params = { rfiId: 'rfi_01KJKJ00000000000000000000' }
    await expectProblem(routingOperations.getRouting, { token: operator, params })
    const { id } = await send({
      ...bodyWithoutRecipients(),
      region: undefined,
      recipients: rfiBody(partners.slice(0, 1)).recipients,
    })
    expect(await routingOf(id)).toEqual([])
  })

  it('is rejected from customers, who must choose recipients', async () => {
    const { recipients: _, ...body } = rfiBody([], {})
    const { body: problem } = await expectProblem(rfiOperations.createRfi, {
      body,
      idempotencyKey: randomUUID(),
    })
    expect(problem.errors).toMatchObject([{ pointer: '/recipients', code: 'required' }])
  })
})

describe('dryRunRouting', () => {
  const window = async () => {
    const { now } = await advance('PT1S')
    return { from: new Date(Date.parse(now) - 10 * 86_400_000).toISOString(), to: now }
  }

  it('changes no decision with the weights that were in force', async () => {
    const { body } = await call(routingOperations.dryRunRouting, {
      token: operator,
      body: { ...(await window()), region },
    })
    expect(body.rfis).toBeGreaterThanOrEqual(4)
    expect(body.more).toBe(false)
    expect(body.changes).toEqual([])
    expect(body.replayed).toEqual(body.actual)
    expect(body.partners.map(({ name }) => name)).toEqual(
      expect.arrayContaining(partners.slice(0, 4).map(({ name }) => name)),
    )
  })

  it('with a fan-out of 1 lists the changed decisions', async () => {
    const { body } = await call(routingOperations.dryRunRouting, {
      token: operator,
      body: { ...(await window()), region, routing: { ...defaultPolicy.routing, fanOut: 1 } },
    })
    expect(body.replayed.referrals).toBeLessThan(body.actual.referrals)
    expect(body.changes.length).toBeGreaterThan(0)
  })

  it('rejects an empty time range and a too long one', async () => {
    const at = '2026-01-01T00:00:00.000Z'
    for (const to of [at, '2026-09-01T00:00:00.000Z']) {
      const { body } = await expectProblem(routingOperations.dryRunRouting, {
        token: operator,
        body: { from: at, to },
      })
      expect(body.errors?.[0]?.pointer).toBe('/to')
    }
  })
})
