/** The page behind answer links: its forms, what it shows in each state, and how it processes forms. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { currencies } from '../../shared/kernel/iso.ts'
import { languages } from '../../shared/messaging/language/contract.ts'
import { pageLocalizer } from '../../shared/messaging/language/pages.ts'
import { answerActions } from '../../shared/messaging/links/contract.ts'
import { aboutReferral } from '../../shared/partners/recipients/rules.ts'
import { defaultPolicy } from '../../shared/program/policy/rules.ts'
import { defaultTaxonomy } from '../../shared/program/taxonomy/rules.ts'
import { referralOperations, statuses } from '../../shared/referrals/referral/contract.ts'
import { effective } from '../../shared/referrals/referral/status.ts'
import {
  type FieldName,
  type FormInput,
  moneyInput,
  orderValueInput,
  purposeOf,
  readAcceptance,
  readExtension,
  readLoss,
  readNewCloseDate,
  readRefusal,
  readWin,
  suggestedInput,
  wrongFields,
} from '../../shared/site/answer/forms.ts'
import {
  type AnswerForm,
  answeredPage,
  answerPage,
  type ReferralState,
} from '../../shared/site/answer/page.ts'
import { contactFor, suggestDeal, undoableUntil } from '../../shared/site/answer/rules.ts'
import type { Page } from '../../shared/site/page/layout.ts'
import { render } from '../../shared/text/html.ts'
import { aReferral, inStatus, received, run } from '../fixtures/referral.ts'
import { aCustomer, aNeed, aPerson } from '../fixtures/request.ts'
import { english, textIn } from '../fixtures/texts.ts'
import { day, hour, later, receivedAt } from '../fixtures/time.ts'
import { type Element, elements, isDirectionIsolated, named, textOf, texts } from './markup.ts'
import { byId, controls, errorTitle, expectValidPage, parsed, titleOf } from './page-checks.ts'

const complete: FormInput = {
  name: 'ERP',
  amount: '45000',
  currency: 'EUR',
  estimatedCloseDate: '2099-01-01',
  notes: '',
  crmId: ' ',
}

describe('readAcceptance', () => {
  it('returns the body of the operation without empty fields', () => {
    const { value } = readAcceptance(complete, 'en') as { value: unknown }
    expect(value).toEqual({
      name: 'ERP',
      estimatedValue: { amount: 45_000, currency: 'EUR' },
      estimatedCloseDate: '2099-01-01',
      estimated: 'given',
      colleagues: [],
    })
    expect(readAcceptance({ ...complete, notes: ' Two plants. ', crmId: 'CRM-17' }, 'en')).toMatchObject({
      value: { notes: 'Two plants.', crmId: 'CRM-17' },
    })
  })

  it.each<[string, string, FieldName]>([
    ['no name', '', 'name'],
    ['a blank name', '   ', 'name'],
    ['a name with a line break', 'ERP\r\nBcc: x', 'name'],
    ['a name that is too long', 'x'.repeat(201), 'name'],
    ['no currency', '', 'currency'],
    ['an unknown currency', 'XXX', 'currency'],
    ['no date', '', 'estimatedCloseDate'],
    ['a date that does not exist', '2099-02-30', 'estimatedCloseDate'],
    ['a date that is not in ISO format', '1.2.2099', 'estimatedCloseDate'],
    ['notes that are too long', 'x'.repeat(10_001), 'notes'],
    ['a CRM id that is too long', 'x'.repeat(101), 'crmId'],
    ['a CRM id with a line break', 'a\nb', 'crmId'],
  ])('reports one wrong field for %s', (_, value, field) => {
    expect(readAcceptance({ ...complete, [field]: value }, 'en')).toEqual({ wrong: [field] })
  })

  it('reports every required field once for an empty form', () => {
    expect(readAcceptance({}, 'en')).toEqual({ wrong: ['name', 'amount', 'currency', 'estimatedCloseDate'] })
  })

  it('reports at least one wrong field for any invalid form', () => {
    const given = fc.record(
      {
        name: fc.string(),
        amount: fc.string(),
        currency: fc.string(),
        notes: fc.string(),
        estimatedCloseDate: fc.string(),
        crmId: fc.string(),
        reason: fc.string(),
        why: fc.string(),
        closedOn: fc.string(),
        suggested: fc.string(),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<FormInput>
    fc.assert(
      fc.property(given, some => {
        for (const read of [
          readAcceptance,
          readRefusal,
          readExtension,
          readWin,
          readLoss,
          readNewCloseDate,
        ]) {
          const result = read({ ...(read === readAcceptance && complete), ...some }, 'en')
          if ('wrong' in result) expect(result.wrong).not.toEqual([])
        }
      }),
    )
  })
})

describe('an amount', () => {
  const amountIn = (locale: string, amount: string, currency = 'EUR') => {
    const read = readAcceptance({ ...complete, amount, currency }, locale)
    return 'value' in read ? read.value.estimatedValue.amount : read.wrong
  }

  it('is read in the notation of the reader', () => {
    expect(amountIn('de', '45.000')).toBe(45_000)
    expect(amountIn('en', '45,000')).toBe(45_000)
    expect(amountIn('en', '45.000')).toEqual(['amount'])
    expect(amountIn('en', '1.234', 'KWD')).toBe(1.234)
  })

  it.each(['', ' ', '-5', '1e5', '2k', '1.2.3', '1.999'])('is the only wrong field for %j', written => {
    expect(amountIn('en', written)).toEqual(['amount'])
  })

  it('is read if the currency is missing, so that only the currency is wrong', () => {
    expect(amountIn('en', '45,000', '')).toEqual(['currency'])
    expect(amountIn('en', '45,000', 'BGN')).toEqual(['currency'])
  })
})

describe('form input', () => {
  it('to decline is a reason and optional notes', () => {
    expect(readRefusal({ reason: 'budget', notes: '' })).toEqual({ value: { reason: 'budget' } })
    expect(readRefusal({ reason: 'other', notes: 'Moved.' })).toEqual({
      value: { reason: 'other', notes: 'Moved.' },
    })
    expect(readRefusal({})).toEqual({ wrong: ['reason'] })
    expect(readRefusal({ reason: 'No Code!', notes: 'x'.repeat(10_001) })).toEqual({
      wrong: ['reason', 'notes'],
    })
  })

  it('to extend has a reason in the field `why`', () => {
    expect(readExtension({ why: 'Holidays.\r\nAnd more.' })).toEqual({
      value: { reason: 'Holidays.\nAnd more.' },
    })
    for (const why of ['', ' ', 'x'.repeat(1001)]) expect(readExtension({ why })).toEqual({ wrong: ['why'] })
    expect(readExtension({ reason: 'budget' })).toEqual({ wrong: ['why'] })
  })

  it('for a won deal is a date and an optional value', () => {
    expect(readWin({ amount: '', currency: 'EUR', closedOn: '2026-03-01' }, 'en')).toEqual({
      value: { result: 'won', closedOn: '2026-03-01' },
    })
    expect(readWin({ amount: '45 000,50', currency: 'EUR', closedOn: '2026-03-01' }, 'en')).toMatchObject({
      value: { value: { amount: 45_000.5, currency: 'EUR' } },
    })
    expect(readWin({ amount: 'much', currency: 'EUR', closedOn: '1.3.2026' }, 'en')).toEqual({
      wrong: ['amount', 'closedOn'],
    })
    expect(readWin({ amount: '5', currency: '', closedOn: '2026-03-01' }, 'en')).toEqual({
      wrong: ['currency'],
    })
  })

  it('for a lost deal is a reason and optional notes', () => {
    expect(readLoss({ reason: 'budget', notes: 'Too dear.' })).toEqual({
      value: { result: 'lost', reason: 'budget', notes: 'Too dear.' },
    })
    expect(readLoss({})).toEqual({ wrong: ['reason'] })
  })

  it('for a new close date is a date', () => {
    expect(readNewCloseDate({ estimatedCloseDate: '2026-05-01' })).toEqual({
      value: { estimatedCloseDate: '2026-05-01' },
    })
    for (const estimatedCloseDate of ['', '1.5.2026', undefined])
      expect(readNewCloseDate({ estimatedCloseDate })).toEqual({ wrong: ['estimatedCloseDate'] })
  })

  it('begins with the estimate of the partner as order value, but not with an unchanged suggestion', () => {
    const { deal } = inStatus('active').referral
    if (!deal) throw new Error('an active referral has a deal')
    const estimatedValue = { amount: 10_000, currency: 'CHF' }
    expect(orderValueInput({ ...deal, estimatedValue, estimated: 'given' }, 'en')).toEqual({
      amount: '10,000',
      currency: 'CHF',
    })
    const withdrawn = { amount: 10_000, currency: 'BGN' }
    expect(orderValueInput({ ...deal, estimatedValue: withdrawn, estimated: 'given' }, 'en')).toEqual({})
    const suggested = orderValueInput({ ...deal, estimatedValue, estimated: 'default' }, 'en')
    expect(suggested).toEqual({ currency: 'CHF' })
    expect(readWin({ ...suggested, closedOn: '2026-05-01' }, 'en')).toEqual({
      value: { result: 'won', closedOn: '2026-05-01' },
    })
  })

  it('asks for the contact details or for undo only by the hidden field `do`', () => {
    expect(purposeOf({ do: 'show-contact' })).toBe('show-contact')
    expect(purposeOf({ do: 'undo' })).toBe('undo')
    for (const other of [undefined, '', 'constructor', 'answer'])
      expect(purposeOf({ do: other })).toBe('answer')
  })

  it('is marked as wrong where a problem of the API points to', () => {
    const at = (...pointers: string[]) =>
      wrongFields(pointers.map(pointer => ({ pointer, code: 'x', params: {}, detail: 'x' })))
    expect(at('/estimatedCloseDate', '/notes', '/reason')).toEqual(['estimatedCloseDate', 'notes', 'reason'])
    expect(at('/estimatedValue/amount', '/estimatedValue', '/estimatedValue/currency')).toEqual([
      'amount',
      'currency',
    ])
    expect(at('/colleagues', '')).toEqual([])
  })

  it('has a field on the page for each property of the body', () => {
    const { acceptReferral, declineReferral } = referralOperations
    const parts = [acceptReferral.body, declineReferral.body].flatMap(({ shape }) => Object.keys(shape))
    // The page has no field for colleagues, and knows by itself if the suggestion was changed.
    for (const part of parts.filter(part => part !== 'colleagues' && part !== 'estimated'))
      expect(wrongFields([{ pointer: `/${part}`, code: 'x', params: {}, detail: 'x' }]), part).toHaveLength(1)
  })
})

const labelOf = pageLocalizer('en').label
const suggestionContext = { taxonomy: defaultTaxonomy, policy: defaultPolicy, labelOf, now: receivedAt }

describe('suggestDeal', () => {
  const suggest = (need: Parameters<typeof aNeed>[0], company = 'Havelland Getriebe') =>
    suggestDeal(received({ need: aNeed(need), customer: aCustomer({ company }) }).referral, suggestionContext)

  it('names the deal after the first product, else the first solution, else the request', () => {
    const [product] = defaultTaxonomy.products
    const [solution] = defaultTaxonomy.solutions
    const codes = (some: { code: string }[]) => some.map(({ code }) => code)
    expect(suggest({ products: codes(defaultTaxonomy.products) }).name).toBe(
      `${product?.label} – Havelland Getriebe`,
    )
    expect(suggest({ products: [], solutions: codes(defaultTaxonomy.solutions) }).name).toBe(
      `${solution?.label} – Havelland Getriebe`,
    )
    expect(suggest({ products: [], summary: 'A webshop\r\nfor 300 shops.' }).name).toBe(
      'A webshop for 300 shops. – Havelland Getriebe',
    )
    expect(suggest({ products: [], summary: `${'A long request '.repeat(20)}` }).name).toBe(
      'A long request A long request A long request A long request A long request A… – Havelland Getriebe',
    )
  })

  it('takes the value from the budget, else from the policy, and the date from the policy', () => {
    expect(suggest({ budget: { amount: 180_000, currency: 'CHF' } }).value).toEqual({
      amount: 180_000,
      currency: 'CHF',
    })
    expect(suggest({}).value).toEqual({ amount: 10_000, currency: 'EUR' })
    // An amount that an earlier version of the program accepted.
    expect(suggest({ budget: { amount: 99.999, currency: 'PKR' } }).value.amount).toBe(100)
    expect(suggest({ budget: { amount: 500, currency: 'BGN' } }).value.currency).toBe('EUR')
    expect(suggest({}).closeDate).toBe('2026-05-30')
  })

  it('can be sent as it is in every locale, and counts as a suggestion', () => {
    const amounts = fc.oneof(
      fc.integer({ min: 0, max: 1e12 }).map(amount => ({ amount, currency: 'JPY' })),
      fc.integer({ min: 0, max: 1e11 }).map(cents => ({ amount: cents / 100, currency: 'EUR' })),
      fc.integer({ min: 0, max: 1e9 }).map(fils => ({ amount: fils / 1000, currency: 'KWD' })),
    )
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
    const isText = (one: string) =>
      referralOperations.acceptReferral.body.shape.name.safeParse(one).data === one
    const locales = fc.constantFrom(...languages, 'de-CH', 'de-AT', 'fr-CH', 'en-IN', 'ar-EG', 'de-u-nu-arab')
    fc.assert(
      fc.property(
        amounts,
        text.filter(isText),
        text.filter(isText),
        locales,
        (budget, summary, company, locale) => {
          const suggestion = suggest({ products: [], budget, summary }, company)
          const read = readAcceptance(suggestedInput(suggestion, locale), locale)
          expect(read).toEqual({
            value: {
              name: suggestion.name.trim(),
              estimatedValue: budget,
              estimatedCloseDate: '2026-05-30',
              estimated: 'default',
              colleagues: [],
            },
          })
        },
      ),
    )
  })

  it.each<[string, Partial<FormInput>, string]>([
    ['unchanged', {}, 'default'],
    ['in another notation', { amount: '180000,00' }, 'default'],
    ['with another name and notes', { name: 'ERP', notes: 'They look for a start in spring.' }, 'default'],
    ['with another value', { amount: '180001' }, 'given'],
    ['with another currency', { currency: 'CHF' }, 'given'],
    ['with another date', { estimatedCloseDate: '2026-05-31' }, 'default'],
    ['without the suggestion', { suggested: undefined }, 'given'],
  ])('is recognized if it is sent %s', (_, changes, estimated) => {
    const input = suggestedInput(suggest({ budget: { amount: 180_000, currency: 'EUR' } }), 'de')
    expect(readAcceptance({ ...input, ...changes }, 'de')).toMatchObject({ value: { estimated } })
  })
})

it.each([
  ['en', 45_000.5, '45,000.50'],
  ['de', 45_000.5, '45.000,50'],
  ['fr', 45_000, '45\u202f000'],
  ['zh-Hans', 45_000, '45,000'],
  ['ar-EG', 45_000, '٤٥٬٠٠٠'],
])('in %s, the amount %d is written %s, which the form reads', (locale, amount, written) => {
  expect(moneyInput({ amount, currency: 'EUR' }, locale)).toEqual({ amount: written, currency: 'EUR' })
})

describe('the contact details of the customer', () => {
  const customer = aCustomer({ contact: aPerson({ phone: '+49 331 000000' }) })
  const now = later(hour)
  const person = { kind: 'shown', person: customer.contact }
  const withPolicy = (beforeAnswer: 'always' | 'on-request' | 'hot' | 'never', directContact = false) =>
    received(
      { directContact },
      { policy: { ...defaultPolicy, contactDetails: { inMail: 'hot', beforeAnswer } } },
    ).referral

  it.each([
    ['always', false, 'shown'],
    ['on-request', false, 'on-request'],
    ['hot', false, 'after-acceptance'],
    ['never', false, 'after-acceptance'],
    ['always', true, 'shown'],
    ['on-request', true, 'shown'],
    ['hot', true, 'shown'],
    ['never', true, 'after-acceptance'],
  ] as const)('before an answer under the policy “%s”, direct contact %s: %s', (policy, isDirect, kind) => {
    expect(contactFor(withPolicy(policy, isDirect), customer, now)?.kind).toBe(kind)
  })

  it('are shown after somebody has asked for them', () => {
    const { next } = run(withPolicy('on-request'), 'show-contact', now)
    expect(contactFor(next, customer, now)).toEqual(person)
  })

  it('are shown after the acceptance, and not after an end without a deal', () => {
    const kinds = statuses.map(status => {
      const { referral, now } = inStatus(status)
      return [status, contactFor(effective(referral, now), customer, now)?.kind]
    })
    expect(Object.fromEntries(kinds)).toEqual({
      new: 'shown',
      active: 'shown',
      won: 'shown',
      lost: 'shown',
      declined: undefined,
      expired: undefined,
      withdrawn: undefined,
      superseded: undefined,
    })
  })

  it('are reported as deleted after the erasure of the customer', () => {
    expect(contactFor(withPolicy('on-request'), null, now)).toEqual({ kind: 'deleted' })
  })
})

describe('undo', () => {
  const declined = run(aReferral(), 'decline', later(hour)).next

  it('is possible with a link that worked before the answer, until the time is over', () => {
    const { undoUntil } = declined
    expect(undoableUntil(declined, 1, later(hour))).toBe(undoUntil)
    expect(undoUntil && undoableUntil(declined, 1, undoUntil)).toBeUndefined()
  })

  it('is not possible with a link that an earlier answer has spent', () => {
    const extended = run(aReferral(), 'extend', later(hour)).next
    const thenDeclined = run(extended, 'decline', later(2 * hour)).next
    expect(undoableUntil(thenDeclined, 1, later(2 * hour))).toBeUndefined()
    expect(undoableUntil(thenDeclined, extended.version, later(2 * hour))).toBeDefined()
  })

  it.each(statuses)('is possible only for a decline or an end: %s', status => {
    const { referral, now } = inStatus(status)
    const isPossible = undoableUntil(referral, referral.version - 1, now) !== undefined
    expect(isPossible).toBe(['declined', 'won', 'lost'].includes(status))
  })
})

const hostileText = `<script>alert("1")</script>'&amp; שלום`
const { referral } = received({ need: aNeed({ budget: { amount: 180_000, currency: 'EUR' } }) })
const about = {
  ...aboutReferral(referral, { taxonomy: defaultTaxonomy, policy: defaultPolicy }),
  partnerName: 'Spreewerk Systeme',
}

const stateIn = (more: Partial<ReferralState> = {}): ReferralState => ({
  about,
  status: 'new',
  respondBy: about.respondBy,
  urgency: null,
  hotUntil: null,
  customerChoice: null,
  winDeniedAt: null,
  contact: { kind: 'on-request' },
  isUnreachable: false,
  hasPhone: true,
  ...more,
})
const hotUntil = later(3 * day)
const contact = aPerson({ phone: '+49 (0)331 000000' })
const shown = { kind: 'shown', person: contact } as const

const answerForm = (more: Partial<AnswerForm> = {}): AnswerForm => ({
  action: 'accept',
  state: stateIn(),
  input: {},
  readerLocale: 'en',
  wrong: [],
  newRespondBy: later(21 * day),
  newCloseDate: '2026-03-31',
  today: receivedAt.slice(0, 10),
  reasons: defaultTaxonomy.declineReasons,
  ...more,
})

const fieldsOf: Readonly<Record<(typeof answerActions)[number], FieldName[]>> = {
  accept: ['name', 'amount', 'currency', 'estimatedCloseDate', 'notes', 'crmId'],
  decline: ['reason', 'notes'],
  extend: ['why'],
  misaddressed: [],
  reopen: [],
  win: ['amount', 'currency', 'closedOn'],
  lose: ['reason', 'notes'],
  reschedule: ['estimatedCloseDate'],
  'still-open': [],
  resume: [],
}

describe('the error of an amount', () => {
  const errorOf = (locale: string, amount: string, currency = 'EUR', action: 'accept' | 'win' = 'accept') => {
    const input = { amount, currency }
    const form = answerForm({ action, input, readerLocale: locale, wrong: ['amount'] })
    const error = byId(parsed(answerPage(pageLocalizer(locale), form)), 'amount-error')
    return error && textOf(error).replace(/\s/g, ' ')
  }

  it.each([
    ['en', '1.234', '“1.234” can mean €1,234.00 or €1.234. Enter 1234 if you mean €1,234.00.'],
    [
      'de',
      '1,234',
      '„1,234“ kann 1.234,00 € oder 1,234 € bedeuten. Bitte geben Sie 1234 ein, wenn Sie 1.234,00 € meinen.',
    ],
    ['fr', '1.234', '« 1.234 » peut signifier 1 234,00 € ou 1,234 €. Saisissez 1234 pour 1 234,00 €.'],
    [
      'zh-Hans',
      '1.234',
      '“1.234”可能表示 €1,234.00，也可能表示 €1.234。如果您指的是 €1,234.00，请输入 1234。',
    ],
  ])('shows both readings of an ambiguous amount in %s', (locale, amount, text) => {
    expect(errorOf(locale, amount)).toBe(text)
  })

  it('shows how to write both readings if the currency has three decimals', () => {
    expect(errorOf('de-CH', '1,234', 'KWD')).toMatch(/Bitte geben Sie 1234 ein, .*, oder 1\.234, wenn Sie/)
  })

  it.each([
    ['2k', 'EUR', /without words or abbreviations .* for example 45,000\.$/],
    ['$500', 'EUR', /“\$500”, but the selected currency is EUR/],
    ['1.5', 'JPY', /without decimals, because JPY has none/],
    ['1234.5678', 'KWD', /at most 3 decimals, as KWD has/],
    ['9,000,000,000,000', 'EUR', /at most €1,000,000,000,000\.$/],
    ['-5', 'EUR', /without a minus sign/],
    ['1.2.3', 'EUR', /cannot read “1\.2\.3”.*: 45,000\.$/],
    ['', 'EUR', /^Enter a number/],
  ])('explains %j in %s', (amount, currency, text) => {
    expect(errorOf('en', amount, currency)).toMatch(text)
  })

  it('is that of the field if the currency is unknown', () => {
    expect(errorOf('en', '1.234', 'abc')).toMatch(/^Enter a number/)
    expect(errorOf('en', '1.234', 'abc', 'win')).toMatch(/leave the field empty/)
  })
})

/** Returns the buttons of a page with the hidden fields of their forms. */
const buttonsOf = (page: Page) =>
  named(parsed(page), 'form').map(form => [
    named(form, 'button').map(textOf).join(),
    ...named(form, 'input').flatMap(({ attributes: { type, name, value } }) =>
      type === 'hidden' ? [`${name}=${value}`] : [],
    ),
  ])

