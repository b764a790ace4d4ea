/**
 * Checks that a description uses only the allowed part of Markdown: paragraphs, lists, emphasis and links. Nothing is
 * rendered here. The check follows CommonMark 0.31.2 (spec.commonmark.org); test/property/markdown.test.ts compares it with
 * the reference parser.
 *
 * Block structure is read line by line. Example: in
 *
 *     - one
 *       # two
 *
 * the first line opens a list item whose lines are indented by 2 columns, and starts a paragraph in it. The second line
 * is indented by 2 columns, so it belongs to the item, and `# two` in it is a heading, which is refused.
 */
import type { Fault } from '../../kernel/errors.ts'
import { faults } from '../../kernel/faults.ts'
import { profileFaults } from './contract.ts'

/** A construct that is not allowed. */
interface Finding {
  /** Index of its first character in the text. */
  readonly index: number
  readonly what: What
}

type What = 'html' | 'image' | 'link' | 'definition' | 'heading' | 'quote' | 'line' | 'code'

const fault = faults(profileFaults)

/** Returns an error for each construct that is not allowed, with its line and column, in the order of the text. */
export const markdownFaults = (text: string, pointer: string): Fault[] =>
  [...blocks(text), ...inlines(text)]
    .toSorted((a, b) => a.index - b.index)
    .filter(({ index, what }, nth, all) => all[nth - 1]?.index !== index || all[nth - 1]?.what !== what)
    .map(({ index, what }) => fault(`markdown-${what}`, pointer, lineAndColumn(text, index)))

/** Line and column of an index, each counted from 1. */
const lineAndColumn = (text: string, index: number): { readonly line: number; readonly column: number } => {
  const lines = text.slice(0, index).split(/\r\n?|\n/)
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 }
}

/**
 * Matches constructs within lines. Alternatives are tried from left to right, so that a backslash consumes the character
 * that it escapes. Backslashes do not escape inside code and HTML, but these are refused at their first character anyway.
 */
const inlineConstructs = new RegExp(
  [
    String.raw`\\[\s\S]`,
    // Includes <https://…>, which is a link in Markdown, because browsers read it as an element.
    String.raw`(?<html><(?=[a-z/!?]|[^\s<>]*@))`,
    String.raw`(?<image>!\[)`,
    String.raw`(?<link>\]\((?![ \t\r\n]*(?:https?://|mailto:)))`,
    // A code span ends with as many backticks as it begins with.
    '(?<code>(?<ticks>`+)(?!`)[\\s\\S]*?[^`]\\k<ticks>(?!`))|`+',
  ].join('|'),
  'gi',
)

const inlines = (text: string): Finding[] =>
  [...text.matchAll(inlineConstructs)].flatMap(({ index, groups = {} }) =>
    (['html', 'image', 'link', 'code'] as const)
      .filter(what => groups[what] !== undefined)
      .map(what => ({ index, what })),
  )

/** The rest of a line from a column on. */
interface Rest {
  readonly column: number
  /** Width in columns of the white space at `column`. */
  readonly indent: number
  /** The text after the white space. */
  readonly text: string
}

/** Reads the white space at a column. A tab extends to the next column that is a multiple of four. */
const restOf = (line: string, column: number): Rest => {
  const [space = ''] = /^[ \t]*/.exec(line) ?? []
  const end = [...space].reduce((at, sign) => (sign === '\t' ? at - (at % 4) + 4 : at + 1), column)
  return { column, indent: end - column, text: line.slice(space.length) }
}

/** Skips a number of columns of white space. */
const advanceColumns = ({ column, indent, text }: Rest, width: number): Rest => ({
  column: column + width,
  indent: indent - width,
  text,
})

/** A line indented by this many columns is code, or continues a paragraph; no other block begins there. */
const codeIndent = 4

