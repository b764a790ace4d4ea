/** The page on which a customer follows a request, sends it on, withdraws it, and says what was decided. */
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { referenceOf } from '../../shared/kernel/ids.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  acceptance as accepted,
  advance,
  allMailsTo,
  enroll,
  execute,
  get,
  getPage,
  linkIn,
  linksIn,
  type Partner,
  postForm,
  profileContent,
  profileOf,
  redirectOf,
  referralOf,
  sendRfi,
  settle,
  signedIn,
  submit,
  timelineTypes,
  unique,
  versionIn,
  type WebPage,
} from './program.ts'

const { acceptReferral, declineReferral, closeReferral, resumeReferral } = referralOperations

/** No other test has profiles in this region. */
const region = 'AD'
let partners: readonly Partner[]
/** The first recipient, and another partner. */
let one: Partner
let other: Partner

beforeAll(async () => {
  partners = await Promise.all(['Alba', 'Bruma', 'Cim', 'Dina', 'Estel'].map(name => enroll(name, region)))
  ;[one, other] = partners as [Partner, Partner]
})

interface SentRfi {
  readonly rfi: Awaited<ReturnType<typeof sendRfi>>
  readonly email: string
  /** URL of the page, from the link in the receipt. */
  readonly url: string
}

const send = async (
  to: readonly Partner[],
  options: Parameters<typeof sendRfi>[1] = {},
): Promise<SentRfi> => {
  const email = `buyer-${unique()}@customer.example`
  const rfi = await sendRfi(to, { email, locale: 'en', ...options })
  await settle()
  const [receipt] = await allMailsTo(email)
  const label = textIn(options.locale ?? 'en', 'follow')
  return { rfi, email, url: linkIn(receipt, label) }
}

const inputOf = ({ rfi: { id, trackingToken } }: SentRfi) => ({ token: trackingToken, params: { rfiId: id } })
const readRfi = (sent: SentRfi) => call(rfiOperations.getRfi, inputOf(sent))

/** Waits for background work, and ten seconds for the directory copies of functions to expire. */
const settleSearch = () => advance('PT11S')

/** Waits until mails about an answer are sent: its partner can undo it for five minutes. */
const settleAnswers = () => advance('PT6M')

const sendAndDecline = async (options: Parameters<typeof sendRfi>[1] = {}): Promise<SentRfi> => {
  const sent = await send([one], options)
  await execute(one, declineReferral, referralOf(sent.rfi, one), { reason: 'no-capacity' })
  await settleAnswers()
  return sent
}

/** Returns the status text of each partner by name. */
const linesOf = ({ html }: WebPage): Record<string, string> => {
  const [, list = ''] = /id="partners".*?<ul>(.*?)<\/ul>/s.exec(html) ?? []
  const lines = list.matchAll(/<h3><bdi>(.*?)<\/bdi><\/h3>\s*<p>(.*?)<\/p>/gs)
  return Object.fromEntries([...lines].map(([, name = '', state = '']) => [name, state]))
}

/** Returns the forms that send the request to a suggested partner. */
const asksOn = ({ forms }: WebPage): WebPage['forms'] => forms.filter(({ values }) => values.do === 'ask')

const suggestedOn = (page: WebPage): string[] => asksOn(page).map(({ values }) => values.profileId ?? '')

const withdrawButton = english('request.withdraw')

/** Returns everything that a form could change. */
const stateOf = async (sent: SentRfi) => {
  await settle()
  const { body, etag } = await readRfi(sent)
  return [etag, body, (await allMailsTo(sent.email)).length]
}

