import { randomUUID } from 'node:crypto'
import { DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Page } from '../../shared/kernel/page.ts'
import { type NewPolicy, policyOperations } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english } from '../fixtures/texts.ts'
import { type Answer, call, expectProblem } from './client.ts'
import {
  acceptance,
  advance,
  awaitMail,
  enroll,
  execute,
  get,
  mailTo,
  type Partner,
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

const { getPolicy, putPolicy } = policyOperations
const { acceptReferral, extendReferral, reopenReferral, editDeal, listReferrals, getAlert } =
  referralOperations

const days = (count: number) => count * 86_400_000
const after = (instant: string, ms: number) => new Date(Date.parse(instant) + ms).toISOString()

let partner: Partner
beforeEach(async () => {
  partner = await enroll()
})

/** Advances the clock and renews the token of the partner, because tokens are valid for one hour. */
const advanceAndSignIn = async (duration: string): Promise<void> => {
  await advance(duration)
  partner = { ...partner, user: await tokenOf('partner-user', partner.id) }
}

const receive = async (options: Parameters<typeof sendRfi>[1] = {}): Promise<string> =>
  referralOf(await sendRfi([partner], options), partner)

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
    // A test that advances the clock by more than an hour has an expired token.
    operator = await tokenOf('operator')
    const { etag: ifMatch } = await call(getPolicy, { token: operator })
    await call(putPolicy, { token: operator, ifMatch, body: original })
  })

  const change = async (changes: Partial<NewPolicy>) =>
    call(putPolicy, { token: operator, ifMatch: etag, body: { ...original, ...changes } })

  it('is replaced as a whole with If-Match, and keeps its versions', async () => {
    const before = await call(getPolicy, { token: operator })
    const { body, etag: newEtag } = await change({ maxRecipients: 3 })
    expect(body).toMatchObject({ maxRecipients: 3, version: before.body.version + 1 })
    expect(body.changedAt).not.toBeNull()
    expect(body.changedBy).not.toBeNull()
    const stale = await expectProblem(putPolicy, { token: operator, ifMatch: etag, body: original })
    expect(stale.body).toMatchObject({ code: 'stale-version', current: body })
    expect(stale.etag).toBe(newEtag)
    const version = before.body.version
    expect((await call(getPolicy, { token: operator, query: { version } })).body).toEqual(before.body)
    await expectProblem(getPolicy, { token: operator, query: { version: 4711 } })
  })

  it('applies to referrals that are created after the change', async () => {
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

    await advanceAndSignIn('P7D')
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
    const { body: problem } = await expectProblem(rfiOperations.createRfi, {
      body,
      idempotencyKey: randomUUID(),
    })
    expect(problem.errors).toMatchObject([
      { pointer: '/recipients', code: 'too-many', params: { actual: 2, maximum: 1 } },
    ])
  })

  it('counts response times in working hours of the region, but not for direct contact', async () => {
    const calendar: NewPolicy['calendars'][string] = {
      responseTime: 'PT24H',
      zone: 'Europe/Berlin',
      workingDays: [1, 2, 3, 4, 5],
      workingHours: { from: '09:00', to: '17:00' },
      holidays: [],
    }
    await change({ calendars: { DE: calendar } })
    const normal = (await get(partner, await receive())).body
    const withDirectContact = (await get(partner, await receive({ directContact: true }))).body
    // Three working days of eight hours take between two and six days, depending on weekends.
    const took = Date.parse(normal.respondBy) - Date.parse(normal.receivedAt)
    expect(took).toBeGreaterThan(days(2))
    expect(took).toBeLessThan(days(6))
    expect(
      Date.parse(withDirectContact.respondBy) - Date.parse(`${withDirectContact.receivedAt.slice(0, 19)}Z`),
    ).toBe(days(14))
  })

  const office = (zone: string): NewPolicy['calendars'][string] => ({
    responseTime: 'PT24H',
    zone,
    workingDays: [1, 2, 3, 4, 5],
    workingHours: { from: '09:00', to: '17:00' },
    holidays: [],
  })
  const localTime = (zone: string, at: string) =>
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'long',
      hour: '2-digit',
      minute: '2-digit',
    }).format(new Date(at))
  /** Returns the date of the first Friday that is at least a week after an instant. */
  const fridayAfter = (instant: string): string => {
    const week = new Date(Date.parse(instant) + days(7))
    return after(week.toISOString(), days((12 - week.getUTCDay()) % 7)).slice(0, 10)
  }

  it('nudges on the next working morning of each region when a close date on a Friday has passed', async () => {
    const zones = { DE: 'Europe/Berlin', NZ: 'Pacific/Auckland' }
    await change({ calendars: { DE: office(zones.DE), NZ: office(zones.NZ) } })
    const auckland = await enroll(undefined, 'NZ')
    const rfi = await sendRfi([partner, auckland])
    const now = (await get(partner, referralOf(rfi, partner))).body.receivedAt
    const estimatedCloseDate = fridayAfter(now)
    for (const one of [partner, auckland])
      await execute(one, acceptReferral, referralOf(rfi, one), { ...acceptance, estimatedCloseDate })
    await settle()
    for (const [one, zone] of [
      [partner, zones.DE],
      [auckland, zones.NZ],
    ] as const) {
      const [nudge] = await schedulesOf(referralOf(rfi, one))
      expect(localTime(zone, nudge?.dueAt ?? '')).toMatch(/^Monday,? (at )?09:00$/)
      expect(Date.parse(nudge?.dueAt ?? '') - Date.parse(estimatedCloseDate)).toBeLessThan(days(4))
    }
    // The Friday is at most 13 days away, and the second nudge 14 days after the first.
    await advance('P17D')
    const isNudge = ({ tags }: { tags: Readonly<Record<string, string>> }) => tags.kind === 'nudge'
    for (const [one, zone] of [
      [partner, zones.DE],
      [auckland, zones.NZ],
    ] as const) {
      const sent = (await mailTo(one.contactOf('main'))).filter(isNudge)
      expect(sent.map(({ sentAt }) => localTime(zone, sentAt))).toEqual([
        expect.stringMatching(/^Monday,? (at )?09:0\d$/),
      ])
    }
  })

  it('tells the deadline in the time zone of the calendar', async () => {
    await change({ calendars: { DE: office('America/New_York') } })
    const referralId = await receive()
    const { respondBy } = (await get(partner, referralId)).body
    const [mail] = await awaitMail(partner.contactOf('main'))
    const format = new Intl.DateTimeFormat('en', {
      dateStyle: 'long',
      timeStyle: 'short',
      timeZone: 'America/New_York',
    })
    expect(mail?.text).toMatch(new RegExp(`${format.format(new Date(respondBy))} E[SD]T`))
  })

  it('keeps hours of single weekdays, and refuses hours that overlap', async () => {
    const morning = { from: '09:00', to: '12:00' }
    const afternoon = { from: '13:00', to: '17:00' }
    const calendar = { ...office('Europe/Berlin'), hours: { '1': [morning, afternoon] }, holidays: ['12-25'] }
    const { body } = await change({ calendars: { DE: calendar } })
    expect(body.calendars).toEqual({ DE: calendar })
    const wrong = { ...calendar, hours: { '1': [afternoon, morning] }, holidays: ['02-30'] }
    const { body: problem } = await expectProblem(putPolicy, {
      token: operator,
      ifMatch: (await call(getPolicy, { token: operator })).etag,
      body: { ...original, calendars: { DE: wrong } },
    })
    expect(problem.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual(
      expect.arrayContaining([
        '/calendars/DE/hours/1/1/from overlap',
        '/calendars/DE/holidays/0 not-a-holiday',
      ]),
    )
  })

  const wrong: [string, Partial<Record<keyof NewPolicy, unknown>>, string][] = [
    [
      'a reminder at the deadline',
      { reminders: { afterReceipt: ['P14D'], beforeExpiry: [] } },
      '/reminders/afterReceipt/0',
    ],
    [
      'a reminder before the receipt',
      { reminders: { afterReceipt: [], beforeExpiry: ['P15D'] } },
      '/reminders/beforeExpiry/0',
    ],
    ['a hot time longer than the response time', { hotTime: 'P15D' }, '/hotTime'],
    [
      'a recommended answer time longer than the response time',
      { recommendedAnswerTime: 'P15D' },
      '/recommendedAnswerTime',
    ],
    ['a response time longer than the maximum', { responseTime: 'P91D' }, '/responseTime'],
    ['an invalid duration', { responseTime: 'two weeks' }, '/responseTime'],
    ['a duration of zero', { responseTime: 'PT0S' }, '/responseTime'],
    ['no recipients', { maxRecipients: 0 }, '/maxRecipients'],
    ['too many extensions', { extension: { time: 'P1D', max: 6 } }, '/extension/max'],
  ]
  it.each(wrong)('rejects %s', async (_, changes, pointer) => {
    const { body } = await expectProblem(putPolicy, {
      token: operator,
      ifMatch: etag,
      body: { ...original, ...changes },
    })
    expect(body.code).toBe('invalid-request')
    expect(body.errors?.map(error => error.pointer)).toContain(pointer)
  })

  it('is accessible only for the operator', async () => {
    await expectProblem(getPolicy, { token: partner.admin })
    await expectProblem(putPolicy, { token: partner.admin, ifMatch: etag, body: original })
  })
})

