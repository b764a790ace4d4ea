import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { routingOperations } from '../../shared/discovery/routing/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english } from '../fixtures/texts.ts'
import { call, refused } from './client.ts'
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

const region = 'NZ'
let operator: string
let partners: Partner[]

const offering = async (name: string, more: object): Promise<Partner> => {
  const partner = await enroll(name, region)
  const params = { region }
  const { etag } = await call(profileOperations.getProfile, { token: partner.admin, params })
  const body = { ...profileContent(partner.contactOf), ...more }
  await call(profileOperations.putProfile, { token: partner.admin, params, ifMatch: etag, body })
  return partner
}

/** An RFI of a sales agent that names nobody. */
const unaddressed = (more: object = {}) => {
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
    ...['Kiwi', 'Kea', 'Kaka', 'Tui'].map(name => offering(`${name} ${unique()}`, { products: ['erp'] })),
    offering(`Weka ${unique()}`, { products: ['erp'], preferences: { excludedKeywords: ['plants'] } }),
  ])
  await advance('PT10S')
})

describe('an RFI that names nobody', () => {
  it('goes to as many of the best as the policy says, and its trace says why to them', async () => {
    const rfi = await send(unaddressed())
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
      exclusions: { keyword: 1 },
      excluded: [{ partnerId: partners[4]?.id, reason: 'keyword' }],
    })
    const chosen = decision?.candidates.filter(candidate => candidate.chosen)
    expect(chosen?.map(({ partnerId }) => partnerId)).toEqual(
      rfi.recipients.map(({ partnerId }) => partnerId),
    )
    expect(decision?.candidates).toHaveLength(4)
    // Who asks is nobody's business but the partners'.
    expect(JSON.stringify(decision)).not.toContain('@')

    const partner = partners.find(({ id }) => id === chosen?.[0]?.partnerId) as Partner
    expect((await get(partner, referralOf(rfi, partner))).body.source).toEqual({
      channel: 'sales-agent',
      agent: 'Desk 4',
    })
    await awaitMail(partner.contactOf('main'))
  })

  it('is spread: who has more open referrals comes after who has fewer', async () => {
    await settle()
    await advance('PT10S')
    const rfi = await send(unaddressed())
    const [decision] = await routingOf(rfi.id)
    const open = decision?.candidates.map(candidate => candidate.open) ?? []
    expect(open).toEqual(open.toSorted((a, b) => a - b))
    expect(open[0]).toBeLessThan(open.at(-1) ?? 0)
  })

  it('repeated with its key gets the first answer, and is routed once', async () => {
    const body = unaddressed()
    const idempotencyKey = randomUUID()
    const input = { token: operator, body, idempotencyKey }
    const { body: first } = await call(rfiOperations.createRfiByOperator, input)
    const { body: again } = await call(rfiOperations.createRfiByOperator, input)
    expect(again).toEqual(first)
    expect(await routingOf(first.id)).toHaveLength(1)
  })

  it('goes to nobody who is not what they were at the last look', async () => {
    const rfi = await (async () => {
      const gone = partners[3] as Partner
      const params = { region }
      const { admin: token } = await signedIn(gone)
      const { etag } = await call(profileOperations.getProfile, { token, params })
      const off = await call(profileOperations.deactivateProfile, { token, params, ifMatch: etag })
      const sent = await send(unaddressed())
      await call(profileOperations.activateProfile, { token, params, ifMatch: off.etag })
      return sent
    })()
    expect(rfi.recipients.map(({ partnerId }) => partnerId)).not.toContain(partners[3]?.id)
    expect((await routingOf(rfi.id))[0]?.exclusions).toMatchObject({ changed: 1 })
  })

  it('that fits nobody waits for the operator, and can be routed again, sent on or withdrawn', async () => {
    const need = { summary: 'Something rare.', products: ['analytics'] }
    const [first, second, third] = [
      await send(unaddressed({ need })),
      await send(unaddressed({ need })),
      await send(unaddressed({ need })),
    ]
    expect(first).toMatchObject({ status: 'unrouted', recipients: [] })
    const email = 'somebody-rare@customer.example'
    const rare = unaddressed({ need })
    await send({ ...rare, customer: { ...rare.customer, contact: { ...rare.customer.contact, email } } })
    const [mail] = await awaitMail(email)
    expect(mail?.subject).toBe(english('looking.subject'))
    const page = await getPage(linkIn(mail, english('follow')))
    expect(page.text).toContain('We are looking for a partner who can help you.')
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
    const { body: problem } = await refused(rfiOperations.routeRfi, await ifMatch(first.id))
    expect(problem).toMatchObject({ code: 'state-conflict', reason: 'no-partner-fits' })

    const late = await offering(`Moa ${unique()}`, { products: ['analytics'] })
    await advance('PT10S')
    const { body: routed } = await call(rfiOperations.routeRfi, await ifMatch(first.id))
    expect(routed).toMatchObject({ status: 'open', recipients: [{ partnerId: late.id }] })
    expect(await routingOf(first.id)).toHaveLength(2)
    const { body: again } = await refused(rfiOperations.routeRfi, await ifMatch(first.id))
    expect(again.reason, 'whoever has it is not asked twice').toBe('no-partner-fits')

    const recipients = [{ profileId: late.profileId, locationId: 'branch' }]
    await call(rfiOperations.addRecipientsByOperator, { ...(await ifMatch(second.id)), body: { recipients } })
    const { body: withdrawn } = await call(rfiOperations.withdrawRfiByOperator, await ifMatch(third.id))
    expect(withdrawn.status).toBe('withdrawn')
    expect(await unrouted()).toEqual([])
  })

  it('keeps the deadline that it was given, while it waits', async () => {
    const { now } = await advance('PT0S')
    const respondBy = new Date(Math.floor(Date.parse(now) / 1000) * 1000 + 2 * 86_400_000).toISOString()
    const need = { summary: 'Something rare.', solutions: ['field-service'] }
    const [kept, late] = [
      await send(unaddressed({ need, respondBy })),
      await send(unaddressed({ need, respondBy })),
    ]
    const rfi = async (rfiId: string) =>
      call(rfiOperations.getRfiByOperator, { token: await tokenOf('operator'), params: { rfiId } })
    const route = async (rfiId: string) => ({
      token: await tokenOf('operator'),
      params: { rfiId },
      ifMatch: (await rfi(rfiId)).etag,
    })
    await offering(`Ruru ${unique()}`, { solutions: ['field-service'] })
    await advance('PT1H')
    const { body } = await call(rfiOperations.routeRfi, await route(kept.id))
    expect(body.recipients).toMatchObject([{ respondBy }])
    await advance('P3D')
    const { body: problem } = await refused(rfiOperations.routeRfi, await route(late.id))
    expect(problem.detail).toContain('has passed')
  })

  it('without codes goes to whoever has its words, and else waits', async () => {
    operator = await tokenOf('operator')
    const words = { summary: 'Violins repaired.', products: [] }
    expect((await send(unaddressed({ need: words }))).status).toBe('unrouted')
    const luthier = await offering(`Luthier ${unique()}`, { keywords: ['violins', 'repaired'] })
    await advance('PT10S')
    const rfi = await send(unaddressed({ need: words }))
    expect(rfi.recipients.map(({ partnerId }) => partnerId)).toEqual([luthier.id])
  })

  it('names recipients, or a region to choose them from', async () => {
    const { body } = await refused(rfiOperations.createRfiByOperator, {
      token: operator,
      body: { ...unaddressed(), recipients: rfiBody(partners.slice(0, 1)).recipients },
      idempotencyKey: randomUUID(),
    })
    expect(body.errors).toMatchObject([{ pointer: '/region' }])
  })

  it('of which there is none has no routing', async () => {
    const params = { rfiId: 'rfi_01KJKJ00000000000000000000' }
    await refused(routingOperations.getRouting, { token: operator, params })
    const { id } = await send({
      ...unaddressed(),
      region: undefined,
      recipients: rfiBody(partners.slice(0, 1)).recipients,
    })
    expect(await routingOf(id)).toEqual([])
  })

  it('is a customer’s never: they choose', async () => {
    const { recipients: _, ...body } = rfiBody([], {})
    const { body: problem } = await refused(rfiOperations.createRfi, {
      body,
      idempotencyKey: randomUUID(),
    })
    expect(problem.errors).toMatchObject([{ pointer: '/recipients', code: 'required' }])
  })
})

describe('a dry run', () => {
  const window = async () => {
    const { now } = await advance('PT1S')
    return { from: new Date(Date.parse(now) - 10 * 86_400_000).toISOString(), to: now }
  }

  it('under the weights that were in force changes nothing', async () => {
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

  it('with a fan-out of one shows who would have gone without', async () => {
    const { body } = await call(routingOperations.dryRunRouting, {
      token: operator,
      body: { ...(await window()), region, routing: { ...defaultPolicy.routing, fanOut: 1 } },
    })
    expect(body.replayed.referrals).toBeLessThan(body.actual.referrals)
    expect(body.changes.length).toBeGreaterThan(0)
  })

  it('refuses a window that is none, or too long', async () => {
    const at = '2026-01-01T00:00:00.000Z'
    for (const to of [at, '2026-09-01T00:00:00.000Z']) {
      const { body } = await refused(routingOperations.dryRunRouting, {
        token: operator,
        body: { from: at, to },
      })
      expect(body.errors?.[0]?.pointer).toBe('/to')
    }
  })
})
