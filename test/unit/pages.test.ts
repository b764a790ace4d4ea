/** The pages behind the links in mails: what they show and how they process forms. */
import { createHash } from 'node:crypto'
import type { Context } from 'aws-lambda'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { handler } from '../../functions/pages.ts'
import { asPartnerId, asProfileId, asReferralId, asRfiId } from '../../shared/kernel/ids.ts'
import { logger } from '../../shared/kernel/logger.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { pageLocalizer } from '../../shared/messaging/language/pages.ts'
import { pageNames } from '../../shared/messaging/links/contract.ts'
import {
  type AnswerLink,
  answerUrl,
  type MuteLink,
  muteUrl,
  outcomeMark,
  readAnswerLink,
  readMuteLink,
  readOutcomeMark,
  requestUrl,
} from '../../shared/messaging/links/links.ts'
import { theme } from '../../shared/messaging/mail/theme.ts'
import { statuses } from '../../shared/referrals/referral/contract.ts'
import { capabilityToken, readCapability } from '../../shared/referrals/rfi/capability.ts'
import { type RfiView, rfiOperations } from '../../shared/referrals/rfi/contract.ts'
import { mutePage } from '../../shared/site/mute/page.ts'
import { pageOperations } from '../../shared/site/page/contract.ts'
import { policy } from '../../shared/site/page/layout.ts'
import { deadLinkPage, problemPage } from '../../shared/site/page/problem-page.ts'
import { readOutcome } from '../../shared/site/request/forms.ts'
import { requestPage } from '../../shared/site/request/page.ts'
import { received } from '../fixtures/referral.ts'
import { anRfiRecipient, anRfiView } from '../fixtures/rfi.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'
import { type Element, elements, isDirectionIsolated, named, parse, textOf, texts } from './markup.ts'
import { byId, controls, errorTitle, expectValidPage, parsed, titleOf } from './page-checks.ts'

beforeEach(() => {
  vi.stubEnv('SIGNING_SECRET', 'a secret')
  vi.stubEnv('PUBLIC_URL', 'https://referrals.example')
})

const hostileText = `<script>alert("1")</script>'&amp; שלום`
const { referral } = received()

const rfi = anRfiView({
  recipients: statuses.map((status, index) =>
    anRfiRecipient({
      partnerId: `ptr_${index}`,
      name: `Partner ${index}`,
      profileId: `ptr_${index}.DE`,
      referralId: `ref_${index}`,
      status,
    }),
  ),
  operations: ['withdrawRfi'],
  suggestions: ['a', 'b'].map(id => ({
    profileId: asProfileId(`ptr_${id}.DE`),
    partnerId: asPartnerId(`ptr_${id}`),
    locationId: 'main',
    languages: ['de'],
    name: `Next ${id}`,
    city: 'Bonn',
    headline: 'We do it',
  })),
})
const request = (more: Partial<RfiView> = {}, done?: string) => ({
  rfi: { ...rfi, ...more },
  version: 3,
  now: later(13 * day),
  zoneOf: () => 'Europe/Berlin',
  outcome: readOutcome(done),
})

/** A request with a partner in each situation in which the customer can do something about it. */
const decidable: Partial<RfiView> = {
  operations: ['chooseOutcome', 'withdrawRfi'],
  suggestions: [],
  recipients: [
    anRfiRecipient({
      referralId: 'ref_a',
      name: 'Alba',
      status: 'active',
      contacts: [{ name: 'Ada Lovelace', phone: '+49 (0)30 1234567', email: 'ada@alba.example' }],
      operations: ['chooseOutcome', 'dismissPartner'],
    }),
    anRfiRecipient({
      referralId: 'ref_b',
      name: 'Bruma',
      status: 'won',
      operations: ['chooseOutcome', 'denyWin'],
    }),
    anRfiRecipient({ referralId: 'ref_c', name: 'Cim', status: 'new', operations: ['dismissPartner'] }),
  ],
}

const choseAlba = {
  outcome: 'partner',
  referralId: asReferralId('ref_a'),
  at: later(12 * day),
  firstAt: later(12 * day),
  changeableUntil: later(19 * day),
} as const