const blockStarts = [
  ['quote', /^>/],
  ['heading', /^#{1,6}(?:[ \t]|$)/],
  ['code', /^(?:`{3,}[^`]*$|~{3,})/],
  ['line', /^(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$/],
] as const

/** A line that turns the paragraph above it into a heading. */
const underline = /^(?:=+|-+)[ \t]*$/

/**
 * Returns the block that starts on a line, if it is not allowed.
 * @param followsParagraph true if the line before, in the same items, belongs to a paragraph
 */
const refusedBlock = ({ indent, text }: Rest, followsParagraph: boolean): What | undefined => {
  if (indent >= codeIndent) return undefined
  if (followsParagraph && underline.test(text)) return 'heading'
  return blockStarts.find(([, start]) => start.test(text))?.[0]
}

/** Reads the start of a list item. @returns the indentation of its lines in columns, and the rest of its first line */
const readListItem = (line: Rest, followsParagraph: boolean): { width: number; rest: Rest } | undefined => {
  const [marker, number = '1'] = /^(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)/.exec(line.text) ?? []
  if (marker === undefined || line.indent >= codeIndent) return undefined
  const rest = restOf(line.text.slice(marker.length), line.column + line.indent + marker.length)
  // A numbered item interrupts a paragraph only with the number 1: a line of text can begin with a year and a full stop.
  if (followsParagraph && (rest.text === '' || Number(number) !== 1)) return undefined
  // Up to four spaces before text belong to the marker; before code or an empty line, one space does.
  const space = rest.text === '' || rest.indent > codeIndent ? 1 : rest.indent
  return { width: line.indent + marker.length + space, rest: advanceColumns(rest, space) }
}

/** A position inside nested list items. */
interface NestedPosition {
  /** Indentation of each open item within the item around it, in columns, outermost first. */
  readonly widths: readonly number[]
  /** The line behind these indentations. */
  readonly rest: Rest
}

/** Descends into the open items that the line is indented enough for. */
const descendIntoOpenItems = (widths: readonly number[], line: Rest): NestedPosition => {
  let rest = line
  const left = widths.findIndex(width => {
    if (rest.indent < width) return true
    rest = advanceColumns(rest, width)
    return false
  })
  return { widths: left < 0 ? widths : widths.slice(0, left), rest }
}

/** Opens the items that begin on the line. */
const openNewItems = ({ widths, rest }: NestedPosition, followsParagraph: boolean): NestedPosition => {
  const item = refusedBlock(rest, followsParagraph) ? undefined : readListItem(rest, followsParagraph)
  return item ? openNewItems({ widths: [...widths, item.width], rest: item.rest }, false) : { widths, rest }
}

/** The state after a line: the open items, and the content of the innermost one so far. */
interface State {
  /** As in `NestedPosition`. */
  readonly widths: readonly number[]
  readonly holds: 'paragraph' | 'blocks' | 'nothing'
}

/** The state after a line, and the paragraph or refused block that begins on it. */
type NextState = State & { readonly begun?: { readonly what: What | 'paragraph'; readonly text: string } }

const nextLineState = (before: State, line: string): NextState => {
  const { widths, holds } = before
  const whole = restOf(line, 0)
  if (whole.text === '')
    return { widths: holds === 'nothing' ? widths.slice(0, -1) : widths, holds: 'blocks' }
  const entered = descendIntoOpenItems(widths, whole)
  const followsParagraph = holds === 'paragraph' && entered.widths.length === widths.length
  const { rest, ...opened } = openNewItems(entered, followsParagraph)
  const { text } = rest
  const isNew = opened.widths.length > entered.widths.length
  const what = refusedBlock(rest, followsParagraph && !isNew)
  if (what) return { ...opened, holds: 'blocks', begun: { what, text } }
  if (text === '') return { ...opened, holds: 'nothing' }
  // The line continues the paragraph, even if it is indented less than the paragraph's items.
  if (holds === 'paragraph' && !isNew) return before
  if (rest.indent >= codeIndent) return { ...opened, holds: 'blocks', begun: { what: 'code', text } }
  return { ...opened, holds: 'paragraph', begun: { what: 'paragraph', text } }
}

/**
 * Matches a link definition at the beginning of a paragraph. The pattern is simpler than CommonMark's, so it also matches
 * some text that is no definition.
 */
const definition =
  /\[(?:\\[\s\S]|[^\\[\]])*\]:[ \t]*(?:\r\n?|\n)?[ \t]*(?:<[^>\r\n]*>|[^ \t\r\n]+)(?:[ \t]*(?:[\r\n]|$)|[ \t]+["'(])/y

const isDefinition = (text: string, index: number): boolean => {
  definition.lastIndex = index
  return definition.test(text)
}

const blocks = (text: string): Finding[] => {
  let state: State = { widths: [], holds: 'blocks' }
  return [...text.matchAll(/([^\r\n]*)(?:\r\n?|\n|$)/g)].flatMap(({ 1: line = '', index: start }) => {
    const { begun, ...after } = nextLineState(state, line)
    state = after
    if (!begun) return []
    const index = start + line.length - begun.text.length
    if (begun.what !== 'paragraph') return [{ index, what: begun.what }]
    return isDefinition(text, index) ? [{ index, what: 'definition' }] : []
  })
}
