/** Mails and pages in a language from right to left, and in one with longer words, which are made from the English texts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { textSets } from '../../shared/messaging/language/contract.ts'
import { textFaults } from '../../shared/messaging/language/pack-faults.ts'
import { pageLocalizer } from '../../shared/messaging/language/pages.ts'
import { answerActions, pageNames } from '../../shared/messaging/links/contract.ts'
import { aboutReferral } from '../../shared/partners/recipients/rules.ts'
import { defaultPolicy } from '../../shared/program/rules.ts'
import { defaultTaxonomy } from '../../shared/program/taxonomy/rules.ts'
import { answeredPage, answerPage } from '../../shared/site/answer/page.ts'
import { mutePage } from '../../shared/site/mute/page.ts'
import type { Page } from '../../shared/site/page/layout.ts'
import { deadLinkPage, problemPage } from '../../shared/site/page/problem-page.ts'
import { readOutcome } from '../../shared/site/request/forms.ts'
import { requestPage } from '../../shared/site/request/page.ts'
import { render } from '../../shared/text/html.ts'
import { type Inputs, previews } from '../fixtures/mail-previews.ts'
import { pseudoLocales, textsIn } from '../fixtures/pseudo-locale.ts'
import { received } from '../fixtures/referral.ts'
import { aNeed } from '../fixtures/request.ts'
import { anRfiRecipient, anRfiView } from '../fixtures/rfi.ts'
import { day, later, receivedAt } from '../fixtures/time.ts'
import { type Element, elements, named, parse, texts } from './markup.ts'

vi.hoisted(() => {
  process.env.LANGUAGES = 'en,en-XA,ar-XB'
})
vi.mock('../../shared/messaging/language/store.ts', async () => {
  const { textsIn: readTexts } = await import('../fixtures/pseudo-locale.ts')
  return { readTexts }
})

/** Texts from users without Latin letters. */
const inputs: Inputs = {
  company: '市場株式会社',
  city: '大阪',
  partnerName: '雲商会',
  locationName: '本社',
  personName: '春香',
  text: '二つの工場のために。',
}

const inLocale = (locale: string) =>
  previews(inputs, [locale]).map(mail => ({ ...mail, page: parse(mail.html) }))

const { referral } = received()
const about = {
  ...aboutReferral(referral, { taxonomy: defaultTaxonomy, policy: defaultPolicy }),
  partnerName: inputs.partnerName,
  company: inputs.company,
}
const state = {
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
} as const

const pagesIn = (locale: string): Page[] => {
  const localizer = pageLocalizer(locale)
  const recipients = ['new', 'active', 'won', 'declined'].map((status, index) =>
    anRfiRecipient({ referralId: `ref_${index}`, name: inputs.partnerName, status: status as 'new' }),
  )
  return [
    ...answerActions.map(action =>
      answerPage(localizer, {
        action,
        state,
        input: {},
        wrong: [],
        readerLocale: locale,
        newRespondBy: later(21 * day),
        newCloseDate: '2026-03-31',
        today: receivedAt.slice(0, 10),
        reasons: defaultTaxonomy.declineReasons,
      }),
    ),
    answeredPage(localizer, { state, now: later(day), done: 'decline', undoUntil: later(day) }),
    requestPage(localizer, {
      rfi: anRfiView({ recipients }),
      version: 1,
      now: later(day),
      outcome: readOutcome(undefined),
      zoneOf: () => 'Europe/Berlin',
    }),
    mutePage(localizer, { address: '', partnerName: inputs.partnerName, region: 'DE', isMuted: false }),
    ...pageNames.map(page => deadLinkPage(page, locale)),
    problemPage('request', 500, locale),
  ]
}

describe.each(pseudoLocales)('%s', locale => {
  it.each(textSets)('is a complete language: %s', set => {
    expect(textFaults(set, locale, textsIn(set, locale))).toEqual([])
  })

  const direction = locale === 'ar-XB' ? 'rtl' : 'ltr'

  it(`is the language of each mail and page, which run ${direction}`, () => {
    const mails = inLocale(locale)
    expect(mails.length).toBeGreaterThan(30)
    for (const { page, name } of mails)
      expect(named(page, 'html')[0]?.attributes, name).toMatchObject({ lang: locale, dir: direction })
    for (const { html, language } of pagesIn(locale)) {
      expect(language).toBe(locale)
      expect(named(parse(render(html)), 'html')[0]?.attributes).toMatchObject({
        lang: locale,
        dir: direction,
      })
    }
  })
})