it.each(languages)('the pages of answers tell each instant in %s in the zone of the referral', language => {
  const localizer = pageLocalizer(language)
  const state = stateIn({
    about: { ...about, zone: 'Pacific/Chatham' },
    urgency: 'hot',
    hotUntil,
    contact: shown,
  })
  const pages = [
    ...answerActions.map(action => answerPage(localizer, answerForm({ action, state }))),
    answeredPage(localizer, { state, now: receivedAt, done: 'extend' }),
    answeredPage(localizer, {
      state: { ...state, status: 'declined' },
      now: receivedAt,
      done: 'decline',
      undoUntil: later(hour),
    }),
  ]
  for (const page of pages) {
    const text = textOf(parsed(page)).replaceAll(/\s*:root\{.*\}/g, '')
    const zones = text.match(/(UTC|GMT)\+13:45/g) ?? []
    const clocks = text.replaceAll(/(UTC|GMT)\+13:45/g, '').match(/\d{1,2}:\d\d/g) ?? []
    expect(zones.length).toBeGreaterThan(0)
    expect(zones).toHaveLength(clocks.length)
  }
})

describe.each(answerActions)('the page for the answer “%s”', action => {
  it.each(languages)('is valid in %s and asks for the required fields', language => {
    const page = answerPage(pageLocalizer(language), answerForm({ action }))
    expectValidPage(page, language)
    expect(page.status).toBe(200)
    const root = parsed(page)
    expect(controls(root).map(({ attributes }) => attributes.name)).toEqual(fieldsOf[action])
    expect(buttonsOf(page)).toEqual([
      [textIn(language, 'contact.show'), 'do=show-contact'],
      [textIn(language, `action.${action}`)],
    ])
    expect(textOf(root)).toContain(about.company)
    expect(named(root, 'blockquote').map(textOf)).toEqual([about.summary])
  })

  it('labels each field and marks optional fields', () => {
    const root = parsed(answerPage(pageLocalizer('en'), answerForm({ action })))
    for (const control of controls(root)) {
      const labels = named(root, 'label').filter(({ attributes }) => attributes.for === control.attributes.id)
      expect(labels.map(textOf)).toEqual([expect.stringMatching(/\S/)])
      const isOptional = /\(optional\)|\(required for some reasons\)/.test(labels.map(textOf).join())
      expect('required' in control.attributes).toBe(!isOptional)
      expect(control.attributes).not.toHaveProperty('aria-invalid')
    }
  })

  it.each(languages)('describes in %s what is wrong, at the field and in a summary', language => {
    const wrong = fieldsOf[action]
    if (wrong.length === 0) return
    const page = answerPage(pageLocalizer(language), answerForm({ action, wrong }))
    expectValidPage(page, language)
    expect(page.status).toBe(400)
    const root = parsed(page)
    const [summary] = elements(root).filter(({ attributes }) => attributes.role === 'alert')
    expect(named(summary ?? root, 'a').map(({ attributes }) => attributes.href)).toEqual(
      wrong.map(name => `#${name}`),
    )
    for (const { attributes } of controls(root)) {
      expect(attributes['aria-invalid']).toBe('true')
      const error = byId(root, attributes['aria-describedby'])
      expect(textOf(error ?? root)).toMatch(/\S/)
      expect(error?.attributes.class).toBe('error')
    }
  })

  it('shows rejected input again unchanged', () => {
    const input = Object.fromEntries(fieldsOf[action].map(name => [name, hostileText]))
    const root = parsed(
      answerPage(pageLocalizer('en'), answerForm({ action, input, wrong: fieldsOf[action] })),
    )
    for (const { attributes, ...control } of controls(root)) {
      if (control.name === 'input') expect(attributes.value).toBe(hostileText)
      if (control.name === 'textarea') expect(textOf({ ...control, attributes })).toBe(hostileText)
    }
  })

  it('escapes foreign text and isolates its direction', () => {
    const hostile = {
      ...about,
      company: hostileText,
      city: hostileText,
      summary: hostileText,
      partnerName: hostileText,
      locationName: hostileText,
    }
    const page = answerPage(pageLocalizer('en'), answerForm({ action, state: stateIn({ about: hostile }) }))
    expectValidPage(page, 'en')
    const written = texts(parsed(page)).filter(([text]) => text.includes(hostileText))
    expect(written.length).toBeGreaterThan(3)
    for (const [, path] of written) expect(isDirectionIsolated(path)).toBe(true)
  })

  it('reports a concurrent change of the referral with status 409', () => {
    const page = answerPage(pageLocalizer('en'), answerForm({ action, refusal: 'changed' }))
    expect(page.status).toBe(409)
    expect(textOf(parsed(page))).toContain('The referral was changed at the same time')
    expect(titleOf(page)).toMatch(/^Error: \S/)
  })

  it('contains personal data of the customer only if it may be shown', () => {
    const personal = /Purchasing|customer\.example|000000/
    for (const kind of ['on-request', 'after-acceptance', 'deleted'] as const) {
      const page = answerPage(
        pageLocalizer('en'),
        answerForm({ action, state: stateIn({ contact: { kind } }) }),
      )
      expect(render(page.html)).not.toMatch(personal)
    }
    const page = answerPage(pageLocalizer('en'), answerForm({ action, state: stateIn({ contact: shown }) }))
    expect(render(page.html)).toMatch(personal)
  })
})

