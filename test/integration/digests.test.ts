/** Contacts with many referrals: what comes beyond their daily number waits for one mail when the day is over. */
import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { profileOperations } from '../../shared/partners/profile/contract.ts'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { referralOperations } from '../../shared/referrals/referral/contract.ts'
import { type CreatedRfi, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { call } from './client.ts'
import {
  act,
  advance,
  ask,
  behave,
  enqueue,
  enroll,
  eventsOf,
  everyMailTo,
  linkIn,
  type Mail,
  mailStory,
  type Partner,
  type People,
  postForm,
  profileContent,
  profileOf,
  referralOf,
  rfiBody,
  type Somebody,
  settle,
  signedIn,
  somebody,
  textOf,
  tokenOf,
  withPolicy,
} from './program.ts'

const { declineReferral } = referralOperations

/** Each test begins at eight in the evening, UTC: four hours later the day is over. */
beforeEach(async () => {
  const { now } = await settle()
  const evening = Date.parse(`${now.slice(0, 10)}T20:00:00Z`)
  const dayMs = 86_400_000
  const ms = (((evening - Date.parse(now)) % dayMs) + dayMs) % dayMs
  await advance(`PT${Math.ceil(ms / 1000) + 1}S`)
})

const untilTheDayIsOver = () => advance('PT5H30M')

interface Received {
  readonly rfi: CreatedRfi
  readonly referralId: string
}

/** Referrals of companies with these names, one after the other. */
const receive = async (partner: Partner, ...companies: string[]): Promise<Received[]> => {
  const received: Received[] = []
  for (const company of companies) {
    const rfi = await ask([partner], { company })
    await settle()
    received.push({ rfi, referralId: referralOf(rfi, partner) })
  }
  return received
}

/** One that must be answered before the day is over. */
const receiveUrgently = async (partner: Partner, company: string): Promise<string> => {
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

const kindsTo = async ({ email }: Somebody): Promise<(string | undefined)[]> =>
  (await everyMailTo(email)).map(({ tags }) => tags.kind)

const digestTo = async ({ email }: Somebody): Promise<Mail> => {
  const [digest, ...others] = (await everyMailTo(email)).filter(({ tags }) => tags.kind === 'digest')
  expect(others).toEqual([])
  if (!digest) throw new Error(`no digest for ${email}`)
  return digest
}

const linesOf = ({ html }: Mail): string[] =>
  [...html.matchAll(/<li\b[^>]*>(.*?)<\/li>/gs)].map(([, line = '']) => textOf(line))

describe('mails beyond a contact’s daily number', () => {
  it('wait, and go out as one when the day is over, in the contact’s language', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const ann = somebody('Ann', { locale: 'de' })
      const partner = await enrollWith({ main: [ann] })
      const received = await receive(partner, 'Eins', 'Zwei', 'Drei & <b>Söhne</b>')
      expect(await kindsTo(ann)).toEqual(['new-referral'])
      const stories = await Promise.all(received.map(({ referralId }) => mailStory(partner, referralId)))
      expect(stories).toEqual([
        ['new-referral Ann Person: delivered'],
        ['new-referral Ann Person: in-digest'],
        ['new-referral Ann Person: in-digest'],
      ])

      await untilTheDayIsOver()
      expect(await kindsTo(ann)).toEqual(['new-referral', 'digest'])
      const digest = await digestTo(ann)
      expect(digest.subject).toBe(textIn('de', 'digest.subject', { count: 2 }))
      expect(linesOf(digest)).toEqual([
        expect.stringMatching(/^Neue Empfehlung: Zwei\. Bitte antworten Sie bis zum .* UTC\.$/),
        expect.stringMatching(
          /^Neue Empfehlung: Drei & <b>Söhne<\/b>\. Bitte antworten Sie bis zum .* UTC\.$/,
        ),
      ])
      expect(digest.html).not.toContain('<b>')
      expect(digest.headers['auto-submitted']).toBe('auto-generated')
      expect(digest.text).not.toMatch(/\b(Eins|Answer|Hello)\b/)
    })
  })

  it('are told of once, however often somebody looks for digests', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const ann = somebody('Ann')
      const partner = await enrollWith({ main: [ann] })
      const [one] = await receive(partner, 'One', 'Two')
      const [event] = await eventsOf(partner, one?.referralId ?? '')
      // Brought again, a mail waits once.
      await enqueue('SendMail', { detail: event }, { detail: event })
      await enqueue('SendDigests', {})
      expect(await kindsTo(ann)).toEqual([])
      await untilTheDayIsOver()
      expect(linesOf(await digestTo(ann))).toHaveLength(2)
      await enqueue('SendDigests', {}, {})
      await enqueue('SendMail', { detail: event })
      await advance('PT3H')
      expect(await kindsTo(ann)).toEqual(['digest'])
    })
  })

  it('are counted for each contact, and each day anew', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const [ann, bob] = [somebody('Ann'), somebody('Bob', { locale: 'fr' })]
      const partner = await enroll(undefined, 'DE', { main: [ann, bob], branch: [ann] })
      await receive(partner, 'One', 'Two')
      await untilTheDayIsOver()
      for (const contact of [ann, bob]) expect(await kindsTo(contact)).toEqual(['new-referral', 'digest'])
      expect((await digestTo(ann)).subject).toBe(english('digest.subject', { count: 1 }))
      expect((await digestTo(bob)).html).toContain('<html lang="fr">')
      await receive(partner, 'Three')
      for (const contact of [ann, bob])
        expect(await kindsTo(contact)).toEqual(['new-referral', 'digest', 'new-referral'])
    })
  })

  it('wait for the region to be at work', async () => {
    const calendar: Policy['calendars'][string] = {
      responseTime: 'PT80H',
      zone: 'Europe/Berlin',
      workingDays: [1, 2, 3, 4, 5, 6, 7],
      workingHours: { from: '09:00', to: '17:00' },
      holidays: [],
    }
    await withPolicy({ digestAbove: 0, calendars: { DE: calendar } }, async () => {
      const ann = somebody('Ann')
      await receive(await enrollWith({ main: [ann] }), 'One')
      await untilTheDayIsOver()
      expect(await kindsTo(ann)).toEqual([])
      // At half past eight UTC it is past nine in Berlin, in winter as in summer.
      await advance('PT8H')
      expect(await kindsTo(ann)).toEqual(['digest'])
    })
  })

  it('are none where the policy has no digests', async () => {
    await withPolicy({ digestAbove: null }, async () => {
      const ann = somebody('Ann')
      const partner = await enrollWith({ main: [ann] })
      const companies = Array.from({ length: 12 }, (_, index) => `Company ${index}`)
      for (const company of companies) await ask([partner], { company })
      await settle()
      expect(await kindsTo(ann)).toEqual(companies.map(() => 'new-referral'))
    })
  })
})

