import { beforeAll, describe, expect, it } from 'vitest'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english } from '../fixtures/texts.ts'
import { call } from './client.ts'
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
  scheduledKinds,
  schedulesOf,
  sendRfi,
  settle,
  timelineTypes,
  unique,
} from './program.ts'

const { listReferrals, acceptReferral, declineReferral, closeReferral } = referralOperations

const inStage = async (partner: Partner, stage: string) => {
  const { body } = await call(listReferrals, { token: partner.user, query: { stage } })
  return body.items
}

describe('a referral from the RFI to the archive', () => {
  const email = `buyer-${unique()}@customer.example`
  let a: Partner
  let b: Partner
  let c: Partner
  let rfi: CreatedRfi

  beforeAll(async () => {
    ;[a, b, c] = (await Promise.all([enroll(), enroll(), enroll()])) as [Partner, Partner, Partner]
    rfi = await sendRfi([a, b, c], { email })
  })

  it('is in the inbox of each recipient at once', async () => {
    for (const partner of [a, b, c]) {
      const [item, ...rest] = await inStage(partner, 'inbox')
      expect(rest).toEqual([])
      expect(item).toMatchObject({
        id: referralOf(rfi, partner),
        status: 'new',
        customer: { company: 'Havelland Getriebe', city: 'Potsdam' },
        summary: 'An ERP for two plants.',
      })
    }
  })

  it('is mailed to the contacts of the addressed location only', async () => {
    for (const partner of [a, b, c]) {
      const [mail] = await awaitMail(partner.contactOf('main'))
      expect(mail?.subject).toBe('New referral: Havelland Getriebe')
      expect(mail?.text).toContain('An ERP for two plants.')
      expect(mail?.text).not.toContain(email)
    }
    await settle()
    expect(await mailTo(a.contactOf('branch'))).toEqual([])
  })

  it('gives the customer a receipt with a link to follow the RFI', async () => {
    const [receipt] = await awaitMail(email)
    const link = /http\S+/.exec(receipt?.text ?? '')?.[0] ?? ''
    expect(receipt?.text).toContain(a.name)
    const page = await (await fetch(link)).text()
    for (const partner of [a, b, c]) expect(page).toContain(partner.name)
    expect(page.match(/Has [^<]*? left to answer \(until [^<]*?\)/g)).toHaveLength(3)
  })

  it('shows the partner the company and the allowed actions before it decides', async () => {
    const { body } = await get(a, referralOf(rfi, a))
    expect(body.customer).toMatchObject({ address: { city: 'Potsdam' }, contact: null })
    expect(body.actions.map(({ name }) => name)).toEqual([
      'accept',
      'decline',
      'extend',
      'show-contact',
      'add-colleague',
    ])
    // Deadlines are on whole seconds, like schedules.
    const wholeSecond = `${body.receivedAt.slice(0, 19)}Z`
    expect(Date.parse(body.respondBy) - Date.parse(wholeSecond)).toBe(14 * 86_400_000)
  })

  it('has one schedule for the deadline and one for the first reminder', async () => {
    await settle()
    const { respondBy } = (await get(a, referralOf(rfi, a))).body
    expect(await scheduledKinds(referralOf(rfi, a))).toEqual(['remind', 'expire'])
    const [, expiry] = await schedulesOf(referralOf(rfi, a))
    expect(Date.parse(expiry?.dueAt ?? '')).toBe(Date.parse(respondBy))
  })

  it('shows partner A the contact details on request, once on the timeline', async () => {
    const params = { referralId: referralOf(rfi, a) }
    const before = await get(a, params.referralId)
    const request = { token: a.user, params, ifMatch: before.etag }
    const shown = await call(referralOperations.showContact, request)
    expect(shown.body.customer?.contact?.email).toBe(email)
    const again = await call(referralOperations.showContact, request)
    expect(again.etag).toBe(shown.etag)
    expect(await timelineTypes(a, params.referralId)).toEqual(['referral.received', 'referral.contact-shown'])
  })

  it('becomes active when partner A accepts it', async () => {
    const { body } = await execute(a, acceptReferral, referralOf(rfi, a), acceptance)
    expect(body).toMatchObject({
      status: 'active',
      stage: 'active',
      deal: { name: 'ERP for two plants', crmId: 'CRM-17', notes: 'They look for a start in spring.' },
      colleagues: [{ email: 'key.account@partner.example' }],
    })
    expect((await inStage(a, 'active')).map(({ id }) => id)).toEqual([body.id])
    expect(await inStage(a, 'inbox')).toEqual([])
  })

  it('is archived as declined when partner B declines it, and the customer is informed', async () => {
    const { body } = await execute(b, declineReferral, referralOf(rfi, b), {
      reason: 'no-capacity',
      notes: 'Booked until summer.',
    })
    expect(body).toMatchObject({ status: 'declined', stage: 'archived', actions: [{ name: 'undo' }] })
    // The customer is told when the decline can no longer be undone.
    await advance('PT6M')
    const mails = await awaitMail(email, 3)
    const notice = mails.find(({ subject }) => subject === english('declined.subject', { partner: b.name }))
    // Other tests have partners that match, so there may be suggestions.
    const advice = (['suggestions.choose', 'suggestions.none'] as const).map(id =>
      english(id, { others: 'open' }),
    )
    expect(advice.some(text => notice?.text.includes(text))).toBe(true)
    expect(notice?.text).not.toContain('Booked until summer.')
  })

  it('has no schedule for the answer after it was answered', async () => {
    await settle()
    // The nudge is due one day after the estimated close date.
    expect(await scheduledKinds(referralOf(rfi, a))).toEqual(['nudge'])
    expect(await scheduledKinds(referralOf(rfi, b))).toEqual([])
  })

  it('expires by its schedule when partner C does not answer for 14 days, and the customer is informed', async () => {
    const { fired } = await advance('P14D')
    const expiry = expect.stringContaining(`expire-${referralOf(rfi, c)}`)
    expect(fired.map(({ name }) => name)).toContainEqual(expiry)
    const { body } = await get(c, referralOf(rfi, c))
    expect(body).toMatchObject({ status: 'expired', stage: 'archived', closedAt: body.respondBy })
    const mails = await awaitMail(email, 4)
    expect(mails.map(({ subject }) => subject)).toContain(`${c.name} did not answer in time`)
    expect(await scheduledKinds(referralOf(rfi, c))).toEqual([])
  })

  it('is archived as won when partner A closes it', async () => {
    const { body } = await execute(a, closeReferral, referralOf(rfi, a), {
      result: 'won',
      value: { amount: 44_000, currency: 'EUR' },
    })
    expect(body).toMatchObject({ status: 'won', outcome: { result: 'won', value: { amount: 44_000 } } })
  })

  it('is in all three archives with a complete timeline', async () => {
    for (const [partner, status] of [
      [a, 'won'],
      [b, 'declined'],
      [c, 'expired'],
    ] as const) {
      expect((await inStage(partner, 'archived')).map(item => item.status)).toEqual([status])
      expect(await inStage(partner, 'inbox')).toEqual([])
    }
    expect(await timelineTypes(a, referralOf(rfi, a))).toEqual([
      'referral.received',
      'referral.contact-shown',
      'referral.accepted',
      'referral.won',
    ])
    expect(await timelineTypes(b, referralOf(rfi, b))).toEqual(['referral.received', 'referral.declined'])
    expect(await timelineTypes(c, referralOf(rfi, c))).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.reminder-due',
      'referral.expired',
    ])
  })

  it('shows the customer the outcome', async () => {
    const { body } = await call(rfiOperations.getRfi, { token: rfi.trackingToken, params: { rfiId: rfi.id } })
    expect(body.status).toBe('closed')
    expect(body.recipients.map(({ status }) => status)).toEqual(['won', 'declined', 'expired'])
  })

  it('causes no mail twice', async () => {
    await settle()
    // The receipt and one mail each about acceptance, decline and expiry.
    expect(await mailTo(email)).toHaveLength(4)
    // The new referral, and whom to call after the acceptance.
    expect(await mailTo(a.contactOf('main'))).toHaveLength(2)
  })
})