describe('the page to accept', () => {
  it('offers each currency and preselects the currency of the budget', () => {
    const root = parsed(answerPage(pageLocalizer('de'), answerForm({ input: { currency: 'CHF' } })))
    const options = named(root, 'option')
    expect(options.map(({ attributes }) => attributes.value)).toEqual(['', ...currencies])
    const chosen = options.filter(({ attributes }) => 'selected' in attributes)
    expect(chosen.map(textOf)).toEqual(['CHF · Schweizer Franken'])
  })

  it('accepts no date before today', () => {
    const root = parsed(answerPage(pageLocalizer('en'), answerForm()))
    expect(byId(root, 'estimatedCloseDate')?.attributes).toMatchObject({ type: 'date', min: '2026-03-01' })
  })
})

it('the page to decline offers the reasons that are not retired, in the language of the reader where translated', () => {
  const reasons = [
    { code: 'budget', label: 'The budget', labels: { de: 'Das Budget' } },
    { code: 'spam', label: 'Spam', retired: true },
    { code: 'moon', label: 'Phase of the moon' },
  ]
  const root = parsed(
    answerPage(pageLocalizer('de'), answerForm({ action: 'decline', reasons, input: { reason: 'moon' } })),
  )
  const options = named(root, 'option').map(option => [option.attributes.value, textOf(option)])
  expect(options.slice(1)).toEqual([
    ['budget', 'Das Budget'],
    ['moon', 'Phase of the moon'],
  ])
})