describe('direct contact', () => {
  it('is listed in the alert of the partner, most urgent first, until it is answered or cooled', async () => {
    const [first, second] = [await receive({ directContact: true }), await receive({ directContact: true })]
    await receive()
    const alert = async () => (await call(getAlert, { token: partner.user })).body
    const { count, hasMore, items } = await alert()
    expect([count, hasMore]).toEqual([2, false])
    expect(items.map(({ id }) => id)).toEqual([first, second].sort((a, b) => (a < b ? -1 : 1)))
    expect(items[0]?.directContact).toMatchObject({ state: 'hot' })
    await execute(partner, acceptReferral, second, acceptance)
    expect((await alert()).items.map(({ id }) => id)).toEqual([first])
    await advanceAndSignIn('PT72H')
    expect(await alert()).toEqual({ count: 0, hasMore: false, items: [] })
    expect((await get(partner, first)).body.directContact?.state).toBe('cooled')
  })

  it('comes first in the sort order hot-first, and each referral is listed once over all pages', async () => {
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
  it('is sent to the contacts after one day and three days before the deadline, but not after an answer', async () => {
    const silent = await receive()
    const answered = await receive()
    await advanceAndSignIn('PT23H')
    expect(await timelineTypes(partner, silent)).toEqual(['referral.received'])
    await execute(partner, acceptReferral, answered, acceptance)
    await advanceAndSignIn('PT1H')
    expect(await timelineTypes(partner, silent)).toEqual(['referral.received', 'referral.reminder-due'])
    const reminders = async () =>
      (await mailTo(partner.contactOf('main'))).filter(({ subject }) => subject.startsWith('Reminder'))
    expect(await reminders()).toHaveLength(1)
    await advanceAndSignIn('P10D')
    expect(await reminders()).toHaveLength(2)
    await advanceAndSignIn('PT71H')
    expect(await timelineTypes(partner, silent)).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.reminder-due',
    ])
    expect(await timelineTypes(partner, answered)).toEqual(['referral.received', 'referral.accepted'])
  })
})

