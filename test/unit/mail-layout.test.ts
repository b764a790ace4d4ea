import { describe, expect, it } from 'vitest'
import { languages } from '../../shared/messaging/language/contract.ts'
import { userText } from '../../shared/messaging/language/rules.ts'
import type { Block } from '../../shared/messaging/mail/compose.ts'
import { renderMessage } from '../../shared/messaging/mail/render.ts'
import { type Palette, theme } from '../../shared/messaging/mail/theme.ts'
import { type Inputs, previews } from '../fixtures/mail-previews.ts'
import { contrast, type Scheme, styleOf } from './css.ts'
import { type Element, elements, named, parse, textOf, texts } from './markup.ts'

const arabic: Inputs = {
  company: 'شركة المثال، ٢٠٢٦ (دبي) C++',
  city: 'دبي',
  partnerName: 'حلول النور',
  locationName: 'أبو ظبي',
  personName: 'ليلى',
  text: 'نبحث عن نظام ERP لمصنعين.\nThank you.',
}
/** Mails in all languages, and in a language from right to left, with text of users in both directions. */
const mails = [...previews(), ...previews(arabic, [...languages, 'ar']), ...previews(undefined, ['he'])].map(
  mail => ({ ...mail, page: parse(mail.html), title: `“${mail.name}” (${mail.language})` }),
)
const visible = (page: Element) =>
  texts(page).filter(([text, path]) => text.trim() !== '' && path.some(({ name }) => name === 'body'))

describe.each(['light', 'dark'] as const)('in %s mode', scheme => {
  it('each text of each mail has the contrast of WCAG 2.2 AA', () => {
    for (const { page, title } of mails) {
      const value = styleOf(page, scheme)
      for (const [text, path] of visible(page)) {
        const ratio = contrast(value(path, 'color') ?? '', value(path, 'background-color') ?? '')
        expect(ratio, `${text} in ${title}`).toBeGreaterThanOrEqual(4.5)
      }
    }
  })

  it('the outline of each button has the contrast of a control', () => {
    for (const { page } of mails) {
      const value = styleOf(page, scheme)
      for (const button of named(page, 'a').filter(({ attributes }) => attributes.style?.includes('border')))
        expect(contrast(value([button], 'border-color') ?? '', theme[scheme].paper)).toBeGreaterThanOrEqual(3)
    }
  })

  /** Pairs that pages use. */
  const pairs: readonly (readonly [text: keyof Palette, ground: keyof Palette])[] = [
    ...(['ink', 'soft', 'accent', 'alert', 'good'] as const).flatMap(text =>
      (['paper', 'ground'] as const).map(ground => [text, ground] as const),
    ),
    ['ink', 'alertGround'],
    ['ink', 'goodGround'],
    ['accent', 'alertGround'],
    ['onAccent', 'accent'],
  ]
  it.each(pairs)('the colour %s can be read on %s', (text, ground) => {
    expect(contrast(theme[scheme][text], theme[scheme][ground])).toBeGreaterThanOrEqual(4.5)
  })
})

it('each mail declares that it supports light and dark mode', () => {
  for (const { page } of mails) {
    const declared = named(page, 'meta').map(({ attributes }) => [attributes.name, attributes.content])
    expect(declared).toContainEqual(['color-scheme', 'light dark'])
    expect(declared).toContainEqual(['supported-color-schemes', 'light dark'])
  }
})

it('dark mode changes each colour that an element sets', () => {
  for (const { page } of mails) {
    const colours = (element: Element, scheme: Scheme) =>
      ['color', 'background-color', 'border-color'].map(property =>
        styleOf(page, scheme)([element], property),
      )
    for (const element of elements(page)) {
      const [light, dark] = [colours(element, 'light'), colours(element, 'dark')]
      for (const [index, colour] of light.entries())
        if (colour !== undefined) expect(dark[index], element.name).not.toBe(colour)
    }
  }
})

