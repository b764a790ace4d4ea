import { describe, expect, it } from 'vitest'
import type { ContactProblem } from '../../shared/events/contract.ts'
import { type Event, type EventType, eventData } from '../../shared/events/contract.ts'
import { asPartnerId, asProfileId } from '../../shared/kernel/ids.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { mailLocalizer } from '../../shared/messaging/language/mails.ts'
import * as compose from '../../shared/messaging/mail/compose.ts'
import {
  eventsWithoutSuggestions,
  eventsWithSuggestions,
  mailedEvents,
  mailKinds,
} from '../../shared/messaging/mail/contract.ts'
import { renderMessage } from '../../shared/messaging/mail/render.ts'
import {
  concernsContacts,
  draftsOf,
  type MailContext,
  reachesNobody,
  stillSuggested,
} from '../../shared/messaging/mail/rules.ts'
import {
  keyTag,
  lastPartOf,
  mailIdOf,
  mailKey,
  readKeyTag,
  referralMailKey,
} from '../../shared/messaging/mail/store.ts'
import { readMailTask, writeMailTask } from '../../shared/messaging/mail/task.ts'
import { addressOf, type Trouble } from '../../shared/partners/contact/rules.ts'
import { aboutReferral, type ProfileContacts } from '../../shared/partners/recipients/rules.ts'
import { statuses } from '../../shared/referrals/referral/contract.ts'
import { decide } from '../../shared/referrals/referral/effects.ts'
import type { CommandName, Referral } from '../../shared/referrals/referral/referral.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aContactFailure, anEvent } from '../fixtures/event.ts'
import { aTrouble } from '../fixtures/health.ts'
import { aMailContext, anAdmin, someProfileContacts } from '../fixtures/mail-context.ts'
import { type Inputs, type Preview, previews } from '../fixtures/mail-previews.ts'
import { aContact } from '../fixtures/profile.ts'
import { aReferralRequest, inStatus, received, run } from '../fixtures/referral.ts'
import { anAddressee, anRfi } from '../fixtures/rfi.ts'
import { english } from '../fixtures/texts.ts'
import { day, hour, later, receivedAt } from '../fixtures/time.ts'
import { isApart, links, named, parse, textOf, texts } from './markup.ts'

const { rfiId } = aReferralRequest()
const profileContacts = someProfileContacts()
const { partnerId, region } = profileContacts

const trouble = (name: string, problem: ContactProblem, ...referrals: string[]): Trouble =>
  aTrouble({
    address: `${name}@partner.example`,
    contact: name,
    problem,
    events: referrals.map(id => `${id}.1`),
  })
const failing = (...troubles: Trouble[]): Partial<MailContext> => ({
  profileContacts: { ...profileContacts, health: { ...profileContacts.health, version: 1, troubles } },
})
const bounced = (...names: string[]) => failing(...names.map(name => trouble(name, 'bounced')))

interface Told {
  readonly referral: Referral
  readonly event: Event
}

const step = ({ referral }: Pick<Told, 'referral'>, name: CommandName, at: Instant): Told => {
  const { next, events } = run(referral, name, at)
  const event = events.at(-1)
  if (!event) throw new Error('nothing happened')
  return { referral: next, event }
}

const start = received()
const accepted = step(start, 'accept', later(hour))
const expired = step(start, 'expire', later(14 * day))

/** What happens to a referral, and what it has become by that. */
const happened = {
  'referral.received': start,
  'referral.reminder-due': step(start, 'remind', later(day)),
  'referral.extended': step(start, 'extend', later(day)),
  'referral.declined': step(start, 'decline', later(day)),
  'referral.expired': expired,
  'referral.reopened': step(expired, 'reopen', later(15 * day)),
  'referral.accepted': accepted,
  'referral.nudge-due': step(accepted, 'nudge', '2099-01-03T00:00:00.000Z'),
  'referral.withdrawn': step(start, 'withdraw', later(day)),
} satisfies Partial<Record<EventType, Told>>
type Happened = keyof typeof happened

const context = aMailContext()
const contextOf = (referral: Referral, more: Partial<MailContext> = {}): MailContext =>
  aMailContext({ addressed: [{ partnerId, partnerName: profileContacts.partnerName, referral }], ...more })

const draftsAbout = (type: Happened, more?: Partial<MailContext>) => {
  const { event, referral } = happened[type]
  return draftsOf(event, contextOf(referral, more))
}
const mailed = (type: Happened, more?: Partial<MailContext>) =>
  draftsAbout(type, more).map(({ kind, to }) => `${kind}: ${to.email.split('@')[0]}`)