describe('a nudge', () => {
  it('is sent when the estimated close date has passed, then every 14 days until the referral is closed', async () => {
    const referralId = await receive()
    const { body } = await execute(partner, acceptReferral, referralId, acceptance)
    const soon = after(body.updatedAt, days(10)).slice(0, 10)
    await execute(partner, editDeal, referralId, { estimatedCloseDate: soon })
    await settle()
    const [schedule, ...others] = await schedulesOf(referralId)
    expect(others).toEqual([])
    expect(Date.parse(schedule?.dueAt ?? '')).toBe(Date.parse(`${soon}T12:00:00Z`) + days(1))
    await advanceAndSignIn('P40D')
    const types = await timelineTypes(partner, referralId)
    expect(types.filter(type => type === 'referral.nudge-due')).toHaveLength(3)
    const mails = await mailTo(partner.contactOf('main'))
    expect(
      mails.filter(({ subject }) => subject === english('nudge.subject', { deal: acceptance.name })),
    ).toHaveLength(3)
    await execute(partner, referralOperations.closeReferral, referralId, {
      result: 'lost',
      reason: 'no-decision',
    })
    await settle()
    expect(await scheduledKinds(referralId)).toEqual([])
  })
})

describe('extendReferral', () => {
  const reason = 'Our architect is back on Monday.'

  it('moves the deadline once, informs the customer and replaces the schedules', async () => {
    const email = `buyer-${unique()}@customer.example`
    const referralId = await receive({ email })
    const before = (await get(partner, referralId)).body
    const first = await execute(partner, extendReferral, referralId, { reason })
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

    await advanceAndSignIn('P14D')
    expect((await get(partner, referralId)).body.status).toBe('new')
    const { etag } = await get(partner, referralId)
    const again = await expectProblem(extendReferral, {
      token: partner.user,
      params: { referralId },
      ifMatch: etag,
      body: { reason },
    })
    expect(again.body).toMatchObject({
      code: 'state-conflict',
      reason: 'no-extension-left',
    })
    await advanceAndSignIn('P7D')
    expect((await get(partner, referralId)).body).toMatchObject({
      status: 'expired',
      closedAt: body.respondBy,
    })
  })

  it('requires a reason, and returns state-conflict after the expiry', async () => {
    const referralId = await receive()
    const input = { token: partner.user, params: { referralId }, ifMatch: '"1"' }
    const { body } = await expectProblem(extendReferral, { ...input, body: {} })
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(['/reason'])
    await advanceAndSignIn('P14D')
    const late = await expectProblem(extendReferral, { ...input, token: partner.user, body: { reason } })
    expect(late.body).toMatchObject({ code: 'state-conflict', currentStatus: 'expired' })
  })
})

