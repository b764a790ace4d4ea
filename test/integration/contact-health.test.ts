/** Contacts that mail does not reach, or who want no more of it: others hear instead, and somebody mends it. */
import { describe, expect, inject, it } from 'vitest'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import type { UnhealthyProfile } from '../../shared/partners/profile/contract.ts'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call, refused } from './client.ts'
import {
  act,
  advance,
  ask,
  behave,
  enqueue,
  enroll,
  everyMailTo,
  get,
  getPage,
  linkIn,
  type Mail,
  mailStory,
  mailsOnTimeline,
  type Partner,
  type People,
  profileContent,
  profileOf,
  referralOf,
  type Somebody,
  settle,
  signedIn,
  somebody,
  submit,
  timelineTypes,
  tokenOf,
  unique,
} from './program.ts'

const { putProfile, confirmContact, listUnhealthyProfiles } = profileOperations

const params = { region: 'DE' }

/** A referral of a partner, once all that follows from it has happened. */
const receive = async (partner: Partner, asking: Parameters<typeof ask>[1] = {}): Promise<string> => {
  const referralId = referralOf(await ask([partner], { locale: 'en', ...asking }), partner)
  await settle()
  return referralId
}

const enrollWith = (people: People): Promise<Partner> => enroll(undefined, 'DE', people)

const kindsTo = async ({ email }: Somebody): Promise<(string | undefined)[]> =>
  (await everyMailTo(email)).map(({ tags }) => tags.kind)

const lastTo = async ({ email }: Pick<Somebody, 'email'>): Promise<Mail> => {
  const mail = (await everyMailTo(email)).at(-1)
  if (!mail) throw new Error(`no mail for ${email}`)
  return mail
}

const warningsOf = async (partner: Partner): Promise<string[]> => {
  const { body } = await profileOf(partner)
  return body.warnings.map(({ email, problem }) => `${email} ${problem}`)
}

const replace = async (partner: Partner, people: People) =>
  call(putProfile, {
    token: partner.admin,
    params,
    ifMatch: (await profileOf(partner)).etag,
    body: profileContent(partner.contactOf, people),
  })

const unhealthy = async (): Promise<UnhealthyProfile[]> => {
  const token = await tokenOf('operator')
  const found: UnhealthyProfile[] = []
  let cursor: string | null = null
  do {
    const query: Record<string, string> = { limit: '3', ...(cursor && { cursor }) }
    const { body }: { body: { items: UnhealthyProfile[]; nextCursor: string | null } } = await call(
      listUnhealthyProfiles,
      { token, query },
    )
    found.push(...body.items)
    cursor = body.nextCursor
  } while (cursor)
  return found
}

/** What SES tells late of mails that it had delivered before, as far as it is known. */
const lateBounce = ({ tags }: Mail) => ({
  detail: {
    eventType: 'Bounce',
    mail: { tags: { mail: [tags.mail] } },
    bounce: { bounceType: 'Permanent', bounceSubType: 'General' },
  },
})

