import { describe, expect, it } from 'vitest'
import type { Event } from '../../shared/events/contract.ts'
import { asPartnerId, asReferralId } from '../../shared/kernel/ids.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { mailLocalizer } from '../../shared/messaging/language/mails.ts'
import { answerActions } from '../../shared/messaging/links/contract.ts'
import type { MailContent } from '../../shared/messaging/mail/compose.ts'
import { renderMessage } from '../../shared/messaging/mail/render.ts'
import { type Draft, digestEntryOf, draftsOf, type MailContext } from '../../shared/messaging/mail/rules.ts'
import type { Policy } from '../../shared/program/policy/contract.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { decide } from '../../shared/referrals/referral/effects.ts'
import type { Command, Referral } from '../../shared/referrals/referral/referral.ts'
import type { Instant } from '../../shared/time/instant.ts'
import { aTrouble } from '../fixtures/health.ts'
import { aMailContext, someProfileContacts } from '../fixtures/mail-context.ts'
import { previews } from '../fixtures/mail-previews.ts'
import { aContact } from '../fixtures/profile.ts'
import { aColleague, anAcceptRequest, received } from '../fixtures/referral.ts'
import { aCustomer, aPerson } from '../fixtures/request.ts'
import { anRfi } from '../fixtures/rfi.ts'
import { day, hour, later } from '../fixtures/time.ts'

const profileContacts = someProfileContacts()
const { partnerId } = profileContacts
const buyer = aPerson({
  firstName: 'Petra',
  lastName: 'Groß',
  phone: '+49 331 555',
  email: 'petra@customer.example',
})
const customer = aCustomer({ contact: buyer })

interface Change {
  readonly referral: Referral
  readonly event: Event
  readonly now: Instant
}

const start = (more: Parameters<typeof received>[0] = {}): Change => ({ ...received(more), now: later(0) })

const step = (
  { referral }: Pick<Change, 'referral'>,
  command: Command,
  now: Instant,
  kind: Event['actor']['kind'] = 'partner',
): Change => {
  const { next, events } = decide(referral, command, { kind }, now)
  const event = events.at(-1)
  if (!event) throw new Error('the command caused no event, expected one')
  return { referral: next, event, now }
}

const accept = (change: Change, more: Partial<Command & { name: 'accept' }> = {}): Change =>
  step(change, { name: 'accept', request: anAcceptRequest(), colleagues: [], ...more }, later(2 * hour))

const contextOf = ({ referral, now }: Change, more: Partial<MailContext> = {}): MailContext =>
  aMailContext({
    now,
    customer,
    addressed: [{ partnerId, partnerName: profileContacts.partnerName, referral }],
    ...more,
  })

const partnerDrafts = (change: Change, more?: Partial<MailContext>): Draft[] =>
  draftsOf(change.event, contextOf(change, more)).filter(({ role }) => role !== 'customer')

const summary = (change: Change, more?: Partial<MailContext>): string[] =>
  partnerDrafts(change, more).map(({ kind, role, to }) => `${kind} ${role} ${to.email.split('@')[0]}`)

const urls = {
  answer: (action: string) => `https://referrals.example/v1/pages/answer?token=${action}`,
  mute: () => 'https://referrals.example/v1/pages/mute?token=m',
}

const contentOf = ({ write }: Draft, language = 'en'): MailContent => write(mailLocalizer(language), urls)
const textOf = (draft: Draft | undefined): string =>
  draft ? renderMessage(contentOf(draft), 'en').text.replaceAll('\n\n', '\n') : ''
const firstText = (change: Change, more?: Partial<MailContext>): string =>
  textOf(partnerDrafts(change, more)[0])
const actionsIn = (text: string): string[] =>
  [...text.matchAll(/answer\?token=([a-z-]+)/g)].map(([, action = '']) => action)

const policyWith = (more: Partial<Policy>): { policy: Policy } => ({ policy: { ...defaultPolicy, ...more } })
const inMail = (inMail: Policy['contactDetails']['inMail']) =>
  policyWith({ contactDetails: { inMail, beforeAnswer: 'on-request' } })

const bounced = (...names: string[]): Partial<MailContext> => ({
  profileContacts: {
    ...profileContacts,
    health: {
      ...profileContacts.health,
      troubles: names.map(name =>
        aTrouble({ address: `${name}@partner.example`, contact: name, problem: 'bounced', events: [] }),
      ),
    },
  },
})

