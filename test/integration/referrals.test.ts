import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { allOperations } from '../../shared/api/contract.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english } from '../fixtures/texts.ts'
import { call, expectProblem, type Input } from './client.ts'
import {
  acceptance,
  advance,
  awaitMail,
  enroll,
  execute,
  get,
  type Partner,
  profileContent,
  referralOf,
  rfiBody,
  scheduledKinds,
  schedulesOf,
  sendRfi,
  settle,
  timelineTypes,
  tokenOf,
  unique,
} from './program.ts'

const { acceptReferral, addColleague, closeReferral, declineReferral, editDeal, removeColleague } =
  referralOperations
const { getReferral, listReferrals, withdrawReferral } = referralOperations

let partner: Partner
let operator: string

beforeAll(async () => {
  partner = await enroll()
  operator = await tokenOf('operator')
})

describe('an answer', () => {
  it('repeated with the same content returns the same referral for any version', async () => {
    const referralId = referralOf(await sendRfi([partner]), partner)
    const first = await execute(partner, acceptReferral, referralId, acceptance)
    const input = { token: partner.user, params: { referralId }, ifMatch: '"1"' }
    const again = await call(acceptReferral, { ...input, body: acceptance })
    expect(again.body).toEqual(first.body)
    expect(again.etag).toBe(first.etag)
    const different = await expectProblem(acceptReferral, {
      ...input,
      body: { ...acceptance, name: 'Another' },
    })
    expect(different.body).toMatchObject({ code: 'state-conflict', currentStatus: 'active' })
    expect(await timelineTypes(partner, referralId)).toEqual(['referral.received', 'referral.accepted'])
  })

  it('returns state-conflict after respondBy, whether or not the timer has fired', async () => {
    const referralId = referralOf(await sendRfi([partner]), partner)
    const { etag } = await get(partner, referralId)
    await advance('P14D')
    const input = { token: partner.user, params: { referralId }, ifMatch: etag }
    const answer = await expectProblem(declineReferral, { ...input, body: { reason: 'budget' } })
    expect(answer.body).toMatchObject({
      code: 'state-conflict',
      currentStatus: 'expired',
      actions: [{ name: 'reopen' }],
    })
  })

  it('sent concurrently by several clients succeeds once', async () => {
    const rfi = await sendRfi([partner])
    const referralId = referralOf(rfi, partner)
    const input: Input = { token: partner.user, params: { referralId }, ifMatch: '"1"' }
    const attempts = [
      ...Array.from({ length: 4 }, (_, index) => ({
        operation: acceptReferral,
        body: { ...acceptance, name: `Deal ${index}` },
      })),
      ...['budget', 'timeline', 'spam'].map(reason => ({ operation: declineReferral, body: { reason } })),
    ].map(({ operation, body }) => isSuccessful(call(operation, { ...input, body })))
    const withdrawal = isSuccessful(
      call(rfiOperations.withdrawRfi, {
        token: rfi.trackingToken,
        params: { rfiId: rfi.id },
        ifMatch: '"2"',
      }),
    )
    const outcomes = await Promise.all([...attempts, withdrawal])
    const types = await timelineTypes(partner, referralId)
    const { status } = (await get(partner, referralId)).body
    // An accepted referral can still be withdrawn. No other event can follow an answer.
    expect([
      ['referral.received', 'referral.accepted', 'referral.withdrawn'],
      ['referral.received', 'referral.accepted'],
      ['referral.received', 'referral.declined'],
      ['referral.received', 'referral.withdrawn'],
    ]).toContainEqual(types)
    expect(types.at(-1)).toBe(status === 'active' ? 'referral.accepted' : `referral.${status}`)
    expect(outcomes.filter(Boolean)).toHaveLength(types.length - 1)
  })
})

const isSuccessful = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => true,
    error => {
      expect(String(error)).toMatch(/state-conflict|stale-version/)
      return false
    },
  )