describe('the page of a request', () => {
  it('shows the recipients and the remaining time in the language of the customer', async () => {
    const sent = await send([one, other], { locale: 'de' })
    const page = await getPage(sent.url, { 'accept-language': 'en' })
    expect([page.status, page.language]).toEqual([200, 'de'])
    expect(page.text).toContain('Ihre Anfrage ist offen.')
    expect(page.text).toContain('An ERP for two plants.')
    const line =
      /^Hat noch 1[34] Tage Zeit für eine Antwort \(bis \d+\. \p{L}+ \d{4} um \d\d:\d\d MES?Z\)\.$/u
    expect(linesOf(page)).toEqual({ Alba: expect.stringMatching(line), Bruma: expect.stringMatching(line) })
    for (const fact of [
      'Anfragenummer',
      referenceOf(sent.rfi.id),
      'Havelland Getriebe',
      'Potsdam, Deutschland',
    ])
      expect(page.text).toContain(fact)
    expect(page.forms.map(({ button }) => button)).toEqual([
      ...['Alba', 'Bruma'].map(partner => textIn('de', 'request.dismiss.sure', { partner })),
      textIn('de', 'request.choose.save'),
      textIn('de', 'request.withdraw'),
    ])
    await advance('P13DT22H30M')
    const { Alba } = linesOf(await getPage(sent.url))
    expect(Alba).toMatch(/noch 1 Stunde/)
  })

  it('shows the status of each recipient as the API does', async () => {
    const sent = await send(partners)
    const acceptance = { ...accepted, name: 'What we call it' }
    const [a, b, c, d] = partners as [Partner, Partner, Partner, Partner]
    await execute(a, acceptReferral, referralOf(sent.rfi, a), acceptance)
    await execute(b, declineReferral, referralOf(sent.rfi, b), { reason: 'budget' })
    for (const [partner, body] of [
      [c, { result: 'won' }],
      [d, { result: 'lost', reason: 'competitor' }],
    ] as const) {
      await execute(partner, acceptReferral, referralOf(sent.rfi, partner), acceptance)
      await execute(partner, closeReferral, referralOf(sent.rfi, partner), body)
    }
    await settleSearch()
    const page = await getPage(sent.url)
    expect(linesOf(page)).toEqual({
      Alba: english('request.state', { status: 'active' }),
      Bruma: english('request.state', { status: 'declined' }),
      Cim: english('request.state', { status: 'won' }),
      Dina: english('request.state', { status: 'lost' }),
      Estel: expect.stringMatching(/^Has 1[34] days left to answer \(until .* CES?T\)\.$/),
    })
    const { body } = await readRfi(sent)
    expect(body.recipients.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'Alba active',
      'Bruma declined',
      'Cim won',
      'Dina lost',
      'Estel new',
    ])
    expect(suggestedOn(page)).toEqual(body.suggestions.map(({ profileId }) => profileId))
    // Data of the deal belongs to the partner.
    for (const secret of [acceptance.name, acceptance.notes, acceptance.crmId, '45,000'])
      expect(page.html).not.toContain(secret)
  })

  it('escapes foreign text', async () => {
    const evil = `<img src=x onerror=alert(1)>"'&amp;`
    const place = 'SJ'
    const [bad, next] = await Promise.all([enroll(`${evil}1`, place), enroll(`${evil}2`, place)])
    const { body, etag } = await profileOf(next, place)
    await call(profileOperations.putProfile, {
      token: next.admin,
      params: { region: place },
      ifMatch: etag,
      body: { ...profileContent(next.contactOf), headline: evil, languages: body.languages },
    })
    const sent = await send([bad], { summary: `${evil}\n</blockquote><script>` })
    await execute(bad, declineReferral, referralOf(sent.rfi, bad), { reason: 'budget' })
    const page = await getPage(sent.url)
    expect(page.html).not.toMatch(/<(img|script)/)
    expect(page.html.split('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;amp;')).toHaveLength(6)
    await settle()
    const mails = await allMailsTo(sent.email)
    for (const { html } of mails) expect(html).not.toMatch(/<(img|script)/)
  })
})