describe('the contact card', () => {
  const cardIn = (page: Page): Element => {
    const heading = byId(parsed(page), 'contact')
    const card = named(parsed(page), 'section').find(
      ({ attributes }) => attributes['aria-labelledby'] === 'contact',
    )
    if (!heading || !card) throw new Error('no contact card on the page')
    return card
  }
  const formPage = (state: Partial<ReferralState>, language = 'en') =>
    answerPage(pageLocalizer(language), answerForm({ state: stateIn(state) }))

  it.each(languages)('is valid in %s and has links to call and to write', language => {
    const page = formPage({ contact: shown, urgency: 'hot', hotUntil }, language)
    expectValidPage(page, language)
    const card = cardIn(page)
    expect(named(card, 'dd').map(textOf)).toEqual(['IT Purchasing', contact.phone, contact.email])
    expect(named(card, 'a').map(({ attributes }) => attributes.href)).toEqual([
      'tel:+49331000000',
      `mailto:${contact.email}`,
    ])
    const until = pageLocalizer(language).instant(hotUntil, 'Europe/Berlin')
    expect(textOf(card)).toContain(
      `🔥 ${textIn(language, 'contact.hot', { hotUntil: until, preferred: 'any' })}`,
    )
    expect(buttonsOf(page)).toEqual([[textIn(language, 'action.accept')]])
  })

  it('leaves out the phone of a customer who gave none', () => {
    const card = cardIn(formPage({ contact: { kind: 'shown', person: aPerson() } }))
    expect(named(card, 'dt').map(textOf)).toEqual([english('contact.name'), english('contact.email')])
  })

  it('says that a new referral has cooled, and calls no closed deal hot', () => {
    const cooled = english('contact.cooled', {
      hotUntil: pageLocalizer('en').instant(hotUntil, 'Europe/Berlin'),
      preferred: 'any',
    })
    const told = (state: Partial<ReferralState>) =>
      textOf(cardIn(formPage({ contact: shown, hotUntil, ...state })))
    expect(told({ urgency: 'cooled' })).toContain(cooled)
    expect(told({ urgency: 'cooled', status: 'active' })).not.toContain(cooled)
    expect(told({ urgency: 'hot', status: 'active' })).toContain('🔥')
    expect(told({ urgency: 'hot', status: 'won' })).not.toContain('direct contact')
  })

  it('asks to write to a customer who prefers email', () => {
    const until = pageLocalizer('en').instant(hotUntil, 'Europe/Berlin')
    for (const state of ['hot', 'cooled'] as const) {
      const directContact = { state, until: hotUntil, askedAt: receivedAt, prefersEmail: true }
      const card = cardIn(
        formPage({ contact: shown, urgency: state, hotUntil, about: { ...about, directContact } }),
      )
      expect(textOf(card)).toContain(english(`contact.${state}`, { hotUntil: until, preferred: 'email' }))
      expect(textOf(card)).not.toContain('call')
    }
  })

  it.each([
    ['after-acceptance', 'contact.after-acceptance'],
    ['deleted', 'contact.deleted'],
    ['on-request', 'contact.show.intro'],
  ] as const)('explains why it shows no details: %s', (kind, id) => {
    expect(textOf(cardIn(formPage({ contact: { kind } })))).toContain(english(id))
  })

  it('is left out where the page does not mention the contact details', () => {
    expect(byId(parsed(formPage({ contact: undefined })), 'contact')).toBeUndefined()
  })

  it('confirms that the details are on the page after they were asked for', () => {
    const page = answerPage(
      pageLocalizer('en'),
      answerForm({ state: stateIn({ contact: shown }), done: 'contact-shown' }),
    )
    expect(statusesOf(page)).toEqual([english('contact.shown')])
  })
})

