/** Digests: mails beyond the daily number of a contact wait for one mail at the end of the day. */
import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  advance,
  allMailsTo,
  enqueue,
  enroll,
  eventsOf,
  execute,
  linkIn,
  type Mail,
  mailStory,
  type Partner,
  type People,
  type Person,
  personNamed,
  postForm,
  profileContent,
  profileOf,
  referralOf,
  rfiBody,
  sendRfi,
  setMailBehaviour,
  settle,
  signedIn,
  textOf,
  tokenOf,
  withPolicy,
} from './program.ts'

const { declineReferral } = referralOperations

/** Starts each test at 20:00 UTC, four hours before the end of the day. */
beforeEach(async () => {
  const { now } = await settle()
  const evening = Date.parse(`${now.slice(0, 10)}T20:00:00Z`)
  const dayMs = 86_400_000
  const ms = (((evening - Date.parse(now)) % dayMs) + dayMs) % dayMs
  await advance(`PT${Math.ceil(ms / 1000) + 1}S`)
})

const advanceToNextDay = () => advance('PT5H30M')

interface Received {
  readonly rfi: CreatedRfi
  readonly referralId: string
}

/** Creates one referral for each company name, in order. */
const receive = async (partner: Partner, ...companies: string[]): Promise<Received[]> => {
  const received: Received[] = []
  for (const company of companies) {
    const rfi = await sendRfi([partner], { company })
    await settle()
    received.push({ rfi, referralId: referralOf(rfi, partner) })
  }
  return received
}

/** Causes one piece of news for each company name, in order: a referral that its customer withdraws. */
const withdraw = async (partner: Partner, ...companies: string[]): Promise<Received[]> => {
  const received = await receive(partner, ...companies)
  for (const { rfi } of received) {
    const input = { token: rfi.trackingToken, params: { rfiId: rfi.id } }
    const { etag } = await call(rfiOperations.getRfi, input)
    await call(rfiOperations.withdrawRfi, { ...input, ifMatch: etag })
    await settle()
  }
  return received
}

/** Creates a referral with a deadline before the end of the day. */
const receiveWithShortDeadline = async (partner: Partner, company: string): Promise<string> => {
  const { now } = await settle()
  const respondBy = new Date(Date.parse(now) + 3 * 3_600_000).toISOString()
  const { body } = await call(rfiOperations.createRfiByOperator, {
    token: await tokenOf('operator'),
    body: { ...rfiBody([partner], { company }), source: { channel: 'sales-agent' }, respondBy },
    idempotencyKey: randomUUID(),
  })
  await settle()
  return referralOf(body, partner)
}

const enrollWith = (people: People): Promise<Partner> => enroll(undefined, 'DE', people)

const kindsTo = async ({ email }: Person): Promise<(string | undefined)[]> =>
  (await allMailsTo(email)).map(({ tags }) => tags.kind)

/** Returns the kinds of the mails to a contact, without new referrals, which are always mailed singly. */
const newsTo = async (contact: Person): Promise<(string | undefined)[]> =>
  (await kindsTo(contact)).filter(kind => kind !== 'new-referral')

const digestTo = async ({ email }: Person): Promise<Mail> => {
  const [digest, ...others] = (await allMailsTo(email)).filter(({ tags }) => tags.kind === 'digest')
  expect(others).toEqual([])
  if (!digest) throw new Error(`no digest for ${email}`)
  return digest
}

const linesOf = ({ html }: Mail): string[] =>
  [...html.matchAll(/<li\b[^>]*>(.*?)<\/li>/gs)].map(([, line = '']) => textOf(line))