describe('a request that a partner has not accepted', () => {
  it('can be sent to a suggested partner with one click', async () => {
    const sent = await sendAndDecline()
    const page = await getPage(sent.url)
    expect(linesOf(page)).toEqual({ Alba: english('request.state', { status: 'declined' }) })
    const { body } = await readRfi(sent)
    expect(suggestedOn(page)).toEqual(body.suggestions.map(({ profileId }) => profileId))
    expect(suggestedOn(page)).toHaveLength(3)
    const mail = (await allMailsTo(sent.email)).at(-1)
    // The mail and the page search separately, and answers in between can change the order.
    const suggestedInMail = [...(mail?.html.matchAll(/#(ptr_[\w.]+)"/g) ?? [])].map(([, id = '']) => id)
    const others = partners.map(({ profileId }) => profileId).filter(id => id !== one.profileId)
    expect(new Set(suggestedInMail).size).toBe(3)
    expect(others).toEqual(expect.arrayContaining(suggestedInMail))
    const [{ profileId: chosenId, name } = { profileId: '', name: '' }] = body.suggestions
    const chosen = partners.find(({ profileId }) => profileId === chosenId) as Partner
    expect(page.html).toContain(`<li id="${chosenId}">`)

    const after = await submit(page, {}, `Send my request to ${name}`)
    expect(after.status).toBe(200)
    expect(after.text).toContain(english('request.asked', { partner: name }))
    expect(after.text).toContain('Your request is open.')
    expect(linesOf(after)[name]).toMatch(/days left to answer/)
    expect(suggestedOn(after)).not.toContain(chosenId)
    await settle()
    const now = (await readRfi(sent)).body
    expect(now.recipients.map(recipient => [recipient.name, recipient.status])).toEqual([
      ['Alba', 'declined'],
      [name, 'new'],
    ])
    const referralId = referralOf({ ...sent.rfi, ...now }, chosen)
    expect((await get(chosen, referralId)).body).toMatchObject({ status: 'new', need: sent.rfi.need })
    expect((await allMailsTo(chosen.contactOf('main'))).at(-1)?.subject).toBe(
      'New referral: Havelland Getriebe',
    )
    const receipts = (await allMailsTo(sent.email)).map(({ subject }) => subject)
    expect(receipts).toEqual([
      english('receipt.subject'),
      english('declined.subject', { partner: 'Alba' }),
      english('added.subject', { partners: name }),
    ])
    // The links of the new and the old receipt show the same page.
    const again = (await allMailsTo(sent.email)).at(-1)
    for (const url of [sent.url, linkIn(again, english('follow'))])
      expect(linesOf(await getPage(url))).toEqual(linesOf(after))
  })

  it('can be sent on after an expiry', async () => {
    const sent = await send([other])
    await advance('P14D')
    const page = await getPage(sent.url)
    expect(linesOf(page)).toEqual({ Bruma: 'Did not answer in time.' })
    expect(page.text).toContain('Your request is closed.')
    expect(suggestedOn(page)).toHaveLength(3)
    const [{ button } = { button: '' }] = asksOn(page)
    expect((await submit(page, {}, button)).text).toContain('We have sent your request to ')
    expect((await readRfi(sent)).body.recipients).toHaveLength(2)
  })

  it('has no suggestions in mails when the page has none', async () => {
    const [first, second] = await Promise.all([signedIn(one), signedIn(other)])
    const sent = await send([first, second])
    await execute(second, acceptReferral, referralOf(sent.rfi, second), accepted)
    await execute(second, closeReferral, referralOf(sent.rfi, second), { result: 'won' })
    await execute(first, declineReferral, referralOf(sent.rfi, first), { reason: 'customer-chose-another' })
    await settle()
    // The customer may have bought from a partner.
    expect((await readRfi(sent)).body.suggestions).toEqual([])
    expect(suggestedOn(await getPage(sent.url))).toEqual([])
    // The customer is told about the decline after the question about the win, on the same day or on the next one.
    await advance('P1DT1H')
    const mails = await allMailsTo(sent.email)
    const declined = english('declined.body', { partner: 'Alba', count: 1 })
    expect(mails.filter(({ text }) => text.includes(declined))).toHaveLength(1)
    for (const mail of mails) expect(linksIn(mail).filter(({ href }) => href.includes('#ptr_'))).toEqual([])
  })

  it('is sent on once, even if the form is submitted several times', async () => {
    const sent = await sendAndDecline()
    const page = await getPage(sent.url)
    const { values } = asksOn(page)[0] as WebPage['forms'][number]
    const answers = await Promise.all([1, 2, 3].map(() => postForm(sent.url, values)))
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
    expect((await postForm(sent.url, values)).status).toBe(303)
    await settle()
    expect((await readRfi(sent)).body.recipients).toHaveLength(2)
    expect(await allMailsTo(sent.email)).toHaveLength(3)
  })

  it('is sent to one partner when two forms are submitted concurrently', async () => {
    const sent = await sendAndDecline()
    const page = await getPage(sent.url)
    const [first, second] = asksOn(page).map(({ values }) => values)
    const answers = await Promise.all([first, second].map(values => postForm(sent.url, values)))
    const shown = await Promise.all(answers.map(answer => getPage(redirectOf(answer))))
    const changed = shown.filter(({ text }) => text.includes(english('request.changed')))
    expect(changed).toHaveLength(1)
    expect((await readRfi(sent)).body.recipients).toHaveLength(2)
  })
})

describe('withdrawing a request', () => {
  it('requires the checkbox and withdraws every open referral', async () => {
    const sent = await send([one, other])
    const before = await stateOf(sent)
    const page = await getPage(sent.url)
    const unsure = await submit(page, {}, withdrawButton)
    expect(unsure.text).toContain(english('request.withdraw.unsure'))
    for (const sure of ['no', '', 'true', 'YES'])
      await postForm(sent.url, { do: 'withdraw', version: page.forms[0]?.values.version ?? '', sure })
    expect(await stateOf(sent)).toEqual(before)

    const after = await submit(unsure, { sure: 'yes' }, withdrawButton)
    expect(after.text).toContain(english('request.withdrawn'))
    expect(after.forms).toEqual([])
    expect(linesOf(after)).toEqual({
      Alba: english('request.state', { status: 'withdrawn' }),
      Bruma: english('request.state', { status: 'withdrawn' }),
    })
    await settle()
    for (const partner of [one, other].map(partner => signedIn(partner))) {
      const signed = await partner
      expect(await timelineTypes(signed, referralOf(sent.rfi, signed))).toEqual([
        'referral.received',
        'referral.withdrawn',
      ])
      const mail = (await allMailsTo(signed.contactOf('main'))).at(-1)
      expect(mail?.subject).toBe(english('withdrawn.subject', { company: 'Havelland Getriebe' }))
    }
    const gone = await stateOf(sent)
    expect((await submit(unsure, { sure: 'yes' }, withdrawButton)).text).toContain(
      english('request.withdrawn'),
    )
    expect(await stateOf(sent)).toEqual(gone)
  })
})

const saveButton = english('request.choose.save')

/** Sends the form of the choice. */
const choose = async (url: string, choice: string): Promise<WebPage> =>
  submit(await getPage(url), { choice }, saveButton)

const acceptanceByNobody = { ...accepted, colleagues: [] }

/** Accepts a request as a partner. */
const accept = (partner: Partner, { rfi }: SentRfi, body: object = accepted) =>
  execute(partner, acceptReferral, referralOf(rfi, partner), body)

const statusesOf = async (sent: SentRfi): Promise<Record<string, string>> =>
  Object.fromEntries((await readRfi(sent)).body.recipients.map(({ name, status }) => [name, status]))

/** Sends a request to three partners; the first one accepts it. */
const sendAndAccept = async () => {
  const [first, second, third] = await Promise.all(partners.slice(0, 3).map(signedIn))
  if (!first || !second || !third) throw new Error('expected three partners')
  const sent = await send([first, second, third])
  await accept(first, sent)
  return { sent, first, second, third, chosenId: referralOf(sent.rfi, first) }
}

describe('the people who take care of a request', () => {
  it('are shown after the acceptance: the colleagues on the deal, otherwise the contacts of the office', async () => {
    const [first, second] = await Promise.all([signedIn(one), signedIn(other)])
    const sent = await send([first, second])
    const contactsNow = async () => (await readRfi(sent)).body.recipients.map(({ contacts }) => contacts)
    expect(await contactsNow()).toEqual([[], []])
    expect((await getPage(sent.url)).html).not.toMatch(/tel:|mailto:/)
    await accept(first, sent)
    await accept(second, sent, acceptanceByNobody)
    const office = second.contactOf('main')
    const [ofFirst, ofSecond] = await contactsNow()
    expect(ofFirst).toEqual([
      { name: 'Key Account', phone: '+49 30 1234', email: 'key.account@partner.example' },
    ])
    expect(ofSecond).toEqual([expect.objectContaining({ email: office })])
    const page = await getPage(sent.url)
    for (const part of ['Key Account', 'href="tel:+49301234"', `href="mailto:${office}"`])
      expect(page.html).toContain(part)
    // A request that has ended has no contacts.
    await execute(second, closeReferral, referralOf(sent.rfi, second), {
      result: 'lost',
      reason: 'competitor',
    })
    expect((await contactsNow())[1]).toEqual([])
  })

  it('are shown with website, office and languages of the partner', async () => {
    const partner = await signedIn(one)
    const { etag } = await profileOf(partner, region)
    await call(profileOperations.putProfile, {
      token: partner.admin,
      params: { region },
      ifMatch: etag,
      body: {
        ...profileContent(partner.contactOf),
        website: 'https://alba.example/',
        languages: ['ca', 'en'],
      },
    })
    const sent = await send([partner, await signedIn(other)])
    const [recipient, plain] = (await readRfi(sent)).body.recipients
    expect(recipient).toMatchObject({
      website: 'https://alba.example/',
      office: { name: 'The main office', city: 'Berlin', country: 'DE', timeZone: 'Europe/Berlin' },
      languages: ['ca', 'en'],
    })
    expect(plain?.website).toBeNull()
    const page = await getPage(sent.url)
    expect(page.html).toContain('href="https://alba.example/"')
    for (const part of ['The main office, Berlin', 'Catalan and English']) expect(page.text).toContain(part)
  })
})

describe('choosing a partner', () => {
  it('ends the request for those who have not answered, and leaves them in peace', async () => {
    const { sent, first, second, third, chosenId } = await sendAndAccept()
    const page = await getPage(sent.url)
    const before = await stateOf(sent)
    const nothing = await submit(page, {}, saveButton)
    expect(nothing.text).toContain(english('request.choose.missing'))
    expect(await stateOf(sent)).toEqual(before)

    const after = await submit(nothing, { choice: chosenId }, saveButton)
    expect(after.text).toContain(english('request.decided'))
    expect(after.text).toContain('You have chosen Alba.')
    expect(after.text).toContain('Your request has ended for Bruma and Cim, because you have decided.')
    expect(after.text).toMatch(/You can change your choice until \S+ \d+/)
    expect(await statusesOf(sent)).toEqual({ Alba: 'active', Bruma: 'superseded', Cim: 'superseded' })
    await expect(accept(second, sent)).rejects.toThrow(/409/)
    await advance('P20D')
    for (const partner of [second, third].map(signedIn)) {
      const signed = await partner
      expect(await timelineTypes(signed, referralOf(sent.rfi, signed))).toEqual([
        'referral.received',
        'referral.superseded',
      ])
    }
    expect(await timelineTypes(await signedIn(first), chosenId)).toContain('referral.choice-noted')
  })

  it('can be changed for seven days and is final afterwards', async () => {
    const { sent, second, chosenId } = await sendAndAccept()
    await accept(second, sent)
    const secondId = referralOf(sent.rfi, second)
    await choose(sent.url, chosenId)
    await advance('P6D')
    expect((await choose(sent.url, 'elsewhere')).text).toContain('You have chosen somebody else.')
    const page = await getPage(sent.url)
    const [{ values } = { values: {} }] = page.forms.filter(({ button }) => button === saveButton)
    const changed = await choose(sent.url, secondId)
    expect(changed.text).toContain('You have chosen Bruma.')
    expect(linesOf(changed)).toMatchObject({
      Alba: english('request.state', { status: 'active' }),
      Bruma: english('request.state', { status: 'chosen' }),
    })
    await advance('P1DT1M')
    const final = await getPage(sent.url)
    expect(final.text).toContain(english('request.choice.final'))
    expect(final.forms.filter(({ button }) => button === saveButton)).toEqual([])
    const before = await stateOf(sent)
    const { etag } = await readRfi(sent)
    const late = await postForm(sent.url, { ...values, version: String(versionIn(etag)), choice: 'none' })
    expect((await getPage(redirectOf(late))).text).toContain('Your choice could be changed until')
    expect(await stateOf(sent)).toEqual(before)
  })

  it('has one outcome if a partner accepts concurrently', async () => {
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const { sent, second, chosenId } = await sendAndAccept()
        const shown = await getPage(sent.url)
        const [page, acceptance] = await Promise.all([
          submit(shown, { choice: chosenId }, saveButton),
          accept(second, sent).then(
            () => 'accepted',
            (error: Error) => error.message,
          ),
        ])
        const { choice, recipients } = (await readRfi(sent)).body
        const { Bruma, Cim } = Object.fromEntries(recipients.map(({ name, status }) => [name, status]))
        expect([Bruma, Cim]).toEqual(
          choice
            ? ['superseded', 'superseded']
            : [acceptance === 'accepted' ? 'active' : expect.stringMatching(/new|active/), 'new'],
        )
        expect(page.text.includes(english('request.decided'))).toBe(choice !== null)
        if (choice) expect(acceptance).not.toBe('accepted')
      }),
    )
  })

  it('can ask superseded partners again after the chosen partner has lost the deal', async () => {
    const { sent, first, second, chosenId } = await sendAndAccept()
    await choose(sent.url, chosenId)
    await advance('P10D')
    expect((await getPage(sent.url)).text).not.toContain(english('request.again'))
    await execute(await signedIn(first), closeReferral, chosenId, { result: 'lost', reason: 'competitor' })
    const page = await getPage(sent.url)
    expect(page.text).toContain(english('request.again.lost', { partner: 'Alba' }))
    const sendAgain = english('request.again.send')
    expect((await submit(page, {}, sendAgain)).text).toContain(english('request.again.missing'))
    const secondId = referralOf(sent.rfi, second)
    const after = await submit(page, { 'again-0': secondId }, sendAgain)
    expect(after.text).toContain(english('request.again.sent'))
    expect(linesOf(after).Bruma).toMatch(/^Has 1[34] days left to answer/)
    expect(await statusesOf(sent)).toEqual({ Alba: 'lost', Bruma: 'new', Cim: 'superseded' })
    const signed = await signedIn(second)
    await accept(signed, sent)
    expect(await timelineTypes(signed, secondId)).toEqual([
      'referral.received',
      'referral.superseded',
      'referral.reinstated',
      'referral.accepted',
    ])
  })

  it('can ask the other superseded partners too, after the first one that was asked again has declined', async () => {
    const { sent, first, second, third, chosenId } = await sendAndAccept()
    await choose(sent.url, chosenId)
    await execute(first, closeReferral, chosenId, { result: 'lost', reason: 'competitor' })
    const sendAgain = english('request.again.send')
    await settleAnswers()
    const once = await submit(await getPage(sent.url), { 'again-0': referralOf(sent.rfi, second) }, sendAgain)
    expect(once.text).toContain(english('request.again.sent'))
    await execute(second, declineReferral, referralOf(sent.rfi, second), { reason: 'no-capacity' })
    await settleAnswers()
    const page = await getPage(sent.url)
    expect(page.text).toContain(english('request.again.open'))
    const twice = await submit(page, { 'again-0': referralOf(sent.rfi, third) }, sendAgain)
    expect(twice.text).toContain(english('request.again.sent'))
    expect(await statusesOf(sent)).toEqual({ Alba: 'lost', Bruma: 'declined', Cim: 'new' })
  })
})

