import { randomUUID } from 'node:crypto'
import { DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Page } from '../../shared/kernel/page.ts'
import { type NewPolicy, policyOperations } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english } from '../fixtures/texts.ts'
import { type Answer, call, refused } from './client.ts'
import {
  acceptance,
  act,
  advance,
  armed,
  ask,
  awaitMail,
  enroll,
  get,
  mailTo,
  type Partner,
  referralOf,
  rfiBody,
  schedulesOf,
  settle,
  timelineTypes,
  tokenOf,
  unique,
} from './program.ts'

const { getPolicy, putPolicy } = policyOperations
const { acceptReferral, extendReferral, reopenReferral, editDeal, listReferrals, getAlert } =
  referralOperations

const days = (count: number) => count * 86_400_000
const after = (instant: string, ms: number) => new Date(Date.parse(instant) + ms).toISOString()

let partner: Partner
beforeEach(async () => {
  partner = await enroll()
})

/** Tokens last an hour, and deadlines days. */
const later = async (duration: string): Promise<void> => {
  await advance(duration)
  partner = { ...partner, user: await tokenOf('partner-user', partner.id) }
}

const receive = async (asking: Parameters<typeof ask>[1] = {}): Promise<string> =>
  referralOf(await ask([partner], asking), partner)

describe('the policy', () => {
  let operator: string
  let etag: string
  let original: NewPolicy

  beforeAll(async () => {
    operator = await tokenOf('operator')
    original = (await call(getPolicy, { token: operator })).body
  })
  beforeEach(async () => {
    operator = await tokenOf('operator')
    etag = (await call(getPolicy, { token: operator })).etag
  })
  afterEach(async () => {
    const { etag: ifMatch } = await call(getPolicy, { token: operator })
    await call(putPolicy, { token: operator, ifMatch, body: original })
  })

  const change = async (changes: Partial<NewPolicy>) =>
    call(putPolicy, { token: operator, ifMatch: etag, body: { ...original, ...changes } })

  it('is changed as a whole, by who has read it, and keeps its history', async () => {
    const before = await call(getPolicy, { token: operator })
    const { body, etag: newEtag } = await change({ maxRecipients: 3 })
    expect(body).toMatchObject({ maxRecipients: 3, version: before.body.version + 1 })
    expect(body.changedAt).not.toBeNull()
    expect(body.changedBy).not.toBeNull()
    const stale = await refused(putPolicy, { token: operator, ifMatch: etag, body: original })
    expect(stale.body).toMatchObject({ code: 'stale-version', current: body })
    expect(stale.etag).toBe(newEtag)
    const version = before.body.version
    expect((await call(getPolicy, { token: operator, query: { version } })).body).toEqual(before.body)
    await refused(getPolicy, { token: operator, query: { version: 4711 } })
  })

  it('touches the referrals that come after, and no other', async () => {
    const first = await receive()
    const { body } = await change({
      responseTime: 'P7D',
      extension: { time: 'P1D', max: 0 },
      reopening: null,
    })
    const second = await receive()
    const [old, born] = [(await get(partner, first)).body, (await get(partner, second)).body]
    expect(Date.parse(old.respondBy) - Date.parse(`${old.receivedAt.slice(0, 19)}Z`)).toBe(days(14))
    expect(Date.parse(born.respondBy) - Date.parse(`${born.receivedAt.slice(0, 19)}Z`)).toBe(days(7))
    expect(old.actions.map(({ name }) => name)).toContain('extend')
    expect(born.actions.map(({ name }) => name)).not.toContain('extend')
    expect([old.policyVersion, born.policyVersion]).toEqual([body.version - 1, body.version])

    await later('P7D')
    expect((await get(partner, second)).body).toMatchObject({
      status: 'expired',
      reopenUntil: null,
      actions: [],
    })
    expect((await get(partner, first)).body.status).toBe('new')
  })

  it('limits the recipients of an RFI', async () => {
    await change({ maxRecipients: 1 })
    const other = await enroll()
    const body = rfiBody([partner, other])
    const { body: problem } = await refused(rfiOperations.createRfi, { body, idempotencyKey: randomUUID() })
    expect(problem.errors).toMatchObject([
      { pointer: '/recipients', code: 'too-many', params: { actual: 2, maximum: 1 } },
    ])
  })

  it('lets a response time run in the working hours of a region, and urgent ones by the wall clock', async () => {
    const calendar: NewPolicy['calendars'][string] = {
      responseTime: 'PT24H',
      zone: 'Europe/Berlin',
      workingDays: [1, 2, 3, 4, 5],
      workingHours: { from: '09:00', to: '17:00' },
      holidays: [],
    }
    await change({ calendars: { DE: calendar } })
    const normal = (await get(partner, await receive())).body
    const urgent = (await get(partner, await receive({ directContact: true }))).body
    // Three working days of eight hours are at least three days, and at most five with a weekend between.
    const took = Date.parse(normal.respondBy) - Date.parse(normal.receivedAt)
    expect(took).toBeGreaterThan(days(2))
    expect(took).toBeLessThan(days(6))
    expect(Date.parse(urgent.respondBy) - Date.parse(`${urgent.receivedAt.slice(0, 19)}Z`)).toBe(days(14))
  })

  const wrong: [string, Partial<Record<keyof NewPolicy, unknown>>, string][] = [
    [
      'a reminder at the expiry',
      { reminders: { afterReceipt: ['P14D'], beforeExpiry: [] } },
      '/reminders/afterReceipt/0',
    ],
    [
      'a reminder before the receipt',
      { reminders: { afterReceipt: [], beforeExpiry: ['P15D'] } },
      '/reminders/beforeExpiry/0',
    ],
    ['urgency beyond the response time', { hotTime: 'P15D' }, '/hotTime'],
    [
      'a recommendation beyond the response time',
      { recommendedAnswerTime: 'P15D' },
      '/recommendedAnswerTime',
    ],
    ['a response time beyond the longest', { responseTime: 'P91D' }, '/responseTime'],
    ['no duration', { responseTime: 'two weeks' }, '/responseTime'],
    ['no time at all', { responseTime: 'PT0S' }, '/responseTime'],
    ['nobody to ask', { maxRecipients: 0 }, '/maxRecipients'],
    ['endless extensions', { extension: { time: 'P1D', max: 6 } }, '/extension/max'],
  ]
  it.each(wrong)('cannot be %s', async (_, changes, pointer) => {
    const { body } = await refused(putPolicy, {
      token: operator,
      ifMatch: etag,
      body: { ...original, ...changes },
    })
    expect(body.code).toBe('invalid-request')
    expect(body.errors?.map(error => error.pointer)).toContain(pointer)
  })

  it('is the operator’s alone', async () => {
    await refused(getPolicy, { token: partner.admin })
    await refused(putPolicy, { token: partner.admin, ifMatch: etag, body: original })
  })
})

