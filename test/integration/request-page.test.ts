/** The page on which a customer follows a request, sends it on to the next best partners, or withdraws it. */
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  acceptance as accepted,
  act,
  advance,
  ask,
  enroll,
  everyMailTo,
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
  settle,
  signedIn,
  submit,
  timelineTypes,
  unique,
  type WebPage,
} from './program.ts'

const { acceptReferral, declineReferral, closeReferral } = referralOperations

/** Of which nobody else's profiles are in the directory. */
const region = 'AD'
let partners: readonly Partner[]
/** Who is asked first, and who then. */
let one: Partner
let other: Partner

beforeAll(async () => {
  partners = await Promise.all(['Alba', 'Bruma', 'Cim', 'Dina', 'Estel'].map(name => enroll(name, region)))
  ;[one, other] = partners as [Partner, Partner]
})

interface Asked {
  readonly rfi: Awaited<ReturnType<typeof ask>>
  readonly email: string
  /** Of the page, as the receipt has it. */
  readonly url: string
}

const send = async (to: readonly Partner[], asking: Parameters<typeof ask>[1] = {}): Promise<Asked> => {
  const email = `buyer-${unique()}@customer.example`
  const rfi = await ask(to, { email, locale: 'en', ...asking })
  await settle()
  const [receipt] = await everyMailTo(email)
  const label = textIn(asking.locale ?? 'en', 'follow')
  return { rfi, email, url: linkIn(receipt, label) }
}

const inputOf = ({ rfi: { id, trackingToken } }: Asked) => ({ token: trackingToken, params: { rfiId: id } })
const seen = (asked: Asked) => call(rfiOperations.getRfi, inputOf(asked))

/** Lets all events be handled, and the copies of the directory expire that functions search: these last ten seconds. */
const settleSearch = () => advance('PT11S')

const declined = async (asking: Parameters<typeof ask>[1] = {}): Promise<Asked> => {
  const asked = await send([one], asking)
  await act(one, declineReferral, referralOf(asked.rfi, one), { reason: 'no-capacity' })
  await settleSearch()
  return asked
}

/** What each partner's line says, by the partner's name. */
const linesOf = ({ html }: WebPage): Record<string, string> => {
  const [, list = ''] = /id="partners".*?<ul>(.*?)<\/ul>/s.exec(html) ?? []
  const lines = list.matchAll(/<strong><bdi>(.*?)<\/bdi><\/strong><br>(.*?)<\/li>/gs)
  return Object.fromEntries([...lines].map(([, name = '', state = '']) => [name, state]))
}

const suggestedOn = ({ forms }: WebPage): string[] =>
  forms.flatMap(({ values: { do: what, profileId } }) => (what === 'ask' && profileId ? [profileId] : []))

const withdrawal = english('request.withdraw')

/** What any of it could change. */
const stateOf = async (asked: Asked) => {
  await settle()
  const { body, etag } = await seen(asked)
  return [etag, body, (await everyMailTo(asked.email)).length]
}

describe('the page of a request', () => {
  it('shows who has it and how long they have, in the customer’s language', async () => {
    const asked = await send([one, other], { locale: 'de' })
    const page = await getPage(asked.url, { 'accept-language': 'en' })
    expect([page.status, page.language]).toEqual([200, 'de'])
    expect(page.text).toContain('Ihre Anfrage ist offen.')
    expect(page.text).toContain('An ERP for two plants.')
    const line =
      /^Hat noch 1[34] Tage Zeit für eine Antwort \(bis zum \d+\. \p{L}+ \d{4} um \d\d:\d\d UTC\)\.$/u
    expect(linesOf(page)).toEqual({ Alba: expect.stringMatching(line), Bruma: expect.stringMatching(line) })
    // While all may answer yet, it can be withdrawn and nothing else.
    expect(page.forms.map(({ button }) => button)).toEqual([textIn('de', 'request.withdraw')])
    await advance('P13DT22H30M')
    const { Alba } = linesOf(await getPage(asked.url))
    expect(Alba).toMatch(/Hat noch 1 Stunde Zeit/)
  })

  it('tells what became of it at each partner, as the API does', async () => {
    const asked = await send(partners)
    const acceptance = { ...accepted, name: 'What we call it' }
    const [a, b, c, d] = partners as [Partner, Partner, Partner, Partner]
    await act(a, acceptReferral, referralOf(asked.rfi, a), acceptance)
    await act(b, declineReferral, referralOf(asked.rfi, b), { reason: 'budget' })
    for (const [partner, body] of [
      [c, { result: 'won' }],
      [d, { result: 'lost', reason: 'competitor' }],
    ] as const) {
      await act(partner, acceptReferral, referralOf(asked.rfi, partner), acceptance)
      await act(partner, closeReferral, referralOf(asked.rfi, partner), body)
    }
    await settleSearch()
    const page = await getPage(asked.url)
    expect(linesOf(page)).toEqual({
      Alba: english('request.state', { status: 'active' }),
      Bruma: english('request.state', { status: 'declined' }),
      Cim: english('request.state', { status: 'won' }),
      Dina: english('request.state', { status: 'lost' }),
      Estel: expect.stringMatching(/^Has 1[34] days left to answer \(until .* UTC\)\.$/),
    })
    const { body } = await seen(asked)
    expect(body.recipients.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'Alba active',
      'Bruma declined',
      'Cim won',
      'Dina lost',
      'Estel new',
    ])
    expect(suggestedOn(page)).toEqual(body.suggestions.map(({ profileId }) => profileId))
    // What partners note is theirs.
    for (const secret of [acceptance.name, acceptance.notes, acceptance.crmId, '45,000'])
      expect(page.html).not.toContain(secret)
  })

  it('shows what others wrote as text', async () => {
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
    const asked = await send([bad], { summary: `${evil}\n</blockquote><script>` })
    await act(bad, declineReferral, referralOf(asked.rfi, bad), { reason: 'budget' })
    const page = await getPage(asked.url)
    expect(page.html).not.toMatch(/<(img|script)/)
    expect(page.html.split('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;amp;')).toHaveLength(6)
    await settle()
    const mails = await everyMailTo(asked.email)
    for (const { html } of mails) expect(html).not.toMatch(/<(img|script)/)
  })
})

