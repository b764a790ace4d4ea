/** Mails to customers: what they say, who gets their answers, and how many are sent. */
import { describe, expect, it } from 'vitest'
import type { Event } from '../../shared/events/contract.ts'
import { asPartnerId, asProfileId, asReferralId, referenceOf } from '../../shared/kernel/ids.ts'
import * as compose from '../../shared/messaging/customer-mail/compose.ts'
import {
  type Addressed,
  type CustomerContext,
  type CustomerDraft,
  draftToCustomer,
} from '../../shared/messaging/customer-mail/news.ts'
import {
  assignSlot,
  beginDigest,
  type CustomerMails,
  endDigest,
  isLastDigest,
  noMails,
  type PendingNews,
  type SlotTime,
  secondsUntilFinal,
  urgencies,
} from '../../shared/messaging/customer-mail/rules.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { mailLocalizer } from '../../shared/messaging/language/mails.ts'
import { plain } from '../../shared/messaging/language/rules.ts'
import { mailedEvents, mailsCustomer } from '../../shared/messaging/mail/contract.ts'
import { renderMessage } from '../../shared/messaging/mail/render.ts'
import { draftsOf } from '../../shared/messaging/mail/rules.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import type { CommandName, Referral } from '../../shared/referrals/referral/referral.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aMailContext, someProfileContacts } from '../fixtures/mail-context.ts'
import { aContact } from '../fixtures/profile.ts'
import { aColleague, received, run } from '../fixtures/referral.ts'
import { aPerson } from '../fixtures/request.ts'
import { anRfi } from '../fixtures/rfi.ts'
import { english } from '../fixtures/texts.ts'
import { day, hour, later, receivedAt } from '../fixtures/time.ts'

interface Change {
  readonly referral: Referral
  readonly event: Event
}

const step = ({ referral }: Pick<Change, 'referral'>, name: CommandName, at: Instant): Change => {
  const { next, events } = run(referral, name, at)
  const event = events.at(-1)
  if (!event) throw new Error('the command caused no event')
  return { referral: next, event }
}

const start = received()
const afterUndo = 10 * 60_000
const accepted = step(start, 'accept', later(hour))
const declined = step(start, 'decline', later(hour))
const expired = step(start, 'expire', later(14 * day))
const won = step(accepted, 'win', later(2 * day))
const lost = step(accepted, 'lose', later(2 * day))
const nudged = step(accepted, 'nudge', '2099-01-03T00:00:00.000Z')

const addressed = (referral: Referral, number = 1): Addressed => ({
  partnerId: asPartnerId(`ptr_${number}`),
  partnerName: `Partner ${number}`,
  referral: { ...referral, id: asReferralId(`${start.referral.id}${number}`) },
})

/** Returns the context of the event of the first partner, soon after the event. */
const contextOf = (
  { referral, event }: Change,
  siblings: readonly Referral[] = [],
  more: Partial<CustomerContext> = {},
): CustomerContext =>
  aMailContext({
    now: later(Date.parse(event.at) - Date.parse(receivedAt) + afterUndo),
    addressed: [addressed(referral)],
    siblings: siblings.map((sibling, index) => addressed(sibling, index + 2)),
    ...more,
  })

const draft = (change: Change, siblings?: readonly Referral[], more?: Partial<CustomerContext>) =>
  draftToCustomer(change.event, contextOf(change, siblings, more))

const written = (of: CustomerDraft | undefined, { tells = [] as readonly string[], isLast = false } = {}) => {
  if (!of) throw new Error('no mail to the customer, expected one')
  const content = of.write(mailLocalizer('en'), { tells, isLast })
  return { ...renderMessage(content, 'en'), replyTo: content.replyTo }
}

const choice = (referralId: string | null): Partial<CustomerContext> => ({
  rfi: anRfi({
    choice: {
      outcome: referralId ? 'partner' : 'none',
      referralId: referralId === null ? null : asReferralId(referralId),
      firstAt: later(day),
      at: later(day),
    },
  }),
})
const withdrawn: Partial<CustomerContext> = { rfi: anRfi({ status: 'withdrawn' }) }
const [ownId, secondId] = [1, 2].map(number => `${start.referral.id}${number}`) as [string, string]