describe('mails beyond the daily number', () => {
  it('are sent as one digest after the end of the day, in the language of the contact', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const ann = personNamed('Ann', { locale: 'de' })
      const partner = await enrollWith({ main: [ann] })
      const received = await withdraw(partner, 'Eins', 'Zwei', 'Drei & <b>Söhne</b>')
      expect(await newsTo(ann)).toEqual(['withdrawn'])
      const stories = await Promise.all(received.map(({ referralId }) => mailStory(partner, referralId)))
      expect(stories).toEqual([
        ['new-referral Ann Person: delivered', 'withdrawn Ann Person: delivered'],
        ['new-referral Ann Person: delivered', 'withdrawn Ann Person: in-digest'],
        ['new-referral Ann Person: delivered', 'withdrawn Ann Person: in-digest'],
      ])

      await advanceToNextDay()
      expect(await newsTo(ann)).toEqual(['withdrawn', 'digest'])
      const digest = await digestTo(ann)
      expect(digest.subject).toBe(textIn('de', 'digest.subject', { count: 2 }))
      expect(linesOf(digest)).toEqual([
        'Empfehlung zurückgezogen: Zwei.',
        'Empfehlung zurückgezogen: Drei & <b>Söhne</b>.',
      ])
      expect(digest.html).not.toContain('<b>')
      expect(digest.headers['auto-submitted']).toBe('auto-generated')
      expect(digest.text).not.toMatch(/\b(Eins|Answer|Hello)\b/)
    })
  })

  it('appear once in the digest, even when workers run several times', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const ann = personNamed('Ann')
      const partner = await enrollWith({ main: [ann] })
      const [one] = await withdraw(partner, 'One', 'Two')
      const [, event] = await eventsOf(partner, one?.referralId ?? '')
      // A repeated event adds no second mail to the digest.
      await enqueue('SendMail', { detail: event }, { detail: event })
      await enqueue('SendDigests', {})
      expect(await newsTo(ann)).toEqual([])
      await advanceToNextDay()
      expect(linesOf(await digestTo(ann))).toHaveLength(2)
      await enqueue('SendDigests', {}, {})
      await enqueue('SendMail', { detail: event })
      await advance('PT3H')
      expect(await newsTo(ann)).toEqual(['digest'])
    })
  })

  it('are counted per contact and day', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const [ann, bob] = [personNamed('Ann'), personNamed('Bob', { locale: 'fr' })]
      const partner = await enroll(undefined, 'DE', { main: [ann, bob], branch: [ann] })
      await withdraw(partner, 'One', 'Two')
      await advanceToNextDay()
      for (const contact of [ann, bob]) expect(await newsTo(contact)).toEqual(['withdrawn', 'digest'])
      expect((await digestTo(ann)).subject).toBe(english('digest.subject', { count: 1 }))
      expect((await digestTo(bob)).html).toContain('<html lang="fr" dir="ltr">')
      await withdraw(partner, 'Three')
      for (const contact of [ann, bob])
        expect(await newsTo(contact)).toEqual(['withdrawn', 'digest', 'withdrawn'])
    })
  })

  it('wait until working hours begin in the region', async () => {
    const calendar: Policy['calendars'][string] = {
      responseTime: 'PT80H',
      zone: 'Europe/Berlin',
      workingDays: [1, 2, 3, 4, 5, 6, 7],
      workingHours: { from: '09:00', to: '17:00' },
      holidays: [],
    }
    await withPolicy({ digestAbove: 0, calendars: { DE: calendar } }, async () => {
      const ann = personNamed('Ann')
      await withdraw(await enrollWith({ main: [ann] }), 'One')
      await advanceToNextDay()
      expect(await newsTo(ann)).toEqual([])
      // 08:30 UTC is after 09:00 in Berlin, in winter and in summer.
      await advance('PT8H')
      expect(await newsTo(ann)).toEqual(['digest'])
    })
  })

  it('do not wait when the policy has no digests', async () => {
    await withPolicy({ digestAbove: null }, async () => {
      const ann = personNamed('Ann')
      const partner = await enrollWith({ main: [ann] })
      const companies = Array.from({ length: 12 }, (_, index) => `Company ${index}`)
      await withdraw(partner, ...companies)
      expect(await newsTo(ann)).toEqual(companies.map(() => 'withdrawn'))
    })
  })
})

describe('a digest does not contain', () => {
  it('new referrals, which are mailed at once and do not count', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const ann = personNamed('Ann')
      const partner = await enrollWith({ main: [ann] })
      await withdraw(partner, 'One', 'Two', 'Three')
      expect(await kindsTo(ann)).toEqual(['new-referral', 'new-referral', 'new-referral', 'withdrawn'])
    })
  })

  it('requests for direct contact, which are mailed at once', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const ann = personNamed('Ann')
      const partner = await enrollWith({ main: [ann] })
      const referralId = referralOf(await sendRfi([partner], { directContact: true }), partner)
      await settle()
      expect(await mailStory(partner, referralId)).toEqual(['new-referral Ann Person: delivered'])
      await advanceToNextDay()
      expect(await kindsTo(ann)).toEqual(['new-referral'])
    })
  })

  it('referrals that have been answered', async () => {
    const reminders: Policy['reminders'] = { afterReceipt: ['PT1H'], beforeExpiry: [] }
    await withPolicy({ digestAbove: 0, reminders }, async () => {
      const [ann, bob] = [personNamed('Ann'), personNamed('Bob')]
      const [some, all] = [await enrollWith({ main: [ann] }), await enrollWith({ main: [bob] })]
      const [one] = await receive(some, 'One', 'Two')
      const [only] = await receive(all, 'Only')
      await advance('PT2H')
      for (const [partner, received] of [
        [some, one],
        [all, only],
      ] as const)
        await execute(await signedIn(partner), declineReferral, received?.referralId ?? '', {
          reason: 'budget',
        })
      await advanceToNextDay()
      const digest = await digestTo(ann)
      expect(digest.subject).toBe(english('digest.subject', { count: 1 }))
      expect(linesOf(digest)).toEqual([expect.stringContaining('Two is waiting for your answer.')])
      expect(await newsTo(bob)).toEqual([])
    })
  })

  it('reminders with a deadline before it is sent, which are mailed at once', async () => {
    const reminders: Policy['reminders'] = { afterReceipt: ['PT1H'], beforeExpiry: [] }
    await withPolicy({ digestAbove: 0, reminders }, async () => {
      const ann = personNamed('Ann')
      const partner = await enrollWith({ main: [ann] })
      await receiveWithShortDeadline(partner, 'Soon')
      const [later] = await receive(partner, 'Later')
      await advance('PT2H')
      expect((await allMailsTo(ann.email)).map(({ subject }) => subject)).toEqual([
        'New referral: Soon',
        'New referral: Later',
        english('reminder.subject', { company: 'Soon' }),
      ])
      const renewed = await signedIn(partner)
      expect(await mailStory(renewed, later?.referralId ?? '')).toEqual([
        'new-referral Ann Person: delivered',
        'reminder Ann Person: in-digest',
      ])
      await advanceToNextDay()
      expect(linesOf(await digestTo(ann)).map(line => line.replace(/\. Please .*/, ''))).toEqual([
        'Later is waiting for your answer',
      ])
    })
  })
})