describe('a win that a partner reports', () => {
  const sendAndWin = async () => {
    const { chosenId: wonId, ...journey } = await sendAndAccept()
    await execute(journey.first, closeReferral, wonId, { result: 'won' })
    return { ...journey, wonId }
  }
  const yesButton = english('request.win.yes', { partner: 'Alba' })
  const noButton = english('request.win.no')

  it('is a question on the page, and confirming it chooses the partner', async () => {
    const { sent, wonId } = await sendAndWin()
    const page = await getPage(sent.url)
    expect(page.text).toContain(english('request.win', { partner: 'Alba' }))
    // A reported win ends nothing by itself.
    expect(await statusesOf(sent)).toEqual({ Alba: 'won', Bruma: 'new', Cim: 'new' })
    const after = await submit(page, {}, yesButton)
    expect(after.text).toContain('You have chosen Alba.')
    expect(after.text).not.toContain(english('request.win', { partner: 'Alba' }))
    expect((await readRfi(sent)).body.choice).toMatchObject({ outcome: 'partner', referralId: wonId })
    expect(await statusesOf(sent)).toEqual({ Alba: 'won', Bruma: 'superseded', Cim: 'superseded' })
  })

  it('can be denied after it was confirmed, which takes the choice back', async () => {
    const { sent, first, wonId } = await sendAndWin()
    const confirmed = await submit(await getPage(sent.url), {}, yesButton)
    const retract = english('request.win.retract', { partner: 'Alba' })
    const denied = await submit(confirmed, {}, retract)
    expect(denied.text).toContain(english('request.win.denied.others', { partner: 'Alba' }))
    expect(denied.forms.filter(({ button }) => button === retract)).toEqual([])
    const { choice, recipients } = (await readRfi(sent)).body
    expect(choice).toBeNull()
    expect(recipients[0]?.winDeniedAt).not.toBeNull()
    expect(denied.text).toContain(english('request.again.partner', { partner: 'Bruma' }))
    expect((await timelineTypes(first, wonId)).at(-1)).toBe('referral.win-denied')
  })

  it('can be denied, which ends nothing, and confirmed later', async () => {
    const { sent, first, wonId } = await sendAndWin()
    const denied = await submit(await getPage(sent.url), {}, noButton)
    expect(denied.text).toContain(english('request.win.denied', { partner: 'Alba' }))
    expect(linesOf(denied).Alba).toBe(english('request.state', { status: 'denied' }))
    expect(denied.forms.filter(({ button }) => button === noButton)).toEqual([])
    expect(await statusesOf(sent)).toEqual({ Alba: 'won', Bruma: 'new', Cim: 'new' })
    expect(await timelineTypes(first, wonId)).toContain('referral.win-denied')
    const confirmed = await choose(sent.url, wonId)
    expect(confirmed.text).toContain('You have chosen Alba.')
    expect(linesOf(confirmed).Alba).toBe(english('request.state', { status: 'chosen' }))
    expect(await timelineTypes(first, wonId)).toContain('referral.win-confirmed')
  })
})

