import { describe, expect, it } from 'vitest'
import type { ContactProblem } from '../../shared/events/contract.ts'
import { type Event, type EventType, eventData } from '../../shared/events/contract.ts'
import { asPartnerId, asProfileId } from '../../shared/kernel/ids.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { mailLocalizer } from '../../shared/messaging/language/mails.ts'
import { userText } from '../../shared/messaging/language/rules.ts'
import * as compose from '../../shared/messaging/mail/compose.ts'
import {
  directEvents,
  eventsWithSuggestions,
  mailedEvents,
  mailKinds,
  preparedEvents,
} from '../../shared/messaging/mail/contract.ts'
import { renderMessage } from '../../shared/messaging/mail/render.ts'
import {
  draftsOf,
  draftsToPartner,
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
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { statuses } from '../../shared/referrals/referral/contract.ts'
import { decide } from '../../shared/referrals/referral/effects.ts'
import type { CommandName, Referral } from '../../shared/referrals/referral/referral.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aContactFailure, anEvent } from '../fixtures/event.ts'
import { aTrouble } from '../fixtures/health.ts'
import { aMailContext, anAdmin, someProfileContacts } from '../fixtures/mail-context.ts'
import { defaultInputs, type Inputs, type Preview, previews } from '../fixtures/mail-previews.ts'
import { aContact } from '../fixtures/profile.ts'
import { aReferralRequest, inStatus, received, run } from '../fixtures/referral.ts'
import { anAddressee, anRfi } from '../fixtures/rfi.ts'
import { english } from '../fixtures/texts.ts'
import { day, hour, later } from '../fixtures/time.ts'
import { internalId, isDirectionIsolated, links, named, parse, textOf, texts } from './markup.ts'

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

interface MailedChange {
  readonly referral: Referral
  readonly event: Event
}

const step = ({ referral }: Pick<MailedChange, 'referral'>, name: CommandName, at: Instant): MailedChange => {
  const { next, events } = run(referral, name, at)
  const event = events.at(-1)
  if (!event) throw new Error('the command caused no event')
  return { referral: next, event }
}

const start = received()
const accepted = step(start, 'accept', later(hour))
const expired = step(start, 'expire', later(14 * day))
const superseded = step(start, 'supersede', later(day))
const denied = step(step(accepted, 'win', later(2 * day)), 'deny-win', later(3 * day))

/** A referral and its last event, by event type. */
const changes = {
  'referral.received': start,
  'referral.reminder-due': step(start, 'remind', later(day)),
  'referral.extended': step(start, 'extend', later(day)),
  'referral.declined': step(start, 'decline', later(day)),
  'referral.expired': expired,
  'referral.reopened': step(expired, 'reopen', later(15 * day)),
  'referral.accepted': accepted,
  'referral.nudge-due': step(accepted, 'nudge', '2099-01-03T00:00:00.000Z'),
  'referral.withdrawn': step(start, 'withdraw', later(day)),
  'referral.won': step(accepted, 'win', later(hour)),
  'referral.lost': step(accepted, 'lose', later(hour)),
  'referral.contact-added': step(accepted, 'add-colleague', later(2 * day)),
  'referral.superseded': superseded,
  'referral.reinstated': step(superseded, 'reinstate', later(2 * day)),
  'referral.choice-noted': step(accepted, 'note-choice', later(2 * day)),
  'referral.win-denied': denied,
  'referral.win-confirmed': step(denied, 'confirm-win', later(4 * day)),
} satisfies Partial<Record<EventType, MailedChange>>
type ChangedEvent = keyof typeof changes

const context = aMailContext()
const contextOf = (referral: Referral, more: Partial<MailContext> = {}): MailContext =>
  aMailContext({ addressed: [{ partnerId, partnerName: profileContacts.partnerName, referral }], ...more })

const isToContacts = (type: ChangedEvent): boolean => (toContacts as readonly string[]).includes(type)

/** Returns the mails to contacts, or those to the customer if there are no others. */
const draftsAbout = (type: ChangedEvent, more?: Partial<MailContext>) => {
  const { event, referral } = changes[type]
  const drafts = draftsOf(event, contextOf(referral, more))
  return isToContacts(type) ? drafts.filter(({ role }) => role !== 'customer') : drafts
}
const draftsToCustomer = (type: ChangedEvent, more?: Partial<MailContext>) =>
  draftsAbout(type, more).filter(({ role }) => role === 'customer')
const mailsAbout = (type: ChangedEvent, more?: Partial<MailContext>) =>
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
  'referral.superseded',
  'referral.reinstated',
  'referral.choice-noted',
  'referral.win-confirmed',
] as const satisfies ChangedEvent[]
const toCustomer = [
  'referral.accepted',
  'referral.declined',
  'referral.expired',
  'referral.extended',
  'referral.reopened',
  'referral.won',
  'referral.lost',
] as const satisfies ChangedEvent[]