describe('reopenReferral', () => {
  const expire = async (options: Parameters<typeof sendRfi>[1] = {}, others: Partner[] = []) => {
    const rfi = await sendRfi([partner, ...others], options)
    await advanceAndSignIn('P14D')
    return { rfi, referralId: referralOf(rfi, partner) }
  }
  const reopen = async (referralId: string) => {
    const { etag } = await get(partner, referralId)
    return expectProblem(reopenReferral, { token: partner.user, params: { referralId }, ifMatch: etag })
  }
  const track = ({ id, trackingToken }: CreatedRfi) =>
    call(rfiOperations.getRfi, { token: trackingToken, params: { rfiId: id } })

  it('reopens an expired referral, keeps both events and informs the customer', async () => {
    const email = `buyer-${unique()}@customer.example`
    const { rfi, referralId } = await expire({ email })
    const expired = (await get(partner, referralId)).body
    expect(expired).toMatchObject({ status: 'expired', reopenUntil: after(expired.respondBy, days(2)) })
    expect((await track(rfi)).body.status).toBe('closed')
    await advanceAndSignIn('PT47H')
    const { body } = await execute(partner, reopenReferral, referralId)
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
    expect(await scheduledKinds(referralId)).toEqual(['expire'])

    await execute(partner, acceptReferral, referralId, acceptance)
    expect((await timelineTypes(partner, referralId)).slice(-3)).toEqual([
      'referral.expired',
      'referral.reopened',
      'referral.accepted',
    ])
  })

  it('is allowed once and only before reopenUntil', async () => {
    const { referralId } = await expire()
    await execute(partner, reopenReferral, referralId)
    await advanceAndSignIn('P3D')
    expect((await get(partner, referralId)).body).toMatchObject({ status: 'expired', actions: [] })
    expect((await reopen(referralId)).body.reason).toBe('not-reopenable')
    const { referralId: other } = await expire()
    await advanceAndSignIn('PT48H')
    expect((await reopen(other)).body.code).toBe('state-conflict')
  })

  it('returns state-conflict after the customer has withdrawn the request', async () => {
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
    expect((await expectProblem(reopenReferral, foreign)).status).toBe(404)
  })

  it('returns state-conflict after the customer has chosen, but not after another partner reports a win', async () => {
    const other = await enroll()
    const rfi = await sendRfi([partner, other])
    await execute(other, acceptReferral, referralOf(rfi, other), acceptance)
    await advanceAndSignIn('P14D')
    const referralId = referralOf(rfi, partner)
    expect((await get(partner, referralId)).body.actions.map(({ name }) => name)).toEqual(['reopen'])
    const winner = { ...other, user: await tokenOf('partner-user', other.id) }
    await execute(winner, referralOperations.closeReferral, referralOf(rfi, other), { result: 'won' })
    expect((await get(partner, referralId)).body.actions.map(({ name }) => name)).toEqual(['reopen'])
    const { etag } = await track(rfi)
    await call(rfiOperations.chooseOutcome, {
      token: rfi.trackingToken,
      params: { rfiId: rfi.id },
      ifMatch: etag,
      body: { referralId: referralOf(rfi, other) },
    })
    expect((await get(partner, referralId)).body).toMatchObject({ reopenUntil: null, actions: [] })
    expect((await reopen(referralId)).body.reason).toBe('customer-decided')
  })
})

