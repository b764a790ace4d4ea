/** Formats tables of figures as text for a terminal and as Markdown for a document. */

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  /** Columns whose cells begin with digits are aligned to the right. */
  readonly rows: readonly (readonly string[])[]
  readonly notes?: readonly string[]
}

const isFigure = (cell: string): boolean => /^[-–]?[\d.]/.test(cell)

const widths = ({ columns, rows }: Table): number[] =>
  columns.map((column, index) => Math.max(column.length, ...rows.map(row => row[index]?.length ?? 0)))

/** Returns true for each column that is aligned to the right. */
const alignments = ({ columns, rows }: Table): boolean[] =>
  columns.map((_, index) => rows.every(row => !row[index] || isFigure(row[index] ?? '')))

const padded = (cells: readonly string[], width: readonly number[], right: readonly boolean[]): string[] =>
  cells.map((cell, index) =>
    right[index] ? cell.padStart(width[index] ?? 0) : cell.padEnd(width[index] ?? 0),
  )

export const asText = (table: Table): string => {
  const width = widths(table)
  const right = alignments(table)
  const line = (cells: readonly string[]) => `  ${padded(cells, width, right).join('  ')}`.trimEnd()
  return [
    `\n${table.title}\n`,
    line(table.columns),
    line(width.map(length => '─'.repeat(length))),
    ...table.rows.map(line),
    ...(table.notes ?? []).map(note => `\n  ${note}`),
  ].join('\n')
}

export const asMarkdown = (table: Table): string => `\n**${table.title}**\n\n${withoutTitle(table)}`

export const withoutTitle = (table: Table): string => {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    line(table.columns),
    line(alignments(table).map(right => (right ? '--:' : '---'))),
    ...table.rows.map(line),
    ...(table.notes ?? []).map(note => `\n${note}`),
  ].join('\n')
}

export const verdict = (holds: boolean): string => (holds ? '✓' : '✗')

/** Formats bytes as KB of 1000 bytes. */
export const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(0)
export const decimals = (value: number, digits: number): string => value.toFixed(digits)

/** Returns the quantile of the values at a share between 0 and 1. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Divides each value by the value of the same round. */
export const ratiosOf = (values: readonly number[], others: readonly number[]): number[] =>
  values.map((value, round) => value / (others[round] ?? Number.NaN))
