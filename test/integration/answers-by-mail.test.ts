/** Referrals answered by the links of their mails: as people do it with a browser, and as mail scanners must not. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { referralOperations, type Status } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  act,
  advance,
  ask,
  enroll,
  everyMailTo,
  get,
  getPage,
  linkIn,
  linksIn,
  type Mail,
  mailStory,
  mailsOnTimeline,
  type Partner,
  type People,
  postForm,
  profileContent,
  profileOf,
  redirectOf,
  referralOf,
  type Somebody,
  schedulesOf,
  settle,
  signedIn,
  somebody,
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

interface Alerted {
  readonly partner: Partner
  readonly referralId: string
  readonly rfi: CreatedRfi
  readonly customer: string
  /** Of the location that was addressed. */
  readonly contacts: readonly Somebody[]
  /** The alert that each of them got. */
  readonly mails: readonly Mail[]
}

/** A referral that contacts have been told of. */
const alert = async (
  people: People = { main: [somebody('Ann')] },
  asking: Parameters<typeof ask>[1] = {},
): Promise<Alerted> => {
  const customer = `buyer-${unique()}@customer.example`
  const partner = await enroll(undefined, 'DE', people)
  const rfi = await ask([partner], { email: customer, locale: 'en', ...asking })
  await settle()
  const contacts = people.main ?? []
  const mails = await Promise.all(contacts.map(({ email }) => lastTo(email)))
  return { partner, rfi, referralId: referralOf(rfi, partner), customer, contacts, mails }
}

const lastTo = async (address: string): Promise<Mail> => {
  const mail = (await everyMailTo(address)).at(-1)
  if (!mail) throw new Error(`no mail for ${address}`)
  return mail
}

const urlOf = ({ mails }: Alerted, action: keyof typeof actions, index = 0): string =>
  linkIn(mails[index], actions[action])

/** The page behind a contact's link. */
const open = (alerted: Alerted, action: keyof typeof actions, index = 0): Promise<WebPage> =>
  getPage(urlOf(alerted, action, index))

const acceptance = {
  name: 'ERP for two plants',
  amount: '45000',
  currency: 'EUR',
  estimatedCloseDate: '2099-01-31',
  notes: 'They look for a start in spring.',
  crmId: 'CRM-17',
}

/** The title of the page that shows the state of the referral. */
const stateIn = (status: Status, locale = 'en') =>
  textIn(locale, 'answer.state', { status, company: 'Havelland Getriebe' })