describe('lost schedules', () => {
  const deleteSchedules = async (referralId: string) => {
    await settle()
    const credentials = { accessKeyId: 'tester', secretAccessKey: 'tester' }
    const scheduler = new SchedulerClient({ endpoint: inject('url'), region: 'us-east-1', credentials })
    for (const { name, group } of await schedulesOf(referralId))
      await scheduler.send(new DeleteScheduleCommand({ Name: name, GroupName: group }))
    expect(await scheduledKinds(referralId)).toEqual([])
  }

  it('are created again by the sweep before they are due', async () => {
    const referralId = await receive()
    const { respondBy } = (await get(partner, referralId)).body
    await deleteSchedules(referralId)
    // The reminder is due during this advance and is executed at its end. The expiry is not due yet.
    await advanceAndSignIn('P13D')
    expect((await timelineTypes(partner, referralId)).at(-1)).toBe('referral.reminder-due')
    await deleteSchedules(referralId)
    await advanceAndSignIn('PT23H30M')
    await advanceAndSignIn('PT15M')
    expect(await scheduledKinds(referralId)).toEqual(['expire'])
    await advanceAndSignIn('PT15M')
    const { body } = await call(referralOperations.getTimeline, {
      token: partner.user,
      params: { referralId },
    })
    const last = body.items.findLast(({ type }) => type !== 'mail')
    expect(last).toMatchObject({ type: 'referral.expired', actor: { kind: 'timer' } })
    // The sweep alone would execute it five minutes late.
    expect(Date.parse(last?.at ?? '') - Date.parse(respondBy)).toBeLessThan(300_000)
  })

  it('delay a reminder and cooling until the sweep, which executes each once', async () => {
    const referralId = await receive({ directContact: true })
    await deleteSchedules(referralId)
    await advanceAndSignIn('PT73H')
    await advanceAndSignIn('PT1H')
    expect(await timelineTypes(partner, referralId)).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.cooled',
    ])
    // These events create the next schedules. The sweep creates the schedule of the expiry in time.
    expect(await scheduledKinds(referralId)).toEqual(['remind'])
  })
})