describe('a mail fits into a window of 320 px', () => {
  // 320 px less the padding of the page, at most 12 px for a letter of 16 px.
  const maxLetters = Math.floor((320 - 2 * 16) / 12)

  it('because each text breaks inside of long words, except short labels', () => {
    for (const { page, title } of mails) {
      const value = styleOf(page, 'light')
      for (const [text, path] of visible(page)) {
        const breaks = [value(path, 'overflow-wrap'), value(path, 'word-break')]
        if (path.some(({ name }) => name === 'th'))
          for (const word of text.split(/\s/)) expect(word.length, word).toBeLessThanOrEqual(maxLetters)
        else expect(breaks, `${text} in ${title}`).toEqual(['anywhere', 'break-word'])
      }
    }
  })

  it('because no element has a fixed width, keeps its text in one line, or is an image', () => {
    for (const { html } of mails) expect(html).not.toMatch(/[;"{](min-)?width:|white-space|<img|width="/)
  })
})

describe('in a mail from right to left', () => {
  const bars = (mail: { readonly page: Element }) =>
    elements(mail.page).flatMap(
      ({ attributes: { style = '' } }) => style.match(/border-(left|right)-width/g) ?? [],
    )

  it('the document and the outermost element of the body state the direction', () => {
    for (const { page, language } of mails) {
      const direction = { lang: language, dir: language === 'ar' || language === 'he' ? 'rtl' : 'ltr' }
      const [outermost] = named(page, 'div')
      expect(named(page, 'html')[0]?.attributes).toMatchObject(direction)
      expect(outermost?.attributes).toMatchObject(direction)
    }
  })

  it('alerts have their bar at the right', () => {
    const alert: Block = { kind: 'alert', words: ['Call now.'] }
    const rendered = (language: string) => ({
      page: parse(renderMessage({ subject: ['S'], blocks: [alert] }, language).html),
    })
    expect(bars(rendered('ar'))).toEqual(['border-right-width'])
    expect(bars(rendered('de'))).toEqual(['border-left-width'])
  })

  it.each([
    ['שלום, wir suchen ein ERP.', 'rtl', 'border-right-width'],
    ['2026: نبحث', 'rtl', 'border-right-width'],
    ['We ask شركة المثال.', 'ltr', 'border-left-width'],
    ['42', 'ltr', 'border-left-width'],
  ])('the quote “%s” runs %s in mails of every language', (text, dir, bar) => {
    for (const language of ['de', 'ar']) {
      const { html } = renderMessage({ subject: ['S'], blocks: [{ kind: 'quote', text }] }, language)
      const page = parse(html)
      expect(named(page, 'blockquote').map(({ attributes }) => attributes.dir)).toEqual([dir])
      expect(bars({ page })).toEqual([bar])
    }
  })

  it('no style depends on logical properties, which Gmail and Outlook ignore', () => {
    for (const { html } of mails)
      expect(html).not.toMatch(/(inline|block)-(start|end)|text-align:(start|end)/)
  })
})

describe('the plain text', () => {
  const textIn = (language: string, ...blocks: Block[]) =>
    renderMessage({ subject: ['S'], blocks }, language).text
  const about = (name: string): Block => ({ kind: 'paragraph', words: ['To ', userText(name), ' (2026).'] })

  it('isolates text of people that runs against the direction of the mail', () => {
    expect(textIn('de', about('شركة المثال'))).toBe('To \u2068شركة المثال\u2069 (2026).\n')
    expect(textIn('ar', about('Acme'))).toBe('To \u2068Acme\u2069 (2026).\n')
  })

  it('has no invisible characters where all text runs in one direction', () => {
    expect(textIn('de', about('Acme'))).toBe('To Acme (2026).\n')
    expect(textIn('ar', about('شركة المثال'))).toBe('To شركة المثال (2026).\n')
    for (const { text } of previews()) expect(text).not.toMatch(/[\u2066-\u2069]/)
  })

  it('keeps the digits of telephone numbers in order', () => {
    const card = { kind: 'contact', name: 'ليلى', phone: '+49 30 1234' } as const
    expect(textIn('ar', card)).toBe('ليلى\n\u2066+49 30 1234\u2069\n')
    expect(textIn('de', card)).toContain('\n+49 30 1234\n')
  })

  it('has a subject without invisible characters', () => {
    for (const { subject } of mails) expect(subject).not.toMatch(/[\u2066-\u2069]/)
  })
})

it('a label stands above its value on a phone, and beside it in a wide window', () => {
  const [mail] = mails.filter(({ name }) => name === 'new referral')
  const page = mail?.page ?? parse('')
  expect(named(page, 'style').map(textOf).join()).toContain(
    '@media (max-width:480px){.cell{display:block!important',
  )
  for (const cell of named(page, 'th', 'td')) expect(cell.attributes.class?.split(' ')).toContain('cell')
})