/** All that an answer could change. */
const stateOf = async ({ partner, referralId, rfi }: Alerted) => {
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

/** The actor of the last event must be whoever read the mail that this contact got. */
const expectAnsweredBy = async ({ partner, referralId }: Alerted, contact: Somebody | undefined) => {
  const mails = await mailsOnTimeline(partner, referralId)
  const mail = mails.find(({ to }) => to.email === contact?.email)
  const items = await timelineOf(partner, referralId)
  const actors = items.flatMap(item => (item.type === 'mail' ? [] : [item.actor]))
  expect(mail).toBeDefined()
  expect(actors.at(-1)).toEqual({ kind: 'partner', mail: mail?.id })
}

describe('a referral is answered from its mail', () => {
  it('is accepted: the page shows what it is about, and its form makes it active', async () => {
    const alerted = await alert()
    const { partner, referralId, customer } = alerted
    const page = await open(alerted, 'accept')
    expect(page.status).toBe(200)
    for (const said of ['Havelland Getriebe', 'Potsdam', '€50,000', 'An ERP for two plants.'])
      expect(page.text).toContain(said)
    for (const secret of [customer, 'Purchasing', '331 000000']) expect(page.html).not.toContain(secret)
    expect(page.forms.map(({ button, values }) => [button, values])).toEqual([
      ['Accept', { name: '', amount: '', currency: 'EUR', estimatedCloseDate: '', notes: '', crmId: '' }],
    ])
    const done = await submit(page, acceptance)
    expect(done.status).toBe(200)
    expect(done.text).toContain(stateIn('active'))
    expect(done.text).toContain(english('answer.done'))
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
        estimatedValue: { amount: 45_000, currency: 'EUR' },
      },
    })
    await settle()
    await expectAnsweredBy(alerted, alerted.contacts[0])
    expect((await lastTo(customer)).subject).toBe(`${partner.name} has accepted your request`)
  })

  it('is declined, with a reason of the program', async () => {
    const alerted = await alert()
    const { partner, referralId, customer } = alerted
    const page = await open(alerted, 'decline')
    const done = await submit(page, { reason: 'no-capacity', notes: 'Booked until summer.' })
    expect(done.text).toContain(stateIn('declined'))
    expect((await get(partner, referralId)).body).toMatchObject({
      status: 'declined',
      stage: 'archived',
      decline: { reason: 'no-capacity', notes: 'Booked until summer.' },
    })
    await settle()
    await expectAnsweredBy(alerted, alerted.contacts[0])
    expect((await lastTo(customer)).subject).toBe(english('declined.subject', { partner: partner.name }))
  })

  it('gets more time, and by its next mail can still be answered', async () => {
    const alerted = await alert()
    const { referralId, customer, contacts } = alerted
    const page = await open(alerted, 'extend')
    const done = await submit(page, { why: 'Our ERP team is on leave.' })
    expect(done.text).toContain(stateIn('new'))
    await settle()
    await expectAnsweredBy(alerted, contacts[0])
    expect((await lastTo(customer)).text).toContain('> Our ERP team is on leave.')
    const { body } = await get(alerted.partner, referralId)
    expect(body.extensions.map(({ reason }) => reason)).toEqual(['Our ERP team is on leave.'])
    // The old mail's links have done their work.
    expect((await open(alerted, 'accept')).forms).toEqual([])

    await advance(`P18D`)
    const partner = await signedIn(alerted.partner)
    const reminder = await lastTo(contacts[0]?.email ?? '')
    expect(reminder.tags.kind).toBe('reminder')
    // Its one extension is used up.
    expect(linksIn(reminder).map(({ label }) => label)).toEqual([
      'Accept',
      'Decline',
      'I am the wrong person',
    ])
    await submit(await getPage(linkIn(reminder, 'Accept')), acceptance)
    expect((await get(partner, referralId)).body.status).toBe('active')
  })

  it('in the language of whoever reads the mail, whatever their browser asks for', async () => {
    const alerted = await alert({ main: [somebody('Ann', { locale: 'de-CH' })] })
    const url = linkIn(alerted.mails[0], 'Annehmen')
    const page = await getPage(url, { 'accept-language': 'fr-FR,fr;q=0.9' })
    expect([page.language, page.forms[0]?.button]).toEqual(['de', 'Annehmen'])
    const wrong = await submit(page, { amount: 'viel' })
    expect(wrong.text).toContain(textIn('de', 'error.fields', { count: 4 }))
    const done = await submit(wrong, acceptance)
    expect(done.text).toContain(stateIn('active', 'de'))
  })

  it('with an amount as people write it', async () => {
    const amounts = { '45 000,50': 45_000.5, "45'000.5": 45_000.5, ' 45000 ': 45_000, '0': 0 }
    for (const [written, amount] of Object.entries(amounts)) {
      const alerted = await alert()
      await submit(await open(alerted, 'accept'), { ...acceptance, amount: written })
      const { body } = await get(alerted.partner, alerted.referralId)
      expect(body.deal?.estimatedValue, written).toEqual({ amount, currency: 'EUR' })
    }
  })

  it('with notes of any script, any look and 10,000 characters', async () => {
    for (const notes of [
      `<script>alert(1)</script>\n</textarea><img src=x>&amp; "'`,
      'שלום مرحبا 你好 🧑‍🏭🇩🇪',
      'ä'.repeat(10_000),
      'one\r\ntwo\n\tthree',
    ]) {
      const alerted = await alert()
      const wrong = await submit(await open(alerted, 'accept'), { ...acceptance, notes, amount: '-5' })
      expect(wrong.forms[0]?.values.notes).toBe(notes)
      expect(wrong.html).not.toMatch(/<(img|script)/)
      await submit(wrong, { amount: '5' })
      expect((await get(alerted.partner, alerted.referralId)).body.deal?.notes).toBe(notes)
    }
  })
})