/** The same request after the customer has chosen Alba. */
const decided = (more: Partial<RfiView> = {}): Partial<RfiView> => ({
  status: 'decided',
  operations: ['chooseOutcome'],
  suggestions: [],
  choice: choseAlba,
  recipients: [
    anRfiRecipient({ referralId: 'ref_a', name: 'Alba', status: 'active' }),
    anRfiRecipient({
      referralId: 'ref_b',
      name: 'Bruma',
      status: 'won',
      operations: ['chooseOutcome', 'denyWin'],
    }),
    anRfiRecipient({ referralId: 'ref_c', name: 'Cim', status: 'superseded', operations: ['reopenRfi'] }),
  ],
  ...more,
})

/** Returns the values of each form, with the text of its button. */
const formsOn = (root: Element) =>
  named(root, 'form').map(form => ({
    button: textOf(named(form, 'button')[0] ?? form),
    values: Object.fromEntries(
      named(form, 'input')
        .filter(({ attributes }) => attributes.type === 'hidden')
        .map(({ attributes }) => [attributes.name, attributes.value]),
    ),
    options: named(form, 'label').map(label => [
      textOf(label),
      named(label, 'input')[0]?.attributes.value ?? '',
    ]),
  }))

/** Returns the elements with a role: confirmations and errors. */
const noticesOn = (root: Element) =>
  elements(root)
    .filter(({ attributes }) => attributes.role !== undefined)
    .map(element => [element.attributes.role, textOf(element)])

it.each(languages)('the page tells each instant in %s in the zone of its recipient', language => {
  const pages = [request(), request(decidable), request(decided()), request(decided(), 'final')].map(state =>
    textOf(parsed(requestPage(pageLocalizer(language), { ...state, zoneOf: () => 'Pacific/Chatham' }))),
  )
  const told = pages.map(page => {
    const text = page.replaceAll(/\s*:root\{.*\}/g, '')
    const zones = text.match(/(UTC|GMT)\+13:45/g) ?? []
    const clocks = text.replaceAll(/(UTC|GMT)\+13:45/g, '').match(/\d{1,2}:\d\d/g) ?? []
    expect(zones).toHaveLength(clocks.length)
    return zones.length
  })
  expect(Math.min(...told)).toBeGreaterThan(0)
})

const englishPage = (more: Partial<RfiView> = {}, done?: string) =>
  parsed(requestPage(pageLocalizer('en'), request(more, done)))

