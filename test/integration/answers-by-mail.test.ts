/** Referrals answered through the links in mails: by people with a browser, but not by mail scanners. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { referralOperations, type Status } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  advance,
  allMailsTo,
  enroll,
  execute,
  get,
  getPage,
  linkIn,
  linksIn,
  type Mail,
  mailStory,
  mailsOnTimeline,
  type Partner,
  type People,
  type Person,
  personNamed,
  postForm,
  profileContent,
  profileOf,
  redirectOf,
  referralOf,
  schedulesOf,
  sendRfi,
  settle,
  signedIn,
  submit,
  timelineOf,
  timelineTypes,
  unique,
  type WebPage,
} from './program.ts'

const { addColleague, extendReferral } = referralOperations

const actions = {
  accept: english('action.accept'),
  decline: english('action.decline'),
  extend: english('action.extend'),
  wrongPerson: english('action.misaddressed'),
} as const

interface ReceivedReferral {
  readonly partner: Partner
  readonly referralId: string
  readonly rfi: CreatedRfi
  readonly customer: string
  /** Contacts of the addressed location. */
  readonly contacts: readonly Person[]
  /** The first mail of each contact. */
  readonly mails: readonly Mail[]
}

/** Creates a referral and waits until its contacts have got a mail. */
const receiveReferral = async (
  people: People = { main: [personNamed('Ann')] },
  options: Parameters<typeof sendRfi>[1] = {},
): Promise<ReceivedReferral> => {
  const customer = `buyer-${unique()}@customer.example`
  const partner = await enroll(undefined, 'DE', people)
  const rfi = await sendRfi([partner], { email: customer, locale: 'en', ...options })
  await settle()
  const contacts = people.main ?? []
  const mails = await Promise.all(contacts.map(({ email }) => lastTo(email)))
  return { partner, rfi, referralId: referralOf(rfi, partner), customer, contacts, mails }
}

const lastTo = async (address: string): Promise<Mail> => {
  const mail = (await allMailsTo(address)).at(-1)
  if (!mail) throw new Error(`no mail for ${address}`)
  return mail
}

const urlOf = ({ mails }: ReceivedReferral, action: keyof typeof actions, index = 0): string =>
  linkIn(mails[index], actions[action])

/** Opens the page behind a link of a contact. */
const open = (received: ReceivedReferral, action: keyof typeof actions, index = 0): Promise<WebPage> =>
  getPage(urlOf(received, action, index))

/** Returns the form for the answer of a page; the page can also have forms to show contact details or to undo. */
const answerFormOf = ({ forms }: WebPage) => forms.find(({ values }) => values.do === undefined)

const acceptance = {
  name: 'ERP for two plants',
  amount: '45000',
  currency: 'EUR',
  estimatedCloseDate: '2099-01-31',
  notes: 'They look for a start in spring.',
  crmId: 'CRM-17',
}

/** Returns the URL of a link on a page. */
const nextOf = (page: WebPage, label: string): string => new URL(linkIn(page, label), page.url).href

/** Returns the title of the page that shows the state of the referral. */
const stateIn = (status: Status, locale = 'en') =>
  textIn(locale, 'answer.state', { status, company: 'Havelland Getriebe' })

/** Returns everything that an answer could change. */
const stateOf = async ({ partner, referralId, rfi }: ReceivedReferral) => {
  await settle()
  const [referral, timeline, profile, request, schedules] = await Promise.all([
    get(partner, referralId),
    timelineOf(partner, referralId),
    profileOf(partner),
    call(rfiOperations.getRfi, { token: rfi.trackingToken, params: { rfiId: rfi.id } }),
    schedulesOf(referralId),
  ])
  return {
    referral: [referral.etag, referral.body],
    timeline,
    profile: [profile.etag, profile.body],
    request: [request.etag, request.body],
    schedules,
  }
}

/** Expects the actor of the last event to be the reader of the mail to `contact`. */
const expectAnsweredBy = async ({ partner, referralId }: ReceivedReferral, contact: Person | undefined) => {
  const mails = await mailsOnTimeline(partner, referralId)
  const mail = mails.find(({ to }) => to.email === contact?.email)
  const items = await timelineOf(partner, referralId)
  const actors = items.flatMap(item => (item.type === 'mail' ? [] : [item.actor]))
  expect(mail).toBeDefined()
  expect(actors.at(-1)).toEqual({ kind: 'partner', mail: mail?.id })
}