describe('the mail about an acceptance', () => {
  const support = { name: '', address: 'help@desk.example' }
  const acceptedBy = aPerson({
    firstName: 'Ada',
    lastName: 'Sales',
    email: 'ada@partner.example',
    phone: '12',
  })
  const withPeople = (more: Partial<Referral>): Change => ({
    ...accepted,
    referral: { ...accepted.referral, colleagues: [], ...more },
  })
  const tell = (more: Partial<Referral>, context: Partial<CustomerContext> = {}) =>
    written(draft(withPeople(more), [], { support, ...context }))

  it('names the colleagues on the deal with telephone number and address', () => {
    const { text, html } = tell({ colleagues: [aColleague()], acceptedBy })
    for (const part of ['Key Account', '12345', 'key@partner.example']) {
      expect(text).toContain(part)
      expect(html).toContain(part)
    }
    expect(html).toContain('href="tel:12345"')
    expect(text).toContain(english('accepted.people', { count: 1 }))
  })

  it('names who accepted if there are no colleagues', () => {
    const { text } = tell({ acceptedBy })
    expect(text).toContain('Ada Sales')
    expect(text).toContain('ada@partner.example')
  })

  it('names the contacts of the location who can be reached, if nobody else is known', () => {
    const { text } = tell({ acceptedBy: null })
    for (const { email } of [aContact('one'), aContact('two')]) expect(text).toContain(email)
    const trouble = { contact: 'one', address: 'one@partner.example', problem: 'bounced' } as const
    const known = someProfileContacts()
    const health = { ...known.health, troubles: [{ ...trouble, at: receivedAt, referralId: '' }] } as never
    const other = tell({ acceptedBy: null }, { profileContacts: { ...known, health } })
    expect(other.text).not.toContain('one@partner.example')
    expect(other.text).toContain('two@partner.example')
  })

  it('names nobody of another location', () => {
    const known = someProfileContacts()
    const [branch] = known.contacts.locations
    const contacts = { ...known.contacts, locations: branch ? [branch] : [] }
    const { text, replyTo } = tell({ acceptedBy: null }, { profileContacts: { ...known, contacts } })
    expect(text).not.toContain('branch@partner.example')
    expect(replyTo).toEqual(support)
  })

  it('names the partner once if the name of its office contains it', () => {
    const office = { id: accepted.referral.locationId, name: 'Isar Cloud Munich', contacts: [] }
    const known = someProfileContacts()
    const profileContacts = { ...known, contacts: { ...known.contacts, locations: [office] } }
    const isar = { ...addressed(accepted.referral), partnerName: 'Isar Cloud' }
    const { text } = tell({ acceptedBy }, { profileContacts, addressed: [isar] })
    expect(text).toContain(`${english('accepted.location')}: Isar Cloud Munich`)
  })

  it('has the office, the website, the number and the date of the request', () => {
    const profileContacts = someProfileContacts({ website: 'https://partner.example/' })
    const { text } = tell({ acceptedBy }, { profileContacts })
    expect(text).toContain(`${english('accepted.location')}: Partner 1, Berlin`)
    expect(text).toContain(`${english('accepted.website')}: https://partner.example/`)
    const number = referenceOf(anRfi().id)
    expect(text).toContain(english('footer.request', { number, date: 'March 1, 2026' }))
  })

  it.each([
    ['who accepted', { acceptedBy, colleagues: [aColleague()] }, 'Ada Sales', 'ada@partner.example'],
    ['else the first colleague', { colleagues: [aColleague()] }, 'Key Account', 'key@partner.example'],
    ['else the first contact of the location', {}, 'Desk one', 'one@partner.example'],
  ] as const)('is answered to the person %s', (_, people, name, address) => {
    expect(tell(people).replyTo).toMatchObject({ address })
    expect(tell(people).text).toContain(english('accepted.reply', { name: tell(people).replyTo?.name ?? '' }))
    if (address !== 'one@partner.example') expect(tell(people).replyTo?.name).toBe(name)
  })

  it('has no link, because its answers go to the partner, and says where the link is', () => {
    const { text, html } = tell({ acceptedBy })
    expect(`${text}${html}`).not.toMatch(/\/v1\/pages|token=/)
    const subject = english('receipt.subject')
    expect(text).toContain(english('accepted.link', { subject, date: 'March 1, 2026' }))
  })

  it('names the first mail that the customer got, if the request had no recipients at first', () => {
    const { text } = tell({ acceptedBy, receivedAt: later(hour) })
    expect(text).toContain(english('looking.subject'))
  })

  it('has the link if answers go to the program, because nobody of the partner is known', () => {
    const profileContacts = undefined
    const { text, replyTo } = tell({}, { profileContacts })
    expect(replyTo).toEqual(support)
    expect(text).toContain('/v1/pages/request?token=a')
  })
})

