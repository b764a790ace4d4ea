/** Mails: recipients, content, language, and that each is sent once. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { asReferralId, referenceOf, rfiIdOf } from '../../shared/kernel/ids.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call, expectProblem } from './client.ts'
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
  linksIn,
  type Mail,
  mailStory,
  mailsOnTimeline,
  type Partner,
  type People,
  type Person,
  personNamed,
  profileContent,
  profileOf,
  referralOf,
  sendRfi,
  settle,
  signedIn,
  textOf,
  timelineOf,
  tokenOf,
  unique,
} from './program.ts'

const { acceptReferral, declineReferral, extendReferral, withdrawReferral } = referralOperations
const { getRfi, withdrawRfi } = rfiOperations

interface Received {
  readonly partner: Partner
  readonly rfi: CreatedRfi
  readonly referralId: string
  readonly customer: string
}

/** Creates a referral to a partner with these contacts and waits for its mails. */
const receive = async (
  people: People = {},
  options: Parameters<typeof sendRfi>[1] = {},
): Promise<Received> => {
  const customer = `buyer-${unique()}@customer.example`
  const partner = await enroll(undefined, 'DE', people)
  const rfi = await sendRfi([partner], { email: customer, ...options })
  await settle()
  return { partner, rfi, referralId: referralOf(rfi, partner), customer }
}

const mailsTo = async (...people: readonly Person[]): Promise<number[]> =>
  Promise.all(people.map(async ({ email }) => (await allMailsTo(email)).length))

const lastTo = async (address: string): Promise<Mail> => {
  const mail = (await allMailsTo(address)).at(-1)
  if (!mail) throw new Error(`no mail for ${address}`)
  return mail
}

const withdrawAsCustomer = async ({ rfi }: Received) => {
  const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
  const { etag } = await call(getRfi, input)
  await call(withdrawRfi, { ...input, ifMatch: etag })
  await settle()
}

const numberOf = (referralId: string): string => referenceOf(rfiIdOf(asReferralId(referralId)))

describe('a new referral is mailed', () => {
  it('to the contacts of its location, once per address, and to no other contact', async () => {
    const [ann, bob, other, spare, boss] = ['Ann', 'Bob', 'Other', 'Spare', 'Boss'].map(name =>
      personNamed(name),
    ) as [Person, Person, Person, Person, Person]
    const again = { ...ann, email: ann.email.toUpperCase() }
    const { partner, referralId } = await receive({
      main: [ann, bob],
      branch: [other],
      defaultContacts: [again, spare],
      admins: [boss],
    })
    expect(await mailsTo(ann, bob, other, spare, boss)).toEqual([1, 1, 0, 0, 0])
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: delivered',
      'new-referral Bob Person: delivered',
    ])
  })

  it('to the default contacts with an explanation if its location has no contacts', async () => {
    const [spare, boss, other] = [personNamed('Spare'), personNamed('Boss'), personNamed('Other')]
    const people = { main: [], branch: [other], defaultContacts: [spare], admins: [boss] }
    const { partner, referralId } = await receive(people)
    expect(await mailsTo(spare, boss, other)).toEqual([1, 0, 0])
    expect((await lastTo(spare.email)).text).toContain(
      english('new-referral.instead', { location: 'The main office' }),
    )
    expect((await mailsOnTimeline(partner, referralId)).map(({ to }) => to)).toEqual([
      { role: 'default-contact', name: 'Spare Person', email: spare.email },
    ])
  })

  it('to contacts who are not muted', async () => {
    const [ann, bob] = [personNamed('Ann', { muted: true }), personNamed('Bob')]
    await receive({ main: [ann, bob] })
    expect(await mailsTo(ann, bob)).toEqual([0, 1])
  })

  it('to muted contacts if no other contact would get the mail', async () => {
    const [ann, boss] = [personNamed('Ann', { muted: true }), personNamed('Boss')]
    await receive({ main: [ann], admins: [boss] })
    expect(await mailsTo(ann, boss)).toEqual([1, 0])
  })
})