describe('an active referral', () => {
  it('can be edited, gets and loses colleagues, and is closed as lost', async () => {
    const referralId = referralOf(await sendRfi([partner]), partner)
    await execute(partner, acceptReferral, referralId, acceptance)

    const edited = await execute(partner, editDeal, referralId, { name: 'One plant', crmId: null })
    expect(edited.body.deal).toEqual({
      name: 'One plant',
      estimatedValue: acceptance.estimatedValue,
      estimatedCloseDate: acceptance.estimatedCloseDate,
      estimated: 'given',
      notes: acceptance.notes,
      crmId: null,
    })

    const colleague = {
      firstName: 'Project',
      lastName: 'Lead',
      email: 'lead@partner.example',
      phone: '+49 1 23456',
    }
    const added = await execute(partner, addColleague, referralId, colleague)
    const colleagueId = added.body.colleagues.find(({ email }) => email === colleague.email)?.id ?? ''
    const removed = await execute(partner, removeColleague, referralId, undefined, { colleagueId })
    expect(removed.body.colleagues.map(({ email }) => email)).toEqual(['key.account@partner.example'])

    const lost = await execute(partner, closeReferral, referralId, { result: 'lost', reason: 'competitor' })
    expect(lost.body).toMatchObject({ status: 'lost', outcome: { reason: 'competitor' } })
    expect(await timelineTypes(partner, referralId)).toEqual([
      'referral.received',
      'referral.accepted',
      'referral.deal-edited',
      'referral.contact-added',
      'referral.contact-removed',
      'referral.lost',
    ])
  })
})

describe('a change without an effect', () => {
  it('returns the present referral and stores no event', async () => {
    const referralId = referralOf(await sendRfi([partner]), partner)
    await execute(partner, acceptReferral, referralId, acceptance)
    const before = await get(partner, referralId)
    const edited = await execute(partner, editDeal, referralId, { crmId: acceptance.crmId })
    expect(edited.etag).toBe(before.etag)
    const closed = await execute(partner, closeReferral, referralId, { result: 'won' })
    const again = await execute(partner, closeReferral, referralId, { result: 'won' })
    expect(again.body).toEqual(closed.body)
    expect(await timelineTypes(partner, referralId)).toHaveLength(3)
  })
})

describe('a colleague who is added before acceptance', () => {
  it('is kept at acceptance', async () => {
    const referralId = referralOf(await sendRfi([partner]), partner)
    const early = {
      firstName: 'Pre',
      lastName: 'Sales',
      email: 'presales@partner.example',
      phone: '+49 30 99999',
    }
    await execute(partner, addColleague, referralId, early)
    const { body } = await execute(partner, acceptReferral, referralId, acceptance)
    expect(body.colleagues.map(({ email }) => email)).toEqual([early.email, 'key.account@partner.example'])
  })
})

describe('a request for direct contact', () => {
  it('is hot for 72 hours, is then cooled by exactly one event, and stays open', async () => {
    const partner = await enroll()
    const referralId = referralOf(await sendRfi([partner], { directContact: true }), partner)
    const [mail] = await awaitMail(partner.contactOf('main'))
    expect(mail?.subject).toBe(english('new-referral.hot-subject', { company: 'Havelland Getriebe' }))
    const { directContact, status } = (await get(partner, referralId)).body
    expect(directContact).toMatchObject({ state: 'hot', message: { code: 'contact-now' } })
    expect(status).toBe('new')
    await settle()
    expect(await scheduledKinds(referralId)).toEqual(['remind', 'cool', 'expire'])

    await advance('PT72H')
    const later = (await get(partner, referralId)).body
    expect(later.status).toBe('new')
    expect(later.directContact).toMatchObject({ state: 'cooled', message: { code: 'contact-overdue' } })
    expect(await timelineTypes(partner, referralId)).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.cooled',
    ])
    const { body: list } = await call(listReferrals, { token: partner.user })
    expect(list.items.find(({ id }) => id === referralId)?.directContact?.state).toBe('cooled')
  })
})