describe('a digest leaves out', () => {
  it('requests to be contacted directly: those never wait', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const ann = somebody('Ann')
      const partner = await enrollWith({ main: [ann] })
      const referralId = referralOf(await ask([partner], { directContact: true }), partner)
      await settle()
      expect(await mailStory(partner, referralId)).toEqual(['new-referral Ann Person: delivered'])
      await untilTheDayIsOver()
      expect(await kindsTo(ann)).toEqual(['new-referral'])
    })
  })

  it('what is over by then', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const [ann, bob] = [somebody('Ann'), somebody('Bob')]
      const [some, all] = [await enrollWith({ main: [ann] }), await enrollWith({ main: [bob] })]
      const [one] = await receive(some, 'One', 'Two')
      const [only] = await receive(all, 'Only')
      for (const [partner, received] of [
        [some, one],
        [all, only],
      ] as const)
        await act(partner, declineReferral, received?.referralId ?? '', { reason: 'budget' })
      await untilTheDayIsOver()
      const digest = await digestTo(ann)
      expect(digest.subject).toBe(english('digest.subject', { count: 1 }))
      expect(linesOf(digest)).toEqual([expect.stringContaining('New referral: Two.')])
      expect(await kindsTo(bob)).toEqual([])
    })
  })

  it('what must be answered before it goes out: that comes at once, and so does its reminder', async () => {
    const reminders: Policy['reminders'] = { afterReceipt: ['PT1H'], beforeExpiry: [] }
    await withPolicy({ digestAbove: 0, reminders }, async () => {
      const ann = somebody('Ann')
      const partner = await enrollWith({ main: [ann] })
      await receiveUrgently(partner, 'Soon')
      const [later] = await receive(partner, 'Later')
      await advance('PT2H')
      expect((await everyMailTo(ann.email)).map(({ subject }) => subject)).toEqual([
        'New referral: Soon',
        english('reminder.subject', { company: 'Soon' }),
      ])
      const renewed = await signedIn(partner)
      expect(await mailStory(renewed, later?.referralId ?? '')).toEqual([
        'new-referral Ann Person: in-digest',
        'reminder Ann Person: in-digest',
      ])
      await untilTheDayIsOver()
      expect(linesOf(await digestTo(ann)).map(line => line.replace(/\. Please .*/, ''))).toEqual([
        'New referral: Later',
        'Later is waiting for your answer',
      ])
    })
  })
})