describe('the timeline of a referral', () => {
  it('contains each mail with its recipient, time and result', async () => {
    const ann = personNamed('Ann')
    const { now: before } = await settle()
    const { partner, referralId } = await receive({ main: [ann] })
    const { now: after } = await settle()
    const [mail, ...others] = await mailsOnTimeline(partner, referralId)
    expect(others).toEqual([])
    expect(mail).toMatchObject({ kind: 'new-referral', version: 1, result: 'delivered' })
    expect(mail?.to).toEqual({ role: 'contact', name: 'Ann Person', email: ann.email })
    expect(before <= (mail?.at ?? '') && (mail?.at ?? '') <= after).toBe(true)
  })

  it('never contains the name or address of the customer', async () => {
    const received = await receive({ main: [personNamed('Ann')] })
    const { partner, referralId, customer } = received
    await execute(partner, acceptReferral, referralId, acceptance)
    await settle()
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'accepted customer: delivered',
      'new-referral Ann Person: delivered',
      'you-accepted Ann Person: delivered',
      'you-accepted Key Account: delivered',
    ])
    const forOperator = await call(referralOperations.getTimelineByOperator, {
      token: await tokenOf('operator'),
      params: { referralId },
    })
    const responses = JSON.stringify([await timelineOf(partner, referralId), forOperator.body])
    for (const secret of [customer, 'Purchasing', '331']) expect(responses).not.toContain(secret)
  })
})

describe('the mail about a new referral', () => {
  it('is in the language of each contact', async () => {
    const people = ['en-GB', 'de-AT', 'fr', 'zh-CN', 'pt'].map(locale => personNamed('Ann', { locale }))
    await receive({ main: people })
    const subjects = await Promise.all(people.map(async ({ email }) => (await lastTo(email)).subject))
    expect(subjects.map(subject => subject.replace('Havelland Getriebe', '…'))).toEqual([
      'New referral: …',
      'Neue Empfehlung: …',
      expect.stringMatching(/^Nouvel.*…$/),
      expect.stringMatching(/\p{Script=Han}.*…/u),
      'New referral: …',
    ])
    const german = await lastTo(people[1]?.email ?? '')
    expect(german.html).toContain('<html lang="de" dir="ltr">')
    expect(german.text).toContain('Guten Tag Ann Person!')
    expect(linksIn(german).map(({ label }) => label)).toEqual([
      'Annehmen',
      'Ablehnen',
      'Um mehr Zeit bitten',
      'Ich bin nicht zuständig',
      'Diese E-Mails abbestellen',
    ])
    expect(german.text).not.toMatch(/\b(Answer|Accept|referral|customer)\b/)
  })

  it('begins with a fire emoji if the customer asks for direct contact', async () => {
    const [ann, bob] = [personNamed('Ann'), personNamed('Bob')]
    await receive({ main: [ann] }, { directContact: true })
    await receive({ main: [bob] })
    const hot = await lastTo(ann.email)
    expect(hot.subject).toBe(english('new-referral.hot-subject', { company: 'Havelland Getriebe' }))
    expect(hot.text).toMatch(/^🔥/)
    expect(textOf(hot.html)).toMatch(/^🔥/)
    expect(JSON.stringify(await lastTo(bob.email))).not.toContain('🔥')
  })

  it('has the same content as text and as HTML, without personal data of the customer', async () => {
    const ann = personNamed('Ann')
    const { customer, referralId } = await receive({ main: [ann, personNamed('Bob')] })
    const mail = await lastTo(ann.email)
    for (const expectedText of [
      'An ERP for two plants.',
      '€50,000',
      'Potsdam, Germany',
      numberOf(referralId),
      '51 to 250',
    ]) {
      expect(mail.text).toContain(expectedText)
      expect(textOf(mail.html)).toContain(expectedText)
    }
    for (const { href } of linksIn(mail)) expect(mail.text).toContain(href)
    for (const secret of [customer, 'Purchasing', '331 000000'])
      expect(mail.text + mail.html).not.toContain(secret)
  })

  it('has tags by which feedback is assigned to it', async () => {
    const people = [personNamed('Ann'), personNamed('Bob')]
    const { customer } = await receive({ main: people })
    const mails = await Promise.all([...people.map(({ email }) => email), customer].map(lastTo))
    expect(mails.map(({ tags }) => tags.kind)).toEqual(['new-referral', 'new-referral', 'receipt'])
    const names = mails.map(({ tags }) => tags.mail ?? '')
    for (const name of names) expect(name).toMatch(/^[\w-]{1,256}$/)
    expect(new Set(names).size).toBe(3)
  })
})