/** An event of an RFI as it concerns the referral. */
const newsOf = (type: 'rfi.customer-unreachable' | 'rfi.address-corrected'): Event =>
  anEvent(type, { referrals: [] }, { subject: start.event.subject })

const reach = { details: 'page', isUnreachable: false, hasPhone: true } as const

describe('mail about the address of the customer', () => {
  const textFor = (
    type: Parameters<typeof newsOf>[0],
    referral: Referral,
    inMail: 'hot' | 'accepted' | 'never' = 'hot',
  ) => {
    const policy = { ...defaultPolicy, contactDetails: { ...defaultPolicy.contactDetails, inMail } }
    const [draft] = draftsToPartner(newsOf(type), contextOf(referral, { policy }))
    return draft && renderMessage(draft.write(mailLocalizer('en'), urls), 'en').text
  }

  it('goes to the contacts while the referral is new or active, and never waits for a digest', () => {
    for (const type of ['rfi.customer-unreachable', 'rfi.address-corrected'] as const)
      for (const status of statuses) {
        const drafts = draftsToPartner(newsOf(type), contextOf(inStatus(status).referral))
        expect(drafts.map(({ role, digest }) => [role, digest])).toEqual(
          ['new', 'active'].includes(status)
            ? [
                ['contact', null],
                ['contact', null],
              ]
            : [],
        )
      }
  })

  it('asks to call, and has the contact details only as the policy allows', () => {
    const active = inStatus('active').referral
    expect(textFor('rfi.customer-unreachable', start.referral)).toContain(
      'The customer has given no phone number',
    )
    expect(textFor('rfi.address-corrected', start.referral)).not.toContain('it@customer.example')
    expect(textFor('rfi.address-corrected', active)).toContain('it@customer.example')
    expect(textFor('rfi.address-corrected', active, 'accepted')).toContain('it@customer.example')
    expect(textFor('rfi.address-corrected', active, 'never')).not.toContain('it@customer.example')
  })
})

describe('the recipients of mails', () => {
  it.each(toContacts)('about %s are the contacts of the location', type => {
    expect(draftsAbout(type).map(({ to, role }) => [to.email, role])).toEqual([
      ['one@partner.example', 'contact'],
      ['two@partner.example', 'contact'],
    ])
  })

  it.each(toCustomer)('about %s include the customer, unless the data of the customer was erased', type => {
    expect(draftsToCustomer(type).map(({ to }) => to.email)).toEqual(['it@customer.example'])
    expect(draftsToCustomer(type, { customer: null })).toEqual([])
  })

  it('about an RFI are the customer, in one mail for all partners', () => {
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
    const drafts = [received, added].flatMap(event =>
      draftsOf(event, { ...context, profileContacts: undefined, addressed }),
    )
    expect(drafts.map(({ kind, to }) => [kind, to.email])).toEqual([
      ['receipt', 'it@customer.example'],
      ['added', 'it@customer.example'],
    ])
    const [first, second] = drafts.map(
      ({ write }) => renderMessage(write(mailLocalizer('en'), urls), 'en').text,
    )
    expect(first).toContain('to ptr_1 and ptr_2.')
    expect(second).toContain('to ptr_2.')
    expect(draftsOf(received, { ...context, profileContacts: undefined, addressed, customer: null })).toEqual(
      [],
    )
  })

  it('about an RFI without partners are the customer, who reads that a partner is searched', () => {
    const received = anEvent('rfi.received', { recipients: 0 }, { subject: { rfiId } })
    const [draft, ...more] = draftsOf(received, { ...context, profileContacts: undefined, addressed: [] })
    expect(more).toEqual([])
    expect(draft).toMatchObject({ kind: 'receipt', to: { email: 'it@customer.example' } })
    const text = draft && renderMessage(draft.write(mailLocalizer('en'), urls), 'en').text
    expect(text).toContain('looking for a partner')
  })

  it('about other events do not exist', () => {
    const others = (Object.keys(eventData) as EventType[]).filter(
      type => !(mailedEvents as readonly string[]).includes(type),
    )
    expect(others).toContain('referral.cooled')
    for (const type of others)
      for (const status of statuses) {
        const { referral } = inStatus(status)
        const event = { ...start.event, type, data: {} } as Event
        expect(draftsOf(event, contextOf(referral)), `${type} status ${status}`).toEqual([])
        expect(reachesNobody(event, contextOf(referral, { profileContacts: undefined }))).toBe(false)
      }
  })

  it.each(mailedEvents)('about %s exist', type => {
    const failed = { person: aContact('one'), problem: 'bounced' } as const
    const eventsByType: Partial<Record<EventType, Event>> = {
      'rfi.received': anEvent('rfi.received', { recipients: 1 }, { subject: { rfiId } }),
      'rfi.recipients-added': anEvent(
        'rfi.recipients-added',
        { partnerIds: [partnerId] },
        { subject: { rfiId } },
      ),
      'contact.failed': aContactFailure(profileContacts),
      'rfi.customer-unreachable': newsOf('rfi.customer-unreachable'),
      'rfi.address-corrected': newsOf('rfi.address-corrected'),
    }
    const change = changes[type as ChangedEvent] ?? { event: eventsByType[type], referral: start.referral }
    expect(draftsOf(change.event, contextOf(change.referral, { failed })).length).toBeGreaterThan(0)
  })
})