describe('a referral answered by mail', () => {
  it('becomes active when the contact submits the form to accept, and the page shows the request', async () => {
    const received = await receiveReferral()
    const { partner, referralId, customer } = received
    const page = await open(received, 'accept')
    expect(page.status).toBe(200)
    for (const expected of ['Havelland Getriebe', 'Potsdam', '€50,000', 'An ERP for two plants.'])
      expect(page.text).toContain(expected)
    for (const secret of [customer, 'Purchasing', '331 000000']) expect(page.html).not.toContain(secret)
    expect(page.forms.map(({ button }) => button)).toEqual([english('contact.show'), 'Accept'])
    const done = await submit(page, acceptance)
    expect(done.status).toBe(200)
    expect(done.text).toContain(stateIn('active'))
    expect(done.text).toContain(english('answer.accept.done', { customer: 'told' }))
    expect(done.forms).toEqual([])
    const { body } = await get(partner, referralId)
    const { name, notes, crmId, estimatedCloseDate } = acceptance
    expect(body).toMatchObject({
      status: 'active',
      colleagues: [],
      deal: {
        name,
        notes,
        crmId,
        estimatedCloseDate,
        estimated: 'given',
        estimatedValue: { amount: 45_000, currency: 'EUR' },
      },
    })
    await settle()
    await expectAnsweredBy(received, received.contacts[0])
    expect((await lastTo(customer)).subject).toBe(`${partner.name} has accepted your request`)
  })

  it('is accepted with the suggested deal, and the page shows whom to call', async () => {
    const received = await receiveReferral()
    const { partner, referralId, customer } = received
    const page = await open(received, 'accept')
    const { values } = answerFormOf(page) ?? {}
    const date = values?.estimatedCloseDate ?? ''
    expect(values).toMatchObject({
      name: 'Enterprise resource planning (ERP) – Havelland Getriebe',
      amount: '50,000',
      currency: 'EUR',
      estimatedCloseDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    })
    const done = await submit(page)
    for (const shown of ['IT Purchasing', '+49 331 000000', customer]) expect(done.text).toContain(shown)
    expect(linksIn(done).map(({ href }) => href)).toEqual(['tel:+49331000000', `mailto:${customer}`])
    expect((await get(partner, referralId)).body).toMatchObject({
      status: 'active',
      customer: { contact: { email: customer } },
      deal: {
        name: values?.name,
        estimatedValue: { amount: 50_000, currency: 'EUR' },
        estimatedCloseDate: date,
        estimated: 'default',
      },
    })
  })

  it('is declined with a reason of the taxonomy', async () => {
    const received = await receiveReferral()
    const { partner, referralId, customer } = received
    const page = await open(received, 'decline')
    const done = await submit(page, { reason: 'no-capacity', notes: 'Booked until summer.' })
    expect(done.text).toContain(stateIn('declined'))
    expect((await get(partner, referralId)).body).toMatchObject({
      status: 'declined',
      stage: 'archived',
      decline: { reason: 'no-capacity', notes: 'Booked until summer.' },
    })
    // The customer is told when the decline can no longer be undone.
    await advance('PT6M')
    await expectAnsweredBy(received, received.contacts[0])
    expect((await lastTo(customer)).subject).toBe(english('declined.subject', { partner: partner.name }))
  })

  it('is extended, and can be answered by the next mail', async () => {
    const received = await receiveReferral()
    const { referralId, customer, contacts } = received
    const page = await open(received, 'extend')
    const done = await submit(page, { why: 'Our ERP team is on leave.' })
    expect(done.text).toContain(stateIn('new'))
    await settle()
    await expectAnsweredBy(received, contacts[0])
    expect((await lastTo(customer)).text).toContain('> Our ERP team is on leave.')
    const { body } = await get(received.partner, referralId)
    expect(body.extensions.map(({ reason }) => reason)).toEqual(['Our ERP team is on leave.'])
    // The confirmation leads to the next answer. The links of the old mail are used up.
    expect(linksIn(done).map(({ label }) => label)).toEqual(['Accept', 'Decline'])
    expect(answerFormOf(await getPage(nextOf(done, 'Accept')))?.button).toBe('Accept')
    expect((await open(received, 'accept')).forms).toEqual([])

    await advance(`P18D`)
    const partner = await signedIn(received.partner)
    const reminder = await lastTo(contacts[0]?.email ?? '')
    expect(reminder.tags.kind).toBe('reminder')
    // The only extension is used up.
    expect(linksIn(reminder).map(({ label }) => label)).toEqual([
      'Accept',
      'Decline',
      'I am the wrong person',
    ])
    await submit(await getPage(linkIn(reminder, 'Accept')), acceptance)
    expect((await get(partner, referralId)).body.status).toBe('active')
  })

  it('is answered on pages in the language of the contact, not of the browser', async () => {
    const received = await receiveReferral({ main: [personNamed('Ann', { locale: 'de-CH' })] })
    const url = linkIn(received.mails[0], 'Annehmen')
    const page = await getPage(url, { 'accept-language': 'fr-FR,fr;q=0.9' })
    expect([page.language, answerFormOf(page)?.button]).toEqual(['de', 'Annehmen'])
    const wrong = await submit(page, { amount: 'viel' })
    expect(wrong.text).toContain(textIn('de', 'error.fields', { count: 1 }))
    const done = await submit(wrong, acceptance)
    expect(done.text).toContain(stateIn('active', 'de'))
  })

  it('explains an amount that has two meanings, and accepts what it suggests', async () => {
    const received = await receiveReferral({ main: [personNamed('Ann', { locale: 'de' })] })
    const page = await getPage(linkIn(received.mails[0], 'Annehmen'))
    const wrong = await submit(page, { ...acceptance, amount: '45,000' })
    expect(wrong.text.replace(/\s/g, ' ')).toContain(
      '„45,000“ kann 45.000,00 € oder 45,000 € bedeuten. Bitte geben Sie 45000 ein, wenn Sie 45.000,00 € meinen.',
    )
    await submit(wrong, { amount: '45.000' })
    const { body } = await get(received.partner, received.referralId)
    expect(body.deal?.estimatedValue).toEqual({ amount: 45_000, currency: 'EUR' })
  })

  it('accepts common notations of amounts', async () => {
    const amounts = { '45 000,50': 45_000.5, "45'000.5": 45_000.5, ' 45000 ': 45_000, '0': 0 }
    for (const [written, amount] of Object.entries(amounts)) {
      const received = await receiveReferral()
      await submit(await open(received, 'accept'), { ...acceptance, amount: written })
      const { body } = await get(received.partner, received.referralId)
      expect(body.deal?.estimatedValue, written).toEqual({ amount, currency: 'EUR' })
    }
  })

  it('accepts notes of 10,000 characters in any script', async () => {
    for (const notes of [
      `<script>alert(1)</script>\n</textarea><img src=x>&amp; "'`,
      'שלום مرحبا 你好 🧑‍🏭🇩🇪',
      'ä'.repeat(10_000),
      'one\r\ntwo\n\tthree',
    ]) {
      const received = await receiveReferral()
      const wrong = await submit(await open(received, 'accept'), { ...acceptance, notes, amount: '-5' })
      expect(answerFormOf(wrong)?.values.notes).toBe(notes)
      expect(wrong.html).not.toMatch(/<(img|script)/)
      await submit(wrong, { amount: '5' })
      const stored = notes.replaceAll('\r\n', '\n')
      expect((await get(received.partner, received.referralId)).body.deal?.notes).toBe(stored)
    }
  })
})