describe('answers of customers', () => {
  const others = { declined, expired, won, lost, nudged }

  it.each(Object.entries(others))('to the mail “%s” go to the support address', (_, change) => {
    const support = { name: '', address: 'help@desk.example' }
    const mail = written(draft(change, [], { support }))
    expect(mail.replyTo).toEqual(support)
    expect(mail.text).toContain('/v1/pages/request?token=a')
  })

  it('go to the sender if there is no support address', () => {
    for (const change of Object.values(others)) expect(written(draft(change)).replyTo).toBeUndefined()
  })
})

describe('a mail whose answers go to the other side', () => {
  it.each(mailedEvents.filter(mailsCustomer))('has no link: %s', type => {
    const changes = [start, accepted, declined, expired, won, lost, nudged]
    const extended = step(start, 'extend', later(hour))
    const reopened = step(expired, 'reopen', later(14 * day + hour))
    for (const change of [...changes, extended, reopened])
      if (change.event.type === type)
        for (const { write, to } of draftsOf(change.event, { ...aMailContext(), ...contextOf(change) })) {
          const urls = {
            answer: () => 'https://x.example/?token=a',
            mute: () => 'https://x.example/?token=m',
          }
          const content = write(mailLocalizer(to.locale), urls)
          if (content.replyTo) expect(renderMessage(content, 'en').text).not.toContain('token=')
        }
  })
})