const urls = {
  answer: (action: string) => `https://referrals.example/v1/pages/answer?token=${action}`,
  mute: () => 'https://referrals.example/v1/pages/mute?token=m',
}

const toContacts = [
  'referral.received',
  'referral.reminder-due',
  'referral.nudge-due',
  'referral.withdrawn',
] as const satisfies Happened[]
const toCustomer = [
  'referral.accepted',
  'referral.declined',
  'referral.expired',
  'referral.extended',
  'referral.reopened',
] as const satisfies Happened[]

describe('who is mailed', () => {
  it.each(toContacts)('about %s: the contacts of the location', type => {
    expect(draftsAbout(type).map(({ to, role }) => [to.email, role])).toEqual([
      ['one@partner.example', 'contact'],
      ['two@partner.example', 'contact'],
    ])
  })

  it.each(toCustomer)('about %s: the customer, unless their data was erased', type => {
    expect(draftsAbout(type).map(({ to, role }) => [to.email, role])).toEqual([
      ['it@customer.example', 'customer'],
    ])
    expect(mailed(type, { customer: null })).toEqual([])
  })

  it('about an RFI: the customer, once, however many partners have it', () => {
    const addressed = ['ptr_1', 'ptr_2'].map(id => ({
      partnerId: asPartnerId(id),
      partnerName: id,
      referral: start.referral,
    }))
    const received = anEvent('rfi.received', { recipients: 2 }, { subject: { rfiId } })
    const added = anEvent(
      'rfi.recipients-added',
      { partnerIds: [asPartnerId('ptr_2')] },
      { subject: { rfiId } },
    )
    const told = [received, added].flatMap(event =>
      draftsOf(event, { ...context, profileContacts: undefined, addressed }),
    )
    expect(told.map(({ kind, to }) => [kind, to.email])).toEqual([
      ['receipt', 'it@customer.example'],
      ['added', 'it@customer.example'],
    ])
    const [first, second] = told.map(
      ({ write }) => renderMessage(write(mailLocalizer('en'), urls), 'en').text,
    )
    expect(first).toContain('to ptr_1 and ptr_2.')
    expect(second).toContain('to ptr_2.')
    expect(draftsOf(received, { ...context, profileContacts: undefined, addressed, customer: null })).toEqual(
      [],
    )
  })

  it('about an RFI that nobody has: the customer, who is told that somebody is looked for', () => {
    const received = anEvent('rfi.received', { recipients: 0 }, { subject: { rfiId } })
    const [draft, ...more] = draftsOf(received, { ...context, profileContacts: undefined, addressed: [] })
    expect(more).toEqual([])
    expect(draft).toMatchObject({ kind: 'receipt', to: { email: 'it@customer.example' } })
    const text = draft && renderMessage(draft.write(mailLocalizer('en'), urls), 'en').text
    expect(text).toContain('looking for a partner')
  })

  it('about nothing else', () => {
    const others = (Object.keys(eventData) as EventType[]).filter(
      type => !(mailedEvents as readonly string[]).includes(type),
    )
    expect(others).toContain('referral.won')
    for (const type of others)
      for (const status of statuses) {
        const { referral } = inStatus(status)
        const event = { ...start.event, type, data: {} } as Event
        expect(draftsOf(event, contextOf(referral)), `${type} of a ${status} one`).toEqual([])
        expect(reachesNobody(event, contextOf(referral, { profileContacts: undefined }))).toBe(false)
      }
  })

  it.each(mailedEvents)('about %s: somebody', type => {
    const failed = { person: aContact('one'), problem: 'bounced' } as const
    const of: Partial<Record<EventType, Event>> = {
      'rfi.received': anEvent('rfi.received', { recipients: 1 }, { subject: { rfiId } }),
      'rfi.recipients-added': anEvent(
        'rfi.recipients-added',
        { partnerIds: [partnerId] },
        { subject: { rfiId } },
      ),
      'contact.failed': aContactFailure(profileContacts),
    }
    const told = happened[type as Happened] ?? { event: of[type], referral: start.referral }
    expect(draftsOf(told.event, contextOf(told.referral, { failed })).length).toBeGreaterThan(0)
  })
})

