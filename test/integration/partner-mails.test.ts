/** Mails to partners: a partner with only a mailbox learns whom to call, what the customer decides and what to do. */
import { describe, expect, it } from 'vitest'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  acceptance,
  advance,
  allMailsTo,
  enroll,
  execute,
  getPage,
  linkIn,
  linksIn,
  type Mail,
  type Partner,
  type Person,
  personNamed,
  type RfiOptions,
  referralOf,
  sendRfi,
  settle,
  signedIn,
  submit,
  timelineTypes,
  unique,
  withPolicy,
} from './program.ts'

const { acceptReferral, addColleague, closeReferral } = referralOperations

interface Received {
  readonly partner: Partner
  readonly rfi: CreatedRfi
  readonly referralId: string
  readonly customer: string
  readonly ann: Person
  readonly boss: Person
}

const receive = async (options: RfiOptions = {}): Promise<Received> => {
  const [ann, boss] = [personNamed('Ann'), personNamed('Boss')]
  const customer = `buyer-${unique()}@customer.example`
  const partner = await enroll(undefined, 'DE', { main: [ann], admins: [boss] })
  const rfi = await sendRfi([partner], { email: customer, ...options })
  await settle()
  return { partner, rfi, referralId: referralOf(rfi, partner), customer, ann, boss }
}

const mailOf = async ({ email }: Pick<Person, 'email'>, kind: string): Promise<Mail> => {
  const mails = await allMailsTo(email)
  const [mail, ...others] = mails.filter(({ tags }) => tags.kind === kind)
  expect(others).toEqual([])
  if (!mail) throw new Error(`no mail ${kind} among ${mails.map(({ tags }) => tags.kind).join()}`)
  return mail
}

const kindsTo = async ({ email }: Pick<Person, 'email'>): Promise<(string | undefined)[]> =>
  (await allMailsTo(email)).map(({ tags }) => tags.kind)

/** Opens the page of a link and sends its form. */
const follow = async (mail: Mail, label: string, filled: Record<string, string> = {}): Promise<void> => {
  const page = await submit(await getPage(linkIn(mail, label)), filled)
  expect(page.status, page.text).toBe(200)
  await settle()
}

const acceptanceForm = {
  name: 'ERP',
  amount: '45000',
  currency: 'EUR',
  estimatedCloseDate: '2099-01-31',
}

/** Calls an operation of the customer with the current ETag of the RFI. */
const asCustomer = async (
  { rfi }: Pick<Received, 'rfi'>,
  operation: (typeof rfiOperations)['chooseOutcome' | 'denyWin' | 'withdrawRfi'],
  body?: object,
) => {
  const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
  const { etag } = await call(rfiOperations.getRfi, input)
  await call(operation, { ...input, ifMatch: etag, ...(body && { body }) })
  await settle()
}