describe('a mail about a partner that declined or expired', () => {
  it.each([
    ['declined', declined],
    ['expired', expired],
  ])('is urgent only if no other partner is left (%s)', (_, change) => {
    const isUrgent = (...siblings: Referral[]) => draft(change, siblings)?.news.isUrgent
    expect(isUrgent()).toBe(true)
    expect(isUrgent({ ...declined.referral, undoUntil: null })).toBe(true)
    expect(isUrgent(expired.referral, { ...lost.referral, undoUntil: null })).toBe(true)
    expect(isUrgent({ ...start.referral, respondBy: later(90 * day) })).toBe(false)
    expect(isUrgent(accepted.referral)).toBe(false)
    expect(isUrgent(won.referral)).toBe(false)
    expect(isUrgent({ ...won.referral, winDeniedAt: later(3 * day), undoUntil: null })).toBe(true)
  })

  it('counts a partner that can still undo its answer as left', () => {
    const { now } = contextOf(declined)
    const undoable = { ...declined.referral, undoUntil: later(Date.parse(now) - Date.parse(receivedAt) + 1) }
    expect(draft(declined, [undoable])?.news.isUrgent).toBe(false)
  })

  it('is not sent when the customer has chosen or withdrawn', () => {
    for (const change of [declined, expired]) {
      expect(draft(change)).toBeDefined()
      expect(draft(change, [], choice(null))).toBeUndefined()
      expect(draft(change, [], choice(secondId))).toBeUndefined()
      expect(draft(change, [], withdrawn)).toBeUndefined()
    }
  })

  it('is not sent when the answer was undone, also if the partner has declined again', () => {
    const undone = step(declined, 'undo-decline', later(hour + 1000))
    expect(draftToCustomer(declined.event, contextOf(undone))).toBeUndefined()
    const again = step(undone, 'decline', later(hour + 2000))
    expect(draftToCustomer(declined.event, contextOf(again))).toBeUndefined()
    expect(draft(again)).toBeDefined()
  })

  it('offers other partners, unless the customer is asked about a win', () => {
    const suggestions = [
      {
        profileId: asProfileId('ptr_9.DE'),
        partnerId: asPartnerId('ptr_9'),
        name: 'Nine',
        city: 'Bonn',
        headline: 'ERP',
      },
    ]
    const late = { ...expired, event: { ...expired.event } }
    const tell = (sibling: Referral) => written(draft(late, [sibling], { suggestions })).text
    expect(tell(lost.referral)).toContain('Send my request to Nine')
    const asked = { ...won.referral, closedAt: later(13 * day) }
    expect(tell(asked)).not.toContain('Nine')
    expect(tell(asked)).not.toContain('You can ask another partner')
  })

  it('offers another partner only if there is one, and mentions other answers only if there are some', () => {
    const one = {
      profileId: asProfileId('ptr_9.DE'),
      partnerId: asPartnerId('ptr_9'),
      name: 'Nine',
      city: 'Bonn',
      headline: 'ERP',
    }
    const tell = (siblings: Referral[], suggestions = [one]) =>
      written(draft(declined, siblings, { suggestions })).text
    expect(tell([accepted.referral])).toContain(english('suggestions.choose', { others: 'open' }))
    expect(tell([])).toContain(english('suggestions.choose', { others: 'none' }))
    expect(tell([])).not.toContain('other answers')
    expect(tell([], [])).toContain('we know no other partner that matches your request')
    expect(tell([accepted.referral], [])).toContain('Nothing changes for the other partners')
    expect(tell([], [])).not.toContain('You can ask')
  })

  it('tells several partners that ended at once, each with its reason', () => {
    const siblings = [expired.referral, { ...declined.referral, undoUntil: null }]
    const one = draft(expired, siblings)
    const tells = one?.news.others.map(({ id }) => id) ?? []
    expect(tells).toHaveLength(2)
    const { subject, text } = written(one, { tells })
    expect(subject).toBe(english('ended.subject'))
    expect(text).toContain(english('declined.body', { count: 1, partner: 'Partner 3' }))
    expect(text).toContain(english('expired.body', { count: 2, partner: 'Partner 1 and Partner 2' }))
    expect(written(one).subject).toBe(english('expired.subject', { partner: 'Partner 1' }))
  })
})

describe('the question about a reported win', () => {
  it('asks if the win is right, with links to the request page', () => {
    const { subject, text } = written(draft(won))
    expect(subject).toBe(english('win-question.subject', { partners: 'Partner 1' }))
    const page = 'https://referrals.example/v1/pages/request?token=a'
    expect(text).toContain(`${english('win-question.yes')}: ${page}#win`)
    expect(text).toContain(`${english('win-question.no')}: ${page}&win=no#win`)
  })

  it('is asked once if several partners report a win, and names those that can no longer be undone', () => {
    const second = { ...won.referral, closedAt: later(2 * day + 1000), undoUntil: null }
    expect(draft(won, [second])).toBeDefined()
    expect(written(draft(won, [second])).text).toContain('Partner 1 and Partner 2 report')
    const earlier = { ...won.referral, closedAt: later(2 * day - hour) }
    expect(draft(won, [earlier])).toBeUndefined()
    expect(draft(won, [{ ...earlier, winDeniedAt: later(2 * day) }])).toBeDefined()
  })

  it('is not asked when the customer has answered, chosen or withdrawn, or the win was undone', () => {
    const denied = { ...won, referral: { ...won.referral, winDeniedAt: later(2 * day) } }
    expect(draft(denied)).toBeUndefined()
    const deniedNow = { ...won.referral, winDeniedAt: contextOf(won).now }
    expect(draft({ ...won, referral: deniedNow })).toBeUndefined()
    expect(draft(won, [], choice(ownId))).toBeUndefined()
    expect(draft(won, [], choice(secondId))).toBeUndefined()
    expect(draft(won, [], withdrawn)).toBeUndefined()
    const undone = step(won, 'undo-close', later(2 * day + 1000))
    expect(draftToCustomer(won.event, contextOf(undone))).toBeUndefined()
  })
})