describe('the top of a partner’s page', () => {
  it('shows how many customers wait for a call, the most urgent first, until they have cooled', async () => {
    const [first, second] = [await receive({ directContact: true }), await receive({ directContact: true })]
    await receive()
    const alert = async () => (await call(getAlert, { token: partner.user })).body
    const { count, hasMore, items } = await alert()
    expect([count, hasMore]).toEqual([2, false])
    expect(items.map(({ id }) => id)).toEqual([first, second].sort((a, b) => (a < b ? -1 : 1)))
    expect(items[0]?.directContact).toMatchObject({ state: 'hot' })
    await act(partner, acceptReferral, second, acceptance)
    expect((await alert()).items.map(({ id }) => id)).toEqual([first])
    await later('PT72H')
    expect(await alert()).toEqual({ count: 0, hasMore: false, items: [] })
    expect((await get(partner, first)).body.directContact?.state).toBe('cooled')
  })

  it('lists what is hot first, and each referral once, page by page', async () => {
    const calm = [await receive(), await receive()]
    const hot = [await receive({ directContact: true }), await receive({ directContact: true })]
    const last = await receive()
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: Record<string, string> = { sort: 'hot-first', limit: '2', ...(cursor && { cursor }) }
      const { body }: Answer<Page<{ id: string }>> = await call(listReferrals, { token: partner.user, query })
      seen.push(...body.items.map(({ id }) => id))
      cursor = body.nextCursor
    } while (cursor)
    expect(seen).toEqual([...hot, last, ...calm.toReversed()])
    const query = { sort: 'hot-first', status: 'new' }
    const { body } = await call(listReferrals, { token: partner.user, query })
    expect(body.items.map(({ id }) => id)).toEqual(seen)
  })
})

describe('a reminder', () => {
  it('comes after a day and three days before the end, once each, to the contacts, and not after an answer', async () => {
    const silent = await receive()
    const answered = await receive()
    await later('PT23H')
    expect(await timelineTypes(partner, silent)).toEqual(['referral.received'])
    await act(partner, acceptReferral, answered, acceptance)
    await later('PT1H')
    expect(await timelineTypes(partner, silent)).toEqual(['referral.received', 'referral.reminder-due'])
    const reminders = async () =>
      (await mailTo(partner.contactOf('main'))).filter(({ subject }) => subject.startsWith('Reminder'))
    expect(await reminders()).toHaveLength(1)
    await later('P10D')
    expect(await reminders()).toHaveLength(2)
    await later('PT71H')
    expect(await timelineTypes(partner, silent)).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.reminder-due',
    ])
    expect(await timelineTypes(partner, answered)).toEqual(['referral.received', 'referral.accepted'])
  })
})