describe('the mails that wait for somebody who cannot be told', () => {
  it('go to the next in the order if the address has failed meanwhile', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const [ann, spare] = [somebody('Ann'), somebody('Spare')]
      const partner = await enrollWith({ main: [ann], defaultContacts: [spare] })
      await receive(partner, 'One', 'Two')
      await behave(ann.email, 'bounce')
      await ask([partner], { directContact: true })
      await settle()
      expect(await kindsTo(spare)).toEqual(['new-referral'])
      await untilTheDayIsOver()
      // Brought to somebody new on a new day, they may wait again, for that day's end.
      await advance('PT24H')
      expect(await kindsTo(ann)).toEqual(['new-referral'])
      const told = (await everyMailTo(spare.email)).map(({ text }) => text).join()
      for (const company of ['One', 'Two']) expect(told).toContain(company)
    })
  })

  it('go to who is a contact now if they are none any more', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const [ann, bob] = [somebody('Ann'), somebody('Bob')]
      const partner = await enrollWith({ main: [ann] })
      await receive(partner, 'One', 'Two')
      await call(profileOperations.putProfile, {
        token: partner.admin,
        params: { region: 'DE' },
        ifMatch: (await profileOf(partner)).etag,
        body: profileContent(partner.contactOf, { main: [bob] }),
      })
      await untilTheDayIsOver()
      expect(await kindsTo(ann)).toEqual(['new-referral'])
      expect((await everyMailTo(bob.email)).map(({ subject }) => subject)).toEqual(['New referral: Two'])
    })
  })

  it('reach whoever is next even if the wrong person says so only days later', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const [ann, spare] = [somebody('Ann'), somebody('Spare')]
      const partner = await enrollWith({ main: [ann], branch: [], defaultContacts: [spare] })
      const [one] = await receive(partner, 'One')
      // Of that day, whoever is next has had all that comes one by one.
      const body = rfiBody([partner], { company: 'Branch' }, 'branch')
      await call(rfiOperations.createRfi, { body, idempotencyKey: randomUUID() })
      await settle()
      expect(await kindsTo(spare)).toEqual(['new-referral'])
      const [alert] = await everyMailTo(ann.email)
      await advance('P6D')
      expect((await postForm(linkIn(alert, 'I am the wrong person'))).status).toBe(303)
      await settle()
      const story = await mailStory(await signedIn(partner), one?.referralId ?? '')
      expect(story).toContainEqual(expect.stringMatching(/^new-referral Spare Person: /))
      await advance('P1DT6H')
      const told = (await everyMailTo(spare.email)).map(({ text }) => text).join()
      expect(told).toContain('One')
    })
  })

  it.each(['bounce', 'refuse', 'complain'] as const)(
    'go to the next in the order if the digest itself finds out (%s)',
    async does => {
      await withPolicy({ digestAbove: 1 }, async () => {
        const [ann, spare, boss] = [somebody('Ann'), somebody('Spare'), somebody('Boss')]
        const partner = await enrollWith({ main: [ann], defaultContacts: [spare], admins: [boss] })
        await receive(partner, 'One', 'Two')
        await behave(ann.email, does)
        await untilTheDayIsOver()
        const { body } = await profileOf(await signedIn(partner))
        expect(body.warnings.map(({ problem }) => problem)).toEqual([
          does === 'complain' ? 'complained' : 'bounced',
        ])
        expect(await kindsTo(boss)).toEqual(['contact-failed'])
        const told = (await everyMailTo(spare.email)).map(({ subject }) => subject)
        expect(told.filter(subject => subject !== 'New referral: One')).toEqual(['New referral: Two'])
      })
    },
  )
})

describe('one click in a digest', () => {
  it('is offered where muting reaches somebody else', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const [ann, bob] = [somebody('Ann'), somebody('Bob')]
      const partner = await enrollWith({ main: [ann, bob], defaultContacts: [somebody('Spare')] })
      await receive(partner, 'One')
      await untilTheDayIsOver()
      const digest = await digestTo(ann)
      expect(digest.headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click')
      await postForm(linkIn(digest, english('footer.mute')), { 'List-Unsubscribe': 'One-Click' })
      const { body } = await profileOf(await signedIn(partner))
      expect(body.locations[0]?.contacts.map(({ muted }) => muted)).toEqual([true, false])
    })
  })

  it('is not offered to an only contact', async () => {
    await withPolicy({ digestAbove: 0 }, async () => {
      const ann = somebody('Ann')
      await receive(await enrollWith({ main: [ann], defaultContacts: [somebody('Spare')] }), 'One')
      await untilTheDayIsOver()
      const digest = await digestTo(ann)
      expect(digest.headers['list-unsubscribe']).toBeUndefined()
      expect(digest.html).not.toContain('/v1/pages/mute')
    })
  })

  it('before it goes out leaves it to the others', async () => {
    await withPolicy({ digestAbove: 1 }, async () => {
      const [ann, bob] = [somebody('Ann'), somebody('Bob')]
      const partner = await enrollWith({ main: [ann, bob] })
      await receive(partner, 'One', 'Two')
      const [alert] = await everyMailTo(ann.email)
      await postForm(linkIn(alert, english('footer.mute')), { 'List-Unsubscribe': 'One-Click' })
      await untilTheDayIsOver()
      expect(await kindsTo(ann)).toEqual(['new-referral'])
      expect(await kindsTo(bob)).toEqual(['new-referral', 'digest'])
    })
  })
})
