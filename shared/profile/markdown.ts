/** The Markdown that a description may use: paragraphs, lists, emphasis and links. */
import type { FieldError } from '../platform/contract.ts'

interface Rule {
  readonly code: string
  /** Finds each place where something begins that is not understood. */
  readonly finds: RegExp
  readonly detail: string
}

/** Not behind a backslash, unless that is behind one itself. */
const bare = String.raw`(?<=(?:^|[^\\])(?:\\\\)*)`
const elsewhere = String.raw`(?!\s*(?:https?://|mailto:))`
const link = { code: 'link', detail: 'a link leads to http://, https:// or mailto:' }
const heading = { code: 'heading', detail: 'headings are not understood' }

const rules: readonly Rule[] = [
  // Also what Markdown takes for a link, since browsers take it for an element: <https://…>.
  {
    code: 'html',
    finds: new RegExp(`${bare}<[a-z/!?]`, 'gimu'),
    detail: 'HTML is not understood; a link is [text](https://…)',
  },
  { code: 'image', finds: new RegExp(String.raw`${bare}!\[`, 'gmu'), detail: 'images are not shown' },
  { ...link, finds: new RegExp(String.raw`${bare}\]\(${elsewhere}`, 'gimu') },
  { ...link, finds: new RegExp(String.raw`^[ \t>*+\-\d.)]*\[[^\]\n]*\]:${elsewhere}`, 'gimu') },
  { ...heading, finds: /^[ \t]*#{1,6}(?=[ \t]|$)/gm },
  { ...heading, finds: /(?<=\S[ \t]*\r?\n)[ \t]*(?:=+|-+)[ \t]*$/gm },
  { code: 'quote', finds: /^[ \t]*>/gm, detail: 'quotes are not understood' },
  {
    code: 'line',
    finds: /^[ \t]*(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$/gm,
    detail: 'lines are not understood',
  },
  { code: 'code', finds: /`+|^[ \t]*~~~/gm, detail: 'code is not understood' },
]

const allowed = 'paragraphs, lists, emphasis and links are'

/** What is not understood, each with the line and column where it begins; in the order of the text. */
export const markdownErrors = (text: string, pointer: string): FieldError[] =>
  rules
    .flatMap(({ code, finds, detail }) =>
      [...text.matchAll(finds)].map(({ index }) => ({ index, code, detail })),
    )
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, code, detail }) => ({
      pointer,
      code,
      detail: `${placeOf(text, index)}: ${detail}; ${allowed}`,
    }))

const placeOf = (text: string, index: number): string => {
  const lines = text.slice(0, index).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
}
