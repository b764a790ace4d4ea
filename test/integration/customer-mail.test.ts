/** Mails to customers in the mailbox: who takes care, undone answers, questions, and the number of mails. */
import { beforeEach, describe, expect, it } from 'vitest'
import { referenceOf } from '../../shared/kernel/ids.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  acceptance,
  advance,
  allMailsTo,
  enqueue,
  enroll,
  eventsOf,
  execute,
  get,
  getPage,
  linkIn,
  type Mail,
  type Partner,
  personNamed,
  referralOf,
  sendRfi,
  settle,
  signedIn,
  textOf,
  unique,
  withPolicy,
} from './program.ts'

const { acceptReferral, declineReferral, closeReferral, undoAnswer } = referralOperations
const { chooseOutcome, getRfi } = rfiOperations

/** Starts each test at 06:00 UTC, long before the end of the day. */
beforeEach(async () => {
  const { now } = await settle()
  const morning = Date.parse(`${now.slice(0, 10)}T06:00:00Z`)
  const dayMs = 86_400_000
  const ms = (((morning - Date.parse(now)) % dayMs) + dayMs) % dayMs
  await advance(`PT${Math.ceil(ms / 1000) + 1}S`)
})

const toNextDay = () => advance('PT20H')

interface Request {
  readonly rfi: CreatedRfi
  readonly partners: readonly Partner[]
  readonly customer: string
}

/** Sends a request to new partners. */
const ask = async (count: number, options: Parameters<typeof sendRfi>[1] = {}): Promise<Request> => {
  const partners: Partner[] = []
  for (let index = 0; index < count; index++) partners.push(await enroll())
  const customer = `buyer-${unique()}@customer.example`
  const rfi = await sendRfi(partners, { email: customer, ...options })
  await settle()
  return { rfi, partners, customer }
}

/** Returns the mails to the customer after the receipt. */
const mailsTo = async ({ customer }: Request): Promise<Mail[]> => (await allMailsTo(customer)).slice(1)
const kindsTo = async (request: Request): Promise<(string | undefined)[]> =>
  (await mailsTo(request)).map(({ tags }) => tags.kind)
const lastTo = async (request: Request): Promise<Mail> => {
  const mail = (await mailsTo(request)).at(-1)
  if (!mail) throw new Error('no mail to the customer, expected one')
  return mail
}

const partnerOf = ({ partners }: Request, index: number): Partner => {
  const partner = partners[index]
  if (!partner) throw new Error(`no partner ${index}`)
  return partner
}

const decline = async (request: Request, index = 0) => {
  const partner = await signedIn(partnerOf(request, index))
  await execute(partner, declineReferral, referralOf(request.rfi, partner), { reason: 'budget' })
  await settle()
}
const accept = async (request: Request, index = 0, more: object = {}) => {
  const partner = await signedIn(partnerOf(request, index))
  await execute(partner, acceptReferral, referralOf(request.rfi, partner), { ...acceptance, ...more })
  await settle()
}
const close = async (request: Request, index: number, result: object) => {
  const partner = await signedIn(partnerOf(request, index))
  await execute(partner, closeReferral, referralOf(request.rfi, partner), result)
  await settle()
}
const undo = async (request: Request, index = 0) => {
  const partner = await signedIn(partnerOf(request, index))
  const referralId = referralOf(request.rfi, partner)
  const { etag } = await get(partner, referralId)
  await call(undoAnswer, { token: partner.user, params: { referralId }, ifMatch: etag })
  await settle()
}
const choose = async ({ rfi }: Request, body: object) => {
  const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
  const { etag } = await call(getRfi, input)
  await call(chooseOutcome, { ...input, ifMatch: etag, body })
  await settle()
}

const lost = { result: 'lost', reason: 'budget' }
const won = { result: 'won' }