describe('the headers of mails', () => {
  it('mark them as automatic and as one thread for each referral', async () => {
    const ann = personNamed('Ann')
    const received = await receive({ main: [ann] })
    await sendRfi([received.partner])
    await advance('P1D')
    await withdrawAsCustomer(received)
    const mails = await allMailsTo(ann.email)
    expect(mails.map(({ tags }) => tags.kind).toSorted()).toEqual(
      ['new-referral', 'reminder', 'new-referral', 'reminder', 'withdrawn'].toSorted(),
    )
    const roots = mails.map(({ headers, text }) => {
      expect(headers['auto-submitted']).toBe('auto-generated')
      expect(headers.references).toBe(headers['in-reply-to'])
      const [, referralId = ''] = /^<(ref_\w+)@[\w.-]+>$/.exec(headers.references ?? '') ?? []
      // People read the number of the request, and no id.
      expect(text).toContain(numberOf(referralId))
      expect(text).not.toContain(referralId)
      return referralId
    })
    expect(new Set(roots).size).toBe(2)
    expect(new Set(mails.map(({ headers }) => headers['message-id'])).size).toBe(5)
  })

  const isUnsubscribable = async ({ email }: Person) => {
    const mail = await lastTo(email)
    const { 'list-unsubscribe': url, 'list-unsubscribe-post': post } = mail.headers
    if (url === undefined) {
      expect(post).toBeUndefined()
      expect(mail.html).not.toContain('/v1/pages/mute')
      return false
    }
    expect(url).toMatch(/^<https?:\/\/\S+\/v1\/pages\/mute\?token=\S+>$/)
    expect(post).toBe('List-Unsubscribe=One-Click')
    expect(linkIn(mail, english('footer.mute'))).toBe(url.slice(1, -1))
    return true
  }

  it('offer one-click unsubscription to one of several contacts', async () => {
    const people = [personNamed('Ann'), personNamed('Bob')]
    await receive({ main: people })
    expect(await Promise.all(people.map(isUnsubscribable))).toEqual([true, true])
  })

  it('offer no one-click unsubscription to an only contact', async () => {
    const [ann, muted] = [personNamed('Ann'), personNamed('Bob', { muted: true })]
    await receive({ main: [ann, muted], defaultContacts: [personNamed('Spare')] })
    expect(await isUnsubscribable(ann)).toBe(false)
  })

  it('offer no one-click unsubscription to a customer', async () => {
    const { customer } = await receive()
    expect(await isUnsubscribable(personNamed('It', { email: customer }))).toBe(false)
  })

  it('offer no one-click unsubscription to administrators', async () => {
    const admins = [personNamed('Boss'), personNamed('Chief')]
    const { partner } = await receive({ main: [], defaultContacts: [personNamed('Gone')], admins })
    // Leave no contacts but the administrators.
    const { etag } = await profileOf(partner)
    const params = { region: 'DE' }
    const input = { token: partner.admin, params, ifMatch: etag }
    await call(profileOperations.deactivateProfile, input)
    const { body } = await profileOf(partner)
    const { headline, languages, locations } = body
    await call(profileOperations.putProfile, {
      token: partner.admin,
      params,
      ifMatch: (await profileOf(partner)).etag,
      body: { headline, languages, locations, defaultContacts: [] },
    })
    // Cause a reminder of the earlier referral.
    await advance('P1D')
    for (const admin of admins) {
      expect((await lastTo(admin.email)).tags.kind).toBe('reminder')
      expect(await isUnsubscribable(admin)).toBe(false)
    }
  })
})