describe('an only contact whose mail comes back', () => {
  it('is flagged; the alert goes on to the default contact, and the administrator is told', async () => {
    const [ann, spare, boss] = [somebody('Ann'), somebody('Spare'), somebody('Boss', { locale: 'de' })]
    await behave(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const { now: before } = await settle()
    const referralId = await receive(partner)
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: bounced',
      'new-referral Spare Person: delivered',
    ])
    expect(await kindsTo(spare)).toEqual(['new-referral'])
    expect(await kindsTo(boss)).toEqual(['contact-failed'])
    const told = await lastTo(boss)
    expect(told.subject).toBe(
      textIn('de', 'contact-failed.subject', { problem: 'bounced', address: ann.email }),
    )
    expect(told.text).toContain('Ann Person')
    const { body } = await profileOf(partner)
    expect(body.warnings).toEqual([
      { email: ann.email, problem: 'bounced', since: expect.stringMatching(/^\d{4}-.*Z$/) },
    ])
    expect((body.warnings[0]?.since ?? '') >= before).toBe(true)
    expect((await call(profileOperations.listProfiles, { token: partner.admin })).body.items).toEqual([body])
    // The referral itself is as it was.
    expect((await get(partner, referralId)).etag).toBe('"1"')
    expect(await timelineTypes(partner, referralId)).toEqual(['referral.received'])

    await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral'])
    expect(await kindsTo(spare)).toEqual(['new-referral', 'new-referral'])
    expect(await kindsTo(boss)).toEqual(['contact-failed'])
  })

  it('and the default contact’s too: the administrators get it', async () => {
    const [ann, spare, boss] = [somebody('Ann'), somebody('Spare'), somebody('Boss')]
    for (const { email } of [ann, spare]) await behave(email, 'bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const referralId = await receive(partner)
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: bounced',
      'new-referral Boss Person: delivered',
      'new-referral Spare Person: bounced',
    ])
    expect((await kindsTo(boss)).toSorted()).toEqual(['contact-failed', 'contact-failed', 'new-referral'])
    expect((await warningsOf(partner)).toSorted()).toEqual(
      [`${ann.email} bounced`, `${spare.email} bounced`].toSorted(),
    )
  })

  it('and everybody’s: nobody is written to in vain again, and nothing breaks', async () => {
    const [ann, boss] = [somebody('Ann'), somebody('Boss')]
    for (const { email } of [ann, boss]) await behave(email, 'bounce')
    const partner = await enrollWith({ main: [ann], branch: [], defaultContacts: [ann], admins: [boss] })
    await receive(partner)
    const before = [await kindsTo(ann), await kindsTo(boss)]
    const referralId = await receive(partner)
    expect(await mailStory(partner, referralId)).toEqual([])
    expect([await kindsTo(ann), await kindsTo(boss)]).toEqual(before)
    expect(await warningsOf(partner)).toHaveLength(2)
  })

  it('only after others were sent there too: each of them goes on', async () => {
    const [ann, spare] = [somebody('Ann'), somebody('Spare')]
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const referrals = [await receive(partner), await receive(partner), await receive(partner)]
    const mails = await everyMailTo(ann.email)
    expect(mails).toHaveLength(3)
    await enqueue('RecordMailFeedback', ...mails.map(lateBounce))
    for (const referralId of referrals)
      expect((await mailStory(partner, referralId)).toSorted()).toEqual([
        'new-referral Ann Person: bounced',
        'new-referral Spare Person: delivered',
      ])
    expect(await warningsOf(partner)).toEqual([`${ann.email} bounced`])
  })

  it('is told of once, however often the news comes', async () => {
    const [ann, spare, boss] = [somebody('Ann'), somebody('Spare'), somebody('Boss')]
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const referralId = await receive(partner)
    const news = lateBounce(await lastTo(ann))
    await enqueue('RecordMailFeedback', news, news, news)
    await enqueue('RecordMailFeedback', news, { detail: { ...news.detail, eventType: 'Delivery' } })
    expect(await kindsTo(spare)).toEqual(['new-referral'])
    expect(await kindsTo(boss)).toEqual(['contact-failed'])
    expect((await mailStory(partner, referralId))[0]).toMatch(/bounced|delivered/)
    expect(await mailStory(partner, referralId)).toContain('new-referral Ann Person: bounced')
  })

  it('after the referral was answered: nobody else is bothered with it', async () => {
    const [ann, spare] = [somebody('Ann'), somebody('Spare')]
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const referralId = await receive(partner)
    await act(partner, referralOperations.declineReferral, referralId, { reason: 'budget' })
    await enqueue('RecordMailFeedback', lateBounce(await lastTo(ann)))
    expect(await kindsTo(spare)).toEqual([])
    expect(await warningsOf(partner)).toEqual([`${ann.email} bounced`])
  })

  it('among others leaves it to them, who have it already', async () => {
    const [ann, bob, spare] = [somebody('Ann'), somebody('Bob'), somebody('Spare')]
    await behave(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann, bob], defaultContacts: [spare] })
    await receive(partner)
    await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral'])
    expect(await kindsTo(bob)).toEqual(['new-referral', 'new-referral'])
    expect(await kindsTo(spare)).toEqual([])
  })
})