describe('the mail about a lost deal', () => {
  it('offers the other partners again if the customer had chosen this one', () => {
    const superseded = step(start, 'supersede', later(day)).referral
    const again = english('lost.again', { partners: 'Partner 2' })
    expect(written(draft(lost, [superseded], choice(ownId))).text).toContain(again)
    expect(written(draft(lost, [superseded])).text).toContain(english('lost.next'))
    expect(written(draft(lost, [accepted.referral], choice(ownId))).text).toContain(english('lost.next'))
  })

  it('has the priority of a last end if it leaves nobody who works on the request', () => {
    const priorityWith = (...siblings: Referral[]) => draft(lost, siblings)?.news.priority
    expect(priorityWith()).toBe('nobody-left')
    expect(priorityWith(lost.referral)).toBe('nobody-left')
    expect(priorityWith(accepted.referral)).toBe('other')
    expect(priorityWith(start.referral)).toBe('other')
    expect(draft(lost)?.news.isUrgent).toBe(false)
  })

  it('is not sent when the customer has chosen somebody else or withdrawn, or the end was undone', () => {
    expect(draft(lost, [], choice(secondId))).toBeUndefined()
    expect(draft(lost, [], choice(null))).toBeUndefined()
    expect(draft(lost, [], withdrawn)).toBeUndefined()
    const undone = step(lost, 'undo-close', later(2 * day + 1000))
    expect(draftToCustomer(lost.event, contextOf(undone))).toBeUndefined()
  })
})

describe('the question about the choice', () => {
  it('is asked once for all partners that work on the request', () => {
    const { text, subject } = written(draft(nudged, [accepted.referral, declined.referral]))
    expect(subject).toBe(english('choice-question.subject'))
    expect(text).toContain(english('choice-question.body', { partners: 'Partner 1 and Partner 2' }))
  })

  it('is not asked when the customer has chosen or withdrawn, or is asked about a win', () => {
    expect(draft(nudged, [], choice(ownId))).toBeUndefined()
    expect(draft(nudged, [], withdrawn)).toBeUndefined()
    const asked = { ...won.referral, closedAt: '2099-01-01T00:00:00.000Z' as const }
    expect(draft(nudged, [asked])).toBeUndefined()
  })

  it('is not asked when the close date was changed, or the deal has ended', () => {
    const { deal } = nudged.referral
    if (!deal) throw new Error('no deal')
    const moved = { ...nudged.referral, deal: { ...deal, estimatedCloseDate: '2099-06-01' } }
    expect(draftToCustomer(nudged.event, contextOf({ ...nudged, referral: moved }))).toBeUndefined()
    expect(draftToCustomer(nudged.event, contextOf({ ...nudged, referral: won.referral }))).toBeUndefined()
  })
})

it('news about further partners and more time are not sent when the customer has chosen or withdrawn', () => {
  const extended = step(start, 'extend', later(hour))
  const reopened = step(expired, 'reopen', later(14 * day + hour))
  for (const change of [extended, reopened]) {
    expect(draft(change)).toBeDefined()
    expect(draft(change, [], choice(null))).toBeUndefined()
    expect(draft(change, [], withdrawn)).toBeUndefined()
  }
})

it('the last mail refers to the request page for further news', () => {
  const text = english('last-mail')
  expect(written(draft(declined), { isLast: true }).text).toContain(text)
  expect(written(draft(accepted), { isLast: true }).text).toContain(text)
  expect(written(draft(declined)).text).not.toContain(text)
})