describe('a nudge', () => {
  it('asks about an active referral when its deal should have closed, then every 14 days, until it is closed', async () => {
    const referralId = await receive()
    const { body } = await act(partner, acceptReferral, referralId, acceptance)
    const soon = after(body.updatedAt, days(10)).slice(0, 10)
    await act(partner, editDeal, referralId, { estimatedCloseDate: soon })
    await settle()
    const [schedule, ...others] = await schedulesOf(referralId)
    expect(others).toEqual([])
    expect(Date.parse(schedule?.dueAt ?? '')).toBe(Date.parse(`${soon}T12:00:00Z`) + days(1))
    await later('P40D')
    const types = await timelineTypes(partner, referralId)
    expect(types.filter(type => type === 'referral.nudge-due')).toHaveLength(3)
    const mails = await mailTo(partner.contactOf('main'))
    expect(
      mails.filter(({ subject }) => subject === english('nudge.subject', { deal: acceptance.name })),
    ).toHaveLength(3)
    await act(partner, referralOperations.closeReferral, referralId, {
      result: 'lost',
      reason: 'no-decision',
    })
    await settle()
    expect(await armed(referralId)).toEqual([])
  })
})

describe('an extension', () => {
  const reason = 'Our architect is back on Monday.'

  it('gives more time, once, tells the customer why, and voids the old deadline', async () => {
    const email = `buyer-${unique()}@customer.example`
    const referralId = await receive({ email })
    const before = (await get(partner, referralId)).body
    const first = await act(partner, extendReferral, referralId, { reason })
    const { body } = first
    const repeat = { token: partner.user, params: { referralId }, ifMatch: '"1"', body: { reason } }
    expect(await call(extendReferral, repeat)).toMatchObject({ body, etag: first.etag })
    expect(body.respondBy).toBe(after(before.respondBy, days(7)))
    expect(body.extensions).toEqual([{ at: body.updatedAt, reason, respondBy: body.respondBy }])
    expect(body.actions.map(({ name }) => name)).not.toContain('extend')
    await settle()
    const due = (await schedulesOf(referralId)).map(({ name, dueAt }) => [
      name.split('-')[0],
      Date.parse(dueAt),
    ])
    expect(due).toEqual([
      ['remind', Date.parse(body.respondBy) - days(3)],
      ['expire', Date.parse(body.respondBy)],
    ])
    const mails = await awaitMail(email, 2)
    const notice = mails.find(
      ({ subject }) => subject === english('extended.subject', { partner: partner.name }),
    )
    expect(notice?.text).toContain(reason)

    await later('P14D')
    expect((await get(partner, referralId)).body.status).toBe('new')
    const { etag } = await get(partner, referralId)
    const again = await refused(extendReferral, {
      token: partner.user,
      params: { referralId },
      ifMatch: etag,
      body: { reason },
    })
    expect(again.body).toMatchObject({
      code: 'state-conflict',
      reason: 'no-extension-left',
    })
    await later('P7D')
    expect((await get(partner, referralId)).body).toMatchObject({
      status: 'expired',
      closedAt: body.respondBy,
    })
  })

  it('needs a reason, and comes too late after the expiry', async () => {
    const referralId = await receive()
    const input = { token: partner.user, params: { referralId }, ifMatch: '"1"' }
    const { body } = await refused(extendReferral, { ...input, body: {} })
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(['/reason'])
    await later('P14D')
    const late = await refused(extendReferral, { ...input, token: partner.user, body: { reason } })
    expect(late.body).toMatchObject({ code: 'state-conflict', currentStatus: 'expired' })
  })
})