describe('after an acceptance', () => {
  const byOne = accept(start(), { acceptedBy: aContact('one'), colleagues: [aColleague()] })

  it('the person who accepted and the colleagues on the deal learn whom to call', () => {
    expect(summary(byOne)).toEqual(['you-accepted contact one', 'you-accepted colleague key'])
    for (const draft of partnerDrafts(byOne)) {
      const text = textOf(draft)
      for (const detail of [
        'Petra Groß',
        '+49 331 555',
        'petra@customer.example',
        'Havelland Getriebe',
        'An ERP.',
      ])
        expect(text).toContain(detail)
      expect(contentOf(draft).replyTo).toEqual({ name: 'Petra Groß', address: 'petra@customer.example' })
    }
  })

  it('each reader is addressed by the part in the acceptance', () => {
    const [own, colleague] = partnerDrafts(byOne).map(textOf)
    expect(own).toContain('You have accepted the request of Havelland Getriebe')
    expect(colleague).toContain('named you for it')
    const [contact] = partnerDrafts(accept(start())).map(textOf)
    expect(contact).toContain('Spreewerk Systeme (Berlin) has accepted the request of Havelland Getriebe')
  })

  it('the contacts of the location are told if nobody accepted by mail', () => {
    expect(summary(accept(start()))).toEqual(['you-accepted contact one', 'you-accepted contact two'])
    expect(summary(accept(start()), bounced('one', 'two'))).toEqual(['you-accepted default-contact default'])
  })

  it('the contacts are told if the person who accepted can no longer be reached', () => {
    expect(summary(byOne, bounced('one'))).toEqual(['you-accepted contact two', 'you-accepted colleague key'])
  })

  it('a person who is both contact and colleague gets one mail', () => {
    const colleagues = [aColleague({ email: 'ONE@partner.example' })]
    expect(summary(accept(start(), { acceptedBy: aContact('one'), colleagues }))).toEqual([
      'you-accepted contact one',
    ])
  })

  it('a colleague who is no contact reads the language of the person who accepted', () => {
    const acceptedBy = aContact('one', { locale: 'fr' })
    const [, draft] = partnerDrafts(accept(start(), { acceptedBy, colleagues: [aColleague()] }))
    expect(draft?.to.locale).toBe('fr')
  })

  it('the mail waits for no digest and cannot be muted', () => {
    for (const draft of partnerDrafts(accept(start())))
      expect(draft).toMatchObject({ digest: null, isMutable: false })
  })

  it('the mail links to the page with the details if the policy keeps them out of mail', () => {
    for (const draft of partnerDrafts(byOne, inMail('never'))) {
      expect(textOf(draft)).toContain('Show contact details: https://referrals.example')
      expect(actionsIn(textOf(draft))).toEqual(['still-open'])
      expect(textOf(draft)).not.toContain('petra@')
      expect(contentOf(draft).replyTo).toBeUndefined()
    }
    expect(textOf(partnerDrafts(byOne, inMail('accepted'))[0])).toContain('petra@')
  })

  it('the mail asks for a call if mails do not reach the customer, and is not answered to the dead address', () => {
    for (const draft of partnerDrafts(byOne, { isCustomerUnreachable: true })) {
      expect(textOf(draft)).toContain('Our emails do not reach the customer.')
      expect(textOf(draft)).toContain('Please call the customer.')
      expect(textOf(draft)).toContain('+49 331 555')
      for (const wrong of ['they know that you will', 'your reply goes to the customer', 'petra@'])
        expect(textOf(draft)).not.toContain(wrong)
      expect(contentOf(draft).replyTo).toBeUndefined()
    }
    const { phone: _, ...silent } = buyer
    const context = { customer: { ...customer, contact: silent }, isCustomerUnreachable: true }
    expect(firstText(byOne, context)).toContain('The customer has given no phone number')
    expect(firstText(byOne, context)).not.toContain('call the customer')
  })

  it('nobody is told if the data of the customer was erased or the request is withdrawn', () => {
    expect(summary(byOne, { customer: null })).toEqual([])
    const withdrawn = step(byOne, { name: 'withdraw' }, later(3 * hour), 'customer')
    expect(summary({ ...withdrawn, event: byOne.event })).toEqual([])
  })
})

