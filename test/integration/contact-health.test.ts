/**
 * Contacts that mail does not reach, or who muted mails: other contacts get the mail until an administrator solves the
 * problem.
 */
import { describe, expect, inject, it } from 'vitest'
import type { Behaviour } from '../../local/aws/ses/recipients.ts'
import { partnerOperations } from '../../shared/partners/partner/contract.ts'
import type { UnhealthyProfile } from '../../shared/partners/profile/contract.ts'
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
  setMailBehaviour,
  settle,
  signedIn,
  submit,
  timelineTypes,
  tokenOf,
  unique,
} from './program.ts'

const { putProfile, confirmContact, listUnhealthyProfiles } = profileOperations

const params = { region: 'DE' }

/** Creates a referral to the partner and waits for its mails. */
const receive = async (partner: Partner, options: Parameters<typeof sendRfi>[1] = {}): Promise<string> => {
  const referralId = referralOf(await sendRfi([partner], { locale: 'en', ...options }), partner)
  await settle()
  return referralId
}

const enrollWith = (people: People): Promise<Partner> => enroll(undefined, 'DE', people)

const kindsTo = async ({ email }: Person): Promise<(string | undefined)[]> =>
  (await allMailsTo(email)).map(({ tags }) => tags.kind)

const lastTo = async ({ email }: Pick<Person, 'email'>): Promise<Mail> => {
  const mail = (await allMailsTo(email)).at(-1)
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

/** A bounce that SES reports after it has reported the delivery of the mail. */
const lateBounce = ({ tags }: Mail) => ({
  detail: {
    eventType: 'Bounce',
    mail: { tags: { mail: [tags.mail] } },
    bounce: { bounceType: 'Permanent', bounceSubType: 'General' },
  },
})

describe('a bouncing contact', () => {
  it('is flagged; the default contact gets the mail, and the administrator is informed', async () => {
    const [ann, spare, boss] = [
      personNamed('Ann'),
      personNamed('Spare'),
      personNamed('Boss', { locale: 'de' }),
    ]
    await setMailBehaviour(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const { now: before } = await settle()
    const referralId = await receive(partner)
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: bounced',
      'new-referral Spare Person: delivered',
    ])
    expect(await kindsTo(spare)).toEqual(['new-referral'])
    expect(await kindsTo(boss)).toEqual(['contact-failed'])
    const lastMail = await lastTo(boss)
    expect(lastMail.subject).toBe(
      textIn('de', 'contact-failed.subject', { problem: 'bounced', address: ann.email }),
    )
    expect(lastMail.text).toContain('Ann Person')
    const { body } = await profileOf(partner)
    expect(body.warnings).toEqual([
      { email: ann.email, problem: 'bounced', since: expect.stringMatching(/^\d{4}-.*Z$/) },
    ])
    expect((body.warnings[0]?.since ?? '') >= before).toBe(true)
    expect((await call(profileOperations.listProfiles, { token: partner.admin })).body.items).toEqual([body])
    // The referral itself is unchanged.
    expect((await get(partner, referralId)).etag).toMatch(/^"1\./)
    expect(await timelineTypes(partner, referralId)).toEqual(['referral.received'])

    await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral'])
    expect(await kindsTo(spare)).toEqual(['new-referral', 'new-referral'])
    expect(await kindsTo(boss)).toEqual(['contact-failed'])
  })

  it('is replaced by the administrators if the default contact bounces too', async () => {
    const [ann, spare, boss] = [personNamed('Ann'), personNamed('Spare'), personNamed('Boss')]
    for (const { email } of [ann, spare]) await setMailBehaviour(email, 'bounce')
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

  it('causes no mails and no errors for further referrals if no contact is reachable', async () => {
    const [ann, boss] = [personNamed('Ann'), personNamed('Boss')]
    for (const { email } of [ann, boss]) await setMailBehaviour(email, 'bounce')
    const partner = await enrollWith({ main: [ann], branch: [], defaultContacts: [ann], admins: [boss] })
    await receive(partner)
    const before = [await kindsTo(ann), await kindsTo(boss)]
    const referralId = await receive(partner)
    expect(await mailStory(partner, referralId)).toEqual([])
    expect([await kindsTo(ann), await kindsTo(boss)]).toEqual(before)
    expect(await warningsOf(partner)).toHaveLength(2)
  })

  it('is replaced by the next contact, who gets each of its earlier mails', async () => {
    const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const referrals = [await receive(partner), await receive(partner), await receive(partner)]
    const mails = await allMailsTo(ann.email)
    expect(mails).toHaveLength(3)
    await enqueue('RecordMailFeedback', ...mails.map(lateBounce))
    for (const referralId of referrals)
      expect((await mailStory(partner, referralId)).toSorted()).toEqual([
        'new-referral Ann Person: bounced',
        'new-referral Spare Person: delivered',
      ])
    expect(await warningsOf(partner)).toEqual([`${ann.email} bounced`])
  })

  it('is reported once, even when SES reports the bounce several times', async () => {
    const [ann, spare, boss] = [personNamed('Ann'), personNamed('Spare'), personNamed('Boss')]
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

  it('is not replaced for a referral that is already answered', async () => {
    const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const referralId = await receive(partner)
    await execute(partner, referralOperations.declineReferral, referralId, { reason: 'budget' })
    await enqueue('RecordMailFeedback', lateBounce(await lastTo(ann)))
    expect(await kindsTo(spare)).toEqual([])
    expect(await warningsOf(partner)).toEqual([`${ann.email} bounced`])
  })

  it('is not replaced if other contacts of the location have the mail', async () => {
    const [ann, bob, spare] = [personNamed('Ann'), personNamed('Bob'), personNamed('Spare')]
    await setMailBehaviour(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann, bob], defaultContacts: [spare] })
    await receive(partner)
    await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral'])
    expect(await kindsTo(bob)).toEqual(['new-referral', 'new-referral'])
    expect(await kindsTo(spare)).toEqual([])
  })
})

describe('the problems of contacts', () => {
  it('are listed for the operator until the profile has another address', async () => {
    const ann = personNamed('Ann')
    await setMailBehaviour(ann.email, 'bounce')
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
    expect((await expectProblem(listUnhealthyProfiles, { token: partner.admin })).status).toBe(403)

    const mended = { ...ann, email: `right-${ann.email}` }
    expect((await replace(partner, { main: [mended] })).body.warnings).toEqual([])
    expect(await warningsOf(partner)).toEqual([])
    expect((await unhealthy()).map(({ partnerId }) => partnerId)).not.toContain(partner.id)
    await receive(partner)
    expect(await kindsTo(mended)).toEqual(['new-referral'])
    // Problems of addresses that were removed do not come back with the address.
    await replace(partner, { main: [ann] })
    expect(await warningsOf(partner)).toEqual([])
  })

  it('change the ETag of the profile, so that a stale put is rejected', async () => {
    const ann = personNamed('Ann')
    const partner = await enrollWith({ main: [ann] })
    const { etag } = await profileOf(partner)
    await setMailBehaviour(ann.email, 'bounce')
    await receive(partner)
    const body = profileContent(partner.contactOf, { main: [ann] })
    const stale = await expectProblem(putProfile, { token: partner.admin, params, ifMatch: etag, body })
    expect(stale.body).toMatchObject({ code: 'stale-version', current: { warnings: [{ email: ann.email }] } })
  })

  it('stay while the profile uses the address anywhere', async () => {
    const ann = personNamed('Ann')
    await setMailBehaviour(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann] })
    await receive(partner)
    const upper = { ...ann, email: ann.email.replace(/^[^@]*/, name => name.toUpperCase()) }
    await replace(partner, { main: [], defaultContacts: [upper] })
    expect(await warningsOf(partner)).toEqual([`${upper.email} bounced`])
  })

  it('are removed when an administrator confirms the address', async () => {
    const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
    await setMailBehaviour(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    await receive(partner)
    await setMailBehaviour(ann.email, 'deliver')
    const confirm = (email: string) => ({ token: partner.admin, params, body: { email } })
    const { body, etag } = await call(confirmContact, confirm(ann.email.toUpperCase()))
    expect(body.warnings).toEqual([])
    expect([(await profileOf(partner)).body, (await profileOf(partner)).etag]).toEqual([body, etag])
    expect((await call(confirmContact, confirm(ann.email))).etag).toBe(etag)
    expect((await unhealthy()).map(({ partnerId }) => partnerId)).not.toContain(partner.id)
    await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral', 'new-referral'])
    expect(await kindsTo(spare)).toEqual(['new-referral'])

    const unknown = await expectProblem(confirmContact, confirm('nobody@desk.example'))
    expect(unknown.body).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/email' }] })
    expect((await expectProblem(confirmContact, { ...confirm(ann.email), token: partner.user })).status).toBe(
      403,
    )
  })

  it('are separate for each partner', async () => {
    const ann = personNamed('Ann')
    const [one, other] = [await enrollWith({ main: [ann] }), await enrollWith({ main: [ann] })]
    await setMailBehaviour(ann.email, 'bounce')
    await receive(one)
    await setMailBehaviour(ann.email, 'deliver')
    expect(await warningsOf(other)).toEqual([])
    await receive(other)
    expect(await kindsTo(ann)).toEqual(['new-referral', 'new-referral'])
  })

  it('include administrators, and the other administrators are informed', async () => {
    const [ann, boss, chief] = [personNamed('Ann'), personNamed('Boss'), personNamed('Chief')]
    for (const { email } of [ann, boss]) await setMailBehaviour(email, 'bounce')
    const partner = await enrollWith({ main: [ann], admins: [boss, chief] })
    await receive(partner)
    expect((await warningsOf(partner)).toSorted()).toEqual(
      [`${ann.email} bounced`, `${boss.email} bounced`].toSorted(),
    )
    const subjects = (await allMailsTo(chief.email)).map(({ subject }) => subject)
    expect(subjects).toContain(english('contact-failed.subject', { problem: 'bounced', address: ann.email }))
    expect(subjects).toContain(english('contact-failed.subject', { problem: 'bounced', address: boss.email }))
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
  it('gets no further mails; other contacts do, and the administrator is informed', async () => {
    const [ann, spare, boss] = [personNamed('Ann'), personNamed('Spare'), personNamed('Boss')]
    await setMailBehaviour(ann.email, 'complain')
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

describe('a temporary bounce', () => {
  it('passes the mail on to the next contact, and the contact gets other mails', async () => {
    const [ann, spare, boss] = [personNamed('Ann'), personNamed('Spare'), personNamed('Boss')]
    await setMailBehaviour(ann.email, 'soft-bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const referralId = await receive(partner)
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: bounced-temporarily',
      'new-referral Spare Person: delivered',
    ])
    expect(await kindsTo(boss)).toEqual([])
    expect(await warningsOf(partner)).toEqual([])
    expect((await unhealthy()).map(({ partnerId }) => partnerId)).not.toContain(partner.id)

    await setMailBehaviour(ann.email, 'deliver')
    const other = await receive(partner)
    expect(await mailStory(partner, other)).toEqual(['new-referral Ann Person: delivered'])
  })

  it('is a permanent problem after the third in a row, and the administrator is informed once', async () => {
    const [ann, spare, boss] = [personNamed('Ann'), personNamed('Spare'), personNamed('Boss')]
    await setMailBehaviour(ann.email, 'soft-bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    for (let count = 0; count < 4; count++) await receive(partner)
    expect(await kindsTo(ann)).toEqual(['new-referral', 'new-referral', 'new-referral'])
    expect(await kindsTo(spare)).toHaveLength(4)
    expect(await kindsTo(boss)).toEqual(['contact-failed'])
    expect(await warningsOf(partner)).toEqual([`${ann.email} bounced`])
  })

  it('is no problem if it is an automatic reply to a mail that was delivered', async () => {
    const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
    await setMailBehaviour(ann.email, 'out-of-office')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const referralId = await receive(partner)
    // The order of events is not guaranteed. If the reply is processed first, the mail also goes to the next contact.
    expect(await mailStory(partner, referralId)).toContain('new-referral Ann Person: delivered')
    expect(await warningsOf(partner)).toEqual([])
  })
})

describe('a delayed mail', () => {
  it('is passed on if the referral is hot, and its links still work', async () => {
    const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
    await setMailBehaviour(ann.email, 'delay')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const referralId = await receive(partner, { directContact: true })
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: delayed',
      'new-referral Spare Person: delivered',
    ])
    const page = await getPage(linkIn(await lastTo(ann), english('action.accept')))
    expect(page.status).toBe(200)
  })

  it('waits for the retries of SES if the referral is not hot', async () => {
    const ann = personNamed('Ann')
    await setMailBehaviour(ann.email, 'delay')
    const partner = await enrollWith({ main: [ann] })
    expect(await mailStory(partner, await receive(partner))).toEqual(['new-referral Ann Person: sent'])
  })
})

describe('a report that is no complaint', () => {
  it('changes nothing: the contact moved the mail out of the spam folder', async () => {
    const ann = personNamed('Ann')
    await setMailBehaviour(ann.email, 'not-spam')
    const partner = await enrollWith({ main: [ann] })
    expect(await mailStory(partner, await receive(partner))).toEqual(['new-referral Ann Person: delivered'])
    expect(await warningsOf(partner)).toEqual([])
  })
})

describe('an address that SES rejects', () => {
  it('is treated as a bouncing address', async () => {
    const [ann, spare, boss] = [personNamed('Ann'), personNamed('Spare'), personNamed('Boss')]
    await setMailBehaviour(ann.email, 'refuse')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
    const referralId = await receive(partner)
    expect((await mailStory(partner, referralId)).toSorted()).toEqual([
      'new-referral Ann Person: refused',
      'new-referral Spare Person: delivered',
    ])
    expect(await kindsTo(boss)).toEqual(['contact-failed'])
    expect(await warningsOf(partner)).toEqual([`${ann.email} bounced`])
  })

  it('does not prevent mails to the other contacts', async () => {
    const [ann, bob] = [personNamed('Ann'), personNamed('Bob')]
    await setMailBehaviour(ann.email, 'refuse')
    const partner = await enrollWith({ main: [ann, bob] })
    await receive(partner)
    expect(await kindsTo(bob)).toEqual(['new-referral'])
  })
})

/** Time after which a decline is final, and the customer is told. */
const undoTime = 'PT6M'

describe('a bouncing customer', () => {
  it.each(['bounce', 'complain', 'refuse'] as const)(
    'appears only on the timeline, without an address (%s)',
    async does => {
      const [ann, boss] = [personNamed('Ann'), personNamed('Boss')]
      const email = `buyer-${unique()}@customer.example`
      const partner = await enrollWith({ main: [ann], admins: [boss] })
      const { etag } = await profileOf(partner)
      const referralId = await receive(partner, { email })
      await setMailBehaviour(email, does)
      await execute(partner, referralOperations.declineReferral, referralId, { reason: 'budget' })
      await advance(undoTime)
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

  it('causes no warning, even if the customer is also a contact of the partner', async () => {
    const ann = personNamed('Ann')
    const partner = await enrollWith({ main: [ann] })
    const rfi = await sendRfi([partner], { email: ann.email })
    await settle()
    await setMailBehaviour(ann.email, 'bounce')
    await execute(partner, referralOperations.declineReferral, referralOf(rfi, partner), { reason: 'budget' })
    await advance(undoTime)
    expect(await warningsOf(partner)).toEqual([])
  })
})

describe('a customer whose address does not work', () => {
  interface Sent {
    readonly partner: Partner
    readonly referralId: string
    readonly rfi: CreatedRfi
    readonly email: string
    readonly contact: Person
  }

  /** Creates an RFI whose receipt does not arrive. */
  const sendToDeadAddress = async (does: Behaviour = 'bounce', directContact = false): Promise<Sent> => {
    const contact = personNamed('Ann')
    const email = `buyer-${unique()}@customer.example`
    await setMailBehaviour(email, does)
    const partner = await enrollWith({ main: [contact] })
    const rfi = await sendRfi([partner], { email, locale: 'en', directContact })
    await settle()
    return { partner, rfi, referralId: referralOf(rfi, partner), email, contact }
  }

  const inputOf = ({ rfi }: Sent) => ({ token: rfi.trackingToken, params: { rfiId: rfi.id } })
  const readRfi = (sent: Sent) => call(rfiOperations.getRfi, inputOf(sent))
  const statusOf = async ({ partner, referralId }: Sent) =>
    (await get(partner, referralId)).body.customer?.emailStatus
  const correct = async (sent: Sent, email: string) =>
    call(rfiOperations.correctAddress, {
      ...inputOf(sent),
      ifMatch: (await readRfi(sent)).etag,
      body: { email },
    })
  const pageOf = ({ rfi }: Sent) =>
    getPage(`${inject('url')}/v1/pages/request?token=${encodeURIComponent(rfi.trackingToken)}`)

  it('is reachable after a delivery', async () => {
    const sent = await sendToDeadAddress('deliver')
    expect(await statusOf(sent)).toBe('reachable')
    expect((await readRfi(sent)).body.customer).toMatchObject({ emailStatus: 'reachable' })
    expect(await kindsTo(sent.contact)).toEqual(['new-referral'])
  })

  it.each(['bounce', 'complain', 'refuse'] as const)(
    'is shown to partner, operator and customer, and the contacts are told once (%s)',
    async does => {
      const sent = await sendToDeadAddress(does)
      const { partner, referralId, rfi, contact, email } = sent
      expect(await statusOf(sent)).toBe('unreachable')
      expect((await readRfi(sent)).body.customer).toMatchObject({ emailStatus: 'unreachable' })
      const operator = { token: await tokenOf('operator'), params: { rfiId: rfi.id } }
      const { body } = await call(rfiOperations.getRfiByOperator, operator)
      expect(body.customer).toMatchObject({ emailStatus: 'unreachable' })
      expect((await kindsTo(contact)).toSorted()).toEqual(['customer-unreachable', 'new-referral'])
      const news = (await allMailsTo(contact.email)).find(({ tags }) => tags.kind === 'customer-unreachable')
      expect(news?.subject).toBe(
        english('customer-unreachable.subject', { company: 'Havelland Getriebe', phone: 'page' }),
      )
      expect(news?.text).not.toContain(email)
      const page = await getPage(linkIn(news, english('contact.show')))
      expect(page.text).toContain(english('contact.unreachable'))
      expect(page.text).not.toContain('we tell the customer')
      expect(await mailStory(partner, referralId)).toContain('customer-unreachable Ann Person: delivered')

      // Further mails bounce too, which changes nothing.
      await execute(partner, referralOperations.acceptReferral, referralId, acceptance)
      await settle()
      expect((await kindsTo(contact)).filter(kind => kind === 'customer-unreachable')).toHaveLength(1)
      const all = await allMailsTo(contact.email)
      const accepted = all.find(({ tags }) => tags.kind === 'you-accepted')
      expect(accepted?.text).toContain(english('contact.unreachable'))
      expect(accepted?.text).not.toContain(email)
      expect(accepted?.text).not.toContain(english('you-accepted.next'))
    },
  )

  it('is called if the referral is hot: the mail has the telephone number', async () => {
    const { contact } = await sendToDeadAddress('bounce', true)
    const news = (await allMailsTo(contact.email)).find(({ tags }) => tags.kind === 'customer-unreachable')
    expect(news?.text).toContain('+49 331 000000')
  })

  it('makes a decline because of it neutral', async () => {
    const [dead, alive] = [await sendToDeadAddress(), await sendToDeadAddress('deliver')]
    for (const { partner, referralId } of [dead, alive])
      await execute(partner, referralOperations.declineReferral, referralId, {
        reason: 'customer-unreachable',
      })
    const neutral = async ({ partner, referralId }: Sent) =>
      (await eventsOf(partner, referralId)).flatMap(({ type, data }) =>
        type === 'referral.declined' && 'neutral' in data ? [data.neutral] : [],
      )
    expect(await neutral(dead)).toEqual([true])
    expect(await neutral(alive)).toEqual([false])
  })

  it('is passed on like other mail if a contact cannot be reached either', async () => {
    const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
    const email = `buyer-${unique()}@customer.example`
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const rfi = await sendRfi([partner], { email, locale: 'en' })
    await settle()
    for (const address of [email, ann.email]) await setMailBehaviour(address, 'bounce')
    const referralId = referralOf(rfi, partner)
    await execute(partner, referralOperations.extendReferral, referralId, { reason: 'We need a site visit.' })
    await settle()
    expect(await mailStory(partner, referralId)).toContain('customer-unreachable Ann Person: bounced')
    expect(await kindsTo(spare)).toEqual(['customer-unreachable'])
  })

  it('is corrected on the page of the request; the receipt goes to the new address', async () => {
    const sent = await sendToDeadAddress()
    const { partner, referralId, contact } = sent
    const email = `right-${unique()}@customer.example`
    const wrong = await submit(await pageOf(sent), { email: 'buyer@' }, english('request.address.save'))
    expect(wrong.text).toContain(english('request.address.invalid'))
    const saved = await submit(await pageOf(sent), { email }, english('request.address.save'))
    expect(saved.text).toContain(english('request.address.saved'))
    expect(saved.forms.map(({ button }) => button)).not.toContain(english('request.address.save'))
    await settle()
    const [receipt, ...more] = await allMailsTo(email)
    expect(more).toEqual([])
    expect(receipt?.tags.kind).toBe('receipt')
    expect((await getPage(linkIn(receipt, english('follow')))).status).toBe(200)
    expect(await statusOf(sent)).toBe('reachable')
    expect((await kindsTo(contact)).toSorted()).toEqual([
      'address-corrected',
      'customer-unreachable',
      'new-referral',
    ])
    await execute(partner, referralOperations.acceptReferral, referralId, acceptance)
    expect((await get(partner, referralId)).body.customer?.contact?.email).toBe(email)
    await settle()
    expect((await allMailsTo(email)).map(({ tags }) => tags.kind)).toEqual(['receipt', 'accepted'])
  })

  it('is corrected after a win was reported: the receipt tells the missed news and asks about the win', async () => {
    const sent = await sendToDeadAddress()
    const { partner, referralId } = sent
    await execute(partner, referralOperations.acceptReferral, referralId, acceptance)
    await execute(partner, referralOperations.closeReferral, referralId, { result: 'won' })
    await advance(undoTime)
    const email = `right-${unique()}@customer.example`
    await correct(sent, email)
    await settle()
    const [receipt] = await allMailsTo(email)
    expect(receipt?.text).toContain('reports that you have bought from this partner. Is that right?')
    expect(receipt?.text).toContain(english('win-question.why'))
    const page = await getPage(linkIn(receipt, english('follow')))
    expect(page.forms.map(({ button }) => button)).toContain(english('request.win.no'))
  })

  it('is corrected by the API once, under the ETag, and only after a bounce', async () => {
    const sent = await sendToDeadAddress()
    const email = `right-${unique()}@customer.example`
    const { etag } = await readRfi(sent)
    const stale = { ...inputOf(sent), ifMatch: '"1"', body: { email } }
    expect((await expectProblem(rfiOperations.correctAddress, stale)).status).toBe(412)
    const invalid = { ...inputOf(sent), ifMatch: etag, body: { email: 'nobody' } }
    expect((await expectProblem(rfiOperations.correctAddress, invalid)).status).toBe(400)
    const { body } = await correct(sent, email)
    expect(body.customer).toMatchObject({ emailStatus: 'unknown' })
    await settle()
    // A repeated request returns the RFI for any version.
    const repeated = { ...inputOf(sent), ifMatch: etag, body: { email } }
    expect((await call(rfiOperations.correctAddress, repeated)).body.customer).toMatchObject({
      emailStatus: 'reachable',
    })
    await settle()
    expect(await allMailsTo(email)).toHaveLength(1)
    const problem = await expectProblem(rfiOperations.correctAddress, {
      ...inputOf(sent),
      ifMatch: (await readRfi(sent)).etag,
      body: { email: `other-${unique()}@customer.example` },
    })
    expect(problem.status).toBe(409)
    expect(JSON.stringify(problem.body)).toContain('address-not-unreachable')
  })

  it('can be wrong again', async () => {
    const sent = await sendToDeadAddress()
    const email = `also-wrong-${unique()}@customer.example`
    await setMailBehaviour(email, 'bounce')
    await correct(sent, email)
    await settle()
    expect(await statusOf(sent)).toBe('unreachable')
    expect((await kindsTo(sent.contact)).filter(kind => kind === 'customer-unreachable')).toHaveLength(2)
  })
})

describe('a contact who mutes mails', () => {
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

  it.each(bodies)(
    'is muted by one-click unsubscription (%s), and the next mail goes only to the others',
    async (_, body) => {
      const [ann, bob] = [personNamed('Ann'), personNamed('Bob')]
      const partner = await enrollWith({ main: [ann, bob], defaultContacts: [ann] })
      await receive(partner)
      const url = (await lastTo(ann)).headers['list-unsubscribe']?.slice(1, -1) ?? ''
      const response = await oneClick(url, body())
      expect(response.status).toBe(200)
      expect(await response.text()).toContain(
        english('mute.done', { address: `<span dir="auto">${ann.email}</span>` }),
      )
      const { body: profile, etag } = await profileOf(partner)
      expect(profile.locations[0]?.contacts.map(({ muted }) => muted)).toEqual([true, false])
      expect(profile.defaultContacts.map(({ muted }) => muted)).toEqual([true])
      await receive(partner)
      expect(await kindsTo(ann)).toEqual(['new-referral'])
      expect(await kindsTo(bob)).toEqual(['new-referral', 'new-referral'])
      // The only remaining contact cannot mute mails.
      expect((await lastTo(bob)).headers['list-unsubscribe']).toBeUndefined()

      expect((await oneClick(url, body())).status).toBe(200)
      expect((await profileOf(partner)).etag).toBe(etag)
    },
  )

  it('is muted by the button on the page; opening the page changes nothing', async () => {
    const [ann, bob] = [personNamed('Ann', { locale: 'de' }), personNamed('Bob')]
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

  it('gets mails again when all contacts are muted', async () => {
    const people = [personNamed('Ann'), personNamed('Bob'), personNamed('Cid')]
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

  it('gets mails again after an administrator has put the profile', async () => {
    const people = [personNamed('Ann'), personNamed('Bob')]
    const partner = await enrollWith({ main: people })
    await receive(partner)
    const url = linkIn(await lastTo(people[0] as Person), english('footer.mute'))
    await oneClick(url, bodies[0][1]())
    await replace(partner, { main: people })
    await receive(partner)
    expect(await kindsTo(people[0] as Person)).toEqual(['new-referral', 'new-referral'])
    // A second use of the same link mutes again.
    await oneClick(url, bodies[0][1]())
    expect((await profileOf(partner)).body.locations[0]?.contacts[0]?.muted).toBe(true)
  })

  it('gets a success response after removal from the profile, and no other contact is muted', async () => {
    const [ann, bob, cid] = [personNamed('Ann'), personNamed('Bob'), personNamed('Cid')]
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

  it('gets no more mails as an administrator, if the mail has a link to mute', async () => {
    const [ann, boss, chief] = [personNamed('Ann'), personNamed('Boss'), personNamed('Chief')]
    await setMailBehaviour(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann], admins: [boss, chief] })
    await receive(partner)
    const url = (await lastTo(boss)).headers['list-unsubscribe']?.slice(1, -1)
    if (url) await oneClick(url, bodies[0][1]())
    const before = (await kindsTo(boss)).length
    await receive(partner)
    expect((await kindsTo(boss)).length - before).toBe(url ? 0 : 1)
  })
})

describe('a withdrawal by the customer', () => {
  it('is mailed to reachable contacts only', async () => {
    const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
    await setMailBehaviour(ann.email, 'bounce')
    const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
    const rfi = await sendRfi([partner])
    await settle()
    const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
    const { etag } = await call(rfiOperations.getRfi, input)
    await call(rfiOperations.withdrawRfi, { ...input, ifMatch: etag })
    await settle()
    expect(await kindsTo(ann)).toEqual(['new-referral'])
    expect(await kindsTo(spare)).toEqual(['new-referral', 'withdrawn'])
  })
})