describe('when contacts cannot be reached, who is mailed of a referral', () => {
  const here = ['one', 'two']

  it.each([
    ['some of its location', ['one'], ['two'], 'contact'],
    ['all of its location', here, ['default'], 'default-contact'],
    ['the default contact either', [...here, 'default'], ['admin', 'owner'], 'admin'],
    ['an administrator either', [...here, 'default', 'admin'], ['owner'], 'admin'],
    ['any administrator either', [...here, 'default', 'admin', 'owner'], ['branch'], 'contact'],
  ])('if not %s', (_, unreachable, expected, role) => {
    const drafts = draftsAbout('referral.received', bounced(...unreachable))
    expect(drafts.map(({ to }) => to.email.split('@')[0])).toEqual(expected)
    for (const draft of drafts) expect(draft.role).toBe(role)
  })

  it('if nobody at all: nobody, and that can be told', () => {
    const nobody = bounced(...here, 'default', 'admin', 'owner', 'branch')
    for (const type of toContacts) {
      const { event, referral } = happened[type]
      expect(mailed(type, nobody)).toEqual([])
      expect(reachesNobody(event, contextOf(referral, nobody))).toBe(true)
      expect(reachesNobody(event, contextOf(referral))).toBe(false)
      // The partner may have given up its profile.
      expect(reachesNobody(event, contextOf(referral, { profileContacts: undefined }))).toBe(true)
    }
  })

  it('and of what is over nobody need be', () => {
    const over = inStatus('withdrawn').referral
    expect(reachesNobody(start.event, contextOf(over, { profileContacts: undefined }))).toBe(false)
    expect(reachesNobody(expired.event, contextOf(expired.referral, { profileContacts: undefined }))).toBe(
      false,
    )
  })

  it('if its location is gone: who is asked next', () => {
    const moved = { ...start.referral, locationId: 'moon' }
    const told = draftsOf(start.event, contextOf(moved))
    expect(told.map(({ to }) => to.email)).toEqual(['default@partner.example'])
  })

  it('where somebody was the wrong person for this one alone', () => {
    const mistaken = (referralId: string) => ({
      ...failing(trouble('one', 'misaddressed', referralId)),
    })
    expect(mailed('referral.received', mistaken(start.referral.id))).toEqual(['new-referral: two'])
    expect(mailed('referral.received', mistaken('ref_other'))).toHaveLength(2)
  })
})

describe('a contact', () => {
  const withContacts = (
    ...contacts: ProfileContacts['contacts']['locations'][number]['contacts'][number][]
  ) => ({
    profileContacts: {
      ...profileContacts,
      contacts: { ...profileContacts.contacts, locations: [{ id: 'main', name: 'Berlin', contacts }] },
    },
  })

  it('who is muted is passed over, unless nobody else would be mailed', () => {
    expect(
      mailed('referral.received', withContacts(aContact('one', { muted: true }), aContact('two'))),
    ).toEqual(['new-referral: two'])
    expect(mailed('referral.received', withContacts(aContact('one', { muted: true })))).toEqual([
      'new-referral: one',
    ])
  })

  it('gets each mail once, however often the profile names the address', () => {
    const shouting = { ...aContact('one'), email: 'ONE@Partner.example' }
    const told = draftsAbout('referral.received', withContacts(shouting, aContact('one'), aContact('two')))
    expect(told.map(({ to }) => addressOf(to))).toEqual(['one@partner.example', 'two@partner.example'])
  })

  it('can stop the mails while somebody else gets them', () => {
    const isMutable = (more: Partial<MailContext>) =>
      draftsAbout('referral.received', more).map(draft => draft.isMutable)
    expect(isMutable({})).toEqual([true, true])
    expect(isMutable(withContacts(aContact('one')))).toEqual([false])
    expect(isMutable(withContacts(aContact('one'), aContact('two', { muted: true })))).toEqual([false])
    expect(isMutable(bounced('one'))).toEqual([false])
  })

  it('is told where to stop them only then', () => {
    const mute = /pages\/mute/
    for (const type of toContacts) {
      for (const draft of draftsAbout(type)) expect(rendered(draft).html).toMatch(mute)
      for (const draft of draftsAbout(type, bounced('one'))) expect(rendered(draft).html).not.toMatch(mute)
    }
  })

  it('is told that it is not its own location’s, where it is not', () => {
    const instead = english('new-referral.instead', { location: 'Berlin' })
    const [own] = draftsAbout('referral.received').map(rendered)
    const [other] = draftsAbout('referral.received', bounced('one', 'two')).map(rendered)
    expect(own?.text).not.toContain(instead)
    expect(other?.text).toContain(instead)
  })
})