describe('what is wrong with contacts', () => {
  it('is on the operator’s list, until the profile has another address', async () => {
    const ann = somebody('Ann')
    await behave(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann] })
    await receive(partner)
    const { body } = await profileOf(partner)
    const listed = (await unhealthy()).filter(({ partnerId }) => partnerId === partner.id)
    expect(listed).toEqual([
      {
        profileId: partner.profileId,
        partnerId: partner.id,
        name: partner.name,
        region: 'DE',
        status: 'active',
        warnings: body.warnings,
      },
    ])
    expect((await refused(listUnhealthyProfiles, { token: partner.admin })).status).toBe(403)

    const mended = { ...ann, email: `right-${ann.email}` }
    expect((await replace(partner, { main: [mended] })).body.warnings).toEqual([])
    expect(await warningsOf(partner)).toEqual([])
    expect((await unhealthy()).map(({ partnerId }) => partnerId)).not.toContain(partner.id)
    await receive(partner)
    expect(await kindsTo(mended)).toEqual(['new-referral'])
    // What was forgotten stays so when the old address comes back.
    await replace(partner, { main: [ann] })
    expect(await warningsOf(partner)).toEqual([])
  })

  it('changes the profile’s ETag, so that nobody overwrites what they have not seen', async () => {
    const ann = somebody('Ann')
    const partner = await enrollWith({ main: [ann] })
    const { etag } = await profileOf(partner)
    await behave(ann.email, 'bounce')
    await receive(partner)
    const body = profileContent(partner.contactOf, { main: [ann] })
    const stale = await refused(putProfile, { token: partner.admin, params, ifMatch: etag, body })
    expect(stale.body).toMatchObject({ code: 'stale-version', current: { warnings: [{ email: ann.email }] } })
  })

  it('stays known while the address stays', async () => {
    const ann = somebody('Ann')
    await behave(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann] })
    await receive(partner)
    const upper = { ...ann, email: ann.email.replace(/^[^@]*/, name => name.toUpperCase()) }
    await replace(partner, { main: [], defaultContacts: [upper] })
    expect(await warningsOf(partner)).toEqual([`${upper.email} bounced`])
  })

  it('is forgotten once an administrator vouches for the address', async () => {
    const [ann, spare] = [somebody('Ann'), somebody('Spare')]
    await behave(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    await receive(partner)
    await behave(ann.email, 'deliver')
    const confirm = (email: string) => ({ token: partner.admin, params, body: { email } })
    const { body, etag } = await call(confirmContact, confirm(ann.email.toUpperCase()))
    expect(body.warnings).toEqual([])
    expect([(await profileOf(partner)).body, (await profileOf(partner)).etag]).toEqual([body, etag])
    expect((await call(confirmContact, confirm(ann.email))).etag).toBe(etag)
    expect((await unhealthy()).map(({ partnerId }) => partnerId)).not.toContain(partner.id)
    await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral', 'new-referral'])
    expect(await kindsTo(spare)).toEqual(['new-referral'])

    const unknown = await refused(confirmContact, confirm('nobody@desk.example'))
    expect(unknown.body).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/email' }] })
    expect((await refused(confirmContact, { ...confirm(ann.email), token: partner.user })).status).toBe(403)
  })

  it('is one partner’s own', async () => {
    const ann = somebody('Ann')
    const [one, other] = [await enrollWith({ main: [ann] }), await enrollWith({ main: [ann] })]
    await behave(ann.email, 'bounce')
    await receive(one)
    await behave(ann.email, 'deliver')
    expect(await warningsOf(other)).toEqual([])
    await receive(other)
    expect(await kindsTo(ann)).toEqual(['new-referral', 'new-referral'])
  })

  it('includes administrators, and the others among them are told', async () => {
    const [ann, boss, chief] = [somebody('Ann'), somebody('Boss'), somebody('Chief')]
    for (const { email } of [ann, boss]) await behave(email, 'bounce')
    const partner = await enrollWith({ main: [ann], admins: [boss, chief] })
    await receive(partner)
    expect((await warningsOf(partner)).toSorted()).toEqual(
      [`${ann.email} bounced`, `${boss.email} bounced`].toSorted(),
    )
    const told = (await everyMailTo(chief.email)).map(({ subject }) => subject)
    expect(told).toContain(english('contact-failed.subject', { problem: 'bounced', address: ann.email }))
    expect(told).toContain(english('contact-failed.subject', { problem: 'bounced', address: boss.email }))
    const { etag } = await call(partnerOperations.getOwnPartner, { token: partner.admin })
    await call(partnerOperations.editOwnPartner, {
      token: partner.admin,
      ifMatch: etag,
      body: { admins: [chief] },
    })
    expect(await warningsOf(partner)).toEqual([`${ann.email} bounced`])
  })
})

describe('a contact who complains', () => {
  it('gets no further mail of any kind; others do, and the administrator is told', async () => {
    const [ann, spare, boss] = [somebody('Ann'), somebody('Spare'), somebody('Boss')]
    await behave(ann.email, 'complain')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const referralId = await receive(partner)
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: complained',
      'new-referral Spare Person: delivered',
    ])
    expect(await warningsOf(partner)).toEqual([`${ann.email} complained`])
    expect((await lastTo(boss)).subject).toBe(
      english('contact-failed.subject', { problem: 'complained', address: ann.email }),
    )
    await advance('P1D')
    await receive(await signedIn(partner))
    expect(await kindsTo(ann)).toEqual(['new-referral'])
    expect(await kindsTo(spare)).toEqual(['new-referral', 'reminder', 'new-referral'])
  })
})