describe('the request page of the customer', () => {
  const outcomes = ['withdrawn', 'chosen', 'reopened', 'unsure', 'unchosen', 'unselected', 'changed', 'final']
  it.each(languages)('is valid in %s in each status and after each form', language => {
    const states = [{}, decidable, decided(), decided({ operations: [] })]
    for (const state of states)
      for (const status of ['open', 'closed', 'decided', 'withdrawn', 'unrouted'] as const)
        for (const done of [
          undefined,
          ...outcomes,
          'refused',
          'denied ref_b',
          'dismissed ref_a',
          'ptr_0',
          'nonsense',
        ])
          expectValidPage(requestPage(pageLocalizer(language), request({ ...state, status }, done)), language)
    expectValidPage(
      requestPage(pageLocalizer(language), request({ suggestions: [], recipients: [] })),
      language,
    )
  })

  it('shows the status of each partner and the remaining time', () => {
    const pageText = textOf(parsed(requestPage(pageLocalizer('en'), request())))
    for (const { name } of rfi.recipients) expect(pageText).toContain(name)
    expect(pageText).toContain('Has 1 day left to answer')
  })

  it.each([
    ['en', 'Has 9 days left to answer (until March 15, 2026 at 10:00 AM CET).'],
    ['de', 'Hat noch 9 Tage Zeit für eine Antwort (bis 15. März 2026 um 10:00 MEZ).'],
    ['fr', 'Il lui reste 9\u00a0jours pour répondre (jusqu’au 15 mars 2026 à 10:00 UTC+1).'],
    ['zh-Hans', '还有9天可以答复，截止时间：2026年3月15日 10:00（GMT+1）。'],
  ])('states in %s how long a partner has left to answer', (language, sentence) => {
    const now = later(5 * day)
    const pageText = textOf(parsed(requestPage(pageLocalizer(language), { ...request(), now })))
    expect(pageText).toContain(sentence)
  })

  it('names the request by its number and date, and the company that asks', () => {
    const pageText = textOf(englishPage())
    for (const fact of [rfi.requestNumber, 'March 1, 2026', 'Havelland Getriebe', 'Potsdam, Germany'])
      expect(pageText).toContain(fact)
    expect(textOf(englishPage({ customer: null }))).not.toContain('Potsdam')
  })

  it.each([
    ['Your contact', 1],
    ['Your contacts', 2],
  ])('says “%s” for %d', (label, count) => {
    const contact = { name: 'Ada Lovelace', phone: null, email: 'ada@alba.example' }
    const contacts = Array.from({ length: count }, () => contact)
    const root = englishPage({ recipients: [anRfiRecipient({ contacts })], suggestions: [] })
    expect(named(root, 'dt').map(textOf)).toContain(label)
  })

  it('names website, office and languages of a partner, and who takes care of the request', () => {
    const root = englishPage(decidable)
    const pageText = textOf(root)
    for (const fact of ['Spreewerk Systeme Berlin', 'German', 'Ada Lovelace', '+49 (0)30 1234567'])
      expect(pageText).toContain(fact)
    const hrefs = named(root, 'a').map(({ attributes }) => attributes.href)
    expect(hrefs).toEqual([
      'tel:+49301234567',
      'mailto:ada@alba.example',
      ...['Alba', 'Bruma', 'Cim'].map(() => 'https://spreewerk.example/'),
    ])
  })

  it('shows a partner that has stated nothing', () => {
    const nothing = { website: null, office: null, languages: [], contacts: [] }
    const root = englishPage({ recipients: [anRfiRecipient(nothing)], suggestions: [] })
    expect(named(root, 'a')).toEqual([])
    expect(textOf(root)).not.toMatch(/Website|Office|Languages|Your contact/)
  })

  it('shows a contact without a telephone number', () => {
    const contacts = [{ name: 'Ada Lovelace', phone: null, email: 'ada@alba.example' }]
    const root = englishPage({ recipients: [anRfiRecipient({ status: 'active', contacts })] })
    expect(named(root, 'a').map(({ attributes }) => attributes.href)).not.toContainEqual(
      expect.stringMatching(/^tel:/),
    )
  })

  it('asks about a reported win first, with a button for yes and one for no', () => {
    const root = englishPage(decidable)
    const [first] = named(root, 'h2').map(textOf)
    expect(first).toBe('Bruma reports that you have bought from it. Is that right?')
    const [yes, no] = formsOn(root)
    expect(yes).toEqual({
      button: 'Yes, I have chosen Bruma',
      values: { do: 'choose', choice: 'ref_b', version: '3' },
      options: [],
    })
    expect(no).toEqual({
      button: 'No, that is not right',
      values: { do: 'deny-win', referralId: 'ref_b', version: '3' },
      options: [],
    })
  })

  it('offers the denial of a reported win first behind the link “no”', () => {
    const page = requestPage(pageLocalizer('en'), { ...request(decidable), isDenialFirst: true })
    expectValidPage(page, 'en')
    const root = parsed(page)
    const [first, second] = formsOn(root).map(({ button }) => button)
    expect([first, second]).toEqual(['No, that is not right', 'Yes, I have chosen Bruma'])
    const [denial] = named(root, 'button')
    expect(denial?.attributes.class).toBeUndefined()
  })

  it('offers to deny a win after the customer has confirmed it', () => {
    const recipients = [
      anRfiRecipient({ referralId: 'ref_a', name: 'Alba', status: 'won', operations: ['denyWin'] }),
    ]
    expect(formsOn(englishPage(decided({ recipients })))[0]).toEqual({
      button: 'I was wrong: I have not bought from Alba',
      values: { do: 'deny-win', referralId: 'ref_a', version: '3' },
      options: [],
    })
  })

  it('says after a denial that other partners can be asked, if the page offers some', () => {
    const denied = [
      anRfiRecipient({ referralId: 'ref_b', name: 'Bruma', status: 'won', winDeniedAt: later(day) }),
    ]
    const superseded = anRfiRecipient({
      referralId: 'ref_c',
      status: 'superseded',
      operations: ['reopenRfi'],
    })
    const noticed = (more: Partial<RfiView>) =>
      noticesOn(englishPage({ ...more, operations: [] }, 'denied ref_b'))
    const others = [['status', english('request.win.denied.others', { partner: 'Bruma' })]]
    expect(noticed({ recipients: denied })).toEqual(others)
    expect(noticed({ recipients: [...denied, superseded], suggestions: [] })).toEqual(others)
    expect(noticed({ recipients: denied, suggestions: [] })).toEqual([
      ['status', english('request.win.denied', { partner: 'Bruma' })],
    ])
  })

  it('asks about each of several reported wins', () => {
    const recipients = ['Alba', 'Bruma'].map(name =>
      anRfiRecipient({
        referralId: `ref_${name}`,
        name,
        status: 'won',
        operations: ['chooseOutcome', 'denyWin'],
      }),
    )
    const page = requestPage(pageLocalizer('en'), request({ recipients }))
    expectValidPage(page, 'en')
    const headings = named(parsed(page), 'h2').map(textOf)
    expect(headings.filter(heading => heading.includes('Is that right?'))).toHaveLength(2)
  })

  it('does not say that a request is closed while it asks about a win', () => {
    const won = (operations: RfiView['recipients'][number]['operations']) =>
      textOf(englishPage({ status: 'closed', recipients: [anRfiRecipient({ status: 'won', operations })] }))
    expect(won(['chooseOutcome', 'denyWin'])).not.toContain(english('request.closed'))
    expect(won([])).toContain(english('request.closed'))
  })

  it('offers only “no” for a win that cannot be confirmed any more', () => {
    const recipients = [anRfiRecipient({ status: 'won', operations: ['denyWin'] })]
    const page = englishPage({ recipients, suggestions: [], operations: [] })
    const buttons = formsOn(page).map(({ button }) => button)
    expect(textOf(page)).toContain('You cannot change this answer later.')
    expect(textOf(page)).not.toContain('You can correct your answer')
    expect(buttons).toEqual(['No, that is not right', english('request.withdraw')])
  })

  it('offers to choose each partner that can be chosen, somebody else, or nobody', () => {
    const root = englishPage(decidable)
    const choose = formsOn(root).find(({ button }) => button === english('request.choose.save'))
    expect(choose).toEqual({
      button: 'Save my choice',
      values: { do: 'choose', version: '3' },
      options: [
        ['I have chosen Alba', 'ref_a'],
        ['I have chosen Bruma', 'ref_b'],
        ['I have chosen somebody else', 'elsewhere'],
        ['I no longer need anybody', 'none'],
      ],
    })
    for (const { attributes } of controls(root).filter(({ attributes }) => attributes.type === 'radio'))
      expect(attributes).toMatchObject({ name: 'choice', required: '' })
    expect(textOf(root)).toContain('You can change your choice for 7 days.')
  })

  it('asks to dismiss a partner in two steps and says that this cannot be undone', () => {
    const root = englishPage(decidable)
    const details = named(root, 'details')
    expect(details.map(one => textOf(named(one, 'summary')[0] ?? one))).toEqual([
      'Say “No, thank you” to Alba',
      'Say “No, thank you” to Cim',
    ])
    for (const one of details) expect(textOf(one)).toContain('You cannot undo this.')
    expect(details.flatMap(formsOn)).toEqual([
      {
        button: 'Yes, tell Alba',
        values: { do: 'dismiss', referralId: 'ref_a', version: '3' },
        options: [],
      },
      { button: 'Yes, tell Cim', values: { do: 'dismiss', referralId: 'ref_c', version: '3' }, options: [] },
    ])
  })

  it('shows a choice with what has ended because of it, and until when it can be changed', () => {
    const root = englishPage(decided())
    const pageText = textOf(root)
    for (const sentence of [
      'You have chosen Alba.',
      'Your request has ended for Cim, because you have decided.',
      'You can change your choice until March 20, 2026 at 10:00 AM CET.',
      english('request.state', { status: 'chosen' }),
      english('request.state', { status: 'superseded' }),
    ])
      expect(pageText).toContain(sentence)
    const change = formsOn(root).find(({ button }) => button === english('request.choose.save'))
    // The present choice is not among the options.
    expect(change?.options.map(([, value]) => value)).toEqual(['ref_b', 'elsewhere', 'none'])
    // A customer who has chosen has answered the question about another partner's win, which can still be denied.
    expect(pageText).not.toContain('Is that right?')
    expect(formsOn(root).filter(({ values }) => values.do === 'deny-win')).toHaveLength(1)
  })

  it.each([
    ['elsewhere', 'You have chosen somebody else.'],
    ['none', 'You no longer need anybody.'],
  ] as const)('shows the choice “%s” and offers the others', (outcome, sentence) => {
    const root = englishPage(decided({ choice: { ...choseAlba, outcome, referralId: null } }))
    expect(textOf(root)).toContain(sentence)
    const change = formsOn(root).find(({ button }) => button === english('request.choose.save'))
    expect(change?.options.map(([, value]) => value)).not.toContain(outcome)
  })

  it('has no form to change a choice that is final, and says so', () => {
    const final = decided({
      choice: { ...choseAlba, changeableUntil: later(13 * day) },
      operations: [],
      recipients: [anRfiRecipient({ referralId: 'ref_a', name: 'Alba', status: 'active' })],
    })
    const root = englishPage(final)
    expect(textOf(root)).toContain(english('request.choice.final'))
    expect(formsOn(root)).toEqual([])
  })

  it('offers to ask superseded partners again, and gives the reason if the chosen deal was lost', () => {
    const changeable = englishPage(decided())
    const again = formsOn(changeable).find(({ button }) => button === english('request.again.send'))
    expect(again).toEqual({
      button: 'Send my request again',
      values: { do: 'reopen', version: '3' },
      options: [['Ask Cim again', 'ref_c']],
    })
    expect(textOf(changeable)).not.toContain('You can ask other partners again.')
    const [alba, ...others] = decided().recipients ?? []
    const lost = decided({
      choice: { ...choseAlba, changeableUntil: later(13 * day) },
      recipients: [anRfiRecipient({ ...alba, status: 'lost' }), ...others],
    })
    const pageText = textOf(englishPage(lost))
    expect(pageText).toContain(
      'Alba has closed your request without a deal. You can ask other partners again.',
    )
    // Asking again takes the choice back, although it is final.
    expect(pageText).not.toContain(english('request.choice.final'))
  })

  it('says how long a new choice can be changed after an earlier one was taken back', () => {
    const again = [anRfiRecipient({ status: 'superseded', operations: ['reopenRfi'] })]
    const takenBack = { ...decidable, recipients: again, newChoiceFirstAt: later(9 * day) }
    const pageText = textOf(englishPage(takenBack))
    expect(pageText).toContain('You can change your choice for 3 days.')
    expect(pageText).toContain(english('request.again.open'))
    expect(pageText).not.toContain(english('request.again.intro'))
  })

  it('shows that a win was denied', () => {
    const recipients = [
      anRfiRecipient({ status: 'won', winDeniedAt: later(day), operations: ['chooseOutcome'] }),
    ]
    const pageText = textOf(englishPage({ ...decidable, recipients }))
    expect(pageText).toContain('You have told us that this is not right.')
    expect(pageText).not.toContain('Is that right?')
    expect(pageText).toContain('I have chosen Spreewerk Systeme')
  })

  it('confirms each form only if the request shows its result, and says what to do otherwise', () => {
    const tell = (done: string, more: Partial<RfiView>) => noticesOn(englishPage(more, done))
    expect(tell('chosen', decided())).toEqual([['status', english('request.decided')]])
    expect(tell('chosen', decidable)).toEqual([])
    expect(tell('reopened', decidable)).toEqual([['status', english('request.again.sent')]])
    expect(tell('reopened', decided())).toEqual([])
    const denied = {
      recipients: [anRfiRecipient({ status: 'won', winDeniedAt: later(day) })],
      suggestions: [],
    }
    const { referralId } = anRfiRecipient()
    const partner = 'Spreewerk Systeme'
    expect(tell(`denied ${referralId}`, denied)).toEqual([
      ['status', english('request.win.denied', { partner })],
    ])
    expect(tell('denied ref_b', decidable)).toEqual([])
    const dismissed = { recipients: [anRfiRecipient({ status: 'withdrawn' })] }
    expect(tell(`dismissed ${referralId}`, dismissed)).toEqual([
      ['status', english('request.dismissed', { partner })],
    ])
    expect(tell('dismissed ref_a', decidable)).toEqual([])
    expect(tell('unchosen', decidable)).toEqual([['alert', english('request.choose.missing')]])
    expect(tell('unselected', decided())).toEqual([['alert', english('request.again.missing')]])
    const until = 'March 20, 2026 at 10:00 AM CET'
    expect(tell('final', decided())).toEqual([['alert', english('request.choice.closed', { until })]])
  })

  it('marks the answers if none was selected', () => {
    const [fieldset] = named(englishPage(decidable, 'unchosen'), 'fieldset')
    expect(fieldset?.attributes['aria-invalid']).toBe('true')
  })

  it('has forms to ask another partner, with the version that was shown and without personal data', () => {
    const root = parsed(requestPage(pageLocalizer('en'), request()))
    const forms = named(root, 'form').map(form =>
      Object.fromEntries(
        named(form, 'input')
          .filter(({ attributes }) => attributes.type === 'hidden')
          .map(({ attributes }) => [attributes.name, attributes.value]),
      ),
    )
    expect(forms).toEqual([
      { do: 'ask', profileId: 'ptr_a.DE', locationId: 'main', version: '3' },
      { do: 'ask', profileId: 'ptr_b.DE', locationId: 'main', version: '3' },
      { do: 'withdraw', version: '3' },
    ])
    // Mails link to each suggestion by its id.
    for (const { profileId } of rfi.suggestions) expect(byId(root, profileId)?.name).toBe('li')
  })

  it('requires a confirmation to withdraw and offers withdrawal only for open requests', () => {
    const [sure] = controls(parsed(requestPage(pageLocalizer('en'), request())))
    expect(sure?.attributes).toMatchObject({ type: 'checkbox', name: 'sure', value: 'yes', required: '' })
    for (const status of ['closed', 'withdrawn'] as const)
      expect(controls(parsed(requestPage(pageLocalizer('en'), request({ status }))))).toEqual([])
  })

  it('reports the outcome of an action only if the request confirms it', () => {
    const tell = (done: string, more: Partial<RfiView> = {}) => {
      const root = parsed(requestPage(pageLocalizer('en'), request(more, done)))
      return elements(root)
        .filter(({ attributes }) => attributes.role !== undefined)
        .map(element => [element.attributes.role, textOf(element)])
    }
    expect(tell('ptr_0')).toEqual([['status', english('request.asked', { partner: 'Partner 0' })]])
    expect(tell('changed')).toEqual([['alert', english('request.changed')]])
    expect(tell('withdrawn', { status: 'withdrawn' })).toEqual([['status', english('request.withdrawn')]])
    expect(tell('withdrawn')).toEqual([])
    expect(tell('ptr_unknown')).toEqual([])
  })

  it.each(['constructor', 'toString', '__proto__', '<script>'])(
    'is valid for an unknown outcome in its URL: %s',
    done => {
      expectValidPage(requestPage(pageLocalizer('en'), request({}, done)), 'en')
    },
  )

  it('escapes foreign text and isolates its direction', () => {
    const hostile = {
      need: { ...rfi.need, summary: hostileText },
      customer: { company: hostileText, city: hostileText, country: 'DE', emailStatus: 'unknown' as const },
      operations: ['chooseOutcome' as const],
      recipients: statuses.map((status, index) =>
        anRfiRecipient({
          referralId: `ref_${index}`,
          status,
          name: hostileText,
          office: { name: hostileText, city: hostileText, country: 'DE', timeZone: null },
          contacts: [{ name: hostileText, phone: '+49 30 1', email: `${hostileText}@partner.example` }],
          operations: ['chooseOutcome', 'denyWin', 'dismissPartner', 'reopenRfi'],
        }),
      ),
      suggestions: rfi.suggestions.map(one => ({
        ...one,
        name: hostileText,
        headline: hostileText,
        city: hostileText,
      })),
    }
    const page = requestPage(pageLocalizer('en'), request(hostile, 'ptr_0'))
    expectValidPage(page, 'en')
    const written = texts(parsed(page)).filter(([text]) => text.includes(hostileText))
    expect(written.length).toBeGreaterThan(10)
    for (const [, path] of written) expect(isDirectionIsolated(path)).toBe(true)
  })

  it('shows an RFI that satisfies the contract of the API', () => {
    const { response } = rfiOperations.getRfi
    const ids = { id: 'rfi_01KJKJ00000000000000000000', recipients: [], suggestions: [] }
    expect(response.safeParse({ ...rfi, ...ids }).error).toBeUndefined()
  })
})