describe('a colleague who is put on a deal', () => {
  const add = (change: Change) =>
    step(change, { name: 'add-colleague', colleague: aColleague({ id: 'con_2' }) }, later(3 * hour))

  it('is told with the contact details after an acceptance', () => {
    const added = add(accept(start()))
    expect(summary(added)).toEqual(['colleague-added colleague key'])
    expect(firstText(added)).toContain('Spreewerk Systeme (Berlin) has put you on the request')
    expect(firstText(added)).toContain('+49 331 555')
    expect(partnerDrafts(added).map(draft => contentOf(draft).replyTo?.address)).toEqual([buyer.email])
  })

  it('is told before the answer where the details are', () => {
    expect(firstText(add(start()))).toContain('Show contact details: https://referrals.example')
    const { referral, event } = received(
      { customer },
      { policy: { ...defaultPolicy, contactDetails: { inMail: 'hot', beforeAnswer: 'never' } } },
    )
    const text = firstText(add({ referral, event, now: later(0) }))
    expect(text).toContain('You see the contact details after you accept.')
    expect(actionsIn(text)).toEqual(['accept'])
  })

  it('is told without contact details and Reply-To before the answer', () => {
    const added = add(start())
    expect(summary(added)).toEqual(['colleague-added colleague key'])
    expect(firstText(added)).not.toContain('+49 331 555')
    expect(partnerDrafts(added).map(draft => contentOf(draft).replyTo)).toEqual([undefined])
  })

  it('is told with the contact details before the answer if the referral is hot', () => {
    const added = add(start({ directContact: true }))
    expect(firstText(added)).toContain('+49 331 555')
    expect(firstText(added, inMail('accepted'))).not.toContain('+49 331 555')
  })

  it('is not told after being removed or if the address bounces', () => {
    const added = add(accept(start()))
    const removed = step(added, { name: 'remove-colleague', colleagueId: 'con_2' }, later(4 * hour))
    expect(summary({ ...removed, event: added.event })).toEqual([])
    expect(summary(added, bounced('key'))).toEqual([])
  })
})

describe('a hot referral', () => {
  const hot = start({ customer, directContact: true })

  it('shows the customer and the end of the hot time in the alert', () => {
    const text = firstText(hot)
    expect(text).toMatch(/^🔥 The customer asks for direct contact until March 4, 2026/)
    for (const detail of ['Petra Groß', '+49 331 555', 'petra@customer.example'])
      expect(text).toContain(detail)
  })

  it('says if the customer prefers email', () => {
    expect(firstText(start({ directContact: true, preferredContact: 'email' }))).toContain(
      'they prefer email',
    )
    expect(firstText(hot)).toContain('Please call or write to them now.')
  })

  it('asks for a call and not for email if mails do not reach the customer', () => {
    const byEmail = start({ customer, directContact: true, preferredContact: 'email' })
    const text = firstText(byEmail, { isCustomerUnreachable: true })
    expect(text).toContain('Please call them.')
    expect(text).toContain('Our emails do not reach the customer.')
    expect(text).not.toMatch(/write to them|petra@/)
    const reminded = step(start(), { name: 'remind' }, later(day), 'timer')
    expect(firstText(reminded, { isCustomerUnreachable: true })).not.toContain('we tell the customer')
    expect(firstText(reminded)).toContain('we tell the customer')
  })

  it('has no Reply-To of the customer, because the mail has links to answer', () => {
    for (const draft of partnerDrafts(hot)) expect(contentOf(draft).replyTo).toBeUndefined()
  })

  it.each([
    ['accepted', 'on-request'],
    ['never', 'on-request'],
    ['hot', 'never'],
  ] as const)(
    'shows no contact with contactDetails inMail %s and beforeAnswer %s',
    (inMail, beforeAnswer) => {
      const policy: Policy = { ...defaultPolicy, contactDetails: { inMail, beforeAnswer } }
      const { referral, event } = received({ customer, directContact: true }, { policy })
      const text = firstText({ referral, event, now: later(0) }, { policy })
      expect(text).toContain('🔥')
      const place =
        beforeAnswer === 'never'
          ? 'You see the contact details after you accept.'
          : 'The pages below show the contact details.'
      expect(text).toContain(place)
      if (beforeAnswer === 'never') expect(text).not.toContain('Please call')
      expect(text).not.toContain('+49 331 555')
    },
  )

  it('stays hot in reminders, and cools down', () => {
    const reminded = step(hot, { name: 'remind' }, later(day), 'timer')
    expect(firstText(reminded)).toMatch(/^🔥 The customer asks for direct contact until/)
    expect(firstText(reminded)).toContain('+49 331 555')
    const cooled = { ...reminded, now: later(4 * day) }
    expect(firstText(cooled)).toMatch(/^The customer asked for direct contact on March 1, 2026/)
    expect(firstText(cooled)).toContain('+49 331 555')
    expect(firstText(cooled)).not.toContain('🔥')
  })

  it('keeps its wish in the line of a digest', () => {
    const reminded = step(hot, { name: 'remind' }, later(day), 'timer')
    const entry = digestEntryOf(reminded.event, () => true, contextOf({ ...reminded, now: later(4 * day) }))
    expect(entry?.about.directContact?.state).toBe('cooled')
  })

  it('other alerts have neither the contact nor the flame', () => {
    const text = firstText(start())
    expect(text).not.toContain('🔥')
    expect(text).not.toContain('petra@')
    const shown = step(start(), { name: 'show-contact' }, later(hour))
    expect(firstText({ ...shown, event: start().event })).not.toContain('petra@')
  })
})