describe('the mail about an acceptance', () => {
  it('names who takes care of the request, is answered to that person and has no link', async () => {
    const request = await ask(1)
    await accept(request)
    const mail = await lastTo(request)
    expect(mail.tags.kind).toBe('accepted')
    expect(mail.headers['reply-to']).toBe('Key Account <key.account@partner.example>')
    for (const part of ['Key Account', '+49 30 1234', 'key.account@partner.example', 'The main office'])
      expect(textOf(mail.html)).toContain(part)
    expect(mail.text).toContain(referenceOf(request.rfi.id as never))
    expect(`${mail.text}${mail.html}`).not.toMatch(/\/v1\/pages|token=/)
    // The first mail has the link.
    const [receipt] = await allMailsTo(request.customer)
    expect(receipt?.subject).toBe(english('receipt.subject'))
    expect(mail.text).toContain(receipt?.subject)
    expect(linkIn(receipt, english('follow'))).toContain('/v1/pages/request?token=')
    expect(receipt?.headers['reply-to']).toBeUndefined()
  })

  it('names the contacts of the location if the partner names no colleague', async () => {
    const desk = personNamed('Ann')
    const partner = await enroll(undefined, 'DE', { main: [desk] })
    const customer = `buyer-${unique()}@customer.example`
    const rfi = await sendRfi([partner], { email: customer })
    await settle()
    const request = { rfi, partners: [partner], customer }
    await accept(request, 0, { colleagues: [] })
    const mail = await lastTo(request)
    expect(mail.headers['reply-to']).toBe(`Ann Person <${desk.email}>`)
    expect(mail.text).toContain(desk.email)
  })
})

describe('an answer that can be undone', () => {
  it('is not mailed if the partner undoes it within five minutes', async () => {
    const request = await ask(1)
    await decline(request)
    await advance('PT4M')
    await undo(request)
    await advance('PT1H')
    expect(await kindsTo(request)).toEqual([])
  })

  it('is mailed after five minutes', async () => {
    const request = await ask(1)
    await decline(request)
    await advance('PT4M')
    expect(await kindsTo(request)).toEqual([])
    await advance('PT2M')
    expect(await kindsTo(request)).toEqual(['declined'])
  })

  it('is mailed once, after the second decline, if the partner undoes the first one', async () => {
    const request = await ask(1)
    await decline(request)
    await undo(request)
    await advance('PT3M')
    await decline(request)
    await advance('PT3M')
    expect(await kindsTo(request)).toEqual([])
    await advance('PT1H')
    expect(await kindsTo(request)).toEqual(['declined'])
  })

  it('is mailed once if its event is delivered several times', async () => {
    const request = await ask(2)
    await decline(request)
    await advance('PT6M')
    const partner = await signedIn(partnerOf(request, 0))
    const events = await eventsOf(partner, referralOf(request.rfi, partner))
    const event = events.find(({ type }) => type === 'referral.declined')
    await enqueue('SuggestPartners', { detail: event }, { detail: event })
    await enqueue('SendMail', { detail: event })
    await toNextDay()
    expect(await kindsTo(request)).toEqual(['declined'])
  })

  it('of an expiry does not exist: the customer is told at once', async () => {
    const request = await ask(1)
    // Timers have a precision of seconds.
    await advance('P14DT1M')
    expect(await kindsTo(request)).toEqual(['expired'])
  })
})

describe('a reported win', () => {
  it('asks the customer, and a choice ends all mails about the other partners', async () => {
    const request = await ask(3)
    for (const index of [0, 1]) await accept(request, index)
    await close(request, 0, won)
    expect(await kindsTo(request)).toEqual(['accepted', 'accepted'])
    await advance('PT6M')
    expect(await kindsTo(request)).toEqual(['accepted', 'accepted', 'win-question'])
    const question = await lastTo(request)
    expect(question.subject).toBe(english('win-question.subject', { partners: partnerOf(request, 0).name }))
    for (const label of ['win-question.yes', 'win-question.no'] as const)
      expect(linkIn(question, english(label))).toContain('/v1/pages/request?token=')
    const [first] = (await getPage(linkIn(question, english('win-question.no')))).forms
    expect(first?.button).toBe(english('request.win.no'))

    await choose(request, { referralId: referralOf(request.rfi, partnerOf(request, 0)) })
    await close(request, 1, lost)
    await advance('P20D')
    expect(await kindsTo(request)).toEqual(['accepted', 'accepted', 'win-question'])
  })

  it('is not asked about if the partner undoes it', async () => {
    const request = await ask(1)
    await accept(request)
    await close(request, 0, won)
    await undo(request)
    await advance('PT1H')
    expect(await kindsTo(request)).toEqual(['accepted'])
  })

  it('lets the mail about a decline not ask for another partner', async () => {
    const request = await ask(2)
    await accept(request)
    await close(request, 0, won)
    await decline(request, 1)
    await advance('PT10M')
    await toNextDay()
    for (const mail of await mailsTo(request)) expect(mail.text).not.toContain('You can ask another partner')
    expect((await kindsTo(request)).toSorted()).toEqual(['accepted', 'declined', 'win-question'])
  })
})