describe('an invalid form', () => {
  let received: ReceivedReferral
  beforeAll(async () => {
    received = await receiveReferral()
  })

  const rows: [string, keyof typeof actions, Record<string, string>, string[]][] = [
    [
      'with nothing',
      'accept',
      { name: '', amount: '', currency: '', estimatedCloseDate: '' },
      ['name', 'amount', 'currency', 'estimatedCloseDate'],
    ],
    ['with blanks', 'accept', { ...acceptance, name: '  ', crmId: ' ' }, ['name']],
    ['with a name of 201 characters', 'accept', { ...acceptance, name: 'x'.repeat(201) }, ['name']],
    ['with an invisible name', 'accept', { ...acceptance, name: '\u200b' }, ['name']],
    ['with a line break in the name', 'accept', { ...acceptance, name: 'a\r\nBcc: b' }, ['name']],
    ...['1.234.56', '1e9', '-5', 'Infinity', 'NaN', '0x10', '2k', '45.123', '9'.repeat(400)].map(
      (amount): [string, keyof typeof actions, Record<string, string>, string[]] => [
        `with the amount ${amount.slice(0, 20)}`,
        'accept',
        { ...acceptance, amount },
        ['amount'],
      ],
    ),
    ['with decimals in yen', 'accept', { ...acceptance, amount: '4.5', currency: 'JPY' }, ['amount']],
    [
      'with a date in the past',
      'accept',
      { ...acceptance, estimatedCloseDate: '2020-01-01' },
      ['estimatedCloseDate'],
    ],
    [
      'with a date too far in the future',
      'accept',
      { ...acceptance, estimatedCloseDate: '9999-12-31' },
      ['estimatedCloseDate'],
    ],
    [
      'with a date that does not exist',
      'accept',
      { ...acceptance, estimatedCloseDate: '2099-02-30' },
      ['estimatedCloseDate'],
    ],
    [
      'with a date that is not in ISO format',
      'accept',
      { ...acceptance, estimatedCloseDate: '31.1.2099' },
      ['estimatedCloseDate'],
    ],
    ['with notes of 10,001 characters', 'accept', { ...acceptance, notes: 'x'.repeat(10_001) }, ['notes']],
    ['with notes that were not sent in UTF-8', 'accept', { ...acceptance, notes: 'a\ufffdb' }, ['notes']],
    ['with a CRM id of 101 characters', 'accept', { ...acceptance, crmId: 'x'.repeat(101) }, ['crmId']],
    [
      'with two invalid fields',
      'accept',
      { ...acceptance, amount: 'x', notes: '\u0000' },
      ['amount', 'notes'],
    ],
    ['without a reason', 'decline', { notes: 'Sorry' }, ['reason']],
    [
      'with notes that are too long for a decline',
      'decline',
      { reason: 'budget', notes: 'x'.repeat(10_001) },
      ['notes'],
    ],
    ['without the reason of an extension', 'extend', {}, ['why']],
    ['with a reason of 1,001 characters', 'extend', { why: 'x'.repeat(1001) }, ['why']],
  ]
  it.each(rows)(
    '%s marks the fields, keeps the input and changes nothing',
    async (_, action, input, wrong) => {
      const before = await stateOf(received)
      const page = await submit(await open(received, action), input)
      expect(page.status).toBe(400)
      expect(answerFormOf(page)?.invalid).toEqual(wrong)
      for (const name of wrong) {
        expect(page.html).toContain(`<a href="#${name}">`)
        expect(page.html).toContain(`id="${name}-error"`)
      }
      expect(answerFormOf(page)?.values).toMatchObject(input)
      expect(await stateOf(received)).toEqual(before)
    },
  )

  it.each([
    ['an unknown option', 'decline', { reason: 'because' }, ['reason']],
    ['an invalid option', 'decline', { reason: '<b>' }, ['reason']],
    ['an unknown currency', 'accept', { ...acceptance, currency: 'XXQ' }, ['currency']],
    ['unknown fields', 'extend', JSON.parse('{"__proto__":"x","constructor":"y","a[b]":"z"}'), ['why']],
  ] as const)('sent by hand with %s is rejected in the same way', async (_, action, input, wrong) => {
    const before = await stateOf(received)
    const page = await postForm(urlOf(received, action), input)
    expect([page.status, answerFormOf(page)?.invalid]).toEqual([400, wrong])
    expect(await stateOf(received)).toEqual(before)
  })

  it.each([
    ['application/json', JSON.stringify({ why: 'Because' })],
    ['text/plain', 'why=Because'],
    ['application/x-www-form-urlencoded', '%%%=&&&;;why'],
  ])('sent as %s without form fields is rejected in the same way', async (type, body) => {
    const before = await stateOf(received)
    const headers = { 'content-type': type }
    const response = await fetch(urlOf(received, 'extend'), { method: 'POST', headers, body })
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await stateOf(received)).toEqual(before)
  })
})