describe('the page to mute mails', () => {
  const muting = { address: 'one@partner.example', partnerName: hostileText, region: 'CH', isMuted: false }

  it.each(languages)('asks for confirmation and reports the result in %s', language => {
    const question = mutePage(pageLocalizer(language), muting)
    const done = mutePage(pageLocalizer(language), { ...muting, isMuted: true })
    for (const page of [question, done]) {
      expectValidPage(page, language)
      expect(textOf(parsed(page))).toContain(muting.address)
    }
    expect(named(parsed(question), 'button')).toHaveLength(1)
    expect(named(parsed(done), 'button')).toEqual([])
    expect(elements(parsed(done)).some(({ attributes }) => attributes.role === 'status')).toBe(true)
  })
})

describe('the page for a link that does not work', () => {
  it.each(languages)('explains each kind of link in %s, with “Error” first in its title', language => {
    const bodies = pageNames.map(page => {
      const shown = deadLinkPage(page, language)
      expectValidPage(shown, language)
      expect(shown.status).toBe(404)
      expect(titleOf(shown)).toBe(errorTitle(language, textIn(language, 'dead-link.title')))
      expect(textOf(parsed(shown))).toContain(textIn(language, `dead-link.${page}`))
      return textOf(parsed(shown))
    })
    expect(new Set(bodies).size).toBe(pageNames.length)
  })

  it('mentions requests only to customers, and referrals only to contacts', () => {
    expect(textOf(parsed(deadLinkPage('request', 'en')))).not.toMatch(/referral|contact|inbox/)
    expect(textOf(parsed(deadLinkPage('answer', 'en')))).not.toContain('request')
  })
})

