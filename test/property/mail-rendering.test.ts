import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mayBecomeLink } from '../../shared/text/auto-link.ts'
import { escapeHtml, html, render } from '../../shared/text/html.ts'
import { defaultInputs, type Inputs, previews } from '../fixtures/mail-previews.ts'
import { links, named, parse, textOf } from '../unit/markup.ts'
import { depth } from './depth.ts'

/** Any text, with frequent HTML special characters and line breaks. */
const userText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...'<>&"\'/=;!-{}#[]() \r\n\tabc', '&amp;', '</p>', '\u2028'),
    maxLength: 60,
  }),
)
const inputs: fc.Arbitrary<Inputs> = fc.record({
  company: userText,
  city: userText,
  partnerName: userText,
  locationName: userText,
  personName: userText,
  text: userText,
})

it('inserted text in HTML stays text and is unchanged', () => {
  fc.assert(
    fc.property(userText, userText, (text, value) => {
      const page = parse(render(html`<p title="${value}">${text}</p>`))
      const [paragraph] = named(page, 'p')
      expect(paragraph?.attributes).toEqual({ title: value })
      expect(textOf(page)).toBe(text)
      expect(escapeHtml(text)).not.toMatch(/[<>"']/)
    }),
  )
})

const shapeOf = (page: ReturnType<typeof parse>): string =>
  named(page, 'p', 'a', 'table', 'tr', 'ul', 'li', 'div', 'blockquote', 'span', 'title')
    .map(({ name }) => name)
    .join()

it('each mail keeps its structure, its links and a subject of one line for any text from users', () => {
  const shapes = previews().map(({ html }) => shapeOf(parse(html)))
  // The greeting leaves out a name that mail clients would show as a link.
  const unnamed = previews({ ...defaultInputs, personName: 'evil.example' }).map(({ html }) =>
    shapeOf(parse(html)),
  )
  fc.assert(
    fc.property(inputs, others => {
      const mails = previews(others)
      expect(mails.map(({ html }) => shapeOf(parse(html)))).toEqual(
        mayBecomeLink(others.personName) ? unnamed : shapes,
      )
      for (const { subject, html, text } of mails) {
        expect(subject).not.toMatch(/[\r\n\u2028\u2029]/)
        for (const link of links(parse(html))) {
          expect(link).toMatch(/^https:\/\/referrals\.example\/v1\/pages\//)
          expect(text).toContain(link)
        }
      }
    }),
    { numRuns: 60 * depth },
  )
})

it('the mail about a new referral keeps the lines of the summary', () => {
  fc.assert(
    fc.property(inputs, others => {
      const [mail] = previews(others).filter(({ name }) => name === 'new referral')
      const quoted = named(parse(mail?.html ?? ''), 'blockquote').map(textOf)
      expect(quoted).toEqual([others.text.replaceAll('\r\n', '\n')])
    }),
    { numRuns: 60 * depth },
  )
})
