/**
 * Renders a mail as HTML and as plain text. What mail clients support decides the form of the HTML. Source of the remarks:
 * https://www.caniemail.com, features css-border-inline-block-individual, html-semantics, html-body, html-bdi, html-dir,
 * css-word-break, css-at-media and css-at-media-prefers-color-scheme.
 */

import { emailLink, phoneLink } from '../../text/contact-links.ts'
import { type Direction, directionOfLanguage, directionOfText, runsAgainst } from '../../text/direction.ts'
import { type Content, html, Markup, render } from '../../text/html.ts'
import { phrase } from '../language/html.ts'
import { plain, UserText, userText, type Words } from '../language/rules.ts'
import type { Block, Link, MailContent } from './compose.ts'
import { type Palette, theme } from './theme.ts'

/** Renders words as HTML, including line breaks. */
const phraseOf = (words: Words): Content => phrase(words, lines)

const lines = (text: string): Content =>
  text.split(/\r?\n/).map((line, index) => [index > 0 && html`<br>`, line])

type Colours = Partial<Readonly<Record<'color' | 'background-color' | 'border-color', keyof Palette>>>

/** Colours by class. The style attribute has the light ones; the style sheet replaces them in dark mode. */
const looks = {
  page: { color: 'ink', 'background-color': 'paper' },
  soft: { color: 'soft', 'border-color': 'line' },
  box: { 'border-color': 'line' },
  alert: { 'border-color': 'alert', 'background-color': 'alertGround' },
  link: { color: 'accent' },
  first: { color: 'onAccent', 'border-color': 'accent', 'background-color': 'accent' },
  other: { color: 'accent', 'border-color': 'accent', 'background-color': 'paper' },
} as const satisfies Readonly<Record<string, Colours>>
type Look = keyof typeof looks

const declarations = (look: Look, palette: Palette): string[] =>
  Object.entries<keyof Palette>(looks[look]).map(([property, name]) => `${property}:${palette[name]}`)

const darkRules = (Object.keys(looks) as Look[])
  .map(
    look =>
      `.${look}{${declarations(look, theme.dark)
        .map(one => `${one}!important`)
        .join(';')}}`,
  )
  .join('')

/**
 * Style sheet for the clients that read it. Apple Mail, Outlook.com and Outlook for mobiles and macOS support
 * `prefers-color-scheme`. The selector `[data-ogsc]` of Outlook would repeat the same rules, and is left out. Gmail
 * supports neither and changes the colours by itself. On a phone, a fact has its label above its value.
 */
const styleSheet = new Markup(
  ':root{color-scheme:light dark;supported-color-schemes:light dark}' +
    `@media (prefers-color-scheme:dark){${darkRules}}` +
    '@media (max-width:480px){.cell{display:block!important;padding:0!important}.value{padding-bottom:8px!important}}',
)

/** Returns an inline style, because many mail clients ignore style sheets. */
const style = (text: string) => new Markup(`style="${text}"`)
/** Returns an inline style and the class with the same colours. */
const styled = (look: Look, text: string, ...classes: readonly string[]) =>
  new Markup(
    `class="${[look, ...classes].join(' ')}" style="${[text, ...declarations(look, theme.light)].filter(Boolean).join(';')}"`,
  )

/**
 * The physical sides at which a line starts and ends. Gmail and Outlook ignore logical properties such as
 * `border-inline-start`, so that the sides are chosen by the direction of the text.
 */
const sidesOf = (direction: Direction) =>
  direction === 'rtl'
    ? ({ start: 'right', end: 'left' } as const)
    : ({ start: 'left', end: 'right' } as const)

const block = 'margin:0 0 16px'
const boxStyle = styled('box', `${block};padding:12px 16px;border:1px solid;border-radius:6px`)
const linkStyle = styled('link', '')
const button = (isFirst: boolean, direction: Direction) =>
  styled(
    isFirst ? 'first' : 'other',
    `display:inline-block;margin:0 0 8px;margin-${sidesOf(direction).end}:8px;padding:9px 16px;border:1px solid;border-radius:6px;` +
      'text-decoration:none;font-weight:600',
  )

type Rendering<T> = {
  readonly [K in Block['kind']]: (block: Extract<Block, { kind: K }>, direction: Direction) => T
}