describe('a mailbox that is full', () => {
  it('changes nothing', async () => {
    const [ann, spare, boss] = [somebody('Ann'), somebody('Spare'), somebody('Boss')]
    await behave(ann.email, 'soft-bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const before = await profileOf(partner)
    const referralId = await receive(partner)
    expect(await mailStory(partner, referralId)).toEqual(['new-referral Ann Person: sent'])
    expect([await kindsTo(spare), await kindsTo(boss)]).toEqual([[], []])
    expect((await profileOf(partner)).etag).toBe(before.etag)
    await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral', 'new-referral'])
  })
})

describe('an address that no mail can be sent to', () => {
  it('counts as one whose mail comes back', async () => {
    const [ann, spare, boss] = [somebody('Ann'), somebody('Spare'), somebody('Boss')]
    await behave(ann.email, 'refuse')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const referralId = await receive(partner)
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: refused',
      'new-referral Spare Person: delivered',
    ])
    expect(await kindsTo(boss)).toEqual(['contact-failed'])
    expect(await warningsOf(partner)).toEqual([`${ann.email} bounced`])
  })

  it('does not keep the others from their mail', async () => {
    const [ann, bob] = [somebody('Ann'), somebody('Bob')]
    await behave(ann.email, 'refuse')
    const partner = await enrollWith({ main: [ann, bob] })
    await receive(partner)
    expect(await kindsTo(bob)).toEqual(['new-referral'])
  })
})

describe('a customer whose mail comes back', () => {
  it.each(['bounce', 'complain', 'refuse'] as const)(
    'is on the timeline alone, without an address (%s)',
    async does => {
      const [ann, boss] = [somebody('Ann'), somebody('Boss')]
      const email = `buyer-${unique()}@customer.example`
      const partner = await enrollWith({ main: [ann], admins: [boss] })
      const { etag } = await profileOf(partner)
      const referralId = await receive(partner, { email })
      await behave(email, does)
      await act(partner, referralOperations.declineReferral, referralId, { reason: 'budget' })
      await settle()
      const result = { bounce: 'bounced', complain: 'complained', refuse: 'refused' }[does]
      const mails = await mailsOnTimeline(partner, referralId)
      expect(mails.map(({ kind, to, result }) => ({ kind, to, result })).at(-1)).toEqual({
        kind: 'declined',
        to: { role: 'customer' },
        result,
      })
      expect(await kindsTo(boss)).toEqual([])
      expect((await profileOf(partner)).etag).toBe(etag)
    },
  )

  it('who is a partner’s contact as well concerns the customer alone', async () => {
    const ann = somebody('Ann')
    const partner = await enrollWith({ main: [ann] })
    const rfi = await ask([partner], { email: ann.email })
    await settle()
    await behave(ann.email, 'bounce')
    await act(partner, referralOperations.declineReferral, referralOf(rfi, partner), { reason: 'budget' })
    await settle()
    expect(await warningsOf(partner)).toEqual([])
  })
})