describe('withdrawal', () => {
  it('withdraws every open referral of an RFI', async () => {
    const other = await enroll()
    const rfi = await sendRfi([partner, other])
    // The receipt arrives, which changes the status of the customer's address.
    await settle()
    await execute(other, declineReferral, referralOf(rfi, other), { reason: 'duplicate' })
    const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
    const { etag } = await call(rfiOperations.getRfi, input)
    const { body } = await call(rfiOperations.withdrawRfi, { ...input, ifMatch: etag })
    expect(body.status).toBe('withdrawn')
    expect(body.recipients.map(({ status }) => status)).toEqual(['withdrawn', 'declined'])
    expect((await get(partner, referralOf(rfi, partner))).body).toMatchObject({
      status: 'withdrawn',
      actions: [],
    })
    const again = await call(rfiOperations.withdrawRfi, { ...input, ifMatch: etag })
    expect(again.body).toEqual(body)
    await settle()
    expect(await schedulesOf(referralOf(rfi, partner))).toEqual([])
  })

  it('happens once for concurrent identical requests', async () => {
    const rfi = await sendRfi([partner, await enroll()])
    await settle()
    const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
    const { etag } = await call(rfiOperations.getRfi, input)
    const withdraw = () => call(rfiOperations.withdrawRfi, { ...input, ifMatch: etag })
    const [first, ...others] = await Promise.all([withdraw(), withdraw(), withdraw(), withdraw()])
    for (const { body } of others) expect(body).toEqual(first?.body)
    expect(await timelineTypes(partner, referralOf(rfi, partner))).toEqual([
      'referral.received',
      'referral.withdrawn',
    ])
  })

  it('returns stale-version if the customer has not seen the current state', async () => {
    const rfi = await sendRfi([partner])
    const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
    const { etag } = await call(rfiOperations.getRfi, input)
    await execute(partner, acceptReferral, referralOf(rfi, partner), acceptance)
    const answer = await expectProblem(rfiOperations.withdrawRfi, { ...input, ifMatch: etag })
    expect(answer.body).toMatchObject({
      code: 'stale-version',
      current: { recipients: [{ status: 'active' }] },
    })
    const withdrawn = await call(rfiOperations.withdrawRfi, { ...input, ifMatch: answer.etag })
    expect(withdrawn.body.status).toBe('withdrawn')
  })

  it('returns state-conflict when all recipients have answered', async () => {
    const rfi = await sendRfi([partner])
    await execute(partner, declineReferral, referralOf(rfi, partner), { reason: 'duplicate' })
    const answer = await expectProblem(rfiOperations.withdrawRfi, {
      token: rfi.trackingToken,
      params: { rfiId: rfi.id },
      ifMatch: '"1"',
    })
    expect(answer.body.code).toBe('state-conflict')
  })

  it('is possible for the operator, for one referral or the RFI', async () => {
    const first = await sendRfi([partner])
    const referralId = referralOf(first, partner)
    const { body } = await call(withdrawReferral, { token: operator, params: { referralId }, ifMatch: '"1"' })
    expect(body.status).toBe('withdrawn')
    const second = await sendRfi([partner])
    const withdrawn = await call(rfiOperations.withdrawRfiByOperator, {
      token: operator,
      params: { rfiId: second.id },
      ifMatch: '"2"',
    })
    expect(withdrawn.body.recipients[0]?.status).toBe('withdrawn')
  })
})