it.each(languages)('each mail has a line for the digest in %s', language => {
  const extended = step(start, 'extend', later(hour))
  const reopened = step(expired, 'reopen', later(14 * day + hour))
  const lines = [declined, expired, extended, reopened, won, lost, nudged].map(change =>
    plain(draft(change)?.line(mailLocalizer(language)) ?? []),
  )
  expect(new Set(lines).size).toBe(7)
  for (const line of lines.slice(0, 6)) expect(line).toContain('Partner 1')
})

describe('the limits of mails to a customer', () => {
  const { rfiId, id: referralId } = start.referral
  const limits = { perDay: 1, perRfi: 3 }
  const nobody = { past: 0, possible: 0 }
  const at = (now: Instant): SlotTime => ({
    now,
    limits,
    nextDue: later(15 * hour),
    acceptances: nobody,
  })
  /** Time with a limit that leaves room for gathered news. */
  const roomy = (now: Instant): SlotTime => ({ ...at(now), limits: { perDay: 1, perRfi: 6 } })
  const news = (id: string, more: Partial<PendingNews> = {}): PendingNews => ({
    id,
    referralId,
    version: 1,
    isUrgent: false,
    priority: more.question === 'win' ? 'question' : 'acceptance',
    question: null,
    others: [],
    ...more,
  })
  /** Assigns news in order and returns their slots and the last state. */
  const assign = (all: readonly PendingNews[], time = at(later(0)), mails = noMails(rfiId)) =>
    all.reduce<{ mails: CustomerMails; slots: string[] }>(
      (state, one) => {
        const { mails: next, slot, isLast } = assignSlot(state.mails, one, time)
        return { mails: next, slots: [...state.slots, isLast ? `${slot}, last` : slot] }
      },
      { mails, slots: [] },
    )

  it('hold news above the daily number, and never urgent ones', () => {
    const { slots, mails } = assign([news('a'), news('b'), news('c', { isUrgent: true })])
    expect(slots).toEqual(['single', 'held', 'single'])
    expect(mails.dueAt).toBe(later(15 * hour))
  })

  it('keep the slot of news that are delivered again', () => {
    const all = [news('a'), news('b'), news('c', { isUrgent: true, others: [{ id: 'd', at: later(0) }] })]
    const { mails } = assign(all)
    const again = assign([...all, news('d')], at(later(hour)), mails)
    expect(again.slots).toEqual(['single', 'held', 'single', 'told'])
    expect(again.mails).toBe(mails)
  })

  it('end with a mail that is marked as the last one', () => {
    const urgent = ['a', 'b', 'c', 'd'].map(id => news(id, { isUrgent: true }))
    expect(assign(urgent).slots).toEqual(['single', 'single', 'single, last', 'none'])
    expect(assign([...urgent, news('c', { isUrgent: true })]).slots.at(-1)).toBe('single, last')
  })

  it('hold further news while others wait, also on the next day', () => {
    const { mails } = assign([news('a'), news('b')])
    expect(assign([news('c')], at(later(day)), mails).slots).toEqual(['held'])
  })

  it('let an urgent mail tell the news that are held, and those that happen at the same time', () => {
    const { mails } = assign([news('a'), news('b')])
    const others = [
      { id: 'a', at: later(0) },
      { id: 'b', at: later(0) },
      { id: 'old', at: later(-2 * hour) },
      { id: 'now', at: later(0) },
    ]
    const { mails: next, tells } = assignSlot(mails, news('c', { isUrgent: true, others }), at(later(60_000)))
    expect(tells).toEqual(['b', 'now'])
    expect(next).toMatchObject({ held: [], dueAt: null })
  })

  it('make held news due again that an outage kept from being sent', () => {
    const { mails } = assign([news('a'), news('b')])
    const late: SlotTime = { ...at(later(5 * day)), nextDue: later(6 * day) }
    expect(assign([news('c')], late, mails).mails).toMatchObject({ dueAt: later(6 * day) })
    expect(assign([news('c')], { ...late, now: later(day) }, mails).mails.dueAt).toBe(mails.dueAt)
  })

  it('send held news in one mail, which counts for its day', () => {
    const { mails } = assign([news('a'), news('b'), news('c'), news('d')])
    const due = roomy(later(15 * hour))
    expect(beginDigest(mails, () => true, at(later(hour)))).toBe(mails)
    const begun = beginDigest(mails, ({ id }) => id !== 'c', due)
    expect(begun.digest?.news.map(({ id }) => id)).toEqual(['b', 'd'])
    // The item stays due until the mail was sent.
    expect(begun.dueAt).toBe(mails.dueAt)
    expect(beginDigest(begun, () => false, due)).toBe(begun)
    const ended = endDigest(begun, due)
    expect(ended).toMatchObject({ digest: null, dueAt: null })
    expect(assign([news('b'), news('c'), news('e')], due, ended).slots).toEqual(['told', 'told', 'held'])
  })

  it('keep news that arrive while the mail is being sent for the day after', () => {
    const { mails } = assign([news('a'), news('b')])
    const due = roomy(later(15 * hour))
    const begun = beginDigest(mails, () => true, due)
    const { mails: next } = assign([news('c')], due, begun)
    expect(endDigest(next, { ...due, nextDue: later(2 * day) })).toMatchObject({ dueAt: later(2 * day) })
  })

  it('drop held news that are outdated or exceed the number of mails', () => {
    const { mails } = assign([news('a'), news('b')])
    const due = at(later(15 * hour))
    expect(beginDigest(mails, () => false, due)).toMatchObject({ digest: null, held: [], dueAt: null })
    const full = assign(
      ['x', 'y'].map(id => news(id, { isUrgent: true })),
      at(later(0)),
      mails,
    ).mails
    expect(beginDigest(full, () => true, due)).toMatchObject({ digest: null, held: [], dueAt: null })
  })

  it('mark a mail with gathered news as the last one too', () => {
    const question = news('b', { question: 'win' })
    const { mails } = assign([news('a'), question, news('x', { isUrgent: true })])
    const begun = beginDigest(mails, () => true, at(later(15 * hour)))
    expect(isLastDigest(begun, limits)).toBe(true)
    expect(isLastDigest(begun, { ...limits, perRfi: 4 })).toBe(false)
  })

  it('allow a question about the choice 30 days after the last question', () => {
    const { mails } = assign([news('a', { question: 'win' })])
    const choiceAt = (now: Instant) => assign([news('b', { question: 'choice' })], at(now), mails).slots
    expect(choiceAt(later(30 * day - 1))).toEqual(['none'])
    expect(choiceAt(later(30 * day))).toEqual(['single'])
    expect(assign([news('c', { question: 'win' })], at(later(2 * day)), mails).slots).toEqual(['single'])
  })

  it('send a question at once, also on a day with other news, and a second one of the day with the news', () => {
    const question = (id: string) => news(id, { isUrgent: true, question: 'win' })
    const { slots, mails } = assign([news('a'), question('b')])
    expect(slots).toEqual(['single', 'single'])
    expect(assign([question('c')], at(later(hour)), mails).slots).toEqual(['held'])
  })

  it('keep mails for the acceptances that can follow and for a question', () => {
    const time = { ...at(later(0)), limits: { perDay: 9, perRfi: 8 }, acceptances: { past: 0, possible: 5 } }
    const more = ['a', 'b', 'c', 'd'].map(id => news(id, { priority: 'other' }))
    const { slots, mails } = assign([news('receipt', { isUrgent: true }), ...more], time)
    expect(slots).toEqual(['single', 'single', 'none', 'none', 'none'])
    const accepted = news('accepted', { isUrgent: true })
    expect(assign([accepted], time, mails).slots).toEqual(['single'])
  })

  it('bound the size of the stored item', () => {
    const many = Array.from({ length: 400 }, (_, index) => news(`${referralId}.end.${later(index)}`))
    const { mails } = assign(many)
    expect(mails.held.length).toBe(50)
    let present = mails
    for (let round = 1; round < 20; round++) {
      const time: SlotTime = {
        now: later(round * day),
        acceptances: nobody,
        limits: { perDay: 1, perRfi: 100 },
        nextDue: later(0),
      }
      present = endDigest(
        beginDigest(present, () => true, time),
        time,
      )
      present = assign(many.slice(round * 20), time, present).mails
    }
    // An item of DynamoDB can have 400 KB.
    expect(JSON.stringify(present).length).toBeLessThan(40_000)
  })

  it('promise a mail about each answer only if the limit allows it', () => {
    const [first] = contextOf({ referral: start.referral, event: start.event }).addressed
    const promised = (perRfi: number, partners: number) => {
      const recipients = Array.from({ length: partners }, () => first as Addressed)
      const policy = { ...defaultPolicy, customerMails: { perDay: 1, perRfi } }
      const event: Event = { ...start.event, type: 'rfi.received', data: {} } as never
      const { text } = written(
        draft({ referral: start.referral, event }, [], { policy, addressed: recipients }),
      )
      return text.includes('We will email you')
    }
    expect([promised(8, 5), promised(2, 1), promised(2, 2), promised(8, 7)]).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(promised(2, 0)).toBe(false)
  })

  it('classify each kind of mail to customers', () => {
    const kinds = Object.values(urgencies)
    expect(kinds.filter(urgency => urgency === 'always')).toHaveLength(2)
    expect(kinds.filter(urgency => urgency === 'nobody-left')).toHaveLength(2)
    expect(defaultPolicy.customerMails).toEqual({ perDay: 1, perRfi: 8 })
  })
})