describe('a request that a partner has not taken', () => {
  it('can be sent on to one of the next best, with one click', async () => {
    const asked = await declined()
    const page = await getPage(asked.url)
    expect(linesOf(page)).toEqual({ Alba: english('request.state', { status: 'declined' }) })
    const { body } = await seen(asked)
    expect(suggestedOn(page)).toEqual(body.suggestions.map(({ profileId }) => profileId))
    expect(suggestedOn(page)).toHaveLength(3)
    const mail = (await everyMailTo(asked.email)).at(-1)
    // Each found by its own search: what partners have answered since may change the order.
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
    expect(linesOf(after)[name]).toMatch(/left to answer/)
    expect(suggestedOn(after)).not.toContain(chosenId)
    await settle()
    const now = (await seen(asked)).body
    expect(now.recipients.map(recipient => [recipient.name, recipient.status])).toEqual([
      ['Alba', 'declined'],
      [name, 'new'],
    ])
    const referralId = referralOf({ ...asked.rfi, ...now }, chosen)
    expect((await get(chosen, referralId)).body).toMatchObject({ status: 'new', need: asked.rfi.need })
    expect((await everyMailTo(chosen.contactOf('main'))).at(-1)?.subject).toBe(
      'New referral: Havelland Getriebe',
    )
    const receipts = (await everyMailTo(asked.email)).map(({ subject }) => subject)
    expect(receipts).toEqual([
      english('receipt.subject'),
      english('declined.subject', { partner: 'Alba' }),
      english('added.subject', { partners: name }),
    ])
    // The link of the new receipt works as well as the old one.
    const again = (await everyMailTo(asked.email)).at(-1)
    for (const url of [asked.url, linkIn(again, english('follow'))])
      expect(linesOf(await getPage(url))).toEqual(linesOf(after))
  })

  it('can be sent on when the time was let run out', async () => {
    const asked = await send([other])
    await advance('P14D')
    const page = await getPage(asked.url)
    expect(linesOf(page)).toEqual({ Bruma: 'Did not answer in time.' })
    expect(page.text).toContain('Your request is closed.')
    expect(suggestedOn(page)).toHaveLength(3)
    const [{ button } = { button: '' }] = page.forms
    expect((await submit(page, {}, button)).text).toContain('We have sent your request to ')
    expect((await seen(asked)).body.recipients).toHaveLength(2)
  })

  it('is offered to no partner by mail whom the page does not offer', async () => {
    const [first, second] = await Promise.all([signedIn(one), signedIn(other)])
    const asked = await send([first, second])
    await act(second, acceptReferral, referralOf(asked.rfi, second), accepted)
    await act(second, closeReferral, referralOf(asked.rfi, second), { result: 'won' })
    await act(first, declineReferral, referralOf(asked.rfi, first), { reason: 'customer-chose-another' })
    await settle()
    // The customer has found somebody.
    expect((await seen(asked)).body.suggestions).toEqual([])
    expect(suggestedOn(await getPage(asked.url))).toEqual([])
    const mail = (await everyMailTo(asked.email)).at(-1)
    expect(mail?.subject).toBe(english('declined.subject', { partner: 'Alba' }))
    expect(mail && linksIn(mail).map(({ label }) => label)).toEqual([english('follow')])
  })

  it('is sent on once, however often the button is pressed', async () => {
    const asked = await declined()
    const page = await getPage(asked.url)
    const { values } = page.forms[0] as WebPage['forms'][number]
    const answers = await Promise.all([1, 2, 3].map(() => postForm(asked.url, values)))
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
    expect((await postForm(asked.url, values)).status).toBe(303)
    await settle()
    expect((await seen(asked)).body.recipients).toHaveLength(2)
    expect(await everyMailTo(asked.email)).toHaveLength(3)
  })

  it('goes to one only where two buttons are pressed at once', async () => {
    const asked = await declined()
    const page = await getPage(asked.url)
    const [first, second] = page.forms.map(({ values }) => values)
    const answers = await Promise.all([first, second].map(values => postForm(asked.url, values)))
    const shown = await Promise.all(answers.map(answer => getPage(redirectOf(answer))))
    const changed = shown.filter(({ text }) => text.includes(english('request.changed')))
    expect(changed).toHaveLength(1)
    expect((await seen(asked)).body.recipients).toHaveLength(2)
  })
})