describe('a link in a mail', () => {
  it('works once: a second use changes nothing and shows the outcome', async () => {
    const received = await receiveReferral()
    const url = urlOf(received, 'decline')
    await submit(await getPage(url), { reason: 'budget' })
    const before = await stateOf(received)
    const pages = [await getPage(url), await postForm(url, { reason: 'spam' })]
    expect(pages.map(({ status }) => status)).toEqual([200, 409])
    for (const page of pages) {
      expect(page.text).toContain(stateIn('declined'))
      expect(page.text).toContain(english('answer.used'))
      expect(page.text).not.toContain(english('answer.saved'))
      expect(page.forms.map(({ button }) => button)).toEqual([english('answer.undo')])
    }
    expect(await stateOf(received)).toEqual(before)
  })

  it('shows a confirmation only with the signed mark of its own answer', async () => {
    const received = await receiveReferral({ main: [personNamed('Ann'), personNamed('Bob')] })
    const done = await submit(await getPage(`${urlOf(received, 'accept')}&utm_source=mail`), acceptance)
    expect(done.text).toContain(english('answer.accept.done', { customer: 'told' }))
    expect((await getPage(done.url)).text).toContain(english('answer.accept.done', { customer: 'told' }))
    const mark = new URL(done.url).searchParams.get('done') ?? ''
    for (const [index, claim] of [
      [0, 'accept'],
      [1, 'accept'],
      [1, mark],
    ] as const) {
      const page = await getPage(`${urlOf(received, 'accept', index)}&done=${encodeURIComponent(claim)}`)
      expect([page.status, page.forms]).toEqual([200, []])
      expect(page.text).toContain(english('answer.used'))
      expect(page.text).not.toContain(english('answer.accept.done', { customer: 'told' }))
    }
  })

  it('is invalid for every contact and every answer after one answer', async () => {
    const received = await receiveReferral({ main: [personNamed('Ann'), personNamed('Bob')] })
    await submit(await open(received, 'accept', 0), acceptance)
    const before = await stateOf(received)
    for (const index of [0, 1])
      for (const action of ['accept', 'decline', 'extend', 'wrongPerson'] as const) {
        const url = urlOf(received, action, index)
        const input = { ...acceptance, reason: 'budget', why: 'Because' }
        const pages = [await getPage(url), await postForm(url, input)]
        expect(pages.map(({ status }) => status)).toEqual([200, 409])
        for (const page of pages) {
          expect(page.text).toContain('has been accepted')
          expect(page.forms).toEqual([])
        }
      }
    expect(await stateOf(received)).toEqual(before)
  })

  it('stays open when a colleague is added over the API', async () => {
    const received = await receiveReferral()
    const { partner, referralId } = received
    const colleague = { firstName: 'Key', lastName: 'Account', phone: '+49 30 1234' }
    await execute(partner, addColleague, referralId, { ...colleague, email: 'key@partner.example' })
    await postForm(urlOf(received, 'accept'), acceptance)
    const { body } = await get(partner, referralId)
    expect(body).toMatchObject({ status: 'active', colleagues: [{ email: 'key@partner.example' }] })
  })

  it('is used up after an extension through the API', async () => {
    const received = await receiveReferral()
    const { partner, referralId } = received
    await execute(partner, extendReferral, referralId, { reason: 'Because' })
    const before = await stateOf(received)
    const page = await postForm(urlOf(received, 'accept'), acceptance)
    expect(page.text).toContain(english('answer.used'))
    expect(page.text).toContain(stateIn('new'))
    expect(await stateOf(received)).toEqual(before)
  })

  it('stays valid after events that only time causes: a reminder and cooling', async () => {
    const received = await receiveReferral(undefined, { directContact: true })
    await advance('P4D')
    const partner = await signedIn(received.partner)
    expect(await timelineTypes(partner, received.referralId)).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.cooled',
    ])
    await submit(await open(received, 'accept'), acceptance)
    expect((await get(partner, received.referralId)).body.status).toBe('active')
    await expectAnsweredBy({ ...received, partner }, received.contacts[0])
  })

  it('expires at respondBy', async () => {
    const received = await receiveReferral()
    await advance('P13DT23H')
    expect((await open(received, 'accept')).status).toBe(200)
    await advance('PT1H')
    for (const page of [
      await open(received, 'accept'),
      await postForm(urlOf(received, 'accept'), acceptance),
    ])
      expect([page.status, page.text]).toEqual([404, expect.stringContaining(english('dead-link.answer'))])
    const partner = await signedIn(received.partner)
    expect((await get(partner, received.referralId)).body.status).toBe('expired')
  })

  it('returns 404 if its token is forged, truncated or foreign', async () => {
    const people = { main: [personNamed('Ann'), personNamed('Bob')] }
    const [received, foreign] = [await receiveReferral(people), await receiveReferral()]
    const tokenIn = (url: string) => new URL(url).searchParams.get('token') ?? ''
    const token = tokenIn(urlOf(received, 'decline'))
    const [payload = '', mac = ''] = token.split('.')
    const altered = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const encode = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url')
    const [receipt] = await allMailsTo(received.customer)
    const before = [await stateOf(received), await stateOf(foreign)]
    const tokens = [
      '',
      '.',
      'x',
      'a.b.c',
      `${payload}.`,
      `.${mac}`,
      payload,
      '%00',
      '"><script>',
      '🔥',
      token.slice(0, -1),
      token.slice(0, 100),
      token.slice(1),
      `${token}.x`,
      token.toLowerCase(),
      `${payload}.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`,
      ...[{ until: '2999-01-01T00:00:00.000Z' }, { action: 'accept' }, { version: 99 }].map(
        change => `${encode({ ...altered, ...change })}.${mac}`,
      ),
      `${tokenIn(urlOf(foreign, 'decline')).split('.')[0]}.${mac}`,
      tokenIn(linkIn(received.mails[0], english('footer.mute'))),
      tokenIn(linkIn(receipt, english('follow'))),
    ]
    for (const bad of tokens) {
      const url = `${inject('url')}/v1/pages/answer?${new URLSearchParams({ token: bad })}`
      for (const page of [await getPage(url), await postForm(url, { reason: 'spam' })]) {
        expect(page.status, bad).toBe(404)
        expect(page.text, bad).toContain(english('dead-link.title'))
        expect(page.html).not.toContain('<script')
      }
    }
    for (const query of ['', `?token=${'x'.repeat(2001)}`, `?token=${token}&more=1`]) {
      const page = await getPage(`${inject('url')}/v1/pages/answer${query}`)
      expect([400, 200]).toContain(page.status)
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    }
    expect([await stateOf(received), await stateOf(foreign)]).toEqual(before)
  })

  it('returns a page in the language of the browser if it is invalid', async () => {
    const url = `${inject('url')}/v1/pages/answer?token=x`
    const languages = ['de-AT,de;q=0.9', 'fr', 'zh-CN,en', '*', 'not a language', '']
    const pages = await Promise.all(languages.map(asked => getPage(url, { 'accept-language': asked })))
    expect(pages.map(({ language }) => language)).toEqual(['de', 'fr', 'zh-Hans', 'en', 'en', 'en'])
  })

  it('is invalid for a person that is no contact any more', async () => {
    const received = await receiveReferral({ main: [personNamed('Ann'), personNamed('Bob')] })
    const { partner, contacts } = received
    await call(profileOperations.putProfile, {
      token: partner.admin,
      params: { region: 'DE' },
      ifMatch: (await profileOf(partner)).etag,
      body: profileContent(partner.contactOf, { main: contacts.slice(1) }),
    })
    const before = await stateOf(received)
    for (const action of ['accept', 'wrongPerson'] as const)
      for (const page of [await open(received, action), await postForm(urlOf(received, action), acceptance)])
        expect([page.status, page.forms]).toEqual([404, []])
    expect(await stateOf(received)).toEqual(before)
    expect((await submit(await open(received, 'accept', 1), acceptance)).text).toContain(
      english('answer.accept.done', { customer: 'told' }),
    )
  })
})