describe('the delay of a mail about an answer', () => {
  const { referral, event } = declined
  it('lasts until the answer can no longer be undone', () => {
    expect(secondsUntilFinal(referral, event.version, event.at)).toBe(300)
    expect(secondsUntilFinal(referral, event.version, later(hour + 299_001))).toBe(1)
    expect(secondsUntilFinal(referral, event.version, later(2 * hour))).toBe(0)
  })

  it('is 0 if the answer was undone or cannot be undone', () => {
    const undone = step(declined, 'undo-decline', later(hour + 1000)).referral
    expect(secondsUntilFinal(undone, event.version, event.at)).toBe(0)
    expect(secondsUntilFinal({ ...referral, undoUntil: null }, event.version, event.at)).toBe(0)
  })

  it('does not exceed the maximum of SQS', () => {
    const long = { ...referral, undoUntil: later(10 * hour) }
    expect(secondsUntilFinal(long, event.version, event.at)).toBe(900)
  })
})

describe('the longest mails to customers', () => {
  it('stay below the size at which Gmail clips', () => {
    const name = '漢'.repeat(100)
    const partnerName = name + name
    const person = { name: `${name} ${name}`, phone: '0'.repeat(40), email: `${'e'.repeat(242)}@b.example` }
    const to = {
      name: `${name} ${name}`,
      trackingUrl: aMailContext().trackingUrl,
      rfiId: anRfi().id,
      createdAt: receivedAt,
      zone: 'Europe/Berlin',
      isLast: true,
    }
    const partnerNames = Array.from({ length: 20 }, () => partnerName)
    for (const language of languages) {
      const localizer = mailLocalizer(language)
      const long = [
        compose.accepted(localizer, {
          ...to,
          people: Array.from({ length: 50 }, () => person),
          partnerName,
          locationName: name,
          website: `https://${'w'.repeat(480)}.example`,
          replyTo: { name: person.name, address: person.email },
          wasUnrouted: false,
        }),
        compose.receipt(localizer, { ...to, partnerNames, respondBy: receivedAt, promise: 'mail' }),
        compose.recipientsAdded(localizer, { ...to, partnerNames, respondBy: receivedAt, promise: 'mail' }),
        compose.customerDigest(localizer, {
          ...to,
          lines: Array.from({ length: 50 }, () => compose.ended(localizer, 'expired', [partnerName])),
        }),
      ]
      for (const message of long)
        expect(Buffer.byteLength(renderMessage(message, language).html)).toBeLessThan(102_000)
    }
  })
})