describe('a win that was denied', () => {
  it('can be resumed by its partner, and is a question again when it is reported again', async () => {
    const { sent, first, chosenId: wonId } = await sendAndAccept()
    await execute(first, closeReferral, wonId, { result: 'won' })
    await settleAnswers()
    const noButton = english('request.win.no')
    await submit(await getPage(sent.url), {}, noButton)
    await execute(first, resumeReferral, wonId)
    expect(await statusesOf(sent)).toEqual({ Alba: 'active', Bruma: 'new', Cim: 'new' })
    expect((await getPage(sent.url)).text).not.toContain(english('request.win.denied', { partner: 'Alba' }))
    await execute(first, closeReferral, wonId, { result: 'won' })
    await settleAnswers()
    expect((await getPage(sent.url)).forms.filter(({ button }) => button === noButton)).toHaveLength(1)
    expect((await timelineTypes(first, wonId)).slice(-4)).toEqual(
      ['won', 'win-denied', 'resumed', 'won'].map(name => `referral.${name}`),
    )
  })
})

describe('telling one partner “no, thank you”', () => {
  it('withdraws the request from this partner only', async () => {
    const { sent, first, second, third } = await sendAndAccept()
    const page = await getPage(sent.url)
    const after = await submit(page, {}, english('request.dismiss.sure', { partner: 'Bruma' }))
    expect(after.text).toContain(english('request.dismissed', { partner: 'Bruma' }))
    expect(await statusesOf(sent)).toEqual({ Alba: 'active', Bruma: 'withdrawn', Cim: 'new' })
    const both = await submit(after, {}, english('request.dismiss.sure', { partner: 'Alba' }))
    expect(both.text).toContain(english('request.dismissed', { partner: 'Alba' }))
    expect(await statusesOf(sent)).toEqual({ Alba: 'withdrawn', Bruma: 'withdrawn', Cim: 'new' })
    await expect(accept(second, sent)).rejects.toThrow(/409/)
    await accept(third, sent)
    expect(await timelineTypes(first, referralOf(sent.rfi, first))).toEqual([
      'referral.received',
      'referral.accepted',
      'referral.withdrawn',
    ])
  })
})