describe('every page', () => {
  it('forbids caching, referrers, indexing and scripts', async () => {
    const received = await receiveReferral({ main: [personNamed('Ann'), personNamed('Bob')] })
    const [receipt] = await allMailsTo(received.customer)
    const pages = [
      await open(received, 'accept'),
      await submit(await open(received, 'accept'), { amount: 'x' }),
      await submit(await open(received, 'accept'), acceptance),
      await getPage(`${inject('url')}/v1/pages/answer?token=x`),
      await getPage(`${inject('url')}/v1/pages/answer`),
      await getPage(linkIn(receipt, english('follow'))),
      await getPage(linkIn(received.mails[0], english('footer.mute'))),
    ]
    expect(pages.map(({ status }) => status)).toEqual([200, 400, 200, 404, 400, 200, 200])
    for (const { headers, html } of pages) {
      const policy = headers.get('content-security-policy') ?? ''
      const [, style = ''] = /<style>(.*?)<\/style>/s.exec(html) ?? []
      const hash = createHash('sha256').update(style).digest('base64')
      expect(policy.split('; ')).toEqual([
        "default-src 'none'",
        `style-src 'sha256-${hash}'`,
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ])
      expect(html).not.toMatch(/<script|\sstyle=|\son\w+=|<link|<img/)
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-robots-tag')).toBe('noindex')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('set-cookie')).toBeNull()
    }
  })
})