describe('a reopening', () => {
  const expire = async (asking: Parameters<typeof ask>[1] = {}, others: Partner[] = []) => {
    const rfi = await ask([partner, ...others], asking)
    await later('P14D')
    return { rfi, referralId: referralOf(rfi, partner) }
  }
  const reopen = async (referralId: string) => {
    const { etag } = await get(partner, referralId)
    return refused(reopenReferral, { token: partner.user, params: { referralId }, ifMatch: etag })
  }
  const track = ({ id, trackingToken }: CreatedRfi) =>
    call(rfiOperations.getRfi, { token: trackingToken, params: { rfiId: id } })

  it('takes up again what has expired; the record keeps both, and the customer is told', async () => {
    const email = `buyer-${unique()}@customer.example`
    const { rfi, referralId } = await expire({ email })
    const expired = (await get(partner, referralId)).body
    expect(expired).toMatchObject({ status: 'expired', reopenUntil: after(expired.respondBy, days(2)) })
    expect((await track(rfi)).body.status).toBe('closed')
    await later('PT47H')
    const { body } = await act(partner, reopenReferral, referralId)
    expect(body).toMatchObject({
      status: 'new',
      stage: 'inbox',
      closedAt: null,
      reopenUntil: null,
      reopened: { expiredAt: expired.respondBy, at: body.updatedAt },
    })
    expect(Date.parse(body.respondBy) - Date.parse(body.updatedAt)).toBeLessThanOrEqual(days(2))
    expect((await track(rfi)).body).toMatchObject({ status: 'open', recipients: [{ status: 'new' }] })
    const mails = await awaitMail(email, 3)
    expect(mails.map(({ subject }) => subject)).toContain(
      english('reopened.subject', { partner: partner.name }),
    )
    await settle()
    expect(await armed(referralId)).toEqual(['expire'])

    await act(partner, acceptReferral, referralId, acceptance)
    expect((await timelineTypes(partner, referralId)).slice(-3)).toEqual([
      'referral.expired',
      'referral.reopened',
      'referral.accepted',
    ])
  })

  it('is possible once, and within its grace', async () => {
    const { referralId } = await expire()
    await act(partner, reopenReferral, referralId)
    await later('P3D')
    expect((await get(partner, referralId)).body).toMatchObject({ status: 'expired', actions: [] })
    expect((await reopen(referralId)).body.reason).toBe('not-reopenable')
    const { referralId: other } = await expire()
    await later('PT48H')
    expect((await reopen(other)).body.code).toBe('state-conflict')
  })

  it('is not for what the customer has withdrawn meanwhile', async () => {
    const { rfi, referralId } = await expire()
    const { etag } = await track(rfi)
    await call(rfiOperations.withdrawRfi, {
      token: rfi.trackingToken,
      params: { rfiId: rfi.id },
      ifMatch: etag,
    })
    expect((await get(partner, referralId)).body).toMatchObject({ reopenUntil: null, actions: [] })
    expect((await reopen(referralId)).body).toMatchObject({
      code: 'state-conflict',
      reason: 'rfi-withdrawn',
    })
    const stranger = await enroll()
    const foreign = { token: stranger.user, params: { referralId }, ifMatch: etag }
    expect((await refused(reopenReferral, foreign)).status).toBe(404)
  })

  it('is not for a customer who is another partner’s by now; one who has only answered is no other choice', async () => {
    const other = await enroll()
    const rfi = await ask([partner, other])
    await act(other, acceptReferral, referralOf(rfi, other), acceptance)
    await later('P14D')
    const referralId = referralOf(rfi, partner)
    expect((await get(partner, referralId)).body.actions.map(({ name }) => name)).toEqual(['reopen'])
    const winner = { ...other, user: await tokenOf('partner-user', other.id) }
    await act(winner, referralOperations.closeReferral, referralOf(rfi, other), { result: 'won' })
    expect((await reopen(referralId)).body.reason).toBe('customer-decided')
  })
})

describe('timers that are lost', () => {
  const lose = async (referralId: string) => {
    await settle()
    const credentials = { accessKeyId: 'tester', secretAccessKey: 'tester' }
    const scheduler = new SchedulerClient({ endpoint: inject('url'), region: 'us-east-1', credentials })
    for (const { name, group } of await schedulesOf(referralId))
      await scheduler.send(new DeleteScheduleCommand({ Name: name, GroupName: group }))
    expect(await armed(referralId)).toEqual([])
  }

  it('are armed again before they fall due, so that nobody notices', async () => {
    const referralId = await receive()
    const { respondBy } = (await get(partner, referralId)).body
    await lose(referralId)
    // The reminder is missed in this one jump, and done at its end; the expiry is not.
    await later('P13D')
    expect((await timelineTypes(partner, referralId)).at(-1)).toBe('referral.reminder-due')
    await lose(referralId)
    await later('PT23H30M')
    await later('PT15M')
    expect(await armed(referralId)).toEqual(['expire'])
    await later('PT15M')
    const { body } = await call(referralOperations.getTimeline, {
      token: partner.user,
      params: { referralId },
    })
    const last = body.items.findLast(({ type }) => type !== 'mail')
    expect(last).toMatchObject({ type: 'referral.expired', actor: { kind: 'timer' } })
    // The sweeper would do it five minutes late.
    expect(Date.parse(last?.at ?? '') - Date.parse(respondBy)).toBeLessThan(300_000)
  })

  it('cool and remind all the same, late, and each once', async () => {
    const referralId = await receive({ directContact: true })
    await lose(referralId)
    await later('PT73H')
    await later('PT1H')
    expect(await timelineTypes(partner, referralId)).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.cooled',
    ])
    // The next deadlines are armed by the events of these; the expiry by the sweeper, in time.
    expect(await armed(referralId)).toEqual(['remind'])
  })
})
