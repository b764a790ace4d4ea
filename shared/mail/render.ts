/** A message as HTML and as its plain-text twin. */
import type { Block, Message } from './contract.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, character => entities[character] ?? character)
const lines = (text: string): string => escapeHtml(text).replace(/\r?\n/g, '<br>')

type Rendering = { readonly [K in Block['kind']]: (block: Extract<Block, { kind: K }>) => string }

const html: Rendering = {
  paragraph: ({ text }) => `<p style="margin:0 0 16px">${lines(text)}</p>`,
  quote: ({ text }) =>
    `<blockquote style="margin:0 0 16px;padding:4px 16px;border-left:4px solid #c7d0d9">${lines(text)}</blockquote>`,
  facts: ({ rows }) => {
    const cell = 'padding:4px 16px 4px 0;vertical-align:top;text-align:left'
    const body = rows.map(
      ([label, value]) =>
        `<tr><th scope="row" style="${cell};font-weight:normal;color:#52606d">${escapeHtml(label)}</th><td style="${cell}">${lines(value)}</td></tr>`,
    )
    return `<table style="margin:0 0 16px;border-collapse:collapse">${body.join('')}</table>`
  },
  link: ({ label, href }) =>
    `<p style="margin:0 0 16px"><a href="${escapeHtml(href)}" style="color:#0b5cad">${escapeHtml(label)}</a></p>`,
}

const text: Rendering = {
  paragraph: ({ text }) => text,
  quote: ({ text }) => text.replace(/^/gm, '> '),
  facts: ({ rows }) => rows.map(([label, value]) => `${label}: ${value}`).join('\n'),
  link: ({ label, href }) => `${label}: ${href}`,
}

const render = (rendering: Rendering, block: Block): string =>
  (rendering[block.kind] as (block: Block) => string)(block)

export interface Rendered {
  readonly subject: string
  readonly html: string
  readonly text: string
}

export const renderMessage = ({ subject, blocks }: Message, language: string): Rendered => ({
  subject,
  html: `<!doctype html>
<html lang="${escapeHtml(language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1f2933;background:#fff">
<main style="max-width:600px;margin:0 auto">
${blocks.map(block => render(html, block)).join('\n')}
</main>
</body>
</html>
`,
  text: `${blocks.map(block => render(text, block)).join('\n\n')}\n`,
})