describe('a mail scanner', () => {
  const agents = [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36',
    'Microsoft-Office/16.0 (SafeLinks)',
    'Barracuda Sentinel (EE)',
    'curl/8.0',
    ' ',
    'x'.repeat(4000),
  ]
  it('changes nothing when it follows every link several times', async () => {
    const received = await receiveReferral(
      { main: [personNamed('Ann'), personNamed('Bob')] },
      { directContact: true },
    )
    const mails = [...received.mails, ...(await allMailsTo(received.customer))]
    const hrefs = mails.flatMap(linksIn).map(({ href }) => href)
    const links = hrefs.filter(href => href.startsWith('http'))
    expect(links).toHaveLength(11)
    const before = await stateOf(received)
    for (const agent of agents)
      for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'OPTIONS'])
        await Promise.all(
          links.map(async href => {
            const headers = { 'user-agent': agent, 'sec-purpose': 'prefetch', 'accept-language': 'xx-@' }
            const response = await fetch(href, { method, headers, redirect: 'manual' })
            await response.text()
            if (method === 'GET') expect(response.status).toBe(200)
            else expect(response.status).toBeLessThan(500)
          }),
        )
    expect(await stateOf(received)).toEqual(before)
    await submit(await open(received, 'accept'), acceptance)
    expect((await get(received.partner, received.referralId)).body.status).toBe('active')
  })
})