it('a lost deal that the customer had chosen offers the other partners again', async () => {
  const request = await ask(2)
  await accept(request)
  await choose(request, { referralId: referralOf(request.rfi, partnerOf(request, 0)) })
  await close(request, 0, lost)
  await advance('PT6M')
  const mail = await lastTo(request)
  expect(mail.tags.kind).toBe('lost')
  expect(mail.text).toContain(english('lost.again', { partners: partnerOf(request, 1).name }))
})

it('a deal that is due asks the customer once for all partners, and not again within 30 days', async () => {
  const request = await ask(2)
  const { now } = await settle()
  const estimatedCloseDate = new Date(Date.parse(now) + 3 * 86_400_000).toISOString().slice(0, 10)
  for (const index of [0, 1]) await accept(request, index, { estimatedCloseDate })
  await advance('P25D')
  const questions = (await kindsTo(request)).filter(kind => kind === 'choice-question')
  expect(questions).toHaveLength(1)
  const mail = (await mailsTo(request)).find(({ tags }) => tags.kind === 'choice-question')
  const [first, second] = request.partners.map(({ name }) => name)
  expect(mail?.text).toContain(first)
  expect(mail?.text).toContain(second)
  expect(linkIn(mail, english('choice-question.tell'))).toContain('/v1/pages/request?token=')
})

describe('the number of mails', () => {
  it('is one a day while other partners are left; the other news are told in one mail on the next day', async () => {
    await withPolicy({ maxRecipients: 6 }, async () => {
      const request = await ask(6, { locale: 'de' })
      for (const index of [0, 1, 2, 3, 4]) await decline(request, index)
      await advance('PT6M')
      expect(await kindsTo(request)).toEqual(['declined'])
      await toNextDay()
      expect(await kindsTo(request)).toEqual(['declined', 'customer-digest'])
      const digest = await lastTo(request)
      expect(digest.subject).toBe(textIn('de', 'customer-digest.subject'))
      const told = (await mailsTo(request)).map(({ text }) => text).join('\n')
      for (const { name } of request.partners.slice(0, 5)) expect(told).toContain(name)
      for (const { name } of request.partners.slice(1, 5)) expect(digest.text).not.toContain(`${name}  `)
      expect(digest.text.match(/nicht übernehmen/g)).toHaveLength(4)
      expect(linkIn(digest, textIn('de', 'follow'))).toContain('/v1/pages/request?token=')
      await enqueue('SendDigests', {}, {})
      await toNextDay()
      expect(await kindsTo(request)).toEqual(['declined', 'customer-digest'])
    })
  })

  it('leaves out of the next mail what has become outdated', async () => {
    const request = await ask(4)
    for (const index of [0, 1]) await decline(request, index)
    await advance('PT6M')
    expect(await kindsTo(request)).toEqual(['declined'])
    await choose(request, { outcome: 'elsewhere' })
    await toNextDay()
    expect(await kindsTo(request)).toEqual(['declined'])
  })

  it('is one for partners that expire at the same instant', async () => {
    const request = await ask(3)
    await advance('P14DT1M')
    expect(await kindsTo(request)).toEqual(['expired'])
    const mail = await lastTo(request)
    expect(mail.subject).toBe(english('ended.subject'))
    for (const { name } of request.partners) expect(mail.text).toContain(name)
    await toNextDay()
    expect(await kindsTo(request)).toEqual(['expired'])
  })

  it('ends with a mail that refers to the request page', async () => {
    await withPolicy({ customerMails: { perDay: 1, perRfi: 3 } }, async () => {
      const request = await ask(4)
      for (const index of [0, 1, 2]) await accept(request, index)
      expect(await kindsTo(request)).toEqual(['accepted', 'accepted'])
      const [first, last] = await mailsTo(request)
      expect(first?.text).not.toContain(english('last-mail'))
      expect(last?.text).toContain(english('last-mail'))
      await advance('P14DT1M')
      expect(await kindsTo(request)).toEqual(['accepted', 'accepted'])
    })
  })
})