describe('the customer gets a mail', () => {
  it('with the colleagues of the partner after an acceptance', async () => {
    const { partner, referralId, customer } = await receive({}, { locale: 'de' })
    const more = { firstName: 'Zoë', lastName: 'Ziel', email: 'zoe@partner.example', phone: '+49 30 9999' }
    const body = { ...acceptance, colleagues: [...acceptance.colleagues, more] }
    await execute(partner, acceptReferral, referralId, body)
    await settle()
    const mail = await lastTo(customer)
    expect(mail.subject).toBe(`${partner.name} hat Ihre Anfrage angenommen`)
    for (const expectedText of ['Key Account', '+49 30 1234', 'key.account@partner.example', 'Zoë Ziel']) {
      expect(mail.text).toContain(expectedText)
      expect(textOf(mail.html)).toContain(expectedText)
    }
    // Data of the partner's deal stays with the partner.
    for (const secret of [acceptance.name, acceptance.notes, acceptance.crmId, '45.000'])
      expect(mail.text.replace(/http\S+/g, '')).not.toContain(secret)
  })

  it('with the location of the partner if nobody of it can be reached or named', async () => {
    const people = { main: [], defaultContacts: [personNamed('Spare')] }
    const { partner, referralId, customer } = await receive(people, { locale: 'en' })
    await execute(partner, acceptReferral, referralId, { ...acceptance, colleagues: [] })
    await settle()
    expect((await lastTo(customer)).text).toContain(
      english('accepted.office', { location: 'The main office' }),
    )
  })

  it('with the new deadline and the reason after an extension', async () => {
    const { partner, referralId, customer } = await receive({}, { locale: 'en' })
    const { body } = await execute(partner, extendReferral, referralId, {
      reason: 'Our ERP team is on leave.',
    })
    await settle()
    const mail = await lastTo(customer)
    expect(mail.subject).toBe(english('extended.subject', { partner: partner.name }))
    expect(mail.text).toContain('> Our ERP team is on leave.')
    const timeZone = 'Europe/Berlin'
    const format = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short', timeZone })
    expect(mail.text).toMatch(new RegExp(`${format.format(new Date(body.respondBy))} CES?T`))
  })

  it('with at most three suggestions, without recipients of the RFI, after a decline and an expiry', async () => {
    // No other test has profiles in this region.
    const region = 'MC'
    const [decliner, silent, ...others] = await Promise.all(
      Array.from({ length: 6 }, () => enroll(undefined, region)),
    )
    if (!decliner || !silent) throw new Error('enroll returned no partner')
    const email = `buyer-${unique()}@customer.example`
    const rfi = await sendRfi([decliner, silent], { email, locale: 'en' })
    await settle()
    const choicesIn = ({ html, text }: Mail) => {
      const choices = linksIn({ html }).filter(({ href }) => href.includes('#'))
      for (const { href } of choices) expect(text).toContain(href)
      return choices
    }
    await execute(decliner, declineReferral, referralOf(rfi, decliner), { reason: 'budget' })
    await settle()
    // The customer is told when the decline can no longer be undone.
    await advance('PT6M')
    const declined = await lastTo(email)
    expect(declined.subject).toBe(english('declined.subject', { partner: decliner.name }))
    await advance('P14D')
    const expired = await lastTo(email)
    expect(expired.subject).toBe(`${silent.name} did not answer in time`)
    for (const mail of [declined, expired]) {
      const choices = choicesIn(mail)
      expect(choices).toHaveLength(3)
      for (const { label, href } of choices) {
        const chosen = others.find(({ profileId }) =>
          href.endsWith(`/v1/pages/request?${query(href)}#${profileId}`),
        )
        expect(label).toBe(`Send my request to ${chosen?.name}`)
        const page = await getPage(href)
        expect(page.status).toBe(200)
        expect(page.html).toContain(`id="${chosen?.profileId}"`)
      }
    }
  })

  const query = (href: string): string => new URL(href).searchParams.toString()
})