describe('the page for an error', () => {
  it.each(languages)('is valid in %s, with “Error” first in its title', language => {
    const page = problemPage('request', 503, language)
    expectValidPage(page, language)
    expect(page.status).toBe(503)
    expect(titleOf(page)).toBe(errorTitle(language, textIn(language, 'problem.title')))
  })

  it.each([400, 404])('explains the link for status %i', status => {
    expect(problemPage('mute', status, 'en')).toEqual(deadLinkPage('mute', 'en', status))
  })
})

describe('the style of a page', () => {
  const css = named(parsed(deadLinkPage('request', 'en')), 'style')
    .map(textOf)
    .join()
  const colours = (block: string) =>
    Object.fromEntries(
      [...block.matchAll(/--(\w+):(#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour]),
    )

  it('takes all colours from the theme, in light and in dark mode', () => {
    const [, dark = ''] = /@media \(prefers-color-scheme:dark\)\{:root\{([^}]*)\}\}/.exec(css) ?? []
    const [, light = ''] = /^\s*:root\{color-scheme:light dark;([^}]*)\}/.exec(css) ?? []
    expect(colours(light)).toEqual(theme.light)
    expect(colours(dark)).toEqual(theme.dark)
    for (const [, name = ''] of css.matchAll(/var\(--(\w+)\)/g))
      expect(Object.keys(theme.light)).toContain(name)
    expect(css.replaceAll(/--\w+:#[0-9a-f]{6}/g, '')).not.toMatch(/#[0-9a-f]{3}/)
  })

  it('prints no forms', () => {
    expect(css).toContain('@media print{form{display:none}}')
  })

  it('depends on the direction of the text only by logical properties', () => {
    expect(css).not.toMatch(/(left|right)/)
  })
})

describe('the title of a page', () => {
  const localizer = pageLocalizer('en')
  it.each([['a request that could not be changed', requestPage(localizer, request({}, 'refused'))]])(
    'starts with “Error” for %s',
    (_, page) => {
      expect(titleOf(page)).toMatch(/^Error: \S/)
      expect(textOf(named(parsed(page), 'h1')[0] ?? parsed(page))).not.toContain('Error')
    },
  )

  it.each([['a request', requestPage(localizer, request({}, 'withdrawn'))]])(
    'is the heading for %s',
    (_, page) => {
      expect(titleOf(page)).toBe(textOf(named(parsed(page), 'h1')[0] ?? parsed(page)))
    },
  )
})

describe('a link', () => {
  const answer: AnswerLink = {
    partnerId: referral.partnerId,
    region: 'DE',
    referralId: referral.id,
    version: 12,
    action: 'accept',
    reader: 'r'.repeat(22),
    mail: [12, 'm'.repeat(22)],
    until: referral.respondBy,
  }
  const muting: MuteLink = { partnerId: referral.partnerId, region: 'DE', reader: 'r'.repeat(22) }
  const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? ''

  it('leads to its page with a token that contains its parameters', () => {
    expect(answerUrl(answer)).toMatch(/^https:\/\/referrals\.example\/v1\/pages\/answer\?token=[\w.-]+$/)
    expect(muteUrl(muting)).toMatch(/^https:\/\/referrals\.example\/v1\/pages\/mute\?token=[\w.-]+$/)
    expect(readAnswerLink(tokenOf(answerUrl(answer)))).toEqual(answer)
    expect(readMuteLink(tokenOf(muteUrl(muting)))).toEqual(muting)
    const capability = capabilityToken(referral.rfiId, later(day))
    expect(tokenOf(requestUrl(capability))).toBe(capability)
    // The page accepts no longer token, and mail servers do not break shorter lines.
    expect(answerUrl(answer).length).toBeLessThan(900)
  })

  it('is valid only for its own page', () => {
    const tokens = [
      answerUrl(answer),
      muteUrl(muting),
      requestUrl(capabilityToken(asRfiId('rfi_1'), later(day))),
    ]
    const readers = [
      readAnswerLink,
      readMuteLink,
      (token: string) => readCapability(token, new Date(receivedAt)),
    ]
    const works = tokens.map(url => readers.map(read => read(tokenOf(url)) !== undefined))
    expect(works).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ])
  })

  it('is invalid after a change or when it is not signed', () => {
    const [payload = '', mac = ''] = tokenOf(answerUrl(answer)).split('.')
    const other = Buffer.from(JSON.stringify({ ...answer, action: 'decline' })).toString('base64url')
    for (const token of [
      '',
      '.',
      payload,
      `${other}.${mac}`,
      `${payload}.${mac.slice(1)}`,
      `${payload}.${mac}.`,
    ])
      expect(readAnswerLink(token)).toBeUndefined()
    fc.assert(fc.property(fc.string(), token => readAnswerLink(token) === undefined))
  })
})

describe('outcomeMark', () => {
  it('is signed and valid only for its token', () => {
    const mark = outcomeMark('token', 'accept')
    expect(readOutcomeMark('token', mark)).toBe('accept')
    expect(readOutcomeMark('another', mark)).toBeUndefined()
    expect(readOutcomeMark('token', 'accept')).toBeUndefined()
    expect(readOutcomeMark('token', `J${mark.slice(1)}`)).toBeUndefined()
  })

  it('fits into the query parameter `done`', () => {
    const { query } = pageOperations.getRequestPage
    const done = outcomeMark('x'.repeat(2000), 'ptr_01KJKJ00000000000000000000')
    expect(query.safeParse({ token: 'x', done }).error).toBeUndefined()
  })
})

describe('the page handler', () => {
  const visit = (routeKey: string, more: object = {}) =>
    handler(
      {
        routeKey,
        headers: { 'accept-language': 'de-CH,de;q=0.9' },
        isBase64Encoded: false,
        queryStringParameters: { token: 'x.y' },
        requestContext: { requestId: 'r1' },
        ...more,
      } as never,
      {} as Context,
    )
  const form = (body: string, type = 'application/x-www-form-urlencoded') => ({
    headers: { 'content-type': type },
    body,
  })

  it('allows only the style of the page in its content security policy', async () => {
    const { headers, body = '' } = await visit('GET /v1/pages/answer')
    const [style] = named(parse(body), 'style').map(textOf)
    const hash = createHash('sha256')
      .update(style ?? '')
      .digest('base64')
    expect(headers).toMatchObject({ 'content-security-policy': policy })
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
  })

  it('forbids caching, referrers and indexing', async () => {
    const { headers } = await visit('GET /v1/pages/mute')
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    })
  })

  it.each(['GET /v1/pages/answer', 'GET /v1/pages/request', 'GET /v1/pages/mute', 'POST /v1/pages/answer'])(
    '%s returns 404 in the language of the browser for an invalid link',
    async route => {
      const { statusCode, body = '' } = await visit(route)
      expect(statusCode).toBe(404)
      expect(named(parse(body), 'html')[0]?.attributes.lang).toBe('de')
    },
  )

  it.each([
    form('List-Unsubscribe=One-Click'),
    form(
      '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--b--',
      'multipart/form-data; boundary=b',
    ),
    { headers: {} },
  ])('returns 200 for one-click unsubscription of an address that is no contact any more', async more => {
    const { statusCode } = await visit('POST /v1/pages/mute', more)
    expect(statusCode).toBe(200)
  })

  it('ignores additional query parameters', async () => {
    const queryStringParameters = { token: 'x.y', utm_source: 'newsletter', fbclid: '1' }
    const { statusCode } = await visit('GET /v1/pages/answer', { queryStringParameters })
    expect(statusCode).toBe(404)
  })

  it('returns a page for an incomplete URL and for an internal error', async () => {
    const logged = vi.spyOn(logger, 'error').mockImplementation(() => {})
    const incomplete = await visit('GET /v1/pages/answer', { queryStringParameters: {} })
    expect(incomplete.statusCode).toBe(400)
    expect(logged).not.toHaveBeenCalled()
    const broken = await visit('GET /v1/pages/nowhere')
    expect(broken.statusCode).toBe(500)
    expect(logged).toHaveBeenCalledOnce()
    for (const { body = '' } of [incomplete, broken]) expect(named(parse(body), 'h1')).toHaveLength(1)
  })
})