describe('a form or link that is outdated or forged', () => {
  it.each(['ask', 'withdraw'])(
    'changes nothing and shows the current page if the page is outdated (%s)',
    async what => {
      const [first, second] = await Promise.all([signedIn(one), signedIn(other)])
      const sent = await send([first, second])
      await execute(first, declineReferral, referralOf(sent.rfi, first), { reason: 'budget' })
      const page = await getPage(sent.url)
      await execute(second, acceptReferral, referralOf(sent.rfi, second), accepted)
      const before = await stateOf(sent)
      const form = page.forms.find(({ values }) => values.do === what)
      const after = await submit(page, what === 'withdraw' ? { sure: 'yes' } : {}, form?.button)
      expect(after.text).toContain(english('request.changed'))
      expect(await stateOf(sent)).toEqual(before)
      // The page with the message is up to date, so its form works.
      const again = await submit(after, what === 'withdraw' ? { sure: 'yes' } : {}, form?.button)
      expect(again.text).toMatch(/We have sent your request|Your request has been withdrawn/)
    },
  )

  it('changes nothing if its fields are invalid', async () => {
    const [first, second] = await Promise.all([signedIn(one), signedIn(other)])
    const sent = await send([first])
    const foreign = await send([second])
    await execute(first, declineReferral, referralOf(sent.rfi, first), { reason: 'budget' })
    const { etag } = await readRfi(sent)
    const version = String(versionIn(etag))
    const place = { profileId: second.profileId, locationId: 'main' }
    const ownReferral = referralOf(sent.rfi, first)
    const foreignReferral = referralOf(foreign.rfi, second)
    await settleSearch()
    const before = [await stateOf(sent), await stateOf(foreign)]
    for (const fields of [
      {},
      { do: 'accept', version },
      { do: 'close', version },
      { do: 'toString', version },
      { do: 'ask', version },
      { do: 'ask', ...place },
      { do: 'ask', ...place, version: '' },
      ...['0', '-1', 'NaN', '999', '1e999', `${version}x`, `"${version}"`].map(other => ({
        do: 'ask',
        ...place,
        version: other,
      })),
      { do: 'ask', version, profileId: first.profileId, locationId: 'branch' },
      { do: 'ask', version, profileId: second.profileId, locationId: 'moon' },
      { do: 'ask', version, profileId: second.profileId },
      ...['x', '.', 'ptr_x.AD', `${second.id}.XX`, '<script>', '__proto__', second.id].map(profileId => ({
        do: 'ask',
        version,
        profileId,
        locationId: 'main',
      })),
      { do: 'choose', version },
      { do: 'choose', version, choice: '' },
      ...['elsewhere', 'none'].map(choice => ({ do: 'choose', choice, version: '1' })),
      ...['choose', 'deny-win', 'dismiss', 'reopen'].flatMap(action => [
        { do: action, version },
        ...['x', '__proto__', foreignReferral, ownReferral].map(referralId => ({
          do: action,
          version,
          choice: referralId,
          referralId,
          'again-0': referralId,
        })),
      ]),
      { do: 'reopen', version, 'again-': ownReferral, again: ownReferral },
      { do: 'withdraw', version: '1', sure: 'yes' },
      { do: 'withdraw', sure: 'yes' },
      { rfiId: foreign.rfi.id, do: 'withdraw', version: '2' },
    ] as Record<string, string>[]) {
      const answer = await postForm(sent.url, fields)
      expect(answer.status, JSON.stringify(fields)).toBe(303)
      const page = await getPage(redirectOf(answer))
      expect(page.status).toBe(200)
      expect(page.text, JSON.stringify(fields)).toMatch(
        /Please check (it|the status of your request)|tick the box|Please select/,
      )
      expect([await stateOf(sent), await stateOf(foreign)]).toEqual(before)
    }
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      expect((await fetch(sent.url, { method })).status).toBe(405)
    expect([await stateOf(sent), await stateOf(foreign)]).toEqual(before)
  })

  it.each(['withdrawn', 'asked', 'constructor', 'toString', '__proto__', '<script>', 'unsure', ''])(
    'shows the page without a confirmation if the URL claims the outcome %s',
    async done => {
      const sent = await send([await signedIn(one)])
      const page = await getPage(`${sent.url}&${new URLSearchParams({ done })}`)
      expect(page.status).toBe(200)
      expect(page.text).toContain('Your request is open.')
      expect(page.text).not.toContain(english('request.withdrawn'))
      expect(page.html).not.toContain('<script')
    },
  )

  it('returns 404 if its token is invalid', async () => {
    const sent = await send([await signedIn(one)])
    const token = new URL(sent.url).searchParams.get('token') ?? ''
    const before = await stateOf(sent)
    for (const bad of [
      '',
      'x',
      token.slice(1),
      token.slice(0, -2),
      `${token}.x`,
      token.split('.')[0] ?? '',
    ]) {
      const url = `${inject('url')}/v1/pages/request?${new URLSearchParams({ token: bad })}`
      for (const page of [
        await getPage(url),
        await postForm(url, { do: 'withdraw', sure: 'yes', version: '2' }),
      ])
        expect([page.status, page.text]).toEqual([404, expect.stringContaining(english('dead-link.request'))])
    }
    expect(await stateOf(sent)).toEqual(before)
  })
})