describe('suggestions', () => {
  const suggest = (partnerId: string) => ({
    profileId: asProfileId(`${partnerId}.DE`),
    partnerId: asPartnerId(partnerId),
    name: partnerId,
    city: 'Bonn',
    headline: 'ERP',
  })
  const suggestions = ['ptr_1', 'ptr_2'].map(suggest)
  const { event } = happened['referral.declined']

  it('come with the event, unless the bus delivers it', () => {
    expect(readMailTask(JSON.parse(writeMailTask({ event, suggestions })))).toEqual({ event, suggestions })
    expect(readMailTask({ detail: event })).toEqual({ event, suggestions: [] })
    expect(() => readMailTask({ detail: event, suggestions: 'none' })).toThrow('suggestions')
  })

  it('that a newer program sends with more attributes are read', () => {
    const newer = suggestions.map(one => ({ ...one, score: 1 }))
    expect(readMailTask({ detail: event, suggestions: newer })?.suggestions).toEqual(suggestions)
  })

  it('are named in the mail about a lost referral, each with a link to the customer’s page', () => {
    const [draft] = draftsAbout('referral.declined', { suggestions })
    const { html } = draft ? rendered(draft) : { html: '' }
    for (const { profileId } of suggestions) expect(html).toContain(`token=a#${profileId}"`)
  })

  it('no longer hold for a partner that was asked since, or once the request is withdrawn', () => {
    const recipients = [anAddressee({ partnerId: 'ptr_1' })]
    expect(stillSuggested(suggestions, anRfi())).toEqual(suggestions)
    expect(stillSuggested(suggestions, anRfi({ recipients }))).toEqual([suggest('ptr_2')])
    expect(stillSuggested(suggestions, anRfi({ status: 'withdrawn' }))).toEqual([])
  })

  it('are found for mailed events alone', () => {
    expect(mailedEvents).toEqual(expect.arrayContaining([...eventsWithSuggestions]))
    expect([...eventsWithSuggestions, ...eventsWithoutSuggestions].toSorted()).toEqual(
      mailedEvents.toSorted(),
    )
  })
})

const rendered = ({ write, to }: ReturnType<typeof draftsOf>[number]) =>
  renderMessage(write(mailLocalizer(to.locale), urls), 'en')

describe('of a contact that failed', () => {
  const failedEvent = aContactFailure(profileContacts)
  const toldOf = (person: ProfileContacts['contacts']['admins'][number], more: Partial<MailContext> = {}) =>
    draftsOf(failedEvent, { ...context, failed: { person, problem: 'bounced' }, ...more }).map(
      ({ to }) => to.email.split('@')[0],
    )

  it('the administrators are told, and nobody else', () => {
    expect(toldOf(aContact('one'))).toEqual(['admin', 'owner'])
  })

  it('no administrator is who is that contact, or cannot be reached', () => {
    expect(toldOf({ ...anAdmin('admin'), email: 'Admin@partner.example' })).toEqual(['owner'])
    expect(toldOf(aContact('one'), bounced('owner'))).toEqual(['admin'])
    expect(toldOf(aContact('one'), failing(trouble('owner', 'complained')))).toEqual(['admin'])
    expect(toldOf(anAdmin('owner'), bounced('admin', 'owner'))).toEqual([])
  })

  it('an administrator still is who was the wrong person for a referral', () => {
    expect(toldOf(aContact('one'), failing(trouble('owner', 'misaddressed', 'ref_1')))).toHaveLength(2)
  })

  it('each administrator is told once', () => {
    const twice = [anAdmin('admin'), { ...anAdmin('admin'), email: 'ADMIN@partner.example' }]
    const contacts = { ...profileContacts.contacts, admins: twice }
    expect(toldOf(aContact('one'), { profileContacts: { ...profileContacts, contacts } })).toHaveLength(1)
  })

  it.each([
    ['bounced', true, 0],
    ['complained', true, 0],
    ['misaddressed', true, 2],
    ['bounced', false, 2],
    ['complained', false, 2],
    ['misaddressed', false, 2],
  ] as const)('that is %s, where the same was known before: %s, %i are told', (problem, known, count) => {
    const event = aContactFailure(profileContacts, { known })
    const failed = { person: aContact('one'), problem }
    expect(draftsOf(event, { ...context, failed })).toHaveLength(count)
  })

  it('nobody is told once it is no contact any more, or the profile is gone', () => {
    expect(draftsOf(failedEvent, context)).toEqual([])
    expect(toldOf(aContact('one'), { profileContacts: undefined })).toEqual([])
  })

  it('nobody can have no more of that', () => {
    const failed = { person: aContact('one'), problem: 'bounced' } as const
    for (const draft of draftsOf(failedEvent, { ...context, failed }))
      expect(draft).toMatchObject({ isMutable: false, digest: null, kind: 'contact-failed' })
  })
})