describe('a form that is filled in wrongly', () => {
  let alerted: Alerted
  beforeAll(async () => {
    alerted = await alert()
  })

  const rows: [string, keyof typeof actions, Record<string, string>, string[]][] = [
    ['with nothing', 'accept', { currency: '' }, ['name', 'amount', 'currency', 'estimatedCloseDate']],
    ['with blanks', 'accept', { ...acceptance, name: '  ', crmId: ' ' }, ['name']],
    ['with a name of 201 characters', 'accept', { ...acceptance, name: 'x'.repeat(201) }, ['name']],
    ['with a name that nobody sees', 'accept', { ...acceptance, name: '\u200b' }, ['name']],
    ['with a name of two lines', 'accept', { ...acceptance, name: 'a\r\nBcc: b' }, ['name']],
    ...['1.234,56', '1,234.56', '1e9', '-5', 'Infinity', 'NaN', '0x10', '१२३', '45.123', '9'.repeat(400)].map(
      (amount): [string, keyof typeof actions, Record<string, string>, string[]] => [
        `with the amount ${amount.slice(0, 20)}`,
        'accept',
        { ...acceptance, amount },
        ['amount'],
      ],
    ),
    [
      'with more decimals than yen have',
      'accept',
      { ...acceptance, amount: '4.5', currency: 'JPY' },
      ['amount'],
    ],
    [
      'with a date in the past',
      'accept',
      { ...acceptance, estimatedCloseDate: '2020-01-01' },
      ['estimatedCloseDate'],
    ],
    [
      'with a date of another age',
      'accept',
      { ...acceptance, estimatedCloseDate: '9999-12-31' },
      ['estimatedCloseDate'],
    ],
    [
      'with a date that is none',
      'accept',
      { ...acceptance, estimatedCloseDate: '2099-02-30' },
      ['estimatedCloseDate'],
    ],
    [
      'with a date as some write it',
      'accept',
      { ...acceptance, estimatedCloseDate: '31.1.2099' },
      ['estimatedCloseDate'],
    ],
    ['with notes of 10,001 characters', 'accept', { ...acceptance, notes: 'x'.repeat(10_001) }, ['notes']],
    ['with notes that turn the text around', 'accept', { ...acceptance, notes: 'a\u202eb' }, ['notes']],
    ['with a reference of 101 characters', 'accept', { ...acceptance, crmId: 'x'.repeat(101) }, ['crmId']],
    ['with two things wrong', 'accept', { ...acceptance, amount: 'x', notes: '\u0000' }, ['amount', 'notes']],
    ['without a reason', 'decline', { notes: 'Sorry' }, ['reason']],
    [
      'with notes that are too long for a decline',
      'decline',
      { reason: 'budget', notes: 'x'.repeat(10_001) },
      ['notes'],
    ],
    ['without saying why', 'extend', {}, ['why']],
    ['with too much of a why', 'extend', { why: 'x'.repeat(1001) }, ['why']],
  ]
  it.each(rows)(
    '%s names the field, keeps what was put in, and changes nothing',
    async (_, action, input, wrong) => {
      const before = await stateOf(alerted)
      const page = await submit(await open(alerted, action), input)
      expect(page.status).toBe(400)
      expect(page.forms[0]?.invalid).toEqual(wrong)
      for (const name of wrong) {
        expect(page.html).toContain(`<a href="#${name}">`)
        expect(page.html).toContain(`id="${name}-error"`)
      }
      expect(page.forms[0]?.values).toMatchObject(input)
      expect(await stateOf(alerted)).toEqual(before)
    },
  )

  it.each([
    ['a choice that is none', 'decline', { reason: 'because' }, ['reason']],
    ['a choice of the wrong form', 'decline', { reason: '<b>' }, ['reason']],
    ['a currency that is none', 'accept', { ...acceptance, currency: 'XXQ' }, ['currency']],
    ['fields of no form', 'extend', JSON.parse('{"__proto__":"x","constructor":"y","a[b]":"z"}'), ['why']],
  ] as const)('by hand, with %s, is refused in the same way', async (_, action, input, wrong) => {
    const before = await stateOf(alerted)
    const page = await postForm(urlOf(alerted, action), input)
    expect([page.status, page.forms[0]?.invalid]).toEqual([400, wrong])
    expect(await stateOf(alerted)).toEqual(before)
  })

  it.each([
    ['application/json', JSON.stringify({ why: 'Because' })],
    ['text/plain', 'why=Because'],
    ['application/x-www-form-urlencoded', '%%%=&&&;;why'],
  ])('as %s that holds no form is refused in the same way', async (type, body) => {
    const before = await stateOf(alerted)
    const headers = { 'content-type': type }
    const response = await fetch(urlOf(alerted, 'extend'), { method: 'POST', headers, body })
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await stateOf(alerted)).toEqual(before)
  })
})