describe('contacts get a mail about a withdrawal', () => {
  it('by the customer', async () => {
    const people = [personNamed('Ann'), personNamed('Bob', { locale: 'de' })]
    const received = await receive({ main: people })
    await withdrawAsCustomer(received)
    const [inEnglish, inGerman] = await Promise.all(people.map(({ email }) => lastTo(email)))
    expect(inEnglish?.subject).toBe(english('withdrawn.subject', { company: 'Havelland Getriebe' }))
    expect(inEnglish?.text).toContain('Havelland Getriebe has withdrawn its request')
    expect(inEnglish?.html).not.toContain('/v1/pages/answer')
    expect(inGerman?.subject).toBe(textIn('de', 'withdrawn.subject', { company: 'Havelland Getriebe' }))
  })

  it('by the operator', async () => {
    const ann = personNamed('Ann')
    const { partner, referralId } = await receive({ main: [ann] })
    const { etag } = await get(partner, referralId)
    const input = { token: await tokenOf('operator'), params: { referralId }, ifMatch: etag }
    await call(withdrawReferral, input)
    await settle()
    expect((await lastTo(ann.email)).text).toContain('The partner program has withdrawn the referral')
  })
})

describe('text from users', () => {
  it('is escaped in every mail', async () => {
    const evil = `<img src=x onerror=alert(1)>&lt;"'[a](http://a.example)`
    const ann = personNamed('Ann', { firstName: evil.replace('http://', ''), lastName: '<b>Bold</b>' })
    const boss = personNamed('Boss', { firstName: '<i>Boss</i>' })
    const partner = await enroll(`${evil} ${unique()}`, 'DE', {
      main: [ann, personNamed('B')],
      admins: [boss],
    })
    const { body, etag } = await profileOf(partner)
    const params = { region: 'DE' }
    const [main, branch] = body.locations
    await call(profileOperations.putProfile, {
      token: partner.admin,
      params,
      ifMatch: etag,
      body: {
        headline: evil,
        languages: ['en'],
        defaultContacts: [],
        locations: [{ ...main, name: evil.slice(0, 100), address: { ...main?.address, city: evil } }, branch],
      },
    })
    const email = `buyer-${unique()}@customer.example`
    const rfi = await sendRfi([partner], {
      email,
      company: evil,
      summary: `${evil}\n<script>x</script>\n**b**`,
    })
    await settle()
    await execute(partner, extendReferral, referralOf(rfi, partner), { reason: evil })
    await settle()
    const colleague = { firstName: evil.replace('http://', ''), lastName: '<b>', phone: '+49 30 1234' }
    await execute(partner, acceptReferral, referralOf(rfi, partner), {
      ...acceptance,
      colleagues: [{ ...colleague, email: 'k@partner.example' }],
    })
    await settle()
    const mails = [...(await allMailsTo(ann.email)), ...(await allMailsTo(email))]
    expect(mails.map(({ tags }) => tags.kind)).toEqual([
      'new-referral',
      'you-accepted',
      'receipt',
      'extended',
      'accepted',
    ])
    for (const { html, kind } of mails.map(({ html, tags }) => ({ html, kind: tags.kind }))) {
      expect(html, kind).not.toMatch(/<(img|script|b|i)[\s>]/)
      expect(html, kind).toContain('&lt;img src=x onerror=alert(1)&gt;&amp;lt;&quot;&#39;')
    }
    expect(mails[0]?.subject).toBe(`New referral: ${evil}`)
    expect(mails[0]?.text).toContain('> <script>x</script>')
  })

  it('never adds a recipient or a header', async () => {
    const victim = `victim-${unique()}@victim.example`
    const ann = personNamed('Ann', { firstName: `Ann" <${victim}>, "x`, lastName: `;${victim},` })
    await receive({ main: [ann] }, { company: `A, <${victim}>: B` })
    const mail = await lastTo(ann.email)
    expect([mail.to, await allMailsTo(victim)]).toEqual([[ann.email], []])
    expect(mail.headers.to?.match(/@desk\.example>/g)).toHaveLength(1)
  })

  it('is rejected if a name contains a line break', async () => {
    const bad = personNamed('Ann', { lastName: 'x\r\nBcc: victim@victim.example' })
    const token = await tokenOf('operator')
    const body = { name: 'Partner', admins: [bad] }
    const created = await expectProblem(partnerOperations.createPartner, {
      token,
      body,
      idempotencyKey: randomUUID(),
    })
    expect(created.body.errors?.map(({ pointer }) => pointer)).toEqual(['/admins/0/lastName'])
    const partner = await enroll()
    for (const people of [{ main: [bad] }, { defaultContacts: [bad] }]) {
      const answer = await expectProblem(profileOperations.putProfile, {
        token: partner.admin,
        params: { region: 'DE' },
        ifMatch: (await profileOf(partner)).etag,
        body: profileContent(partner.contactOf, people),
      })
      expect(answer.body.errors?.map(({ pointer }) => pointer.replace(/.*\//, ''))).toEqual(['lastName'])
    }
  })

  it('is normalized to punycode in addresses with international domains', async () => {
    const address = `user-${unique()}`
    const { partner } = await receive({ main: [personNamed('Ann', { email: `${address}@bücher.example` })] })
    const kept = `${address}@xn--bcher-kva.example`
    expect((await profileOf(partner)).body.locations[0]?.contacts[0]?.email).toBe(kept)
    expect(await allMailsTo(kept)).toHaveLength(1)
  })

  it.each(['a@b.example/path', 'a@b.example:25', 'a@b.example?x=1', 'a@b.example#x', 'a b@c.example', 'a@b'])(
    'is rejected as an address if it is %s',
    async email => {
      const partner = await enroll()
      const answer = await expectProblem(profileOperations.putProfile, {
        token: partner.admin,
        params: { region: 'DE' },
        ifMatch: (await profileOf(partner)).etag,
        body: profileContent(partner.contactOf, { main: [personNamed('Ann', { email })] }),
      })
      expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual(['/locations/0/contacts/0/email'])
    },
  )
})

describe('a mail', () => {
  it('is sent once, even if its event is delivered several times', async () => {
    const people = [personNamed('Ann'), personNamed('Bob')]
    const {
      partner: enrolled,
      referralId,
      customer,
    } = await receive({ main: people }, { directContact: true })
    await advance('P4D')
    const partner = await signedIn(enrolled)
    await execute(partner, acceptReferral, referralId, acceptance)
    await settle()
    await settle()
    const count = async () => [...(await mailsTo(...people)), (await allMailsTo(customer)).length]
    expect(await count()).toEqual([3, 3, 2])
    const story = await timelineOf(partner, referralId)
    const events = await eventsOf(partner, referralId)
    expect(events.map(({ type }) => type)).toEqual([
      'referral.received',
      'referral.reminder-due',
      'referral.cooled',
      'referral.accepted',
    ])
    const deliveries = [...events, ...events].map(detail => ({ detail }))
    await enqueue('SendMail', ...deliveries)
    expect(await count()).toEqual([3, 3, 2])
    expect(await timelineOf(partner, referralId)).toEqual(story)
  })
})