/** Words that are data: labels of the taxonomy, names in the examples, and the name of the program. */
const data = [
  ...Object.values(defaultTaxonomy).flatMap(list =>
    Array.isArray(list) ? list.map(({ label }: { label: string }) => label) : [],
  ),
  'Referral Center',
  'Desk',
  'Lead',
  'Isar Cloud',
  'Key Account',
  'sales Person',
  'Potsdam',
  'Spreewerk Systeme',
  'Berlin',
  'spreewerk.example',
  'Havelland Getriebe',
  aNeed().summary,
]

const withoutData = (text: string): string =>
  [/https?:\S+/g, /\S+@\S+/g, ...data.toSorted((a, b) => b.length - a.length)].reduce<string>(
    (rest, known) => rest.replaceAll(known, ' '),
    text,
  )

/**
 * Returns the words of a text in Latin letters: in ar-XB, all words of the program have other letters. Three capital letters
 * are the code of a currency, or ERP.
 */
const latinWords = (text: string): string[] => [
  ...new Set((withoutData(text).match(/[A-Za-z]{2,}/g) ?? []).filter(word => !/^[A-Z]{3}$/.test(word))),
]

const visibleTexts = (page: Element): string[] =>
  texts(page).flatMap(([text, path]) => (path.some(({ name }) => name === 'style') ? [] : [text]))

describe('no English text is left in a translation', () => {
  it('of mails: subject, HTML and text', () => {
    const found = inLocale('ar-XB').flatMap(({ page, name, subject, text }) =>
      latinWords([subject, text, ...visibleTexts(page)].join(' ')).map(word => `${word} in ${name}`),
    )
    expect(found).toEqual([])
  })

  it('of pages', () => {
    const found = pagesIn('ar-XB').flatMap(({ html }) => {
      const page = parse(render(html))
      const shown = elements(page).flatMap(({ attributes: { title, placeholder, 'aria-label': label } }) => [
        title,
        placeholder,
        label,
      ])
      return latinWords([...visibleTexts(page), ...shown].join(' '))
    })
    expect(found).toEqual([])
  })
})

describe('the layout follows the direction of the text', () => {
  const mirrored = (style: string): string =>
    style.replace(/\b(left|right)\b/g, side => (side === 'left' ? 'right' : 'left'))

  /** Quotes run as their own text does. */
  const stylesOf = (page: Element) =>
    elements(page).flatMap(({ name, attributes: { style } }) =>
      name === 'blockquote' || style === undefined ? [] : [style],
    )

  it('mails from right to left are the mirror image of those from left to right', () => {
    const fromLeft = inLocale('en-XA')
    for (const [index, { page, name }] of inLocale('ar-XB').entries()) {
      const other = fromLeft[index]
      expect(stylesOf(page), name).toEqual(stylesOf(other?.page ?? parse('')).map(mirrored))
    }
  })

  /** Properties and values of CSS that name a side instead of the start or the end of a line. */
  const physical =
    /(?:^|[\s;{])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[\w-]*|left|right|border-(?:top|bottom)-(?:left|right)-radius)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)/

  it('styles of pages name no left or right', () => {
    for (const { html } of pagesIn('en-XA')) {
      const page = render(html)
      expect(page).toContain('<style>')
      expect(page).not.toMatch(physical)
      expect(page).not.toMatch(/\s(?:align|style)="/)
    }
  })

  it('styles of the console name no left or right', () => {
    const source = readFileSync(join(import.meta.dirname, '../../local/console/pages.ts'), 'utf8')
    expect(source).toContain('margin')
    expect(source).not.toMatch(physical)
  })

  it.each([
    'a{margin-left:1px}',
    'a{left:0}',
    'td{text-align: right}',
    'p{float:left}',
    'a{border-left-width:1px}',
  ])('the check finds %s', css => {
    expect(css).toMatch(physical)
  })
})

it('text of people is isolated in each mail from right to left', () => {
  for (const { page, name } of inLocale('ar-XB'))
    for (const [text, path] of texts(page)) {
      const isInBody = path.some(element => element.name === 'body')
      if (!isInBody || !text.includes(inputs.partnerName)) continue
      expect(
        path.some(
          ({ name: tag, attributes }) => tag !== 'html' && tag !== 'div' && attributes.dir !== undefined,
        ),
        `${text} in ${name}`,
      ).toBe(true)
    }
})

it('the long words of en-XA make mails at least a third longer than English', () => {
  const lengthIn = (locale: string) =>
    previews(inputs, [locale]).reduce((sum, { text }) => sum + text.replace(/https?:\S+/g, '').length, 0)
  expect(lengthIn('en-XA') / lengthIn('en')).toBeGreaterThan(1.3)
})