describe('a nudge', () => {
  const accepted = accept(start())
  const nudged = step(accepted, { name: 'nudge' }, '2099-02-03T00:00:00.000Z', 'timer')

  it('has links to report the end, another close date, or that the deal is still open', () => {
    expect(actionsIn(firstText(nudged))).toEqual(['win', 'lose', 'reschedule', 'still-open'])
  })

  it('comes at most as often as the policy says', () => {
    let change = nudged
    const times = [nudged.event]
    while (change.referral.nudgeAt !== null) {
      change = step(change, { name: 'nudge' }, change.referral.nudgeAt, 'timer')
      times.push(change.event)
    }
    expect(times).toHaveLength(defaultPolicy.maxNudges)
  })
})

const sibling = (more: Partial<Referral>) => ({
  partnerId: asPartnerId('ptr_2'),
  partnerName: 'Isar Cloud',
  referral: {
    ...received().referral,
    id: asReferralId('ref_01KJKJ00000000000000000000_GHJKMN'),
    ...more,
  },
})
const chosen = {
  choice: { outcome: 'elsewhere', referralId: null, firstAt: later(hour), at: later(hour) },
} as const

describe('after an expiry', () => {
  const expired = step(start(), { name: 'expire' }, later(14 * day), 'timer')

  it('the contacts get a link to reopen the referral', () => {
    expect(summary(expired)).toEqual(['referral-expired contact one', 'referral-expired contact two'])
    expect(actionsIn(firstText(expired))).toEqual(['reopen'])
    expect(firstText(expired)).toContain('You can reopen the referral once, until March 17, 2026')
  })

  it.each([
    [
      'the customer has withdrawn the request',
      { rfi: anRfi({ status: 'withdrawn' }) },
      'no longer needs an answer',
    ],
    [
      'the request was sent on',
      { siblings: [sibling({ receivedAt: later(14 * day) })] },
      'has asked another partner',
    ],
    ['the time is over', { now: later(20 * day) }, 'cannot be reopened'],
  ])('they get no link if %s', (_, more, reason) => {
    expect(actionsIn(firstText(expired, more))).toEqual([])
    expect(firstText(expired, more)).toContain(reason)
  })

  it('they get no mail if the customer has chosen', () => {
    expect(summary(expired, { rfi: anRfi(chosen) })).toEqual([])
  })

  it('they read that a neutral expiry does not count', () => {
    const neutral = step(start(), { name: 'expire', neutral: true }, later(14 * day), 'timer')
    expect(firstText(neutral)).toContain('nothing counts against you')
    expect(firstText(expired)).not.toContain('nothing counts against you')
  })
})