/** Returns the confirmations on a page. */
const statusesOf = (page: Page): string[] =>
  elements(parsed(page))
    .filter(({ attributes }) => attributes.role === 'status')
    .map(textOf)

describe('the form for the next step of a deal', () => {
  const active = { ...about, dealName: 'ERP for two plants', estimatedCloseDate: '2026-05-30' }
  const state = stateIn({ about: active, status: 'active', contact: shown })

  it.each(['win', 'lose', 'reschedule', 'still-open'] as const)('shows deal and close date: %s', action => {
    const page = answerPage(pageLocalizer('en'), answerForm({ action, state }))
    const [facts] = named(parsed(page), 'dl').slice(1)
    expect(facts && textOf(facts)).toContain('ERP for two plants')
    expect(facts && textOf(facts)).toContain('May 30, 2026')
    expect(facts && textOf(facts)).not.toContain(english('summary.answer-by'))
  })

  it('that is still open names the date that it sets', () => {
    const page = answerPage(pageLocalizer('en'), answerForm({ action: 'still-open', state }))
    expect(textOf(parsed(page))).toContain(english('answer.still-open.intro', { date: 'March 31, 2026' }))
  })

  it('says that the customer has chosen', () => {
    for (const customerChoice of ['this', 'other', 'open'] as const) {
      const page = answerPage(
        pageLocalizer('en'),
        answerForm({ action: 'win', state: { ...state, customerChoice } }),
      )
      expect(textOf(parsed(page))).toContain(english('answer.choice', { choice: customerChoice }))
    }
  })
})

