/** Renders a mail as HTML and as plain text. */

import { emailLink, phoneLink } from '../../text/contact-links.ts'
import { type Content, html, Markup, render } from '../../text/html.ts'
import { phrase } from '../language/html.ts'
import { plain, userText, type Words } from '../language/rules.ts'
import type { Block, Link, MailContent } from './compose.ts'
import { theme } from './theme.ts'

/** Renders words as HTML, including line breaks. */
const phraseOf = (words: Words): Content => phrase(words, lines)

const lines = (text: string): Content =>
  text.split(/\r?\n/).map((line, index) => [index > 0 && html`<br>`, line])

/** Returns an inline style, because many mail clients ignore style sheets. */
const style = (declarations: string) => new Markup(`style="${declarations}"`)
const block = 'margin:0 0 16px'
const linkStyle = style(`color:${theme.accent}`)
const button = (isFirst: boolean) =>
  style(
    `display:inline-block;margin:0 8px 8px 0;padding:9px 16px;border:1px solid ${theme.accent};border-radius:6px;` +
      `text-decoration:none;font-weight:600;${isFirst ? `background:${theme.accent};color:#ffffff` : `background:#ffffff;color:${theme.accent}`}`,
  )

type Rendering<T> = { readonly [K in Block['kind']]: (block: Extract<Block, { kind: K }>) => T }

const asHtml: Rendering<Content> = {
  paragraph: ({ words }) => html`<p ${style(block)}>${phraseOf(words)}</p>`,
  alert: ({ words }) =>
    html`<p ${style(`${block};padding:12px 16px;border-left:4px solid ${theme.alert};background:${theme.alertGround};font-weight:600`)}>${phraseOf(words)}</p>`,
  quote: ({ text }) =>
    html`<blockquote dir="auto" ${style(`${block};padding:4px 16px;border-left:4px solid ${theme.line}`)}>${lines(text)}</blockquote>`,
  facts: ({ rows }) => {
    const cell = 'padding:4px 16px 4px 0;vertical-align:top;text-align:start'
    // Breaks ids and addresses that are wider than a phone.
    const value = `${cell};overflow-wrap:anywhere`
    return html`<table ${style(`${block};border-collapse:collapse`)}>${rows.map(
      ([label, content]) =>
        html`<tr><th scope="row" ${style(`${cell};font-weight:normal;color:${theme.soft}`)}>${phraseOf(label)}</th><td ${style(value)}>${phraseOf(content)}</td></tr>`,
    )}</table>`
  },
  list: ({ items }) =>
    html`<ul ${style(`${block};padding-left:20px`)}>${items.map(words => html`<li ${style('margin:0 0 6px')}>${phraseOf(words)}</li>`)}</ul>`,
  links: ({ links }) =>
    html`<p ${style(block)}>${links.map(({ label, href }, index) => html`<a href="${href}" ${button(index === 0)}>${phraseOf(label)}</a>`)}</p>`,
  choices: ({ choices }) =>
    choices.map(
      ({ name, detail, link }) =>
        html`<div ${style(`${block};padding:12px 16px;border:1px solid ${theme.line};border-radius:6px`)}><p ${style('margin:0 0 8px')}><strong>${phraseOf(name)}</strong><br>${phraseOf(detail)}</p><a href="${link.href}" ${button(true)}>${phraseOf(link.label)}</a></div>`,
    ),
  contact: ({ name, phone, email, lines: more = [] }) =>
    html`<div ${style(`${block};padding:12px 16px;border:1px solid ${theme.line};border-radius:6px`)}><strong>${phraseOf([userText(name)])}</strong>${more.map(
      words => html`<br>${phraseOf(words)}`,
    )}${phone && html`<br><a href="${phoneLink(phone)}" dir="ltr" ${linkStyle}>${phone}</a>`}${
      email && html`<br><a href="${emailLink(email)}" dir="ltr" ${linkStyle}>${email}</a>`
    }</div>`,
  small: ({ words, link }) =>
    html`<p ${style(`margin:24px 0 0;padding-top:12px;border-top:1px solid ${theme.line};font-size:13px;color:${theme.soft}`)}>${phraseOf(words)}${
      link && html` <a href="${link.href}" ${linkStyle}>${phraseOf(link.label)}</a>`
    }</p>`,
}

const linkLine = ({ label, href }: Link): string => `${plain(label)}: ${href}`

const asText: Rendering<string> = {
  paragraph: ({ words }) => plain(words),
  alert: ({ words }) => plain(words),
  quote: ({ text }) => text.replace(/\r\n?/g, '\n').replace(/^/gm, '> '),
  facts: ({ rows }) => rows.map(([label, value]) => `${plain(label)}: ${plain(value)}`).join('\n'),
  list: ({ items }) => items.map(words => `- ${plain(words)}`).join('\n'),
  links: ({ links }) => links.map(linkLine).join('\n'),
  choices: ({ choices }) =>
    choices
      .map(({ name, detail, link }) => `${plain(name)}\n${plain(detail)}\n${linkLine(link)}`)
      .join('\n\n'),
  contact: ({ name, phone, email, lines: more = [] }) =>
    [name, ...more.map(plain), phone, email].filter(Boolean).join('\n'),
  small: ({ words, link }) => ['-- ', plain(words), ...(link ? [linkLine(link)] : [])].join('\n'),
}

const each = <T>(rendering: Rendering<T>, blocks: readonly Block[]): T[] =>
  blocks.map(one => (rendering[one.kind] as (block: Block) => T)(one))

export interface Rendered {
  readonly subject: string
  readonly html: string
  readonly text: string
}

export const renderMessage = ({ subject, blocks }: MailContent, language: string): Rendered => ({
  // Variables may contain line breaks, which are not allowed in a header.
  subject: plain(subject).replace(/\s+/g, ' '),
  html: render(html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${plain(subject)}</title></head>
<body ${style(`margin:0;padding:24px;font:16px/1.5 ${theme.font};color:${theme.ink};background:#ffffff`)}>
<main ${style('max-width:600px;margin:0 auto')}>
${each(asHtml, blocks).map(one => [one, '\n'])}</main>
</body>
</html>
`),
  text: `${each(asText, blocks).join('\n\n')}\n`,
})