describe('a link in a mail', () => {
  it('works once: used again it changes nothing, and says so', async () => {
    const alerted = await alert()
    const url = urlOf(alerted, 'decline')
    await submit(await getPage(url), { reason: 'budget' })
    const before = await stateOf(alerted)
    const pages = [await getPage(url), await postForm(url, { reason: 'spam' })]
    expect(pages.map(({ status }) => status)).toEqual([200, 409])
    for (const page of pages) {
      expect(page.text).toContain(stateIn('declined'))
      expect(page.text).toContain(english('answer.used'))
      expect(page.text).not.toContain(english('answer.done'))
      expect(page.forms).toEqual([])
    }
    expect(await stateOf(alerted)).toEqual(before)
  })

  it('tells nobody that it has done what it has not, whatever is added to its address', async () => {
    const alerted = await alert({ main: [somebody('Ann'), somebody('Bob')] })
    const done = await submit(await getPage(`${urlOf(alerted, 'accept')}&utm_source=mail`), acceptance)
    expect(done.text).toContain(english('answer.done'))
    expect((await getPage(done.url)).text).toContain(english('answer.done'))
    const mark = new URL(done.url).searchParams.get('done') ?? ''
    for (const [index, claim] of [
      [0, 'accept'],
      [1, 'accept'],
      [1, mark],
    ] as const) {
      const page = await getPage(`${urlOf(alerted, 'accept', index)}&done=${encodeURIComponent(claim)}`)
      expect([page.status, page.forms]).toEqual([200, []])
      expect(page.text).toContain(english('answer.used'))
      expect(page.text).not.toContain(english('answer.done'))
    }
  })

  it('is dead for all others, and for the other answers, once one has answered', async () => {
    const alerted = await alert({ main: [somebody('Ann'), somebody('Bob')] })
    await submit(await open(alerted, 'accept', 0), acceptance)
    const before = await stateOf(alerted)
    for (const index of [0, 1])
      for (const action of ['accept', 'decline', 'extend', 'wrongPerson'] as const) {
        const url = urlOf(alerted, action, index)
        const input = { ...acceptance, reason: 'budget', why: 'Because' }
        const pages = [await getPage(url), await postForm(url, input)]
        expect(pages.map(({ status }) => status)).toEqual([200, 409])
        for (const page of pages) {
          expect(page.text).toContain('has been accepted')
          expect(page.forms).toEqual([])
        }
      }
    expect(await stateOf(alerted)).toEqual(before)
  })

  it('stays open when a colleague is added over the API', async () => {
    const alerted = await alert()
    const { partner, referralId } = alerted
    const colleague = { firstName: 'Key', lastName: 'Account', phone: '+49 30 1234' }
    await act(partner, addColleague, referralId, { ...colleague, email: 'key@partner.example' })
    await postForm(urlOf(alerted, 'accept'), acceptance)
    const { body } = await get(partner, referralId)
    expect(body).toMatchObject({ status: 'active', colleagues: [{ email: 'key@partner.example' }] })
  })

  it('is spent when somebody extends the time to answer over the API', async () => {
    const alerted = await alert()
    const { partner, referralId } = alerted
    await act(partner, extendReferral, referralId, { reason: 'Because' })
    const before = await stateOf(alerted)
    const page = await postForm(urlOf(alerted, 'accept'), acceptance)
    expect(page.text).toContain(english('answer.used'))
    expect(page.text).toContain(stateIn('new'))
    expect(await stateOf(alerted)).toEqual(before)
  })

  it('works on after time alone has done something: a reminder, and cooling', async () => {
    const alerted = await alert(undefined, { directContact: true })
    await advance('P4D')
    const partner = await signedIn(alerted.partner)
    expect(await timelineTypes(partner, alerted.referralId)).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.cooled',
    ])
    await submit(await open(alerted, 'accept'), acceptance)
    expect((await get(partner, alerted.referralId)).body.status).toBe('active')
    await expectAnsweredBy({ ...alerted, partner }, alerted.contacts[0])
  })

  it('runs out with the time to answer', async () => {
    const alerted = await alert()
    await advance('P13DT23H')
    expect((await open(alerted, 'accept')).status).toBe(200)
    await advance('PT1H')
    for (const page of [await open(alerted, 'accept'), await postForm(urlOf(alerted, 'accept'), acceptance)])
      expect([page.status, page.text]).toEqual([404, expect.stringContaining(english('dead-link.answer'))])
    const partner = await signedIn(alerted.partner)
    expect((await get(partner, alerted.referralId)).body.status).toBe('expired')
  })

  it('that is not ours, not whole or for something else leads nowhere', async () => {
    const people = { main: [somebody('Ann'), somebody('Bob')] }
    const [alerted, foreign] = [await alert(people), await alert()]
    const tokenIn = (url: string) => new URL(url).searchParams.get('token') ?? ''
    const token = tokenIn(urlOf(alerted, 'decline'))
    const [payload = '', mac = ''] = token.split('.')
    const altered = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const encode = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url')
    const [receipt] = await everyMailTo(alerted.customer)
    const before = [await stateOf(alerted), await stateOf(foreign)]
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
      tokenIn(linkIn(alerted.mails[0], english('footer.mute'))),
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
    expect([await stateOf(alerted), await stateOf(foreign)]).toEqual(before)
  })

  it('leads nowhere in the language of the browser', async () => {
    const url = `${inject('url')}/v1/pages/answer?token=x`
    const languages = ['de-AT,de;q=0.9', 'fr', 'zh-CN,en', '*', 'not a language', '']
    const pages = await Promise.all(languages.map(asked => getPage(url, { 'accept-language': asked })))
    expect(pages.map(({ language }) => language)).toEqual(['de', 'fr', 'zh-Hans', 'en', 'en', 'en'])
  })

  it('leads nowhere for who is no contact any more', async () => {
    const alerted = await alert({ main: [somebody('Ann'), somebody('Bob')] })
    const { partner, contacts } = alerted
    await call(profileOperations.putProfile, {
      token: partner.admin,
      params: { region: 'DE' },
      ifMatch: (await profileOf(partner)).etag,
      body: profileContent(partner.contactOf, { main: contacts.slice(1) }),
    })
    const before = await stateOf(alerted)
    for (const action of ['accept', 'wrongPerson'] as const)
      for (const page of [await open(alerted, action), await postForm(urlOf(alerted, action), acceptance)])
        expect([page.status, page.forms]).toEqual([404, []])
    expect(await stateOf(alerted)).toEqual(before)
    expect((await submit(await open(alerted, 'accept', 1), acceptance)).text).toContain(
      english('answer.done'),
    )
  })
})