describe('the recipients when contacts are unreachable', () => {
  const here = ['one', 'two']

  it.each([
    ['one contact of the location', ['one'], ['two'], 'contact'],
    ['each contact of the location', here, ['default'], 'default-contact'],
    ['the default contact too', [...here, 'default'], ['admin', 'owner'], 'admin'],
    ['one administrator too', [...here, 'default', 'admin'], ['owner'], 'admin'],
    ['each administrator too', [...here, 'default', 'admin', 'owner'], ['branch'], 'contact'],
  ])('are the next tier if %s is unreachable', (_, unreachable, expected, role) => {
    const drafts = draftsAbout('referral.received', bounced(...unreachable))
    expect(drafts.map(({ to }) => to.email.split('@')[0])).toEqual(expected)
    for (const draft of drafts) expect(draft.role).toBe(role)
  })

  it('are empty if no contact is reachable, and reachesNobody returns true', () => {
    const unreachable = bounced(...here, 'default', 'admin', 'owner', 'branch')
    for (const type of toContacts) {
      const { event, referral } = changes[type]
      expect(mailsAbout(type, unreachable)).toEqual([])
      expect(reachesNobody(event, contextOf(referral, unreachable))).toBe(true)
      expect(reachesNobody(event, contextOf(referral))).toBe(false)
      // The partner may have deleted its profile.
      expect(reachesNobody(event, contextOf(referral, { profileContacts: undefined }))).toBe(true)
    }
  })

  it('are not missing for a referral that is closed', () => {
    const over = inStatus('withdrawn').referral
    expect(reachesNobody(start.event, contextOf(over, { profileContacts: undefined }))).toBe(false)
    const { event, referral } = changes['referral.declined']
    expect(reachesNobody(event, contextOf(referral, { profileContacts: undefined }))).toBe(false)
  })

  it('are the default contacts if the location does not exist any more', () => {
    const moved = { ...start.referral, locationId: 'moon' }
    const drafts = draftsOf(start.event, contextOf(moved))
    expect(drafts.map(({ to }) => to.email)).toEqual(['default@partner.example'])
  })

  it('omit a contact that was the wrong person only for that referral', () => {
    const mistaken = (referralId: string) => ({
      ...failing(trouble('one', 'misaddressed', referralId)),
    })
    expect(mailsAbout('referral.received', mistaken(start.referral.id))).toEqual(['new-referral: two'])
    expect(mailsAbout('referral.received', mistaken('ref_other'))).toHaveLength(2)
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

  it('is skipped while muted, unless no other contact would get the mail', () => {
    expect(
      mailsAbout('referral.received', withContacts(aContact('one', { muted: true }), aContact('two'))),
    ).toEqual(['new-referral: two'])
    expect(mailsAbout('referral.received', withContacts(aContact('one', { muted: true })))).toEqual([
      'new-referral: one',
    ])
  })

  it('gets each mail once, even if the profile names the address twice', () => {
    const shouting = { ...aContact('one'), email: 'ONE@Partner.example' }
    const drafts = draftsAbout('referral.received', withContacts(shouting, aContact('one'), aContact('two')))
    expect(drafts.map(({ to }) => addressOf(to))).toEqual(['one@partner.example', 'two@partner.example'])
  })

  it('can mute mails while another contact gets them', () => {
    const isMutable = (more: Partial<MailContext>) =>
      draftsAbout('referral.received', more).map(draft => draft.isMutable)
    expect(isMutable({})).toEqual([true, true])
    expect(isMutable(withContacts(aContact('one')))).toEqual([false])
    expect(isMutable(withContacts(aContact('one'), aContact('two', { muted: true })))).toEqual([false])
    expect(isMutable(bounced('one'))).toEqual([false])
  })

  it('gets a link to mute mails only then', () => {
    const mute = /pages\/mute/
    for (const type of toContacts) {
      for (const draft of draftsAbout(type)) expect(rendered(draft).html).toMatch(mute)
      for (const draft of draftsAbout(type, bounced('one'))) expect(rendered(draft).html).not.toMatch(mute)
    }
  })

  it('reads why it gets mail for another location', () => {
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
  const { event } = changes['referral.declined']

  it('come with a task that is queued, not with an event from the bus', () => {
    expect(readMailTask(JSON.parse(writeMailTask({ event, suggestions })))).toEqual({ event, suggestions })
    expect(readMailTask({ detail: event })).toEqual({ event, suggestions: [] })
    expect(() => readMailTask({ detail: event, suggestions: 'none' })).toThrow('suggestions')
  })

  it('are read without attributes that a newer version added', () => {
    const newer = suggestions.map(one => ({ ...one, score: 1 }))
    expect(readMailTask({ detail: event, suggestions: newer })?.suggestions).toEqual(suggestions)
  })

  it('are listed in the mail about a declined referral with links to the request page', () => {
    const [draft] = draftsAbout('referral.declined', { suggestions })
    const { html } = draft ? rendered(draft) : { html: '' }
    for (const { profileId } of suggestions) expect(html).toContain(`token=a#${profileId}"`)
  })

  it('are dropped for partners that got the RFI since, and after a withdrawal', () => {
    const recipients = [anAddressee({ partnerId: 'ptr_1' })]
    expect(stillSuggested(suggestions, anRfi())).toEqual(suggestions)
    expect(stillSuggested(suggestions, anRfi({ recipients }))).toEqual([suggest('ptr_2')])
    expect(stillSuggested(suggestions, anRfi({ status: 'withdrawn' }))).toEqual([])
  })

  it('are computed for events that do not go to send-mail directly', () => {
    expect(preparedEvents).toEqual(expect.arrayContaining([...eventsWithSuggestions]))
    expect([...preparedEvents, ...directEvents].toSorted()).toEqual(mailedEvents.toSorted())
  })
})

const rendered = ({ write, to }: ReturnType<typeof draftsOf>[number]) =>
  renderMessage(write(mailLocalizer(to.locale), urls), 'en')

describe('about a failed contact', () => {
  const failedEvent = aContactFailure(profileContacts)
  const recipientsOf = (
    person: ProfileContacts['contacts']['admins'][number],
    more: Partial<MailContext> = {},
  ) =>
    draftsOf(failedEvent, { ...context, failed: { person, problem: 'bounced' }, ...more }).map(
      ({ to }) => to.email.split('@')[0],
    )

  it('only the administrators get a mail', () => {
    expect(recipientsOf(aContact('one'))).toEqual(['admin', 'owner'])
  })

  it('an administrator gets no mail if it is that contact or unreachable', () => {
    expect(recipientsOf({ ...anAdmin('admin'), email: 'Admin@partner.example' })).toEqual(['owner'])
    expect(recipientsOf(aContact('one'), bounced('owner'))).toEqual(['admin'])
    expect(recipientsOf(aContact('one'), failing(trouble('owner', 'complained')))).toEqual(['admin'])
    expect(recipientsOf(anAdmin('owner'), bounced('admin', 'owner'))).toEqual([])
  })

  it('an administrator gets a mail even if it was the wrong person for a referral', () => {
    expect(recipientsOf(aContact('one'), failing(trouble('owner', 'misaddressed', 'ref_1')))).toHaveLength(2)
  })

  it('each administrator gets one mail', () => {
    const twice = [anAdmin('admin'), { ...anAdmin('admin'), email: 'ADMIN@partner.example' }]
    const contacts = { ...profileContacts.contacts, admins: twice }
    expect(recipientsOf(aContact('one'), { profileContacts: { ...profileContacts, contacts } })).toHaveLength(
      1,
    )
  })

  it.each([
    ['bounced', true, 0],
    ['complained', true, 0],
    ['misaddressed', true, 2],
    ['bounced', false, 2],
    ['complained', false, 2],
    ['misaddressed', false, 2],
  ] as const)('a problem %s, known before: %s, causes %i mails', (problem, known, count) => {
    const event = aContactFailure(profileContacts, { known })
    const failed = { person: aContact('one'), problem }
    expect(draftsOf(event, { ...context, failed })).toHaveLength(count)
  })

  it('no mail is sent when the contact or the profile does not exist any more', () => {
    expect(draftsOf(failedEvent, context)).toEqual([])
    expect(recipientsOf(aContact('one'), { profileContacts: undefined })).toEqual([])
  })

  it('the mails can neither be muted nor be part of a digest', () => {
    const failed = { person: aContact('one'), problem: 'bounced' } as const
    for (const draft of draftsOf(failedEvent, { ...context, failed }))
      expect(draft).toMatchObject({ isMutable: false, digest: null, kind: 'contact-failed' })
  })
})

describe('a delayed mail', () => {
  /** Statuses in which a mail about an earlier event is still sent, by event type. */
  const mailedStatuses: Readonly<Record<ChangedEvent, readonly string[]>> = {
    'referral.received': ['new'],
    'referral.reminder-due': ['new'],
    'referral.extended': ['new'],
    'referral.reopened': ['new'],
    'referral.nudge-due': ['active'],
    'referral.accepted': ['active', 'won', 'lost'],
    'referral.declined': ['declined'],
    'referral.expired': ['expired'],
    'referral.withdrawn': ['withdrawn'],
    'referral.won': ['won'],
    'referral.lost': ['lost'],
    'referral.contact-added': ['new', 'active'],
    'referral.superseded': ['superseded'],
    'referral.reinstated': ['new'],
    'referral.choice-noted': ['active', 'won'],
    'referral.win-denied': ['won'],
    'referral.win-confirmed': ['won'],
  }

  it.each(Object.keys(changes) as ChangedEvent[])('about %s is sent only if it still applies', type => {
    const { event, referral } = changes[type]
    for (const status of statuses) {
      const drafts = draftsOf(event, contextOf({ ...referral, status }))
      expect(drafts.length > 0, `status ${status}`).toBe(mailedStatuses[type].includes(status))
    }
  })

  it.each(['referral.received', 'referral.reminder-due'] as const)(
    'about %s does not ask for an answer after respondBy',
    type => {
      const { respondBy } = changes[type].referral
      expect(mailsAbout(type, { now: respondBy })).toEqual([])
    },
  )

  it('about a nudge is not sent when the close date was changed', () => {
    const { event, referral } = changes['referral.nudge-due']
    const patch = { estimatedCloseDate: '2099-06-01' }
    const edited = decide(
      referral,
      { name: 'edit-deal', patch },
      { kind: 'partner' },
      '2099-01-04T00:00:00.000Z',
    )
    expect(draftsOf(event, contextOf(edited.next))).toEqual([])
  })

  it('about an extension contains its own reason and date', () => {
    const { event, referral } = changes['referral.extended']
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

  it('offers only answers that are still possible', () => {
    const offered = (of: Referral, more: Partial<MailContext> = {}) => {
      const [draft] = draftsOf(start.event, contextOf(of, more))
      const { html } = draft ? rendered(draft) : { html: '' }
      return [...html.matchAll(/answer\?token=([a-z]+)/g)].map(([, action]) => action)
    }
    expect(offered(start.referral)).toEqual(['accept', 'decline', 'extend', 'misaddressed'])
    expect(offered(changes['referral.extended'].referral)).toEqual(['accept', 'decline', 'misaddressed'])
    // The mail to an administrator has no link “misaddressed”, because no tier follows.
    expect(offered(start.referral, bounced('one', 'two', 'default'))).toEqual(['accept', 'decline', 'extend'])
  })
})

describe('the daily digest', () => {
  const news = toContacts.filter(type => type !== 'referral.received' && type !== 'referral.reinstated')

  it.each(news)('can contain a mail about %s', type => {
    for (const draft of draftsAbout(type)) expect(draft.digest?.kind).toBe(draft.kind)
  })

  it.each(['referral.received', 'referral.reinstated'] as const)(
    'never contains the mail about a new referral: %s',
    type => {
      const drafts = draftsAbout(type)
      expect(drafts).toHaveLength(2)
      for (const draft of drafts) expect(draft.digest).toBeNull()
    },
  )

  it('contains the mail about an expiry only if the referral cannot be reopened', () => {
    const digests = (more: Partial<MailContext>) =>
      draftsAbout('referral.expired', more).flatMap(({ role, digest }) =>
        role === 'contact' ? [digest] : [],
      )
    expect(digests({ now: later(14 * day) })).toEqual([null, null])
    const over = { kind: 'referral-expired', until: null }
    expect(digests({ now: later(40 * day) })).toEqual([over, over])
  })

  it('has a limit of time for mails with a deadline', () => {
    const until = (type: ChangedEvent) => draftsAbout(type).map(({ digest }) => digest?.until)[0]
    expect(until('referral.reminder-due')).toBe(start.referral.respondBy)
    expect(until('referral.nudge-due')).toBeNull()
    expect(until('referral.withdrawn')).toBeNull()
  })

  it('contains the reminder about a request for direct contact only after its hot time', () => {
    const { referral, event } = step(received({ directContact: true }), 'remind', later(day))
    const digests = (now: Instant) =>
      draftsOf(event, contextOf(referral, { now })).map(({ digest }) => digest)
    expect(digests(later(day))).toEqual([null, null])
    const held = { kind: 'reminder', until: referral.respondBy }
    expect(digests(later(4 * day))).toEqual([held, held])
  })

  it('contains only mails to contacts', () => {
    for (const type of toCustomer) for (const draft of draftsToCustomer(type)) expect(draft.digest).toBeNull()
  })
})

describe('mails to contacts of a partner', () => {
  it('contain no personal data of the customer', () => {
    const persons = /it@customer\.example|Purchasing/
    for (const type of toContacts)
      for (const more of [{}, bounced('one', 'two'), bounced('one', 'two', 'default')])
        for (const draft of draftsAbout(type, more)) {
          const { subject, html, text } = rendered(draft)
          expect(`${subject}${html}${text}`).not.toMatch(persons)
        }
    expect(JSON.stringify(aboutReferral(start.referral, context))).not.toMatch(persons)
  })

  it('state who has withdrawn the referral', () => {
    const { referral, event } = changes['referral.withdrawn']
    const tell = (kind: 'customer' | 'operator') =>
      draftsOf({ ...event, actor: { kind } }, contextOf(referral))
        .map(rendered)
        .at(0)?.text
    expect(tell('customer')).toContain('Havelland Getriebe has withdrawn its request')
    expect(tell('operator')).toContain('The partner program has withdrawn the referral')
  })
})

describe('mailKey', () => {
  it('is the same for the same event, kind and address in any spelling', () => {
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

  it('can be derived from a link and fits into a tag of SES', () => {
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

  it('has the same mail id as in the first layout of keys', () => {
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

it('previews contain each mail in each language', () => {
  expect(namesOf(ordinary).length).toBeGreaterThanOrEqual(mailKinds.length)
  for (const name of namesOf(ordinary)) {
    const previewLanguages = ordinary.filter(mail => mail.name === name).map(({ language }) => language)
    expect(previewLanguages, name).toEqual(expect.arrayContaining([...languages]))
  }
})

/** Elements that a mail may contain. */
const elementNames = [
  'html',
  'head',
  'meta',
  'title',
  'style',
  'body',
  'p',
  'a',
  'br',
  'span',
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
// Gmail clips mails larger than 102 KB.
const maxMailBytes = 102_000

const expectWellFormed = ({ html, language }: Preview): void => {
  const page = parse(html)
  const others = named(page, ...elementNames).length
  expect(named(page, '', ...elementNames)).toHaveLength(others + 1)
  expect(named(page, 'html').map(({ attributes }) => attributes.lang)).toEqual([language])
  for (const link of links(page))
    expect(link).toMatch(/^https:\/\/referrals\.example\/v1\/pages\/[^\s<>"']+$/)
  expect(Buffer.byteLength(html)).toBeLessThan(maxMailBytes)
}

const expectSameText = ({ html, text }: Preview): void => {
  const page = parse(html)
  for (const link of links(page)) expect(text).toContain(link)
  const mailText = text.replace(/\s+/g, ' ')
  for (const [piece, path] of texts(page))
    if (path.some(({ name }) => name === 'body'))
      expect(mailText).toContain(piece.replace(/\s+/g, ' ').trim())
}

describe('the number of a request', () => {
  it.each(['new referral', 'reminder', 'nudge', 'withdrawn by the customer'])(
    'is a fact of the mail “%s”, and not part of the subject',
    name => {
      const number = aboutReferral(start.referral, context).requestNumber
      const [mail] = ordinary.filter(mail => mail.name === name && mail.language === 'en')
      expect(mail?.text).toContain(`Request number: ${number}\n`)
      expect(mail?.subject).not.toContain(number)
    },
  )

  it('replaces ids, which no text of a mail has', () => {
    for (const { subject, html, text } of ordinary)
      expect(`${subject}${textOf(parse(html))}${text.replace(/https:\S+/g, '')}`).not.toMatch(internalId)
  })
})

describe.each(namesOf(ordinary))('the mail “%s” in each language', name => {
  const mails = ordinary.filter(mail => mail.name === name)

  it('has a subject of one line', () => {
    for (const { subject } of mails) expect(subject).toMatch(/^\S[^\r\n]*\S$/)
    // The subjects differ between languages, unless a subject consists only of a name.
    expect(new Set(mails.map(({ subject }) => subject)).size).toBeGreaterThanOrEqual(languages.length)
  })

  it('is valid HTML that no mail client clips', () => {
    for (const mail of mails) expectWellFormed(mail)
  })

  it('has a plain-text version with the same content and links', () => {
    for (const mail of mails) {
      expectSameText(mail)
      expect(mail.text).not.toMatch(/<\/?[a-z]+|&(amp|lt|gt|quot|#39);/)
      expect(mail.text).not.toMatch(/\n{3}/)
    }
  })

  it('has no unresolved placeholders', () => {
    for (const { subject, html, text } of mails)
      expect(`${subject}\n${html}\n${text}`).not.toMatch(
        /undefined|\bnull\b|\bNaN\b|Invalid Date|\[object|\$\{|\{[a-zA-Z]+[,}]/,
      )
  })
})

describe('the card of a person', () => {
  const card = {
    kind: 'contact',
    name: 'Ada Lovelace',
    phone: '+49 (0)30 123 456',
    email: 'ada@customer.example',
    lines: [[userText('Havelland Getriebe')], ['Berlin']],
  } as const
  const renderCard = (more: Partial<Extract<compose.Block, { kind: 'contact' }>> = {}) =>
    renderMessage({ subject: ['S'], blocks: [{ ...card, ...more }] }, 'en')
  const linked = ({ html }: { html: string }) =>
    named(parse(html), 'a').map(link => [link.attributes.href, textOf(link)])

  it('has links to call and to write, and the number as it was entered', () => {
    expect(linked(renderCard())).toEqual([
      ['tel:+4930123456', card.phone],
      ['mailto:ada@customer.example', card.email],
    ])
  })

  it('is a group of lines in plain text', () => {
    const lines = ['Ada Lovelace', 'Havelland Getriebe', 'Berlin', card.phone, card.email]
    expect(renderCard().text).toBe(`${lines.join('\n')}\n`)
    expect(named(parse(renderCard().html), 'div').map(textOf)).toContain(lines.join('\n'))
  })

  it('leaves out what is not known', () => {
    const bare = renderCard({ phone: undefined, email: undefined, lines: undefined })
    expect(bare.text).toBe('Ada Lovelace\n')
    expect(linked(bare)).toEqual([])
  })

  it('keeps the digits of a number in order in every direction of text', () => {
    for (const { attributes } of named(parse(renderCard().html), 'a'))
      expect(attributes).toMatchObject({ dir: 'ltr' })
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
const inAllFields = (text: string): Inputs =>
  cut({ company: text, city: text, partnerName: text, locationName: text, personName: text, text })

describe('foreign text', () => {
  it.each([
    ['markup', '<script>alert(1)</script><img src=x onerror=alert(1)><!-- '],
    ['quotes', `"><a href='javascript:alert(1)' style="position:fixed">&amp;&lt;</a>`],
    ['a Markdown link', '[click](javascript:alert(1)) **now** https://evil.example/?a=b'],
    ['Hebrew', 'חברת "דוגמה" בע״מ (תל אביב)'],
    ['Arabic', 'شركة المثال، ٢٠٢٦ (دبي) C++'],
    ['emoji', '👩🏽‍💻👨‍👩‍👧‍👦 🏳️‍🌈 é'],
    ['headers', 'Acme\r\nBcc: everybody@customer.example\r\n\r\n<p>Hello'],
    ['line separators', 'Acme\u2028Bcc: x\u2029Cc: y\u0085z\vw'],
    ['an ICU message', "{company} {count, plural, other {#}} '{' $& $1 %s"],
    ['4,000 Chinese characters', '漢'.repeat(4000)],
    ['only quotes', '"'.repeat(4000)],
    ['only line breaks', '\n'.repeat(4000)],
    ['words without a space', 'w'.repeat(4000)],
  ])('with %s stays text', (_, text) => {
    const inputs = inAllFields(text)
    for (const mail of previews(inputs)) {
      expectWellFormed(mail)
      expect(mail.subject, mail.name).toMatch(/^[^\r\n]*\S[^\r\n]*$/)
    }
    const [mail] = previews(inputs)
      .filter(({ name }) => name === 'new referral')
      .map(({ html }) => textOf(parse(html)))
    for (const line of inputs.text.split(/\r?\n/)) expect(mail).toContain(line)
  })

  it('is unchanged in subject, text and HTML', () => {
    const inputs = inAllFields(`<b>"It's" & 'so'</b> שלום`)
    const mails = previews(inputs).filter(({ name }) => name === 'new referral')
    expect(mails).toHaveLength(languages.length)
    for (const { subject, html, text } of mails) {
      expect(subject).toContain(inputs.company)
      expect(text).toContain(`> ${inputs.text}`)
      expect(named(parse(html), 'blockquote').map(textOf)).toEqual([inputs.text])
    }
  })

  it('is isolated from the direction of the surrounding text', () => {
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
            expect(isDirectionIsolated(path), `${written} in “${name}” (${language})`).toBe(true)
          }
    expect([...seen].toSorted()).toEqual(Object.values(inputs).toSorted())
  })

  it.each(['\n', '\r\n'])('in several lines (%j) is quoted line by line', lineBreak => {
    const text = ['First.', '', 'Second.'].join(lineBreak)
    const [mail] = previews({ ...inAllFields('x'), text }).filter(({ name }) => name === 'extended')
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
  ] as const)(
    'of a digest with 28 names of 200 × %s (%s) and links stay below the size at which Gmail clips',
    (character, kind) => {
      const entries = Array.from({ length: 28 }, () => ({
        href: `https://referrals.example/v1/pages/answer?token=${'t'.repeat(900)}`,
        kind,
        about: about(character.repeat(200)),
        choice: 'this' as const,
        reach,
      }))
      for (const language of languages) {
        const message = compose.digest(mailLocalizer(language), { footing, entries, more: 155, limit: 10 })
        expect(Buffer.byteLength(renderMessage(message, language).html)).toBeLessThan(maxMailBytes)
      }
    },
  )
})

describe('instants in mails', () => {
  const calendar = {
    responseTime: 'PT80H' as const,
    zone: 'Pacific/Chatham',
    workingDays: [1, 2, 3, 4, 5],
    workingHours: { from: '09:00', to: '17:00' },
    holidays: [],
  }
  const inputs = { ...defaultInputs, calendars: { DE: calendar } }

  it.each(languages)(
    'are told in %s in the time zone of the calendar of the region, which is named',
    language => {
      const told = previews(inputs, [language]).map(({ name, subject, text }) => {
        const words = `${subject}\n${text}`
        const zones = words.match(/(UTC|GMT)\+13:45/g) ?? []
        const clocks = words.replaceAll(/(UTC|GMT)\+13:45/g, '').match(/\d{1,2}:\d\d/g) ?? []
        expect([name, zones.length]).toEqual([name, clocks.length])
        return zones.length
      })
      // Mails of every kind that tells a deadline, and a digest with several.
      expect(told.filter(count => count > 0).length).toBeGreaterThan(15)
    },
  )
})

it('a line of a digest has a link to the page with the answers', () => {
  const footing = { name: 'Desk', role: 'contact', partnerName: profileContacts.partnerName, region } as const
  const href = 'https://referrals.example/v1/pages/answer?token=a'
  const entry = { about: aboutReferral(start.referral, context), choice: 'this', reach } as const
  const entries = [{ ...entry, kind: 'reminder', href } as const, { ...entry, kind: 'withdrawn' } as const]
  const message = compose.digest(mailLocalizer('en'), { footing, entries, more: 0, limit: 10 })
  const { text, html } = renderMessage(message, 'en')
  expect(text).toContain(`Answer: ${href}`)
  expect([...html.matchAll(/href=/g)]).toHaveLength(1)
})

it('a digest states the number of further messages, if there are any', () => {
  const footing = { name: 'Desk', role: 'contact', partnerName: profileContacts.partnerName, region } as const
  const entries = [
    { kind: 'new-referral', about: aboutReferral(start.referral, context), choice: 'this', reach },
  ] as const
  const tell = (more: number) =>
    renderMessage(compose.digest(mailLocalizer('en'), { footing, entries, more, limit: 10 }), 'en')
  expect(tell(0).subject).toBe('1 more update about your referrals')
  expect(tell(0).text).not.toContain('in your inbox')
  expect(tell(2).subject).toBe('3 more updates about your referrals')
  expect(tell(2).text).toContain('2 more updates are in your inbox in the partner program.')
})