describe('a request is withdrawn', () => {
  it('only with the tick, and then everywhere', async () => {
    const asked = await send([one, other])
    const before = await stateOf(asked)
    const page = await getPage(asked.url)
    const unsure = await submit(page, {}, withdrawal)
    expect(unsure.text).toContain(english('request.withdraw.unsure'))
    for (const sure of ['no', '', 'true', 'YES'])
      await postForm(asked.url, { do: 'withdraw', version: page.forms[0]?.values.version ?? '', sure })
    expect(await stateOf(asked)).toEqual(before)

    const after = await submit(unsure, { sure: 'yes' }, withdrawal)
    expect(after.text).toContain(english('request.withdrawn'))
    expect(after.forms).toEqual([])
    expect(linesOf(after)).toEqual({
      Alba: english('request.state', { status: 'withdrawn' }),
      Bruma: english('request.state', { status: 'withdrawn' }),
    })
    await settle()
    for (const partner of [one, other].map(partner => signedIn(partner))) {
      const signed = await partner
      expect(await timelineTypes(signed, referralOf(asked.rfi, signed))).toEqual([
        'referral.received',
        'referral.withdrawn',
      ])
      const mail = (await everyMailTo(signed.contactOf('main'))).at(-1)
      expect(mail?.subject).toBe(english('withdrawn.subject', { company: 'Havelland Getriebe' }))
    }
    const gone = await stateOf(asked)
    expect((await submit(unsure, { sure: 'yes' }, withdrawal)).text).toContain(english('request.withdrawn'))
    expect(await stateOf(asked)).toEqual(gone)
  })
})

describe('what was not seen is not done', () => {
  it.each(['ask', 'withdraw'])('to %s on an old page changes nothing, and says so', async what => {
    const [first, second] = await Promise.all([signedIn(one), signedIn(other)])
    const asked = await send([first, second])
    await act(first, declineReferral, referralOf(asked.rfi, first), { reason: 'budget' })
    const page = await getPage(asked.url)
    await act(second, acceptReferral, referralOf(asked.rfi, second), accepted)
    const before = await stateOf(asked)
    const form = page.forms.find(({ values }) => values.do === what)
    const after = await submit(page, what === 'withdraw' ? { sure: 'yes' } : {}, form?.button)
    expect(after.text).toContain(english('request.changed'))
    expect(await stateOf(asked)).toEqual(before)
    // The page that says so is fresh.
    const again = await submit(after, what === 'withdraw' ? { sure: 'yes' } : {}, form?.button)
    expect(again.text).toMatch(/We have sent your request|Your request has been withdrawn/)
  })

  it('nothing but that can be changed from the page', async () => {
    const [first, second] = await Promise.all([signedIn(one), signedIn(other)])
    const asked = await send([first])
    const foreign = await send([second])
    await act(first, declineReferral, referralOf(asked.rfi, first), { reason: 'budget' })
    const { etag } = await seen(asked)
    const version = etag.slice(1, -1)
    const place = { profileId: second.profileId, locationId: 'main' }
    await settleSearch()
    const before = [await stateOf(asked), await stateOf(foreign)]
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
      { do: 'withdraw', version: '1', sure: 'yes' },
      { do: 'withdraw', sure: 'yes' },
      { rfiId: foreign.rfi.id, do: 'withdraw', version: '2' },
    ] as Record<string, string>[]) {
      const answer = await postForm(asked.url, fields)
      expect(answer.status, JSON.stringify(fields)).toBe(303)
      const page = await getPage(redirectOf(answer))
      expect(page.status).toBe(200)
      expect(page.text, JSON.stringify(fields)).toMatch(
        /Please check (it|the status of your request)|tick the box/,
      )
      expect([await stateOf(asked), await stateOf(foreign)]).toEqual(before)
    }
    for (const method of ['PUT', 'PATCH', 'DELETE'])
      expect((await fetch(asked.url, { method })).status).toBe(404)
    expect([await stateOf(asked), await stateOf(foreign)]).toEqual(before)
  })

  it.each(['withdrawn', 'asked', 'constructor', 'toString', '__proto__', '<script>', 'unsure', ''])(
    'an address that claims %s to be done shows the page, and no lie',
    async done => {
      const asked = await send([await signedIn(one)])
      const page = await getPage(`${asked.url}&${new URLSearchParams({ done })}`)
      expect(page.status).toBe(200)
      expect(page.text).toContain('Your request is open.')
      expect(page.text).not.toContain(english('request.withdrawn'))
      expect(page.html).not.toContain('<script')
    },
  )

  it('a link that is not ours leads nowhere', async () => {
    const asked = await send([await signedIn(one)])
    const token = new URL(asked.url).searchParams.get('token') ?? ''
    const before = await stateOf(asked)
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
    expect(await stateOf(asked)).toEqual(before)
  })
})