describe('concurrent answers', () => {
  it('store the answer of one of two contacts and show it to the other', async () => {
    for (let round = 0; round < 4; round++) {
      const received = await receiveReferral({ main: [personNamed('Ann'), personNamed('Bob')] })
      const posts = [
        () => postForm(urlOf(received, 'accept', 0), acceptance),
        () => postForm(urlOf(received, 'decline', 1), { reason: 'budget' }),
      ]
      const pages = await Promise.all((round % 2 ? posts : posts.toReversed()).map(post => post()))
      const [won, lost] = pages.toSorted((a, b) => Number(b.status === 303) - Number(a.status === 303))
      expect(won?.status).toBe(303)
      expect([200, 409]).toContain(lost?.status)
      expect(lost?.forms.filter(({ values }) => values.do === undefined)).toEqual([])
      const { body } = await get(received.partner, received.referralId)
      const wasAccepted = won?.url === urlOf(received, 'accept', 0)
      expect(body.status).toBe(wasAccepted ? 'active' : 'declined')
      expect(lost?.text).toContain(wasAccepted ? 'has been accepted' : 'has been declined')
      expect(await timelineTypes(received.partner, received.referralId)).toHaveLength(2)
      await expectAnsweredBy(received, received.contacts[wasAccepted ? 0 : 1])
    }
  })

  it('count once if one contact submits four times', async () => {
    const received = await receiveReferral()
    const url = urlOf(received, 'extend')
    const pages = await Promise.all(Array.from({ length: 4 }, () => postForm(url, { why: 'Because' })))
    for (const { status } of pages) expect([303, 409]).toContain(status)
    const [first] = pages.filter(({ status }) => status === 303)
    expect((await getPage(redirectOf(first as WebPage))).text).toContain(english('answer.saved'))
    const { body } = await get(received.partner, received.referralId)
    expect(body.extensions).toHaveLength(1)
    expect(await timelineTypes(received.partner, received.referralId)).toHaveLength(2)
  })
})

