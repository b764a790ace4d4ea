/**
 * The Markdown that a description may use: paragraphs, lists, emphasis and links. Lines are read as CommonMark 0.31.2 has
 * it (spec.commonmark.org), but for what is refused; test/property/markdown.test.ts holds them against its own parser.
 */
import type { FieldError } from '../../kernel/errors.ts'

/** Where in the text something begins that is not understood. */
interface Finding {
  readonly index: number
  readonly what: What
}

const details = {
  html: 'HTML is not understood; a link is [text](https://…)',
  image: 'images are not shown',
  link: 'a link leads to http://, https:// or mailto:',
  definition: 'a link says where it leads: [text](https://…)',
  heading: 'headings are not understood',
  quote: 'quotes are not understood',
  line: 'lines are not understood',
  code: 'code is not understood',
} as const

type What = keyof typeof details

const allowed = 'paragraphs, lists, emphasis and links are'

/** What is not understood, each with the line and column where it begins; in the order of the text. */
export const markdownErrors = (text: string, pointer: string): FieldError[] =>
  [...blocks(text), ...inlines(text)]
    .toSorted((a, b) => a.index - b.index)
    .filter(({ index, what }, nth, all) => all[nth - 1]?.index !== index || all[nth - 1]?.what !== what)
    .map(({ index, what }) => ({
      pointer,
      code: what,
      detail: `${placeOf(text, index)}: ${details[what]}; ${allowed}`,
    }))