describe('held mails to a contact that cannot get them', () => {
  it('go to the next tier if the address has failed since', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const [ann, spare] = [personNamed('Ann'), personNamed('Spare')]
      const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
      await withdraw(partner, 'One', 'Two')
      await setMailBehaviour(ann.email, 'bounce')
      await sendRfi([partner], { directContact: true })
      await settle()
      expect(await kindsTo(spare)).toEqual(['new-referral'])
      await advanceToNextDay()
      // For the next contact they can be held again, until the end of that day.
      await advance('PT24H')
      expect(await newsTo(ann)).toEqual([])
      const mailTexts = (await allMailsTo(spare.email)).map(({ text }) => text).join()
      for (const company of ['One', 'Two']) expect(mailTexts).toContain(company)
    })
  })

  it('go to the present contacts if the person is no contact any more', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const [ann, bob] = [personNamed('Ann'), personNamed('Bob')]
      const partner = await enrollWith({ main: [ann] })
      await withdraw(partner, 'One', 'Two')
      await call(profileOperations.putProfile, {
        token: partner.admin,
        params: { region: 'DE' },
        ifMatch: (await profileOf(partner)).etag,
        body: profileContent(partner.contactOf, { main: [bob] }),
      })
      await advanceToNextDay()
      expect(await newsTo(ann)).toEqual(['withdrawn'])
      expect((await allMailsTo(bob.email)).map(({ subject }) => subject)).toEqual(['Referral withdrawn: Two'])
    })
  })

  it.each(['bounce', 'refuse', 'complain'] as const)(
    'go to the next tier if the digest itself fails (%s)',
    async does => {
      await withPolicy({ digestAbove: 1 }, async () => {
        const [ann, spare, boss] = [personNamed('Ann'), personNamed('Spare'), personNamed('Boss')]
        const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
        await withdraw(partner, 'One', 'Two')
        await setMailBehaviour(ann.email, does)
        await advanceToNextDay()
        const { body } = await profileOf(await signedIn(partner))
        expect(body.warnings.map(({ problem }) => problem)).toEqual([
          does === 'complain' ? 'complained' : 'bounced',
        ])
        expect(await kindsTo(boss)).toEqual(['contact-failed'])
        const subjects = (await allMailsTo(spare.email)).map(({ subject }) => subject)
        expect(subjects.filter(subject => !subject.endsWith(': One'))).toEqual(['Referral withdrawn: Two'])
      })
    },
  )
})

describe('one-click unsubscription in a digest', () => {
  it('is offered when another contact would get the mails', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const [ann, bob] = [personNamed('Ann'), personNamed('Bob')]
      const partner = await enrollWith({ main: [ann, bob], defaultContacts: [personNamed('Spare')] })
      await withdraw(partner, 'One')
      await advanceToNextDay()
      const digest = await digestTo(ann)
      expect(digest.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click')
      await postForm(linkIn(digest, english('footer.mute')), { 'List-Unsubscribe': 'One-Click' })
      const { body } = await profileOf(await signedIn(partner))
      expect(body.locations[0]?.contacts.map(({ muted }) => muted)).toEqual([true, false])
    })
  })

  it('is not offered to an only contact', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const ann = personNamed('Ann')
      await withdraw(await enrollWith({ main: [ann], defaultContacts: [personNamed('Spare')] }), 'One')
      await advanceToNextDay()
      const digest = await digestTo(ann)
      expect(digest.headers['list-unsubscribe']).toBeUndefined()
      expect(digest.html).not.toContain('/v1/pages/mute')
    })
  })

  it('before the digest is sent leaves the mails to the other contacts', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const [ann, bob] = [personNamed('Ann'), personNamed('Bob')]
      const partner = await enrollWith({ main: [ann, bob] })
      await withdraw(partner, 'One', 'Two')
      const [alert] = await allMailsTo(ann.email)
      await postForm(linkIn(alert, english('footer.mute')), { 'List-Unsubscribe': 'One-Click' })
      await advanceToNextDay()
      expect(await newsTo(ann)).toEqual(['withdrawn'])
      expect(await newsTo(bob)).toEqual(['withdrawn', 'digest'])
    })
  })
})