describe('a contact who reports “I am the wrong person”', () => {
  it('passes the mail to the next tier and leaves the referral unchanged', async () => {
    const [ann, spare, boss] = [personNamed('Ann'), personNamed('Spare'), personNamed('Boss')]
    const received = await receiveReferral({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const { partner, referralId } = received
    const before = await get(partner, referralId)
    const page = await open(received, 'wrongPerson')
    expect(page.forms.map(({ fields }) => fields)).toEqual([{}])
    const done = await submit(page)
    expect(done.text).toContain(english('answer.misaddressed.done', { partner: received.partner.name }))
    await settle()

    const after = await get(partner, referralId)
    expect([after.etag, after.body]).toEqual([before.etag, before.body])
    expect(await timelineTypes(partner, referralId)).toEqual(['referral.received'])
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: misaddressed',
      'new-referral Spare Person: delivered',
    ])
    const lastMail = await lastTo(boss.email)
    expect(lastMail.subject).toBe(
      english('contact-failed.subject', { problem: 'misaddressed', address: ann.email }),
    )
    expect(lastMail.headers['auto-submitted']).toBe('auto-generated')
    const { body } = await profileOf(partner)
    expect(body.warnings).toMatchObject([{ email: ann.email, problem: 'misaddressed' }])

    // A contact who is not concerned can neither answer nor report this again.
    for (const action of ['accept', 'wrongPerson'] as const)
      expect((await postForm(urlOf(received, action), acceptance)).status).toBe(409)
    await settle()
    expect((await get(partner, referralId)).etag).toBe(before.etag)
    expect(await allMailsTo(boss.email)).toHaveLength(1)

    // The next contact can answer, or pass the referral to the administrators. No tier follows after them.
    const alert2 = await lastTo(spare.email)
    await submit(await getPage(linkIn(alert2, actions.wrongPerson)))
    await settle()
    const last = (await allMailsTo(boss.email)).find(({ tags }) => tags.kind === 'new-referral')
    expect(last && linksIn(last).map(({ label }) => label)).toEqual([
      actions.accept,
      actions.decline,
      actions.extend,
    ])
    await submit(await getPage(linkIn(last, actions.accept)), acceptance)
    expect((await get(partner, referralId)).body.status).toBe('active')
    await expectAnsweredBy(received, boss)
  })

  it('still gets mails about other referrals', async () => {
    const ann = personNamed('Ann')
    const received = await receiveReferral({ main: [ann], defaultContacts: [personNamed('Spare')] })
    await submit(await open(received, 'wrongPerson'))
    await settle()
    const other = referralOf(await sendRfi([received.partner]), received.partner)
    await settle()
    expect(await mailStory(received.partner, other)).toEqual(['new-referral Ann Person: delivered'])
  })

  it('gets no reminder of that referral; the next contact gets it', async () => {
    const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
    const received = await receiveReferral({ main: [ann], defaultContacts: [spare] })
    await submit(await open(received, 'wrongPerson'))
    await advance('P1D')
    const kinds = async ({ email }: Person) => (await allMailsTo(email)).map(({ tags }) => tags.kind)
    expect(await kinds(ann)).toEqual(['new-referral'])
    expect(await kinds(spare)).toEqual(['new-referral', 'reminder'])
  })

  it('leaves the referral to the other contacts of the location, who get no second mail', async () => {
    const people = { main: [personNamed('Ann'), personNamed('Bob')], defaultContacts: [personNamed('Spare')] }
    const received = await receiveReferral(people)
    await submit(await open(received, 'wrongPerson'))
    await settle()
    expect((await mailStory(received.partner, received.referralId)).toSorted()).toEqual([
      'new-referral Ann Person: misaddressed',
      'new-referral Bob Person: delivered',
    ])
  })
})

describe('an extension through the API', () => {
  it('invalidates the links of earlier mails; their page shows the new deadline', async () => {
    const received = await receiveReferral()
    await execute(received.partner, extendReferral, received.referralId, { reason: 'Because' })
    const page = await open(received, 'accept')
    expect(page.text).toContain('The deadline for the answer is')
    expect(page.forms).toEqual([])
  })
})