describe('a mail that comes late', () => {
  /** In which states a referral is still mailed about what happened to it earlier. */
  const stillTold: Readonly<Record<Happened, readonly string[]>> = {
    'referral.received': ['new'],
    'referral.reminder-due': ['new'],
    'referral.extended': ['new'],
    'referral.reopened': ['new'],
    'referral.nudge-due': ['active'],
    'referral.accepted': ['active', 'won', 'lost'],
    'referral.declined': statuses,
    'referral.expired': ['expired'],
    'referral.withdrawn': ['withdrawn'],
  }

  it.each(Object.keys(happened) as Happened[])('about %s tells nothing that is over', type => {
    const { event, referral } = happened[type]
    for (const status of statuses) {
      const told = draftsOf(event, contextOf({ ...referral, status }))
      expect(told.length > 0, `of a ${status} one`).toBe(stillTold[type].includes(status))
      const isToContacts = (toContacts as readonly string[]).includes(type)
      const { now } = contextOf(referral)
      expect(concernsContacts(event, { ...referral, status }, now)).toBe(isToContacts && told.length > 0)
    }
  })

  it.each(['referral.received', 'referral.reminder-due'] as const)(
    'about %s asks for no answer once the time to answer is over, written down or not',
    type => {
      const { respondBy } = happened[type].referral
      expect(mailed(type, { now: respondBy })).toEqual([])
    },
  )

  it('of a nudge for a date that was changed meanwhile is none', () => {
    const { event, referral } = happened['referral.nudge-due']
    const patch = { estimatedCloseDate: '2099-06-01' }
    const edited = decide(
      referral,
      { name: 'edit-deal', patch },
      { kind: 'partner' },
      '2099-01-04T00:00:00.000Z',
    )
    expect(draftsOf(event, contextOf(edited.next))).toEqual([])
  })

  it('about an extension tells its own reason and date, whatever followed', () => {
    const { event, referral } = happened['referral.extended']
    const [extension] = referral.extensions
    const next = { at: later(2 * day), reason: 'Once more.', respondBy: later(30 * day) }
    const twice = { ...referral, extensions: [...referral.extensions, next] }
    const second = { ...event, data: { ...event.data, respondBy: next.respondBy } } as Event
    const tell = (of: Event) => draftsOf(of, contextOf(twice)).map(rendered).at(0)?.text ?? ''
    expect(tell(event)).toContain(extension?.reason)
    expect(tell(event)).not.toContain('Once more.')
    expect(tell(second)).toContain('Once more.')
    expect(tell(second)).toContain('31. März 2026')
  })

  it('offers only what can still be answered', () => {
    const offered = (of: Referral, more: Partial<MailContext> = {}) => {
      const [draft] = draftsOf(start.event, contextOf(of, more))
      const { html } = draft ? rendered(draft) : { html: '' }
      return [...html.matchAll(/answer\?token=([a-z]+)/g)].map(([, action]) => action)
    }
    expect(offered(start.referral)).toEqual(['accept', 'decline', 'extend', 'misaddressed'])
    expect(offered(happened['referral.extended'].referral)).toEqual(['accept', 'decline', 'misaddressed'])
    // There is nobody to pass it on to after an administrator.
    expect(offered(start.referral, bounced('one', 'two', 'default'))).toEqual(['accept', 'decline', 'extend'])
  })
})

describe('the day’s digest', () => {
  it.each(toContacts)('may hold a mail about %s', type => {
    for (const draft of draftsAbout(type)) expect(draft.digest?.kind).toBe(draft.kind)
  })

  it('holds nothing that would be over by then', () => {
    const until = (type: Happened) => draftsAbout(type).map(({ digest }) => digest?.until)[0]
    expect(until('referral.received')).toBe(start.referral.respondBy)
    expect(until('referral.reminder-due')).toBe(start.referral.respondBy)
    expect(until('referral.nudge-due')).toBeNull()
    expect(until('referral.withdrawn')).toBeNull()
  })

  it('never holds a request for direct contact, hot or not any more', () => {
    const { referral, event } = received({ directContact: true })
    for (const urgency of ['hot', 'cooled'] as const)
      for (const draft of draftsOf(event, contextOf({ ...referral, urgency })))
        expect(draft.digest).toBeNull()
  })

  it('is for contacts alone', () => {
    for (const type of toCustomer) for (const draft of draftsAbout(type)) expect(draft.digest).toBeNull()
  })
})