describe('a contact who wants no more mails', () => {
  const oneClick = (url: string, body: URLSearchParams | FormData) =>
    fetch(url, { method: 'POST', body, redirect: 'manual' })
  const click = 'List-Unsubscribe'
  const bodies = [
    ['urlencoded', () => new URLSearchParams({ [click]: 'One-Click' })],
    [
      'as multipart/form-data',
      () => {
        const form = new FormData()
        form.set(click, 'One-Click')
        return form
      },
    ],
  ] as const

  it.each(bodies)('is muted by one click (%s); the next mail goes to the others', async (_, body) => {
    const [ann, bob] = [somebody('Ann'), somebody('Bob')]
    const partner = await enrollWith({ main: [ann, bob], defaultContacts: [ann] })
    await receive(partner)
    const url = (await lastTo(ann)).headers['list-unsubscribe']?.slice(1, -1) ?? ''
    const response = await oneClick(url, body())
    expect(response.status).toBe(200)
    expect(await response.text()).toContain(english('mute.done', { address: `<bdi>${ann.email}</bdi>` }))
    const { body: profile, etag } = await profileOf(partner)
    expect(profile.locations[0]?.contacts.map(({ muted }) => muted)).toEqual([true, false])
    expect(profile.defaultContacts.map(({ muted }) => muted)).toEqual([true])
    await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral'])
    expect(await kindsTo(bob)).toEqual(['new-referral', 'new-referral'])
    // Whoever is left cannot be muted.
    expect((await lastTo(bob)).headers['list-unsubscribe']).toBeUndefined()

    expect((await oneClick(url, body())).status).toBe(200)
    expect((await profileOf(partner)).etag).toBe(etag)
  })

  it('is muted by the page’s button too; to look at it changes nothing', async () => {
    const [ann, bob] = [somebody('Ann', { locale: 'de' }), somebody('Bob')]
    const partner = await enrollWith({ main: [ann, bob] })
    await receive(partner)
    const before = await profileOf(partner)
    const url = linkIn(await lastTo(ann), 'Diese E-Mails abbestellen')
    const page = await getPage(url)
    expect([page.status, page.language]).toEqual([200, 'de'])
    expect(page.text).toContain(ann.email)
    await getPage(url)
    expect((await profileOf(partner)).etag).toBe(before.etag)
    const done = await submit(page)
    expect(done.text).toContain(textIn('de', 'mute.done', { address: ann.email }))
    expect((await profileOf(partner)).body.locations[0]?.contacts[0]?.muted).toBe(true)
  })

  it('is muted with all others at once, and then all get it, since nobody else would', async () => {
    const people = [somebody('Ann'), somebody('Bob'), somebody('Cid')]
    const partner = await enrollWith({ main: people })
    await receive(partner)
    const urls = await Promise.all(people.map(async one => linkIn(await lastTo(one), english('footer.mute'))))
    const answers = await Promise.all(urls.map(url => oneClick(url, bodies[0][1]())))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const { body } = await profileOf(partner)
    expect(body.locations[0]?.contacts.map(({ muted }) => muted)).toEqual([true, true, true])
    await receive(partner)
    expect(await Promise.all(people.map(async one => (await kindsTo(one)).length))).toEqual([2, 2, 2])
  })

  it('can be mailed again once an administrator says so', async () => {
    const people = [somebody('Ann'), somebody('Bob')]
    const partner = await enrollWith({ main: people })
    await receive(partner)
    const url = linkIn(await lastTo(people[0] as Somebody), english('footer.mute'))
    await oneClick(url, bodies[0][1]())
    await replace(partner, { main: people })
    await receive(partner)
    expect(await kindsTo(people[0] as Somebody)).toEqual(['new-referral', 'new-referral'])
    // A second click on the same link counts again.
    await oneClick(url, bodies[0][1]())
    expect((await profileOf(partner)).body.locations[0]?.contacts[0]?.muted).toBe(true)
  })

  it('has what they wanted when they are no contact any more, and nobody else is muted', async () => {
    const [ann, bob, cid] = [somebody('Ann'), somebody('Bob'), somebody('Cid')]
    const partner = await enrollWith({ main: [ann, bob] })
    await receive(partner)
    const url = linkIn(await lastTo(ann), english('footer.mute'))
    await replace(partner, { main: [cid, bob] })
    const { etag } = await profileOf(partner)
    expect((await oneClick(url, bodies[0][1]())).status).toBe(200)
    expect((await getPage(url)).status).toBe(404)
    const token = new URL(url).searchParams.get('token') ?? ''
    for (const bad of ['', 'x', token.slice(1), `${token.split('.')[0]}.AAAA`]) {
      const altered = `${inject('url')}/v1/pages/mute?${new URLSearchParams({ token: bad })}`
      expect((await getPage(altered)).status).toBe(404)
      await oneClick(altered, bodies[0][1]())
    }
    expect((await profileOf(partner)).etag).toBe(etag)
  })

  it('is an administrator whose click does what it says, if there is one to click', async () => {
    const [ann, boss, chief] = [somebody('Ann'), somebody('Boss'), somebody('Chief')]
    await behave(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann], admins: [boss, chief] })
    await receive(partner)
    const url = (await lastTo(boss)).headers['list-unsubscribe']?.slice(1, -1)
    if (url) await oneClick(url, bodies[0][1]())
    const before = (await kindsTo(boss)).length
    await receive(partner)
    expect((await kindsTo(boss)).length - before).toBe(url ? 0 : 1)
  })
})

describe('a customer who withdraws', () => {
  it('is heard of by who can be reached', async () => {
    const [ann, spare] = [somebody('Ann'), somebody('Spare')]
    await behave(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const rfi = await ask([partner])
    await settle()
    const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
    const { etag } = await call(rfiOperations.getRfi, input)
    await call(rfiOperations.withdrawRfi, { ...input, ifMatch: etag })
    await settle()
    expect(await kindsTo(ann)).toEqual(['new-referral'])
    expect(await kindsTo(spare)).toEqual(['new-referral', 'withdrawn'])
  })
})