const placeOf = (text: string, index: number): string => {
  const lines = text.slice(0, index).split(/\r\n?|\n/)
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`
}

/**
 * Signs within lines, from left to right, so that a backslash takes along what it escapes. That holds everywhere but in code
 * and HTML, which are refused where they begin.
 */
const signs = new RegExp(
  [
    String.raw`\\[\s\S]`,
    // Also what Markdown takes for a link, since browsers take it for an element: <https://…>.
    String.raw`(?<html><(?=[a-z/!?]|[^\s<>]*@))`,
    String.raw`(?<image>!\[)`,
    String.raw`(?<link>\]\((?![ \t\r\n]*(?:https?://|mailto:)))`,
    // To where as many backticks come again.
    '(?<code>(?<ticks>`+)(?!`)[\\s\\S]*?[^`]\\k<ticks>(?!`))|`+',
  ].join('|'),
  'gi',
)

const inlines = (text: string): Finding[] =>
  [...text.matchAll(signs)].flatMap(({ index, groups = {} }) =>
    (['html', 'image', 'link', 'code'] as const)
      .filter(what => groups[what] !== undefined)
      .map(what => ({ index, what })),
  )

/** What a line says from a column on, and how many columns of space come before that. */
interface Rest {
  readonly column: number
  readonly indent: number
  readonly text: string
}

/** A tab reaches to the next column that is a multiple of four. */
const restOf = (line: string, column: number): Rest => {
  const [space = ''] = /^[ \t]*/.exec(line) ?? []
  const end = [...space].reduce((at, sign) => (sign === '\t' ? at - (at % 4) + 4 : at + 1), column)
  return { column, indent: end - column, text: line.slice(space.length) }
}

const past = ({ column, indent, text }: Rest, width: number): Rest => ({
  column: column + width,
  indent: indent - width,
  text,
})

/** So far to the right of where its block begins, a line begins nothing: it is code, or goes on with a paragraph. */
const codeIndent = 4

const begins = [
  ['quote', /^>/],
  ['heading', /^#{1,6}(?:[ \t]|$)/],
  ['code', /^(?:`{3,}[^`]*$|~{3,})/],
  ['line', /^(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$/],
] as const

/** What makes a heading of the paragraph above. */
const underline = /^(?:=+|-+)[ \t]*$/

/** @param isNext whether it stands right under a paragraph, in the same items */
const refusedIn = ({ indent, text }: Rest, isNext: boolean): What | undefined => {
  if (indent >= codeIndent) return undefined
  if (isNext && underline.test(text)) return 'heading'
  return begins.find(([, beginning]) => beginning.test(text))?.[0]
}

/** An item of a list: how far its lines are indented, and what its first one says. */
const itemIn = (line: Rest, isNext: boolean): { width: number; rest: Rest } | undefined => {
  const [marker, number = '1'] = /^(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)/.exec(line.text) ?? []
  if (marker === undefined || line.indent >= codeIndent) return undefined
  const rest = restOf(line.text.slice(marker.length), line.column + line.indent + marker.length)
  // A line of a paragraph may well begin with a year and a full stop.
  if (isNext && (rest.text === '' || Number(number) !== 1)) return undefined
  // Before text, up to four spaces belong to the marker; before code, or nothing, one.
  const space = rest.text === '' || rest.indent > codeIndent ? 1 : rest.indent
  return { width: line.indent + marker.length + space, rest: past(rest, space) }
}

/** How far the lines of each open item are indented within the one around it, and the line behind that. */
interface TextPosition {
  readonly widths: readonly number[]
  readonly rest: Rest
}

/** Goes into open items, as deep as the line is indented. */
const enter = (widths: readonly number[], line: Rest): TextPosition => {
  let rest = line
  const left = widths.findIndex(width => {
    if (rest.indent < width) return true
    rest = past(rest, width)
    return false
  })
  return { widths: left < 0 ? widths : widths.slice(0, left), rest }
}

/** Opens the items that begin on the line. */
const open = ({ widths, rest }: TextPosition, isNext: boolean): TextPosition => {
  const item = refusedIn(rest, isNext) ? undefined : itemIn(rest, isNext)
  return item ? open({ widths: [...widths, item.width], rest: item.rest }, false) : { widths, rest }
}

/** What is open after a line: items, one in another, and in the innermost a paragraph, or nothing at all so far. */
interface State {
  readonly widths: readonly number[]
  readonly holds: 'paragraph' | 'blocks' | 'nothing'
}

/** What a line leaves open, and what it begins there: a paragraph, or what is refused. */
type LineState = State & { readonly begun?: { readonly what: What | 'paragraph'; readonly text: string } }

const read = (before: State, line: string): LineState => {
  const { widths, holds } = before
  const whole = restOf(line, 0)
  if (whole.text === '')
    return { widths: holds === 'nothing' ? widths.slice(0, -1) : widths, holds: 'blocks' }
  const entered = enter(widths, whole)
  const isNext = holds === 'paragraph' && entered.widths.length === widths.length
  const { rest, ...opened } = open(entered, isNext)
  const { text } = rest
  const isNew = opened.widths.length > entered.widths.length
  const what = refusedIn(rest, isNext && !isNew)
  if (what) return { ...opened, holds: 'blocks', begun: { what, text } }
  if (text === '') return { ...opened, holds: 'nothing' }
  // It goes on with the paragraph, even if it stands outside of its items.
  if (holds === 'paragraph' && !isNew) return before
  if (rest.indent >= codeIndent) return { ...opened, holds: 'blocks', begun: { what: 'code', text } }
  return { ...opened, holds: 'paragraph', begun: { what: 'paragraph', text } }
}

/** At the beginning of a paragraph. A label holds anything; a little more is taken for a definition than is one. */
const definition =
  /\[(?:\\[\s\S]|[^\\[\]])*\]:[ \t]*(?:\r\n?|\n)?[ \t]*(?:<[^>\r\n]*>|[^ \t\r\n]+)(?:[ \t]*(?:[\r\n]|$)|[ \t]+["'(])/y

const isDefinition = (text: string, index: number): boolean => {
  definition.lastIndex = index
  return definition.test(text)
}

const blocks = (text: string): Finding[] => {
  let state: State = { widths: [], holds: 'blocks' }
  return [...text.matchAll(/([^\r\n]*)(?:\r\n?|\n|$)/g)].flatMap(({ 1: line = '', index: start }) => {
    const { begun, ...after } = read(state, line)
    state = after
    if (!begun) return []
    const index = start + line.length - begun.text.length
    if (begun.what !== 'paragraph') return [{ index, what: begun.what }]
    return isDefinition(text, index) ? [{ index, what: 'definition' }] : []
  })
}