describe('every page', () => {
  it('is kept by nobody, shown nowhere else, and runs no script', async () => {
    const alerted = await alert({ main: [somebody('Ann'), somebody('Bob')] })
    const [receipt] = await everyMailTo(alerted.customer)
    const pages = [
      await open(alerted, 'accept'),
      await submit(await open(alerted, 'accept'), { name: 'x' }),
      await submit(await open(alerted, 'accept'), acceptance),
      await getPage(`${inject('url')}/v1/pages/answer?token=x`),
      await getPage(`${inject('url')}/v1/pages/answer`),
      await getPage(linkIn(receipt, english('follow'))),
      await getPage(linkIn(alerted.mails[0], english('footer.mute'))),
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
  it('that follows every link, again and again, changes nothing', async () => {
    const alerted = await alert({ main: [somebody('Ann'), somebody('Bob')] }, { directContact: true })
    const mails = [...alerted.mails, ...(await everyMailTo(alerted.customer))]
    const links = mails.flatMap(linksIn).map(({ href }) => href)
    expect(links).toHaveLength(11)
    const before = await stateOf(alerted)
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
    expect(await stateOf(alerted)).toEqual(before)
    await submit(await open(alerted, 'accept'), acceptance)
    expect((await get(alerted.partner, alerted.referralId)).body.status).toBe('active')
  })
})

describe('answers at the same moment', () => {
  it('by two contacts: one wins, and the other is told', async () => {
    for (let round = 0; round < 4; round++) {
      const alerted = await alert({ main: [somebody('Ann'), somebody('Bob')] })
      const posts = [
        () => postForm(urlOf(alerted, 'accept', 0), acceptance),
        () => postForm(urlOf(alerted, 'decline', 1), { reason: 'budget' }),
      ]
      const pages = await Promise.all((round % 2 ? posts : posts.toReversed()).map(post => post()))
      const [won, lost] = pages.toSorted((a, b) => Number(b.status === 303) - Number(a.status === 303))
      expect(won?.status).toBe(303)
      expect([200, 409]).toContain(lost?.status)
      expect(lost?.forms).toEqual([])
      const { body } = await get(alerted.partner, alerted.referralId)
      const wasAccepted = won?.url === urlOf(alerted, 'accept', 0)
      expect(body.status).toBe(wasAccepted ? 'active' : 'declined')
      expect(lost?.text).toContain(wasAccepted ? 'has been accepted' : 'has been declined')
      expect(await timelineTypes(alerted.partner, alerted.referralId)).toHaveLength(2)
      await expectAnsweredBy(alerted, alerted.contacts[wasAccepted ? 0 : 1])
    }
  })

  it('by one impatient finger count once', async () => {
    const alerted = await alert()
    const url = urlOf(alerted, 'extend')
    const pages = await Promise.all(Array.from({ length: 4 }, () => postForm(url, { why: 'Because' })))
    for (const { status } of pages) expect([303, 409]).toContain(status)
    const [first] = pages.filter(({ status }) => status === 303)
    expect((await getPage(redirectOf(first as WebPage))).text).toContain(english('answer.done'))
    const { body } = await get(alerted.partner, alerted.referralId)
    expect(body.extensions).toHaveLength(1)
    expect(await timelineTypes(alerted.partner, alerted.referralId)).toHaveLength(2)
  })
})

describe('the wrong person', () => {
  it('passes the alert on to the next in the order, and the referral stays as it is', async () => {
    const [ann, spare, boss] = [somebody('Ann'), somebody('Spare'), somebody('Boss')]
    const alerted = await alert({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const { partner, referralId } = alerted
    const before = await get(partner, referralId)
    const page = await open(alerted, 'wrongPerson')
    expect(page.forms.map(({ fields }) => fields)).toEqual([{}])
    const done = await submit(page)
    expect(done.text).toContain(english('answer.misaddressed.done', { partner: alerted.partner.name }))
    await settle()

    const after = await get(partner, referralId)
    expect([after.etag, after.body]).toEqual([before.etag, before.body])
    expect(await timelineTypes(partner, referralId)).toEqual(['referral.received'])
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: misaddressed',
      'new-referral Spare Person: delivered',
    ])
    const told = await lastTo(boss.email)
    expect(told.subject).toBe(
      english('contact-failed.subject', { problem: 'misaddressed', address: ann.email }),
    )
    expect(told.headers['auto-submitted']).toBe('auto-generated')
    const { body } = await profileOf(partner)
    expect(body.warnings).toMatchObject([{ email: ann.email, problem: 'misaddressed' }])

    // Who is not concerned cannot answer either, nor say so twice.
    for (const action of ['accept', 'wrongPerson'] as const)
      expect((await postForm(urlOf(alerted, action), acceptance)).status).toBe(409)
    await settle()
    expect((await get(partner, referralId)).etag).toBe(before.etag)
    expect(await everyMailTo(boss.email)).toHaveLength(1)

    // Who got it instead can, or passes it on to the administrators, after whom nobody comes.
    const alert2 = await lastTo(spare.email)
    await submit(await getPage(linkIn(alert2, actions.wrongPerson)))
    await settle()
    const last = (await everyMailTo(boss.email)).find(({ tags }) => tags.kind === 'new-referral')
    expect(last && linksIn(last).map(({ label }) => label)).toEqual([
      actions.accept,
      actions.decline,
      actions.extend,
    ])
    await submit(await getPage(linkIn(last, actions.accept)), acceptance)
    expect((await get(partner, referralId)).body.status).toBe('active')
    await expectAnsweredBy(alerted, boss)
  })

  it('still gets the mails about other referrals', async () => {
    const ann = somebody('Ann')
    const alerted = await alert({ main: [ann], defaultContacts: [somebody('Spare')] })
    await submit(await open(alerted, 'wrongPerson'))
    await settle()
    const other = referralOf(await ask([alerted.partner]), alerted.partner)
    await settle()
    expect(await mailStory(alerted.partner, other)).toEqual(['new-referral Ann Person: delivered'])
  })

  it('gets no reminder of that referral; whoever it went on to does', async () => {
    const [ann, spare] = [somebody('Ann'), somebody('Spare')]
    const alerted = await alert({ main: [ann], defaultContacts: [spare] })
    await submit(await open(alerted, 'wrongPerson'))
    await advance('P1D')
    const kinds = async ({ email }: Somebody) => (await everyMailTo(email)).map(({ tags }) => tags.kind)
    expect(await kinds(ann)).toEqual(['new-referral'])
    expect(await kinds(spare)).toEqual(['new-referral', 'reminder'])
  })

  it('among several leaves it to the others, who are not told twice', async () => {
    const people = { main: [somebody('Ann'), somebody('Bob')], defaultContacts: [somebody('Spare')] }
    const alerted = await alert(people)
    await submit(await open(alerted, 'wrongPerson'))
    await settle()
    expect((await mailStory(alerted.partner, alerted.referralId)).toSorted()).toEqual([
      'new-referral Ann Person: misaddressed',
      'new-referral Bob Person: delivered',
    ])
  })
})

describe('more time that was asked for over the API', () => {
  it('leaves an old link dead, though its page tells until when there is time', async () => {
    const alerted = await alert()
    await act(alerted.partner, extendReferral, alerted.referralId, { reason: 'Because' })
    const page = await open(alerted, 'accept')
    expect(page.text).toContain('The deadline for the answer is')
    expect(page.forms).toEqual([])
  })
})