type Answered = Omit<Parameters<typeof answeredPage>[1], 'now'>
const answered = (localizer: Parameters<typeof answeredPage>[0], state: Answered): Page =>
  answeredPage(localizer, { now: receivedAt, ...state })

describe('the page after an answer', () => {
  it('and the page before it name the request by its number', () => {
    const number = `${english('summary.request-number')} ${about.requestNumber}`
    const page = answered(pageLocalizer('en'), { state: stateIn({ status: 'active' }), done: undefined })
    expect(textOf(parsed(page))).toContain(number)
    const [facts] = named(parsed(answerPage(pageLocalizer('en'), answerForm())), 'dl')
    expect(facts && textOf(facts)).toContain(number.replace(' 0', '0'))
  })

  it.each(languages)('describes in %s the outcome in each status', language => {
    const localizer = pageLocalizer(language)
    const titles = statuses.map(status => {
      const page = answered(localizer, {
        state: stateIn({ status, contact: undefined }),
        done: undefined,
      })
      expectValidPage(page, language)
      expect(named(parsed(page), 'form')).toEqual([])
      return textOf(named(parsed(page), 'h1')[0] ?? parsed(page))
    })
    expect(new Set(titles).size).toBe(statuses.length)
    const state = stateIn({ about: { ...about, estimatedCloseDate: '2026-05-30' } })
    for (const done of answerActions) expectValidPage(answered(localizer, { state, done }), language)
  })

  const tell = (state: Answered) => textOf(parsed(answered(pageLocalizer('en'), state)))

  it('thanks the person who has just answered and tells others that the link is used', () => {
    const state = stateIn({ status: 'active', about: { ...about, estimatedCloseDate: '2026-05-30' } })
    expect(tell({ state, done: 'accept' })).toContain(english('answer.accept.done', { customer: 'told' }))
    expect(tell({ state, done: 'extend' })).toContain(english('answer.saved'))
    expect(tell({ state, done: 'accept' })).not.toContain('Each link works once.')
    expect(tell({ state, done: undefined })).toContain('Each link works once.')
    expect(tell({ state, done: 'misaddressed' })).toContain('to the next contact of Spreewerk Systeme')
    for (const done of ['reschedule', 'still-open'] as const)
      expect(tell({ state, done })).toContain(english('answer.reschedule.done', { date: 'May 30, 2026' }))
  })

  it('shows whom to contact after the acceptance', () => {
    const page = answered(pageLocalizer('en'), {
      state: stateIn({ status: 'active', contact: shown }),
      done: 'accept',
    })
    for (const text of ['IT Purchasing', contact.phone ?? '', contact.email])
      expect(textOf(parsed(page))).toContain(text)
  })

  it.each(languages)('offers in %s to undo the answer, and says when the customer is told', language => {
    const undoUntil = later(hour)
    const page = answered(pageLocalizer(language), {
      state: stateIn({ status: 'declined', contact: undefined }),
      done: 'decline',
      undoUntil,
    })
    expectValidPage(page, language)
    expect(buttonsOf(page)).toEqual([[textIn(language, 'answer.undo'), 'do=undo']])
    const { instant, left } = pageLocalizer(language)
    const until = { undoUntil: instant(undoUntil, 'Europe/Berlin'), left: left(undoUntil, receivedAt) }
    expect(textOf(parsed(page))).toContain(textIn(language, 'answer.undo.intro', until))
  })

  it('is the form again after the answer was undone', () => {
    const page = answerPage(pageLocalizer('en'), answerForm({ done: 'undone' }))
    expect(statusesOf(page)).toEqual([english('answer.undone')])
    // A later error of the same page replaces the confirmation.
    expect(
      statusesOf(answerPage(pageLocalizer('en'), answerForm({ done: 'undone', wrong: ['name'] }))),
    ).toEqual([])
  })

  it('has no empty box if there is nothing to say', () => {
    const page = answered(pageLocalizer('en'), {
      state: stateIn({ status: 'declined', contact: undefined }),
      done: 'decline',
    })
    expect(named(parsed(page), 'section')).toEqual([])
  })

  it.each([
    ['superseded', 'has decided otherwise'],
    ['withdrawn', 'has been withdrawn'],
  ] as const)('asks for nothing if the customer needs no answer: %s', (status, words) => {
    const text = tell({ state: stateIn({ status, customerChoice: 'other' }), done: undefined })
    expect(text).toContain(words)
    expect(text).toContain(english('answer.nothing-to-do'))
    expect(text).not.toContain(english('answer.used'))
  })

  it.each(['expired', 'withdrawn'] as const)(
    'does not call the link used if nobody has answered: %s',
    status => {
      expect(tell({ state: stateIn({ status }), done: undefined })).not.toContain(english('answer.used'))
    },
  )

  it('says what the customer has said about choice and win', () => {
    for (const customerChoice of ['this', 'other'] as const)
      expect(tell({ state: stateIn({ status: 'active', customerChoice }), done: undefined })).toContain(
        english('answer.choice', { choice: customerChoice }),
      )
    const denied = stateIn({ status: 'won', winDeniedAt: later(day) })
    expect(tell({ state: denied, done: undefined })).toContain(english('answer.win-denied'))
    const form = answerPage(pageLocalizer('en'), answerForm({ action: 'resume', state: denied }))
    expect(textOf(parsed(form))).toContain(english('answer.win-denied'))
    expect(english('answer.choice', { choice: 'open' })).toContain('is still deciding')
  })

  it.each(['undo-over', 'customer-decided', 'rfi-withdrawn', 'ended'] as const)(
    'explains why nothing was saved, with status 409: %s',
    refusal => {
      const refused = { state: stateIn({ status: 'expired' }), done: undefined, refusal } as const
      const page = answered(pageLocalizer('en'), refused)
      expectValidPage(page, 'en')
      expect(page.status).toBe(409)
      expect(titleOf(page)).toBe(
        errorTitle('en', english('answer.state', { status: 'expired', company: about.company })),
      )
      expect(textOf(parsed(page))).toContain(english(`answer.${refusal}`))
    },
  )

  it('tells a reader whose colleague was quicker that the link is used', () => {
    const text = tell({ state: stateIn({ status: 'active' }), done: undefined, refusal: 'changed' })
    expect(text).toContain(english('answer.used'))
    expect(text).not.toContain(english('answer.changed'))
  })

  it('links to the next answer after an extension or a reopening', () => {
    const next = (['accept', 'decline'] as const).map(action => ({
      action,
      href: `?token=${action}`,
    }))
    const page = answered(pageLocalizer('en'), {
      state: stateIn({ contact: undefined }),
      done: 'reopen',
      next,
    })
    expectValidPage(page, 'en')
    expect(named(parsed(page), 'a').map(link => [textOf(link), link.attributes.href])).toEqual([
      [english('action.accept'), '?token=accept'],
      [english('action.decline'), '?token=decline'],
    ])
  })
})