const asHtml: Rendering<Content> = {
  paragraph: ({ words }) => html`<p ${style(block)}>${phraseOf(words)}</p>`,
  alert: ({ words }, direction) =>
    html`<p ${styled('alert', `${block};padding:12px 16px;border:0 solid;border-${sidesOf(direction).start}-width:4px;font-weight:600`)}>${phraseOf(words)}</p>`,
  // The direction is set as a value, and not as `auto`, so that the bar is at the side where the text starts.
  quote: ({ text }) => {
    const direction = directionOfText(text)
    return html`<blockquote dir="${direction}" ${styled('box', `${block};padding:4px 16px;border:0 solid;border-${sidesOf(direction).start}-width:4px`)}>${lines(text)}</blockquote>`
  },
  facts: ({ rows }, direction) => {
    const { start, end } = sidesOf(direction)
    const cell = `padding:4px 0;padding-${end}:16px;vertical-align:top;text-align:${start}`
    // Labels are short words of the program, so that only values break inside a word.
    const label = styled('soft', `${cell};font-weight:normal;word-break:normal;overflow-wrap:normal`, 'cell')
    return html`<table ${style(`${block};border-collapse:collapse`)}>${rows.map(
      ([name, value]) =>
        html`<tr><th scope="row" ${label}>${phraseOf(name)}</th><td class="cell value" ${style(cell)}>${phraseOf(value)}</td></tr>`,
    )}</table>`
  },
  list: ({ items, links = [] }, direction) =>
    html`<ul ${style(`${block};padding:0;padding-${sidesOf(direction).start}:20px`)}>${items.map(
      (words, index) => {
        const link = links[index]
        return html`<li ${style('margin:0 0 6px')}>${phraseOf(words)}${link && html` <a href="${link.href}" ${linkStyle}>${phraseOf(link.label)}</a>`}</li>`
      },
    )}</ul>`,
  links: ({ links }, direction) =>
    html`<p ${style(block)}>${links.map(({ label, href }, index) => html`<a href="${href}" ${button(index === 0, direction)}>${phraseOf(label)}</a>`)}</p>`,
  choices: ({ choices }, direction) =>
    choices.map(
      ({ name, detail, link }) =>
        html`<div ${boxStyle}><p ${style('margin:0 0 8px')}><strong>${phraseOf(name)}</strong><br>${phraseOf(detail)}</p><a href="${link.href}" ${button(true, direction)}>${phraseOf(link.label)}</a></div>`,
    ),
  contact: ({ name, phone, country, email, lines: more = [] }) =>
    html`<div ${boxStyle}><strong>${phraseOf([userText(name)])}</strong>${more.map(
      words => html`<br>${phraseOf(words)}`,
    )}${phone && html`<br><a href="${phoneLink(phone, country)}" dir="ltr" ${linkStyle}>${phone}</a>`}${
      email && html`<br><a href="${emailLink(email)}" dir="ltr" ${linkStyle}>${email}</a>`
    }</div>`,
  small: ({ words, link }) =>
    html`<p ${styled('soft', 'margin:24px 0 0;padding-top:12px;border:0 solid;border-top-width:1px;font-size:13px')}>${phraseOf(words)}${
      link && html` <a href="${link.href}" ${linkStyle}>${phraseOf(link.label)}</a>`
    }</p>`,
}

const [isolateByFirstLetter, isolateFromLeft, endOfIsolate] = ['\u2068', '\u2066', '\u2069']

/**
 * Returns words as plain text. Text of people that runs against the direction of the mail is put between isolates, so that it
 * does not reorder the words around it. Other text stays free of invisible characters. Subjects have none at all, because
 * filters and searches compare them.
 */
const isolated = (words: Words, direction: Direction): string =>
  words
    .map(piece =>
      piece instanceof UserText && runsAgainst(direction, piece.text)
        ? `${isolateByFirstLetter}${piece.text}${endOfIsolate}`
        : String(piece),
    )
    .join('')

/** Returns a telephone number that reads from left to right in text of both directions. */
const numberText = (phone: string, direction: Direction): string =>
  direction === 'rtl' ? `${isolateFromLeft}${phone}${endOfIsolate}` : phone

const linkLine = ({ label, href }: Link, direction: Direction): string =>
  `${isolated(label, direction)}: ${href}`

const asText: Rendering<string> = {
  paragraph: ({ words }, direction) => isolated(words, direction),
  alert: ({ words }, direction) => isolated(words, direction),
  quote: ({ text }) => text.replace(/\r\n?/g, '\n').replace(/^/gm, '> '),
  facts: ({ rows }, direction) =>
    rows.map(([label, value]) => `${isolated(label, direction)}: ${isolated(value, direction)}`).join('\n'),
  list: ({ items, links = [] }, direction) =>
    items
      .map((words, index) => {
        const link = links[index]
        return `- ${isolated(words, direction)}${link ? `\n  ${linkLine(link, direction)}` : ''}`
      })
      .join('\n'),
  links: ({ links }, direction) => links.map(link => linkLine(link, direction)).join('\n'),
  choices: ({ choices }, direction) =>
    choices
      .map(({ name, detail, link }) =>
        [isolated(name, direction), isolated(detail, direction), linkLine(link, direction)].join('\n'),
      )
      .join('\n\n'),
  contact: ({ name, phone, email, lines: more = [] }, direction) =>
    [
      isolated([userText(name)], direction),
      ...more.map(words => isolated(words, direction)),
      phone && numberText(phone, direction),
      email,
    ]
      .filter(Boolean)
      .join('\n'),
  small: ({ words, link }, direction) =>
    ['-- ', isolated(words, direction), ...(link ? [linkLine(link, direction)] : [])].join('\n'),
}

const each = <T>(rendering: Rendering<T>, blocks: readonly Block[], direction: Direction): T[] =>
  blocks.map(one => (rendering[one.kind] as (block: Block, direction: Direction) => T)(one, direction))

export interface Rendered {
  readonly subject: string
  readonly html: string
  readonly text: string
}

/**
 * Renders a mail in a language (BCP 47). The page is a `div`, because Gmail and Outlook remove `main`, and some clients remove
 * `html` and `body` with their attributes. Both word-breaking properties keep long names and addresses inside 320 px: each
 * is ignored by some clients.
 */
export const renderMessage = ({ subject, blocks }: MailContent, language: string): Rendered => {
  const direction = directionOfLanguage(language)
  const locale = html`lang="${language}" dir="${direction}"`
  return {
    // Variables may contain line breaks, which are not allowed in a header.
    subject: plain(subject).replace(/\s+/g, ' '),
    html: render(html`<!doctype html>
<html ${locale}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>${plain(subject)}</title><style>${styleSheet}</style></head>
<body ${styled('page', 'margin:0')}>
<div ${locale} ${styled('page', `padding:24px 16px;font:16px/1.5 ${theme.font};word-break:break-word;overflow-wrap:anywhere`)}>
<div ${style('max-width:600px;margin:0 auto')}>
${each(asHtml, blocks, direction).map(one => [one, '\n'])}</div>
</div>
</body>
</html>
`),
    text: `${each(asText, blocks, direction).join('\n\n')}\n`,
  }
}