describe('reminders', () => {
  const first = step(start(), { name: 'remind' }, later(day), 'timer')
  const second = step(first, { name: 'remind' }, later(11 * day), 'timer')
  const contacts = ['reminder contact one', 'reminder contact two']
  const both = [...contacts, 'escalation admin admin', 'escalation admin owner']

  it('are escalated to the administrators from the number of the policy on', () => {
    expect(summary(first)).toEqual(contacts)
    expect(summary(second)).toEqual(both)
    expect(summary(first, policyWith({ escalateAtReminder: 1 }))).toEqual(both)
    expect(summary(second, policyWith({ escalateAtReminder: null }))).toEqual(contacts)
  })

  it('name the people who were asked, and have no links to answer, for administrators', () => {
    const escalation = partnerDrafts(second).find(({ kind }) => kind === 'escalation')
    expect(textOf(escalation)).toContain(
      'We have sent 2 reminders to one Person and two Person and have received no answer.',
    )
    expect(actionsIn(textOf(escalation))).toEqual([])
  })

  it('are not sent twice to an administrator who gets the reminder', () => {
    expect(summary(second, bounced('one', 'two', 'default'))).toEqual([
      'reminder admin admin',
      'reminder admin owner',
    ])
  })

  it('end when the customer has chosen, and pause while it is asked about the win of another partner', () => {
    expect(summary(second, { rfi: anRfi(chosen) })).toEqual([])
    const won = { status: 'won', closedAt: later(10 * day), winDeniedAt: null, customerChoice: null } as const
    expect(summary(second, { siblings: [sibling(won)] })).toEqual([])
    expect(summary(second, { siblings: [sibling({ ...won, winDeniedAt: later(10 * day + hour) })] })).toEqual(
      both,
    )
  })

  it('that an earlier version of the program stored without a number are not escalated', () => {
    const { number: _, ...data } = second.event.data as Event<'referral.reminder-due'>['data']
    const event = { ...second.event, data } as Event
    expect(summary({ ...second, event })).toEqual(contacts)
  })
})

describe('when the customer has chosen', () => {
  const accepted = accept(start())
  const note = (choice: 'this' | 'other' | 'open') =>
    step(accepted, { name: 'note-choice', choice }, later(day), 'customer')

  it('a superseded partner gets one friendly mail without links', () => {
    const superseded = step(start(), { name: 'supersede' }, later(day), 'customer')
    expect(summary(superseded)).toEqual(['superseded contact one', 'superseded contact two'])
    expect(firstText(superseded)).toContain('nothing counts against you')
    expect(actionsIn(firstText(superseded))).toEqual([])
  })

  it('the chosen partner reads it, and can report the win', () => {
    expect(firstText(note('this'))).toContain('says that it has chosen Spreewerk Systeme (Berlin)')
    expect(actionsIn(firstText(note('this')))).toEqual(['win', 'lose'])
  })

  it('another active partner reads that the customer has decided otherwise', () => {
    expect(firstText(note('other'))).toContain('has chosen somebody else, or no longer needs anybody')
    // The likelier end comes first.
    expect(actionsIn(firstText(note('other')))).toEqual(['lose', 'win'])
  })

  it('a partner reads that the customer has taken the choice back', () => {
    expect(firstText(note('open'))).toContain('has taken its choice back and is still deciding')
  })

  it('a choice that was changed since is not told', () => {
    const changed = step(note('other'), { name: 'note-choice', choice: 'this' }, later(2 * day), 'customer')
    expect(summary({ ...changed, event: note('other').event })).toEqual([])
    expect(summary(changed)).toHaveLength(2)
  })

  it('a reinstated referral is mailed like a new one', () => {
    const superseded = step(start(), { name: 'supersede' }, later(day), 'customer')
    const span = { respondBy: later(20 * day), reminders: [] }
    const reinstated = step(superseded, { name: 'reinstate', span }, later(2 * day), 'customer')
    expect(firstText(reinstated)).toContain('is looking for a partner again')
    expect(actionsIn(firstText(reinstated))).toEqual(['accept', 'decline', 'misaddressed'])
  })

  it('a denied win is told to contacts and administrators, each once', () => {
    const won = step(accepted, { name: 'win', request: { result: 'won' } }, later(day))
    const denied = step(won, { name: 'deny-win' }, later(2 * day), 'customer')
    expect(summary(denied)).toEqual([
      'win-denied contact one',
      'win-denied contact two',
      'win-denied admin admin',
      'win-denied admin owner',
    ])
    expect(actionsIn(firstText(denied))).toEqual(['resume'])
    expect(firstText(denied)).toContain('can confirm the win on the page of the request')
    const afterWithdrawal = firstText(denied, { rfi: anRfi({ status: 'withdrawn' }) })
    expect(actionsIn(afterWithdrawal)).toEqual([])
    expect(afterWithdrawal).not.toContain('can confirm the win')
    const confirmed = step(denied, { name: 'confirm-win' }, later(3 * day), 'customer')
    expect(firstText(confirmed)).toContain('The win counts again.')
    expect(summary({ ...confirmed, event: denied.event })).toEqual([])
  })
})