describe('the operator', () => {
  it('can set source and deadline of an RFI and read every referral without its CRM id', async () => {
    const { now } = await settle()
    const respondBy = new Date(Date.parse(now) + 2 * 86_400_000).toISOString()
    const source = { channel: 'campaign', campaignId: 'spring' }
    const { body: rfi } = await call(rfiOperations.createRfiByOperator, {
      token: operator,
      body: { ...rfiBody([partner]), source, respondBy },
      idempotencyKey: randomUUID(),
    })
    const referralId = referralOf(rfi, partner)
    expect((await get(partner, referralId)).body).toMatchObject({ respondBy, source })
    await execute(partner, acceptReferral, referralId, acceptance)

    const seen = await call(referralOperations.getReferralByOperator, {
      token: operator,
      params: { referralId },
    })
    expect(seen.body.deal).toMatchObject({ name: acceptance.name, crmId: null })
    expect(seen.body.actions.map(({ name }) => name)).toEqual(['withdraw'])
    const timeline = await call(referralOperations.getTimelineByOperator, {
      token: operator,
      params: { referralId },
    })
    const actors = timeline.body.items.flatMap(item => (item.type === 'mail' ? [] : [item.actor.kind]))
    expect(actors).toEqual(['operator', 'partner'])
    const query = { partnerId: partner.id, stage: 'active' }
    const list = await call(referralOperations.listReferralsByOperator, { token: operator, query })
    expect(list.body.items.map(({ id }) => id)).toContain(referralId)
    const params = { rfiId: rfi.id }
    expect((await call(rfiOperations.getRfiByOperator, { token: operator, params })).body.status).toBe('open')
  })

  it('creates a partner once per idempotency key, edits it and lists partners by name', async () => {
    const name = `Zwölf ${unique()}`
    const idempotencyKey = randomUUID()
    const input = { token: operator, body: { name }, idempotencyKey }
    const { body, etag } = await call(partnerOperations.createPartner, input)
    expect((await call(partnerOperations.createPartner, input)).body).toEqual(body)

    const params = { partnerId: body.id }
    const patch = { website: 'https://zwoelf.example/' }
    const edited = await call(partnerOperations.editPartner, {
      token: operator,
      params,
      body: patch,
      ifMatch: etag,
    })
    expect(edited.body).toMatchObject({ name, website: 'https://zwoelf.example/' })
    const stale = await expectProblem(partnerOperations.editPartner, {
      token: operator,
      params,
      body: patch,
      ifMatch: etag,
    })
    expect(stale.body).toMatchObject({ code: 'stale-version', current: edited.body })

    const names: string[] = []
    let cursor: string | null | undefined
    do {
      const query = { limit: 3, ...(cursor && { cursor }) }
      const { body: page } = await call(partnerOperations.listPartners, { token: operator, query })
      names.push(...page.items.map(item => item.name.toLowerCase()))
      cursor = page.nextCursor
    } while (cursor)
    expect(names).toContain(name.toLowerCase())
    expect(names).toEqual(names.toSorted((a, b) => (a < b ? -1 : 1)))
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('listReferrals', () => {
  it('returns each referral once over all pages, in the requested order', async () => {
    const busy = await enroll()
    const sent = []
    for (let count = 0; count < 5; count++) sent.push(referralOf(await sendRfi([busy]), busy))
    for (const [sort, expected] of [
      ['oldest', sent],
      ['newest', sent.toReversed()],
    ] as const) {
      const seen: string[] = []
      let cursor: string | null | undefined
      do {
        const query = { sort, limit: 2, ...(cursor && { cursor }) }
        const { body } = await call(listReferrals, { token: busy.user, query })
        seen.push(...body.items.map(({ id }) => id))
        cursor = body.nextCursor
      } while (cursor)
      expect(seen).toEqual(expected)
    }
  })

  it('filters by status', async () => {
    const busy = await enroll()
    const [first, second] = [referralOf(await sendRfi([busy]), busy), referralOf(await sendRfi([busy]), busy)]
    await execute(busy, declineReferral, first, { reason: 'budget' })
    await execute(busy, acceptReferral, second, acceptance)
    await execute(busy, closeReferral, second, { result: 'won' })
    const query = { stage: 'archived', status: 'won' }
    const { body } = await call(listReferrals, { token: busy.user, query })
    expect(body.items.map(({ id }) => id)).toEqual([second])
  })
})

describe('resources of another partner', () => {
  it('return 404 for every operation', async () => {
    const stranger = await enroll()
    const referralId = referralOf(await sendRfi([partner]), partner)
    const params = { referralId, colleagueId: 'con_00000000000000000000000000', region: 'IS' }
    const bodies: Record<string, unknown> = {
      acceptReferral: acceptance,
      declineReferral: { reason: 'budget' },
      extendReferral: { reason: 'We need a day more.' },
      closeReferral: { result: 'won' },
      editDeal: { name: 'Mine' },
      addColleague: acceptance.colleagues[0],
      confirmContact: { email: 'desk@partner.example' },
    }
    const operationsWithId = allOperations.filter(
      ({ audience, path, id }) => audience === 'partner' && path.includes('{') && id !== 'putProfile',
    )
    expect(operationsWithId.length).toBeGreaterThan(10)
    for (const operation of operationsWithId) {
      const answer = await expectProblem(operation, {
        token: stranger.admin,
        params,
        body: bodies[operation.id],
        ifMatch: '"1"',
      })
      expect(answer.status, operation.id).toBe(404)
    }
    const { body } = await call(listReferrals, { token: stranger.admin })
    expect(body.items).toEqual([])
    expect((await call(getReferral, { token: partner.user, params: { referralId } })).etag).toMatch(/^"1\./)
    expect(await timelineTypes(partner, referralId)).toEqual(['referral.received'])
  })
})

describe('a profile', () => {
  it('is replaced as a whole, keeps its status and requires complete content while active', async () => {
    const owner = await enroll()
    const params = { region: 'DE' }
    const { etag } = await call(profileOperations.getProfile, { token: owner.user, params })
    const content = { ...profileContent(owner.contactOf), headline: 'We still do it', products: ['erp'] }
    const put = await call(profileOperations.putProfile, {
      token: owner.admin,
      params,
      body: content,
      ifMatch: etag,
    })
    expect(put.body).toMatchObject({ status: 'active', headline: 'We still do it', products: ['erp'] })
    const stale = await expectProblem(profileOperations.putProfile, {
      token: owner.admin,
      params,
      body: content,
      ifMatch: etag,
    })
    expect(stale.status).toBe(412)
    const emptied = await expectProblem(profileOperations.putProfile, {
      token: owner.admin,
      params,
      body: { ...content, locations: [] },
      ifMatch: put.etag,
    })
    expect(emptied.body.code).toBe('profile-incomplete')
    const { body: list } = await call(profileOperations.listProfiles, { token: owner.user })
    expect(list.items).toEqual([put.body])
    expect((await call(partnerOperations.getOwnPartner, { token: owner.user })).body.name).toBe(owner.name)
  })
})