describe('mails to a partner’s contacts', () => {
  it('name no person of the customer', () => {
    const persons = /it@customer\.example|Purchasing/
    for (const type of toContacts)
      for (const more of [{}, bounced('one', 'two'), bounced('one', 'two', 'default')])
        for (const draft of draftsAbout(type, more)) {
          const { subject, html, text } = rendered(draft)
          expect(`${subject}${html}${text}`).not.toMatch(persons)
        }
    expect(JSON.stringify(aboutReferral(start.referral, context))).not.toMatch(persons)
  })

  it('say who took the referral back', () => {
    const { referral, event } = happened['referral.withdrawn']
    const tell = (kind: 'customer' | 'operator') =>
      draftsOf({ ...event, actor: { kind } }, contextOf(referral))
        .map(rendered)
        .at(0)?.text
    expect(tell('customer')).toContain('Havelland Getriebe has withdrawn its request')
    expect(tell('operator')).toContain('The partner program has withdrawn the referral')
  })
})

describe('a mail is kept', () => {
  it('under the same key for the same event, kind and address, however it is written', () => {
    const at = mailKey(start.event, 'new-referral', 'one@partner.example')
    expect(mailKey(start.event, 'new-referral', 'ONE@partner.example')).toEqual(at)
    const others = [
      mailKey(start.event, 'reminder', 'one@partner.example'),
      mailKey(start.event, 'new-referral', 'two@partner.example'),
      mailKey({ ...start.event, version: 2 }, 'new-referral', 'one@partner.example'),
    ]
    expect(new Set([at, ...others].map(mailIdOf)).size).toBe(4)
    expect(JSON.stringify([at, ...others])).not.toContain('partner.example')
  })

  it('under a key that its links can name, and SES can carry in a tag', () => {
    const at = mailKey(start.event, 'new-referral', 'one@partner.example')
    const { id } = start.referral
    expect(
      referralMailKey({ partnerId, referralId: id, version: start.event.version, part: lastPartOf(at) }),
    ).toEqual(at)
    for (const key of [
      at,
      mailKey(
        anEvent('rfi.received', { recipients: 1 }, { subject: { rfiId } }),
        'receipt',
        'it@customer.example',
      ),
      mailKey(aContactFailure(profileContacts), 'contact-failed', 'a@b.example'),
    ]) {
      // Amazon SES API Reference, MessageTag.
      expect(keyTag(key)).toMatch(/^[A-Za-z0-9_-]{1,256}$/)
      expect(readKeyTag(keyTag(key))).toEqual(key)
    }
  })

  it('under an id that is the same as before mails had partitions of their own', () => {
    const at = mailKey(start.event, 'new-referral', 'one@partner.example')
    const { pk, sk } = at
    expect(pk).toMatch(/^MAIL#ptr_/)
    const first = { pk: pk.replace('MAIL#', 'PARTNER#'), sk }
    expect(mailIdOf(at)).toBe(mailIdOf(first))
    expect(mailIdOf({ pk: 'MAIL#rfi_1', sk })).toBe(mailIdOf({ pk: 'RFI#rfi_1', sk }))
    expect(readKeyTag(keyTag(first))).toEqual(at)
  })
})

const ordinary = previews()
const namesOf = (mails: readonly Preview[]) => [...new Set(mails.map(({ name }) => name))]

it('there is a preview of each mail in each language', () => {
  expect(namesOf(ordinary).length).toBeGreaterThanOrEqual(mailKinds.length)
  for (const name of namesOf(ordinary)) {
    const spoken = ordinary.filter(mail => mail.name === name).map(({ language }) => language)
    expect(spoken, name).toEqual(expect.arrayContaining([...languages]))
  }
})

/** What a mail is made of: nothing else may get into it. */
const elementNames = [
  'html',
  'head',
  'meta',
  'title',
  'body',
  'main',
  'p',
  'a',
  'br',
  'bdi',
  'strong',
  'blockquote',
  'table',
  'tr',
  'th',
  'td',
  'ul',
  'li',
  'div',
]
// Gmail clips at 102 KB.
const clipped = 102_000

const expectWellFormed = ({ html, language }: Preview): void => {
  const page = parse(html)
  const others = named(page, ...elementNames).length
  expect(named(page, '', ...elementNames)).toHaveLength(others + 1)
  expect(named(page, 'html').map(({ attributes }) => attributes.lang)).toEqual([language])
  for (const link of links(page))
    expect(link).toMatch(/^https:\/\/referrals\.example\/v1\/pages\/[^\s<>"']+$/)
  expect(Buffer.byteLength(html)).toBeLessThan(clipped)
}

const expectTwin = ({ html, text }: Preview): void => {
  const page = parse(html)
  for (const link of links(page)) expect(text).toContain(link)
  const said = text.replace(/\s+/g, ' ')
  for (const [piece, path] of texts(page))
    if (path.some(({ name }) => name === 'body')) expect(said).toContain(piece.replace(/\s+/g, ' ').trim())
}

describe.each(namesOf(ordinary))('the mail “%s”, in each language,', name => {
  const mails = ordinary.filter(mail => mail.name === name)

  it('has a subject of one line', () => {
    for (const { subject } of mails) expect(subject).toMatch(/^\S[^\r\n]*\S$/)
    // Each language has its own, unless it is nothing but a name.
    expect(new Set(mails.map(({ subject }) => subject)).size).toBeGreaterThanOrEqual(languages.length)
  })

  it('is HTML without errors, of a size that no client clips', () => {
    for (const mail of mails) expectWellFormed(mail)
  })

  it('has a plain-text twin that says the same, with each link', () => {
    for (const mail of mails) {
      expectTwin(mail)
      expect(mail.text).not.toMatch(/<\/?[a-z]+|&(amp|lt|gt|quot|#39);/)
      expect(mail.text).not.toMatch(/\n{3}/)
    }
  })

  it('leaves nothing unfilled', () => {
    for (const { subject, html, text } of mails)
      expect(`${subject}\n${html}\n${text}`).not.toMatch(
        /undefined|\bnull\b|\bNaN\b|Invalid Date|\[object|\$\{|\{[a-zA-Z]+[,}]/,
      )
  })
})

const cut = (inputs: Inputs): Inputs => ({
  company: inputs.company.slice(0, 200),
  city: inputs.city.slice(0, 100),
  partnerName: inputs.partnerName.slice(0, 200),
  locationName: inputs.locationName.slice(0, 100),
  personName: inputs.personName.slice(0, 100),
  text: inputs.text.slice(0, 4000),
})
const everywhere = (text: string): Inputs =>
  cut({ company: text, city: text, partnerName: text, locationName: text, personName: text, text })

describe('what others wrote,', () => {
  it.each([
    ['markup', '<script>alert(1)</script><img src=x onerror=alert(1)><!-- '],
    ['quotes', `"><a href='javascript:alert(1)' style="position:fixed">&amp;&lt;</a>`],
    ['a link of Markdown', '[click](javascript:alert(1)) **now** https://evil.example/?a=b'],
    ['Hebrew', 'חברת "דוגמה" בע״מ (תל אביב)'],
    ['Arabic', 'شركة المثال، ٢٠٢٦ (دبي) C++'],
    ['emoji', '👩🏽‍💻👨‍👩‍👧‍👦 🏳️‍🌈 é'],
    ['headers', 'Acme\r\nBcc: everybody@customer.example\r\n\r\n<p>Hello'],
    ['line separators', 'Acme\u2028Bcc: x\u2029Cc: y\u0085z\vw'],
    ['a message of ours', "{company} {count, plural, other {#}} '{' $& $1 %s"],
    ['a language with long words', '漢'.repeat(4000)],
    ['nothing but quotes', '"'.repeat(4000)],
    ['nothing but lines', '\n'.repeat(4000)],
    ['words without a space', 'w'.repeat(4000)],
  ])('%s, stays text', (_, text) => {
    const inputs = everywhere(text)
    for (const mail of previews(inputs)) {
      expectWellFormed(mail)
      expect(mail.subject, mail.name).toMatch(/^[^\r\n]*\S[^\r\n]*$/)
    }
    const [mail] = previews(inputs)
      .filter(({ name }) => name === 'new referral')
      .map(({ html }) => textOf(parse(html)))
    for (const line of inputs.text.split(/\r?\n/)) expect(mail).toContain(line)
  })

  it('arrives as it was written', () => {
    const inputs = everywhere(`<b>"It's" & 'so'</b> שלום`)
    const mails = previews(inputs).filter(({ name }) => name === 'new referral')
    expect(mails).toHaveLength(languages.length)
    for (const { subject, html, text } of mails) {
      expect(subject).toContain(inputs.company)
      expect(text).toContain(`> ${inputs.text}`)
      expect(named(parse(html), 'blockquote').map(textOf)).toEqual([inputs.text])
    }
  })

  it('is kept apart, whatever direction it runs in', () => {
    const inputs: Inputs = {
      company: 'ⒶⒸⓂⒺ',
      city: 'ⒸⒾⓉⓎ',
      partnerName: 'ⓅⒶⓇⓉⓃⒺⓇ',
      locationName: 'ⓁⓄⒸⒶⓉⒾⓄⓃ',
      personName: 'ⓅⒺⓇⓈⓄⓃ',
      text: 'ⓉⒺⓍⓉ',
    }
    const seen = new Set<string>()
    for (const { html, name, language } of previews(inputs))
      for (const [piece, path] of texts(parse(html)))
        for (const written of Object.values(inputs))
          if (piece.includes(written)) {
            seen.add(written)
            expect(isApart(path), `${written} in “${name}” (${language})`).toBe(true)
          }
    expect([...seen].toSorted()).toEqual(Object.values(inputs).toSorted())
  })

  it.each(['\n', '\r\n'])('in several lines (%j), is quoted line by line', lineBreak => {
    const text = ['First.', '', 'Second.'].join(lineBreak)
    const [mail] = previews({ ...everywhere('x'), text }).filter(({ name }) => name === 'extended')
    expect(mail?.text.replaceAll('\r\n', '\n')).toContain('> First.\n> \n> Second.\n')
    expect(mail?.html).toMatch(/First\.<br><br>Second\./)
  })
})

describe('the longest mails', () => {
  const about = (text: string) => ({
    ...aboutReferral(start.referral, context),
    company: text,
    dealName: text,
    estimatedCloseDate: '2099-01-01',
  })
  const footing = { name: 'Desk', role: 'contact', partnerName: profileContacts.partnerName, region } as const

  it.each([
    ['漢', 'nudge'],
    ['&', 'nudge'],
    ['"', 'new-referral'],
  ] as const)('of a digest of 45 names of 200 %s (%s) are not clipped', (character, kind) => {
    const entries = Array.from({ length: 45 }, () => ({ kind, about: about(character.repeat(200)) }))
    for (const language of languages) {
      const message = compose.digest(mailLocalizer(language), { footing, entries, more: 155, limit: 10 })
      expect(Buffer.byteLength(renderMessage(message, language).html)).toBeLessThan(clipped)
    }
  })

  it('of an acceptance by fifty people, or a receipt of twenty partners, are not', () => {
    const name = '漢'.repeat(100)
    const people = Array.from({ length: 50 }, () => ({
      name: `${name} ${name}`,
      phone: '0'.repeat(40),
      email: `${'e'.repeat(242)}@b.example`,
    }))
    const to = { name: `${name} ${name}`, trackingUrl: context.trackingUrl }
    const partnerNames = Array.from({ length: 20 }, () => name + name)
    for (const language of languages) {
      const localizer = mailLocalizer(language)
      const long = [
        compose.accepted(localizer, { ...to, people, partnerName: name + name, locationName: name }),
        compose.receipt(localizer, { ...to, partnerNames, respondBy: receivedAt }),
        compose.recipientsAdded(localizer, { ...to, partnerNames, respondBy: receivedAt }),
      ]
      for (const message of long)
        expect(Buffer.byteLength(renderMessage(message, language).html)).toBeLessThan(clipped)
    }
  })
})

it('a digest says how many more there are, if there are', () => {
  const footing = { name: 'Desk', role: 'contact', partnerName: profileContacts.partnerName, region } as const
  const entries = [{ kind: 'new-referral', about: aboutReferral(start.referral, context) }] as const
  const tell = (more: number) =>
    renderMessage(compose.digest(mailLocalizer('en'), { footing, entries, more, limit: 10 }), 'en')
  expect(tell(0).subject).toBe('1 more update about your referrals')
  expect(tell(0).text).not.toContain('And ')
  expect(tell(2).subject).toBe('3 more updates about your referrals')
  expect(tell(2).text).toContain('And 2 more updates.')
})