describe('the line of a digest', () => {
  const second = step(
    step(start(), { name: 'remind' }, later(day), 'timer'),
    { name: 'remind' },
    later(11 * day),
    'timer',
  )

  it('has the kind of the mail that the digest holds', () => {
    const kindOf = (held: string) =>
      digestEntryOf(second.event, kind => kind === held, contextOf(second))?.kind
    expect(kindOf('reminder')).toBe('reminder')
    expect(kindOf('escalation')).toBe('escalation')
    expect(kindOf('nudge')).toBeUndefined()
  })

  it('is left out if the mail is outdated', () => {
    const entry = (more: Partial<MailContext>) =>
      digestEntryOf(second.event, () => true, contextOf(second, more))
    expect(entry({ now: second.referral.respondBy })).toBeUndefined()
    expect(entry({ rfi: anRfi(chosen) })).toBeUndefined()
  })

  it('shows a new referral that an earlier version of the program has held', () => {
    const change = start()
    expect(digestEntryOf(change.event, () => true, contextOf(change))?.kind).toBe('new-referral')
  })
})

describe('every mail', () => {
  const changes = (): Change[] => {
    const hot = start({ directContact: true })
    const accepted = accept(hot, { acceptedBy: aContact('one'), colleagues: [aColleague()] })
    const won = step(accepted, { name: 'win', request: { result: 'won' } }, later(day))
    const reminded = step(start(), { name: 'remind' }, later(day), 'timer')
    return [
      hot,
      reminded,
      step(reminded, { name: 'remind' }, later(11 * day), 'timer'),
      accepted,
      step(accepted, { name: 'add-colleague', colleague: aColleague({ id: 'con_3' }) }, later(day)),
      step(accepted, { name: 'nudge' }, '2099-02-03T00:00:00.000Z', 'timer'),
      step(accepted, { name: 'note-choice', choice: 'this' }, later(day), 'customer'),
      step(won, { name: 'deny-win' }, later(2 * day), 'customer'),
      step(start(), { name: 'decline', request: { reason: 'budget' } }, later(day)),
      step(start(), { name: 'expire' }, later(14 * day), 'timer'),
      step(start(), { name: 'withdraw' }, later(day), 'customer'),
      step(start(), { name: 'supersede' }, later(day), 'customer'),
    ]
  }
  /** Words about the partner's own business that the customer must not read in a quoted mail. */
  const internalWords =
    /ranking|search results|estimated value|Suchergebnis|résultats de recherche|搜索结果|1[,.]?000|token=|referrals\.example/i

  it('whose answers go to somebody else has no link that can act, and no internal words', () => {
    const drafts = changes().flatMap(change => draftsOf(change.event, contextOf(change)))
    const answered = drafts.flatMap(draft =>
      languages.map(language => ({ draft, language, content: contentOf(draft, language) })),
    )
    const foreign = answered.filter(({ content }) => content.replyTo?.address === buyer.email)
    expect(new Set(foreign.map(({ draft }) => draft.kind))).toEqual(
      new Set(['you-accepted', 'colleague-added']),
    )
    for (const { draft, language, content } of foreign) {
      const { subject, html, text } = renderMessage(content, language)
      expect(`${subject}\n${html}\n${text}`, `${draft.kind} in ${language}`).not.toMatch(internalWords)
      // A mutable mail has a link in its header `List-Unsubscribe`.
      expect(draft.isMutable).toBe(false)
    }
  })

  it('shows people no internal ids', () => {
    for (const { name, subject, text } of previews()) {
      const visible = `${subject}\n${text.replace(/https?:\S+/g, '')}`
      expect(visible, name).not.toMatch(/\b(ref|rfi|ptr|con)_/)
    }
  })

  it('of a partner uses each answer that links can give', () => {
    const texts = changes().flatMap(change => partnerDrafts(change).map(textOf))
    expect(new Set(texts.flatMap(actionsIn))).toEqual(new Set(answerActions))
  })
})