describe('the title of the answer page', () => {
  it('starts with “Error” for a wrong field, and is the heading otherwise', () => {
    const heading = (page: Page) => textOf(named(parsed(page), 'h1')[0] ?? parsed(page))
    const wrong = answerPage(pageLocalizer('en'), answerForm({ wrong: ['name'] }))
    expect(titleOf(wrong)).toBe(errorTitle('en', heading(wrong)))
    const form = answerPage(pageLocalizer('en'), answerForm())
    expect(titleOf(form)).toBe(heading(form))
  })
})

const wordsOf = (page: Page): string => textOf(parsed(page))

describe('a page about a customer whom mails do not reach', () => {
  const unreachable = (more: Partial<ReferralState> = {}) => stateIn({ isUnreachable: true, ...more })
  const form = (state: ReferralState) => wordsOf(answerPage(pageLocalizer('en'), answerForm({ state })))

  it('asks for a call and does not promise that the customer is told', () => {
    const page = form(unreachable())
    expect(page).toContain('Our emails do not reach the customer.')
    expect(page).toContain('Please call the customer: you see the phone number with “Show contact details”.')
    expect(page).not.toContain('we tell the customer that you will get in touch')
    expect(form(stateIn())).toContain('we tell the customer that you will get in touch')
    expect(form(stateIn())).not.toContain('do not reach')
  })

  it('shows the telephone number without the address that does not work', () => {
    const page = form(unreachable({ contact: shown }))
    expect(page).toContain('Please call the customer.')
    expect(page).toContain('+49 (0)331 000000')
    expect(page).not.toContain(contact.email)
  })

  it('names who can help if there is no telephone number', () => {
    const page = form(unreachable({ hasPhone: false }))
    expect(page).toContain('The customer has given no phone number')
    expect(page).not.toContain('call the customer')
  })

  it('says the same after the acceptance', () => {
    const state = unreachable({ status: 'active', contact: shown })
    const page = wordsOf(answeredPage(pageLocalizer('en'), { state, now: later(hour), done: 'accept' }))
    expect(page).toContain('only the page of the request shows that you have accepted')
    expect(page).toContain('Please call the customer.')
    expect(page).not.toContain('We are telling the customer')
  })
})

it('a page asks nobody to call who sees no telephone number before the acceptance', () => {
  const state = stateIn({ urgency: 'hot', hotUntil, contact: { kind: 'after-acceptance' } })
  const page = wordsOf(answerPage(pageLocalizer('en'), answerForm({ state })))
  expect(page).toContain('You see the contact details after you accept.')
  expect(page).not.toContain('Please call')
})