describe('a partner with only a mailbox', () => {
  it('accepts, learns whom to call, is asked how it stands, and reports the win', async () => {
    const { partner, referralId, ann, customer } = await receive()
    const alert = await mailOf(ann, 'new-referral')
    expect(alert.text).not.toContain(customer)
    await follow(alert, 'Accept', acceptanceForm)
    await settle()

    const accepted = await mailOf(ann, 'you-accepted')
    expect(accepted.subject).toContain('here is whom to call at Havelland Getriebe')
    for (const detail of ['IT Purchasing', '+49 331 000000', customer, 'An ERP for two plants.'])
      expect(accepted.text).toContain(detail)
    expect(accepted.headers['reply-to']).toContain(customer)
    expect(accepted.headers['list-unsubscribe']).toBeUndefined()
    expect(accepted.html + accepted.text).not.toMatch(/https?:\/\//)
    expect(accepted.text).not.toContain('45,000')

    const { body } = await call(referralOperations.getReferral, {
      token: partner.user,
      params: { referralId },
    })
    // A close date that is soon over, so that the nudge comes.
    const soon = new Date(Date.parse(body.updatedAt) + 2 * 86_400_000).toISOString().slice(0, 10)
    await execute(partner, referralOperations.editDeal, referralId, { estimatedCloseDate: soon })
    await advance('P4D')
    const nudge = await mailOf(ann, 'nudge')
    expect(linksIn(nudge).map(({ label }) => label)).toEqual([
      english('action.win'),
      english('action.lose'),
      english('action.reschedule'),
      english('action.still-open'),
    ])
    await follow(nudge, english('action.win'))
    await settle()
    expect(await timelineTypes(await signedIn(partner), referralId)).toContain('referral.won')
  })

  it('reopens an expired referral with the link in the mail about the expiry', async () => {
    const { partner, referralId, ann } = await receive()
    await advance('P14D')
    const expired = await mailOf(ann, 'referral-expired')
    expect(linksIn(expired).map(({ label }) => label)).toEqual([english('action.reopen')])
    await follow(expired, english('action.reopen'))
    expect(await timelineTypes(await signedIn(partner), referralId)).toContain('referral.reopened')
  })
})

describe('after an acceptance with the API', () => {
  it('the contacts and the colleagues on the deal learn whom to call', async () => {
    const { partner, referralId, ann, customer } = await receive()
    const colleague = personNamed('Zoe')
    const { locale: _, ...zoe } = { ...colleague, phone: '+49 30 77' }
    await execute(partner, acceptReferral, referralId, { ...acceptance, colleagues: [zoe] })
    await settle()
    for (const reader of [ann, colleague])
      expect((await mailOf(reader, 'you-accepted')).headers['reply-to']).toContain(customer)
  })

  it('a colleague who is put on the deal later is told', async () => {
    const { partner, referralId, customer } = await receive()
    await execute(partner, acceptReferral, referralId, { ...acceptance, colleagues: [] })
    const { locale: _, ...zoe } = { ...personNamed('Zoe'), phone: '+49 30 77' }
    await execute(partner, addColleague, referralId, zoe)
    await settle()
    const mail = await mailOf(zoe, 'colleague-added')
    expect(mail.text).toContain(`${partner.name} (The main office) has put you on the request`)
    expect(mail.text).toContain(customer)
  })

  it('the mail holds no contact details if the policy keeps them out', async () => {
    const contactDetails = { inMail: 'never', beforeAnswer: 'on-request' } as const
    await withPolicy({ contactDetails }, async () => {
      const { partner, referralId, ann, customer } = await receive()
      await execute(partner, acceptReferral, referralId, { ...acceptance, colleagues: [] })
      await settle()
      const mail = await mailOf(ann, 'you-accepted')
      expect(mail.text).toContain('Show contact details: ')
      expect(mail.text + mail.html).not.toContain(customer)
      expect(mail.headers['reply-to']).toBeUndefined()
    })
  })
})

describe('a hot referral', () => {
  it('shows whom to call in the alert, and cools down in reminders', async () => {
    const { ann, customer } = await receive({ directContact: true })
    const alert = await mailOf(ann, 'new-referral')
    expect(alert.text).toMatch(/^🔥 .* until .* CES?T\. Please call or write/)
    expect(alert.text).toContain('+49 331 000000')
    expect(alert.text).toContain(customer)
    expect(alert.headers['reply-to']).toBeUndefined()
    await advance('P1D')
    expect((await mailOf(ann, 'reminder')).text).toMatch(/^🔥 /)
    await advance('P10D')
    const last = (await allMailsTo(ann.email)).at(-1)
    expect(last?.text).toMatch(/^The customer asked for direct contact on /)
  })
})

describe('ignored reminders', () => {
  it('reach the administrators from the second one on', async () => {
    const { ann, boss } = await receive()
    await advance('P2D')
    expect(await kindsTo(boss)).toEqual([])
    await advance('P10D')
    expect(await kindsTo(ann)).toEqual(['new-referral', 'reminder', 'reminder'])
    const mail = await mailOf(boss, 'escalation')
    expect(mail.text).toContain('Ann Person')
    expect(linksIn(mail)).toEqual([])
  })
})

describe('when the customer has chosen', () => {
  it('the chosen partner and the others are told once, and nobody is reminded', async () => {
    const [winner, loser] = [await receive(), personNamed('Lou')]
    const other = await enroll(undefined, 'DE', { main: [loser] })
    const customer = `buyer-${unique()}@customer.example`
    const rfi = await sendRfi([winner.partner, other], { email: customer })
    await settle()
    const referralId = referralOf(rfi, winner.partner)
    await execute(winner.partner, acceptReferral, referralId, { ...acceptance, colleagues: [] })
    await asCustomer({ rfi }, rfiOperations.chooseOutcome, { referralId })
    expect((await mailOf(winner.ann, 'choice-noted')).text).toContain('says that it has chosen')
    expect((await mailOf(loser, 'superseded')).text).toContain('nothing counts against you')
    await advance('P20D')
    expect(await kindsTo(loser)).toEqual(['new-referral', 'superseded'])
  })

  it('other partners are not reminded while the customer is asked about a win', async () => {
    const loser = personNamed('Lou')
    const [winner, other] = [await enroll(), await enroll(undefined, 'DE', { main: [loser] })]
    const rfi = await sendRfi([winner, other])
    await settle()
    const referralId = referralOf(rfi, winner)
    await execute(winner, acceptReferral, referralId, { ...acceptance, colleagues: [] })
    await execute(winner, closeReferral, referralId, { result: 'won' })
    await advance('P2D')
    expect(await kindsTo(loser)).toEqual(['new-referral'])
  })

  it('a denied win is told to the contacts and the administrators', async () => {
    const received = await receive()
    const { partner, referralId, ann, boss } = received
    await execute(partner, acceptReferral, referralId, { ...acceptance, colleagues: [] })
    await execute(partner, closeReferral, referralId, { result: 'won' })
    await asCustomer(received, rfiOperations.denyWin, { referralId })
    for (const reader of [ann, boss])
      expect((await mailOf(reader, 'win-denied')).text).toContain('so the win does not count')
  })
})
