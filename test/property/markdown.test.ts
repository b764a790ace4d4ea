/** Compares the accepted Markdown subset of descriptions with the CommonMark reference parser. */
import { HtmlRenderer, Parser } from 'commonmark'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markdownFaults } from '../../shared/partners/profile/markdown.ts'
import { depth } from './depth.ts'

const rendered = (text: string): string => new HtmlRenderer().render(new Parser().parse(text))

const elementsIn = (html: string): string[] =>
  [...html.matchAll(/<([^\s>/]+)/g)].map(([, name = '']) => name).filter(name => !name.startsWith('/'))
const unsupportedElementsIn = (html: string): string[] =>
  elementsIn(html).filter(name => !supportedElements.has(name))
const supportedElements = new Set(['p', 'ul', 'ol', 'li', 'em', 'strong', 'a', 'br'])

const unsafeIn = (html: string): string[] => {
  const targets = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target = '']) => target)
  return targets.filter(target => !/^(?:https?:\/\/|mailto:)/i.test(target))
}

const codesOf = (text: string) => [...new Set(markdownFaults(text, '/description').map(({ code }) => code))]

const spaces = [' ', '  ', '   ', '    ', '     ', '\t', ' \t']
const breaks = ['\n', '\n\n', '\r\n', '\r', '\n  ', '\n    ', '\n\t']
const markers = ['- ', '* ', '+ ', '1. ', '2) ', '01. ', '10. ', '-\t', '-', '1.', '- - ']
const words = ['a', 'b c', '1', '.', 'é', '\u00a0']
const blocks = ['#', '# ', '>', '> ', '---', '***', '- - -', '_ _ _', '===', '-', '=', '~~~']
const scripts = ['javascript:alert(1)', 'data:text/html,1', '//a', '&#106;avascript:alert(1)', 'JavaScript:1']
const links = ['[', ']', '(', ')', '](', ']:', '[a]', '[a]:', '[b](', '![', ':', '"', "'", '"t"', '<', '>']
const inline = [
  '*',
  '**',
  '_',
  '`',
  '``',
  '\\',
  '&',
  '&lt;',
  '&#60;',
  '!',
  '<b>',
  '<!--',
  '<a@b.c>',
  '<1@b.c>',
]
const addresses = ['https://a.example', 'mailto:a@b.example', '<https://a.example>', ...scripts]

const textOf = (...pieces: readonly (readonly string[])[]) =>
  fc
    .array(fc.oneof(...pieces.map(some => fc.constantFrom(...some))), { maxLength: 16, size: 'max' })
    .map(parts => parts.join(''))

const lines = textOf(spaces, breaks, markers, words, blocks)
const sentences = textOf(words, links, links, inline, addresses, breaks)
const everything = textOf(['```'], spaces, breaks, markers, words, blocks, links, inline, addresses)
/** A reference link and the definition of its label. */
const references = fc
  .tuple(textOf(words, ['\\]', '\\[', '\\', '*', ':'], breaks), textOf(spaces, breaks, addresses, links))
  .map(([label, address]) => `[a][${label}]\n\n[${label}]:${address}`)

describe('an accepted description', () => {
  it.each([
    ['lines', lines],
    ['sentences', sentences],
    ['references', references],
    ['everything', everything],
  ])('is rendered as paragraphs, lists, emphasis and links to safe targets: %s', (_, texts) => {
    fc.assert(
      fc.property(texts, text => {
        fc.pre(codesOf(text).length === 0)
        const html = rendered(text)
        expect([...unsupportedElementsIn(html), ...unsafeIn(html)]).toEqual([])
      }),
      { numRuns: 2000 * depth, maxSkipsPerRun: 1000 },
    )
  })
})

describe('a description with a rejected block', () => {
  it('contains such a block according to CommonMark', () => {
    fc.assert(
      fc.property(lines, text => {
        fc.pre(codesOf(text).length > 0)
        expect(unsupportedElementsIn(rendered(text))).not.toEqual([])
      }),
      { numRuns: 2000 * depth, maxSkipsPerRun: 1000 },
    )
  })
})
